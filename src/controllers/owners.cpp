// Owner references as the API rules them: one managing owner, matched by uid, so that a new object with an
// old name inherits nothing.
#include "controllers/owners.h"

#include "model/json.h"

namespace aloft::controllers {
namespace {

using meta::v1::ObjectMeta;
using meta::v1::OwnerReference;

client::Change metadata_patch(const model::KindInfo& kind, const ObjectMeta& object, model::Object members) {
  members.set("uid", object.uid);
  members.set("resourceVersion", object.resourceVersion);
  client::Change change;
  change.verb = client::Change::Verb::patch;
  change.resource = client::resource_of(kind);
  change.key = client::ObjectKey(object.namespace_, object.name);
  change.patch_type = client::PatchType::merge;
  model::Object body;
  body.set("metadata", model::Value(std::move(members)));
  change.body = model::to_json(model::Value(std::move(body)));
  return change;
}

client::Announcement make_announcement(const model::KindInfo& kind, const ObjectMeta& object,
                                       std::string reason, std::string message) {
  client::Announcement announcement;
  announcement.kind = kind.kind;
  announcement.api_version = kind.gvk().api_version();
  announcement.key = client::ObjectKey(object.namespace_, object.name);
  announcement.uid = object.uid;
  announcement.resource_version = object.resourceVersion;
  announcement.reason = std::move(reason);
  announcement.message = std::move(message);
  return announcement;
}

model::LabelRequirement compile(const meta::v1::LabelSelectorRequirement& wanted) {
  using Operator = model::LabelRequirement::Operator;
  model::LabelRequirement requirement;
  requirement.key = wanted.key;
  requirement.values = wanted.values;
  std::ranges::sort(requirement.values);
  requirement.op = wanted.operator_ == "In"       ? Operator::in
                   : wanted.operator_ == "NotIn"  ? Operator::not_in
                   : wanted.operator_ == "Exists" ? Operator::exists
                                                  : Operator::does_not_exist;
  return requirement;
}

}  // namespace

const OwnerReference* controller_of(const ObjectMeta& metadata) {
  const auto found = std::ranges::find_if(
      metadata.ownerReferences, [](const OwnerReference& owner) { return owner.controller.value_or(false); });
  return found == metadata.ownerReferences.end() ? nullptr : &*found;
}

OwnerReference controller_reference(const model::KindInfo& kind, const ObjectMeta& owner) {
  OwnerReference reference;
  reference.apiVersion = kind.gvk().api_version();
  reference.kind = kind.kind;
  reference.name = owner.name;
  reference.uid = owner.uid;
  reference.controller = true;
  reference.blockOwnerDeletion = true;
  return reference;
}

model::LabelSelector compile(const meta::v1::LabelSelector& selector) {
  model::LabelSelector compiled = model::LabelSelector::of(selector.matchLabels);
  for (const auto& expression : selector.matchExpressions) compiled.add(compile(expression));
  return compiled;
}

std::optional<model::LabelSelector> claiming_selector(const model::Box<meta::v1::LabelSelector>& selector) {
  if (!selector) return std::nullopt;
  model::LabelSelector compiled = compile(*selector);
  if (compiled.empty()) return std::nullopt;
  return compiled;
}

std::string orphans_of(std::string_view ns) { return fmt::format("orphans/{}", ns); }

client::Index by_controller_index() {
  client::Index index;
  index.name = by_controller;
  index.values = [](const void* object) {
    const auto& metadata = *static_cast<const ObjectMeta*>(object);
    const OwnerReference* owner = controller_of(metadata);
    return std::vector<std::string>(1, owner != nullptr ? owner->uid : orphans_of(metadata.namespace_));
  };
  return index;
}

Claim claim(const ObjectMeta& owner, const model::LabelSelector& selector, const ObjectMeta& candidate) {
  const bool matches = selector.matches(candidate.labels);
  const bool owner_goes = owner.deletionTimestamp.has_value();
  if (const OwnerReference* controller = controller_of(candidate)) {
    if (controller->uid != owner.uid) return Claim::not_ours;
    if (matches) return Claim::ours;
    return owner_goes ? Claim::not_ours : Claim::release;
  }
  const bool adoptable = matches && !owner_goes && !candidate.deletionTimestamp;
  return adoptable && candidate.namespace_ == owner.namespace_ ? Claim::adopt : Claim::not_ours;
}

client::Change owners_change(const model::KindInfo& kind, const ObjectMeta& object,
                             const std::vector<OwnerReference>& owners) {
  model::Array array;
  for (const OwnerReference& owner : owners) array.push_back(model::to_value(owner));
  model::Object members;
  members.set("ownerReferences", array.empty() ? model::Value() : model::Value(std::move(array)));
  return metadata_patch(kind, object, std::move(members));
}

client::Change finalizers_change(const model::KindInfo& kind, const ObjectMeta& object,
                                 const std::vector<std::string>& finalizers) {
  model::Array array(finalizers.begin(), finalizers.end());
  model::Object members;
  members.set("finalizers", array.empty() ? model::Value() : model::Value(std::move(array)));
  return metadata_patch(kind, object, std::move(members));
}

client::Change adopt_change(const model::KindInfo& kind, const ObjectMeta& object,
                            const OwnerReference& owner) {
  std::vector<OwnerReference> owners = object.ownerReferences;
  std::erase_if(owners, [&](const OwnerReference& other) { return other.uid == owner.uid; });
  owners.push_back(owner);
  return owners_change(kind, object, owners);
}

client::Change release_change(const model::KindInfo& kind, const ObjectMeta& object,
                              std::string_view owner_uid) {
  std::vector<OwnerReference> owners = object.ownerReferences;
  std::erase_if(owners, [&](const OwnerReference& other) { return other.uid == owner_uid; });
  return owners_change(kind, object, owners);
}

client::Change remove_object(const model::KindInfo& kind, const ObjectMeta& object, std::string propagation) {
  client::Change change;
  change.verb = client::Change::Verb::remove;
  change.resource = client::resource_of(kind);
  change.key = client::ObjectKey(object.namespace_, object.name);
  change.delete_options.uid = object.uid;
  change.delete_options.propagation = std::move(propagation);
  return change;
}

client::Announcement announce(const model::KindInfo& kind, const ObjectMeta& object, std::string reason,
                              std::string message) {
  return make_announcement(kind, object, std::move(reason), std::move(message));
}

client::Announcement warn(const model::KindInfo& kind, const ObjectMeta& object, std::string reason,
                          std::string message) {
  client::Announcement announcement = make_announcement(kind, object, std::move(reason), std::move(message));
  announcement.warning = true;
  return announcement;
}

}  // namespace aloft::controllers
