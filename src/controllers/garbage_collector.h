// Removes objects whose owners are gone, and holds owners that shall go last until their dependants have
// gone.
#pragma once

#include <vector>

#include "client/reconcile.h"
#include "model/kind.h"

namespace aloft::controllers {

// Works over the metadata of every kind handed in. A key is an object of any kind: its namespace, and
// "resource.group|name" as the name. Lives on the loop of its runner.
class GarbageCollector final : public client::Controller {
 public:
  // `kinds`: every resource that is stored, kinds that share a storage once, but events.
  explicit GarbageCollector(std::vector<const model::KindInfo*> kinds) : kinds_(std::move(kinds)) {}
  std::string_view name() const override { return "garbage-collector-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

  // The key that stands for an object.
  static client::ObjectKey key_of(const model::KindInfo& kind, const client::ObjectKey& object);

 private:
  std::vector<const model::KindInfo*> kinds_;
};

}  // namespace aloft::controllers
