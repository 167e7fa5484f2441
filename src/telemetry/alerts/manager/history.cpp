// Events as JSON lines, in memory as values.
#include "telemetry/alerts/manager/history.h"

#include <algorithm>

#include "model/json.h"
#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {
namespace {

model::Object event_object(const HistoryEvent& event) {
  model::Object out;
  out.append("time", json_time(event.time));
  out.append("kind", to_string(event.kind));
  out.append("from", event.from);
  out.append("to", event.to);
  model::Object labels;
  if (event.labels != nullptr) {
    for (const auto& [name, value] : *event.labels) labels.append(name, value);
  }
  out.append("labels", std::move(labels));
  if (!event.detail.empty()) out.append("detail", event.detail);
  if (event.value) out.append("value", *event.value);
  return out;
}

}  // namespace

std::string_view to_string(HistoryEvent::Kind kind) {
  switch (kind) {
    case HistoryEvent::Kind::rule:
      return "rule";
    case HistoryEvent::Kind::alert:
      return "alert";
    case HistoryEvent::Kind::notification:
      return "notification";
    case HistoryEvent::Kind::silence:
      return "silence";
  }
  return "";
}

std::string History::record_of(const HistoryEvent& event) {
  return model::to_json(model::Value(event_object(event)));
}

void History::add(HistoryEvent event) {
  // A value that JSON cannot say is left out.
  if (event.value && !(*event.value - *event.value == 0)) event.value.reset();
  if (sink_) sink_(event);
  keep(std::move(event));
}

void History::keep(HistoryEvent event) {
  events_.push_back(std::move(event));
  while (events_.size() > limit_) events_.pop_front();
}

std::vector<const HistoryEvent*> History::query(const HistoryQuery& query) const {
  static const LabelMap none;
  std::vector<const HistoryEvent*> out;
  for (auto event = events_.rbegin(); event != events_.rend() && out.size() < query.limit; ++event) {
    if ((query.start && event->time < *query.start) || (query.end && event->time > *query.end)) continue;
    if (query.kind && event->kind != *query.kind) continue;
    const LabelMap& labels = event->labels != nullptr ? *event->labels : none;
    const bool matches = query.matcher_sets.empty() ||
                         std::any_of(query.matcher_sets.begin(), query.matcher_sets.end(),
                                     [&](const auto& matchers) { return matches_labels(matchers, labels); });
    if (matches) out.push_back(&*event);
  }
  return out;
}

std::string History::query_json(const HistoryQuery& history_query) const {
  std::string out = R"({"status":"success","data":{"events":[)";
  bool first = true;
  for (const HistoryEvent* event : query(history_query)) {
    if (!std::exchange(first, false)) out += ',';
    model::append_json(out, model::Value(event_object(*event)));
  }
  return out + "]}}";
}

bool History::replay(std::string_view record) {
  bool good = true;
  while (!record.empty()) {
    const std::size_t end = std::min(record.find('\n'), record.size());
    good = replay_line(record.substr(0, end)) && good;
    record.remove_prefix(std::min(end + 1, record.size()));
  }
  return good;
}

bool History::replay_line(std::string_view line) {
  const auto document = model::parse_json(line);
  if (!document) return false;
  HistoryEvent event;
  const auto time = parse_time(document->text_at("time"));
  if (!time) return false;
  event.time = *time;
  const std::string_view kind = document->text_at("kind");
  for (const auto candidate : {HistoryEvent::Kind::rule, HistoryEvent::Kind::alert,
                               HistoryEvent::Kind::notification, HistoryEvent::Kind::silence}) {
    if (to_string(candidate) == kind) event.kind = candidate;
  }
  event.from = std::string(document->text_at("from"));
  event.to = std::string(document->text_at("to"));
  event.detail = std::string(document->text_at("detail"));
  if (const auto* value = document->at("value"); value != nullptr && value->is_number())
    event.value = value->as_double();
  LabelMap labels;
  if (const auto* members = document->at("labels"); members != nullptr && members->if_object() != nullptr) {
    for (const auto& [name, value] : *members->if_object()) {
      if (value.if_string() != nullptr) labels.emplace(name, *value.if_string());
    }
  }
  event.labels = std::make_shared<const LabelMap>(std::move(labels));
  keep(std::move(event));
  return true;
}

}  // namespace aloft::telemetry::alerts
