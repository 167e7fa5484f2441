// The round of measuring.
#include "telemetry/discovery/cluster_exporter.h"

#include <map>
#include <set>

#include "base/log.h"
#include "io/file.h"
#include "telemetry/discovery/exporters/container_exporter.h"
#include "telemetry/discovery/exporters/node_exporter.h"
#include "telemetry/discovery/exporters/object_exporter.h"
#include "telemetry/discovery/exporters/stale_tracker.h"

namespace aloft::telemetry::discovery {
namespace {

constexpr Log log("telemetry");

template <class T>
using Snapshot = std::vector<std::shared_ptr<const T>>;

template <class T>
Snapshot<T> all_of(client::InformerSet& informers) {
  Snapshot<T> objects;
  const auto& cached = informers.of<T>().all();
  objects.reserve(cached.size());
  for (const auto& [key, one] : cached) objects.push_back(std::static_pointer_cast<const T>(one.object));
  return objects;
}

std::string_view id_of(std::string_view container_id) {
  const std::size_t scheme = container_id.find("://");
  return scheme == std::string_view::npos ? container_id : container_id.substr(scheme + 3);
}

void add_containers(const core::v1::Pod& pod, const std::vector<core::v1::ContainerStatus>& statuses,
                    std::set<std::string, std::less<>>& known, std::vector<ContainerIdentity>& out) {
  for (const auto& status : statuses) {
    const std::string id(id_of(status.containerID));
    if (id.empty() || !status.state.running) continue;
    known.insert(id);
    ContainerIdentity who{
        id, status.name, pod.metadata.name, pod.metadata.namespace_, pod.metadata.uid, status.image, {}};
    if (status.state.running->startedAt.is_set()) who.started = status.state.running->startedAt.time();
    out.push_back(std::move(who));
  }
}

// A pod's cgroup holds one child for each container, and one more for the sandbox.
void add_sandbox(const std::string& hierarchies, const std::string& cgroup, const core::v1::Pod& pod,
                 const std::set<std::string, std::less<>>& known, std::vector<ContainerIdentity>& out) {
  for (const std::string_view hierarchy : {"/memory", "/cpuacct", ""}) {
    const auto names =
        io::list_directory(fmt::format("{}{}{}/pod-{}", hierarchies, hierarchy, cgroup, pod.metadata.uid));
    if (!names) continue;
    for (const std::string& name : *names) {
      // Identifiers of containerd are 64 digits; everything else here is a file of the cgroup.
      if (name.size() != 64 || known.contains(name)) continue;
      out.push_back({name, "", pod.metadata.name, pod.metadata.namespace_, pod.metadata.uid, "", {}});
      return;
    }
    return;
  }
}

}  // namespace

// What the caches hold at one instant; shared, so that a pool thread can read it.
struct ClusterExporter::Objects {
  Snapshot<core::v1::Node> nodes;
  Snapshot<core::v1::Namespace> namespaces;
  Snapshot<core::v1::Pod> pods;
  Snapshot<apps::v1::Deployment> deployments;
  Snapshot<apps::v1::ReplicaSet> replica_sets;
  Snapshot<core::v1::Service> services;
  Snapshot<core::v1::Endpoints> endpoints;
  Snapshot<::aloft::discovery::v1::EndpointSlice> endpoint_slices;
  Snapshot<core::v1::ConfigMap> config_maps;
  Snapshot<core::v1::Secret> secrets;
  Snapshot<coordination::v1::Lease> leases;

  Families families() const {
    Families out;
    export_nodes(nodes, out);
    export_namespaces(namespaces, out);
    export_pods(pods, out);
    export_pod_details(pods, out);
    export_containers(pods, out);
    export_deployments(deployments, out);
    export_replica_sets(replica_sets, out);
    export_services(services, out);
    export_endpoints(endpoints, out);
    export_endpoint_slices(endpoint_slices, out);
    export_config_maps(config_maps, out);
    export_secrets(secrets, out);
    export_leases(leases, out);
    return out;
  }
  std::vector<ContainerIdentity> containers_of(const ClusterExporterSettings& settings) const {
    std::vector<ContainerIdentity> all;
    for (const auto& pod : pods) {
      if (pod->spec.nodeName != settings.node_name) continue;
      std::set<std::string, std::less<>> known;
      add_containers(*pod, pod->status.containerStatuses, known, all);
      add_containers(*pod, pod->status.initContainerStatuses, known, all);
      add_containers(*pod, pod->status.ephemeralContainerStatuses, known, all);
      if (!known.empty() && !pod->spec.hostNetwork)
        add_sandbox(settings.root + "/sys/fs/cgroup", settings.cgroup, *pod, known, all);
    }
    return all;
  }
  UsageMeter::PodLabels labels() const {
    UsageMeter::PodLabels found;
    for (const auto& pod : pods)
      found[pod->metadata.namespace_ + "/" + pod->metadata.name] = pod->metadata.labels;
    return found;
  }
};

// What a round remembers for the next one. Touched by one pool thread at a time.
struct ClusterExporter::Memory {
  UsageMeter meter;
  std::map<std::string, StaleTracker, std::less<>> series;  // by job

  // As a scrape of that target would have left it.
  void write(Pipeline& pipeline, Families families, const std::string& job, std::string_view instance,
             const LabelList& more, WallTime now) {
    LabelsBuilder target;
    target.set("job", job).set("instance", instance);
    for (const auto& [name, value] : more) target.set(name, value);
    const auto count = static_cast<double>(families.sample_count());
    families.gauge("up", "Whether the target could be measured.").add(1);
    families.gauge("scrape_samples_scraped", "How many samples the target gave.").add(count);
    const Millis millis = now.since_epoch.count() / 1'000'000;
    MetricBatch batch = families.to_batch(target.build(), millis);
    series[job].mark(batch, millis);
    const auto written = pipeline.write(std::move(batch));
    if (!written) log.warning("the series of {} are lost: {}", job, written.error().message());
  }
};

ClusterExporter::ClusterExporter(io::Loop& loop, const Clock& clock, client::InformerSet& informers,
                                 io::Pool& pool, Pipeline& pipeline, ClusterExporterSettings settings,
                                 OnUsage on_usage)
    : loop_(loop),
      clock_(clock),
      informers_(informers),
      pool_(pool),
      pipeline_(pipeline),
      settings_(std::move(settings)),
      on_usage_(std::move(on_usage)),
      memory_(std::make_shared<Memory>()),
      scope_(loop) {
  (void)gather();  // names the kinds, so that the set watches them
}

ClusterExporter::~ClusterExporter() = default;

std::shared_ptr<const ClusterExporter::Objects> ClusterExporter::gather() const {
  auto objects = std::make_shared<Objects>();
  objects->nodes = all_of<core::v1::Node>(informers_);
  objects->namespaces = all_of<core::v1::Namespace>(informers_);
  objects->pods = all_of<core::v1::Pod>(informers_);
  objects->deployments = all_of<apps::v1::Deployment>(informers_);
  objects->replica_sets = all_of<apps::v1::ReplicaSet>(informers_);
  objects->services = all_of<core::v1::Service>(informers_);
  objects->endpoints = all_of<core::v1::Endpoints>(informers_);
  objects->endpoint_slices = all_of<::aloft::discovery::v1::EndpointSlice>(informers_);
  objects->config_maps = all_of<core::v1::ConfigMap>(informers_);
  objects->secrets = all_of<core::v1::Secret>(informers_);
  objects->leases = all_of<coordination::v1::Lease>(informers_);
  return objects;
}

void ClusterExporter::start() { scope_.spawn(run()); }

io::Task<> ClusterExporter::run() {
  co_await informers_.synced();
  for (;;) {
    co_await measure();
    co_await loop_.sleep(settings_.interval);
  }
}

io::Task<> ClusterExporter::measure() {
  const std::shared_ptr<const Objects> objects = gather();
  const WallTime now = clock_.wall();
  auto work = [objects, now, memory = memory_, settings = settings_, &pipeline = pipeline_]() -> Usage {
    memory->write(pipeline, objects->families(), "kube-state-metrics", "aloft", {}, now);
    if (settings.node_name.empty()) return {};
    const std::string& node = settings.node_name;
    memory->write(pipeline, NodeExporter(settings.root).collect(now), "node-exporter", node, {{"node", node}},
                  now);
    const std::vector<ContainerIdentity> containers = objects->containers_of(settings);
    const ContainerExporter exporter(settings.root, settings.cgroup);
    memory->write(pipeline, exporter.collect(containers, now), "kubelet", node,
                  {{"node", node}, {"metrics_path", "/metrics/cadvisor"}}, now);
    return memory->meter.measure(node, read_machine_use(settings.root), exporter.use(containers),
                                 objects->labels(), now);
  };
  Usage usage = co_await pool_.run(loop_, std::move(work));
  if (on_usage_) on_usage_(std::move(usage));
}

}  // namespace aloft::telemetry::discovery
