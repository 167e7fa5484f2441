// The finalizer "kubernetes" holds a namespace until nothing is left in it; conditions tell what it waits
// for.
#include "controllers/namespace.h"

#include "controllers/owners.h"
#include "model/kinds/core/v1/namespace.h"

namespace aloft::controllers {
namespace {

using client::Plan;
using client::World;
using core::v1::Namespace;
using core::v1::NamespaceCondition;

constexpr std::string_view finalizer = "kubernetes";
// As many objects go in one plan; the notices of their removal bring the next.
constexpr std::size_t most_removed_at_once = 500;
// An object may have been admitted just before the namespace began to end; caches show it within this time.
constexpr Duration settling_time = 1s;

struct Remains {
  std::map<std::string, std::size_t> objects;     // "pods." -> how many
  std::map<std::string, std::size_t> finalizers;  // name -> on how many objects
};

void note_condition(Namespace& space, std::string type, bool status, std::string reason, std::string message,
                    WallTime now) {
  NamespaceCondition condition;
  condition.type = std::move(type);
  condition.status = status ? "True" : "False";
  condition.lastTransitionTime = now;
  condition.reason = std::move(reason);
  condition.message = std::move(message);
  const auto found = std::ranges::find(space.status.conditions, condition.type, &NamespaceCondition::type);
  if (found == space.status.conditions.end()) {
    space.status.conditions.push_back(std::move(condition));
    return;
  }
  if (found->status == condition.status) condition.lastTransitionTime = found->lastTransitionTime;
  *found = std::move(condition);
}

std::string list_counts(const std::map<std::string, std::size_t>& counts, std::string_view words) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, fmt::format(fmt::runtime(words), count));
  }
  return text;
}

// Upstream's five conditions, by which people and clients learn what a namespace waits for.
void set_conditions(Namespace& space, const Remains& remains, WallTime now) {
  note_condition(space, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                 "All resources successfully discovered", now);
  note_condition(space, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                 "All legacy kube types successfully parsed", now);
  note_condition(space, "NamespaceDeletionContentFailure", false, "ContentDeleted",
                 "All content successfully deleted, may be waiting on finalization", now);
  if (remains.objects.empty()) {
    note_condition(space, "NamespaceContentRemaining", false, "ContentRemoved",
                   "All content successfully removed", now);
  } else {
    note_condition(
        space, "NamespaceContentRemaining", true, "SomeResourcesRemain",
        "Some resources are remaining: " + list_counts(remains.objects, "has {} resource instances"), now);
  }
  if (remains.finalizers.empty()) {
    note_condition(space, "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
                   "All content-preserving finalizers finished", now);
  } else {
    note_condition(space, "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
                   "Some content in the namespace has finalizers remaining: " +
                       list_counts(remains.finalizers, "in {} resource instances"),
                   now);
  }
}

void remove_content(const World& world, const model::KindInfo& kind, const std::string& ns, Remains& remains,
                    Plan& plan) {
  for (const auto& object : world.informer(*kind.type).in_namespace(ns)) {
    const meta::v1::ObjectMeta& metadata = metadata_of(object);
    ++remains.objects[fmt::format("{}.{}", kind.plural, kind.group)];
    for (const std::string& name : metadata.finalizers) ++remains.finalizers[name];
    if (metadata.deletionTimestamp || plan.changes.size() >= most_removed_at_once) continue;
    plan.changes.push_back(remove_object(kind, metadata, "Background"));
  }
}

client::Source content_source(const model::KindInfo& kind) {
  client::Source source;
  source.type = kind.type;
  source.keys = [](const World& world, const client::Notice& notice) {
    std::vector<client::ObjectKey> keys;
    client::ObjectKey key("", notice.key.ns);
    const auto space = world.get<Namespace>(key);
    if (space != nullptr && space->metadata.deletionTimestamp) keys.push_back(std::move(key));
    return keys;
  };
  return source;
}

}  // namespace

std::vector<client::Source> NamespaceController::sources() const {
  std::vector<client::Source> sources;
  sources.push_back(client::own_source(model::type_info<Namespace>()));
  for (const model::KindInfo* kind : content_) sources.push_back(content_source(*kind));
  return sources;
}

Result<Plan> NamespaceController::plan(const World& world, const client::ObjectKey& key) {
  Plan plan;
  const auto space = world.get<Namespace>(key);
  if (space == nullptr || !space->metadata.deletionTimestamp) return plan;
  if (std::ranges::find(space->spec.finalizers, finalizer) == space->spec.finalizers.end()) return plan;

  Remains remains;
  for (const model::KindInfo* kind : content_) remove_content(world, *kind, key.name, remains, plan);
  if (!remains.objects.empty()) {
    Namespace next = *space;
    set_conditions(next, remains, world.now());
    if (next.status != space->status) plan.changes.push_back(client::update_change(next, "status"));
    return plan;
  }
  const Duration settled = world.now() - space->metadata.deletionTimestamp->time();
  if (settled < settling_time) {
    plan.again = settling_time - settled;
    return plan;
  }
  Namespace next = *space;
  std::erase(next.spec.finalizers, finalizer);
  plan.changes.push_back(client::update_change(next, "finalize"));
  return plan;
}

}  // namespace aloft::controllers
