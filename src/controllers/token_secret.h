// Secrets of type kubernetes.io/service-account-token: each gets the certificate of the API and its
// namespace beside the token, which the API server writes itself, and goes when its account has gone.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

class TokenSecretController final : public client::Controller {
 public:
  // `cluster_ca`: PEM.
  explicit TokenSecretController(std::string cluster_ca) : cluster_ca_(std::move(cluster_ca)) {}
  std::string_view name() const override { return "tokens-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  std::string cluster_ca_;
};

}  // namespace aloft::controllers
