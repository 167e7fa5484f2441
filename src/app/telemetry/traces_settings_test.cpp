// Options of traces.
#include "app/telemetry/traces_settings.h"

#include <cstdio>

#include <gtest/gtest.h>

namespace aloft::app {
namespace {

Result<std::vector<UsualPort>> ports(std::vector<std::string> words) {
  words.insert(words.begin(), "telemetry");
  const auto call = parse_command_line(words);
  EXPECT_TRUE(call) << call.error().message();
  return trace_ports(*call);
}

TEST(TraceSettings, a_port_that_is_asked_for_must_be_had) {
  EXPECT_TRUE(ports({})->empty());
  const auto made = ports({"--tempo", "127.0.0.1:3200", "--jaeger-grpc=127.0.0.1:0"});
  ASSERT_TRUE(made);
  ASSERT_EQ(made->size(), 2U);
  EXPECT_EQ((*made)[0].name, "tempo");
  EXPECT_EQ((*made)[0].kind, PortKind::tempo);
  EXPECT_TRUE((*made)[0].required);
  EXPECT_EQ((*made)[1].kind, PortKind::grpc);
  EXPECT_TRUE(ports({"--zipkin", "nowhere"}).error().message().starts_with("--zipkin "));
}

TEST(TraceSettings, a_cloud_takes_the_usual_ports_that_are_free) {
  for (const UsualPort& port : usual_trace_ports()) {
    EXPECT_EQ(port.address.host, "127.0.0.1");
    EXPECT_FALSE(port.required) << port.name;
  }
}

TEST(TraceSettings, mistakes_in_the_file_of_sampling_name_it) {
  EXPECT_TRUE(load_sampling(""));
  EXPECT_FALSE(load_sampling("/nowhere/traces.yml"));
  std::string path = std::string(::testing::TempDir()) + "/traces.yml";
  FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs("tail_sampling: {}\n", file);
  std::fclose(file);
  const auto settings = load_sampling(path);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message(), path + ": tail_sampling.policies: a list of policies is expected");
}

}  // namespace
}  // namespace aloft::app
