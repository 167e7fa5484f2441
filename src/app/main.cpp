// aloft: turns a machine into a cloud. Parses the command line and runs one command; exit codes are 0
// success, 1 failure, 2 usage.
#include <cstdio>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/commands.h"

// jemalloc, which this program is linked with, reads its options here before main(): what is freed goes back
// to the system within seconds, also when no thread allocates any more.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  using namespace aloft;
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto call = app::parse_command_line(words);
  if (!call) {
    fmt::print(stderr, "aloft: {}\n", call.error().message());
    return 2;
  }
  if (call->help) {
    fmt::print("{}", call->verb == nullptr ? app::general_help() : app::verb_help(*call->verb));
    return 0;
  }
  const auto done = app::run_command(*call);
  if (!done) {
    fmt::print(stderr, "aloft: {}: {}\n", call->verb->name, done.error().message());
    return done.error().code() == Code::invalid ? 2 : 1;
  }
  return 0;
}
