// From discovered labels to an endpoint.
#include "telemetry/scrape/targets/scrape_target.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/message.h"
#include "telemetry/core/durations.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view job_label = "job";
constexpr std::string_view instance_label = "instance";

Result<Duration> duration_of(const LabelsBuilder& labels, std::string_view label, std::string_view what) {
  const auto parsed = parse_prometheus_duration(labels.get(label));
  if (!parsed)
    return fail(Code::invalid, fmt::format("error parsing scrape {}: {}", what, parsed.error().message()));
  if (*parsed <= Duration{}) return fail(Code::invalid, fmt::format("scrape {} cannot be 0", what));
  return *parsed;
}

Result<> check_address(std::string_view address) {
  if (address.empty()) return fail(Code::invalid, "no address");
  if (address.find('/') != std::string_view::npos)
    return fail(Code::invalid, fmt::format("\"{}\" is not a valid hostname", address));
  return {};
}

// Parameters of the configuration, the first value of each replaced by its label; sorted by name.
std::string query_of(const ScrapeConfig& config, LabelsView labels) {
  auto params = config.params;
  for (const Label& label : labels) {
    if (!label.name.starts_with(param_label_prefix)) continue;
    const std::string_view name = label.name.substr(param_label_prefix.size());
    const auto it =
        std::find_if(params.begin(), params.end(), [&](const auto& p) { return p.first == name; });
    if (it == params.end()) {
      params.emplace_back(name, std::vector<std::string>{std::string(label.value)});
    } else if (it->second.empty()) {
      it->second.emplace_back(label.value);
    } else {
      it->second[0] = label.value;
    }
  }
  std::sort(params.begin(), params.end());
  http::Query query;
  for (auto& [name, values] : params) {
    for (std::string& value : values) query.add(name, std::move(value));
  }
  return query.empty() ? std::string() : "?" + query.to_string();
}

std::string encode_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/!$&'()*+,;=:@%").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out.starts_with('/') ? out : "/" + out;
}

std::string_view media_type(std::string_view protocol) {
  if (protocol == "PrometheusProto")
    return "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  if (protocol == "PrometheusText0.0.4") return "text/plain;version=0.0.4";
  if (protocol == "PrometheusText1.0.0") return "text/plain;version=1.0.0";
  if (protocol == "OpenMetricsText0.0.1") return "application/openmetrics-text;version=0.0.1";
  return "application/openmetrics-text;version=1.0.0";
}

}  // namespace

std::uint64_t ScrapeTarget::identity() const {
  std::string text = fmt::format("{:016}", hash_labels(labels));
  text += url();
  return stable_hash(text);
}

Labels discovered_labels(const ScrapeConfig& config, LabelsView own, LabelsView group) {
  LabelsBuilder labels(own);
  for (const Label& label : group) {
    if (labels.get(label.name).empty()) labels.set(label.name, label.value);
  }
  const auto fill = [&](std::string_view name, std::string_view value) {
    if (labels.get(name).empty()) labels.set(name, value);
  };
  fill(job_label, config.job_name);
  fill(scrape_interval_label, format_prometheus_duration(config.scrape_interval));
  fill(scrape_timeout_label, format_prometheus_duration(config.scrape_timeout));
  fill(metrics_path_label, config.metrics_path);
  fill(scheme_label, config.scheme);
  for (const auto& [name, values] : config.params) {
    if (!values.empty()) fill(std::string(param_label_prefix) + name, values[0]);
  }
  return labels.build();
}

Result<std::optional<ScrapeTarget>> make_target(const ScrapeConfig& config, LabelsView own,
                                                LabelsView group) {
  ScrapeTarget target;
  target.discovered = discovered_labels(config, own, group);
  LabelsBuilder labels(target.discovered);
  if (!relabel(config.relabel_configs, labels)) return std::nullopt;
  const std::string address(labels.get(address_label));
  TRY_DO(check_address(address));
  TRY(interval, duration_of(labels, scrape_interval_label, "interval"));
  TRY(timeout, duration_of(labels, scrape_timeout_label, "timeout"));
  if (timeout > interval)
    return fail(Code::invalid,
                fmt::format("scrape timeout cannot be greater than scrape interval (\"{}\" > \"{}\")",
                            labels.get(scrape_timeout_label), labels.get(scrape_interval_label)));
  const auto before = labels.pairs();
  for (const auto& [name, value] : before) {
    if (name.starts_with(meta_label_prefix)) labels.remove(name);
  }
  if (labels.get(instance_label).empty()) labels.set(instance_label, address);
  target.labels = labels.build();
  LabelsBuilder shown(target.labels);
  for (const Label& label : target.labels) {
    if (label.name.starts_with("__")) shown.remove(label.name);
  }
  target.shown = shown.build();
  target.scheme = target.labels.get(scheme_label);
  if (target.scheme != "http" && target.scheme != "https")
    return fail(Code::invalid, fmt::format("\"{}\" is no scheme to scrape by", target.scheme));
  target.address = address;
  target.path = encode_path(target.labels.get(metrics_path_label)) + query_of(config, target.labels);
  target.interval = interval;
  target.timeout = timeout;
  return std::optional<ScrapeTarget>(std::move(target));
}

Duration scrape_offset(const ScrapeTarget& target, WallTime now, std::uint64_t seed) {
  const auto interval = static_cast<std::uint64_t>(target.interval.count());
  const std::uint64_t place = (target.identity() ^ seed) % interval;
  const std::uint64_t phase = static_cast<std::uint64_t>(now.since_epoch.count()) % interval;
  return Duration(static_cast<std::int64_t>((place + interval - phase) % interval));
}

std::string accept_header(const ScrapeConfig& config, bool want_starts) {
  std::vector<std::string> protocols = config.scrape_protocols;
  if (protocols.empty()) {
    protocols = {"OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0",
                 "PrometheusText0.0.4"};
    if (config.scrape_native_histograms || want_starts)
      protocols.insert(protocols.begin(), "PrometheusProto");
  }
  std::string out;
  int weight = 6;
  for (const std::string& protocol : protocols) {
    out += media_type(protocol);
    if (protocol.ends_with("1.0.0"))
      out += config.utf8_names ? ";escaping=allow-utf-8" : ";escaping=underscores";
    out += fmt::format(";q=0.{},", weight--);
  }
  return out + fmt::format("*/*;q=0.{}", weight);
}

}  // namespace aloft::telemetry::scrape
