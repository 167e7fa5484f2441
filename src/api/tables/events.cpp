// What kubectl prints of events, in both of their forms.
#include <algorithm>
#include <cctype>

#include "api/tables/cells.h"
#include "base/text.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/events/v1/event.h"

namespace aloft::api {
namespace {

// What both forms say, under one set of names.
struct EventFacts {
  const meta::v1::ObjectMeta& metadata;
  const core::v1::ObjectReference& about;
  const core::v1::EventSource& source;
  std::string_view reporter;
  std::string_view reporter_instance;
  std::string_view type;
  std::string_view reason;
  std::string_view message;
  model::Timestamp first;
  model::Timestamp last;
  model::Timestamp at;  // eventTime
  std::int64_t count = 0;
  bool is_series = false;
  model::Timestamp series_last = {};
};

template <class Event>
void take_series(EventFacts& facts, const Event& event) {
  if (!event.series) return;
  facts.is_series = true;
  facts.series_last = event.series->lastObservedTime;
  facts.count = event.series->count;
}

EventFacts facts_of(const core::v1::Event& event) {
  EventFacts facts{event.metadata,          event.involvedObject, event.source,    event.reportingComponent,
                   event.reportingInstance, event.type,           event.reason,    event.message,
                   event.firstTimestamp,    event.lastTimestamp,  event.eventTime, event.count};
  take_series(facts, event);
  return facts;
}

EventFacts facts_of(const events::v1::Event& event) {
  EventFacts facts{event.metadata,
                   event.regarding,
                   event.deprecatedSource,
                   event.reportingController,
                   event.reportingInstance,
                   event.type,
                   event.reason,
                   event.note,
                   event.deprecatedFirstTimestamp,
                   event.deprecatedLastTimestamp,
                   event.eventTime,
                   event.deprecatedCount};
  take_series(facts, event);
  return facts;
}

// "pod/web-1".
std::string object_of(const core::v1::ObjectReference& about) {
  std::string kind = about.kind;
  std::ranges::transform(kind, kind.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return about.name.empty() ? kind : kind + "/" + about.name;
}

std::string source_of(const EventFacts& facts) {
  const std::string component = text_or(facts.source.component, facts.reporter);
  const std::string instance = text_or(facts.source.host, facts.reporter_instance);
  return instance.empty() ? component : component + ", " + instance;
}

model::Array cells_from(const EventFacts& facts, WallTime now) {
  // An event of the newer form has one time and no count.
  const std::string first = age_of(facts.first.is_set() ? facts.first : facts.at, now);
  std::string last = facts.last.is_set() ? age_of(facts.last, now) : first;
  if (facts.is_series) last = age_of(facts.series_last, now);
  const std::int64_t count = !facts.is_series && facts.count == 0 ? 1 : facts.count;
  return {last,
          facts.type,
          facts.reason,
          object_of(facts.about),
          facts.about.fieldPath,
          source_of(facts),
          trim(facts.message, ascii_whitespace),
          first,
          count,
          facts.metadata.name};
}

model::Array core_cells(const core::v1::Event& event, WallTime now) {
  return cells_from(facts_of(event), now);
}
model::Array cells(const events::v1::Event& event, WallTime now) { return cells_from(facts_of(event), now); }

std::vector<Column> event_columns() {
  Column name = name_column();
  name.priority = 1;
  return {
      {"Last Seen", "string", "", "Time since it happened last."},
      {"Type", "string", "", "Normal or Warning."},
      {"Reason", "string", "", "What happened, in one word."},
      {"Object", "string", "", "What it happened to."},
      {"Subobject", "string", "", "The part of the object that it happened to.", 1},
      {"Source", "string", "", "Who reports it, and from where.", 1},
      {"Message", "string", "", "What happened, in a sentence."},
      {"First Seen", "string", "", "Time since it happened first.", 1},
      {"Count", "string", "", "How often it has happened.", 1},
      name,
  };
}

}  // namespace

TableForm core_event_table() { return table_form<core::v1::Event, &core_cells>(event_columns()); }
TableForm event_table() { return table_form<events::v1::Event, &cells>(event_columns()); }

}  // namespace aloft::api
