// Rules for events. Older writers leave eventTime unset and get the looser rules.
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t word_characters_max = 128;
constexpr std::size_t note_characters_max = 1024;

void expect_word(const std::string& word, const FieldPath& path, FieldErrors& errors) {
  model::require(errors, path, word);
  if (word.size() > word_characters_max) errors.invalid_string(path, "", "can have at most 128 characters");
}

// The event stands in the namespace of its object; those of cluster-scoped objects in a few chosen ones.
void validate_namespace(const Event& event, FieldErrors& errors) {
  const std::string& own = event.metadata.namespace_;
  const std::string& involved = event.involvedObject.namespace_;
  const bool fresh = event.eventTime.is_set();
  const bool matches = fresh              ? !involved.empty() || own == "default" || own == "kube-system"
                       : involved.empty() ? own.empty() || own == "default"
                                          : own == involved;
  if (matches) return;
  const FieldPath path("involvedObject");
  errors.invalid_string(path.child("namespace"), involved, "does not match event.namespace");
}

}  // namespace

void validate(const Event& event, FieldErrors& errors) {
  validate_namespace(event, errors);
  if (event.eventTime.is_set()) {
    const FieldPath controller("reportingComponent");
    model::require(errors, controller, event.reportingComponent);
    model::expect_qualified_name(errors, controller, event.reportingComponent);
    expect_word(event.reportingInstance, FieldPath("reportingInstance"), errors);
    expect_word(event.action, FieldPath("action"), errors);
    expect_word(event.reason, FieldPath("reason"), errors);
    if (event.message.size() > note_characters_max) {
      errors.invalid_string(FieldPath("message"), "", "can have at most 1024 characters");
    }
  }
  model::expect_dns_subdomain(errors, FieldPath("namespace"), event.metadata.namespace_);
}

}  // namespace aloft::core::v1
