// Creating, changing, ending and keeping silences.
#include "telemetry/alerts/manager/silences.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/json.h"
#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {
namespace {

model::Object matcher_object(const Matcher& matcher) {
  model::Object out;
  const bool equal = matcher.type() == MatchType::equal || matcher.type() == MatchType::regex;
  const bool regex = matcher.type() == MatchType::regex || matcher.type() == MatchType::not_regex;
  out.append("isEqual", equal);
  out.append("isRegex", regex);
  out.append("name", matcher.name());
  out.append("value", matcher.value());
  return out;
}

Result<Matcher> read_matcher(const model::Value& value, std::size_t index) {
  const auto required = [index](std::string_view name) {
    return fail(Code::invalid, fmt::format("matchers.{}.{} in body is required", index, name));
  };
  const auto* name = value.at("name");
  const auto* text = value.at("value");
  const auto* regex = value.at("isRegex");
  if (name == nullptr || name->if_string() == nullptr) return required("name");
  if (text == nullptr || text->if_string() == nullptr) return required("value");
  if (regex == nullptr || regex->if_bool() == nullptr) return required("isRegex");
  const auto* equal = value.at("isEqual");
  const bool positive = equal == nullptr || equal->if_bool() == nullptr || *equal->if_bool();
  const MatchType type = *regex->if_bool() ? (positive ? MatchType::regex : MatchType::not_regex)
                                           : (positive ? MatchType::equal : MatchType::not_equal);
  auto made = Matcher::make(type, *name->if_string(), *text->if_string());
  if (made) return made;
  return fail(Code::bad_request,
              fmt::format("invalid silence: invalid label matcher {}: {}", index, made.error().message()));
}

std::unexpected<Error> unreadable(const Error& error) {
  return fail(Code::bad_request,
              fmt::format("parsing silence body from \"\" failed, because {}", error.message()));
}

Result<WallTime> read_time(const model::Value& document, std::string_view name) {
  auto time = parse_client_time(document.text_at(name));
  if (!time) return unreadable(time.error());
  return time;
}

// As upstream counts it: a condition that something is not so never matches nothing.
bool matches_nothing(const Matcher& matcher) {
  return (matcher.type() == MatchType::equal || matcher.type() == MatchType::regex) &&
         matcher.matches_empty();
}

Result<> validate(const Silence& silence) {
  if (silence.matchers.empty()) return fail(Code::invalid, "invalid silence: at least one matcher required");
  bool all_empty = true;
  for (const Matcher& matcher : silence.matchers) {
    if (matcher.name().empty() || !is_utf8(matcher.name()))
      return fail(
          Code::invalid,
          fmt::format("invalid silence: invalid label matcher: invalid label name \"{}\"", matcher.name()));
    if (!is_utf8(matcher.value())) return fail(Code::invalid, "invalid silence: invalid label value");
    all_empty = all_empty && matches_nothing(matcher);
  }
  if (all_empty)
    return fail(Code::invalid, "invalid silence: at least one matcher must not match the empty string");
  if (silence.ends_at < silence.starts_at)
    return fail(Code::invalid, "invalid silence: end time must not be before start time");
  return {};
}

// True when the change fits into the silence as it runs: what has happened stays.
bool can_update(const Silence& old, const Silence& changed, WallTime now) {
  if (!(old.matchers == changed.matchers)) return false;
  switch (old.state(now)) {
    case SilenceState::active:
      // Clients know the start to the millisecond at best.
      return changed.starts_at.since_epoch / 1s == old.starts_at.since_epoch / 1s && changed.ends_at >= now;
    case SilenceState::pending:
      return changed.starts_at >= now;
    case SilenceState::expired:
      return false;
  }
  return false;
}

}  // namespace

std::string_view to_string(SilenceState state) {
  return state == SilenceState::active ? "active" : state == SilenceState::pending ? "pending" : "expired";
}

std::string silence_json(const Silence& silence, WallTime now) {
  model::Object out;
  if (!silence.annotations.empty()) {
    model::Object annotations;
    for (const auto& [name, value] : silence.annotations) annotations.append(name, value);
    out.append("annotations", std::move(annotations));
  }
  out.append("id", silence.id);
  model::Object status;
  status.append("state", to_string(silence.state(now)));
  out.append("status", std::move(status));
  out.append("updatedAt", openapi_time(silence.updated_at));
  out.append("comment", silence.comment);
  out.append("createdBy", silence.created_by);
  out.append("endsAt", openapi_time(silence.ends_at));
  model::Array matchers;
  for (const Matcher& matcher : silence.matchers) matchers.push_back(matcher_object(matcher));
  out.append("matchers", std::move(matchers));
  out.append("startsAt", openapi_time(silence.starts_at));
  return model::to_json(model::Value(std::move(out)));
}

Result<Silence> parse_silence(std::string_view json) {
  auto parsed = model::parse_json(json);
  if (!parsed) return unreadable(parsed.error());
  const model::Value& document = *parsed;
  Silence out;
  out.id = std::string(document.text_at("id"));
  for (const std::string_view name : {"createdBy", "comment", "startsAt", "endsAt"}) {
    const auto* member = document.at(name);
    if (member == nullptr || member->if_string() == nullptr)
      return fail(Code::invalid, fmt::format("{} in body is required", name));
  }
  out.created_by = std::string(document.text_at("createdBy"));
  out.comment = std::string(document.text_at("comment"));
  TRY(starts, read_time(document, "startsAt"));
  TRY(ends, read_time(document, "endsAt"));
  out.starts_at = starts;
  out.ends_at = ends;
  if (const auto updated = parse_client_time(document.text_at("updatedAt"))) out.updated_at = *updated;
  const auto* matchers = document.at("matchers");
  if (matchers == nullptr || matchers->if_array() == nullptr)
    return fail(Code::invalid, "matchers in body is required");
  if (matchers->if_array()->empty())
    return fail(Code::invalid, "matchers in body should have at least 1 items");
  for (const model::Value& item : *matchers->if_array()) {
    TRY(matcher, read_matcher(item, out.matchers.size()));
    out.matchers.push_back(std::move(matcher));
  }
  const auto* annotations = document.at("annotations");
  if (annotations != nullptr && annotations->if_object() != nullptr) {
    for (const auto& [name, value] : *annotations->if_object()) {
      if (value.if_string() != nullptr) out.annotations.insert_or_assign(name, *value.if_string());
    }
  }
  return out;
}

Result<std::string> Silences::set(Silence silence, WallTime now) {
  TRY_DO(validate(silence));
  if (silence_json(silence, now).size() > limits_.bytes)
    return fail(Code::too_large, fmt::format("silence exceeded maximum size: limit {} bytes", limits_.bytes));
  silence.updated_at = now;
  if (!silence.id.empty()) {
    const auto found = silences_.find(silence.id);
    if (found == silences_.end()) return fail(Code::not_found, "silence not found");
    if (can_update(found->second, silence, now)) {
      if (found->second.state(now) == SilenceState::active) silence.starts_at = found->second.starts_at;
      found->second = silence;
      return silence.id;
    }
    if (found->second.state(now) != SilenceState::expired) TRY_DO(expire(silence.id, now));
  }
  if (silences_.size() >= limits_.count)
    return fail(Code::too_many_requests, fmt::format("exceeded maximum number of silences: {} (limit: {})",
                                                     silences_.size(), limits_.count));
  if (silence.starts_at < now) silence.starts_at = now;
  silence.id = make_uuid(random_);
  std::string id = silence.id;
  silences_.insert_or_assign(id, std::move(silence));
  return id;
}

Result<> Silences::expire(std::string_view id, WallTime now) {
  const auto found = silences_.find(id);
  if (found == silences_.end()) return fail(Code::not_found, "silence not found");
  Silence& silence = found->second;
  switch (silence.state(now)) {
    case SilenceState::expired:
      return {};
    case SilenceState::pending:
      silence.starts_at = now;
      [[fallthrough]];
    case SilenceState::active:
      silence.ends_at = now;
  }
  silence.updated_at = now;
  return {};
}

const Silence* Silences::find(std::string_view id) const {
  const auto found = silences_.find(id);
  return found != silences_.end() ? &found->second : nullptr;
}

std::vector<std::string> Silences::silenced_by(const LabelMap& labels, WallTime now) const {
  std::vector<std::string> out;
  for (const auto& [id, silence] : silences_) {
    if (silence.state(now) == SilenceState::active && matches_labels(silence.matchers, labels))
      out.push_back(id);
  }
  return out;
}

bool Silences::collect(WallTime now, Duration retention) {
  return std::erase_if(silences_,
                       [&](const auto& entry) { return entry.second.ends_at + retention <= now; }) > 0;
}

std::string Silences::save(WallTime now) const {
  std::string out = "[";
  for (const auto& [id, silence] : silences_) {
    if (out.size() > 1) out += ",\n";
    out += silence_json(silence, now);
  }
  return out + "]\n";
}

Result<> Silences::load(std::string_view json) {
  TRY(document, model::parse_json(json));
  if (document.if_array() == nullptr) return fail(Code::invalid, "silences: expected a list");
  Result<> outcome;
  for (const model::Value& item : *document.if_array()) {
    auto silence = parse_silence(model::to_json(item));
    if (silence && !silence->id.empty())
      silences_.insert_or_assign(silence->id, std::move(*silence));
    else
      outcome = fail(silence ? Error(Code::invalid, "a silence has no id") : silence.error());
  }
  return outcome;
}

}  // namespace aloft::telemetry::alerts
