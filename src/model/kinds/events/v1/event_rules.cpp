// Strict rules for events, and conversion from and to the core form.
#include "model/codec.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/events/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::events::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

void validate_series(const Event& event, FieldErrors& errors) {
  if (!event.series) return;
  if (event.series->count < 2) errors.invalid_string(FieldPath("series.count"), "", "should be at least 2");
  if (!event.series->lastObservedTime.is_set()) errors.required(FieldPath("series.lastObservedTime"));
}

}  // namespace

Event from_core(const core::v1::Event& event) {
  Event out;
  out.metadata = event.metadata;
  out.eventTime = event.eventTime;
  if (event.series) out.series = EventSeries{event.series->count, event.series->lastObservedTime};
  out.reportingController = event.reportingComponent;
  out.reportingInstance = event.reportingInstance;
  out.action = event.action;
  out.reason = event.reason;
  out.regarding = event.involvedObject;
  out.related = event.related;
  out.note = event.message;
  out.type = event.type;
  out.deprecatedSource = event.source;
  out.deprecatedFirstTimestamp = event.firstTimestamp;
  out.deprecatedLastTimestamp = event.lastTimestamp;
  out.deprecatedCount = event.count;
  return out;
}

core::v1::Event to_core(const Event& event) {
  core::v1::Event out;
  out.metadata = event.metadata;
  out.eventTime = event.eventTime;
  if (event.series) out.series = core::v1::EventSeries{event.series->count, event.series->lastObservedTime};
  out.reportingComponent = event.reportingController;
  out.reportingInstance = event.reportingInstance;
  out.action = event.action;
  out.reason = event.reason;
  out.involvedObject = event.regarding;
  out.related = event.related;
  out.message = event.note;
  out.type = event.type;
  out.source = event.deprecatedSource;
  out.firstTimestamp = event.deprecatedFirstTimestamp;
  out.lastTimestamp = event.deprecatedLastTimestamp;
  out.count = event.deprecatedCount;
  return out;
}

void validate(const Event& event, FieldErrors& errors) {
  FieldErrors found;
  core::v1::validate(to_core(event), found);
  for (const auto& cause : found.causes()) {
    // The one field whose name differs in the messages.
    const bool renamed = cause.field == "reportingComponent";
    errors.add(FieldPath(renamed ? "reportingController" : cause.field), cause.reason, cause.message);
  }
}

void validate_create(const Event& event, FieldErrors& errors) {
  constexpr std::string_view unset = "needs to be unset";
  validate_series(event, errors);
  if (!event.eventTime.is_set()) errors.required(FieldPath("eventTime"));
  if (event.type != "Normal" && event.type != "Warning") {
    errors.invalid_string(FieldPath("type"), "", "has invalid value: " + event.type);
  }
  if (event.deprecatedFirstTimestamp.is_set()) errors.invalid_string(FieldPath("firstTimestamp"), "", unset);
  if (event.deprecatedLastTimestamp.is_set()) errors.invalid_string(FieldPath("lastTimestamp"), "", unset);
  if (event.deprecatedCount != 0) errors.invalid_string(FieldPath("count"), "", unset);
  if (event.deprecatedSource != core::v1::EventSource())
    errors.invalid_string(FieldPath("source"), "", unset);
}

void validate_update(const Event& event, const Event& old, FieldErrors& errors) {
  if (event.series != old.series) validate_series(event, errors);
  // Only the series of an event goes on.
  const auto same = [&](const auto& now, const auto& before, std::string_view field) {
    if (now != before) errors.invalid(FieldPath(field), model::to_json(now), model::immutable_field);
  };
  const auto same_text = [&](const std::string& now, const std::string& before, std::string_view field) {
    if (now != before) errors.invalid_string(FieldPath(field), now, model::immutable_field);
  };
  same(event.regarding, old.regarding, "involvedObject");
  same_text(event.reason, old.reason, "reason");
  same_text(event.note, old.note, "message");
  same(event.deprecatedSource, old.deprecatedSource, "source");
  same(event.deprecatedFirstTimestamp, old.deprecatedFirstTimestamp, "firstTimestamp");
  same(event.deprecatedLastTimestamp, old.deprecatedLastTimestamp, "lastTimestamp");
  same(event.deprecatedCount, old.deprecatedCount, "count");
  same_text(event.type, old.type, "type");
  same(event.eventTime, old.eventTime, "eventTime");
  same_text(event.action, old.action, "action");
  if (event.related != old.related) {
    errors.invalid(FieldPath("related"), event.related ? model::to_json(*event.related) : "null",
                   model::immutable_field);
  }
  same_text(event.reportingController, old.reportingController, "reportingController");
  same_text(event.reportingInstance, old.reportingInstance, "reportingInstance");
}

}  // namespace aloft::events::v1
