// Whatever a rule file says, reading it ends with rules or with errors that name the file.
#include "base/ensure.h"
#include "telemetry/alerts/rules/rule_file.h"

using namespace aloft;
using namespace aloft::telemetry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = alerts::parse_rule_file("fuzz", text);
  if (!file) {
    ensure(file.error().message().starts_with("fuzz: "), "an error names its file");
    return 0;
  }
  for (const auto& group : file->groups) {
    for (const auto& rule : group.rules) ensure(rule.parsed != nullptr, "a rule has an expression");
  }
  return 0;
}
