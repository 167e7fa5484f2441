// Prometheus' configuration file as a value. The scrape part acts here; rules, alerting, storage and remote
// endpoints are handed to whoever acts on them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/value.h"
#include "telemetry/core/labels.h"
#include "telemetry/scrape/relabel/relabel.h"
#include "telemetry/scrape/targets/target_group.h"

namespace aloft::telemetry::scrape {

// How to talk to an HTTP endpoint. Secrets stand here in clear and are never printed.
struct HttpBasicAuth {
  std::string username, username_file;
  std::string password, password_file;
  bool operator==(const HttpBasicAuth&) const = default;
};
struct HttpAuthorization {
  std::string type = "Bearer";
  std::string credentials, credentials_file;
  bool operator==(const HttpAuthorization&) const = default;
};
struct HttpTls {
  std::string ca, cert, key;  // PEM text
  std::string ca_file, cert_file, key_file;
  std::string server_name;
  bool insecure_skip_verify = false;
  bool operator==(const HttpTls&) const = default;
};
// Client credentials that are exchanged for a token.
struct HttpOAuth2 {
  std::string client_id;
  std::string client_secret, client_secret_file;
  std::string token_url;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, std::string>> endpoint_params;
  HttpTls tls;  // towards the giver of tokens
  bool operator==(const HttpOAuth2&) const = default;
};
struct HttpClientConfig {
  std::optional<HttpBasicAuth> basic_auth;
  std::optional<HttpAuthorization> authorization;
  std::optional<HttpOAuth2> oauth2;
  HttpTls tls;
  std::vector<std::pair<std::string, std::string>> headers;
  bool follow_redirects = true;
  bool enable_http2 = true;
  bool operator==(const HttpClientConfig&) const = default;
};

// 0: no limit.
struct ScrapeLimits {
  std::uint64_t body_size = 0;
  std::uint64_t samples = 0;
  std::uint64_t targets = 0;
  std::uint64_t labels = 0;
  std::uint64_t label_name_length = 0;
  std::uint64_t label_value_length = 0;
  std::uint64_t keep_dropped_targets = 0;
  std::uint64_t native_histogram_buckets = 0;
};

struct FileDiscovery {
  std::vector<std::string> files;  // the last part may hold * ? []
  Duration refresh_interval = 5min;
};
struct HttpDiscovery {
  std::string url;
  Duration refresh_interval = 1min;
  HttpClientConfig client;
};
struct DnsDiscovery {
  std::vector<std::string> names;
  std::string type = "SRV";
  int port = 0;
  Duration refresh_interval = 30s;
};
// Where targets come from.
struct DiscoveryConfig {
  std::vector<TargetGroup> static_groups;
  std::vector<FileDiscovery> files;
  std::vector<HttpDiscovery> http;
  std::vector<DnsDiscovery> dns;
  std::vector<model::Value> kubernetes;  // each kubernetes_sd_configs entry as it stands
};

struct ScrapeConfig {
  std::string job_name;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  std::vector<std::pair<std::string, std::vector<std::string>>> params;
  Duration scrape_interval{};
  Duration scrape_timeout{};
  std::vector<std::string> scrape_protocols;  // "OpenMetricsText1.0.0", ...
  std::string fallback_scrape_protocol;
  bool scrape_native_histograms = false;
  bool always_scrape_classic_histograms = false;
  bool extra_scrape_metrics = false;
  bool utf8_names = true;  // metric_name_validation_scheme
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  bool enable_compression = true;
  ScrapeLimits limits;
  HttpClientConfig client;
  DiscoveryConfig discovery;
  std::vector<RelabelRule> relabel_configs;
  std::vector<RelabelRule> metric_relabel_configs;
  model::Value document;  // as it was written, for status pages; secrets left out
};

struct GlobalConfig {
  Duration scrape_interval = 1min;
  Duration scrape_timeout = 10s;
  Duration evaluation_interval = 1min;
  Duration rule_query_offset{};
  Labels external_labels;
  std::vector<std::string> scrape_protocols;
  ScrapeLimits limits;
  bool scrape_native_histograms = false;
  bool always_scrape_classic_histograms = false;
  bool extra_scrape_metrics = false;
  bool utf8_names = true;
  std::string query_log_file;
};

struct RemoteWriteConfig {
  std::string url;
  std::string name;
  Duration timeout = 30s;
  bool version_2 = false;
  bool send_exemplars = false;
  bool send_native_histograms = false;
  std::vector<RelabelRule> write_relabel_configs;
  HttpClientConfig client;
  std::size_t capacity = 10'000;  // samples a shard
  std::size_t max_shards = 50;
  std::size_t min_shards = 1;
  std::size_t max_samples_per_send = 2'000;
  Duration batch_send_deadline = 5s;
  Duration min_backoff = 30ms;
  Duration max_backoff = 5s;
  bool retry_on_429 = true;
  Duration sample_age_limit{};
  bool send_metadata = true;
  Duration metadata_interval = 1min;
};

struct RemoteReadConfig {
  std::string url;
  std::string name;
  Duration timeout = 1min;
  bool read_recent = false;            // false: only what is older than our own samples
  bool filter_external_labels = true;  // ask for our external labels, and take them off what comes
  std::vector<std::pair<std::string, std::string>> required_matchers;
  HttpClientConfig client;
};

struct AlertmanagerConfig {
  std::string scheme = "http";
  std::string path_prefix;
  Duration timeout = 10s;
  HttpClientConfig client;
  DiscoveryConfig discovery;
  std::vector<RelabelRule> relabel_configs;
  std::vector<RelabelRule> alert_relabel_configs;
  model::Value document;  // as it was written, to tell a change; secrets left out
};

struct StorageConfig {
  Duration out_of_order_time_window{};
  std::optional<Duration> retention;
  std::optional<std::uint64_t> retention_bytes;
  std::optional<std::uint64_t> max_exemplars;
};

struct PrometheusConfig {
  GlobalConfig global;
  std::vector<std::string> rule_files;  // paths, the last part may hold * ? []
  std::vector<ScrapeConfig> scrape_configs;
  std::vector<RelabelRule> alert_relabel_configs;
  std::vector<AlertmanagerConfig> alertmanagers;
  std::vector<RemoteWriteConfig> remote_write;
  std::vector<RemoteReadConfig> remote_read;
  StorageConfig storage;
  model::Value otlp;                  // the section `otlp` as it stands, for the OTLP receiver
  std::vector<std::string> warnings;  // what is accepted and has no effect here
  // The whole file with defaults filled in and every secret replaced by <secret>: /api/v1/status/config.
  std::string printed;
};

// Reads the file's text; relative paths in it are below `directory`. Error: bad_request, as
// "line 12: scrape_configs[0]: field foo not found"; unknown fields, values of the wrong kind, rules that
// Prometheus would refuse, and forms of discovery and authentication that Aloft has not.
Result<PrometheusConfig> parse_config(std::string_view yaml, const std::string& directory);
// One entry of scrape_configs, with the defaults of `global`. Error: as above.
Result<ScrapeConfig> parse_scrape_config(std::string_view yaml, const GlobalConfig& global);
// Reads a file and the scrape_config_files that it names. Blocks. Error: as above, naming the file.
Result<PrometheusConfig> load_config(const std::string& path);

// A duration as 'y w d h m s ms', and sizes as "10MB", "512KiB", "100" (powers of 1024).
Result<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace aloft::telemetry::scrape
