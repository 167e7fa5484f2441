// Records to entries.
#include "telemetry/otlp/translate/log_translator.h"

#include <algorithm>
#include <map>

#include "telemetry/otlp/translate/naming.h"

namespace aloft::telemetry::otlp {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Attributes that tell the name of a service whose resource does not.
constexpr std::string_view service_hints[] = {"service",
                                              "app",
                                              "application",
                                              "name",
                                              "app_kubernetes_io_name",
                                              "container",
                                              "container_name",
                                              "k8s_container_name",
                                              "component",
                                              "workload",
                                              "job",
                                              "k8s_job_name"};

std::string join(const std::string& prefix, std::string_view key) {
  const std::string name = label_name(key, NameStrategy::underscores_with_suffixes);
  return prefix.empty() ? name : prefix + "_" + name;
}

// Maps are flattened: their members become pairs of their own.
void add_attribute(Pairs& out, const std::string& prefix, const Attribute& attribute) {
  std::string name = join(prefix, attribute.key);
  if (name.empty()) return;
  if (const auto* map = std::get_if<AttributeMap>(&attribute.value.data)) {
    for (const Attribute& inner : *map) add_attribute(out, name, inner);
    return;
  }
  out.emplace_back(std::move(name), attribute.value.to_text());
}

struct ResourcePairs {
  Labels stream;
  Pairs fields;
};

ResourcePairs split_resource(const Attributes& resource, const LogSettings& settings) {
  ResourcePairs out;
  Pairs stream;
  const auto& names = settings.stream_attributes;
  for (const Attribute& attribute : resource) {
    const bool in_stream = std::find(names.begin(), names.end(), attribute.key) != names.end();
    add_attribute(in_stream ? stream : out.fields, "", attribute);
  }
  const auto has = [&](std::string_view name) {
    return std::find_if(stream.begin(), stream.end(),
                        [&](const auto& pair) { return pair.first == name && !pair.second.empty(); });
  };
  if (has("service_name") == stream.end()) {
    std::string service = "unknown_service";
    for (const std::string_view hint : service_hints) {
      if (const auto found = has(hint); found != stream.end()) {
        service = found->second;
        break;
      }
    }
    stream.emplace_back("service_name", std::move(service));
  }
  out.stream = Labels(stream);
  return out;
}

Pairs scope_fields(const InstrumentationScope& scope) {
  Pairs out;
  for (const Attribute& attribute : scope.attributes) add_attribute(out, "", attribute);
  if (!scope.name.empty()) out.emplace_back("scope_name", scope.name);
  if (!scope.version.empty()) out.emplace_back("scope_version", scope.version);
  return out;
}

Pairs record_fields(const LogRecord& record) {
  Pairs out;
  for (const Attribute& attribute : record.attributes) add_attribute(out, "", attribute);
  const auto number = [&](const char* name, std::uint64_t value) {
    if (value != 0) out.emplace_back(name, std::to_string(value));
  };
  number("observed_timestamp", record.observed_ns);
  if (record.severity_number != 0)
    out.emplace_back("severity_number", std::to_string(record.severity_number));
  if (!record.severity_text.empty()) out.emplace_back("severity_text", record.severity_text);
  number("dropped_attributes_count", record.dropped_attributes);
  number("flags", record.flags);
  if (record.trace_id != TraceId{}) out.emplace_back("trace_id", to_hex(record.trace_id));
  if (record.span_id != SpanId{}) out.emplace_back("span_id", to_hex(record.span_id));
  if (!record.event_name.empty()) out.emplace_back("event_name", record.event_name);
  return out;
}

// Sorted by name; of several pairs with one name the first counts, and empty values count for nothing.
Pairs settled(Pairs pairs) {
  std::vector<std::uint32_t> order;
  order.reserve(pairs.size());
  for (std::uint32_t i = 0; i < pairs.size(); ++i) {
    if (!pairs[i].second.empty()) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int compared = pairs[a].first.compare(pairs[b].first);
    return compared != 0 ? compared < 0 : a < b;
  });
  Pairs out;
  out.reserve(order.size());
  for (const std::uint32_t i : order) {
    if (out.empty() || out.back().first != pairs[i].first) out.push_back(std::move(pairs[i]));
  }
  return out;
}

LogEntry make_entry(LogRecord& record, const Pairs& scope, const Pairs& resource, WallTime now) {
  LogEntry entry;
  const std::uint64_t time = record.time_ns != 0 ? record.time_ns : record.observed_ns;
  entry.time_ns = time != 0 ? static_cast<std::int64_t>(time) : now.since_epoch.count();
  if (auto* text = std::get_if<std::string>(&record.body.data)) {
    entry.line = std::move(*text);
  } else {
    entry.line = record.body.to_text();
  }
  Pairs fields = record_fields(record);
  fields.insert(fields.end(), resource.begin(), resource.end());
  fields.insert(fields.end(), scope.begin(), scope.end());
  entry.fields = settled(std::move(fields));
  return entry;
}

}  // namespace

LogBatch translate(LogsData logs, const LogSettings& settings, WallTime now) {
  LogBatch out;
  std::map<std::string, std::size_t, std::less<>> known;
  for (ResourceLogs& resource : logs.resources) {
    const ResourcePairs pairs = split_resource(resource.resource, settings);
    const auto [at, fresh] = known.try_emplace(std::string(pairs.stream.encoded()), out.streams.size());
    if (fresh) {
      LogStream stream;
      stream.labels = pairs.stream;
      out.streams.push_back(std::move(stream));
    }
    std::vector<LogEntry>& entries = out.streams[at->second].entries;
    for (ScopeLogs& scope : resource.scopes) {
      const Pairs further = scope_fields(scope.scope);
      for (LogRecord& record : scope.records)
        entries.push_back(make_entry(record, further, pairs.fields, now));
    }
  }
  std::erase_if(out.streams, [](const LogStream& stream) { return stream.entries.empty(); });
  return out;
}

}  // namespace aloft::telemetry::otlp
