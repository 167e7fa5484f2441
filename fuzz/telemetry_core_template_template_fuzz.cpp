// Whatever a template says, parsing and running it ends within its bounds.
#include "base/ensure.h"
#include "telemetry/core/template/text_template.h"

using namespace aloft;
using namespace aloft::telemetry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const templates::Functions functions;
  const auto parsed = templates::Template::parse("fuzz", text, functions);
  if (!parsed) return 0;
  templates::Map members;
  members.emplace("a", templates::Value("b"));
  members.emplace("list", templates::Value::list({templates::Value(1), templates::Value(2.5)}));
  templates::Execution execution;
  execution.limits = {.output_bytes = 1 << 16, .steps = 10'000, .depth = 50};
  const auto out = parsed->execute(templates::Value::map(std::move(members)), execution);
  if (out) ensure(out->size() <= (1 << 20) + text.size(), "the output is bounded");
  return 0;
}
