// Which function runs which verb.
#include "app/commands.h"

#include <cstdio>

#include "api/version.h"

namespace aloft::app {

namespace {

Result<> run_version(const Invocation&) {
  fmt::print("aloft {} (Kubernetes {})\n", api::aloft_version, api::git_version());
  return {};
}

Result<> run_completion(const Invocation& call) {
  if (call.arguments.front() != "bash") {
    return fail(Code::invalid, fmt::format("{}: no such shell; bash is known", call.arguments.front()));
  }
  fmt::print("{}", bash_completion());
  return {};
}

struct Command {
  std::string_view verb;
  Result<> (*run)(const Invocation&);
};
constexpr Command commands[] = {
    {"up", run_up},
    {"down", run_down},
    {"status", run_status},
    {"image import", run_image},
    {"image ls", run_image},
    {"image build", run_image},
    {"telemetry", run_telemetry},
    {"query", run_query},
    {"logs", run_logs},
    {"traces", run_traces},
    {"alerts", run_alerts},
    {"alerts silence", run_alerts_silence},
    {"alerts history", run_alerts_history},
    {"rules check", run_rules_check},
    {"rules test", run_rules_test},
    {"promtest", run_promtest},
    {"version", run_version},
    {"completion", run_completion},
};

}  // namespace

Result<> run_command(const Invocation& call) {
  for (const Command& command : commands) {
    if (command.verb == call.verb->name) return command.run(call);
  }
  return fail(Code::internal, fmt::format("{}: nothing runs this command", call.verb->name));
}

}  // namespace aloft::app
