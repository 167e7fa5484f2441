// Validation speaks in upstream's words.
#include "model/field_errors.h"

#include <gtest/gtest.h>

namespace aloft::model {
namespace {

TEST(FieldErrors, each_kind_of_mistake_has_upstreams_words) {
  FieldErrors errors;
  const FieldPath spec("spec");
  const FieldPath containers = spec.child("containers");
  const FieldPath first = containers.index(0);
  errors.required(containers);
  errors.invalid_int(spec.child("replicas"), -1, "must be greater than or equal to 0");
  errors.not_supported(first.child("protocol"), "XXX", {"SCTP", "TCP"});
  errors.duplicate(first.child("name"), "a\"b");
  const FieldPath metadata("metadata");
  const FieldPath labels = metadata.child("labels");
  errors.invalid_string(labels.key("a/b"), "x", "no");
  EXPECT_EQ(errors.to_string(),
            "[spec.containers: Required value, "
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0, "
            "spec.containers[0].protocol: Unsupported value: \"XXX\": supported values: \"SCTP\", \"TCP\", "
            "spec.containers[0].name: Duplicate value: \"a\\\"b\", "
            "metadata.labels[a/b]: Invalid value: \"x\": no]");
  EXPECT_EQ(
      errors.causes()[1],
      (Cause{"FieldValueInvalid", "Invalid value: -1: must be greater than or equal to 0", "spec.replicas"}));
}

TEST(FieldErrors, one_mistake_stands_without_brackets) {
  FieldErrors errors;
  const FieldPath name("metadata.name");
  errors.too_long(name, "aaaa", 3);
  errors.too_long(name, "aaaa", 3);
  EXPECT_EQ(errors.to_string(), "metadata.name: Too long: may not be more than 3 bytes");
  FieldErrors many;
  many.too_many(name, 5, 1);
  EXPECT_EQ(many.to_string(), "metadata.name: Too many: 5: must have at most 1 item");
}

}  // namespace
}  // namespace aloft::model
