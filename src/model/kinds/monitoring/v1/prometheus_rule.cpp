// What each field of prometheus_rule.h means. The operator's objects have no protobuf form upstream; the
// numbers are ours.
#include "model/kinds/monitoring/v1/prometheus_rule.h"

DESCRIBE(monitoring::v1::Rule, "A recording rule (record) or an alerting rule (alert).",
         FIELD(record, 1, "The name of the series that the rule records."),
         FIELD(alert, 2, "The name of the alert."), FIELD(expr, 3, required, "The PromQL expression."),
         FIELD(for_, 4, "How long the expression must hold before the alert fires."),
         FIELD(keep_firing_for, 5, "How long the alert goes on firing after the expression ceased to hold."),
         FIELD(labels, 6, "Labels added to what the rule gives."),
         FIELD(annotations, 7, "Texts for people, as templates; alerts only."))

DESCRIBE(monitoring::v1::RuleGroup, "Rules that are evaluated together, one after another.",
         FIELD(name, 1, required, "Unique in the object."),
         FIELD(labels, 2, "Labels added to every rule of the group."),
         FIELD(interval, 3, "How often the group is evaluated."),
         FIELD(query_offset, 4, "How far in the past the group is evaluated."),
         FIELD(rules, 5, "The rules, in the order of evaluation."),
         FIELD(partial_response_strategy, 6, "For Thanos; it has no meaning here."),
         FIELD(limit, 7, "How many alerts or series a rule may give; 0: no limit."))

DESCRIBE(monitoring::v1::PrometheusRuleSpec, "The groups of rules.",
         FIELD(groups, 1, list_type("map", "name"), "The groups."))

DESCRIBE(monitoring::v1::PrometheusRule, "Recording and alerting rules for the metrics of this cloud.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "The groups of rules."))
