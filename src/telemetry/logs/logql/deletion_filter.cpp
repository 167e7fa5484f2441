// A predicate that runs the stages of a query over a row.
#include "telemetry/logs/logql/deletion_filter.h"

#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs::logql {

Result<DeletionFilter> compile_deletion(std::string_view query) {
  TRY(parsed, parse_log_query(query));
  DeletionFilter out{.matchers = std::move(parsed.matchers), .covers = {}};
  if (parsed.stages.empty()) return out;
  TRY(pipeline, Pipeline::compile(parsed.stages));
  out.covers = [pipeline = std::move(pipeline), level = speaks_of_level(query)](LabelsView stream,
                                                                                const Row& row) {
    PipelineRun run(pipeline, nullptr, level);
    std::string_view line = row.line;
    return run.process(stream, row.time_ns, line, row.fields);
  };
  return out;
}

}  // namespace aloft::telemetry::logs::logql
