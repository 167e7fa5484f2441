// The sections of scraping, remote endpoints and Alertmanagers.
#include <algorithm>

#include <fmt/format.h>

#include "telemetry/scrape/config/config_parts.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view known_protocols[] = {"PrometheusProto", "PrometheusText0.0.4",
                                                "PrometheusText1.0.0", "OpenMetricsText0.0.1",
                                                "OpenMetricsText1.0.0"};

bool is_protocol(std::string_view name) {
  return std::ranges::find(known_protocols, name) != std::end(known_protocols);
}

void read_params(Section& in, ScrapeConfig& out) {
  in.section("params", [&](Section& params) {
    if (params.object() == nullptr) return;
    for (const auto& [name, value] : *params.object()) {
      std::vector<std::string> values;
      params.texts(name, values);
      out.params.emplace_back(name, std::move(values));
    }
  });
}

void read_naming(Section& in, bool& utf8_names) {
  std::string scheme;
  in.text("metric_name_validation_scheme", scheme);
  if (!scheme.empty()) utf8_names = scheme == "utf8";
  if (!scheme.empty() && scheme != "utf8" && scheme != "legacy")
    in.report("metric_name_validation_scheme", "must be either '', 'legacy' or 'utf8'");
  std::string escaping;
  in.text("metric_name_escaping_scheme", escaping);
}

void check_times(Section& in, ScrapeConfig& out, const GlobalConfig& global, bool own_timeout) {
  if (out.scrape_interval == Duration{}) out.scrape_interval = global.scrape_interval;
  if (own_timeout && out.scrape_timeout > out.scrape_interval)
    in.report("scrape_timeout",
              fmt::format("scrape timeout greater than scrape interval for scrape config with job "
                          "name \"{}\"",
                          out.job_name));
  if (out.scrape_timeout == Duration{})
    out.scrape_timeout = std::min(global.scrape_timeout, out.scrape_interval);
}

void inherit(std::uint64_t& own, std::uint64_t global) {
  if (own == 0) own = global;
}

void inherit_limits(ScrapeLimits& own, const ScrapeLimits& global) {
  inherit(own.body_size, global.body_size);
  inherit(own.samples, global.samples);
  inherit(own.targets, global.targets);
  inherit(own.labels, global.labels);
  inherit(own.label_name_length, global.label_name_length);
  inherit(own.label_value_length, global.label_value_length);
  inherit(own.keep_dropped_targets, global.keep_dropped_targets);
}

}  // namespace

void read_protocols(Section& in, std::vector<std::string>& out) {
  in.texts("scrape_protocols", out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!is_protocol(out[i]))
      in.report("scrape_protocols", fmt::format("unknown scrape protocol {}, supported: {}", out[i],
                                                fmt::join(known_protocols, " ")));
    if (std::find(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(i), out[i]) !=
        out.begin() + static_cast<std::ptrdiff_t>(i))
      in.report("scrape_protocols", fmt::format("duplicated protocol {}", out[i]));
  }
}

void read_limits(Section& in, ScrapeLimits& out) {
  in.bytes("body_size_limit", out.body_size);
  in.count("sample_limit", out.samples);
  in.count("target_limit", out.targets);
  in.count("label_limit", out.labels);
  in.count("label_name_length_limit", out.label_name_length);
  in.count("label_value_length_limit", out.label_value_length);
  in.count("keep_dropped_targets", out.keep_dropped_targets);
}

void read_scrape_config(Section& in, ScrapeConfig& out, const GlobalConfig& global, ConfigContext& context) {
  in.text("job_name", out.job_name);
  if (out.job_name.empty()) in.problem().report(in.path(), fmt::format("{}: job_name is empty", in.path()));
  in.flag("honor_labels", out.honor_labels);
  in.flag("honor_timestamps", out.honor_timestamps);
  in.flag("track_timestamps_staleness", out.track_timestamps_staleness);
  read_params(in, out);
  in.duration("scrape_interval", out.scrape_interval);
  const bool own_timeout = in.has("scrape_timeout");
  in.duration("scrape_timeout", out.scrape_timeout);
  check_times(in, out, global, own_timeout);
  out.scrape_native_histograms = global.scrape_native_histograms;
  in.flag("scrape_native_histograms", out.scrape_native_histograms);
  out.always_scrape_classic_histograms = global.always_scrape_classic_histograms;
  in.flag("always_scrape_classic_histograms", out.always_scrape_classic_histograms);
  bool convert = false;
  in.flag("convert_classic_histograms_to_nhcb", convert);
  if (convert)
    context.warnings.push_back(in.path_of("convert_classic_histograms_to_nhcb") + " has no effect");
  out.extra_scrape_metrics = global.extra_scrape_metrics;
  in.flag("extra_scrape_metrics", out.extra_scrape_metrics);
  read_protocols(in, out.scrape_protocols);
  if (out.scrape_protocols.empty()) out.scrape_protocols = global.scrape_protocols;
  in.text("fallback_scrape_protocol", out.fallback_scrape_protocol);
  if (!out.fallback_scrape_protocol.empty() && !is_protocol(out.fallback_scrape_protocol))
    in.report("fallback_scrape_protocol",
              fmt::format("unknown scrape protocol {}", out.fallback_scrape_protocol));
  out.utf8_names = global.utf8_names;
  read_naming(in, out.utf8_names);
  in.ignore("scrape_failure_log_file", context.warnings);
  in.text("metrics_path", out.metrics_path);
  in.text("scheme", out.scheme);
  if (out.scheme != "http" && out.scheme != "https")
    in.report("scheme", fmt::format("\"{}\" is no scheme to scrape by, http and https are", out.scheme));
  in.flag("enable_compression", out.enable_compression);
  read_limits(in, out.limits);
  in.count("native_histogram_bucket_limit", out.limits.native_histogram_buckets);
  in.ignore("native_histogram_min_bucket_factor", context.warnings);
  inherit_limits(out.limits, global.limits);
  read_http_client(in, out.client, context);
  read_discovery(in, out.discovery, context);
  read_relabel_rules(in, "relabel_configs", out.relabel_configs);
  check_static_targets(in, out.discovery, out.relabel_configs);
  read_relabel_rules(in, "metric_relabel_configs", out.metric_relabel_configs);
  out.document = without_secrets(context.typed_at(in.path()));
}

void read_remote_write(Section& in, RemoteWriteConfig& out, ConfigContext& context) {
  in.text("url", out.url);
  if (out.url.empty())
    in.problem().report(in.path(), fmt::format("{}: url for remote_write is empty", in.path()));
  if (!out.url.empty() && !out.url.starts_with("http://") && !out.url.starts_with("https://"))
    in.report("url", fmt::format("\"{}\" is no http or https URL", out.url));
  in.text("name", out.name);
  in.duration("remote_timeout", out.timeout);
  in.pairs("headers", out.client.headers);
  std::string message;
  in.text("protobuf_message", message);
  out.version_2 = message == "io.prometheus.write.v2.Request";
  if (!message.empty() && !out.version_2 && message != "prometheus.WriteRequest")
    in.report("protobuf_message", fmt::format("unknown message {}, prometheus.WriteRequest and "
                                              "io.prometheus.write.v2.Request are known",
                                              message));
  in.flag("send_exemplars", out.send_exemplars);
  in.flag("send_native_histograms", out.send_native_histograms);
  in.ignore("round_robin_dns", context.warnings);
  in.ignore("failed_request_logging", context.warnings);
  for (const std::string_view name : {"sigv4", "azuread", "google_iam"})
    in.refuse(name, "this authentication is not supported");
  read_relabel_rules(in, "write_relabel_configs", out.write_relabel_configs);
  read_http_client(in, out.client, context);
  in.section("queue_config", [&](Section& queue) {
    std::uint64_t capacity = out.capacity, most = out.max_shards, least = out.min_shards,
                  send = out.max_samples_per_send;
    queue.count("capacity", capacity);
    queue.count("max_shards", most);
    queue.count("min_shards", least);
    queue.count("max_samples_per_send", send);
    queue.duration("batch_send_deadline", out.batch_send_deadline);
    queue.duration("min_backoff", out.min_backoff);
    queue.duration("max_backoff", out.max_backoff);
    queue.flag("retry_on_http_429", out.retry_on_429);
    queue.duration("sample_age_limit", out.sample_age_limit);
    if (capacity == 0 || most == 0 || least == 0 || send == 0) queue.report("", "sizes must be positive");
    if (least > most)
      queue.report("min_shards", "remote write queue min_shards must not be greater than max_shards");
    if (out.max_backoff < out.min_backoff)
      queue.report("max_backoff", "remote write queue max_backoff must not be less than min_backoff");
    out.capacity = capacity;
    out.max_shards = most;
    out.min_shards = least;
    out.max_samples_per_send = send;
  });
  in.section("metadata_config", [&](Section& metadata) {
    std::uint64_t samples = 0;
    metadata.flag("send", out.send_metadata);
    metadata.duration("send_interval", out.metadata_interval);
    metadata.count("max_samples_per_send", samples);
  });
}

void read_remote_read(Section& in, RemoteReadConfig& out, ConfigContext& context) {
  in.text("url", out.url);
  if (out.url.empty())
    in.problem().report(in.path(), fmt::format("{}: url for remote_read is empty", in.path()));
  in.text("name", out.name);
  in.duration("remote_timeout", out.timeout);
  std::uint64_t limit = 0;
  in.count("chunked_read_limit", limit);
  in.pairs("headers", out.client.headers);
  in.flag("read_recent", out.read_recent);
  in.pairs("required_matchers", out.required_matchers);
  in.flag("filter_external_labels", out.filter_external_labels);
  read_http_client(in, out.client, context);
}

void read_alertmanager(Section& in, AlertmanagerConfig& out, ConfigContext& context) {
  in.text("scheme", out.scheme);
  in.text("path_prefix", out.path_prefix);
  in.duration("timeout", out.timeout);
  std::string version = "v2";
  in.text("api_version", version);
  if (version != "v2")
    in.report("api_version",
              fmt::format("expected Alertmanager api version to be one of [v2] but got {}", version));
  in.refuse("sigv4", "this authentication is not supported");
  read_http_client(in, out.client, context);
  read_discovery(in, out.discovery, context);
  read_relabel_rules(in, "relabel_configs", out.relabel_configs);
  check_static_targets(in, out.discovery, out.relabel_configs);
  read_relabel_rules(in, "alert_relabel_configs", out.alert_relabel_configs);
  out.document = without_secrets(context.typed_at(in.path()));
}

}  // namespace aloft::telemetry::scrape
