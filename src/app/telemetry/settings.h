// What telemetry is told: where its data and its ports are, what it keeps and for how long.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "base/result.h"
#include "base/time.h"
#include "io/net.h"

namespace aloft::app {

enum class PortKind : std::uint8_t {
  everything,
  tempo,  // everything, with Tempo's shape where products differ
  jaeger,
  grpc
};
// A further address at which telemetry is served: the port that clients of one product expect.
struct UsualPort {
  std::string name;  // in endpoints.json
  io::Address address;
  PortKind kind = PortKind::everything;
  bool required = false;  // when it is taken nothing starts; otherwise it is left out
};

inline constexpr int usual_grpc_port = 4317;

// What can be turned on by name, as with Prometheus' option of that name: the creation times that counters
// come with become samples of zero.
inline constexpr std::string_view zero_ingestion_feature = "created-timestamp-zero-ingestion";

// How long what was taken may still be on its way out when telemetry ends.
inline constexpr Duration last_moment = 3s;

struct TelemetrySettings {
  std::string folder;
  io::Address listen;  // every HTTP path
  std::vector<UsualPort> usual_ports;
  io::Address grpc;            // OTLP over gRPC
  bool grpc_may_move = false;  // any free port when that one is taken
  std::vector<std::string> rule_files;
  std::vector<std::string> log_rule_files;  // of rules in LogQL
  std::string alertmanager_config;          // a file; empty: alerts are shown and go nowhere
  std::string prometheus_config;            // a file: scrapes, rules, remote write
  std::string traces_config;                // a file: which traces are kept
  std::string log_steps;                    // a file: steps that change log lines on their way in
  io::Address syslog_udp;                   // without a host: none
  io::Address syslog_tcp;
  io::Address graphite;  // TCP and UDP
  io::Address statsd;
  Duration statsd_flush = 10s;
  std::string export_otlp;                   // the base URL of a collector
  std::string export_loki;                   // the URL of a Loki
  std::string export_file;                   // JSON lines
  double own_traces = 0;                     // the share of our own requests that are traced
  std::map<std::string, std::string> flags;  // every option with its value, for status pages
  Duration metrics_retention = 15 * 24h;
  std::uint64_t metrics_retention_bytes = 0;
  Duration logs_retention = 15 * 24h;
  std::uint64_t logs_retention_bytes = 0;
  Duration traces_retention = 14 * 24h;
  std::uint64_t traces_retention_bytes = 0;
  std::uint64_t series_limit = 0;
  Duration out_of_order_window = 1h;
  std::set<std::string, std::less<>> features;
};

// From the values of --enable-feature, each a list with commas. Error: invalid, naming what is not known.
Result<std::set<std::string, std::less<>>> parse_features(std::span<const std::string> lists);

// From the options of `aloft telemetry`. Error: invalid, naming the option.
Result<TelemetrySettings> telemetry_settings(const Invocation& call);
// From those of `aloft up`: any free port on the loopback address besides the usual ones. Error: as before.
Result<TelemetrySettings> telemetry_settings_in_cloud(const Invocation& call);

// "512MB", "10GiB", "0": bytes; the units are powers of 1024 in either spelling, as Prometheus has it. Error:
// invalid, naming the text.
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace aloft::app
