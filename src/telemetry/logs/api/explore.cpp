// Looking over streams and samples of lines.
#include "telemetry/logs/api/explore.h"

#include <algorithm>
#include <charconv>

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/logs/api/answers.h"
#include "telemetry/logs/ingest/template_miner.h"
#include "telemetry/logs/logql/line_parsers.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t pattern_lines = 100'000;
constexpr std::size_t most_patterns = 300;
constexpr std::size_t kept_values = 1'000;

Result<std::vector<Matcher>> matchers_of(const std::string& query) {
  if (query.empty() || query == "{}") return std::vector<Matcher>();
  return logql::parse_selector(query, logql::Selectors::any);
}

std::unique_ptr<Scan> scan_of(const logql::Engine& engine, const ExploreRequest& request,
                              std::vector<Matcher> matchers) {
  return engine.store().scan({.tenant = request.tenant,
                              .matchers = std::move(matchers),
                              .start_ns = request.range.start_ns,
                              .end_ns = request.range.end_ns,
                              .literals = {},
                              .fields = {}});
}

// The labels by which volumes are told apart: those that are asked for, else those of the selector.
std::vector<std::string> target_names(const ExploreRequest& request, const std::vector<Matcher>& matchers) {
  if (!request.target_labels.empty()) return request.target_labels;
  std::vector<std::string> out;
  for (const Matcher& matcher : matchers) out.push_back(matcher.name());
  return out;
}

// The newest lines that a query finds.
Result<std::vector<logql::ResultStream>> sample(const logql::Engine& engine, const ExploreRequest& request,
                                                std::size_t lines) {
  auto limits = engine.limits();
  auto result = engine.execute({.tenant = request.tenant,
                                .query = request.query,
                                .start_ns = request.range.start_ns,
                                .end_ns = request.range.end_ns,
                                .limit = limits.entries == 0 ? lines : std::min(lines, limits.entries)});
  if (!result) return fail(std::move(result).error());
  return std::move(result->streams);
}

struct Field {
  std::set<std::string> values;
  std::set<std::string> parsers;
  std::string type;
};

std::string type_of(std::string_view value) {
  double number = 0;
  if (value == "true" || value == "false") return "boolean";
  std::int64_t whole = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), whole);
  if (wrong == std::errc() && end == value.data() + value.size()) return "int";
  if (parse_float(value, number)) return "float";
  if (parse_duration(value)) return "duration";
  if (logql::parse_bytes(value, number)) return "bytes";
  return "string";
}

std::map<std::string, Field> find_fields(const std::vector<logql::ResultStream>& streams) {
  std::map<std::string, Field> out;
  logql::LineLabels labels;
  std::vector<logql::LineLabels::Entry> entries;
  const auto add = [&](std::string_view name, std::string_view value, const char* parser) {
    Field& field = out[std::string(name)];
    if (field.values.size() < kept_values) field.values.emplace(value);
    if (parser != nullptr) field.parsers.insert(parser);
    const std::string type = type_of(value);
    if (field.type.empty()) field.type = type;
    if (field.type != type) field.type = "string";
  };
  for (const logql::ResultStream& stream : streams) {
    for (const logql::ResultEntry& entry : stream.entries) {
      for (const auto& [name, value] : entry.fields) add(name, value, nullptr);
      labels.begin(stream.stream, {});
      const bool json = entry.line.find_first_not_of(" \t") < entry.line.size() &&
                        entry.line[entry.line.find_first_not_of(" \t")] == '{';
      if (json) {
        logql::parse_json_line(entry.line, labels);
      } else {
        logql::parse_logfmt_line(entry.line, {}, labels);
      }
      if (labels.has_error()) continue;
      labels.collect(entries);
      for (const auto& found : entries)
        if (found.source == logql::Source::parsed) add(found.name, found.value, json ? "json" : "logfmt");
    }
  }
  return out;
}

}  // namespace

Result<std::string> index_stats(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(matchers, matchers_of(request.query));
  const auto scan = scan_of(engine, request, std::move(matchers));
  Scan::Size total;
  for (const Scan::Size& size : scan->stream_sizes()) {
    total.pieces += size.pieces;
    total.raw_bytes += size.raw_bytes;
    total.rows += size.rows;
  }
  return fmt::format(R"({{"streams":{},"chunks":{},"bytes":{},"entries":{}}})", scan->streams().size(),
                     total.pieces, total.raw_bytes, total.rows);
}

Result<std::string> index_volume(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(matchers, matchers_of(request.query));
  const std::vector<std::string> names = target_names(request, matchers);
  const auto scan = scan_of(engine, request, std::move(matchers));
  const auto sizes = scan->stream_sizes();
  std::map<Labels, std::uint64_t> volumes;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Labels& stream = scan->streams()[i];
    if (!request.by_series) {
      for (const Label& label : stream.view())
        if (names.empty() || std::find(names.begin(), names.end(), label.name) != names.end())
          volumes[Labels({{label.name, ""}, {"__name", label.name}})] += sizes[i].raw_bytes;
      continue;
    }
    LabelsBuilder builder(stream);
    if (!names.empty()) builder.keep_only(names);
    volumes[builder.build()] += sizes[i].raw_bytes;
  }
  std::vector<std::pair<Labels, std::uint64_t>> sorted(volumes.begin(), volumes.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (sorted.size() > request.limit) sorted.resize(request.limit);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string("success").key("data").begin_object();
  json.key("resultType").string("vector").key("result").begin_array();
  for (const auto& [labels, bytes] : sorted) {
    json.begin_object().key("metric");
    if (request.by_series) {
      write_labels(json, labels);
    } else {
      json.begin_object().key(labels.get("__name")).string("").end_object();
    }
    json.key("value")
        .begin_array()
        .raw(time_text(request.range.end_ns))
        .string(fmt::format("{}", bytes))
        .end_array();
    json.end_object();
  }
  json.end_array().end_object().end_object();
  return out;
}

namespace {

// How many bytes the streams hold that have a label, over time.
struct LabelVolume {
  std::string name;
  std::vector<logql::Point> points;
  double total = 0;
};

Result<std::vector<LabelVolume>> label_volumes(const logql::Engine& engine, const ExploreRequest& request,
                                               const std::vector<Matcher>& matchers, Duration step) {
  std::set<std::string> names(request.target_labels.begin(), request.target_labels.end());
  if (names.empty())
    for (const Matcher& matcher : matchers) names.insert(matcher.name());
  std::vector<LabelVolume> out;
  for (const std::string& name : names) {
    std::vector<Matcher> narrowed = matchers;
    TRY(present, Matcher::make(MatchType::not_equal, name, ""));
    narrowed.push_back(std::move(present));
    auto result =
        engine.execute({.tenant = request.tenant,
                        .query = fmt::format("sum(bytes_over_time({}[{}]))", logql::to_string(narrowed),
                                             format_prometheus_duration(step)),
                        .start_ns = request.range.start_ns,
                        .end_ns = request.range.end_ns,
                        .step = step});
    if (!result) return fail(std::move(result).error());
    if (result->series.empty()) continue;
    LabelVolume volume{.name = name, .points = std::move(result->series[0].points)};
    for (const logql::Point& point : volume.points) volume.total += point.value;
    out.push_back(std::move(volume));
  }
  std::sort(out.begin(), out.end(), [](const LabelVolume& a, const LabelVolume& b) {
    return a.total != b.total ? a.total > b.total : a.name < b.name;
  });
  if (out.size() > request.limit) out.resize(request.limit);
  return out;
}

std::string label_volumes_answer(const std::vector<LabelVolume>& volumes) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string("success").key("data").begin_object();
  json.key("resultType").string("matrix").key("result").begin_array();
  for (const LabelVolume& volume : volumes) {
    json.begin_object().key("metric").begin_object().key(volume.name).string("").end_object();
    json.key("values").begin_array();
    for (const logql::Point& point : volume.points)
      json.begin_array().raw(time_text(point.time_ns)).string(format_float(point.value)).end_array();
    json.end_array().end_object();
  }
  json.end_array().end_object().end_object();
  return out;
}

}  // namespace

Result<std::string> index_volume_range(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(matchers, matchers_of(request.query));
  const std::vector<std::string> names = target_names(request, matchers);
  // A step becomes a window of whole seconds at least.
  const auto step = std::max<Duration>(request.step, std::chrono::seconds(1));
  if (!request.by_series) {
    TRY(volumes, label_volumes(engine, request, matchers, step));
    return label_volumes_answer(volumes);
  }
  const std::string sum =
      names.empty() ? "sum without ()" : fmt::format("sum by ({})", fmt::join(names, ","));
  auto result = engine.execute({.tenant = request.tenant,
                                .query = fmt::format("topk({}, {} (bytes_over_time({}[{}])))", request.limit,
                                                     sum, request.query, format_prometheus_duration(step)),
                                .start_ns = request.range.start_ns,
                                .end_ns = request.range.end_ns,
                                .step = step});
  if (!result) return fail(std::move(result).error());
  return query_answer(*result, false);
}

Result<std::string> detected_labels(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(matchers, matchers_of(request.query));
  std::map<std::string, std::set<std::string>> values;
  for (const Labels& labels :
       engine.store().streams(request.tenant, matchers, request.range.start_ns, request.range.end_ns))
    for (const Label& label : labels.view()) values[std::string(label.name)].emplace(label.value);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("detectedLabels").begin_array();
  for (const auto& [name, all] : values) {
    json.begin_object().key("label").string(name).key("cardinality").number(std::uint64_t{all.size()});
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

Result<std::string> detected_fields(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(streams, sample(engine, request, request.line_limit));
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("fields").begin_array();
  std::size_t written = 0;
  for (const auto& [name, field] : find_fields(streams)) {
    if (++written > request.field_limit) break;
    json.begin_object().key("label").string(name).key("type").string(field.type);
    json.key("cardinality").number(std::uint64_t{field.values.size()}).key("parsers");
    if (field.parsers.empty()) {
      json.null();
    } else {
      json.begin_array();
      for (const std::string& parser : field.parsers) json.string(parser);
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().key("limit").number(std::uint64_t{request.field_limit}).end_object();
  return out;
}

Result<std::string> detected_field_values(const logql::Engine& engine, const ExploreRequest& request,
                                          const std::string& field) {
  TRY(streams, sample(engine, request, request.line_limit));
  const auto fields = find_fields(streams);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("values").begin_array();
  std::size_t written = 0;
  if (const auto found = fields.find(field); found != fields.end()) {
    for (const std::string& value : found->second.values) {
      if (++written > request.field_limit) break;
      json.string(value);
    }
  }
  json.end_array().key("limit").number(std::uint64_t{request.field_limit}).end_object();
  return out;
}

Result<std::string> patterns(const logql::Engine& engine, const ExploreRequest& request) {
  TRY(query, logql::parse_log_query(request.query));
  TRY(pipeline, logql::Pipeline::compile(query.stages));
  const auto scan = engine.store().scan({.tenant = request.tenant,
                                         .matchers = query.matchers,
                                         .start_ns = request.range.start_ns,
                                         .end_ns = request.range.end_ns,
                                         .literals = pipeline->literals(),
                                         .fields = pipeline->fields()});
  const std::int64_t step = std::max<std::int64_t>(request.step.count(), 10'000'000'000);
  TemplateMiner miner;
  logql::PipelineRun run(pipeline, nullptr, logql::speaks_of_level(request.query));
  std::vector<std::map<std::int64_t, std::uint64_t>> counts;
  std::size_t lines = 0;
  for (std::size_t unit = 0; unit < scan->units().size() && lines < pattern_lines; ++unit) {
    const auto rows = scan->read(unit);
    if (!rows) continue;
    for (const ScanRows::Run& rows_run : rows->runs) {
      for (const Row& row : rows_run.rows) {
        std::string_view line = row.line;
        if (!run.process(scan->streams()[rows_run.stream], row.time_ns, line, row.fields)) continue;
        if (++lines > pattern_lines) break;
        const std::size_t number = miner.add(line);
        if (number >= counts.size()) counts.resize(number + 1);
        ++counts[number][row.time_ns / step * step / 1'000'000'000];
      }
    }
  }
  std::vector<std::size_t> order(miner.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return miner.count(a) != miner.count(b) ? miner.count(a) > miner.count(b) : a < b;
  });
  if (order.size() > most_patterns) order.resize(most_patterns);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string("success").key("data").begin_array();
  for (const std::size_t number : order) {
    json.begin_object().key("pattern").string(miner.text(number)).key("samples").begin_array();
    for (const auto& [time, count] : counts[number])
      json.begin_array().number(time).number(count).end_array();
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace aloft::telemetry::logs
