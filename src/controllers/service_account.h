// Gives every namespace what its pods need to talk to the API: the ServiceAccount "default" and the ConfigMap
// kube-root-ca.crt with the certificate by which they know the server.
#pragma once

#include <string>

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads Namespaces, ServiceAccounts and ConfigMaps, writes the latter two. Keys are Namespaces. Lives on the
// loop of its runner.
class ServiceAccountController final : public client::Controller {
 public:
  // `cluster_ca`: PEM.
  explicit ServiceAccountController(std::string cluster_ca) : cluster_ca_(std::move(cluster_ca)) {}
  std::string_view name() const override { return "serviceaccount-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  std::string cluster_ca_;
};

}  // namespace aloft::controllers
