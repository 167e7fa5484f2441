// Empties namespaces that are being deleted and then lets them go.
#pragma once

#include <vector>

#include "client/reconcile.h"
#include "model/kind.h"

namespace aloft::controllers {

// Reads Namespaces and every kind handed in; removes their objects, writes Namespaces. Keys are Namespaces.
// Lives on the loop of its runner.
class NamespaceController final : public client::Controller {
 public:
  // `content`: every namespaced resource that is stored; kinds that share a storage once.
  explicit NamespaceController(std::vector<const model::KindInfo*> content) : content_(std::move(content)) {}
  std::string_view name() const override { return "namespace-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  std::vector<const model::KindInfo*> content_;
};

}  // namespace aloft::controllers
