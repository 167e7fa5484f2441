// What each field of event.h means, and how it is written, merged and defaulted.
#include "model/kinds/events/v1/event.h"

DESCRIBE(events::v1::EventSeries, "",
    FIELD(count, 1, required),
    FIELD(lastObservedTime, 2, required))

DESCRIBE(events::v1::Event, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(eventTime, 2, required),
    FIELD(series, 3),
    FIELD(reportingController, 4),
    FIELD(reportingInstance, 5),
    FIELD(action, 6),
    FIELD(reason, 7),
    FIELD(regarding, 8),
    FIELD(related, 9),
    FIELD(note, 10),
    FIELD(type, 11),
    FIELD(deprecatedSource, 12),
    FIELD(deprecatedFirstTimestamp, 13),
    FIELD(deprecatedLastTimestamp, 14),
    FIELD(deprecatedCount, 15))
