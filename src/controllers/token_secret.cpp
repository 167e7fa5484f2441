// The account decides: while it lives its secrets are completed, and they do not outlive it.
#include "controllers/token_secret.h"

#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service_account.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::Secret;
using core::v1::ServiceAccount;

// A manifest may name the secret before its account, and caches are told of the two one after the other.
constexpr Duration account_awaited = 10s;

std::string annotation(const Secret& secret, const char* name) {
  const auto found = secret.metadata.annotations.find(name);
  return found == secret.metadata.annotations.end() ? std::string() : found->second;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

// The secrets of an account.
std::vector<ObjectKey> secrets_of(const World& world, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  for (const auto& secret : world.list<Secret>(notice.key.ns)) {
    if (secret->type == core::v1::account_token_type &&
        annotation(*secret, core::v1::account_name_annotation) == notice.key.name)
      keys.emplace_back(notice.key.ns, secret->metadata.name);
  }
  return keys;
}

Plan without_account(const World& world, const ObjectKey& key, const Secret& secret) {
  Plan plan;
  const model::Timestamp& made = secret.metadata.creationTimestamp;
  if (made.is_set() && world.now() < made.time() + account_awaited) {
    plan.again = account_awaited;
    return plan;
  }
  client::DeleteOptions options;
  options.uid = secret.metadata.uid;
  plan.changes.push_back(client::remove_change<Secret>(key, std::move(options)));
  return plan;
}

}  // namespace

std::vector<client::Source> TokenSecretController::sources() const {
  client::Source accounts;
  accounts.type = &model::type_info<ServiceAccount>();
  accounts.keys = secrets_of;
  return {client::own_source(model::type_info<Secret>()), accounts};
}

Result<Plan> TokenSecretController::plan(const World& world, const ObjectKey& key) {
  const auto secret = world.get<Secret>(key);
  if (secret == nullptr || secret->type != core::v1::account_token_type || secret->metadata.deletionTimestamp)
    return Plan();
  const auto account =
      world.get<ServiceAccount>(ObjectKey(key.ns, annotation(*secret, core::v1::account_name_annotation)));
  const std::string uid = annotation(*secret, core::v1::account_uid_annotation);
  if (account == nullptr || (!uid.empty() && uid != account->metadata.uid))
    return without_account(world, key, *secret);
  Secret next = *secret;
  next.metadata.annotations[core::v1::account_uid_annotation] = account->metadata.uid;
  next.data["ca.crt"] = bytes_of(cluster_ca_);
  next.data["namespace"] = bytes_of(key.ns);
  Plan plan;
  if (next != *secret && !secret->immutable.value_or(false))
    plan.changes.push_back(client::update_change(next));
  return plan;
}

}  // namespace aloft::controllers
