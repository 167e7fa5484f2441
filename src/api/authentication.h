// Who sends a request: a client certificate, a token from the static file, or a service account's token.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/user.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace aloft::api {

class Registry;

// Tokens read from a file: `token,user,uid,"group1,group2"` per line (upstream's --token-auth-file).
class StaticTokens {
 public:
  StaticTokens() = default;
  // Error: invalid, naming the line but never its token.
  static Result<StaticTokens> parse(std::string_view csv);
  void add(std::string_view token, User user);
  std::optional<User> find(std::string_view token) const;

 private:
  // By the token's hash, so that look-up time says nothing about a token.
  std::vector<std::pair<std::string, User>> by_hash_;
};

// What a service account's token says.
struct ServiceAccountClaims {
  std::string ns;
  std::string name;
  std::string uid;
  std::vector<std::string> audiences;
  WallTime issued_at;
  WallTime expires_at;
  std::string pod_name;  // when bound to a pod
  std::string pod_uid;
  std::string secret_name;  // when bound to a secret
  std::string secret_uid;
  std::string node_name;  // of that pod, when it has one
  std::string node_uid;
  std::string id;  // jti
};

// Makes and checks JSON Web Tokens for service accounts (ES256).
class ServiceAccountTokens {
 public:
  static constexpr std::string_view issuer = "https://kubernetes.default.svc.cluster.local";
  // The key is PEM, P-256, secret.
  static Result<ServiceAccountTokens> with_key(std::string private_key_pem);
  Result<std::string> issue(const ServiceAccountClaims& claims) const;
  // Signature, issuer and times; not whether the account still exists.
  Result<ServiceAccountClaims> verify(std::string_view token, WallTime now) const;
  // OpenID discovery document, as served at /.well-known/openid-configuration.
  static std::string configuration();
  // JSON Web Key Set of the public key, as served at /openid/v1/jwks.
  std::string key_set() const;

 private:
  std::string private_key_;
  std::string public_key_;
  std::string key_id_;
};

// Lives on the API's loop.
class Authentication {
 public:
  Authentication(const Registry& registry, const Clock& clock, StaticTokens tokens,
                 std::optional<ServiceAccountTokens> accounts);
  // Error: unauthorized. A client that shows both a certificate and a token is judged by the certificate.
  Result<User> authenticate(const http::Headers& headers, const http::PeerCertificate* certificate) const;
  // For TokenReview: the user of a token, if it is good for one of the audiences (any, when empty).
  Result<User> authenticate_token(std::string_view token, const std::vector<std::string>& audiences) const;
  const std::optional<ServiceAccountTokens>& accounts() const { return accounts_; }

 private:
  const Registry& registry_;
  const Clock& clock_;
  StaticTokens tokens_;
  std::optional<ServiceAccountTokens> accounts_;
};

}  // namespace aloft::api
