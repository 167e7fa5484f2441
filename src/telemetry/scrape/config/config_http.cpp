// How endpoints are talked to, and where targets come from.
#include <algorithm>

#include <fmt/format.h>

#include "telemetry/scrape/config/config_parts.h"
#include "telemetry/scrape/config/yaml_text.h"

namespace aloft::telemetry::scrape {
namespace {

void read_tls(Section& in, HttpTls& out, const ConfigContext& context) {
  in.text("ca", out.ca);
  in.text("cert", out.cert);
  in.text("key", out.key);
  in.text("ca_file", out.ca_file);
  in.text("cert_file", out.cert_file);
  in.text("key_file", out.key_file);
  for (std::string* file : {&out.ca_file, &out.cert_file, &out.key_file}) *file = context.path(*file);
  in.text("server_name", out.server_name);
  in.flag("insecure_skip_verify", out.insecure_skip_verify);
  for (const std::string_view name : {"ca_ref", "cert_ref", "key_ref"})
    in.refuse(name, "secret references are not supported");
  std::string version;
  in.text("min_version", version);
  in.text("max_version", version);
  const bool has_cert = !out.cert.empty() || !out.cert_file.empty();
  const bool has_key = !out.key.empty() || !out.key_file.empty();
  if (has_cert != has_key) in.report("", "exactly one of cert and key is configured, both are needed");
}

void read_authorization(Section& in, HttpAuthorization& out, const ConfigContext& context) {
  in.text("type", out.type);
  in.text("credentials", out.credentials);
  in.text("credentials_file", out.credentials_file);
  in.refuse("credentials_ref", "secret references are not supported");
  out.credentials_file = context.path(out.credentials_file);
  if (out.type == "Basic" || out.type == "basic")
    in.report("type", "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
  if (!out.credentials.empty() && !out.credentials_file.empty())
    in.report("credentials", "at most one of credentials & credentials_file must be configured");
}

void read_oauth2(Section& in, HttpOAuth2& out, const ConfigContext& context) {
  in.text("client_id", out.client_id);
  in.text("client_secret", out.client_secret);
  in.text("client_secret_file", out.client_secret_file);
  in.refuse("client_secret_ref", "secret references are not supported");
  for (const std::string_view name : {"client_certificate_key", "client_certificate_key_file", "grant_type"})
    in.refuse(name, "only the credentials of the client are supported");
  in.text("token_url", out.token_url);
  in.texts("scopes", out.scopes);
  in.pairs("endpoint_params", out.endpoint_params);
  in.section("tls_config", [&](Section& tls) { read_tls(tls, out.tls, context); });
  in.refuse("proxy_url", "proxies are not supported");
  out.client_secret_file = context.path(out.client_secret_file);
  if (out.client_id.empty()) in.report("client_id", "oauth2 client_id must be configured");
  if (!out.token_url.starts_with("http://") && !out.token_url.starts_with("https://"))
    in.report("token_url", "oauth2 token_url must be an http or https URL");
  if (!out.client_secret.empty() && !out.client_secret_file.empty())
    in.report("client_secret", "at most one of oauth2 client_secret & client_secret_file must be configured");
}

void read_kubernetes(Section& in, DiscoveryConfig& out, const ConfigContext& context) {
  const model::Value* list = in.take("kubernetes_sd_configs");
  if (list == nullptr) return;
  const model::Array* entries = list->if_array();
  if (entries == nullptr) return in.report("kubernetes_sd_configs", "expected a list");
  const model::Value typed = context.typed_at(in.path_of("kubernetes_sd_configs"));
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const model::Value& entry = (*entries)[i];
    const std::string_view role = entry.text_at("role");
    bool known = false;
    for (const std::string_view name : {"node", "service", "pod", "endpoints", "endpointslice", "ingress"})
      known |= role == name;
    if (!known) return in.report("kubernetes_sd_configs", fmt::format("unknown role \"{}\"", role));
    const auto* same = typed.if_array();
    out.kubernetes.push_back(same != nullptr && i < same->size() ? (*same)[i] : entry);
  }
}

}  // namespace

model::Value ConfigContext::typed_at(std::string_view where) const {
  const model::Value* found = typed != nullptr ? value_at(*typed, where) : nullptr;
  return found != nullptr ? *found : model::Value();
}

void read_http_client(Section& in, HttpClientConfig& out, ConfigContext& context) {
  in.section("basic_auth", [&](Section& auth) {
    auto& basic = out.basic_auth.emplace();
    auth.text("username", basic.username);
    auth.text("username_file", basic.username_file);
    auth.text("password", basic.password);
    auth.text("password_file", basic.password_file);
    basic.username_file = context.path(basic.username_file);
    basic.password_file = context.path(basic.password_file);
    for (const std::string_view name : {"username_ref", "password_ref"})
      auth.refuse(name, "secret references are not supported");
    if (!basic.password.empty() && !basic.password_file.empty())
      auth.report("password", "at most one of basic_auth password & password_file must be configured");
  });
  in.section("authorization",
             [&](Section& auth) { read_authorization(auth, out.authorization.emplace(), context); });
  HttpAuthorization bearer;
  in.text("bearer_token", bearer.credentials);
  in.text("bearer_token_file", bearer.credentials_file);
  bearer.credentials_file = context.path(bearer.credentials_file);
  if (!bearer.credentials.empty() || !bearer.credentials_file.empty()) {
    if (out.authorization) in.report("authorization", "bearer_token and authorization cannot be combined");
    out.authorization = bearer;
  }
  if (out.basic_auth && out.authorization)
    in.report("basic_auth", "at most one of basic_auth, oauth2 & authorization must be configured");
  in.section("tls_config", [&](Section& tls) { read_tls(tls, out.tls, context); });
  in.section("http_headers", [&](Section& headers) {
    if (headers.object() == nullptr) return;
    for (const auto& [name, value] : *headers.object()) {
      headers.section(name, [&](Section& header) {
        std::vector<std::string> values;
        header.texts("values", values);
        header.texts("secrets", values);
        header.refuse("files", "header values from files are not supported");
        for (const std::string& text : values) out.headers.emplace_back(name, text);
      });
    }
  });
  in.flag("follow_redirects", out.follow_redirects);
  in.flag("enable_http2", out.enable_http2);
  in.section("oauth2", [&](Section& oauth2) { read_oauth2(oauth2, out.oauth2.emplace(), context); });
  if (out.oauth2 && (out.basic_auth || out.authorization))
    in.report("oauth2", "at most one of basic_auth, oauth2 & authorization must be configured");
  in.refuse("proxy_url", "proxies are not supported");
  in.refuse("no_proxy", "proxies are not supported");
  in.refuse("proxy_connect_header", "proxies are not supported");
  bool from_environment = false;
  in.flag("proxy_from_environment", from_environment);
  if (from_environment) in.report("proxy_from_environment", "proxies are not supported");
}

void read_discovery(Section& in, DiscoveryConfig& out, ConfigContext& context) {
  in.each("static_configs", [&](Section& group) {
    TargetGroup& targets = out.static_groups.emplace_back();
    targets.source = std::to_string(out.static_groups.size() - 1);
    std::vector<std::string> addresses;
    std::vector<std::pair<std::string, std::string>> labels;
    group.texts("targets", addresses);
    group.pairs("labels", labels);
    for (const std::string& address : addresses) {
      targets.targets.push_back(Labels({{address_label, address}}));
    }
    targets.labels = Labels(labels);
  });
  in.each("file_sd_configs", [&](Section& files) {
    FileDiscovery& file = out.files.emplace_back();
    files.texts("files", file.files);
    files.duration("refresh_interval", file.refresh_interval);
    if (file.files.empty())
      files.report("files", "file service discovery config must contain at least one path name");
    for (std::string& path : file.files) path = context.path(path);
  });
  in.each("http_sd_configs", [&](Section& http) {
    HttpDiscovery& discovery = out.http.emplace_back();
    http.text("url", discovery.url);
    http.duration("refresh_interval", discovery.refresh_interval);
    read_http_client(http, discovery.client, context);
    if (!discovery.url.starts_with("http://") && !discovery.url.starts_with("https://"))
      http.report("url", "URL scheme must be 'http' or 'https'");
  });
  in.each("dns_sd_configs", [&](Section& dns) {
    DnsDiscovery& discovery = out.dns.emplace_back();
    std::uint64_t port = 0;
    dns.texts("names", discovery.names);
    dns.text("type", discovery.type);
    dns.count("port", port);
    dns.duration("refresh_interval", discovery.refresh_interval);
    discovery.port = static_cast<int>(port);
    if (discovery.names.empty()) dns.report("names", "DNS-SD config must contain at least one DNS name");
    for (char& c : discovery.type) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    constexpr std::string_view types[] = {"A", "AAAA", "MX", "NS", "SRV"};
    if (std::ranges::find(types, discovery.type) == std::end(types))
      dns.report("type", fmt::format("invalid DNS-SD records type {}", discovery.type));
    if (port == 0 && discovery.type != "SRV")
      dns.report("port", "a port is required in DNS-SD configs for all record types except SRV");
  });
  read_kubernetes(in, out, context);
  constexpr std::string_view others[] = {
      "aws",   "azure",     "consul",   "digitalocean", "docker",    "dockerswarm", "ec2",      "eureka",
      "gce",   "hetzner",   "ionos",    "kuma",         "lightsail", "linode",      "marathon", "nerve",
      "nomad", "openstack", "ovhcloud", "puppetdb",     "scaleway",  "serverset",   "stackit",  "triton",
      "uyuni", "vultr",     "xds",      "msk",          "ecs"};
  for (const std::string_view name : others)
    in.refuse(fmt::format("{}_sd_configs", name), "this service discovery is not supported");
}

void check_static_targets(Section& in, const DiscoveryConfig& discovery,
                          const std::vector<RelabelRule>& rules) {
  if (!rules.empty()) return;
  for (const TargetGroup& group : discovery.static_groups) {
    for (const Labels& target : group.targets) {
      const std::string_view address = target.get(address_label);
      if (address.find('/') != std::string_view::npos)
        in.report("static_configs", fmt::format("\"{}\" is not a valid hostname", address));
    }
  }
}

void read_relabel_rules(Section& in, std::string_view name, std::vector<RelabelRule>& out) {
  in.each(name, [&](Section& rule) {
    RelabelRule& read = out.emplace_back();
    std::string action = "replace";
    rule.texts("source_labels", read.source_labels);
    rule.text("separator", read.separator);
    rule.text("regex", read.regex);
    rule.count("modulus", read.modulus);
    rule.text("target_label", read.target_label);
    rule.text("replacement", read.replacement);
    rule.text("action", action);
    if (const auto parsed = parse_relabel_action(action)) {
      read.action = *parsed;
    } else {
      rule.report("action", parsed.error().message());
    }
    if (const auto prepared = prepare_rule(read); !prepared)
      rule.problem().report(rule.path(), fmt::format("{}: {}", rule.path(), prepared.error().message()));
  });
}

}  // namespace aloft::telemetry::scrape
