// What every cluster has: its first namespaces, the Services by which pods reach what the cluster itself
// serves ("kubernetes", which is the API, and others), and the priority classes of system pods.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "client/client.h"
#include "client/reconcile.h"

namespace aloft::controllers {

// A Service without a selector: its endpoints are ports of this machine.
struct OwnService {
  struct Port {
    std::string name;
    std::int32_t port = 0;    // of the Service
    std::int32_t target = 0;  // where it is served
  };
  std::string ns;
  std::string name;
  std::map<std::string, std::string> labels;
  std::string cluster_ip;  // empty: any
  std::string ip;          // where it is served; loopback is refused by validation; empty: nowhere yet
  std::vector<Port> ports;
};

struct DefaultObjectsSettings {
  std::string service_ip = "10.96.0.1";  // of default/kubernetes, within the range of service addresses
  std::string api_ip;                    // where pods reach the API server; loopback is refused by validation
  std::int32_t api_port = 6443;
  std::vector<OwnService> further;  // beside default/kubernetes
};

// Creates what is missing, before the first client is served. Errors: the client's, but for already_exists.
io::Task<Result<>> create_default_objects(client::Client& client, DefaultObjectsSettings settings);

// Brings them back when they are deleted, and keeps the ports and endpoints of these Services right. One key
// for all. Lives on the loop of its runner.
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
