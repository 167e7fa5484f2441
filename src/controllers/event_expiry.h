// Removes events some time after they last happened, so that history does not fill the store.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads and removes Events. Keys are Events. Lives on the loop of its runner.
class EventExpiryController final : public client::Controller {
 public:
  explicit EventExpiryController(Duration keep = 1h) : keep_(keep) {}
  std::string_view name() const override { return "event-expiry-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  Duration keep_;
};

}  // namespace aloft::controllers
