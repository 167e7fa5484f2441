// Log lines from a stranger, read by the stages of queries: any bytes pass every parser and leave labels in
// order. The first byte chooses the stages, the rest is the line.
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/ensure.h"
#include "telemetry/logs/ingest/template_miner.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/pipeline.h"

namespace {

using namespace aloft::telemetry::logs;

using Pipelines = std::vector<std::shared_ptr<const logql::Pipeline>>;

Pipelines make_pipelines() {
  constexpr std::array stages = std::to_array<std::string_view>({
      "| json",
      R"(| json a="b.c[1]", d="[\"e f\"]", whole="g")",
      "| logfmt",
      "| logfmt --strict --keep-empty a, b=\"c\"",
      "| unpack",
      R"re(| regexp "(?P<first>\\S+) (?P<rest>.*)")re",
      "| pattern `<first> [<_>] \"<word>\" <rest>`",
      "| decolorize",
      R"(| logfmt | a > 10 or b = "x" or c >= 5s or d < 3KB | a = ip("10.0.0.0/8"))",
      R"(|= ip("192.168.0.0/16"))",
      "|> `<_> a <_> b`",
      R"(| json | line_format "{{ .a | upper | trunc 5 }} {{ __line__ | urldecode }}")",
      R"(| line_format "{{ fromJson __line__ }}")",
      R"(| logfmt | label_format n="{{ .a | int | add 1 }}", b=a | drop c | keep n, b)",
      R"(| line_format "{{ regexReplaceAll `(a+)(b)?` __line__ `$2` }} {{ duration __line__ }}")",
  });
  Pipelines out;
  for (const std::string_view stage : stages) {
    const auto query = logql::parse_log_query("{app=\"x\"} " + std::string(stage));
    aloft::ensure(query.has_value(), "the stages are a query");
    auto pipeline = logql::Pipeline::compile(query->stages);
    aloft::ensure(pipeline.has_value(), "and compile");
    out.push_back(std::move(*pipeline));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Pipelines pipelines = make_pipelines();
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const aloft::telemetry::Labels stream({{"app", "x"}});
  logql::PipelineRun run(pipelines[data[0] % pipelines.size()], nullptr, true);
  std::string_view line = text;
  (void)run.process(stream, 1, line, {});
  std::vector<logql::LineLabels::Entry> labels;
  run.labels().collect(labels);
  for (std::size_t i = 1; i < labels.size(); ++i)
    aloft::ensure(labels[i - 1].name < labels[i].name, "labels are in order, each once");
  // A second line meets what the first one left.
  line = text.substr(text.size() / 2);
  (void)run.process(stream, 2, line, {});
  TemplateMiner miner;
  aloft::ensure(miner.add(text) == 0 && miner.text(0).size() <= text.size() + 3,
                "a line is its own template");
  return 0;
}
