// JSON patch and merge patch, by their RFCs and by what kube-apiserver answers.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/json.h"
#include "model/patch.h"
#include "model/testing/documents.h"
#include "model/testing/texts.h"

namespace aloft::model {
namespace {

using testing::json;

struct PatchCase {
  const char* document;
  const char* patch;
  const char* result;  // empty: refused
};

void expect_results(std::initializer_list<PatchCase> cases) {
  for (const auto& test : cases) {
    const auto result = apply_json_patch(json(test.document), json(test.patch));
    if (*test.result == '\0') {
      EXPECT_FALSE(result) << test.document << " " << test.patch;
    } else {
      ASSERT_TRUE(result) << test.document << " " << test.patch << ": " << result.error().causes()[0].message;
      EXPECT_EQ(to_json(*result), to_json(json(test.result))) << test.patch;
    }
  }
}

TEST(JsonPatch, adds) {
  expect_results({
      {R"({})", R"([{"op":"add","path":"/a","value":1}])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])", R"({"a":2})"},
      {R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2}])", R"({"a":[1,2,3]})"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/-","value":2}])", R"({"a":[1,2]})"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/1","value":2}])", R"({"a":[1,2]})"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/-1","value":2}])", R"({"a":[1,2]})"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/2","value":2}])", ""},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/x","value":2}])", ""},
      {R"({"a":1})", R"([{"op":"add","path":"/a/b","value":2}])", ""},
      {R"({})", R"([{"op":"add","path":"/a/b","value":2}])", ""},
      {R"({})", R"([{"op":"add","path":"x","value":2}])", ""},
      {R"({})", R"([{"op":"add","path":"/","value":2}])", R"({"":2})"},
      {R"({"a/b":{"~":1}})", R"([{"op":"add","path":"/a~1b/~0","value":2}])", R"({"a/b":{"~":2}})"},
      {R"({})", R"([{"op":"add","path":"/~01","value":2}])", R"({"~1":2})"},
      {R"({})", R"([{"op":"add","path":"/a"}])", R"({"a":null})"},
  });
}

TEST(JsonPatch, removes_and_replaces) {
  expect_results({
      {R"({"a":1,"b":2})", R"([{"op":"remove","path":"/a"}])", R"({"b":2})"},
      {R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/0"}])", R"({"a":[2]})"},
      {R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/-1"}])", R"({"a":[1]})"},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/1"}])", ""},
      {R"({"a":1})", R"([{"op":"remove","path":"/b"}])", ""},
      {R"({"a":1})", R"([{"op":"remove","path":""}])", ""},
      {R"({"a":1})", R"([{"op":"replace","path":"/a","value":{"b":2}}])", R"({"a":{"b":2}})"},
      {R"({"a":1})", R"([{"op":"replace","path":"/b","value":2}])", R"({"a":1,"b":2})"},
      {R"({"a":[1]})", R"([{"op":"replace","path":"/a/0","value":2}])", R"({"a":[2]})"},
      {R"({"a":[1]})", R"([{"op":"replace","path":"/a/1","value":2}])", ""},
      {R"({"a":1})", R"([{"op":"replace","path":"","value":{"b":2}}])", R"({"b":2})"},
      {R"({"a":1})", R"([{"op":"replace","path":"","value":2}])", ""},
  });
}

TEST(JsonPatch, moves_copies_and_tests) {
  expect_results({
      {R"({"a":1})", R"([{"op":"move","from":"/a","path":"/b"}])", R"({"b":1})"},
      {R"({"a":[1,2,3]})", R"([{"op":"move","from":"/a/0","path":"/a/2"}])", R"({"a":[2,3,1]})"},
      {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/b/c"}])", ""},
      {R"({"a":[[1],2]})", R"([{"op":"move","from":"/a/0","path":"/a/0/0"}])", ""},
      {R"({"a":1})", R"([{"op":"move","from":"/b","path":"/c"}])", ""},
      {R"({"a":1})", R"([{"op":"move","path":"/c"}])", ""},
      {R"({"a":{"b":1}})", R"([{"op":"copy","from":"/a","path":"/a/c"}])", R"({"a":{"b":1,"c":{"b":1}}})"},
      {R"({"a":1})", R"([{"op":"copy","from":"/b","path":"/c"}])", R"({"a":1,"c":null})"},
      {R"({"a":{"x":1,"y":[2]}})", R"([{"op":"test","path":"/a","value":{"y":[2],"x":1}}])",
       R"({"a":{"x":1,"y":[2]}})"},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":1.0}])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":"1"}])", ""},
      {R"({"a":1})", R"([{"op":"test","path":"/b","value":null}])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"test","path":"","value":{"a":1}}])", R"({"a":1})"},
      {R"({"a":1})", R"([{"op":"bogus","path":"/a"}])", ""},
      {R"({"a":1})", R"([{"path":"/a"}])", ""},
      {R"({"a":1})", R"([{"op":"remove"}])", ""},
      {R"({"a":1})", R"([])", R"({"a":1})"},
  });
}

TEST(JsonPatch, a_failure_names_the_operation_and_leaves_the_words_of_upstream) {
  const auto result = apply_json_patch(json(R"({"a":1})"), json(R"([{"op":"test","path":"/a","value":1},
      {"op":"remove","path":"/b"}])"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::invalid);
  EXPECT_EQ(result.error().message(), "the server rejected our request due to an error in our request");
  ASSERT_EQ(result.error().causes().size(), 1u);
  EXPECT_EQ(result.error().causes()[0].field, "[1]");
  EXPECT_EQ(result.error().causes()[0].message, "remove /b: there is no member \"b\"");
}

TEST(JsonPatch, what_is_no_patch_is_a_bad_request) {
  const auto object = apply_json_patch(json("{}"), json("{}"));
  EXPECT_EQ(object.error().code(), Code::bad_request);
  EXPECT_EQ(object.error().message(), "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  EXPECT_EQ(apply_json_patch(json("{}"), json("[1]")).error().code(), Code::bad_request);
  Array many(10'001, json(R"({"op":"test","path":"","value":{}})"));
  EXPECT_EQ(apply_json_patch(json("{}"), Value(many)).error().code(), Code::too_large);
}

TEST(JsonPatch, copies_cannot_grow_without_bound) {
  Array doubling(60, json(R"({"op":"copy","from":"/a","path":"/a/-"})"));
  EXPECT_FALSE(apply_json_patch(json(R"({"a":["x"]})"), Value(doubling)));
  Array deeper(2000, json(R"({"op":"copy","from":"/a","path":"/a/b"})"));
  const auto result = apply_json_patch(json(R"({"a":{"b":1}})"), Value(deeper));
  EXPECT_FALSE(result);
}

TEST(JsonPatch, adding_and_removing_again_changes_nothing) {
  EXPECT_TRUE(rc::check([] {
    const Value document = Value(Object{{"x", testing::random_document()}});
    const Array patch{
        json(R"({"op":"test","path":"/x","value":0})"), json(R"({"op":"add","path":"/new","value":1})"),
        json(R"({"op":"move","from":"/new","path":"/other"})"), json(R"({"op":"remove","path":"/other"})")};
    Array there_and_back = patch;
    there_and_back[0].as_object().set("value", *document.at("x"));
    const auto result = apply_json_patch(document, Value(there_and_back));
    RC_ASSERT((result.has_value() && *result == document));
  }));
}

TEST(MergePatch, follows_the_examples_of_the_rfc) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [document, patch, result] : cases) {
    EXPECT_EQ(to_json(apply_merge_patch(json(document), json(patch))), to_json(json(result))) << patch;
  }
}

TEST(MergePatch, applied_twice_is_applied_once) {
  EXPECT_TRUE(rc::check([] {
    const Value patch = testing::random_document();
    const Value once = apply_merge_patch(testing::random_document(), patch);
    RC_ASSERT((apply_merge_patch(once, patch) == once));
  }));
}

TEST(MergePatch, a_patch_that_is_no_object_is_refused_in_the_words_of_upstream) {
  EXPECT_TRUE(check_merge_patch(json("{}")));
  EXPECT_EQ(
      check_merge_patch(json("[1]")).error().message(),
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}");
}

}  // namespace
}  // namespace aloft::model
