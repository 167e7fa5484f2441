// Reading and choosing credentials, as kubelet's keyring does.
#include "node/registry_auth.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/bytes.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::node {
namespace {

constexpr std::string_view docker_config_type = "kubernetes.io/dockerconfigjson";
constexpr std::string_view config_key = ".dockerconfigjson";
constexpr std::string_view older_type = "kubernetes.io/dockercfg";
constexpr std::string_view older_key = ".dockercfg";
// Where images without a host come from, and the names under which people sign in there.
constexpr std::string_view usual_host = "docker.io";
constexpr std::string_view usual_names[] = {"docker.io", "index.docker.io", "registry-1.docker.io"};

std::string text_of(const model::Value& entry, std::string_view member) {
  return entry.is_object() ? std::string(entry.text_at(member)) : std::string();
}

// "https://index.docker.io/v1/" is the server "index.docker.io".
std::string server_of(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  while (text.ends_with('/')) text.remove_suffix(1);
  for (const std::string_view version : {"/v1", "/v2"}) {
    if (text.ends_with(version)) text.remove_suffix(version.size());
  }
  return std::string(text);
}

Result<RegistryAuth> read_entry(std::string_view server, const model::Value& entry) {
  RegistryAuth auth;
  auth.server = server_of(server);
  auth.user = text_of(entry, "username");
  auth.password = text_of(entry, "password");
  auth.identity_token = text_of(entry, "identitytoken");
  const std::string both = text_of(entry, "auth");
  if (both.empty()) return auth;
  std::string decoded;
  if (!base64_decode(both, decoded)) return fail(Code::invalid, "an \"auth\" is not base64");
  const std::size_t colon = decoded.find(':');
  if (colon == std::string::npos) return fail(Code::invalid, "an \"auth\" is not USER:PASSWORD");
  auth.user = decoded.substr(0, colon);
  auth.password = decoded.substr(colon + 1);
  return auth;
}

struct Repository {
  std::string_view host;
  std::string_view path;
};
Repository split(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {text, {}};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

// The registry and path of an image, without tag and digest.
Repository place_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash))
    image = image.substr(0, colon);
  const Repository place = split(image);
  const bool has_host =
      place.path.data() != nullptr &&
      (place.host.find_first_of(".:") != std::string_view::npos || place.host == "localhost");
  return has_host ? place : Repository{usual_host, image};
}

bool host_fits(std::string_view pattern, std::string_view host) {
  const bool usual = std::ranges::find(usual_names, pattern) != std::end(usual_names);
  if (usual && std::ranges::find(usual_names, host) != std::end(usual_names)) return true;
  for (;;) {
    const std::size_t a = pattern.find('.');
    const std::size_t b = host.find('.');
    const std::string_view part = pattern.substr(0, a);
    const std::string_view theirs = host.substr(0, b);
    const std::size_t star = part.find('*');
    if (star == std::string_view::npos) {
      if (part != theirs) return false;
    } else {
      const std::string_view before = part.substr(0, star);
      const std::string_view after = part.substr(star + 1);
      if (theirs.size() < before.size() + after.size() || !theirs.starts_with(before) ||
          !theirs.ends_with(after)) {
        return false;
      }
    }
    if (a == std::string_view::npos || b == std::string_view::npos) return a == b;
    pattern.remove_prefix(a + 1);
    host.remove_prefix(b + 1);
  }
}

bool fits(const RegistryAuth& auth, const Repository& image) {
  const Repository server = split(auth.server);
  if (!host_fits(server.host, image.host)) return false;
  if (server.path.empty() || server.path == image.path) return true;
  return image.path.starts_with(server.path) && image.path[server.path.size()] == '/';
}

}  // namespace

Result<std::vector<RegistryAuth>> read_registry_auth(const core::v1::Secret& secret) {
  std::vector<RegistryAuth> all;
  const bool older = secret.type == older_type;
  if (!older && secret.type != docker_config_type) return all;
  const std::string_view key = older ? older_key : config_key;
  const std::string what =
      fmt::format("secret {}/{}: {}", secret.metadata.namespace_, secret.metadata.name, key);
  const auto found = secret.data.find(std::string(key));
  if (found == secret.data.end()) return fail(Code::invalid, what + ": is missing");
  const auto document = model::parse_json(as_text(found->second));
  // The parser's words could quote what must stay secret.
  if (!document || !document->is_object()) return fail(Code::invalid, what + ": is not a JSON object");
  const model::Value* auths = older ? &*document : document->at("auths");
  if (auths == nullptr || !auths->is_object()) return all;
  for (const auto& [server, entry] : auths->as_object()) {
    auto auth = read_entry(server, entry);
    if (!auth) return fail(Code::invalid, fmt::format("{}: {}: {}", what, server, auth.error().message()));
    all.push_back(std::move(*auth));
  }
  return all;
}

std::vector<RegistryAuth> auth_for_image(const std::vector<RegistryAuth>& all, std::string_view image) {
  const Repository place = place_of(image);
  // By the length of the path, then by the place in the list.
  std::multimap<std::size_t, const RegistryAuth*, std::greater<>> fitting;
  for (const RegistryAuth& auth : all) {
    if (fits(auth, place)) fitting.emplace(split(auth.server).path.size(), &auth);
  }
  std::vector<RegistryAuth> sorted;
  for (const auto& [length, auth] : fitting) sorted.push_back(*auth);
  return sorted;
}

}  // namespace aloft::node
