// Keys and certificates on disk.
#include "app/cluster_keys.h"

#include <arpa/inet.h>

#include "base/bytes.h"
#include "io/file.h"

namespace aloft::app {
namespace {

constexpr Duration authority_lifetime = 24h * 3650;
constexpr Duration leaf_lifetime = 24h * 365;
// A leaf with less than this left is made anew at start.
constexpr Duration renewal_margin = 24h * 30;

bool is_address(const std::string& host) {
  in6_addr scratch{};
  return inet_pton(AF_INET, host.c_str(), &scratch) == 1 || inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
}

Result<std::string> read_or_empty(const std::string& path) {
  auto text = io::read_file(path);
  if (!text && text.error().code() == Code::not_found) return std::string();
  return text;
}

Result<http::KeyPair> read_pair(const DataDirectory& directory, std::string_view name) {
  http::KeyPair pair;
  TRY(certificate, read_or_empty(fmt::format("{}/{}.crt", directory.keys(), name)));
  TRY(key, read_or_empty(fmt::format("{}/{}.key", directory.keys(), name)));
  pair.certificate_pem = std::move(certificate);
  pair.private_key_pem = std::move(key);
  return pair;
}

Result<> write_pair(const DataDirectory& directory, std::string_view name, const http::KeyPair& pair) {
  TRY_DO(io::write_file(fmt::format("{}/{}.key", directory.keys(), name), pair.private_key_pem, 0600));
  return io::write_file(fmt::format("{}/{}.crt", directory.keys(), name), pair.certificate_pem, 0644);
}

bool covers(const http::CertificateFacts& facts, const http::CertificateRequest& request) {
  const auto has_all = [](const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
    return std::ranges::all_of(
        wanted, [&](const std::string& one) { return std::ranges::find(held, one) != held.end(); });
  };
  return facts.common_name == request.common_name && has_all(facts.dns_names, request.dns_names) &&
         has_all(facts.ip_addresses, request.ip_addresses) &&
         has_all(facts.organizations, request.organizations);
}

Result<http::KeyPair> prepare_leaf(const DataDirectory& directory, std::string_view name,
                                   const http::KeyPair& authority, bool authority_is_new,
                                   const http::CertificateRequest& request, WallTime now) {
  TRY(pair, read_pair(directory, name));
  if (!authority_is_new && !pair.certificate_pem.empty() && !pair.private_key_pem.empty()) {
    const auto facts = http::read_certificate(pair.certificate_pem);
    if (facts && facts->not_after - now > renewal_margin && covers(*facts, request)) return pair;
  }
  TRY(made, http::issue_certificate(authority, request, now));
  TRY_DO(write_pair(directory, name, made));
  return made;
}

http::CertificateRequest client_request(std::string name, std::vector<std::string> groups) {
  http::CertificateRequest request;
  request.common_name = std::move(name);
  request.organizations = std::move(groups);
  request.client = true;
  request.valid_for = leaf_lifetime;
  return request;
}

http::CertificateRequest server_request(std::string name, const std::vector<std::string>& hosts) {
  http::CertificateRequest request;
  request.common_name = std::move(name);
  for (const std::string& host : hosts) {
    auto& list = is_address(host) ? request.ip_addresses : request.dns_names;
    if (std::ranges::find(list, host) == list.end()) list.push_back(host);
  }
  request.server = true;
  request.valid_for = leaf_lifetime;
  return request;
}

}  // namespace

Result<ClusterKeys> prepare_keys(const DataDirectory& directory, const std::vector<std::string>& hosts,
                                 const std::string& node_name, WallTime now) {
  ClusterKeys keys;
  TRY(authority, read_pair(directory, "ca"));
  const bool fresh = authority.certificate_pem.empty() || authority.private_key_pem.empty();
  if (fresh) {
    TRY(made, http::make_authority("aloft", now, authority_lifetime));
    TRY_DO(write_pair(directory, "ca", made));
    authority = std::move(made);
  }
  TRY(server, prepare_leaf(directory, "server", authority, fresh, server_request("aloft-api", hosts), now));
  TRY(administrator,
      prepare_leaf(directory, "admin", authority, fresh, client_request("admin", {"system:masters"}), now));
  TRY(agent_client, prepare_leaf(directory, "api-client", authority, fresh,
                                 client_request("aloft-api-client", {"system:masters"}), now));
  http::CertificateRequest agent =
      server_request("system:node:" + node_name, {node_name, "127.0.0.1", "localhost"});
  agent.organizations = {"system:nodes"};
  agent.client = true;
  TRY(agent_server, prepare_leaf(directory, "agent", authority, fresh, agent, now));
  const std::string key_path = directory.keys() + "/service-account.key";
  TRY(account_key, read_or_empty(key_path));
  if (account_key.empty()) {
    TRY(made, http::make_private_key());
    TRY_DO(io::write_file(key_path, made, 0600));
    account_key = std::move(made);
  }
  keys.authority = std::move(authority);
  keys.server = std::move(server);
  keys.administrator = std::move(administrator);
  keys.agent_client = std::move(agent_client);
  keys.agent_server = std::move(agent_server);
  keys.service_account_key = std::move(account_key);
  return keys;
}

std::string make_kubeconfig(const std::string& server_url, const ClusterKeys& keys) {
  return fmt::format(
      "apiVersion: v1\n"
      "kind: Config\n"
      "clusters:\n"
      "- name: aloft\n"
      "  cluster:\n"
      "    server: {}\n"
      "    certificate-authority-data: {}\n"
      "contexts:\n"
      "- name: aloft\n"
      "  context:\n"
      "    cluster: aloft\n"
      "    user: admin\n"
      "current-context: aloft\n"
      "preferences: {{}}\n"
      "users:\n"
      "- name: admin\n"
      "  user:\n"
      "    client-certificate-data: {}\n"
      "    client-key-data: {}\n",
      server_url, base64_encode(keys.authority.certificate_pem),
      base64_encode(keys.administrator.certificate_pem), base64_encode(keys.administrator.private_key_pem));
}

}  // namespace aloft::app
