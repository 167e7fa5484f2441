// What each field of event.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/event.h"

DESCRIBE(core::v1::EventSource, "",
    FIELD(component, 1),
    FIELD(host, 2))

DESCRIBE(core::v1::EventSeries, "",
    FIELD(count, 1),
    FIELD(lastObservedTime, 2))

DESCRIBE(core::v1::Event, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(involvedObject, 2, required),
    FIELD(reason, 3),
    FIELD(message, 4),
    FIELD(source, 5),
    FIELD(firstTimestamp, 6),
    FIELD(lastTimestamp, 7),
    FIELD(count, 8),
    FIELD(type, 9),
    FIELD(eventTime, 10),
    FIELD(series, 11),
    FIELD(action, 12),
    FIELD(related, 13),
    FIELD(reportingComponent, 14, always),
    FIELD(reportingInstance, 15, always))
