// Documents compare by what they say, not by how they are laid out.
#include "model/value.h"

#include <gtest/gtest.h>

namespace aloft::model {
namespace {

TEST(Value, members_are_found_and_replaced_by_name) {
  Object object{{"a", 1}, {"b", "two"}};
  object.set("a", 3);
  object["c"] = true;
  EXPECT_EQ(object.size(), 3U);
  EXPECT_EQ(object.find("a")->as_int(), 3);
  EXPECT_TRUE(object.erase("b"));
  EXPECT_FALSE(object.erase("b"));
  EXPECT_EQ(object.find("b"), nullptr);
}

TEST(Value, a_path_leads_through_objects_only) {
  const Value value(Object{{"metadata", Object{{"name", "web"}, {"tags", Array{1, 2}}}}});
  EXPECT_EQ(value.text_at("metadata", "name"), "web");
  EXPECT_EQ(value.text_at("metadata", "tags"), "");
  EXPECT_EQ(value.at("metadata", "tags", "x"), nullptr);
  EXPECT_EQ(value.at("spec", "x"), nullptr);
}

TEST(Value, objects_are_equal_in_any_order_and_numbers_by_value) {
  EXPECT_EQ(Value(Object({{"a", 1}, {"b", 2}})), Value(Object({{"b", 2.0}, {"a", 1.0}})));
  EXPECT_NE(Value(Object({{"a", 1}, {"b", 2}})), Value(Object({{"a", 1}, {"c", 2}})));
  EXPECT_NE(Value(1), Value("1"));
  EXPECT_NE(Value(std::int64_t{9007199254740993}), Value(9007199254740992.0));
  EXPECT_NE(Value(), Value(false));
}

}  // namespace
}  // namespace aloft::model
