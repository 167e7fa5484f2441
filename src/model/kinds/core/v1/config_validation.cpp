// Rules for ConfigMaps and Secrets: keys, sizes, required keys of secret types, and what immutable means.
#include <fmt/format.h>

#include "model/json.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t data_bytes_max = 1024 * 1024;
constexpr std::string_view frozen = "field is immutable when `immutable` is set";

template <class Map>
std::size_t validate_keys(const Map& data, const FieldPath& path, FieldErrors& errors) {
  std::size_t total = 0;
  for (const auto& [key, value] : data) {
    model::add_invalid(errors, path.key(key), key, model::check_config_map_key(key));
    total += value.size();
  }
  return total;
}

void require_json(const Secret& secret, const std::string& key, const FieldPath& data, FieldErrors& errors) {
  const auto found = secret.data.find(key);
  if (found == secret.data.end()) return errors.required(data.key(key));
  const std::string_view text(reinterpret_cast<const char*>(found->second.data()), found->second.size());
  const auto parsed = model::parse_json(text);
  if (parsed && (parsed->is_object() || parsed->is_null())) return;
  errors.invalid_string(data.key(key), "<secret contents redacted>",
                        parsed ? "expected an object" : parsed.error().message());
}

void validate_type(const Secret& secret, const FieldPath& data, FieldErrors& errors) {
  const auto has = [&](const std::string& key) { return secret.data.contains(key); };
  if (secret.type == account_token_type) {
    constexpr const char* name = account_name_annotation;
    const auto found = secret.metadata.annotations.find(name);
    const FieldPath metadata("metadata");
    const FieldPath annotations = metadata.child("annotations");
    if (found == secret.metadata.annotations.end() || found->second.empty())
      errors.required(annotations.key(name));
  } else if (secret.type == "kubernetes.io/dockercfg") {
    require_json(secret, ".dockercfg", data, errors);
  } else if (secret.type == "kubernetes.io/dockerconfigjson") {
    require_json(secret, ".dockerconfigjson", data, errors);
  } else if (secret.type == "kubernetes.io/basic-auth") {
    if (has("username") || has("password")) return;
    errors.required(data.key("username"));
    errors.required(data.key("password"));
  } else if (secret.type == "kubernetes.io/ssh-auth") {
    const auto found = secret.data.find("ssh-privatekey");
    if (found == secret.data.end() || found->second.empty()) errors.required(data.key("ssh-privatekey"));
  } else if (secret.type == "kubernetes.io/tls") {
    if (!has("tls.crt")) errors.required(data.key("tls.crt"));
    if (!has("tls.key")) errors.required(data.key("tls.key"));
  }
}

}  // namespace

void validate(const ConfigMap& object, FieldErrors& errors) {
  const FieldPath data("data");
  std::size_t total = validate_keys(object.data, data, errors);
  for (const auto& [key, value] : object.data) {
    if (!object.binaryData.contains(key)) continue;
    errors.invalid_string(data.key(key), key, "duplicate of key present in binaryData");
  }
  total += validate_keys(object.binaryData, FieldPath("binaryData"), errors);
  if (total > data_bytes_max) errors.too_long(FieldPath(""), {}, data_bytes_max);
}

void validate_update(const ConfigMap& object, const ConfigMap& old, FieldErrors& errors) {
  if (!old.immutable.value_or(false)) return;
  if (!object.immutable.value_or(false)) errors.forbidden(FieldPath("immutable"), frozen);
  if (object.data != old.data) errors.forbidden(FieldPath("data"), frozen);
  if (object.binaryData != old.binaryData) errors.forbidden(FieldPath("binaryData"), frozen);
}

void validate(const Secret& secret, FieldErrors& errors) {
  const FieldPath data("data");
  if (validate_keys(secret.data, data, errors) > data_bytes_max) errors.too_long(data, {}, data_bytes_max);
  validate_type(secret, data, errors);
}

void validate_update(const Secret& secret, const Secret& old, FieldErrors& errors) {
  if (secret.type != old.type) errors.invalid_string(FieldPath("type"), secret.type, model::immutable_field);
  if (!old.immutable.value_or(false)) return;
  if (!secret.immutable.value_or(false)) errors.forbidden(FieldPath("immutable"), frozen);
  if (secret.data != old.data) errors.forbidden(FieldPath("data"), frozen);
}

}  // namespace aloft::core::v1
