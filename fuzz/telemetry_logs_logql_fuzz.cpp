// LogQL from a stranger: any text ends in a query or an error, and a query that was printed is read as the
// same.
#include <cstdint>

#include "base/ensure.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::logs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expr = logql::parse(text);
  if (!expr) return 0;
  const std::string printed = logql::to_string(**expr);
  const auto again = logql::parse(printed);
  aloft::ensure(again.has_value(), "what was printed can be read");
  aloft::ensure(logql::to_string(**again) == printed, "and is the same query");
  aloft::ensure(logql::parse(logql::to_pretty_string(**expr)).has_value(), "the pretty form can be read too");
  if (!(*expr)->is_log()) return 0;
  const auto pipeline = logql::Pipeline::compile((*expr)->log.stages);
  if (!pipeline) return 0;
  logql::PipelineRun run(*pipeline, nullptr, true);
  const aloft::telemetry::Labels labels({{"app", "x"}});
  for (std::string_view line :
       {R"({"a":{"b":[1,"x"]},"c":"d"})", "level=info a=\"b\" c=", "plain 10.0.0.1 text"})
    run.process(labels, 1, line, {});
  return 0;
}
