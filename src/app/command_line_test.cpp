// How people call it, and what they are told when they call it wrong.
#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aloft::app {
namespace {

using testing::HasSubstr;

Result<Invocation> parse(std::vector<std::string> words) { return parse_command_line(words); }

TEST(CommandLine, options_have_fallbacks_and_take_either_form) {
  const auto plain = parse({"up"});
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->get("data-dir"), "/var/lib/aloft");
  EXPECT_EQ(plain->get("listen"), "127.0.0.1:6443");
  EXPECT_EQ(parse({"up", "--data-dir", "/x"})->get("data-dir"), "/x");
  EXPECT_EQ(parse({"up", "--data-dir=/x"})->get("data-dir"), "/x");
  EXPECT_EQ(parse({"image", "build", "-t", "a:1", "."})->get("tag"), "a:1");
}

TEST(CommandLine, mistakes_are_named_in_one_line) {
  EXPECT_EQ(parse({"fly"}).error().message(), "unknown command fly; see aloft --help");
  EXPECT_EQ(parse({"up", "--fast"}).error().message(), "up: unknown option --fast; see aloft --help");
  EXPECT_EQ(parse({"up", "--listen"}).error().message(),
            "up: --listen needs a value, ADDR:PORT; see aloft --help");
  EXPECT_EQ(parse({"up", "now"}).error().message(), "up: unexpected argument now; see aloft --help");
  EXPECT_EQ(parse({"image", "import"}).error().message(), "image import: FILE is missing; see aloft --help");
}

TEST(CommandLine, help_is_asked_for_anywhere) {
  EXPECT_TRUE(parse({})->help);
  EXPECT_TRUE(parse({"--help"})->help);
  const auto up = parse({"up", "--listen", "x", "--help"});
  ASSERT_TRUE(up->help);
  EXPECT_THAT(verb_help(*up->verb), HasSubstr("--listen ADDR:PORT"));
  EXPECT_THAT(general_help(), HasSubstr("image build DIR"));
}

TEST(CommandLine, what_follows_two_dashes_is_no_option) {
  const auto call = parse({"image", "import", "--", "--strange"});
  ASSERT_TRUE(call);
  EXPECT_EQ(call->arguments, std::vector<std::string>{"--strange"});
}

TEST(CommandLine, a_configuration_file_counts_less_than_the_command_line) {
  auto call = parse({"up", "--listen", "127.0.0.1:1"});
  ASSERT_TRUE(call);
  ASSERT_TRUE(use_configuration(*call, "listen: 127.0.0.1:2\ndata-dir: /x\n"));
  EXPECT_EQ(call->get("listen"), "127.0.0.1:1");
  EXPECT_EQ(call->get("data-dir"), "/x");
  ASSERT_TRUE(use_configuration(*call, "rules: [a.yml, b.yml]\nlog-rules: c.yml\n"));
  EXPECT_EQ(call->every("rules"), (std::vector<std::string>{"a.yml", "b.yml"}));
  EXPECT_EQ(call->every("log-rules"), std::vector<std::string>{"c.yml"});
  EXPECT_EQ(use_configuration(*call, "lissten: a\n").error().message(), "lissten: no such option");
  EXPECT_EQ(use_configuration(*call, "listen: [[a]]\n").error().message(),
            "listen: expected a value or a list of values");
}

TEST(CommandLine, completion_knows_every_command) {
  const std::string script = bash_completion();
  for (const Verb& verb : verbs()) EXPECT_THAT(script, HasSubstr(fmt::format("\"{}\")", verb.name)));
}

}  // namespace
}  // namespace aloft::app
