// The round of measuring.
#include "telemetry/discovery/cluster_exporter.h"

#include <map>
#include <set>

#include "base/log.h"
#include "io/file.h"
#include "telemetry/discovery/exporters/container_exporter.h"
#include "telemetry/discovery/exporters/node_exporter.h"
#include "telemetry/discovery/exporters/object_rounds.h"
#include "telemetry/discovery/exporters/stale_tracker.h"

namespace aloft::telemetry::discovery {
namespace {

constexpr Log exporter_log("telemetry");

template <class T>
void gather_kind(client::InformerSet& informers, ObjectSnapshot<T>& objects) {
  const auto& cached = informers.of<T>().all();
  objects.reserve(cached.size());
  for (const auto& [key, one] : cached) objects.push_back(std::static_pointer_cast<const T>(one.object));
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

ObjectSnapshot<core::v1::Pod> pods_of(const std::string& node, const ObjectStates& objects) {
  ObjectSnapshot<core::v1::Pod> found;
  for (const auto& pod : objects.of<core::v1::Pod>()) {
    if (pod->spec.nodeName == node) found.push_back(pod);
  }
  return found;
}

std::vector<ContainerIdentity> containers_of(Objects<core::v1::Pod> pods,
                                             const ClusterExporterSettings& settings) {
  std::vector<ContainerIdentity> all;
  for (const auto& pod : pods) {
    std::set<std::string, std::less<>> known;
    add_containers(*pod, pod->status.containerStatuses, known, all);
    add_containers(*pod, pod->status.initContainerStatuses, known, all);
    add_containers(*pod, pod->status.ephemeralContainerStatuses, known, all);
    if (!known.empty() && !pod->spec.hostNetwork)
      add_sandbox(settings.root + "/sys/fs/cgroup", settings.cgroup, *pod, known, all);
  }
  return all;
}

UsageMeter::PodLabels labels_of(Objects<core::v1::Pod> pods) {
  UsageMeter::PodLabels found;
  for (const auto& pod : pods)
    found[pod->metadata.namespace_ + "/" + pod->metadata.name] = pod->metadata.labels;
  return found;
}

Labels target_labels(std::string_view job, std::string_view instance, const LabelList& more) {
  LabelsBuilder target;
  target.set("job", job).set("instance", instance);
  for (const auto& [name, value] : more) target.set(name, value);
  return target.build();
}

// What a scrape leaves beside the samples of its target.
void add_scrape_series(Families& families, std::size_t count) {
  families.gauge("up", "Whether the target could be measured.").add(1);
  families.gauge("scrape_samples_scraped", "How many samples the target gave.")
      .add(static_cast<double>(count));
}

}  // namespace

// What a round remembers for the next one. Touched by one pool thread at a time.
struct ClusterExporter::Memory {
  UsageMeter meter;
  std::map<std::string, StaleTracker, std::less<>> series;  // by job

  ObjectRounds objects;

  // As a scrape of that target would have left it.
  void write_target(Pipeline& pipeline, Families families, const std::string& job, std::string_view instance,
                    const LabelList& more, WallTime now) {
    add_scrape_series(families, families.sample_count());
    MetricBatch batch = families.to_batch(target_labels(job, instance, more), millis_of(now));
    series[job].mark(batch, millis_of(now));
    write(pipeline, job, std::move(batch));
  }
  void write_objects(Pipeline& pipeline, std::shared_ptr<const ObjectStates> states, WallTime now) {
    const std::string job = "kube-state-metrics";
    const Labels target = target_labels(job, "aloft", {});
    Families families;
    add_scrape_series(families,
                      objects.write(std::move(states), target, millis_of(now),
                                    [&](MetricBatch batch) { write(pipeline, job, std::move(batch)); }));
    write(pipeline, job, families.to_batch(target, millis_of(now)));
  }

 private:
  static Millis millis_of(WallTime now) { return now.since_epoch.count() / 1'000'000; }
  static void write(Pipeline& pipeline, const std::string& job, MetricBatch batch) {
    const auto written = pipeline.write(std::move(batch));
    if (!written) exporter_log.warning("series of {} are lost: {}", job, written.error().message());
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

std::shared_ptr<const ObjectStates> ClusterExporter::gather() const {
  auto objects = std::make_shared<ObjectStates>();
  std::apply([this](auto&... kinds) { (gather_kind(informers_, kinds), ...); }, objects->kinds);
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
  const std::shared_ptr<const ObjectStates> objects = gather();
  const WallTime now = clock_.wall();
  auto work = [objects, now, memory = memory_, settings = settings_, &pipeline = pipeline_]() -> Usage {
    memory->write_objects(pipeline, objects, now);
    if (settings.node_name.empty()) return {};
    const std::string& node = settings.node_name;
    const ObjectSnapshot<core::v1::Pod> pods = pods_of(node, *objects);
    memory->write_target(pipeline, NodeExporter(settings.root).collect(now), "node-exporter", node,
                         {{"node", node}}, now);
    const std::vector<ContainerIdentity> containers = containers_of(pods, settings);
    const ContainerExporter exporter(settings.root, settings.cgroup);
    memory->write_target(pipeline, exporter.collect(containers, now), "kubelet", node,
                         {{"node", node}, {"metrics_path", "/metrics/cadvisor"}}, now);
    return memory->meter.measure(node, read_machine_use(settings.root), exporter.use(containers),
                                 labels_of(pods), now);
  };
  Usage usage = co_await pool_.run(loop_, std::move(work));
  if (on_usage_) on_usage_(std::move(usage));
}

}  // namespace aloft::telemetry::discovery
