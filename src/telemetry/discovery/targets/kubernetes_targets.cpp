// From caches to groups of targets, across loops.
#include "telemetry/discovery/targets/kubernetes_targets.h"

#include <algorithm>

#include "telemetry/discovery/targets/meta_labels.h"

namespace aloft::telemetry::discovery {
namespace {

using ::aloft::discovery::v1::EndpointSlice;

Result<TargetRole> parse_role(std::string_view text) {
  if (text == "node") return TargetRole::node;
  if (text == "pod") return TargetRole::pod;
  if (text == "service") return TargetRole::service;
  if (text == "endpoints") return TargetRole::endpoints;
  if (text == "endpointslice") return TargetRole::endpoint_slice;
  return fail(
      Code::invalid,
      fmt::format("role: unknown Kubernetes SD role \"{}\": expected node, pod, service, endpoints or "
                  "endpointslice",
                  text));
}

Result<> read_namespaces(const model::Value& value, KubernetesDiscovery& out) {
  const model::Value* names = value.at("names");
  if (names == nullptr) return {};
  if (!names->is_array()) return fail(Code::invalid, "namespaces.names: expected a list");
  for (const model::Value& name : names->as_array()) {
    if (!name.is_string()) return fail(Code::invalid, "namespaces.names: expected names");
    out.namespaces.push_back(name.as_string());
  }
  return {};
}

Result<> read_selectors(const model::Value& value, std::string_view role, KubernetesDiscovery& out) {
  if (!value.is_array()) return fail(Code::invalid, "selectors: expected a list");
  for (const model::Value& selector : value.as_array()) {
    if (selector.text_at("role") != role) continue;
    if (!selector.text_at("field").empty())
      return fail(Code::invalid, "selectors: field selectors are not available; use relabel_configs");
    auto labels = model::LabelSelector::parse(selector.text_at("label"));
    if (!labels) return std::unexpected<Error>(labels.error().at("selectors"));
    out.labels = std::move(*labels);
  }
  return {};
}

}  // namespace

Result<KubernetesDiscovery> parse_kubernetes_discovery(const model::Value& entry) {
  KubernetesDiscovery out;
  if (!entry.is_object()) return fail(Code::invalid, "expected a map");
  const std::string_view role = entry.text_at("role");
  TRY(parsed, parse_role(role));
  out.role = parsed;
  for (const auto& [name, value] : entry.as_object()) {
    if (name == "namespaces") {
      TRY_DO(read_namespaces(value, out));
    } else if (name == "selectors") {
      TRY_DO(read_selectors(value, role, out));
    } else if (name == "attach_metadata") {
      const model::Value* node = value.at("node");
      out.attach_node = node != nullptr && node->if_bool() != nullptr && *node->if_bool();
    } else if (name != "role" && name != "follow_redirects" && name != "enable_http2") {
      return fail(Code::invalid, fmt::format("{}: only the cloud that this runs in is discovered", name));
    }
  }
  return out;
}

struct KubernetesTargets::Subscriber {
  Subscriber(io::Loop& loop, KubernetesDiscovery wanted) : home(loop), what(std::move(wanted)) {}
  io::Loop& home;
  KubernetesDiscovery what;
  // Touched on `home` only; null once the provider has gone.
  scrape::TargetProvider::Update update;
  // Touched on the informers' loop only.
  std::vector<scrape::TargetGroup> told;
  bool told_before = false;
};

class KubernetesTargets::Provider final : public scrape::TargetProvider {
 public:
  Provider(KubernetesTargets& owner, std::shared_ptr<Subscriber> subscriber)
      : owner_(owner), subscriber_(std::move(subscriber)) {}
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  ~Provider() override {
    subscriber_->update = nullptr;
    owner_.loop_.post([&owner = owner_, gone = subscriber_] { std::erase(owner.subscribers_, gone); });
  }
  void start(Update update) override {
    subscriber_->update = std::move(update);
    owner_.loop_.post([&owner = owner_, added = subscriber_] {
      owner.subscribers_.push_back(added);
      owner.tell(*added);
    });
  }

 private:
  KubernetesTargets& owner_;
  std::shared_ptr<Subscriber> subscriber_;
};

KubernetesTargets::KubernetesTargets(io::Loop& loop, client::InformerSet& informers, Duration settle)
    : loop_(loop), informers_(informers), settle_(settle), changed_(loop), scope_(loop) {
  const auto watch = [this](client::InformerCore& informer) {
    informer.add_handler([this](const client::Notice&) { changed_.set(); });
  };
  watch(informers_.of<core::v1::Node>());
  watch(informers_.of<core::v1::Pod>());
  watch(informers_.of<core::v1::Service>());
  watch(informers_.of<core::v1::Endpoints>());
  watch(informers_.of<EndpointSlice>());
}

KubernetesTargets::~KubernetesTargets() = default;

void KubernetesTargets::start() { scope_.spawn(run()); }

std::unique_ptr<scrape::TargetProvider> KubernetesTargets::provider(io::Loop& home,
                                                                    KubernetesDiscovery what) {
  return std::make_unique<Provider>(*this, std::make_shared<Subscriber>(home, std::move(what)));
}

io::Task<> KubernetesTargets::run() {
  co_await informers_.synced();
  for (;;) {
    for (const auto& subscriber : subscribers_) tell(*subscriber);
    co_await changed_.wait();
    co_await loop_.sleep(settle_);
    changed_.reset();
  }
}

void KubernetesTargets::tell(Subscriber& subscriber) {
  std::vector<scrape::TargetGroup> now = groups(subscriber.what);
  if (subscriber.told_before && now == subscriber.told) return;
  subscriber.told = now;
  subscriber.told_before = true;
  // Found again by identity: the subscriber is shared and may outlive its provider, never the other way.
  for (const auto& held : subscribers_) {
    if (held.get() != &subscriber) continue;
    subscriber.home.post([held, groups = std::move(now)]() mutable {
      if (held->update) held->update(std::move(groups));
    });
    return;
  }
}

std::vector<scrape::TargetGroup> KubernetesTargets::groups(const KubernetesDiscovery& what) const {
  const ObjectFinder find{[this](const std::string& ns, const std::string& name) {
                            return std::static_pointer_cast<const core::v1::Pod>(
                                informers_.of<core::v1::Pod>().get(client::ObjectKey(ns, name)));
                          },
                          [this](const std::string& ns, const std::string& name) {
                            return std::static_pointer_cast<const core::v1::Service>(
                                informers_.of<core::v1::Service>().get(client::ObjectKey(ns, name)));
                          }};
  std::vector<scrape::TargetGroup> found;
  const auto each = [&](client::InformerCore& informer, auto make) {
    for (const auto& [key, cached] : informer.all()) {
      const auto& metadata = *static_cast<const meta::v1::ObjectMeta*>(cached.object.get());
      const bool inside = what.namespaces.empty() || metadata.namespace_.empty() ||
                          std::ranges::find(what.namespaces, metadata.namespace_) != what.namespaces.end();
      if (inside && what.labels.matches(metadata.labels)) found.push_back(make(cached.object.get()));
    }
  };
  switch (what.role) {
    case TargetRole::node:
      each(informers_.of<core::v1::Node>(),
           [](const void* object) { return node_targets(*static_cast<const core::v1::Node*>(object)); });
      break;
    case TargetRole::pod:
      each(informers_.of<core::v1::Pod>(),
           [](const void* object) { return pod_targets(*static_cast<const core::v1::Pod*>(object)); });
      break;
    case TargetRole::service:
      each(informers_.of<core::v1::Service>(), [](const void* object) {
        return service_targets(*static_cast<const core::v1::Service*>(object));
      });
      break;
    case TargetRole::endpoints:
      each(informers_.of<core::v1::Endpoints>(), [&](const void* object) {
        return endpoints_targets(*static_cast<const core::v1::Endpoints*>(object), find);
      });
      break;
    case TargetRole::endpoint_slice:
      each(informers_.of<EndpointSlice>(), [&](const void* object) {
        return endpoint_slice_targets(*static_cast<const EndpointSlice*>(object), find);
      });
      break;
  }
  if (what.attach_node && what.role != TargetRole::node) attach_nodes(found);
  return found;
}

void KubernetesTargets::attach_nodes(std::vector<scrape::TargetGroup>& groups) const {
  constexpr std::string_view names[] = {"__meta_kubernetes_pod_node_name",
                                        "__meta_kubernetes_endpoint_node_name",
                                        "__meta_kubernetes_endpointslice_endpoint_node_name"};
  for (scrape::TargetGroup& group : groups) {
    for (Labels& target : group.targets) {
      std::string node;
      for (const std::string_view name : names) {
        if (node.empty()) node = target.get(name);
        if (node.empty()) node = group.labels.get(name);
      }
      if (node.empty()) continue;
      const auto held = std::static_pointer_cast<const core::v1::Node>(
          informers_.of<core::v1::Node>().get(client::ObjectKey("", node)));
      if (held != nullptr) target = with_node(target, *held);
    }
  }
}

}  // namespace aloft::telemetry::discovery
