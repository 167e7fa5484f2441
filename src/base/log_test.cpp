// Log lines as an operator or a log collector meets them.
#include "base/log.h"

#include <regex>
#include <thread>

#include <gtest/gtest.h>

#include "base/time.h"

namespace aloft {
namespace {

// Collects lines for the time of one test and restores the default afterwards.
class LogTest : public testing::Test {
 protected:
  void configure(Level least, bool json) {
    configure_log({.least = least, .json = json, .sink = [this](Level level, std::string_view line) {
                     levels_.push_back(level);
                     lines_.emplace_back(line);
                   }});
  }
  // The line without its time, which must be one that parses.
  std::string line_without_time(std::size_t i) {
    static const std::regex time_field(R"re(("time":"|time=)([^",\s]*)("?,| ))re");
    std::smatch match;
    const std::string line = lines_.at(i);
    EXPECT_TRUE(std::regex_search(line, match, time_field)) << line;
    EXPECT_TRUE(parse_time(match[2].str())) << line;
    return match.prefix().str() + match.suffix().str();
  }
  ~LogTest() override { configure_log({}); }

  std::vector<Level> levels_;
  std::vector<std::string> lines_;
  const Log log_{"store"};
};

TEST_F(LogTest, a_text_line_has_time_level_scope_and_message) {
  configure(Level::info, false);
  log_.info("opened {} in {} ms", "state.db", 7);
  log_.error("done");
  EXPECT_EQ(line_without_time(0), R"(level=info scope=store message="opened state.db in 7 ms")");
  EXPECT_EQ(line_without_time(1), "level=error scope=store message=done");
  EXPECT_EQ(levels_, (std::vector{Level::info, Level::error}));
}

TEST_F(LogTest, a_json_line_is_an_object) {
  configure(Level::info, true);
  log_.warning("say \"{}\"", "hi");
  EXPECT_EQ(line_without_time(0), R"({"level":"warning","scope":"store","message":"say \"hi\""})");
}

TEST_F(LogTest, lines_below_the_least_level_are_not_even_formatted) {
  configure(Level::warning, false);
  log_.debug("no");
  log_.info("no");
  log_.warning("yes");
  log_.error("yes");
  EXPECT_EQ(lines_.size(), 2U);
  EXPECT_FALSE(log_.enabled(Level::info));
  EXPECT_TRUE(log_.enabled(Level::error));
}

TEST_F(LogTest, a_hostile_message_stays_on_its_line_and_in_its_field) {
  configure(Level::info, false);
  log_.info("{}", std::string("a\nlevel=error \"x\"\\\t\x01\x7f"));
  log_.info("{}", "broken \xff utf8");
  log_.info("{}", "whole \xc3\xbc utf8");
  log_.info("{}", "");
  EXPECT_EQ(line_without_time(0),
            "level=info scope=store message=\"a\\nlevel=error \\\"x\\\"\\\\\\t\\u0001\\u007f\"");
  EXPECT_EQ(line_without_time(1), "level=info scope=store message=\"broken \xef\xbf\xbd utf8\"");
  EXPECT_EQ(line_without_time(2), "level=info scope=store message=\"whole \xc3\xbc utf8\"");
  EXPECT_EQ(line_without_time(3), "level=info scope=store message=\"\"");
}

TEST_F(LogTest, many_threads_lose_no_line) {
  configure(Level::info, false);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < 250; ++n) log_.info("line");
      });
    }
  }
  EXPECT_EQ(lines_.size(), 1000U);
}

TEST(Log, without_a_sink_lines_go_to_standard_error) {
  testing::internal::CaptureStderr();
  Log("app").info("hello");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.ends_with("level=info scope=app message=hello\n")) << text;
}

}  // namespace
}  // namespace aloft
