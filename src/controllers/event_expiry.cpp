// An event lives as long as it is repeated, and `keep` longer.
#include "controllers/event_expiry.h"

#include "controllers/owners.h"
#include "model/kinds/core/v1/event.h"

namespace aloft::controllers {
namespace {

using core::v1::Event;

std::optional<WallTime> last_time(const Event& event) {
  model::Timestamp last = event.metadata.creationTimestamp;
  last = std::max(last, event.lastTimestamp);
  last = std::max(last, model::Timestamp(event.eventTime));
  if (event.series) last = std::max(last, model::Timestamp(event.series->lastObservedTime));
  if (!last.is_set()) return std::nullopt;
  return last.time();
}

}  // namespace

std::vector<client::Source> EventExpiryController::sources() const {
  return {client::own_source(model::type_info<Event>())};
}

Result<client::Plan> EventExpiryController::plan(const client::World& world, const client::ObjectKey& key) {
  client::Plan plan;
  const auto event = world.get<Event>(key);
  if (event == nullptr) return plan;
  const auto last = last_time(*event);
  const Duration left = last ? *last + keep_ - world.now() : Duration::zero();
  if (left > Duration::zero()) {
    plan.again = left;
    return plan;
  }
  client::Change change = remove_object(client::kind_of(model::type_info<Event>()), event->metadata);
  // One that happens again at this moment stays.
  change.delete_options.resource_version = event->metadata.resourceVersion;
  plan.changes.push_back(std::move(change));
  return plan;
}

}  // namespace aloft::controllers
