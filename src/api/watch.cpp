// From changes in the store to the lines of a watch.
#include "api/watch.h"

#include "api/object_text.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "api/table.h"
#include "api/text_query.h"
#include "io/timeout.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::api {
namespace {

// Upstream ends a watch after 30 to 60 minutes, spread so that not all clients come back at once.
constexpr Duration shortest_watch = 30min;
constexpr Duration bookmark_interval = 60s;

std::string_view type_name(WatchedEvent::Type type) {
  switch (type) {
    case WatchedEvent::Type::added:
      return "ADDED";
    case WatchedEvent::Type::modified:
      return "MODIFIED";
    case WatchedEvent::Type::removed:
      return "DELETED";
    case WatchedEvent::Type::bookmark:
      return "BOOKMARK";
  }
  return "";
}

// The empty object that carries a bookmark's revision.
std::string bookmark_object(const Resource& resource, store::Revision revision, bool initial_end) {
  const auto object = resource.kind->make();
  meta::v1::ObjectMeta& metadata = metadata_of(object.get());
  metadata.resourceVersion = std::to_string(revision);
  if (initial_end) metadata.annotations["k8s.io/initial-events-end"] = "true";
  std::string text;
  model::append_json(text, *resource.kind->type, object.get());
  return text;
}

std::optional<store::Revision> revision_of(std::string_view text) {
  store::Revision revision = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || revision > (std::int64_t{1} << 58)) return std::nullopt;
    revision = revision * 10 + (c - '0');
  }
  return revision;
}

}  // namespace

SharedBytes EventTexts::error_line(const Error& error) {
  return SharedBytes(fmt::format("{{\"type\":\"ERROR\",\"object\":{}}}\n", status_json(error)));
}

SharedBytes EventTexts::line(const Resource& resource, const WatchedEvent& event, const Answer& answer,
                             bool with_columns) {
  if (event.change == nullptr || answer.shape != AnswerShape::object || answer.format != AnswerFormat::json) {
    return SharedBytes(make(resource, event, answer, with_columns));
  }
  // The change is kept beside its text, so its address names it for as long as the text is here. Two versions
  // of a kind may share their storage, so the resource is part of the name.
  const int form = static_cast<int>(event.type) + 8 * static_cast<int>(resource.kind->stored_in.empty());
  const Key key{event.change.get(), form};
  const auto found = texts_.find(key);
  if (found != texts_.end()) return found->second.second;
  SharedBytes text(make(resource, event, answer, with_columns));
  texts_.emplace(key, std::pair(event.change, text));
  order_.push_back(key);
  if (order_.size() > kept) {
    texts_.erase(order_.front());
    order_.pop_front();
  }
  return text;
}

std::string EventTexts::make(const Resource& resource, const WatchedEvent& event, const Answer& answer,
                             bool with_columns) const {
  std::string text = fmt::format("{{\"type\":\"{}\",\"object\":", type_name(event.type));
  std::string made;
  std::string_view stored = event.entry.value.view();
  if (event.type == WatchedEvent::Type::bookmark) {
    made = bookmark_object(resource, event.entry.modified, event.initial_end);
    stored = made;
  } else if (event.type == WatchedEvent::Type::removed) {
    made = with_resource_version(stored, event.entry.modified);
    stored = made;
  }
  const std::string revision = std::to_string(event.entry.modified);
  if (answer.shape == AnswerShape::table) {
    append_table(text, resource, {stored}, {revision, "", std::nullopt}, answer, clock_.wall(), with_columns,
                 IncludeObject::metadata);
  } else if (answer.shape == AnswerShape::partial_metadata) {
    append_partial_metadata(text, stored, answer);
  } else {
    append_with_kind(text, *resource.kind, stored);
  }
  text.append("}\n");
  return text;
}

WatchSession::WatchSession(Registry& registry, const Resource& resource, WatchQuery query)
    : registry_(registry), resource_(resource), query_(std::move(query)) {
  const Time now = registry_.loop().now();
  const Duration usual = shortest_watch + Duration(static_cast<std::int64_t>(registry_.random().below(
                                              static_cast<std::uint64_t>(shortest_watch.count()))));
  deadline_ = now + query_.timeout.value_or(usual);
  next_bookmark_ = now + bookmark_interval;
}

Result<std::unique_ptr<WatchSession>> WatchSession::open(Registry& registry, const Resource& resource,
                                                         WatchQuery query) {
  const std::string wanted = query.list.resource_version;
  const auto revision = revision_of(wanted);
  if (!revision) {
    return fail(plain_error(fmt::format(
        "resourceVersion: Invalid value: \"{0}\": strconv.ParseUint: parsing \"{0}\": invalid syntax",
        wanted)));
  }
  auto session = std::make_unique<WatchSession>(registry, resource, std::move(query));
  const bool initial = session->query_.send_initial_events.value_or(*revision == 0);
  store::Revision after = *revision;
  if (initial) {
    ListQuery everything = session->query_.list;
    everything.resource_version.clear();
    everything.resource_version_match.clear();
    everything.limit = 0;
    TRY(listed, registry.list(resource, everything));
    after = listed.revision;
    for (store::Entry& entry : listed.entries) {
      session->initial_.push_back({WatchedEvent::Type::added, std::move(entry), nullptr, false});
    }
    session->sent_ = after;
    if (session->query_.send_initial_events.value_or(false) && session->query_.bookmarks) {
      session->initial_.push_back(session->bookmark(true));
    }
  } else if (*revision == 0) {
    after = registry.store().revision();
  }
  session->sent_ = after;
  auto watch = registry.store().watch(registry.loop(),
                                      {Registry::prefix_of(resource, session->query_.list.ns), {}}, after);
  if (!watch) {
    if (watch.error().code() == Code::expired) {
      return fail(Code::expired,
                  fmt::format("too old resource version: {} ({})", after, registry.store().compacted()));
    }
    return std::unexpected<Error>(watch.error());
  }
  session->watch_ = std::move(*watch);
  return session;
}

WatchedEvent WatchSession::bookmark(bool initial_end) const {
  WatchedEvent event;
  event.type = WatchedEvent::Type::bookmark;
  event.entry.modified = sent_;
  event.initial_end = initial_end;
  return event;
}

std::vector<WatchedEvent> WatchSession::judge(
    const std::vector<std::shared_ptr<const store::Change>>& changes) const {
  std::vector<WatchedEvent> events;
  const bool selective = !query_.list.labels.empty() || !query_.list.fields.empty();
  const auto passes = [&](const store::Entry& entry) {
    return !selective || Registry::matches(entry.value.view(), query_.list.labels, query_.list.fields);
  };
  for (const auto& change : changes) {
    const bool removed = change->type == store::Change::Type::removed;
    const bool before = change->previous && passes(*change->previous);
    const bool now = !removed && passes(change->entry);
    if (!before && !now) continue;
    WatchedEvent event;
    event.change = change;
    if (now) {
      event.type = before ? WatchedEvent::Type::modified : WatchedEvent::Type::added;
      event.entry = change->entry;
    } else {
      event.type = WatchedEvent::Type::removed;
      event.entry = *change->previous;
      event.entry.modified = change->entry.modified;
    }
    event.entry.value = shown_form(resource_, std::move(event.entry.value));
    events.push_back(std::move(event));
  }
  return events;
}

io::Task<Result<std::optional<std::vector<WatchedEvent>>>> WatchSession::next() {
  using Events = std::optional<std::vector<WatchedEvent>>;
  if (!initial_.empty()) co_return Events(std::exchange(initial_, {}));
  for (;;) {
    const Time wake = query_.bookmarks ? std::min(deadline_, next_bookmark_) : deadline_;
    auto batch = co_await io::within(registry_.loop(), wake - registry_.loop().now(), watch_->next());
    if (!batch) {
      if (registry_.loop().now() >= deadline_) co_return Events();
      next_bookmark_ = registry_.loop().now() + bookmark_interval;
      sent_ = std::max(sent_, watch_->seen());
      Events only_bookmark(std::in_place);
      only_bookmark->push_back(bookmark(false));
      co_return only_bookmark;
    }
    if (!*batch) co_return std::unexpected<Error>(batch->error());
    auto events = judge(**batch);
    sent_ = std::max(sent_, watch_->seen());
    if (!events.empty()) co_return Events(std::move(events));
  }
}

}  // namespace aloft::api
