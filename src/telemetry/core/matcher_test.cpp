// Matchers and the regular expressions below them.
#include "telemetry/core/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::telemetry {
namespace {

using testing::ElementsAre;

Matcher regex(std::string value) { return *Matcher::make(MatchType::regex, "a", std::move(value)); }

TEST(Matcher, equality_and_its_opposite) {
  EXPECT_TRUE(Matcher::equal("a", "x").matches("x"));
  EXPECT_FALSE(Matcher::equal("a", "x").matches("xy"));
  EXPECT_TRUE(Matcher::make(MatchType::not_equal, "a", "x")->matches(""));
  EXPECT_TRUE(Matcher::equal("a", "").matches_empty());
}

TEST(Matcher, expressions_match_the_whole_value) {
  EXPECT_TRUE(regex("b.*d").matches("bcd"));
  EXPECT_FALSE(regex("b").matches("abc"));
  EXPECT_TRUE(regex("a|bc").matches("bc"));
  EXPECT_TRUE(regex("(?i)abc").matches("ABC"));
  EXPECT_TRUE(regex(".*").matches("two\nlines"));
  EXPECT_FALSE(Matcher::make(MatchType::not_regex, "a", "a|b")->matches("b"));
}

TEST(Matcher, knows_the_literals_of_simple_expressions) {
  EXPECT_THAT(*regex("b|a|b").literals(), ElementsAre("a", "b"));
  EXPECT_THAT(*regex("(?:x|y)z").literals(), ElementsAre("xz", "yz"));
  EXPECT_THAT(*regex("").literals(), ElementsAre(""));
  EXPECT_THAT(*regex("10\\.0\\.0\\.1").literals(), ElementsAre("10.0.0.1"));
  EXPECT_FALSE(Matcher::make(MatchType::not_regex, "a", "|b")->literals());
  EXPECT_FALSE(regex("a+").literals());
  EXPECT_FALSE(regex("a.c").literals());
  EXPECT_EQ(regex("api-.*").prefix(), "api-");
  EXPECT_EQ(regex("api-?x.*").prefix(), "api");
  EXPECT_EQ(regex("[a|b].*|c").prefix(), "");
  EXPECT_EQ(regex("ab\xc3\xa9*x.").prefix(), "ab");
}

TEST(Matcher, a_malformed_expression_is_refused) {
  const auto made = Matcher::make(MatchType::regex, "a", "a(");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), Code::invalid);
  EXPECT_THAT(made.error().message(), testing::HasSubstr("a("));
}

TEST(Matcher, a_hostile_expression_is_refused_or_quick) {
  const auto made = Matcher::make(MatchType::regex, "a", "((a{0,100}){0,100}){0,100}");
  EXPECT_FALSE(made);
  EXPECT_FALSE(regex("(a*)*b").matches(std::string(100'000, 'a')));
}

TEST(Matcher, is_written_as_in_a_selector) {
  EXPECT_EQ(regex("x\"\\.").to_string(), R"(a=~"x\"\\.")");
  EXPECT_EQ(Matcher::equal("my.label", "v").to_string(), R"("my.label"="v")");
}

TEST(Matcher, the_short_ways_agree_with_the_expression) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> pieces{"a", "b", "|", "(?:a|b)", "(b|)", ".*", "a?", "b+", "[a|b]", "\\."};
    const auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces));
    std::string expression;
    for (const std::string& piece : chosen) expression += piece;
    const auto value = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab|.")));
    const auto matcher = Matcher::make(MatchType::regex, "l", expression);
    const auto plain = Regex::compile(expression, Regex::Anchor::both);
    RC_ASSERT(matcher.has_value() && plain.has_value());
    RC_ASSERT(matcher->matches(value) == (*plain)->matches(value));
  }));
}

TEST(Regex, replaces_as_go_does) {
  const auto made = Regex::compile("(?P<first>a)(b)?", Regex::Anchor::none);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->replace_all("xaby", "<$first-${2}>"), "x<a-b>y");
  EXPECT_EQ((*made)->replace_all("a", "$$1"), "$1");
  EXPECT_EQ((*made)->replace_all("a", "$nobody!"), "!");
  EXPECT_EQ((*Regex::compile("x*", Regex::Anchor::none))->replace_all("abc", "-"), "-a-b-c-");
  EXPECT_EQ((*Regex::compile("x*", Regex::Anchor::none))->replace_all("axc", "-"), "-a-c-");
}

TEST(Regex, quotes_what_is_special) { EXPECT_EQ(quote_meta("a.b*"), "a\\.b\\*"); }

}  // namespace
}  // namespace aloft::telemetry
