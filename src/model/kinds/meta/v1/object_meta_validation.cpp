// Rules of apimachinery/pkg/api/validation for metadata, and those of the core group for finalizers.
#include "model/kinds/meta/v1/object_meta_validation.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/names.h"

namespace aloft::meta::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t annotation_bytes_max = 256 * 1024;
constexpr std::size_t subresource_bytes_max = 256;
constexpr std::size_t manager_bytes_max = 128;

// A generated name ends in random letters, so a prefix may end in a dash.
std::string masked(std::string_view prefix) {
  std::string name(prefix);
  if (name.size() > 1 && name.back() == '-') name.back() = 'a';
  return name;
}

void validate_owner(const OwnerReference& owner, const FieldPath& path, FieldErrors& errors) {
  const auto slash = owner.apiVersion.find('/');
  const auto version = slash == std::string::npos ? owner.apiVersion : owner.apiVersion.substr(slash + 1);
  if (version.empty()) {
    errors.invalid_string(path.child("apiVersion"), owner.apiVersion, "version must not be empty");
  }
  if (owner.kind.empty()) errors.invalid_string(path.child("kind"), owner.kind, "kind must not be empty");
  if (owner.name.empty()) errors.invalid_string(path.child("name"), owner.name, "name must not be empty");
  if (owner.uid.empty()) errors.invalid_string(path.child("uid"), owner.uid, "uid must not be empty");
  if (owner.apiVersion == "v1" && owner.kind == "Event") {
    errors.invalid_string(path, owner.name, "/v1, Kind=Event is disallowed from being an owner");
  }
}

void validate_owners(const std::vector<OwnerReference>& owners, const FieldPath& path, FieldErrors& errors) {
  std::string controller;
  for (const auto& owner : owners) {
    validate_owner(owner, path, errors);
    if (!owner.controller.value_or(false)) continue;
    const std::string name = owner.kind + "/" + owner.name;
    if (controller.empty()) {
      controller = name;
    } else {
      errors.invalid_string(
          path, owner.name,
          fmt::format("Only one reference can have Controller set to true. Found \"true\" in "
                      "references for {} and {}",
                      controller, name));
    }
  }
}

// Finalizers without a domain are those that upstream itself knows.
void validate_finalizer_domains(const std::vector<std::string>& finalizers, const FieldPath& path,
                                FieldErrors& errors) {
  for (std::size_t i = 0; i < finalizers.size(); ++i) {
    const auto& name = finalizers[i];
    if (name.find('/') != std::string::npos) continue;
    if (name == "kubernetes" || name == "orphan" || name == "foregroundDeletion") continue;
    errors.invalid_string(path.index(i), name,
                          "name is neither a standard finalizer name nor is it fully qualified");
  }
}

void validate_finalizers(const std::vector<std::string>& finalizers, const FieldPath& path,
                         FieldErrors& errors) {
  const auto has = [&](std::string_view name) {
    return std::find(finalizers.begin(), finalizers.end(), name) != finalizers.end();
  };
  for (const auto& finalizer : finalizers) model::expect_qualified_name(errors, path, finalizer);
  if (has("orphan") && has("foregroundDeletion")) {
    errors.invalid(path, model::list_text(finalizers),
                   "finalizer orphan and foregroundDeletion cannot be both set");
  }
}

void validate_managed_fields(const std::vector<ManagedFieldsEntry>& entries, const FieldPath& path,
                             FieldErrors& errors) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const FieldPath at = path.index(i);
    const auto& entry = entries[i];
    if (entry.operation != "Apply" && entry.operation != "Update") {
      errors.invalid_string(at.child("operation"), entry.operation, "must be `Apply` or `Update`");
    }
    if (!entry.fieldsType.empty() && entry.fieldsType != "FieldsV1") {
      errors.invalid_string(at.child("fieldsType"), entry.fieldsType, "must be `FieldsV1`");
    }
    if (entry.manager.size() > manager_bytes_max) {
      errors.too_long(at.child("manager"), entry.manager, manager_bytes_max);
    }
    if (entry.subresource.size() > subresource_bytes_max) {
      errors.too_long(at.child("subresource"), entry.subresource, subresource_bytes_max);
    }
  }
}

std::string time_text(const std::optional<model::Timestamp>& time) {
  return time && time->is_set() ? fmt::format("{}", time->seconds) : "null";
}

void validate_contents(const ObjectMeta& metadata, const FieldPath& path, FieldErrors& errors) {
  validate_labels(metadata.labels, path.child("labels"), errors);
  validate_annotations(metadata.annotations, path.child("annotations"), errors);
  validate_owners(metadata.ownerReferences, path.child("ownerReferences"), errors);
}

void expect_same(const std::string& now, const std::string& old, const FieldPath& path, FieldErrors& errors) {
  if (now != old) errors.invalid_string(path, now, model::immutable_field);
}

}  // namespace

std::vector<std::string> check_object_name(const model::KindInfo& kind, std::string_view name, NameUse use) {
  const std::string text = use == NameUse::prefix ? masked(name) : std::string(name);
  if (kind.group == "rbac.authorization.k8s.io" || kind.kind == "Event")
    return model::check_path_segment_name(text);
  if (kind.group.empty() && kind.kind == "Namespace") return model::check_dns1123_label(text);
  if (kind.group.empty() && kind.kind == "Service") return model::check_dns1035_label(text);
  return model::check_dns1123_subdomain(text);
}

void validate_annotations(const std::map<std::string, std::string>& annotations, const FieldPath& path,
                          FieldErrors& errors) {
  std::size_t total = 0;
  for (const auto& [key, value] : annotations) {
    std::string lower = key;
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    model::add_invalid(errors, path, key, model::check_qualified_name(lower));
    total += key.size() + value.size();
  }
  if (total > annotation_bytes_max) errors.too_long(path, {}, annotation_bytes_max);
}

void validate_object_meta(const ObjectMeta& metadata, const model::KindInfo& kind, FieldErrors& errors) {
  const FieldPath path("metadata");
  if (!metadata.generateName.empty()) {
    model::add_invalid(errors, path.child("generateName"), metadata.generateName,
                       check_object_name(kind, metadata.generateName, NameUse::prefix));
  }
  if (metadata.name.empty()) {
    errors.required(path.child("name"), "name or generateName is required");
  } else {
    model::add_invalid(errors, path.child("name"), metadata.name, check_object_name(kind, metadata.name));
  }
  if (kind.namespaced) {
    model::require(errors, path.child("namespace"), metadata.namespace_);
    if (!metadata.namespace_.empty())
      model::expect_dns_label(errors, path.child("namespace"), metadata.namespace_);
  } else if (!metadata.namespace_.empty()) {
    errors.forbidden(path.child("namespace"), "not allowed on this type");
  }
  model::expect_not_negative(errors, path.child("generation"), metadata.generation);
  validate_contents(metadata, path, errors);
  validate_finalizers(metadata.finalizers, path.child("finalizers"), errors);
  validate_managed_fields(metadata.managedFields, path.child("managedFields"), errors);
  validate_finalizer_domains(metadata.finalizers, path.child("finalizers"), errors);
}

void validate_object_meta_update(const ObjectMeta& metadata, const ObjectMeta& old, FieldErrors& errors) {
  const FieldPath path("metadata");
  if (old.deletionTimestamp) {
    std::vector<std::string> added;
    for (const auto& finalizer : metadata.finalizers) {
      if (std::find(old.finalizers.begin(), old.finalizers.end(), finalizer) == old.finalizers.end()) {
        added.push_back(finalizer);
      }
    }
    std::sort(added.begin(), added.end());
    added.erase(std::unique(added.begin(), added.end()), added.end());
    if (!added.empty()) {
      errors.forbidden(path.child("finalizers"),
                       fmt::format("no new finalizers can be added if the object is being deleted, found new "
                                   "finalizers {}",
                                   model::list_text(added)));
    }
  }
  if (metadata.resourceVersion.empty()) {
    errors.invalid_string(path.child("resourceVersion"), metadata.resourceVersion,
                          "must be specified for an update");
  }
  if (metadata.generation < old.generation) {
    errors.invalid_int(path.child("generation"), metadata.generation, "must not be decremented");
  }
  expect_same(metadata.name, old.name, path.child("name"), errors);
  expect_same(metadata.namespace_, old.namespace_, path.child("namespace"), errors);
  expect_same(metadata.uid, old.uid, path.child("uid"), errors);
  if (metadata.creationTimestamp != old.creationTimestamp) {
    errors.invalid(path.child("creationTimestamp"), time_text(metadata.creationTimestamp),
                   model::immutable_field);
  }
  if (metadata.deletionTimestamp != old.deletionTimestamp) {
    errors.invalid(path.child("deletionTimestamp"), time_text(metadata.deletionTimestamp),
                   model::immutable_field);
  }
  if (metadata.deletionGracePeriodSeconds != old.deletionGracePeriodSeconds) {
    const auto& seconds = metadata.deletionGracePeriodSeconds;
    errors.invalid(path.child("deletionGracePeriodSeconds"), seconds ? std::to_string(*seconds) : "null",
                   model::immutable_field);
  }
  validate_contents(metadata, path, errors);
  validate_managed_fields(metadata.managedFields, path.child("managedFields"), errors);
  validate_finalizer_domains(metadata.finalizers, path.child("finalizers"), errors);
}

}  // namespace aloft::meta::v1
