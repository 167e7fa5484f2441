// Event: something that happened to an object, for people to read (core/v1 form).
#pragma once

#include <cstdint>
#include <string>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct EventSource {
  std::string component;
  std::string host;
  bool operator==(const EventSource&) const = default;
};

struct EventSeries {
  std::int32_t count = 0;
  model::MicroTimestamp lastObservedTime;
  bool operator==(const EventSeries&) const = default;
};

struct Event {
  meta::v1::ObjectMeta metadata;
  ObjectReference involvedObject;
  std::string reason;
  std::string message;
  EventSource source;
  model::Timestamp firstTimestamp;
  model::Timestamp lastTimestamp;
  std::int32_t count = 0;
  std::string type;
  model::MicroTimestamp eventTime;
  model::Box<EventSeries> series;
  std::string action;
  model::Box<ObjectReference> related;
  std::string reportingComponent;
  std::string reportingInstance;
  bool operator==(const Event&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::EventSource)
DECLARE_TYPE(core::v1::EventSeries)
DECLARE_TYPE(core::v1::Event)
