// Errors as Status objects.
#include "api/status.h"

#include <gtest/gtest.h>

namespace aloft::api {
namespace {

TEST(Status, an_error_says_which_object_it_is_about) {
  EXPECT_EQ(status_json(not_found("apps", "deployments", "d")),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
            R"("message":"deployments.apps \"d\" not found",)"
            R"("reason":"NotFound","details":{"name":"d","group":"apps","kind":"deployments"},"code":404})");
  EXPECT_EQ(conflict("", "pods", "p", "why").message(), "Operation cannot be fulfilled on pods \"p\": why");
  EXPECT_EQ(already_exists("", "pods", "p").message(), "pods \"p\" already exists");
}

TEST(Status, an_invalid_object_has_a_cause_for_each_field) {
  model::FieldErrors errors;
  errors.required(model::FieldPath("spec").child("selector"));
  const std::string text = status_json(invalid_object("apps", "Deployment", "d", errors));
  EXPECT_NE(text.find(R"("message":"Deployment.apps \"d\" is invalid: spec.selector: Required value")"),
            std::string::npos)
      << text;
  EXPECT_NE(
      text.find(
          R"("causes":[{"reason":"FieldValueRequired","message":"Required value","field":"spec.selector"}])"),
      std::string::npos)
      << text;
}

TEST(Status, a_plain_error_has_no_reason) {
  EXPECT_EQ(status_json(plain_error("broken")),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"broken",)"
            R"("code":500})");
}

TEST(Status, what_is_gone_is_named_in_a_success) {
  EXPECT_EQ(success_json({"", "configmaps", "c", "u"}),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"c",)"
            R"("kind":"configmaps","uid":"u"}})");
}

}  // namespace
}  // namespace aloft::api
