// What each field of event.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/event.h"

DESCRIBE(core::v1::EventSource, "Who reports an event.",
         FIELD(component, 1, "The component, such as kubelet."), FIELD(host, 2, "The node it runs on."))

DESCRIBE(core::v1::EventSeries, "An event that went on happening.",
         FIELD(count, 1, "How often it has happened in this series."),
         FIELD(lastObservedTime, 2, "When it was last seen."))

DESCRIBE(core::v1::Event,
         "A report of something that happened to an object; kept for an hour or so, for people to read.",
         FIELD(metadata, 1, required, "The name, labels and bookkeeping of the object."),
         FIELD(involvedObject, 2, required, "The object it is about."),
         FIELD(reason, 3, "One CamelCase word about why."), FIELD(message, 4, "A sentence for people."),
         FIELD(source, 5, "Who reports it."), FIELD(firstTimestamp, 6, "When it was first seen."),
         FIELD(lastTimestamp, 7, "When it was last seen."), FIELD(count, 8, "How often it has happened."),
         FIELD(type, 9, "Normal or Warning."),
         FIELD(eventTime, 10, "When it was first seen, in microseconds."),
         FIELD(series, 11, "How it went on; absent for a single event."),
         FIELD(action, 12, "What was done about it, in CamelCase."),
         FIELD(related, 13, "A second object concerned, if any."),
         FIELD(reportingComponent, 14, always, "Which controller reports it, such as kubernetes.io/kubelet."),
         FIELD(reportingInstance, 15, always, "Which instance of the controller reports it."))
