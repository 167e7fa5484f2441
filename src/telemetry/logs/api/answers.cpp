// Writing of answers.
#include "telemetry/logs/api/answers.h"

#include <algorithm>
#include <map>

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry::logs {
namespace {

using logql::Pairs;
using logql::QueryResult;
using logql::QueryStats;

void write_pairs(JsonWriter& json, const Pairs& pairs) {
  json.begin_object();
  for (const auto& [name, value] : pairs) json.key(name).string(value);
  json.end_object();
}

void write_entry(JsonWriter& json, const logql::ResultEntry& entry, bool categorized) {
  json.begin_array().string(fmt::format("{}", entry.time_ns)).string(entry.line);
  if (categorized) {
    json.begin_object();
    if (!entry.fields.empty()) {
      json.key("structuredMetadata");
      write_pairs(json, entry.fields);
    }
    if (!entry.parsed.empty()) {
      json.key("parsed");
      write_pairs(json, entry.parsed);
    }
    json.end_object();
  }
  json.end_array();
}

void write_streams(JsonWriter& json, const std::vector<logql::ResultStream>& streams, bool categorized,
                   logql::Direction direction) {
  json.begin_array();
  if (!categorized) {
    for (const logql::ResultStream& stream : streams) {
      json.begin_object().key("stream");
      write_pairs(json, stream.labels);
      json.key("values").begin_array();
      for (const logql::ResultEntry& entry : stream.entries) write_entry(json, entry, false);
      json.end_array().end_object();
    }
    json.end_array();
    return;
  }
  // Entries of one stored stream stand together again, whatever their further labels are.
  std::map<Pairs, std::vector<const logql::ResultEntry*>> together;
  for (const logql::ResultStream& stream : streams) {
    for (const logql::ResultEntry& entry : stream.entries) {
      Pairs own;
      for (const auto& pair : stream.labels) {
        const auto has = [&](const Pairs& pairs) {
          return std::find(pairs.begin(), pairs.end(), pair) != pairs.end();
        };
        if (!has(entry.fields) && !has(entry.parsed)) own.push_back(pair);
      }
      together[std::move(own)].push_back(&entry);
    }
  }
  const bool backward = direction == logql::Direction::backward;
  for (auto& [labels, entries] : together) {
    std::sort(entries.begin(), entries.end(), [backward](const auto* a, const auto* b) {
      return backward ? a->time_ns > b->time_ns : a->time_ns < b->time_ns;
    });
    json.begin_object().key("stream");
    write_pairs(json, labels);
    json.key("values").begin_array();
    for (const logql::ResultEntry* entry : entries) write_entry(json, *entry, true);
    json.end_array().end_object();
  }
  json.end_array();
}

void write_point(JsonWriter& json, const logql::Point& point) {
  json.begin_array().raw(time_text(point.time_ns)).string(format_float(point.value)).end_array();
}

void write_series(JsonWriter& json, const QueryResult& result) {
  if (result.kind == QueryResult::Kind::scalar) {
    if (result.series.empty()) {
      json.begin_array().end_array();
    } else {
      write_point(json, result.series[0].points[0]);
    }
    return;
  }
  json.begin_array();
  for (const logql::ResultSeries& series : result.series) {
    json.begin_object().key("metric");
    write_labels(json, series.labels);
    if (result.kind == QueryResult::Kind::vector) {
      json.key("value");
      write_point(json, series.points[0]);
    } else {
      json.key("values").begin_array();
      for (const logql::Point& point : series.points) write_point(json, point);
      json.end_array();
    }
    json.end_object();
  }
  json.end_array();
}

std::int64_t per_second(std::uint64_t amount, double seconds) {
  return seconds > 0 ? static_cast<std::int64_t>(static_cast<double>(amount) / seconds) : 0;
}

void write_stats(JsonWriter& json, const QueryStats& stats) {
  json.begin_object().key("summary").begin_object();
  json.key("bytesProcessedPerSecond").number(per_second(stats.bytes, stats.seconds));
  json.key("linesProcessedPerSecond").number(per_second(stats.lines, stats.seconds));
  json.key("totalBytesProcessed").number(stats.bytes);
  json.key("totalLinesProcessed").number(stats.lines);
  json.key("execTime").number(stats.seconds).key("queueTime").number(stats.queue_seconds);
  json.key("subqueries").number(std::int64_t{0}).key("totalEntriesReturned").number(stats.entries);
  json.key("splits").number(std::int64_t{0}).key("shards").number(std::int64_t{0});
  json.key("totalPostFilterLines").number(stats.entries);
  json.key("totalStructuredMetadataBytesProcessed").number(std::int64_t{0}).end_object();
  const auto store = [&](bool head) {
    json.key("store").begin_object();
    json.key("totalChunksRef").number(head ? std::uint64_t{0} : stats.units);
    json.key("totalChunksDownloaded").number(head ? std::uint64_t{0} : stats.units - stats.skipped_units);
    json.key("chunksDownloadTime")
        .number(std::int64_t{0})
        .key("queryReferencedStructuredMetadata")
        .boolean(false);
    json.key("chunk").begin_object();
    json.key("headChunkBytes").number(head ? stats.head_bytes : std::uint64_t{0});
    json.key("headChunkLines").number(head ? stats.head_lines : std::uint64_t{0});
    json.key("decompressedBytes").number(head ? std::uint64_t{0} : stats.bytes - stats.head_bytes);
    json.key("decompressedLines").number(head ? std::uint64_t{0} : stats.lines - stats.head_lines);
    json.key("compressedBytes").number(head ? std::uint64_t{0} : stats.stored_bytes);
    json.key("totalDuplicates").number(std::int64_t{0}).end_object().end_object();
  };
  json.key("querier").begin_object();
  store(false);
  json.end_object().key("ingester").begin_object();
  json.key("totalReached").number(std::int64_t{1}).key("totalChunksMatched").number(std::int64_t{0});
  json.key("totalBatches").number(std::int64_t{0}).key("totalLinesSent").number(std::int64_t{0});
  store(true);
  json.end_object().key("cache").begin_object().end_object().end_object();
}

std::string_view kind_name(QueryResult::Kind kind) {
  switch (kind) {
    case QueryResult::Kind::streams:
      return "streams";
    case QueryResult::Kind::matrix:
      return "matrix";
    case QueryResult::Kind::vector:
      return "vector";
    case QueryResult::Kind::scalar:
      return "scalar";
  }
  return {};
}

}  // namespace

void write_labels(JsonWriter& json, LabelsView labels) {
  json.begin_object();
  for (const Label& label : labels) json.key(label.name).string(label.value);
  json.end_object();
}

std::string time_text(std::int64_t time_ns) {
  const std::int64_t ms = time_ns / 1'000'000 - (time_ns % 1'000'000 < 0 ? 1 : 0);
  return format_float(static_cast<double>(ms) / 1000);
}

void append_streams(std::string& out, const std::vector<logql::ResultStream>& streams, bool categorized) {
  JsonWriter json(out);
  write_streams(json, streams, categorized, logql::Direction::forward);
}

std::string query_answer(const QueryResult& result, bool categorized) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string("success").key("data").begin_object();
  json.key("resultType").string(kind_name(result.kind));
  if (categorized) json.key("encodingFlags").begin_array().string("categorize-labels").end_array();
  json.key("result");
  if (result.kind == QueryResult::Kind::streams) {
    write_streams(json, result.streams, categorized, result.direction);
  } else {
    write_series(json, result);
  }
  json.key("stats");
  write_stats(json, result.stats);
  json.end_object();
  if (!result.warnings.empty()) {
    json.key("warnings").begin_array();
    for (const std::string& warning : result.warnings) json.string(warning);
    json.end_array();
  }
  json.end_object();
  return out;
}

std::string legacy_answer(const QueryResult& result) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("streams").begin_array();
  for (const logql::ResultStream& stream : result.streams) {
    json.begin_object().key("labels").string(Labels(stream.labels).to_string()).key("entries").begin_array();
    for (const logql::ResultEntry& entry : stream.entries) {
      json.begin_object().key("ts").string(format_nanos(WallTime{Duration(entry.time_ns)}));
      json.key("line").string(entry.line).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("stats");
  write_stats(json, result.stats);
  json.end_object();
  return out;
}

std::string list_answer(const std::vector<std::string>& items, Form form) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (form == Form::v1) json.key("status").string("success");
  json.key(form == Form::v1 ? "data" : "values").begin_array();
  for (const std::string& item : items) json.string(item);
  json.end_array().end_object();
  return out;
}

std::string series_answer(const std::vector<Labels>& series) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string("success").key("data").begin_array();
  for (const Labels& labels : series) write_labels(json, labels);
  json.end_array().end_object();
  return out;
}

}  // namespace aloft::telemetry::logs
