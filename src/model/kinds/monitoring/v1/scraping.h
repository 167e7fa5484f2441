// What ServiceMonitor and PodMonitor have in common: how endpoints are talked to, relabelled and limited, as
// the Prometheus operator defines it (monitoring.coreos.com/v1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/quantity.h"
#include "model/type_info.h"

namespace aloft::monitoring::v1 {

struct RelabelConfig {
  std::vector<std::string> sourceLabels;
  std::optional<std::string> separator;
  std::string targetLabel;
  std::string regex;
  std::int64_t modulus = 0;
  std::optional<std::string> replacement;
  std::string action;
  bool operator==(const RelabelConfig&) const = default;
};

// One of the two.
struct SecretOrConfigMap {
  std::optional<core::v1::SecretKeySelector> secret;
  std::optional<core::v1::ConfigMapKeySelector> configMap;
  bool operator==(const SecretOrConfigMap&) const = default;
};

struct SafeTLSConfig {
  std::optional<SecretOrConfigMap> ca;
  std::optional<SecretOrConfigMap> cert;
  std::optional<core::v1::SecretKeySelector> keySecret;
  std::optional<std::string> serverName;
  std::optional<bool> insecureSkipVerify;
  std::optional<std::string> minVersion;
  std::optional<std::string> maxVersion;
  bool operator==(const SafeTLSConfig&) const = default;
};

struct TLSConfig {
  SafeTLSConfig safe;
  std::string caFile;
  std::string certFile;
  std::string keyFile;
  bool operator==(const TLSConfig&) const = default;
};

struct BasicAuth {
  std::optional<core::v1::SecretKeySelector> username;
  std::optional<core::v1::SecretKeySelector> password;
  bool operator==(const BasicAuth&) const = default;
};

struct SafeAuthorization {
  std::string type;
  std::optional<core::v1::SecretKeySelector> credentials;
  bool operator==(const SafeAuthorization&) const = default;
};

struct OAuth2 {
  SecretOrConfigMap clientId;
  core::v1::SecretKeySelector clientSecret;
  std::string tokenUrl;
  std::vector<std::string> scopes;
  std::map<std::string, std::string> endpointParams;
  std::optional<SafeTLSConfig> tlsConfig;
  bool operator==(const OAuth2&) const = default;
};

struct ProxyConfig {
  std::optional<std::string> proxyUrl;
  std::optional<std::string> noProxy;
  std::optional<bool> proxyFromEnvironment;
  bool operator==(const ProxyConfig&) const = default;
};

struct ParameterValues {
  std::vector<std::string> items;
  bool operator==(const ParameterValues&) const = default;
};

// What the endpoints of both kinds have.
struct ScrapeSettings {
  std::string path;
  std::string scheme;
  std::map<std::string, ParameterValues> params;
  std::string interval;
  std::string scrapeTimeout;
  bool honorLabels = false;
  std::optional<bool> honorTimestamps;
  std::optional<bool> trackTimestampsStaleness;
  std::vector<RelabelConfig> metricRelabelings;
  std::vector<RelabelConfig> relabelings;
  std::optional<bool> filterRunning;
  std::optional<BasicAuth> basicAuth;
  std::optional<SafeAuthorization> authorization;
  std::optional<OAuth2> oauth2;
  std::optional<core::v1::SecretKeySelector> bearerTokenSecret;
  std::optional<bool> followRedirects;
  std::optional<bool> enableHttp2;
  ProxyConfig proxy;
  bool operator==(const ScrapeSettings&) const = default;
};

struct NamespaceSelector {
  bool any = false;
  std::vector<std::string> matchNames;
  bool operator==(const NamespaceSelector&) const = default;
};

struct AttachMetadata {
  std::optional<bool> node;
  bool operator==(const AttachMetadata&) const = default;
};

// What both kinds say of all their endpoints.
struct MonitorLimits {
  std::optional<std::int64_t> sampleLimit;
  std::optional<std::int64_t> targetLimit;
  std::vector<std::string> scrapeProtocols;
  std::optional<std::string> fallbackScrapeProtocol;
  std::optional<bool> scrapeNativeHistograms;
  std::optional<bool> scrapeClassicHistograms;
  std::optional<std::int64_t> nativeHistogramBucketLimit;
  std::optional<model::Quantity> nativeHistogramMinBucketFactor;
  std::optional<bool> convertClassicHistogramsToNHCB;
  std::optional<std::int64_t> labelLimit;
  std::optional<std::int64_t> labelNameLengthLimit;
  std::optional<std::int64_t> labelValueLengthLimit;
  std::optional<std::int64_t> keepDroppedTargets;
  std::optional<std::string> bodySizeLimit;
  std::optional<AttachMetadata> attachMetadata;
  std::optional<std::string> scrapeClass;
  bool operator==(const MonitorLimits&) const = default;
};

}  // namespace aloft::monitoring::v1

DECLARE_TYPE(monitoring::v1::RelabelConfig)
DECLARE_TYPE(monitoring::v1::SecretOrConfigMap)
DECLARE_TYPE(monitoring::v1::SafeTLSConfig)
DECLARE_TYPE(monitoring::v1::TLSConfig)
DECLARE_TYPE(monitoring::v1::BasicAuth)
DECLARE_TYPE(monitoring::v1::SafeAuthorization)
DECLARE_TYPE(monitoring::v1::OAuth2)
DECLARE_TYPE(monitoring::v1::ProxyConfig)
DECLARE_TYPE(monitoring::v1::ParameterValues)
DECLARE_TYPE(monitoring::v1::ScrapeSettings)
DECLARE_TYPE(monitoring::v1::NamespaceSelector)
DECLARE_TYPE(monitoring::v1::AttachMetadata)
DECLARE_TYPE(monitoring::v1::MonitorLimits)
