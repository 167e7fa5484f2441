// Event in the form of events.k8s.io/v1: the same stored object as the core/v1 Event, with newer field
// names.
#pragma once

#include <cstdint>
#include <string>

#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::events::v1 {

struct EventSeries {
  std::int32_t count = 0;
  model::MicroTimestamp lastObservedTime;
  bool operator==(const EventSeries&) const = default;
};

struct Event {
  meta::v1::ObjectMeta metadata;
  model::MicroTimestamp eventTime;
  model::Box<EventSeries> series;
  std::string reportingController;
  std::string reportingInstance;
  std::string action;
  std::string reason;
  core::v1::ObjectReference regarding;
  model::Box<core::v1::ObjectReference> related;
  std::string note;
  std::string type;
  core::v1::EventSource deprecatedSource;
  model::Timestamp deprecatedFirstTimestamp;
  model::Timestamp deprecatedLastTimestamp;
  std::int32_t deprecatedCount = 0;
  bool operator==(const Event&) const = default;
};

}  // namespace aloft::events::v1

DECLARE_TYPE(events::v1::EventSeries)
DECLARE_TYPE(events::v1::Event)
