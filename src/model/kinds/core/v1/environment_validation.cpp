// Rules for environment variables and for references to fields and amounts of the pod.
#include <array>

#include "base/text.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

const std::vector<std::string> environment_fields = {
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs",     "status.podIP", "status.podIPs"};
const std::vector<std::string> volume_fields = {"metadata.annotations", "metadata.labels", "metadata.name",
                                                "metadata.namespace", "metadata.uid"};
// Everything that a path may name at all; the use narrows it.
const std::vector<std::string> known_fields = {
    "metadata.annotations", "metadata.labels", "metadata.name",      "metadata.namespace",
    "metadata.uid",         "spec.nodeName",   "spec.restartPolicy", "spec.serviceAccountName",
    "spec.schedulerName",   "status.phase",    "status.hostIP",      "status.hostIPs",
    "status.podIP",         "status.podIPs"};
const std::vector<std::string> container_amounts = {
    "limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
    "requests.cpu", "requests.ephemeral-storage", "requests.memory"};

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// metadata.labels['app'] names one label.
struct Subscripted {
  std::string_view path;
  std::string_view key;
};
std::optional<Subscripted> subscripted(std::string_view text) {
  if (!text.ends_with("']")) return std::nullopt;
  const auto open = text.find("['");
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  return Subscripted{text.substr(0, open), text.substr(open + 2, text.size() - open - 4)};
}

constexpr std::string_view byte_divisors = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

bool is_byte_divisor(std::string_view text) {
  static constexpr std::array<std::string_view, 13> divisors = {"1",   "1k",  "1M",  "1G",  "1T",  "1P", "1E",
                                                                "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};
  return std::find(divisors.begin(), divisors.end(), text) != divisors.end();
}

void validate_divisor(const ResourceFieldSelector& selector, const FieldPath& path, FieldErrors& errors) {
  if (selector.divisor.is_zero()) return;
  const std::string& resource = selector.resource;
  const std::string divisor = selector.divisor.to_string();
  const auto refuse_bytes = [&](std::string_view what) {
    if (is_byte_divisor(divisor)) return;
    errors.invalid_string(
        path.child("divisor"), resource,
        fmt::format("only divisor's values {} are supported with the {} resource", byte_divisors, what));
  };
  if (resource == "limits.cpu" || resource == "requests.cpu") {
    if (divisor != "1m" && divisor != "1") {
      errors.invalid_string(path.child("divisor"), resource,
                            "only divisor's values 1m and 1 are supported with the cpu resource");
    }
  } else if (resource == "limits.memory" || resource == "requests.memory") {
    refuse_bytes("memory");
  } else if (resource == "limits.ephemeral-storage" || resource == "requests.ephemeral-storage") {
    refuse_bytes("local ephemeral storage");
  } else if (resource.starts_with("limits.hugepages-") || resource.starts_with("requests.hugepages-")) {
    refuse_bytes("hugepages");
  }
}

template <class Selector>
void validate_key(const Selector& selector, const FieldPath& path, FieldErrors& errors) {
  model::expect_dns_subdomain(errors, path.child("name"), selector.localObjectReference.name);
  if (selector.key.empty()) return errors.required(path.child("key"));
  model::add_invalid(errors, path.child("key"), selector.key, model::check_config_map_key(selector.key));
}

void validate_value_from(const EnvVar& variable, const FieldPath& path, FieldErrors& errors) {
  if (!variable.valueFrom) return;
  const EnvVarSource& source = *variable.valueFrom;
  int sources = 0;
  if (source.fieldRef) {
    ++sources;
    validate_field_selector(*source.fieldRef, FieldUse::environment, path.child("fieldRef"), errors);
  }
  if (source.resourceFieldRef) {
    ++sources;
    validate_resource_selector(*source.resourceFieldRef, FieldUse::environment,
                               path.child("resourceFieldRef"), errors);
  }
  if (source.configMapKeyRef) {
    ++sources;
    validate_key(*source.configMapKeyRef, path.child("configMapKeyRef"), errors);
  }
  if (source.secretKeyRef) {
    ++sources;
    validate_key(*source.secretKeyRef, path.child("secretKeyRef"), errors);
  }
  if (sources == 0) {
    errors.invalid_string(
        path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  } else if (!variable.value.empty()) {
    errors.invalid_string(path, "", "may not be specified when `value` is not empty");
  } else if (sources > 1) {
    errors.invalid_string(path, "", "may not have more than one field specified at a time");
  }
}

std::string masked_prefix(std::string name) {
  if (name.size() > 1 && name.back() == '-') name.back() = 'a';
  return name;
}

void validate_env_object(const LocalObjectReference& reference, const FieldPath& path, FieldErrors& errors) {
  if (reference.name.empty()) return errors.required(path.child("name"));
  model::add_invalid(errors, path.child("name"), reference.name,
                     model::check_dns1123_subdomain(masked_prefix(reference.name)));
}

void validate_env_from(const std::vector<EnvFromSource>& sources, const FieldPath& path,
                       FieldErrors& errors) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const FieldPath at = path.index(i);
    const EnvFromSource& source = sources[i];
    if (!source.prefix.empty()) {
      model::add_invalid(errors, at.child("prefix"), source.prefix, model::check_env_var_name(source.prefix));
    }
    if (source.configMapRef) {
      validate_env_object(source.configMapRef->localObjectReference, at.child("configMapRef"), errors);
    }
    if (source.secretRef) {
      validate_env_object(source.secretRef->localObjectReference, at.child("secretRef"), errors);
    }
    if (!source.configMapRef && !source.secretRef) {
      errors.invalid_string(path, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (source.configMapRef && source.secretRef) {
      errors.invalid_string(path, "", "may not have more than one field specified at a time");
    }
  }
}

}  // namespace

void validate_field_selector(const ObjectFieldSelector& selector, FieldUse use, const FieldPath& path,
                             FieldErrors& errors) {
  if (selector.apiVersion.empty()) return errors.required(path.child("apiVersion"));
  if (selector.fieldPath.empty()) return errors.required(path.child("fieldPath"));
  const FieldPath field = path.child("fieldPath");
  if (selector.apiVersion != "v1") {
    return errors.invalid_string(
        field, selector.fieldPath,
        fmt::format("error converting fieldPath: unsupported pod version: {}", selector.apiVersion));
  }
  const auto one = subscripted(selector.fieldPath);
  if (one && one->path == "metadata.annotations") {
    return model::expect_qualified_name(errors, path, lower(one->key));
  }
  if (one && one->path == "metadata.labels") return model::expect_qualified_name(errors, path, one->key);
  if (one || !contains(known_fields, selector.fieldPath)) {
    return errors.invalid_string(
        field, selector.fieldPath,
        one ? fmt::format("error converting fieldPath: field label does not support subscript: {}",
                          selector.fieldPath)
            : fmt::format("error converting fieldPath: field label not supported: {}", selector.fieldPath));
  }
  const auto& allowed = use == FieldUse::environment ? environment_fields : volume_fields;
  if (!contains(allowed, selector.fieldPath)) errors.not_supported(field, selector.fieldPath, allowed);
}

void validate_resource_selector(const ResourceFieldSelector& selector, FieldUse use, const FieldPath& path,
                                FieldErrors& errors) {
  const std::string& resource = selector.resource;
  if (use == FieldUse::volume && selector.containerName.empty()) {
    errors.required(path.child("containerName"));
  } else if (resource.empty()) {
    errors.required(path.child("resource"));
  } else if (!contains(container_amounts, resource) && !resource.starts_with("limits.hugepages-") &&
             !resource.starts_with("requests.hugepages-")) {
    errors.not_supported(path.child("resource"), resource, container_amounts);
  }
  validate_divisor(selector, path, errors);
}

void validate_environment(const Container& container, const FieldPath& path, FieldErrors& errors) {
  const FieldPath env = path.child("env");
  for (std::size_t i = 0; i < container.env.size(); ++i) {
    const FieldPath at = env.index(i);
    const EnvVar& variable = container.env[i];
    if (variable.name.empty()) {
      errors.required(at.child("name"));
    } else {
      model::add_invalid(errors, at.child("name"), variable.name, model::check_env_var_name(variable.name));
    }
    validate_value_from(variable, at.child("valueFrom"), errors);
  }
  validate_env_from(container.envFrom, path.child("envFrom"), errors);
}

}  // namespace aloft::core::v1
