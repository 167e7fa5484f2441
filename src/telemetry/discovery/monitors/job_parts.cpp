// From fields of the operator's objects to fields of Prometheus' configuration.
#include "telemetry/discovery/monitors/job_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/discovery/targets/meta_labels.h"

namespace aloft::telemetry::discovery {
namespace {

using model::Array;
using model::Object;
using model::Value;

Value texts(const std::vector<std::string>& all) {
  Array out;
  for (const std::string& text : all) out.emplace_back(text);
  return Value(std::move(out));
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

void put(Object& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.set(name, Value(text));
}
template <class T>
void put(Object& out, std::string_view name, const std::optional<T>& value) {
  if (value) out.set(name, Value(*value));
}

}  // namespace

void RelabelRules::filter(std::string_view action, Labels labels, std::string regex) {
  Object rule;
  rule.set("action", Value(action));
  rule.set("source_labels", texts(labels));
  rule.set("regex", Value(std::move(regex)));
  rules_.emplace_back(std::move(rule));
}

void RelabelRules::copy(std::string from, std::string to) {
  Object rule;
  rule.set("source_labels", texts({std::move(from)}));
  rule.set("target_label", Value(std::move(to)));
  rules_.emplace_back(std::move(rule));
}

void RelabelRules::copy_given(std::string from, std::string to) {
  copy_matching({std::move(from)}, "(.+)", std::move(to));
}

void RelabelRules::copy_matching(Labels labels, std::string regex, std::string to) {
  Object rule;
  rule.set("source_labels", texts(labels));
  rule.set("regex", Value(std::move(regex)));
  rule.set("target_label", Value(std::move(to)));
  rule.set("replacement", Value("${1}"));
  rules_.emplace_back(std::move(rule));
}

void RelabelRules::set(std::string to, std::string_view value) {
  // What stands for groups elsewhere is text here.
  std::string escaped;
  for (const char c : value) escaped += c == '$' ? std::string("$$") : std::string(1, c);
  Object rule;
  rule.set("target_label", Value(std::move(to)));
  rule.set("replacement", Value(std::move(escaped)));
  rules_.emplace_back(std::move(rule));
}

void RelabelRules::add(const std::vector<monitoring::v1::RelabelConfig>& rules) {
  for (const auto& given : rules) {
    Object rule;
    if (!given.sourceLabels.empty()) rule.set("source_labels", texts(given.sourceLabels));
    put(rule, "separator", given.separator);
    put(rule, "target_label", given.targetLabel);
    put(rule, "regex", given.regex);
    if (given.modulus != 0) rule.set("modulus", Value(given.modulus));
    put(rule, "replacement", given.replacement);
    put(rule, "action", lowered(given.action));
    rules_.emplace_back(std::move(rule));
  }
}

void RelabelRules::select(const meta::v1::LabelSelector& selector, const std::string& prefix,
                          const std::string& present) {
  for (const auto& [key, value] : selector.matchLabels)
    keep({prefix + sanitized(key), present + sanitized(key)}, fmt::format("({});true", value));
  for (const auto& wanted : selector.matchExpressions) {
    const std::string name = sanitized(wanted.key);
    const std::string any = fmt::format("({});true", fmt::join(wanted.values, "|"));
    if (wanted.operator_ == "In") keep({prefix + name, present + name}, any);
    if (wanted.operator_ == "NotIn") drop({prefix + name, present + name}, any);
    if (wanted.operator_ == "Exists") keep({present + name}, "true");
    if (wanted.operator_ == "DoesNotExist") drop({present + name}, "true");
  }
}

std::string References::secret(const core::v1::SecretKeySelector& selector) {
  const auto found = find_.secret(ns_, selector.localObjectReference.name, selector.key);
  if (!found)
    refuse(
        fmt::format("the secret {}/{} has no key {}", ns_, selector.localObjectReference.name, selector.key));
  return found.value_or("");
}

std::string References::either(const monitoring::v1::SecretOrConfigMap& value) {
  if (value.secret) return secret(*value.secret);
  if (!value.configMap) return {};
  const std::string& name = value.configMap->localObjectReference.name;
  const auto found = find_.config_map(ns_, name, value.configMap->key);
  if (!found) refuse(fmt::format("the config map {}/{} has no key {}", ns_, name, value.configMap->key));
  return found.value_or("");
}

Value discovery_of(std::string_view role, const std::optional<monitoring::v1::NamespaceSelector>& from,
                   const std::string& own, const monitoring::v1::MonitorLimits& limits) {
  Object entry;
  entry.set("role", Value(role));
  if (!from || !from->any) {
    Object namespaces;
    const bool named = from && !from->matchNames.empty();
    namespaces.set("names", named ? texts(from->matchNames) : texts({own}));
    entry.set("namespaces", Value(std::move(namespaces)));
  }
  if (limits.attachMetadata && limits.attachMetadata->node.value_or(false)) {
    Object attached;
    attached.set("node", Value(true));
    entry.set("attach_metadata", Value(std::move(attached)));
  }
  Array entries;
  entries.emplace_back(std::move(entry));
  return Value(std::move(entries));
}

void put_tls(Object& job, const monitoring::v1::SafeTLSConfig& tls, References& references) {
  Object out;
  if (tls.ca) put(out, "ca", references.either(*tls.ca));
  if (tls.cert) put(out, "cert", references.either(*tls.cert));
  if (tls.keySecret) put(out, "key", references.secret(*tls.keySecret));
  put(out, "server_name", tls.serverName);
  put(out, "insecure_skip_verify", tls.insecureSkipVerify);
  put(out, "min_version", tls.minVersion);
  put(out, "max_version", tls.maxVersion);
  job.set("tls_config", Value(std::move(out)));
}

namespace {

void put_authentication(Object& job, const monitoring::v1::ScrapeSettings& settings, References& references) {
  if (settings.basicAuth) {
    Object basic;
    if (settings.basicAuth->username)
      put(basic, "username", references.secret(*settings.basicAuth->username));
    if (settings.basicAuth->password)
      put(basic, "password", references.secret(*settings.basicAuth->password));
    job.set("basic_auth", Value(std::move(basic)));
  }
  if (settings.authorization) {
    Object authorization;
    put(authorization, "type", settings.authorization->type);
    if (settings.authorization->credentials)
      put(authorization, "credentials", references.secret(*settings.authorization->credentials));
    job.set("authorization", Value(std::move(authorization)));
  }
  // An empty selector is what charts write for none.
  if (settings.bearerTokenSecret && !settings.bearerTokenSecret->localObjectReference.name.empty()) {
    Object authorization;
    put(authorization, "credentials", references.secret(*settings.bearerTokenSecret));
    job.set("authorization", Value(std::move(authorization)));
  }
  if (settings.oauth2) {
    const auto& given = *settings.oauth2;
    Object oauth2;
    oauth2.set("client_id", Value(references.either(given.clientId)));
    oauth2.set("client_secret", Value(references.secret(given.clientSecret)));
    oauth2.set("token_url", Value(given.tokenUrl));
    if (!given.scopes.empty()) oauth2.set("scopes", texts(given.scopes));
    Object parameters;
    for (const auto& [name, value] : given.endpointParams) parameters.set(name, Value(value));
    if (!parameters.empty()) oauth2.set("endpoint_params", Value(std::move(parameters)));
    if (given.tlsConfig) put_tls(oauth2, *given.tlsConfig, references);
    job.set("oauth2", Value(std::move(oauth2)));
  }
}

}  // namespace

void put_settings(Object& job, const monitoring::v1::ScrapeSettings& settings, References& references) {
  job.set("honor_labels", Value(settings.honorLabels));
  put(job, "honor_timestamps", settings.honorTimestamps);
  put(job, "track_timestamps_staleness", settings.trackTimestampsStaleness);
  put(job, "scrape_interval", settings.interval);
  put(job, "scrape_timeout", settings.scrapeTimeout);
  put(job, "metrics_path", settings.path);
  put(job, "scheme", lowered(settings.scheme));
  put(job, "follow_redirects", settings.followRedirects);
  put(job, "enable_http2", settings.enableHttp2);
  put(job, "proxy_url", settings.proxy.proxyUrl);
  put(job, "no_proxy", settings.proxy.noProxy);
  put(job, "proxy_from_environment", settings.proxy.proxyFromEnvironment);
  Object params;
  for (const auto& [name, values] : settings.params) params.set(name, texts(values.items));
  if (!params.empty()) job.set("params", Value(std::move(params)));
  put_authentication(job, settings, references);
  RelabelRules samples;
  samples.add(settings.metricRelabelings);
  job.set("metric_relabel_configs", samples.take());
}

void put_limits(Object& job, const monitoring::v1::MonitorLimits& limits) {
  put(job, "sample_limit", limits.sampleLimit);
  put(job, "target_limit", limits.targetLimit);
  put(job, "label_limit", limits.labelLimit);
  put(job, "label_name_length_limit", limits.labelNameLengthLimit);
  put(job, "label_value_length_limit", limits.labelValueLengthLimit);
  put(job, "keep_dropped_targets", limits.keepDroppedTargets);
  put(job, "body_size_limit", limits.bodySizeLimit);
  if (!limits.scrapeProtocols.empty()) job.set("scrape_protocols", texts(limits.scrapeProtocols));
  put(job, "fallback_scrape_protocol", limits.fallbackScrapeProtocol);
  put(job, "scrape_native_histograms", limits.scrapeNativeHistograms);
  put(job, "always_scrape_classic_histograms", limits.scrapeClassicHistograms);
  put(job, "native_histogram_bucket_limit", limits.nativeHistogramBucketLimit);
}

}  // namespace aloft::telemetry::discovery
