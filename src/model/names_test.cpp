// The syntax of names, with the messages people know from kubectl.
#include "model/names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/testing/golden.h"

namespace aloft::model {
namespace {

using Check = std::vector<std::string> (*)(std::string_view);

TEST(Names, each_check_accepts_and_refuses) {
  const std::string long_text(64, 'a');
  const struct {
    Check check;
    std::vector<std::string> good;
    std::vector<std::string> bad;
  } cases[] = {
      {check_dns1123_label,
       {"a", "1", "a-b", std::string(63, 'a')},
       {"", "A", "-a", "a-", "a.b", "a_b", long_text}},
      {check_dns1123_subdomain,
       {"a", "a.b", "0.0.0.0"},
       {"", ".a", "a.", "a..b", "a-.b", "A", std::string(254, 'a')}},
      {check_dns1035_label, {"a", "a1-b"}, {"", "1a", "a-", "a.b", long_text}},
      {check_qualified_name,
       {"a", "A.b_c-D", "x.io/y"},
       {"", "/a", "a/", "X.io/a", "a/b/c", "-a", long_text}},
      {check_label_value, {"", "a", "A.b_c-D"}, {"-", "a b", "a/b", long_text}},
      {check_config_map_key, {"a", ".a", "a_b-C"}, {"", ".", "..", "..a", "a/b", std::string(254, 'a')}},
      {check_env_var_name, {"A", "1", "a b", "a.b"}, {"", "a=b", "\x01", "ü"}},
      {check_port_name, {"http", "a1", "1-a"}, {"", "80", "-a", "a-", "a--b", "A", std::string(16, 'a')}},
      {check_ip,
       {"1.2.3.4", "01.2.3.4", "::", "2001:db8::1", "::ffff:1.2.3.4"},
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a", "1::2::3", "fe80::1%eth0", "1.2.3.4:80"}},
      {check_path_segment_name, {"a", ".a", ""}, {".", "..", "a/b", "a%b"}},
      {check_http_header_name, {"X-Header", "a"}, {"", "a b", "a:"}},
      {check_percent, {"1%", "100%"}, {"", "%", "1", "-1%", "1%%"}},
  };
  for (const auto& test : cases) {
    for (const auto& text : test.good) EXPECT_TRUE(test.check(text).empty()) << text;
    for (const auto& text : test.bad) EXPECT_FALSE(test.check(text).empty()) << text;
  }
}

TEST(Names, says_everything_that_is_wrong) {
  EXPECT_EQ(check_dns1123_label("a.b"), std::vector<std::string>{"must not contain dots"});
  EXPECT_EQ(check_port_name("-80-").size(), 2u);
  EXPECT_EQ(check_port_number(0), std::vector<std::string>{"must be between 1 and 65535, inclusive"});
  EXPECT_TRUE(check_port_number(65535).empty());
  EXPECT_EQ(check_path_segment_name("a/%"),
            (std::vector<std::string>{"may not contain '/'", "may not contain '%'"}));
  EXPECT_EQ(check_config_map_key("..a"), std::vector<std::string>{"must not start with '..'"});
}

// Resources whose names follow each rule in the recordings.
Check check_for(std::string_view resource) {
  if (resource == "services") return check_dns1035_label;
  if (resource == "namespaces") return check_dns1123_label;
  if (resource == "clusterroles") return check_path_segment_name;
  return check_dns1123_subdomain;
}

TEST(Names, agree_with_every_recorded_answer) {
  ALOFT_GOLDEN(cases, "names-labels.json");
  for (const auto& recorded : cases->as_array()) {
    const bool good = recorded.at("status")->as_int() == 201;
    const std::string message(recorded.text_at("message"));
    std::vector<std::string> wrong;
    if (const auto* label = recorded.at("label")) {
      for (const auto& text : check_qualified_name(label->as_array()[0].as_string())) {
        wrong.push_back(fmt::format("Invalid value: \"{}\": {}", label->as_array()[0].as_string(), text));
      }
      for (const auto& text : check_label_value(label->as_array()[1].as_string())) {
        wrong.push_back(fmt::format("Invalid value: \"{}\": {}", label->as_array()[1].as_string(), text));
      }
    } else {
      const std::string name(recorded.text_at("name"));
      if (name.empty()) continue;  // a missing name is another rule
      if (recorded.at("status")->as_int() != 201 && recorded.at("status")->as_int() != 422) continue;
      for (const auto& text : check_for(recorded.text_at("resource"))(name)) {
        wrong.push_back(fmt::format("metadata.name: Invalid value: \"{}\": {}", name, text));
      }
    }
    EXPECT_EQ(wrong.empty(), good) << to_json(recorded);
    for (const auto& text : wrong)
      EXPECT_NE(message.find(text), std::string::npos) << text << "\nnot in " << message;
  }
}

}  // namespace
}  // namespace aloft::model
