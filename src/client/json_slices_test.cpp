// Slices of well-formed texts, and refusal of texts that end too early.
#include "client/json_slices.h"

#include <gtest/gtest.h>

namespace aloft::client {
namespace {

TEST(JsonSlices, a_member_is_found_behind_any_value) {
  const std::string_view text =
      R"( { "a" : [1, {"x": "]}"}], "b":"q\"}", "n": null,"object" : {"kind":"Pod"} } )";
  EXPECT_EQ(json_member(text, "a"), R"([1, {"x": "]}"}])");
  EXPECT_EQ(json_member(text, "b"), R"("q\"}")");
  EXPECT_EQ(json_member(text, "n"), "null");
  EXPECT_EQ(json_member(text, "object"), R"({"kind":"Pod"})");
  EXPECT_FALSE(json_member(text, "kind"));
  EXPECT_FALSE(json_member("{}", "a"));
  EXPECT_FALSE(json_member("[]", "a"));
}

TEST(JsonSlices, elements_come_in_order) {
  const auto elements = json_elements(R"([{"a":[1,2]} , "x,y", 3,null])");
  ASSERT_TRUE(elements);
  EXPECT_EQ(*elements, (std::vector<std::string_view>{R"({"a":[1,2]})", R"("x,y")", "3", "null"}));
  EXPECT_TRUE(json_elements(" [ ] ")->empty());
  EXPECT_TRUE(json_elements("null")->empty());
}

TEST(JsonSlices, a_text_that_breaks_off_is_refused) {
  for (const std::string_view text : {"", "[", "[1", "[1,", R"(["a)", R"([{"a":1)", R"(["\)", "{"}) {
    EXPECT_FALSE(json_elements(text)) << text;
  }
  for (const std::string_view text : {R"({"a)", R"({"a")", R"({"a":)", R"({"a":[1)"}) {
    EXPECT_FALSE(json_member(text, "a")) << text;
  }
}

}  // namespace
}  // namespace aloft::client
