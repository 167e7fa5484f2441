// Who owns whom: controller references, adoption and release of the objects that a selector claims, and the
// index that finds them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/reconcile.h"
#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/selectors.h"

namespace aloft::controllers {

// The reference to the owner that manages the object; null when nobody does.
const meta::v1::OwnerReference* controller_of(const meta::v1::ObjectMeta& metadata);

// A reference that makes `owner` the managing owner and holds its foreground removal back.
meta::v1::OwnerReference controller_reference(const model::KindInfo& kind, const meta::v1::ObjectMeta& owner);
template <class T>
meta::v1::OwnerReference controller_reference(const T& owner) {
  return controller_reference(client::kind_of(model::type_info<T>()), owner.metadata);
}

// The metadata of any object of an informer.
inline const meta::v1::ObjectMeta& metadata_of(const std::shared_ptr<const void>& object) {
  return *static_cast<const meta::v1::ObjectMeta*>(object.get());
}

// A selector of the API as one that matches; nullopt when it is absent, empty or malformed, which claims
// nothing.
std::optional<model::LabelSelector> claiming_selector(const model::Box<meta::v1::LabelSelector>& selector);
model::LabelSelector compile(const meta::v1::LabelSelector& selector);

// Groups objects by the uid of their controller; those without one by namespace.
client::Index by_controller_index();
inline constexpr std::string_view by_controller = "controller";
std::string orphans_of(std::string_view ns);

// What a selector says about one object that could be claimed.
enum class Claim { ours, adopt, release, not_ours };
// `owner` is the claimer; nothing is adopted or released by one that is being deleted.
Claim claim(const meta::v1::ObjectMeta& owner, const model::LabelSelector& selector,
            const meta::v1::ObjectMeta& candidate);

// Writes that add or drop a controller reference; they fail with conflict when the object has changed
// meanwhile.
client::Change adopt_change(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                            const meta::v1::OwnerReference& owner);
client::Change release_change(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                              std::string_view owner_uid);
// Replaces the owner references or the finalizers as a whole, under the condition that nobody has written
// since.
client::Change owners_change(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                             const std::vector<meta::v1::OwnerReference>& owners);
client::Change finalizers_change(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                                 const std::vector<std::string>& finalizers);

// Removal of exactly this object, not of a later one with its name.
client::Change remove_object(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                             std::string propagation = {});

// An event about an object.
client::Announcement announce(const model::KindInfo& kind, const meta::v1::ObjectMeta& object,
                              std::string reason, std::string message);
client::Announcement warn(const model::KindInfo& kind, const meta::v1::ObjectMeta& object, std::string reason,
                          std::string message);
template <class T>
client::Announcement announce(const T& object, std::string reason, std::string message) {
  return announce(client::kind_of(model::type_info<T>()), object.metadata, std::move(reason),
                  std::move(message));
}
template <class T>
client::Announcement warn(const T& object, std::string reason, std::string message) {
  return warn(client::kind_of(model::type_info<T>()), object.metadata, std::move(reason), std::move(message));
}

}  // namespace aloft::controllers
