// Options to settings.
#include "app/telemetry/settings.h"

#include <charconv>

#include "app/telemetry/traces_settings.h"
#include "telemetry/core/durations.h"
#include "telemetry/otlp/out/remote_queue.h"

namespace aloft::app {
namespace {

constexpr std::string_view loopback = "127.0.0.1";
constexpr double own_traces_in_cloud = 0.1;

Result<Duration> duration_option(const Invocation& call, std::string_view option) {
  auto parsed = telemetry::parse_prometheus_duration(call.get(option));
  if (!parsed) return fail(Code::invalid, fmt::format("--{} {}", option, parsed.error().message()));
  return *parsed;
}

Result<std::uint64_t> size_option(const Invocation& call, std::string_view option) {
  auto parsed = parse_size(call.get(option));
  if (!parsed) return fail(Code::invalid, fmt::format("--{} {}", option, parsed.error().message()));
  return *parsed;
}

Result<io::Address> address_option(const Invocation& call, std::string_view option) {
  auto parsed = io::parse_address(call.get(option));
  if (!parsed) return fail(Code::invalid, fmt::format("--{} {}", option, parsed.error().message()));
  return *parsed;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = text.substr(static_cast<std::size_t>(read.ptr - text.data()));
  static constexpr std::string_view letters = "KMGTPE";
  double factor = 1;
  bool known = unit.empty() || unit == "B";
  if (!known) {
    const std::size_t power = letters.find(unit[0]);
    known = power != std::string_view::npos &&
            (unit.size() == 1 || unit.substr(1) == "B" || unit.substr(1) == "iB");
    for (std::size_t i = 0; known && i <= power; ++i) factor *= 1024;
  }
  if (read.ec != std::errc() || !known || value < 0 || value * factor > 9e18)
    return fail(Code::invalid, fmt::format("\"{}\": expected a size such as 512MB or 10GB", text));
  return static_cast<std::uint64_t>(value * factor);
}

Result<std::set<std::string, std::less<>>> parse_features(std::span<const std::string> lists) {
  std::set<std::string, std::less<>> features;
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      std::string name = list.substr(at, end - at);
      at = end + 1;
      if (name != zero_ingestion_feature)
        return fail(Code::invalid,
                    fmt::format("--enable-feature {}: it is not known; {} is", name, zero_ingestion_feature));
      features.insert(std::move(name));
    }
  }
  return features;
}

namespace {

Result<> read_addresses(const Invocation& call, TelemetrySettings& settings) {
  for (const auto& [option, address] : {std::pair{"syslog-udp", &settings.syslog_udp},
                                        {"syslog-tcp", &settings.syslog_tcp},
                                        {"graphite", &settings.graphite},
                                        {"statsd", &settings.statsd}}) {
    if (!call.has(option)) continue;
    TRY(parsed, address_option(call, option));
    *address = std::move(parsed);
  }
  return {};
}

Result<> read_retention(const Invocation& call, TelemetrySettings& settings) {
  for (const auto& [option, time] : {std::pair{"retention-time", &settings.metrics_retention},
                                     {"logs-retention-time", &settings.logs_retention},
                                     {"traces-retention-time", &settings.traces_retention},
                                     {"out-of-order-window", &settings.out_of_order_window},
                                     {"statsd-flush", &settings.statsd_flush}}) {
    TRY(parsed, duration_option(call, option));
    *time = parsed;
  }
  if (settings.statsd_flush <= Duration::zero())
    return fail(Code::invalid, "--statsd-flush: expected more than no time");
  for (const auto& [option, size] : {std::pair{"retention-size", &settings.metrics_retention_bytes},
                                     {"logs-retention-size", &settings.logs_retention_bytes},
                                     {"traces-retention-size", &settings.traces_retention_bytes}}) {
    TRY(parsed, size_option(call, option));
    *size = parsed;
  }
  return {};
}

// Those of telemetry_options().
Result<> read_options(const Invocation& call, TelemetrySettings& settings) {
  settings.rule_files = call.every("rules");
  settings.log_rule_files = call.every("log-rules");
  settings.alertmanager_config = call.get("alertmanager-config");
  settings.log_steps = call.get("log-steps");
  settings.traces_config = call.get("traces-config");
  settings.export_otlp = call.get("export-otlp");
  settings.export_loki = call.get("export-loki");
  settings.export_file = call.get("export-file");
  TRY_DO(read_addresses(call, settings));
  TRY_DO(read_retention(call, settings));
  TRY(features, parse_features(call.every("enable-feature")));
  settings.features = std::move(features);
  const std::string limit = call.get("series-limit");
  const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), settings.series_limit);
  if (read.ec != std::errc() || read.ptr != limit.data() + limit.size())
    return fail(Code::invalid, fmt::format("--series-limit {}: expected a number", limit));
  for (const Option& option : call.verb->options)
    settings.flags[std::string(option.name)] = telemetry::otlp::without_credentials(call.get(option.name));
  return {};
}

}  // namespace

Result<TelemetrySettings> telemetry_settings(const Invocation& call) {
  TelemetrySettings settings;
  TRY_DO(read_options(call, settings));
  settings.folder = call.get("data-dir");
  TRY(listen, address_option(call, "listen"));
  settings.listen = std::move(listen);
  TRY(grpc, address_option(call, "otlp-grpc"));
  settings.grpc = std::move(grpc);
  settings.grpc_may_move = !call.given.contains("otlp-grpc");
  settings.prometheus_config = call.get("config");
  const std::string share = call.get("own-traces");
  const auto read_share = std::from_chars(share.data(), share.data() + share.size(), settings.own_traces);
  if (read_share.ec != std::errc() || settings.own_traces < 0 || settings.own_traces > 1)
    return fail(Code::invalid, fmt::format("--own-traces {}: expected a share from 0 to 1", share));
  TRY(ports, trace_ports(call));
  settings.usual_ports = std::move(ports);
  return settings;
}

Result<TelemetrySettings> telemetry_settings_in_cloud(const Invocation& call) {
  TelemetrySettings settings;
  TRY_DO(read_options(call, settings));
  settings.folder = call.get("data-dir") + "/telemetry";
  settings.prometheus_config = call.get("prometheus-config");
  settings.listen = io::Address(std::string(loopback), 0);
  settings.grpc = io::Address(std::string(loopback), usual_grpc_port);
  settings.grpc_may_move = true;
  settings.own_traces = own_traces_in_cloud;
  settings.usual_ports = usual_trace_ports();
  const std::pair<const char*, int> ports[] = {
      {"prometheus", 9090}, {"loki", 3100}, {"alertmanager", 9093}, {"otlp-http", 4318}};
  for (const auto& [name, port] : ports)
    settings.usual_ports.push_back({name, io::Address(std::string(loopback), port)});
  return settings;
}

}  // namespace aloft::app
