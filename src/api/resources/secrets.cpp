// Secrets: stringData is a convenience of writers that never reaches the store, and those of type
// service-account-token get a token that lasts as long as they do.
#include "api/authentication.h"
#include "api/registry.h"
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service_account.h"

namespace aloft::api {
namespace {

using core::v1::Secret;

// The longest that upstream signs for.
constexpr std::chrono::seconds longest_token{std::int64_t{1} << 32};

void fold_string_data(core::v1::Secret& secret) {
  for (auto& [key, text] : secret.stringData) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    secret.data[key] = std::vector<std::byte>(bytes.begin(), bytes.end());
  }
  secret.stringData.clear();
}

void put_text(Secret& secret, const std::string& key, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  secret.data[key] = std::vector<std::byte>(bytes.begin(), bytes.end());
}

// Where the account does not exist yet, the controller of such secrets comes back once it does.
Result<> fill_token(RuleContext& rules, const ServiceAccountTokens& tokens, Secret& secret) {
  // A name that is still to be generated is not known yet; the controller comes back for it, too.
  if (secret.type != core::v1::account_token_type || secret.metadata.name.empty() ||
      secret.data.contains("token"))
    return {};
  auto& annotations = secret.metadata.annotations;
  const auto named = annotations.find(core::v1::account_name_annotation);
  if (named == annotations.end()) return {};
  const auto account =
      rules.registry.get_as<core::v1::ServiceAccount>(secret.metadata.namespace_, named->second);
  if (!account) return {};
  std::string& uid = annotations[core::v1::account_uid_annotation];
  if (uid.empty()) uid = (*account)->metadata.uid;
  if (uid != (*account)->metadata.uid) return {};
  ServiceAccountClaims claims;
  claims.ns = secret.metadata.namespace_;
  claims.name = named->second;
  claims.uid = uid;
  claims.audiences = {std::string(ServiceAccountTokens::issuer)};
  claims.issued_at = rules.now;
  claims.expires_at = rules.now + longest_token;
  claims.secret_name = secret.metadata.name;
  claims.secret_uid = secret.metadata.uid;
  claims.id = secret.metadata.uid;
  TRY(token, tokens.issue(claims));
  put_text(secret, "token", token);
  put_text(secret, "namespace", secret.metadata.namespace_);
  return {};
}

}  // namespace

std::unique_ptr<Resource> secrets(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<core::v1::Secret>(), services);
  resource->prepare_create = [](void* object) { fold_string_data(*static_cast<core::v1::Secret*>(object)); };
  resource->prepare_update = [](void* next, const void*) {
    fold_string_data(*static_cast<core::v1::Secret*>(next));
  };
  if (services.tokens == nullptr) return resource;
  resource->admit_create = [tokens = services.tokens](RuleContext& rules, void* object) {
    return fill_token(rules, *tokens, *static_cast<Secret*>(object));
  };
  resource->admit_update = [tokens = services.tokens](RuleContext& rules, void* next, const void*) {
    return fill_token(rules, *tokens, *static_cast<Secret*>(next));
  };
  return resource;
}

}  // namespace aloft::api
