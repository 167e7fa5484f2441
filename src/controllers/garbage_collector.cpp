// An owner counts as absent when no object has its kind, name and uid. Before anything is removed for that,
// the server itself is asked: the caches of two kinds need not be of one age.
#include "controllers/garbage_collector.h"

#include "base/ensure.h"
#include "controllers/owners.h"

namespace aloft::controllers {
namespace {

using client::Change;
using client::Notice;
using client::ObjectKey;
using client::Plan;
using client::World;
using meta::v1::ObjectMeta;
using meta::v1::OwnerReference;
using Kinds = std::vector<const model::KindInfo*>;

constexpr std::string_view by_owner = "owner";
constexpr std::string_view orphan_finalizer = "orphan";
constexpr std::string_view foreground_finalizer = "foregroundDeletion";

std::string resource_name(const model::KindInfo& kind) {
  return fmt::format("{}.{}", kind.plural, kind.group);
}

bool has_finalizer(const ObjectMeta& metadata, std::string_view finalizer) {
  return std::ranges::find(metadata.finalizers, finalizer) != metadata.finalizers.end();
}

// Removed after its dependants.
bool waits_for_dependants(const ObjectMeta& metadata) {
  return metadata.deletionTimestamp.has_value() && has_finalizer(metadata, foreground_finalizer);
}

bool orphans_dependants(const ObjectMeta& metadata) {
  return metadata.deletionTimestamp.has_value() && has_finalizer(metadata, orphan_finalizer);
}

const model::KindInfo* kind_of_owner(const Kinds& kinds, const OwnerReference& owner) {
  const std::string_view version = owner.apiVersion;
  const std::size_t slash = version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
  const auto found = std::ranges::find_if(
      kinds, [&](const model::KindInfo* kind) { return kind->group == group && kind->kind == owner.kind; });
  return found == kinds.end() ? nullptr : *found;
}

ObjectKey key_of_owner(const model::KindInfo& kind, const OwnerReference& owner,
                       const ObjectMeta& dependant) {
  return ObjectKey(kind.namespaced ? dependant.namespace_ : std::string(), owner.name);
}

// An object that depends on another, and the kind it is of.
struct Dependant {
  const model::KindInfo* kind;
  std::shared_ptr<const void> object;
};

std::vector<Dependant> dependants_of(const World& world, const Kinds& kinds, std::string_view uid) {
  std::vector<Dependant> found;
  for (const model::KindInfo* kind : kinds) {
    for (auto& object : world.informer(*kind->type).by_index(by_owner, uid))
      found.push_back({kind, std::move(object)});
  }
  return found;
}

// One object in one plan.
class Collection {
 public:
  Collection(const World& world, const Kinds& kinds, const model::KindInfo& kind, const ObjectMeta& object)
      : world_(world), kinds_(kinds), kind_(kind), object_(object) {}

  Plan plan() {
    if (orphans_dependants(object_)) {
      release_dependants();
    } else if (waits_for_dependants(object_)) {
      wait_for_dependants();
    } else if (!object_.deletionTimestamp && !object_.ownerReferences.empty()) {
      judge_owners();
    }
    return std::move(plan_);
  }

 private:
  void drop_finalizer(std::string_view finalizer) {
    std::vector<std::string> finalizers = object_.finalizers;
    std::erase(finalizers, finalizer);
    plan_.changes.push_back(finalizers_change(kind_, object_, finalizers));
  }

  void release_dependants() {
    for (const Dependant& dependant : dependants_of(world_, kinds_, object_.uid)) {
      plan_.changes.push_back(release_change(*dependant.kind, metadata_of(dependant.object), object_.uid));
    }
    drop_finalizer(orphan_finalizer);
  }

  // Dependants remove themselves by their own plans; only those that say so hold the owner.
  void wait_for_dependants() {
    const auto dependants = dependants_of(world_, kinds_, object_.uid);
    const bool held = std::ranges::any_of(dependants, [&](const Dependant& dependant) {
      return std::ranges::any_of(
          metadata_of(dependant.object).ownerReferences, [&](const OwnerReference& owner) {
            return owner.uid == object_.uid && owner.blockOwnerDeletion.value_or(false);
          });
    });
    if (!held) drop_finalizer(foreground_finalizer);
  }

  void judge_owners() {
    std::vector<OwnerReference> remaining;
    bool any_waits = false;
    std::vector<Change> proofs;
    for (const OwnerReference& owner : object_.ownerReferences) {
      switch (judge(owner, proofs)) {
        case Verdict::solid:
          remaining.push_back(owner);
          break;
        case Verdict::waiting:
          any_waits = true;
          break;
        case Verdict::absent:
          break;
      }
    }
    if (remaining.size() == object_.ownerReferences.size()) return;
    plan_.changes = std::move(proofs);
    if (!remaining.empty()) {
      plan_.changes.push_back(owners_change(kind_, object_, remaining));
      return;
    }
    const bool has_own = !dependants_of(world_, kinds_, object_.uid).empty();
    std::string propagation = any_waits && has_own ? "Foreground" : "Background";
    if (has_finalizer(object_, foreground_finalizer)) propagation = "Foreground";
    if (has_finalizer(object_, orphan_finalizer) && !any_waits) propagation = "Orphan";
    if (any_waits && has_own) unblock_circle();
    Change change = remove_object(kind_, object_, std::move(propagation));
    change.delete_options.resource_version = object_.resourceVersion;
    plan_.changes.push_back(std::move(change));
  }

  // Objects that own each other would wait for each other for ever.
  void unblock_circle() {
    for (const Dependant& dependant : dependants_of(world_, kinds_, object_.uid)) {
      const ObjectMeta& metadata = metadata_of(dependant.object);
      if (!waits_for_dependants(metadata)) continue;
      std::vector<OwnerReference> owners = object_.ownerReferences;
      for (OwnerReference& owner : owners) owner.blockOwnerDeletion = false;
      if (owners == object_.ownerReferences) return;
      plan_.changes.push_back(owners_change(kind_, object_, owners));
      return;
    }
  }

  enum class Verdict { solid, waiting, absent };
  Verdict judge(const OwnerReference& owner, std::vector<Change>& proofs) {
    const model::KindInfo* kind = kind_of_owner(kinds_, owner);
    // Nobody can say whether an owner of an unknown kind exists.
    if (kind == nullptr) return Verdict::solid;
    if (kind->namespaced && object_.namespace_.empty()) {
      report(*kind, owner, "");
      return Verdict::solid;
    }
    const ObjectKey key = key_of_owner(*kind, owner, object_);
    const auto found = world_.informer(*kind->type).get(key);
    if (found != nullptr && metadata_of(found).uid == owner.uid) {
      return waits_for_dependants(metadata_of(found)) ? Verdict::waiting : Verdict::solid;
    }
    if (kind->namespaced) look_elsewhere(*kind, owner);
    Change proof;
    proof.verb = Change::Verb::verify_absent;
    proof.resource = client::resource_of(*kind);
    proof.key = key;
    proof.delete_options.uid = owner.uid;
    proofs.push_back(std::move(proof));
    return Verdict::absent;
  }

  // Owners of other namespaces are none; people who try are told.
  void look_elsewhere(const model::KindInfo& kind, const OwnerReference& owner) {
    for (const auto& [key, cached] : world_.informer(*kind.type).all()) {
      if (key.name != owner.name || metadata_of(cached.object).uid != owner.uid) continue;
      report(kind, owner, object_.namespace_);
      return;
    }
  }

  void report(const model::KindInfo& kind, const OwnerReference& owner, const std::string& ns) {
    plan_.announcements.push_back(warn(
        kind_, object_, "OwnerRefInvalidNamespace",
        fmt::format("ownerRef [{}/{}, namespace: {}, name: {}, uid: {}] does not exist in namespace \"{}\"",
                    kind.gvk().api_version(), kind.kind, ns, owner.name, owner.uid, ns)));
  }

  const World& world_;
  const Kinds& kinds_;
  const model::KindInfo& kind_;
  const ObjectMeta& object_;
  Plan plan_;
};

// What an object's notice means for it and for others.
std::vector<ObjectKey> concerned(const World& world, const Kinds& kinds, const model::KindInfo& kind,
                                 const Notice& notice) {
  std::vector<ObjectKey> keys;
  const ObjectMeta* old = notice.old != nullptr ? &metadata_of(notice.old) : nullptr;
  const ObjectMeta* now = notice.now != nullptr ? &metadata_of(notice.now) : nullptr;
  const bool was_going = old != nullptr && old->deletionTimestamp.has_value();
  const bool is_going = now != nullptr && now->deletionTimestamp.has_value();
  const bool owners_changed = old == nullptr || now == nullptr ||
                              old->ownerReferences != now->ownerReferences || was_going != is_going;
  if (now != nullptr) {
    const bool has_business = !now->ownerReferences.empty() || is_going;
    if (has_business && (owners_changed || old->finalizers != now->finalizers)) {
      keys.push_back(GarbageCollector::key_of(kind, notice.key));
    }
  }
  // Its dependants look anew when it has gone, or another has its name, or it waits for them from now on.
  std::vector<std::string_view> uids;
  if (old != nullptr && (now == nullptr || now->uid != old->uid)) uids.push_back(old->uid);
  const bool waited = old != nullptr && waits_for_dependants(*old);
  if (now != nullptr && waits_for_dependants(*now) && !waited) uids.push_back(now->uid);
  for (const std::string_view uid : uids) {
    for (const Dependant& dependant : dependants_of(world, kinds, uid)) {
      const ObjectMeta& metadata = metadata_of(dependant.object);
      keys.push_back(
          GarbageCollector::key_of(*dependant.kind, ObjectKey(metadata.namespace_, metadata.name)));
    }
  }
  // Owners that wait for it count again.
  if (old == nullptr || !owners_changed) return keys;
  for (const OwnerReference& owner : old->ownerReferences) {
    const model::KindInfo* owner_kind = kind_of_owner(kinds, owner);
    if (owner_kind == nullptr) continue;
    const ObjectKey key = key_of_owner(*owner_kind, owner, *old);
    const auto object = world.informer(*owner_kind->type).get(key);
    if (object != nullptr && metadata_of(object).deletionTimestamp) {
      keys.push_back(GarbageCollector::key_of(*owner_kind, key));
    }
  }
  return keys;
}

client::Index by_owner_index() {
  client::Index index;
  index.name = by_owner;
  index.values = [](const void* object) {
    std::vector<std::string> uids;
    for (const auto& owner : static_cast<const ObjectMeta*>(object)->ownerReferences)
      uids.push_back(owner.uid);
    return uids;
  };
  return index;
}

}  // namespace

ObjectKey GarbageCollector::key_of(const model::KindInfo& kind, const ObjectKey& object) {
  return ObjectKey(object.ns, fmt::format("{}|{}", resource_name(kind), object.name));
}

std::vector<client::Source> GarbageCollector::sources() const {
  std::vector<client::Source> sources;
  for (const model::KindInfo* kind : kinds_) {
    client::Source source;
    source.type = kind->type;
    source.keys = [kinds = kinds_, kind](const World& world, const Notice& notice) {
      return concerned(world, kinds, *kind, notice);
    };
    source.indexes.push_back(by_owner_index());
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<Plan> GarbageCollector::plan(const World& world, const ObjectKey& key) {
  const std::size_t bar = key.name.find('|');
  ensure(bar != std::string::npos, "a key of the garbage collector names a resource");
  const std::string_view resource = std::string_view(key.name).substr(0, bar);
  const auto kind = std::ranges::find_if(
      kinds_, [&](const model::KindInfo* candidate) { return resource_name(*candidate) == resource; });
  ensure(kind != kinds_.end(), "the garbage collector knows the resources of its keys");
  const auto object = world.informer(*(*kind)->type).get(ObjectKey(key.ns, key.name.substr(bar + 1)));
  if (object == nullptr) return Plan();
  return Collection(world, kinds_, **kind, metadata_of(object)).plan();
}

}  // namespace aloft::controllers
