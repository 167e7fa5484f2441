// What every cluster has: its first namespaces, the Service "kubernetes" by which pods reach the API, and the
// priority classes of system pods.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/reconcile.h"

namespace aloft::controllers {

struct DefaultObjectsSettings {
  std::string service_ip = "10.96.0.1";  // of default/kubernetes, within the range of service addresses
  std::string api_ip;                    // where pods reach the API server; loopback is refused by validation
  std::int32_t api_port = 6443;
};

// Creates what is missing, before the first client is served. Errors: the client's, but for already_exists.
io::Task<Result<>> create_default_objects(client::Client& client, DefaultObjectsSettings settings);

// Brings them back when they are deleted, and keeps the endpoints of default/kubernetes right. One key for
// all. Lives on the loop of its runner.
class DefaultObjectsController final : public client::Controller {
 public:
  explicit DefaultObjectsController(DefaultObjectsSettings settings) : settings_(std::move(settings)) {}
  std::string_view name() const override { return "default-objects-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  DefaultObjectsSettings settings_;
};

}  // namespace aloft::controllers
