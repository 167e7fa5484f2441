// What selectors of objects select.
#include "model/kinds/meta/v1/selector.h"

#include <gtest/gtest.h>

namespace aloft::meta::v1 {
namespace {

TEST(Selector, labels_and_expressions_must_all_hold) {
  LabelSelector selector;
  selector.matchLabels = {{"app", "web"}};
  selector.matchExpressions = {{"tier", "In", {"b", "a"}}, {"old", "DoesNotExist", {}}};
  const auto matcher = to_selector(selector);
  ASSERT_TRUE(matcher);
  EXPECT_TRUE(matcher->matches(std::map<std::string, std::string>{{"app", "web"}, {"tier", "a"}}));
  EXPECT_FALSE(matcher->matches(std::map<std::string, std::string>{{"app", "web"}, {"tier", "c"}}));
  EXPECT_FALSE(
      matcher->matches(std::map<std::string, std::string>{{"app", "web"}, {"tier", "a"}, {"old", "1"}}));
}

TEST(Selector, an_empty_one_matches_everything) {
  EXPECT_TRUE(to_selector({})->matches(std::map<std::string, std::string>{}));
}

TEST(Selector, an_unknown_operator_is_refused) {
  LabelSelector selector;
  selector.matchExpressions = {{"tier", "Near", {"a"}}};
  EXPECT_EQ(to_selector(selector).error().message(), "\"Near\" is not a valid label selector operator");
  EXPECT_EQ(to_selector_text(selector), "");
}

TEST(Selector, the_query_form_is_what_a_url_takes) {
  LabelSelector selector;
  selector.matchLabels = {{"app", "d"}};
  EXPECT_EQ(to_selector_text(selector), "app=d");
}

}  // namespace
}  // namespace aloft::meta::v1
