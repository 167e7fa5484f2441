// From changes in the store to the lines of a watch.
#include "api/watch.h"

#include "api/object_text.h"
#include "api/status.h"
#include "api/stored_form.h"
#include "api/table.h"
#include "api/text_query.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::api {
namespace {

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

SharedBytes WatchedEvent::object(const Resource& resource) const {
  // Lists have given initial objects their form.
  if (change == nullptr) return initial;
  if (type != Type::removed) return shown_form(resource, change->entry.value);
  const SharedBytes last = shown_form(resource, change->previous->value);
  return SharedBytes(with_resource_version(last.view(), revision));
}

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
  if (key == newest_key_) return newest_;
  const auto found = texts_.find(key);
  newest_ =
      found != texts_.end() ? found->second.second : SharedBytes(make(resource, event, answer, with_columns));
  newest_key_ = key;
  if (found != texts_.end()) return newest_;
  texts_.emplace(key, Kept(event.change, newest_));
  order_.push_back(key);
  if (order_.size() > kept) {
    texts_.erase(order_.front());
    order_.pop_front();
  }
  return newest_;
}

std::string EventTexts::make(const Resource& resource, const WatchedEvent& event, const Answer& answer,
                             bool with_columns) const {
  std::string text = fmt::format("{{\"type\":\"{}\",\"object\":", type_name(event.type));
  const SharedBytes object = event.type == WatchedEvent::Type::bookmark
                                 ? SharedBytes(bookmark_object(resource, event.revision, event.initial_end))
                                 : event.object(resource);
  const std::string_view stored = object.view();
  const std::string revision = std::to_string(event.revision);
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

WatchSession::WatchSession(io::Loop& loop, WatchQuery query) : loop_(loop), query_(std::move(query)) {
  deadline_ = loop_.now() + query_.timeout;
  next_bookmark_ = loop_.now() + bookmark_interval;
}

Result<std::unique_ptr<WatchSession>> WatchSession::open(io::Loop& loop, const Registry& registry,
                                                         const Resource& resource, WatchQuery query) {
  const std::string wanted = query.list.resource_version;
  const auto revision = revision_of(wanted);
  if (!revision) {
    return fail(plain_error(fmt::format(
        "resourceVersion: Invalid value: \"{0}\": strconv.ParseUint: parsing \"{0}\": invalid syntax",
        wanted)));
  }
  auto session = std::make_unique<WatchSession>(loop, std::move(query));
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
      WatchedEvent& event = session->initial_.emplace_back();
      event.revision = entry.modified;
      event.initial = std::move(entry.value);
    }
    session->sent_ = after;
    if (session->query_.send_initial_events.value_or(false) && session->query_.bookmarks) {
      session->initial_.push_back(session->bookmark(true));
    }
  } else if (*revision == 0) {
    after = registry.store().revision();
  }
  session->sent_ = after;
  const ListQuery& wanted_list = session->query_.list;
  auto watch = registry.store().watch(loop, {Registry::prefix_of(resource, wanted_list.ns), {}}, after,
                                      Registry::pin_of(wanted_list.labels, wanted_list.fields));
  if (!watch) {
    if (watch.error().code() == Code::expired) {
      return fail(Code::expired,
                  fmt::format("too old resource version: {} ({})", after, registry.store().compacted()));
    }
    // Revisions of another life of the store, such as one before a restored copy: lists are to be made anew.
    if (watch.error().code() == Code::invalid) {
      return fail(Code::expired, fmt::format("too large resource version: {}, current: {}", after,
                                             registry.store().revision()));
    }
    return std::unexpected<Error>(watch.error());
  }
  session->watch_ = std::move(*watch);
  return session;
}

WatchedEvent WatchSession::bookmark(bool initial_end) const {
  WatchedEvent event;
  event.type = WatchedEvent::Type::bookmark;
  event.revision = sent_;
  event.initial_end = initial_end;
  return event;
}

std::vector<WatchedEvent> WatchSession::judge(
    std::vector<std::shared_ptr<const store::Change>> changes) const {
  std::vector<WatchedEvent> events;
  const bool selective = !query_.list.labels.empty() || !query_.list.fields.empty();
  const auto passes = [&](const store::Entry& entry) {
    return !selective || Registry::matches(entry.value.view(), query_.list.labels, query_.list.fields);
  };
  for (auto& change : changes) {
    const bool removed = change->type == store::Change::Type::removed;
    const bool before = change->previous && passes(*change->previous);
    const bool now = !removed && passes(change->entry);
    if (!before && !now) continue;
    WatchedEvent event;
    if (now) {
      event.type = before ? WatchedEvent::Type::modified : WatchedEvent::Type::added;
    } else {
      event.type = WatchedEvent::Type::removed;
    }
    event.revision = change->entry.modified;
    event.change = std::move(change);
    events.push_back(std::move(event));
  }
  return events;
}

// Interrupts the watch when a bookmark is due and when the time is up.
io::Task<> WatchSession::keep_time() {
  for (;;) {
    const Time wake = query_.bookmarks ? std::min(deadline_, next_bookmark_) : deadline_;
    co_await loop_.sleep_until(wake);
    over_ = loop_.now() >= deadline_;
    bookmark_due_ = !over_;
    next_bookmark_ = loop_.now() + bookmark_interval;
    watch_->interrupt();
    if (over_) co_return;
  }
}

io::Task<Result<std::optional<std::vector<WatchedEvent>>>> WatchSession::next() {
  using Events = std::optional<std::vector<WatchedEvent>>;
  if (!initial_.empty()) co_return Events(std::exchange(initial_, {}));
  if (!time_) {
    time_ = keep_time();
    time_.start();
  }
  for (;;) {
    if (over_) co_return Events();
    if (std::exchange(bookmark_due_, false)) {
      sent_ = std::max(sent_, watch_->seen());
      Events only_bookmark(std::in_place);
      only_bookmark->push_back(bookmark(false));
      co_return only_bookmark;
    }
    auto batch = co_await watch_->next();
    if (!batch) co_return std::unexpected<Error>(batch.error());
    auto events = judge(std::move(*batch));
    sent_ = std::max(sent_, watch_->seen());
    if (!events.empty()) co_return Events(std::move(events));
  }
}

}  // namespace aloft::api
