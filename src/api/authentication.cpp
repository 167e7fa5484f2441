// Certificates, static tokens and JSON Web Tokens of service accounts.
#include "api/authentication.h"

#include "api/registry.h"
#include "api/text_query.h"
#include "base/bytes.h"
#include "http/tls.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

// One line of comma-separated values; quoted fields may hold commas, "" stands for a quote.
Result<std::vector<std::string>> split_csv(std::string_view line, std::size_t number) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        fields.back() += c;
      }
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return fail(Code::invalid, fmt::format("token file: line {}: a quote is not closed", number));
  for (std::string& field : fields) {
    while (!field.empty() && field.front() == ' ') field.erase(0, 1);
    while (!field.empty() && (field.back() == ' ' || field.back() == '\r')) field.pop_back();
  }
  return fields;
}

std::vector<std::string> split_groups(std::string_view text) {
  std::vector<std::string> groups;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const auto group = text.substr(0, comma); !group.empty()) groups.emplace_back(group);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return groups;
}

std::unexpected<Error> unauthorized() { return fail(Code::unauthorized, "Unauthorized"); }

std::int64_t to_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.since_epoch).count();
}
WallTime from_seconds(std::int64_t seconds) { return {std::chrono::seconds(seconds)}; }

User user_of(const ServiceAccountClaims& claims) {
  User user;
  user.name = fmt::format("system:serviceaccount:{}:{}", claims.ns, claims.name);
  user.uid = claims.uid;
  user.groups = {"system:serviceaccounts", "system:serviceaccounts:" + claims.ns, "system:authenticated"};
  if (!claims.id.empty()) user.extra["authentication.kubernetes.io/credential-id"] = {"JTI=" + claims.id};
  if (!claims.pod_name.empty()) {
    user.extra["authentication.kubernetes.io/pod-name"] = {claims.pod_name};
    user.extra["authentication.kubernetes.io/pod-uid"] = {claims.pod_uid};
  }
  if (!claims.node_name.empty()) {
    user.extra["authentication.kubernetes.io/node-name"] = {claims.node_name};
    if (!claims.node_uid.empty()) user.extra["authentication.kubernetes.io/node-uid"] = {claims.node_uid};
  }
  return user;
}

}  // namespace

Result<StaticTokens> StaticTokens::parse(std::string_view csv) {
  StaticTokens tokens;
  std::size_t number = 0;
  while (!csv.empty()) {
    ++number;
    const std::size_t end = csv.find('\n');
    const std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    TRY(fields, split_csv(line, number));
    if (fields.size() < 3) {
      return fail(Code::invalid,
                  fmt::format("token file: line {}: expected token,user,uid[,groups], got {} fields", number,
                              fields.size()));
    }
    if (fields[0].empty())
      return fail(Code::invalid, fmt::format("token file: line {}: the token is empty", number));
    User user;
    user.name = fields[1];
    user.uid = fields[2];
    if (fields.size() > 3) user.groups = split_groups(fields[3]);
    user.groups.emplace_back("system:authenticated");
    tokens.add(fields[0], std::move(user));
  }
  return tokens;
}

void StaticTokens::add(std::string_view token, User user) {
  by_hash_.emplace_back(http::sha256(token), std::move(user));
}

std::optional<User> StaticTokens::find(std::string_view token) const {
  const std::string hash = http::sha256(token);
  for (const auto& [known, user] : by_hash_) {
    if (http::equal_in_constant_time(known, hash)) return user;
  }
  return std::nullopt;
}

Result<ServiceAccountTokens> ServiceAccountTokens::with_key(std::string private_key_pem) {
  ServiceAccountTokens tokens;
  TRY(public_key, http::public_key_of(private_key_pem));
  tokens.public_key_ = std::move(public_key);
  tokens.private_key_ = std::move(private_key_pem);
  tokens.key_id_ = base64url_encode(http::sha256(tokens.public_key_));
  return tokens;
}

Result<std::string> ServiceAccountTokens::issue(const ServiceAccountClaims& claims) const {
  const model::Object header{{"alg", "ES256"}, {"kid", key_id_}};
  model::Object about{{"namespace", claims.ns}};
  if (!claims.node_name.empty()) {
    model::Object node{{"name", claims.node_name}};
    if (!claims.node_uid.empty()) node.append("uid", claims.node_uid);
    about.append("node", std::move(node));
  }
  if (!claims.pod_name.empty())
    about.append("pod", model::Object{{"name", claims.pod_name}, {"uid", claims.pod_uid}});
  if (!claims.secret_name.empty())
    about.append("secret", model::Object{{"name", claims.secret_name}, {"uid", claims.secret_uid}});
  about.append("serviceaccount", model::Object{{"name", claims.name}, {"uid", claims.uid}});
  model::Array audiences;
  for (const std::string& audience : claims.audiences) audiences.emplace_back(audience);
  model::Object payload{{"aud", std::move(audiences)},
                        {"exp", to_seconds(claims.expires_at)},
                        {"iat", to_seconds(claims.issued_at)},
                        {"iss", issuer},
                        {"jti", claims.id},
                        {"kubernetes.io", std::move(about)},
                        {"nbf", to_seconds(claims.issued_at)},
                        {"sub", fmt::format("system:serviceaccount:{}:{}", claims.ns, claims.name)}};
  const std::string signing_input = base64url_encode(model::to_json(model::Value(header))) + "." +
                                    base64url_encode(model::to_json(model::Value(std::move(payload))));
  TRY(signature, http::sign_es256(private_key_, signing_input));
  return signing_input + "." + base64url_encode(signature);
}

Result<ServiceAccountClaims> ServiceAccountTokens::verify(std::string_view token, WallTime now) const {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return unauthorized();
  std::string signature;
  std::string payload_text;
  if (!base64url_decode(token.substr(second + 1), signature)) return unauthorized();
  if (!base64url_decode(token.substr(first + 1, second - first - 1), payload_text)) return unauthorized();
  if (!http::verify_es256(public_key_, token.substr(0, second), signature)) return unauthorized();
  auto payload = model::parse_json(payload_text);
  if (!payload || payload->text_at("iss") != issuer) return unauthorized();
  const model::Value* expires = payload->at("exp");
  const model::Value* begins = payload->at("nbf");
  if (expires == nullptr || !expires->is_int() || begins == nullptr || !begins->is_int())
    return unauthorized();
  ServiceAccountClaims claims;
  claims.expires_at = from_seconds(expires->as_int());
  claims.issued_at = from_seconds(begins->as_int());
  // A minute of grace for clocks that differ.
  if (now >= claims.expires_at || now + 60s < claims.issued_at) return unauthorized();
  claims.ns = payload->text_at("kubernetes.io", "namespace");
  claims.name = payload->text_at("kubernetes.io", "serviceaccount", "name");
  claims.uid = payload->text_at("kubernetes.io", "serviceaccount", "uid");
  claims.pod_name = payload->text_at("kubernetes.io", "pod", "name");
  claims.pod_uid = payload->text_at("kubernetes.io", "pod", "uid");
  claims.secret_name = payload->text_at("kubernetes.io", "secret", "name");
  claims.secret_uid = payload->text_at("kubernetes.io", "secret", "uid");
  claims.node_name = payload->text_at("kubernetes.io", "node", "name");
  claims.node_uid = payload->text_at("kubernetes.io", "node", "uid");
  claims.id = payload->text_at("jti");
  if (const model::Value* audiences = payload->at("aud"); audiences != nullptr && audiences->is_array()) {
    for (const model::Value& audience : audiences->as_array()) {
      if (const std::string* text = audience.if_string()) claims.audiences.push_back(*text);
    }
  }
  return claims;
}

std::string ServiceAccountTokens::configuration() {
  return model::to_json(model::Value(
      model::Object{{"issuer", issuer},
                    {"jwks_uri", fmt::format("{}/openid/v1/jwks", issuer)},
                    {"response_types_supported", model::Array{model::Value("id_token")}},
                    {"subject_types_supported", model::Array{model::Value("public")}},
                    {"id_token_signing_alg_values_supported", model::Array{model::Value("ES256")}}}));
}

std::string ServiceAccountTokens::key_set() const {
  auto point = http::public_point_of(public_key_);
  model::Array keys;
  if (point) {
    keys.emplace_back(model::Object{{"use", "sig"},
                                    {"kty", "EC"},
                                    {"kid", key_id_},
                                    {"crv", "P-256"},
                                    {"alg", "ES256"},
                                    {"x", base64url_encode(point->substr(0, 32))},
                                    {"y", base64url_encode(point->substr(32))}});
  }
  return model::to_json(model::Value(model::Object{{"keys", std::move(keys)}}));
}

Authentication::Authentication(const Registry& registry, const Clock& clock, StaticTokens tokens,
                               std::optional<ServiceAccountTokens> accounts)
    : registry_(registry), clock_(clock), tokens_(std::move(tokens)), accounts_(std::move(accounts)) {}

Result<User> Authentication::authenticate(const http::Headers& headers,
                                          const http::PeerCertificate* certificate) const {
  if (certificate != nullptr && !certificate->common_name.empty()) {
    User user;
    user.name = certificate->common_name;
    user.groups = certificate->organizations;
    user.groups.emplace_back("system:authenticated");
    return user;
  }
  const std::string_view header = headers.get("Authorization");
  constexpr std::string_view scheme = "Bearer ";
  if (header.size() > scheme.size() && http::equal_without_case(header.substr(0, scheme.size()), scheme)) {
    return authenticate_token(header.substr(scheme.size()), {});
  }
  return unauthorized();
}

Result<User> Authentication::authenticate_token(std::string_view token,
                                                const std::vector<std::string>& audiences) const {
  while (!token.empty() && token.front() == ' ') token.remove_prefix(1);
  if (auto user = tokens_.find(token)) return *user;
  if (!accounts_) return unauthorized();
  auto claims = accounts_->verify(token, clock_.wall());
  if (!claims) return unauthorized();
  bool meant_for_us = false;
  for (const std::string& audience : claims->audiences) {
    meant_for_us =
        meant_for_us || (audiences.empty() ? audience == ServiceAccountTokens::issuer ||
                                                 audience == "https://kubernetes.default.svc"
                                           : std::ranges::find(audiences, audience) != audiences.end());
  }
  if (!meant_for_us) return unauthorized();
  // A token dies with its account and with the pod or the secret it was made for.
  const auto alive = [&](std::string_view plural, const std::string& name, const std::string& uid) {
    const auto entry = registry_.store().get(fmt::format("/core/{}/{}/{}", plural, claims->ns, name));
    return entry && find_text(entry->value.view(), "metadata.uid") == uid;
  };
  if (!alive("serviceaccounts", claims->name, claims->uid)) return unauthorized();
  if (!claims->pod_name.empty() && !alive("pods", claims->pod_name, claims->pod_uid)) return unauthorized();
  if (!claims->secret_name.empty() && !alive("secrets", claims->secret_name, claims->secret_uid))
    return unauthorized();
  return user_of(*claims);
}

}  // namespace aloft::api
