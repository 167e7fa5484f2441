// Decoding of pushes.
#include "telemetry/logs/api/push.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/time.h"
#include "telemetry/core/wire.h"
#include "telemetry/logs/api/json_reader.h"
#include "telemetry/logs/logql/line_labels.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// Sorted, each name once (the last counts).
void normalize(Fields& fields) {
  std::reverse(fields.begin(), fields.end());
  std::sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  fields.erase(std::unique(fields.begin(), fields.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; }),
               fields.end());
}

bool read_pairs(JsonReader& json, Fields& out) {
  return json.object([&](const std::string& key) {
    std::string value;
    if (!json.scalar(value)) return false;
    out.emplace_back(key, std::move(value));
    return true;
  });
}

// What belongs to an entry has texts as values; names become those of labels.
bool read_fields(JsonReader& json, Fields& out) {
  return json.object([&](const std::string& key) {
    std::string value;
    if (!json.string(value)) return false;
    std::string name = logql::sanitize_name(key);
    if (name.empty()) return json.fail("a field without a name");
    out.emplace_back(std::move(name), std::move(value));
    return true;
  });
}

// A text, so that no reader on the way rounds it.
bool read_nanoseconds(JsonReader& json, std::int64_t& time) {
  std::string text;
  if (!json.string(text)) return false;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (wrong == std::errc() && end == text.data() + text.size()) return true;
  return json.fail(fmt::format("'{}' is no time in nanoseconds", text));
}

// ["<ns>", "line", {"field": "value"}]
bool read_value(JsonReader& json, LogEntry& entry) {
  if (!json.expect('[') || !read_nanoseconds(json, entry.time_ns) || !json.expect(',') ||
      !json.string(entry.line))
    return false;
  if (json.accept(',')) {
    if (!read_fields(json, entry.fields)) return false;
    normalize(entry.fields);
  }
  return json.expect(']');
}

// {"ts": "<RFC 3339>", "line": "..."}
bool read_old_entry(JsonReader& json, LogEntry& entry) {
  return json.object([&](const std::string& key) {
    if (key == "line") return json.string(entry.line);
    if (key != "ts" && key != "timestamp") return json.skip();
    std::string text;
    if (!json.scalar(text)) return false;
    const auto time = parse_time(text);
    if (!time) return json.fail(time.error().message());
    entry.time_ns = time->since_epoch.count();
    return true;
  });
}

bool read_stream(JsonReader& json, LogStream& stream) {
  const auto add = [&stream]() -> LogEntry& { return stream.entries.emplace_back(); };
  return json.object([&](const std::string& key) {
    if (key == "stream") {
      Fields pairs;
      if (!read_pairs(json, pairs)) return false;
      for (const auto& [name, value] : pairs)
        if (!is_classic_label_name(name)) return json.fail(fmt::format("'{}' is no name for a label", name));
      stream.labels = Labels(pairs);
      return true;
    }
    if (key == "labels") {
      std::string text;
      if (!json.string(text)) return false;
      auto labels = parse_stream_labels(text);
      if (!labels) return json.fail(labels.error().message());
      stream.labels = std::move(*labels);
      return true;
    }
    if (key == "values") return json.array([&] { return read_value(json, add()); });
    if (key == "entries") return json.array([&] { return read_old_entry(json, add()); });
    return json.skip();
  });
}

bool read_label_pair(std::string_view message, Fields& out) {
  WireCursor cursor(message);
  WireField field;
  std::string name, value;
  while (cursor.next(field)) {
    if (field.number == 1) name = field.bytes;
    if (field.number == 2) value = field.bytes;
  }
  if (!cursor.at_end() || !is_utf8(name) || !is_utf8(value)) return false;
  out.emplace_back(std::move(name), std::move(value));
  return true;
}

bool read_timestamp(std::string_view message, std::int64_t& time) {
  WireCursor cursor(message);
  WireField field;
  std::uint64_t seconds = 0, nanos = 0;
  while (cursor.next(field)) {
    if (field.number == 1) seconds = field.value;
    if (field.number == 2) nanos = field.value;
  }
  time = static_cast<std::int64_t>(seconds * 1'000'000'000 + nanos);
  return cursor.at_end();
}

bool read_entry(std::string_view message, LogEntry& entry) {
  WireCursor cursor(message);
  WireField field;
  while (cursor.next(field)) {
    if (field.number == 1 && !read_timestamp(field.bytes, entry.time_ns)) return false;
    if (field.number == 2) entry.line = field.bytes;
    if (field.number == 3) {
      if (!read_label_pair(field.bytes, entry.fields)) return false;
      std::string& name = entry.fields.back().first;
      name = logql::sanitize_name(name);
      if (name.empty()) entry.fields.pop_back();
    }
  }
  if (entry.fields.size() > 1) normalize(entry.fields);
  return cursor.at_end() && is_utf8(entry.line);
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::bad_request, fmt::format("push: {} is malformed", what));
}

}  // namespace

Result<Labels> parse_stream_labels(std::string_view text) {
  auto matchers = logql::parse_selector(text, logql::Selectors::any);
  if (!matchers) {
    return fail(Code::bad_request,
                fmt::format("error parsing labels '{}': {}", text, matchers.error().message()));
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Matcher& matcher : *matchers) {
    if (matcher.type() != MatchType::equal)
      return fail(Code::bad_request, fmt::format("error parsing labels '{}': only '=' names a stream", text));
    pairs.emplace_back(matcher.name(), matcher.value());
  }
  return Labels(pairs);
}

Result<LogBatch> decode_json_push(std::string_view body) {
  LogBatch batch;
  JsonReader json(body);
  const bool read = json.object([&](const std::string& key) {
    if (key != "streams") return json.skip();
    return json.array([&] { return read_stream(json, batch.streams.emplace_back()); });
  });
  if (!read || !json.at_end()) {
    json.fail("expected the end");
    return fail(json.error());
  }
  return batch;
}

Result<LogBatch> decode_protobuf_push(std::string_view body) {
  LogBatch batch;
  WireCursor request(body);
  WireField field;
  while (request.next(field)) {
    if (field.number != 1) continue;
    LogStream& stream = batch.streams.emplace_back();
    WireCursor cursor(field.bytes);
    WireField part;
    while (cursor.next(part)) {
      if (part.number == 1) {
        TRY(labels, parse_stream_labels(part.bytes));
        stream.labels = std::move(labels);
      } else if (part.number == 2 && !read_entry(part.bytes, stream.entries.emplace_back())) {
        return malformed("an entry");
      }
    }
    if (!cursor.at_end()) return malformed("a stream");
  }
  if (!request.at_end()) return malformed("the request");
  return batch;
}

}  // namespace aloft::telemetry::logs
