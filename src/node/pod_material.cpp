// See pod_material.h.
#include "node/pod_material.h"

#include <fmt/format.h>

#include "base/log.h"
#include "client/typed.h"
#include "io/file.h"
#include "model/kinds/authentication/v1/token_request.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"
#include "node/log_file.h"
#include "node/plain_file.h"
#include "node/pod_cgroup.h"
#include "node/volumes.h"

namespace aloft::node {

namespace {

using core::v1::Pod;

constexpr Log log("node.pods");

constexpr std::size_t termination_message_limit = 4096;
constexpr std::string_view usual_termination_path = "/dev/termination-log";

struct IssuedToken {
  std::string text;
  WallTime renew_at{};  // after four fifths of its life
};

MountConfig::Propagation propagation_of(const core::v1::VolumeMount& mount) {
  if (mount.mountPropagation == "HostToContainer") return MountConfig::Propagation::from_host;
  if (mount.mountPropagation == "Bidirectional") return MountConfig::Propagation::both;
  return MountConfig::Propagation::none;
}

class LocalMaterial final : public PodMaterial {
 public:
  LocalMaterial(io::Loop& loop, const Clock& clock, io::Pool& pool, client::Client& client,
                MaterialSettings settings)
      : loop_(loop), clock_(clock), pool_(pool), client_(client), settings_(std::move(settings)) {}

  io::Task<Result<>> prepare(PodPointer pod) override {
    const VolumeNeeds needs = needs_of_volumes(*pod);
    TRY_CO(sources, co_await fetch(pod->metadata.namespace_, needs.names));
    Tokens tokens;
    for (const TokenWish& wish : needs.tokens) {
      TRY_CO(token, co_await issue(pod, wish));
      tokens[wish] = std::move(token);
    }
    TRY_CO(plans, plan_volumes(*pod, pod_folder(pod->metadata.uid), sources, tokens, facts_of(*pod, {})));
    std::int64_t shares = 0;
    for (const core::v1::Container& container : pod->spec.containers) {
      shares += limits_of(*pod, container, settings_.cluster).cpu_shares;
    }
    auto work = [plans = std::move(plans), version = format_nanos(clock_.wall()),
                 folder = pod_folder(pod->metadata.uid), logs = log_folder(*pod),
                 cgroup = cgroup_of(pod->metadata.uid), shares]() -> Result<> {
      TRY_DO(io::make_directories(folder, 0750));
      TRY_DO(io::make_directories(logs, 0755));
      make_pod_cgroup(cgroup, shares);
      return make_volumes(plans, version);
    };
    co_return co_await pool_.run(loop_, std::move(work));
  }

  io::Task<Result<SandboxConfig>> sandbox(PodPointer pod, std::uint32_t attempt) override {
    TRY_CO(config, sandbox_config(*pod, attempt, settings_.cluster));
    config.log_directory = log_folder(*pod);
    config.cgroup_parent = cgroup_of(pod->metadata.uid);
    co_return config;
  }

  io::Task<Result<ContainerConfig>> container(PodPointer pod, std::string name,
                                              ContainerPlace place) override {
    const core::v1::Container* spec = find_container(*pod, name);
    if (spec == nullptr) co_return fail(Code::not_found, "the pod has no container " + name);
    ConfigNames names = names_in_environment(*spec);
    names.services = true;
    TRY_CO(sources, co_await fetch(pod->metadata.namespace_, names));
    if (!pod->spec.enableServiceLinks.value_or(true)) {
      std::erase_if(sources.services, [](const core::v1::Service& service) {
        return service.metadata.name != "kubernetes" || service.metadata.namespace_ != "default";
      });
    }
    TRY_CO(environment, make_environment(*pod, *spec, sources, facts_of(*pod, place.pod_ips)));
    TRY_CO(mounts, make_mounts(*pod, *spec, place, environment));
    const std::string logs = log_folder(*pod) + "/" + name;
    TRY_CO_DO(io::make_directories(logs, 0755));
    ContainerInput input{*pod, *spec, place, settings_.cluster, std::move(environment), std::move(mounts)};
    co_return container_config(std::move(input));
  }

  io::Task<PullSecrets> pull_secrets(PodPointer pod, std::string image) override {
    PullSecrets secrets;
    std::vector<RegistryAuth> all;
    for (const auto& reference : pod->spec.imagePullSecrets) {
      auto secret = co_await find<core::v1::Secret>(pod->metadata.namespace_, reference.name);
      if (!secret || *secret == nullptr) {
        secrets.missing.push_back(reference.name);
        continue;
      }
      auto read = read_registry_auth(**secret);
      if (!read) {
        log.warning("pod {}/{}: {}", pod->metadata.namespace_, pod->metadata.name, read.error().message());
        secrets.missing.push_back(reference.name);
        continue;
      }
      all.insert(all.end(), read->begin(), read->end());
    }
    secrets.auth = auth_for_image(all, image);
    co_return secrets;
  }

  std::string termination_message(const Pod& pod, const Container& ended) override {
    const core::v1::Container* spec = find_container(pod, ended.name);
    if (spec == nullptr) return {};
    auto text = io::read_file(termination_file(pod.metadata.uid, ended.name, ended.attempt), 1 << 20U);
    std::string message = text ? std::move(*text) : std::string();
    if (message.empty() && ended.exit_code != 0 &&
        spec->terminationMessagePolicy == "FallbackToLogsOnError") {
      message = last_log_lines(log_folder(pod) + "/" + log_path_of(ended.name, ended.attempt), 80, 2048);
    }
    if (message.size() > termination_message_limit) message.resize(termination_message_limit);
    return message;
  }

  io::Task<Result<>> clean_up(std::string uid) override {
    std::erase_if(tokens_, [&uid](const auto& entry) { return entry.first.first == uid; });
    auto work = [folder = pod_folder(uid), cgroup = cgroup_of(uid), logs = settings_.paths.logs,
                 uid]() -> Result<> {
      TRY_DO(remove_pod_folder(folder));
      remove_pod_cgroup(cgroup);
      auto names = io::list_directory(logs);
      if (!names) return {};
      for (const std::string& name : *names) {
        if (name.ends_with("_" + uid)) TRY_DO(io::remove_tree(logs + "/" + name));
      }
      return {};
    };
    co_return co_await pool_.run(loop_, std::move(work));
  }

 private:
  std::string pod_folder(const std::string& uid) const { return settings_.paths.pods + "/" + uid; }
  std::string cgroup_of(const std::string& uid) const { return settings_.paths.cgroup + "/pod-" + uid; }
  std::string log_folder(const Pod& pod) const {
    return settings_.paths.logs + "/" +
           log_folder_of(pod.metadata.namespace_, pod.metadata.name, pod.metadata.uid);
  }
  std::string termination_file(const std::string& uid, const std::string& container,
                               std::uint32_t attempt) const {
    return fmt::format("{}/containers/{}/{}-termination", pod_folder(uid), container, attempt);
  }

  PodFacts facts_of(const Pod& pod, std::vector<std::string> pod_ips) const {
    PodFacts facts = settings_.node;
    facts.pod_ips = std::move(pod_ips);
    if (facts.pod_ips.empty()) {
      for (const core::v1::PodIP& ip : pod.status.podIPs) facts.pod_ips.push_back(ip.ip);
    }
    return facts;
  }

  template <class T>
  io::Task<Result<std::shared_ptr<const T>>> find(std::string ns, std::string name) {
    client::ObjectKey key;
    key.ns = std::move(ns);
    key.name = std::move(name);
    auto found = co_await client::get<T>(client_, std::move(key));
    std::shared_ptr<const T> object;
    if (found)
      object = std::make_shared<const T>(std::move(*found));
    else if (found.error().code() != Code::not_found)
      co_return fail(std::move(found.error()));
    co_return object;
  }

  io::Task<Result<ConfigSources>> fetch(std::string ns, ConfigNames names) {
    ConfigSources sources;
    for (const std::string& name : names.config_maps) {
      TRY_CO(object, co_await find<core::v1::ConfigMap>(ns, name));
      sources.config_maps[name] = std::move(object);
    }
    for (const std::string& name : names.secrets) {
      TRY_CO(object, co_await find<core::v1::Secret>(ns, name));
      sources.secrets[name] = std::move(object);
    }
    if (!names.services) co_return sources;
    client::ListOptions options;
    options.ns = ns;
    options.resource_version = "0";
    TRY_CO(services, co_await client::list<core::v1::Service>(client_, std::move(options)));
    sources.services = std::move(services.items);
    if (ns != "default") {
      TRY_CO(master, co_await find<core::v1::Service>("default", "kubernetes"));
      if (master != nullptr) sources.services.push_back(*master);
    }
    co_return sources;
  }

  io::Task<Result<std::string>> issue(PodPointer pod, TokenWish wish) {
    const std::pair key(pod->metadata.uid, wish);
    IssuedToken& known = tokens_[key];
    if (!known.text.empty() && clock_.wall() < known.renew_at) co_return known.text;
    authentication::v1::TokenRequest request;
    if (!wish.audience.empty()) request.spec.audiences.push_back(wish.audience);
    request.spec.expirationSeconds = wish.seconds;
    request.spec.boundObjectRef.emplace();
    request.spec.boundObjectRef->kind = "Pod";
    request.spec.boundObjectRef->apiVersion = "v1";
    request.spec.boundObjectRef->name = pod->metadata.name;
    request.spec.boundObjectRef->uid = pod->metadata.uid;
    client::ObjectKey account;
    account.ns = pod->metadata.namespace_;
    account.name = pod->spec.serviceAccountName.empty() ? "default" : pod->spec.serviceAccountName;
    client::Resource resource;
    resource.version = "v1";
    resource.plural = "serviceaccounts";
    client::WriteOptions options;
    options.subresource = "token";
    auto answer = co_await client_.create(std::move(resource), std::move(account),
                                          client::encode_object(request), std::move(options));
    auto issued = client::decode_object<authentication::v1::TokenRequest>(answer);
    if (!issued) co_return fail(issued.error().at("failed to fetch token"));
    IssuedToken fresh;
    fresh.text = issued->status.token;
    fresh.renew_at = clock_.wall() + std::chrono::seconds(wish.seconds) * 4 / 5;
    tokens_[key] = fresh;
    co_return fresh.text;
  }

  // Volumes, the hosts file and the file for the termination message.
  Result<std::vector<MountConfig>> make_mounts(const Pod& pod, const core::v1::Container& spec,
                                               const ContainerPlace& place,
                                               const Environment& environment) const {
    std::vector<MountConfig> mounts;
    bool own_hosts = false;
    for (const core::v1::VolumeMount& wanted : spec.volumeMounts) {
      MountConfig mount;
      mount.container_path = wanted.mountPath.starts_with('/') ? wanted.mountPath : "/" + wanted.mountPath;
      mount.read_only = wanted.readOnly;
      mount.propagation = propagation_of(wanted);
      TRY(path, volume_path(pod, wanted, environment));
      mount.host_path = std::move(path);
      own_hosts = own_hosts || mount.container_path == "/etc/hosts";
      mounts.push_back(std::move(mount));
    }
    const std::string folder = pod_folder(pod.metadata.uid);
    if (!own_hosts) {
      MountConfig hosts;
      hosts.container_path = "/etc/hosts";
      hosts.host_path = folder + "/etc-hosts";
      TRY_DO(io::make_directories(folder, 0750));
      const std::string text = pod.spec.hostNetwork
                                   ? shared_hosts_file_of(pod, io::read_file("/etc/hosts").value_or(""))
                                   : hosts_file_of(pod, place.pod_ips, settings_.cluster);
      auto written = io::read_file(hosts.host_path);
      if (!written || *written != text) TRY_DO(write_plain_file(hosts.host_path, text, 0644));
      mounts.push_back(std::move(hosts));
    }
    MountConfig message;
    message.container_path = spec.terminationMessagePath.empty() ? std::string(usual_termination_path)
                                                                 : spec.terminationMessagePath;
    message.host_path = termination_file(pod.metadata.uid, spec.name, place.attempt);
    TRY_DO(io::make_directories(message.host_path.substr(0, message.host_path.rfind('/')), 0755));
    TRY_DO(write_plain_file(message.host_path, "", 0666));
    mounts.push_back(std::move(message));
    return mounts;
  }

  Result<std::string> volume_path(const Pod& pod, const core::v1::VolumeMount& wanted,
                                  const Environment& environment) const {
    const core::v1::Volume* volume = nullptr;
    for (const core::v1::Volume& known : pod.spec.volumes) {
      if (known.name == wanted.name) volume = &known;
    }
    if (volume == nullptr) return fail(Code::not_found, fmt::format("volume \"{}\" not found", wanted.name));
    std::string path = pod_folder(pod.metadata.uid) + "/volumes/" + wanted.name;
    if (volume->volumeSource.hostPath) path = volume->volumeSource.hostPath->path;
    std::string sub = wanted.subPath;
    if (!wanted.subPathExpr.empty()) {
      if (const auto missing = missing_variables(wanted.subPathExpr, environment); !missing.empty())
        return fail(Code::invalid, fmt::format("missing value for {}", fmt::join(missing, ", ")));
      sub = expand_variables(wanted.subPathExpr, environment);
    }
    if (sub.empty()) return path;
    return resolve_sub_path(path, sub);
  }

  io::Loop& loop_;
  const Clock& clock_;
  io::Pool& pool_;
  client::Client& client_;
  MaterialSettings settings_;
  std::map<std::pair<std::string, TokenWish>, IssuedToken> tokens_;  // by pod uid
};

}  // namespace

std::unique_ptr<PodMaterial> make_pod_material(io::Loop& loop, const Clock& clock, io::Pool& pool,
                                               client::Client& client, MaterialSettings settings) {
  return std::make_unique<LocalMaterial>(loop, clock, pool, client, std::move(settings));
}

}  // namespace aloft::node
