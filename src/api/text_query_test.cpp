// Looking into text must find what a parser finds.
#include "api/text_query.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

using model::Value;

// Keys that are prefixes of each other, and values with every character that means something to a scanner.
Value any_document(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 8 : 6);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::inRange<std::int64_t>(-1000, 1000);
    case 3:
      return std::string(*rc::gen::container<std::string>(rc::gen::elementOf(std::string("a\"\\{}[]:,\n "))));
    case 4:
      return 0.5;
    case 5:
      return "x";
    case 6: {
      model::Array array;
      const int size = *rc::gen::inRange(0, 4);
      for (int i = 0; i < size; ++i) array.push_back(any_document(depth - 1));
      return array;
    }
    default: {
      model::Object object;
      for (const char* key : {"a", "ab", "b", "a.b", "c\"d"}) {
        if (*rc::gen::arbitrary<bool>()) object.set(key, any_document(depth - 1));
      }
      return object;
    }
  }
}

TEST(TextQuery, a_scan_finds_what_parsing_and_looking_up_finds) {
  EXPECT_TRUE(rc::check([] {
    const Value document = any_document(4);
    const std::string text = model::to_json(document);
    const auto path = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(std::vector<std::string>{"a", "ab", "b", "a.b"}));
    const Value* expected = &document;
    std::vector<std::string_view> names;
    for (const std::string& name : path) {
      names.push_back(name);
      expected = expected != nullptr ? expected->at(name) : nullptr;
    }
    const auto found = find_raw(text, std::span<const std::string_view>(names));
    RC_ASSERT(found.has_value() == (expected != nullptr));
    if (expected != nullptr) RC_ASSERT(std::string(*found) == model::to_json(*expected));
  }));
}

TEST(TextQuery, scalars_read_as_text) {
  const std::string text = R"({"a":{"s":"x\ny","n":5,"t":true,"z":null}})";
  EXPECT_EQ(find_text(text, "a.s"), "x\ny");
  EXPECT_EQ(find_text(text, "a.n"), "5");
  EXPECT_EQ(find_text(text, "a.t"), "true");
  EXPECT_EQ(find_text(text, "a.z"), "");
  EXPECT_EQ(find_text(text, "a.missing"), "");
  EXPECT_EQ(find_text(text, "a.s.deeper"), "");
}

TEST(TextQuery, labels_are_visited_until_the_visitor_has_enough) {
  std::vector<std::string> seen;
  const auto visit = [&](std::string_view key, std::string_view value) {
    seen.push_back(fmt::format("{}={}", key, value));
    return seen.size() < 2;
  };
  each_string_member(R"({"a":"1","b":"\"2\"","c":"3"})", visit);
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b=\"2\""}));
}

TEST(TextQuery, the_revision_of_an_object_can_be_replaced) {
  const std::string text = R"({"metadata":{"name":"n","resourceVersion":"5"},"data":{}})";
  EXPECT_EQ(with_resource_version(text, 17), R"({"metadata":{"name":"n","resourceVersion":"17"},"data":{}})");
}

}  // namespace
}  // namespace aloft::api
