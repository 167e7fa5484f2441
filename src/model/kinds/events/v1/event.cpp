// What each field of event.h means, and how it is written, merged and defaulted.
#include "model/kinds/events/v1/event.h"

DESCRIBE(events::v1::EventSeries, "An event that went on happening.",
         FIELD(count, 1, required, "How often it has happened in this series."),
         FIELD(lastObservedTime, 2, required, "When it was last seen."))

DESCRIBE(
    events::v1::Event,
    "A report of something that happened to an object; kept for an hour or so, for people to read.",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(eventTime, 2, required, "When it was first seen."),
    FIELD(series, 3, "How it went on; absent for a single event."),
    FIELD(reportingController, 4, "Which controller reports it, such as kubernetes.io/kubelet."),
    FIELD(reportingInstance, 5, "Which instance of the controller reports it."),
    FIELD(action, 6, "What was done, in CamelCase; at most 128 characters."),
    FIELD(reason, 7, "Why it was done, in CamelCase; at most 128 characters."),
    FIELD(regarding, 8, "The object it is about."), FIELD(related, 9, "A second object concerned, if any."),
    FIELD(note, 10, "A sentence for people; at most 1 kB."), FIELD(type, 11, "Normal or Warning."),
    FIELD(deprecatedSource, 12, deprecated, "The reporting component as core/v1 names it."),
    FIELD(deprecatedFirstTimestamp, 13, deprecated, "The time of the first occurrence as core/v1 names it."),
    FIELD(deprecatedLastTimestamp, 14, deprecated, "The time of the last occurrence as core/v1 names it."),
    FIELD(deprecatedCount, 15, deprecated, "The number of occurrences as core/v1 names it."))
