// Which function runs which verb.
#include "app/commands.h"

#include <cstdio>

#include "api/version.h"

namespace aloft::app {

Result<> run_command(const Invocation& call) {
  const std::string_view verb = call.verb->name;
  if (verb == "up") return run_up(call);
  if (verb == "down") return run_down(call);
  if (verb == "status") return run_status(call);
  if (verb.starts_with("image ")) return run_image(call);
  if (verb == "version") {
    fmt::print("aloft {} (Kubernetes {})\n", api::aloft_version, api::git_version());
    return {};
  }
  if (call.arguments.front() != "bash") {
    return fail(Code::invalid, fmt::format("{}: no such shell; bash is known", call.arguments.front()));
  }
  fmt::print("{}", bash_completion());
  return {};
}

}  // namespace aloft::app
