// Rules for Deployments, ReplicaSets and ControllerRevisions.
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/apps/v1/rules.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/kinds/meta/v1/selector.h"
#include "model/names.h"

namespace aloft::apps::v1 {

using meta::v1::LabelSelector;
using model::FieldErrors;
using model::FieldPath;

namespace {

std::string labels_text(const std::map<std::string, std::string>& labels) {
  return labels.empty() ? "map[string]string(nil)" : model::map_text(labels);
}

std::string int_or_string_text(const model::IntOrString& value) {
  return value.is_int()
             ? fmt::format("intstr.IntOrString{{Type:0, IntVal:{}, StrVal:\"\"}}", value.as_int())
             : fmt::format("intstr.IntOrString{{Type:1, IntVal:0, StrVal:{}}}", go_quote(value.as_string()));
}

bool is_malformed(const LabelSelector& selector) {
  FieldErrors found;
  meta::v1::validate_label_selector(selector, FieldPath("selector"), found);
  return !found.empty();
}

void validate_selector(const model::Box<LabelSelector>& selector, const FieldPath& path,
                       FieldErrors& errors) {
  if (!selector) return errors.required(path);
  meta::v1::validate_label_selector(*selector, path, errors);
  if (meta::v1::is_empty(*selector)) {
    // Upstream says deployment of a ReplicaSet, too.
    errors.invalid(path, meta::v1::selector_text(*selector), "empty selector is invalid for deployment");
  }
  if (is_malformed(*selector))
    errors.invalid(path, meta::v1::selector_text(*selector), "invalid label selector");
}

void validate_template(const core::v1::PodTemplateSpec& pod_template,
                       const model::Box<LabelSelector>& selector, const FieldPath& path,
                       FieldErrors& errors) {
  // Nothing more can be said of a template whose selector cannot be read.
  if (selector && is_malformed(*selector)) return;
  const auto& labels = pod_template.metadata.labels;
  const FieldPath metadata = path.child("metadata");
  // No selector at all matches nothing.
  const bool matches =
      selector && (meta::v1::is_empty(*selector) || meta::v1::to_selector(*selector)->matches(labels));
  if (!matches) {
    errors.invalid(metadata.child("labels"), labels_text(labels),
                   "`selector` does not match template `labels`");
  }
  core::v1::validate_pod_template(pod_template, path, errors);
  const FieldPath spec = path.child("spec");
  if (pod_template.spec.restartPolicy != "Always") {
    errors.not_supported(spec.child("restartPolicy"), pod_template.spec.restartPolicy, {"Always"});
  }
  if (pod_template.spec.activeDeadlineSeconds) {
    errors.forbidden(spec.child("activeDeadlineSeconds"),
                     "activeDeadlineSeconds in ReplicaSet is not Supported");
  }
}

void validate_count_or_share(const model::IntOrString& value, const FieldPath& path, FieldErrors& errors) {
  if (value.is_int()) return model::expect_not_negative(errors, path, value.as_int());
  for (const auto& message : model::check_percent(value.as_string())) {
    errors.invalid(path, int_or_string_text(value), message);
  }
}

// Of a hundred, so that shares and counts compare; malformed shares count as something.
std::int64_t of_hundred(const model::IntOrString& value) {
  return value.scaled(100, model::IntOrString::Rounding::up).value_or(1);
}

void validate_rolling_update(const RollingUpdateDeployment& update, const FieldPath& path,
                             FieldErrors& errors) {
  const model::IntOrString unavailable = update.maxUnavailable.value_or(0);
  const model::IntOrString surge = update.maxSurge.value_or(0);
  validate_count_or_share(unavailable, path.child("maxUnavailable"), errors);
  validate_count_or_share(surge, path.child("maxSurge"), errors);
  if (of_hundred(unavailable) == 0 && of_hundred(surge) == 0) {
    errors.invalid(path.child("maxUnavailable"), int_or_string_text(unavailable),
                   "may not be 0 when `maxSurge` is 0");
  }
  if (!unavailable.is_int() && of_hundred(unavailable) > 100) {
    errors.invalid(path.child("maxUnavailable"), int_or_string_text(unavailable),
                   "must not be greater than 100%");
  }
}

void validate_strategy(const DeploymentStrategy& strategy, const FieldPath& path, FieldErrors& errors) {
  const FieldPath rolling = path.child("rollingUpdate");
  if (strategy.type == "Recreate") {
    if (strategy.rollingUpdate) {
      errors.forbidden(rolling, "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (strategy.type == "RollingUpdate") {
    if (!strategy.rollingUpdate) return errors.required(rolling, "this should be defaulted and never be nil");
    validate_rolling_update(*strategy.rollingUpdate, rolling, errors);
  } else {
    errors.add(
        path, "FieldValueNotSupported",
        fmt::format("Unsupported value: apps.DeploymentStrategy{{Type:{}, "
                    "RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}}: supported values: \"Recreate\", "
                    "\"RollingUpdate\"",
                    go_quote(strategy.type)));
  }
}

struct Counts {
  std::int32_t replicas;
  std::int32_t ready;
  std::int32_t available;
  std::string_view other_name;  // updatedReplicas or fullyLabeledReplicas
  std::int32_t other;
};

void validate_counts(const Counts& counts, const FieldPath& path, FieldErrors& errors) {
  constexpr std::string_view too_many = "cannot be greater than status.replicas";
  const FieldPath other = path.child(counts.other_name);
  const FieldPath ready = path.child("readyReplicas");
  const FieldPath available = path.child("availableReplicas");
  model::expect_not_negative(errors, path.child("replicas"), counts.replicas);
  model::expect_not_negative(errors, other, counts.other);
  model::expect_not_negative(errors, ready, counts.ready);
  model::expect_not_negative(errors, available, counts.available);
  if (counts.other > counts.replicas) errors.invalid_int(other, counts.other, too_many);
  if (counts.ready > counts.replicas) errors.invalid_int(ready, counts.ready, too_many);
  if (counts.available > counts.replicas) errors.invalid_int(available, counts.available, too_many);
  if (counts.available > counts.ready) {
    errors.invalid_int(available, counts.available, "cannot be greater than readyReplicas");
  }
}

void expect_same_selector(const model::Box<LabelSelector>& now, const model::Box<LabelSelector>& old,
                          const FieldPath& path, FieldErrors& errors) {
  if (now == old) return;
  errors.invalid(path, now ? meta::v1::selector_text(*now) : "null", model::immutable_field);
}

}  // namespace

void validate(const Deployment& deployment, FieldErrors& errors) {
  const DeploymentSpec& spec = deployment.spec;
  const FieldPath path("spec");
  model::expect_not_negative(errors, path.child("replicas"), spec.replicas.value_or(0));
  validate_selector(spec.selector, path.child("selector"), errors);
  validate_template(spec.template_, spec.selector, path.child("template"), errors);
  validate_strategy(spec.strategy, path.child("strategy"), errors);
  model::expect_not_negative(errors, path.child("minReadySeconds"), spec.minReadySeconds);
  if (spec.revisionHistoryLimit) {
    model::expect_not_negative(errors, path.child("revisionHistoryLimit"), *spec.revisionHistoryLimit);
  }
  if (!spec.progressDeadlineSeconds) return;
  const FieldPath deadline = path.child("progressDeadlineSeconds");
  model::expect_not_negative(errors, deadline, *spec.progressDeadlineSeconds);
  if (*spec.progressDeadlineSeconds <= spec.minReadySeconds) {
    errors.invalid_int(deadline, *spec.progressDeadlineSeconds, "must be greater than minReadySeconds");
  }
}

void validate_update(const Deployment& deployment, const Deployment& old, FieldErrors& errors) {
  const FieldPath spec("spec");
  expect_same_selector(deployment.spec.selector, old.spec.selector, spec.child("selector"), errors);
  const DeploymentStatus& status = deployment.status;
  if (status == old.status) return;
  const FieldPath path("status");
  model::expect_not_negative(errors, path.child("observedGeneration"), status.observedGeneration);
  const Counts counts{status.replicas, status.readyReplicas, status.availableReplicas, "updatedReplicas",
                      status.updatedReplicas};
  validate_counts(counts, path, errors);
  model::expect_not_negative(errors, path.child("unavailableReplicas"), status.unavailableReplicas);
  const FieldPath collisions = path.child("collisionCount");
  if (status.collisionCount) model::expect_not_negative(errors, collisions, *status.collisionCount);
  if (old.status.collisionCount && status.collisionCount.value_or(-1) < *old.status.collisionCount) {
    errors.invalid(collisions, status.collisionCount ? std::to_string(*status.collisionCount) : "null",
                   "cannot be decremented");
  }
}

void validate(const ReplicaSet& set, FieldErrors& errors) {
  const ReplicaSetSpec& spec = set.spec;
  const FieldPath path("spec");
  model::expect_not_negative(errors, path.child("replicas"), spec.replicas.value_or(0));
  model::expect_not_negative(errors, path.child("minReadySeconds"), spec.minReadySeconds);
  validate_selector(spec.selector, path.child("selector"), errors);
  validate_template(spec.template_, spec.selector, path.child("template"), errors);
}

void validate_update(const ReplicaSet& set, const ReplicaSet& old, FieldErrors& errors) {
  const FieldPath spec("spec");
  expect_same_selector(set.spec.selector, old.spec.selector, spec.child("selector"), errors);
  const ReplicaSetStatus& status = set.status;
  if (status == old.status) return;
  const FieldPath path("status");
  const Counts counts{status.replicas, status.readyReplicas, status.availableReplicas, "fullyLabeledReplicas",
                      status.fullyLabeledReplicas};
  validate_counts(counts, path, errors);
  model::expect_not_negative(errors, path.child("observedGeneration"), status.observedGeneration);
}

void validate(const ControllerRevision& revision, FieldErrors& errors) {
  if (revision.data.text.empty() || revision.data.text == "null") {
    errors.required(FieldPath("data"), "data is mandatory");
  }
  model::expect_not_negative(errors, FieldPath("revision"), revision.revision);
}

void validate_update(const ControllerRevision& revision, const ControllerRevision& old, FieldErrors& errors) {
  if (revision.data != old.data)
    errors.invalid(FieldPath("data"), revision.data.text, model::immutable_field);
}

}  // namespace aloft::apps::v1
