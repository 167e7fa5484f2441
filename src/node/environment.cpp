// See environment.h.
#include "node/environment.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "model/json.h"
#include "model/names.h"

namespace aloft::node {

namespace {

using core::v1::ConfigMap;
using core::v1::Secret;

void set(Environment& environment, std::string name, std::string value) {
  for (auto& [known, old] : environment) {
    if (known == name) {
      old = std::move(value);
      return;
    }
  }
  environment.emplace_back(std::move(name), std::move(value));
}

// labels['x'] gives x.
std::optional<std::string> subscript(std::string_view path, std::string_view map) {
  if (!path.starts_with(map)) return std::nullopt;
  path.remove_prefix(map.size());
  if (!path.starts_with("['") || !path.ends_with("']")) return std::nullopt;
  return std::string(path.substr(2, path.size() - 4));
}

// As downward API files list labels: key="escaped value", one a line.
std::string format_map(const std::map<std::string, std::string>& map) {
  std::string out;
  for (const auto& [key, value] : map) {
    out += (out.empty() ? "" : "\n") + key + "=";
    model::append_json_string(out, value);
  }
  return out;
}

std::string join_ips(const std::vector<std::string>& ips) { return fmt::format("{}", fmt::join(ips, ",")); }

std::string shouted(std::string_view name) {
  std::string out;
  for (const char c : name)
    out.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
  return out;
}

class EnvironmentMaker {
 public:
  EnvironmentMaker(const core::v1::Pod& pod, const core::v1::Container& container,
                   const ConfigSources& sources, const PodFacts& facts)
      : pod_(pod), container_(container), sources_(sources), facts_(facts) {}

  Result<Environment> make() {
    for (const core::v1::EnvFromSource& from : container_.envFrom) TRY_DO(add_all(from));
    const Environment links = service_environment(sources_.services);
    Environment known = links;
    for (const auto& [name, value] : out_) set(known, name, value);
    for (const core::v1::EnvVar& variable : container_.env) {
      std::optional<std::string> value;
      if (variable.valueFrom) {
        TRY(found, value_from(*variable.valueFrom));
        value = std::move(found);
      } else {
        value = expand_variables(variable.value, known);
      }
      if (!value) continue;
      set(known, variable.name, *value);
      set(out_, variable.name, std::move(*value));
    }
    for (const auto& [name, value] : links) {
      const bool set_already =
          std::any_of(out_.begin(), out_.end(), [&](const auto& pair) { return pair.first == name; });
      if (!set_already) out_.emplace_back(name, value);
    }
    return std::move(out_);
  }

 private:
  Result<const ConfigMap*> config_map(const std::string& name, bool optional) const {
    const auto found = sources_.config_maps.find(name);
    if (found != sources_.config_maps.end() && found->second != nullptr) return found->second.get();
    if (optional) return nullptr;
    return fail(Code::not_found, fmt::format("configmap \"{}\" not found", name));
  }
  Result<const Secret*> secret(const std::string& name, bool optional) const {
    const auto found = sources_.secrets.find(name);
    if (found != sources_.secrets.end() && found->second != nullptr) return found->second.get();
    if (optional) return nullptr;
    return fail(Code::not_found, fmt::format("secret \"{}\" not found", name));
  }

  Result<> add_all(const core::v1::EnvFromSource& from) {
    if (from.configMapRef) {
      TRY(map, config_map(from.configMapRef->localObjectReference.name,
                          from.configMapRef->optional.value_or(false)));
      if (map != nullptr) {
        for (const auto& [key, value] : map->data) add(from.prefix + key, value);
      }
    } else if (from.secretRef) {
      TRY(map, secret(from.secretRef->localObjectReference.name, from.secretRef->optional.value_or(false)));
      if (map != nullptr) {
        for (const auto& [key, value] : map->data) add(from.prefix + key, std::string(as_text(value)));
      }
    }
    return {};
  }
  void add(std::string name, std::string value) {
    if (model::check_env_var_name(name).empty()) set(out_, std::move(name), std::move(value));
  }

  Result<std::optional<std::string>> value_from(const core::v1::EnvVarSource& source) const {
    std::optional<std::string> value;
    if (source.fieldRef) {
      TRY(found, field_value(pod_, source.fieldRef->fieldPath, facts_));
      value = std::move(found);
    } else if (source.resourceFieldRef) {
      const core::v1::Container* of = &container_;
      if (!source.resourceFieldRef->containerName.empty()) {
        of = nullptr;
        for (const auto* list : {&pod_.spec.containers, &pod_.spec.initContainers}) {
          for (const core::v1::Container& other : *list) {
            if (other.name == source.resourceFieldRef->containerName) of = &other;
          }
        }
        if (of == nullptr) {
          return fail(Code::invalid,
                      fmt::format("container {} not found", source.resourceFieldRef->containerName));
        }
      }
      TRY(found, resource_value(*of, *source.resourceFieldRef, facts_));
      value = std::move(found);
    } else if (source.configMapKeyRef) {
      return from_config_map(*source.configMapKeyRef);
    } else if (source.secretKeyRef) {
      return from_secret(*source.secretKeyRef);
    }
    return value;
  }
  Result<std::optional<std::string>> from_config_map(const core::v1::ConfigMapKeySelector& ref) const {
    const bool optional = ref.optional.value_or(false);
    TRY(map, config_map(ref.localObjectReference.name, optional));
    std::optional<std::string> value;
    if (map == nullptr) return value;
    if (const auto found = map->data.find(ref.key); found != map->data.end())
      value = found->second;
    else if (!optional) {
      return fail(Code::not_found, fmt::format("couldn't find key {} in ConfigMap {}/{}", ref.key,
                                               pod_.metadata.namespace_, ref.localObjectReference.name));
    }
    return value;
  }
  Result<std::optional<std::string>> from_secret(const core::v1::SecretKeySelector& ref) const {
    const bool optional = ref.optional.value_or(false);
    TRY(map, secret(ref.localObjectReference.name, optional));
    std::optional<std::string> value;
    if (map == nullptr) return value;
    if (const auto found = map->data.find(ref.key); found != map->data.end())
      value = std::string(as_text(found->second));
    else if (!optional) {
      return fail(Code::not_found, fmt::format("couldn't find key {} in Secret {}/{}", ref.key,
                                               pod_.metadata.namespace_, ref.localObjectReference.name));
    }
    return value;
  }

  const core::v1::Pod& pod_;
  const core::v1::Container& container_;
  const ConfigSources& sources_;
  const PodFacts& facts_;
  Environment out_;
};

}  // namespace

ConfigNames names_in_environment(const core::v1::Container& container) {
  ConfigNames names;
  names.services = true;
  for (const core::v1::EnvFromSource& from : container.envFrom) {
    if (from.configMapRef) names.config_maps.insert(from.configMapRef->localObjectReference.name);
    if (from.secretRef) names.secrets.insert(from.secretRef->localObjectReference.name);
  }
  for (const core::v1::EnvVar& variable : container.env) {
    if (!variable.valueFrom) continue;
    const core::v1::EnvVarSource& source = *variable.valueFrom;
    if (source.configMapKeyRef) names.config_maps.insert(source.configMapKeyRef->localObjectReference.name);
    if (source.secretKeyRef) names.secrets.insert(source.secretKeyRef->localObjectReference.name);
  }
  return names;
}

Result<Environment> make_environment(const core::v1::Pod& pod, const core::v1::Container& container,
                                     const ConfigSources& sources, const PodFacts& facts) {
  return EnvironmentMaker(pod, container, sources, facts).make();
}

namespace {

// Copies `text`, with what `value_of` gives in place of each $(NAME).
template <class ValueOf>
std::string expand(std::string_view text, ValueOf value_of) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c != '$' || (next != '$' && next != '(')) {
      out.push_back(c);
      ++at;
      continue;
    }
    if (next == '$') {
      out.push_back('$');
      at += 2;
      continue;
    }
    const std::size_t end = text.find(')', at);
    if (end == std::string_view::npos) {
      out += text.substr(at);
      break;
    }
    out += value_of(text.substr(at + 2, end - at - 2), text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return out;
}

const std::string* value_in(const Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == environment.end() ? nullptr : &found->second;
}

}  // namespace

std::string expand_variables(std::string_view text, const Environment& environment) {
  return expand(text, [&environment](std::string_view name, std::string_view whole) {
    const std::string* value = value_in(environment, name);
    return value != nullptr ? std::string_view(*value) : whole;
  });
}

std::set<std::string> missing_variables(std::string_view text, const Environment& environment) {
  std::set<std::string> missing;
  expand(text, [&](std::string_view name, std::string_view) {
    const std::string* value = value_in(environment, name);
    if (value == nullptr || value->empty()) missing.emplace(name);
    return std::string_view();
  });
  return missing;
}

Result<std::string> field_value(const core::v1::Pod& pod, std::string_view path, const PodFacts& facts) {
  const auto first = [](const std::vector<std::string>& list) {
    return list.empty() ? std::string() : list.front();
  };
  for (const auto& [map, values] : {std::pair("metadata.labels", &pod.metadata.labels),
                                    std::pair("metadata.annotations", &pod.metadata.annotations)}) {
    if (path == map) return format_map(*values);
    if (const auto key = subscript(path, map)) {
      const auto found = values->find(*key);
      return found == values->end() ? std::string() : found->second;
    }
  }
  if (path == "metadata.name") return pod.metadata.name;
  if (path == "metadata.namespace") return pod.metadata.namespace_;
  if (path == "metadata.uid") return pod.metadata.uid;
  if (path == "spec.nodeName") return pod.spec.nodeName;
  if (path == "spec.serviceAccountName") return pod.spec.serviceAccountName;
  if (path == "status.hostIP") return first(facts.host_ips);
  if (path == "status.hostIPs") return join_ips(facts.host_ips);
  if (path == "status.podIP") return first(facts.pod_ips);
  if (path == "status.podIPs") return join_ips(facts.pod_ips);
  return fail(Code::invalid, fmt::format("unsupported fieldPath: {}", path));
}

Result<std::string> resource_value(const core::v1::Container& container,
                                   const core::v1::ResourceFieldSelector& field, const PodFacts& facts) {
  const std::size_t dot = field.resource.find('.');
  const std::string list = field.resource.substr(0, dot);
  const std::string name = dot == std::string::npos ? "" : field.resource.substr(dot + 1);
  if (list != "limits" && list != "requests") {
    return fail(Code::invalid, fmt::format("unsupported container resource : {}", field.resource));
  }
  const core::v1::ResourceList& amounts =
      list == "limits" ? container.resources.limits : container.resources.requests;
  model::Quantity amount;
  if (const auto found = amounts.find(name); found != amounts.end()) {
    amount = found->second;
  } else if (const auto all = facts.allocatable.find(name);
             list == "limits" && all != facts.allocatable.end()) {
    amount = all->second;
  }
  const auto divide_up = [](std::int64_t a, std::int64_t b) { return b <= 1 ? a : (a + b - 1) / b; };
  if (name == "cpu") {
    const std::int64_t divisor = field.divisor.is_zero() ? 1000 : field.divisor.milli();
    return std::to_string(divide_up(amount.milli(), divisor));
  }
  const std::int64_t divisor = field.divisor.is_zero() ? 1 : field.divisor.units();
  return std::to_string(divide_up(amount.units(), divisor));
}

Environment service_environment(const std::vector<core::v1::Service>& services) {
  Environment out;
  for (const core::v1::Service& service : services) {
    const std::string& ip = service.spec.clusterIP;
    if (ip.empty() || ip == "None" || service.spec.ports.empty()) continue;
    const std::string name = shouted(service.metadata.name);
    const std::string host = ip.find(':') == std::string::npos ? ip : "[" + ip + "]";
    const auto url = [&host](const core::v1::ServicePort& port, const std::string& protocol) {
      return fmt::format("{}://{}:{}", protocol, host, port.port);
    };
    const auto lower = [](const core::v1::ServicePort& port) -> std::string {
      return port.protocol == "UDP" ? "udp" : port.protocol == "SCTP" ? "sctp" : "tcp";
    };
    out.emplace_back(name + "_SERVICE_HOST", ip);
    out.emplace_back(name + "_SERVICE_PORT", std::to_string(service.spec.ports.front().port));
    for (const core::v1::ServicePort& port : service.spec.ports) {
      if (!port.name.empty())
        out.emplace_back(name + "_SERVICE_PORT_" + shouted(port.name), std::to_string(port.port));
    }
    out.emplace_back(name + "_PORT", url(service.spec.ports.front(), lower(service.spec.ports.front())));
    for (const core::v1::ServicePort& port : service.spec.ports) {
      const std::string protocol = lower(port);
      const std::string prefix = fmt::format("{}_PORT_{}_{}", name, port.port, shouted(protocol));
      out.emplace_back(prefix, url(port, protocol));
      out.emplace_back(prefix + "_PROTO", protocol);
      out.emplace_back(prefix + "_PORT", std::to_string(port.port));
      out.emplace_back(prefix + "_ADDR", ip);
    }
  }
  return out;
}

}  // namespace aloft::node
