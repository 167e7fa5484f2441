// See agent.h.
#include "node/agent.h"

#include <csignal>

#include <fmt/format.h>

#include "base/log.h"
#include "client/informer.h"
#include "client/recorder.h"
#include "client/typed.h"
#include "http/server.h"
#include "io/file.h"
#include "io/pool.h"
#include "node/admission.h"
#include "node/cni.h"
#include "node/container_config.h"
#include "node/cri.h"
#include "node/eviction.h"
#include "node/image_collection.h"
#include "node/images.h"
#include "node/log_rotation.h"
#include "node/node_object.h"
#include "node/node_registration.h"
#include "node/node_server.h"
#include "node/pod_material.h"
#include "node/pod_reporter.h"
#include "node/pod_worker.h"
#include "node/probe_runner.h"
#include "node/storage_limits.h"
#include "node/upkeep.h"

namespace aloft::node {

namespace {

const Log log_agent("node");

constexpr Duration rotation_period = 10s;
constexpr Duration eviction_period = 10s;
constexpr Duration storage_period = 10s;
constexpr Duration image_period = 5min;
constexpr Duration upkeep_period = 5min;
constexpr std::int64_t runtime_log_bytes = 16 << 20U;
constexpr Duration safety_period = 60s;  // every pod is looked at so often, whatever was announced
constexpr Duration compare_period = 5s;  // what the runtime lists is compared with what the workers saw

client::WatchOptions pods_of(const std::string& node) {
  client::WatchOptions options;
  options.field_selector = "spec.nodeName=" + node;
  return options;
}

MaterialSettings material_settings(const AgentSettings& settings, const NodeFacts& facts) {
  MaterialSettings material{settings.paths, {}, {}};
  material.cluster.cluster_domain = settings.cluster_domain;
  material.cluster.dns_servers = settings.dns_servers;
  material.cluster.host_dns = parse_resolv_conf(io::read_file("/etc/resolv.conf").value_or(""));
  material.cluster.memory_capacity_bytes = facts.machine.memory_bytes;
  material.node.host_ips = settings.addresses;
  material.node.allocatable = capacity_of(facts);
  return material;
}

// Whose destructor takes everything down in the reverse order of its members.
class LocalAgent final : public NodeAgent {
 public:
  LocalAgent(io::EpollLoop& loop, const Clock& clock, Random& random, Metrics& metrics,
             client::Client& client, AgentSettings settings)
      : loop_(loop),
        clock_(clock),
        random_(random),
        client_(client),
        settings_(std::move(settings)),
        pool_(4),
        containerd_(loop, settings_.paths),
        runtime_(make_cri_runtime(loop, settings_.paths.socket)),
        recorder_(loop, clock, client, random, "kubelet", settings_.name),
        reporter_(make_pod_reporter(client, recorder_)),
        probes_(make_probe_runner(loop, *runtime_)),
        pods_gauge_(metrics.gauge("aloft_node_pods", "Pods on this node.")),
        scope_(loop) {}

  io::Task<Result<>> begin() {
    PodNetwork network;
    network.cidr = settings_.pod_cidr;
    for (const std::string& folder : {settings_.paths.pods, settings_.paths.logs}) {
      TRY_CO_DO(io::make_directories(folder, 0755));
    }
    TRY_CO_DO(write_cni_configuration(settings_.paths, network));
    TRY_CO_DO(co_await containerd_.start());
    if (!settings_.images_folder.empty()) {
      Images images(loop_, pool_, settings_.paths);
      TRY_CO_DO(co_await images.build_all(settings_.images_folder));
    }
    TRY_CO_DO(co_await await_network());
    TRY_CO_DO(listen());
    NodeFacts facts = known_facts();
    TRY_CO(version, co_await runtime_->version());
    facts.runtime = std::move(version);
    registration_ = std::make_unique<NodeRegistration>(loop_, clock_, client_, *runtime_, std::move(facts),
                                                       settings_.paths.data);
    TRY_CO_DO(co_await registration_->begin());
    material_ = make_pod_material(loop_, clock_, pool_, client_,
                                  material_settings(settings_, registration_->facts()));
    make_context();
    runtime_->on_change([this](const std::string& id) { on_runtime_change(id); });
    informer_ =
        std::make_unique<client::Informer<core::v1::Pod>>(loop_, client_, random_, pods_of(settings_.name));
    informer_->add_handler([this](const client::Notice& notice) { on_pod(notice); });
    informer_->start();
    co_await informer_->synced();
    scope_.spawn(remove_orphans());
    scope_.spawn(rotate_logs());
    scope_.spawn(look_at_all());
    scope_.spawn(compare_with_runtime());
    scope_.spawn(evict_under_pressure());
    scope_.spawn(enforce_storage_limits());
    scope_.spawn(collect_images_in_time());
    scope_.spawn(look_after_runtime());
    log_agent.info("node {} runs pods: server={} pods={}", settings_.name, address().to_string(),
                   workers_.size());
    co_return Result<>();
  }

  const io::Address& address() const override { return server_->address(); }
  std::size_t pods() const override { return workers_.size(); }

  io::Task<> stop() override {
    scope_.cancel();
    informer_.reset();
    workers_.clear();
    registration_.reset();
    co_await server_->shut_down(1s);
  }

 private:
  void make_context() {
    WorkerContext context{loop_, clock_, *runtime_, *material_, *probes_, *reporter_, settings_.addresses};
    context_ = std::make_unique<WorkerContext>(std::move(context));
  }

  NodeFacts known_facts() const {
    NodeFacts facts;
    facts.name = settings_.name;
    facts.addresses = settings_.addresses;
    facts.agent_port = address().port;
    facts.version = settings_.version;
    facts.pod_cidr = settings_.pod_cidr;
    facts.labels = settings_.labels;
    facts.machine = read_machine_facts(settings_.paths.data);
    return facts;
  }

  // containerd reads the network's configuration a moment after it was written.
  io::Task<Result<>> await_network() {
    const Time limit = loop_.now() + 10s;
    for (;;) {
      auto ready = co_await runtime_->check_ready();
      if (ready || loop_.now() > limit) co_return ready;
      co_await loop_.sleep(10ms);
    }
  }

  Result<> listen() {
    NodeServerContext context{loop_, clock_, random_, *runtime_, settings_.paths, {}, {}, settings_.archive};
    context.find_pod = [this](const std::string& ns, const std::string& name) -> const PodWorker* {
      for (const auto& [uid, worker] : workers_) {
        const meta::v1::ObjectMeta& metadata = worker->pod()->metadata;
        if (metadata.name == name && metadata.namespace_ == ns && !worker->done()) return worker.get();
      }
      return nullptr;
    };
    context.all_pods = [this] {
      std::vector<PodPointer> all;
      for (const auto& [uid, worker] : workers_) all.push_back(worker->pod());
      return all;
    };
    handler_ = std::make_unique<NodeServer>(std::move(context));
    http::ServerSettings settings;
    settings.tls = settings_.tls;
    TRY(server, http::Server::start(loop_, settings_.listen, *handler_, settings));
    server_ = std::move(server);
    return {};
  }

  // A pod of the same name with another uid is another pod: the old one ends while the new one begins.
  void on_pod(const client::Notice& notice) {
    const auto old = std::static_pointer_cast<const core::v1::Pod>(notice.old);
    const auto now = std::static_pointer_cast<const core::v1::Pod>(notice.now);
    if (old != nullptr && (now == nullptr || now->metadata.uid != old->metadata.uid)) {
      if (const auto found = workers_.find(old->metadata.uid); found != workers_.end())
        found->second->remove();
    }
    if (now == nullptr) return;
    const std::string uid = now->metadata.uid;
    if (const auto found = workers_.find(uid); found != workers_.end()) {
      found->second->update(now);
      return;
    }
    auto worker = std::make_unique<PodWorker>(*context_, now, [this, uid] {
      // The worker calls from its own task, so it is destroyed a turn later.
      loop_.post([this, uid, alive = std::weak_ptr<int>(alive_)] {
        if (alive.expired()) return;
        workers_.erase(uid);
        demands_.erase(uid);
        pods_gauge_.set(static_cast<double>(workers_.size()));
      });
    });
    PodWorker& made = *worker;
    workers_[uid] = std::move(worker);
    demands_[uid] = demand_of(now);
    pods_gauge_.set(static_cast<double>(workers_.size()));
    const bool known = now->status.startTime || now->metadata.deletionTimestamp || is_terminal(*now);
    if (known)
      made.start();
    else
      scope_.spawn(admit(uid));
  }

  // Starts a worker that is new here, unless the machine must not or cannot run its pod.
  io::Task<> admit(std::string uid) {
    const auto entry = workers_.find(uid);
    if (entry == workers_.end()) co_return;
    PodPointer pod = entry->second->pod();
    std::vector<const Demand*> others;
    for (const auto& [other, worker] : workers_) {
      if (other != uid && worker->takes_room()) others.push_back(&demands_.at(other));
    }
    const core::v1::ResourceList allocatable = capacity_of(registration_->facts());
    std::optional<PodFailure> refused = refuse_pod(*pod, demands_.at(uid), allocatable, others);
    if (!refused && asks_for_node(*pod)) {
      client::ObjectKey key;
      key.name = settings_.name;
      auto node = co_await client::get<core::v1::Node>(client_, std::move(key));
      if (node) refused = refuse_node(pod, *node);
    }
    const auto found = workers_.find(uid);
    if (found == workers_.end()) co_return;
    if (refused) {
      tell(*pod, *refused);
      refused->message = "Pod was rejected: " + refused->message;
      found->second->fail_pod(std::move(*refused));
    }
    found->second->start();
  }

  void wake(const std::string& id) {
    for (const auto& [uid, worker] : workers_) {
      if (id.empty() || worker->sees(id)) worker->wake();
    }
  }

  void on_runtime_change(const std::string& id) {
    wake(id);
    // The runtime itself learns of the end of a container by the same event, and may not show it yet.
    if (!id.empty()) scope_.spawn(wake_again(id));
  }

  io::Task<> wake_again(std::string id) {
    for (const Duration pause : {Duration(30ms), Duration(200ms), Duration(1s)}) {
      co_await loop_.sleep(pause);
      wake(id);
    }
  }

  io::Task<> look_at_all() {
    for (;;) {
      co_await loop_.sleep(safety_period);
      wake({});
    }
  }

  // On a machine with much to do the runtime shows the end of a container long after it has announced it. One
  // list tells which pods changed without their worker's knowledge.
  io::Task<> compare_with_runtime() {
    for (;;) {
      co_await loop_.sleep(compare_period);
      auto pods = co_await runtime_->list_pods();
      if (!pods) continue;
      const RuntimePod none;
      for (const auto& [uid, worker] : workers_) {
        const auto found = pods->find(uid);
        if (!worker->agrees_with(found == pods->end() ? none : found->second)) worker->wake();
      }
    }
  }

  // Pods that were removed from the API while nobody watched.
  io::Task<> remove_orphans() {
    auto pods = co_await runtime_->list_pods();
    if (!pods) co_return;
    for (const auto& [uid, pod] : *pods) {
      if (workers_.contains(uid)) continue;
      log_agent.info("removing pod {}, which the API no longer has", uid);
      for (const Sandbox& sandbox : pod.sandboxes) {
        (void)co_await runtime_->stop_sandbox(sandbox.id);
        (void)co_await runtime_->remove_sandbox(sandbox.id);
      }
      (void)co_await material_->clean_up(uid);
    }
    auto folders = io::list_directory(settings_.paths.pods);
    if (!folders) co_return;
    for (const std::string& uid : *folders) {
      if (!workers_.contains(uid)) (void)co_await material_->clean_up(uid);
    }
  }

  io::Task<> evict_under_pressure() {
    for (;;) {
      co_await loop_.sleep(eviction_period);
      MachineFacts machine = read_machine_facts(settings_.paths.data);
      if (is_low_on_memory(machine)) {
        co_await evict_one(machine, Scarce::memory);
      } else if (is_low_on_disk(machine)) {
        co_await collect_images();
        machine = read_machine_facts(settings_.paths.data);
        if (is_low_on_disk(machine)) co_await evict_one(machine, Scarce::disk);
      }
    }
  }

  // One pod at a time, so that what it gives back counts before the next one is judged.
  io::Task<> evict_one(MachineFacts machine, Scarce scarce) {
    auto usage = co_await runtime_->usage();
    if (!usage) co_return;
    std::vector<PodPointer> candidates;
    for (const auto& [uid, worker] : workers_) candidates.push_back(worker->pod());
    const auto victim = choose_victim(candidates, *usage, scarce);
    if (!victim) co_return;
    const auto found = workers_.find(*victim);
    if (found == workers_.end()) co_return;
    end_pod(*found->second, eviction_failure(machine, scarce));
  }

  void end_pod(PodWorker& worker, PodFailure failure) {
    log_agent.warning("evicting pod {}: {}", worker.pod()->metadata.uid, failure.message);
    tell(*worker.pod(), failure);
    worker.fail_pod(std::move(failure));
  }

  void tell(const core::v1::Pod& pod, const PodFailure& failure) {
    PodReporter::Note note;
    note.warning = true;
    note.reason = failure.reason;
    note.message = failure.message;
    reporter_->announce(pod, std::move(note));
  }

  // Ends pods that wrote more to the disk than they may.
  io::Task<> enforce_storage_limits() {
    for (;;) {
      co_await loop_.sleep(storage_period);
      std::vector<std::string> limited;
      for (const auto& [uid, worker] : workers_) {
        if (worker->takes_room() && limits_storage(*worker->pod())) limited.push_back(uid);
      }
      if (limited.empty()) continue;
      auto usage = co_await runtime_->usage();
      if (!usage) continue;
      for (const std::string& uid : limited) co_await check_storage(uid, *usage);
    }
  }

  io::Task<> check_storage(std::string uid, const std::vector<ContainerUsage>& usage) {
    const auto known = workers_.find(uid);
    if (known == workers_.end()) co_return;
    PodPointer pod = known->second->pod();
    StorageUse use;
    for (const ContainerUsage& container : usage) {
      if (container.pod_uid == uid)
        use.containers[container.name] += static_cast<std::int64_t>(container.disk_bytes);
    }
    const meta::v1::ObjectMeta& metadata = pod->metadata;
    auto measure = [pod, use, volumes = settings_.paths.pods + "/" + uid + "/volumes/",
                    logs = settings_.paths.logs + "/" +
                           log_folder_of(metadata.namespace_, metadata.name, uid) + "/"]() mutable {
      for (const std::string& name : disk_volumes_of(*pod)) use.volumes[name] = bytes_below(volumes + name);
      for (const core::v1::Container& container : pod->spec.containers)
        use.containers[container.name] += bytes_below(logs + container.name);
      return use;
    };
    use = co_await pool_.run(loop_, std::move(measure));
    const auto found = workers_.find(uid);
    if (found == workers_.end() || !found->second->takes_room()) co_return;
    if (auto failure = storage_failure(*pod, use)) end_pod(*found->second, std::move(*failure));
  }

  io::Task<> collect_images_in_time() {
    for (;;) {
      co_await loop_.sleep(image_period);
      co_await collect_images();
    }
  }

  io::Task<> look_after_runtime() {
    StrayShims strays;
    for (;;) {
      co_await loop_.sleep(upkeep_period);
      auto look = [log = settings_.paths.containerd + "/containerd.log", socket = settings_.paths.socket] {
        bound_log(log, runtime_log_bytes);
        return find_shims(socket);
      };
      const std::vector<Shim> shims = co_await pool_.run(loop_, std::move(look));
      auto pods = co_await runtime_->list_pods();
      if (!pods) continue;
      std::set<std::string> known;
      for (const auto& [uid, pod] : *pods) {
        for (const Sandbox& sandbox : pod.sandboxes) known.insert(sandbox.id);
        for (const Container& container : pod.containers) known.insert(container.id);
      }
      for (const Shim& stray : strays.look(shims, known)) {
        log_agent.info("ending a shim that lost its container: pid={} id={}", stray.pid, stray.container_id);
        ::kill(stray.pid, SIGKILL);
      }
    }
  }

  // Notes which images are in use, and removes some when the disk fills up.
  io::Task<> collect_images() {
    auto images = co_await runtime_->list_images();
    if (!images) co_return;
    std::set<std::string> used;
    for (const auto& [uid, worker] : workers_) {
      for (const Container& container : worker->seen().containers) {
        used.insert(container.image_id);
        used.insert(container.image);
      }
    }
    image_collection_.look(*images, used, clock_.wall());
    const std::uint64_t bytes = bytes_to_free(read_machine_facts(settings_.paths.data));
    for (const std::string& id : image_collection_.choose(bytes, clock_.wall())) {
      auto removed = co_await runtime_->remove_image(id);
      if (removed) {
        log_agent.info("removed the image {}: the disk is nearly full", id);
      } else {
        log_agent.warning("the image {} could not be removed: {}", id, removed.error().message());
      }
    }
  }

  io::Task<> rotate_logs() {
    for (;;) {
      co_await loop_.sleep(rotation_period);
      std::vector<std::pair<std::string, std::string>> running;
      for (const auto& [uid, worker] : workers_) {
        const meta::v1::ObjectMeta& metadata = worker->pod()->metadata;
        const std::string folder = settings_.paths.logs + "/" +
                                   log_folder_of(metadata.namespace_, metadata.name, metadata.uid) + "/";
        for (const Container& container : worker->seen().containers) {
          if (container.state != Container::State::running) continue;
          running.emplace_back(container.id, folder + log_path_of(container.name, container.attempt));
        }
      }
      for (const auto& [id, path] : running) {
        const LogBounds bounds;
        co_await rotate_log(*runtime_, id, path, clock_.wall(), bounds);
      }
    }
  }

  io::EpollLoop& loop_;
  const Clock& clock_;
  Random& random_;
  client::Client& client_;
  AgentSettings settings_;
  io::Pool pool_;
  Containerd containerd_;
  std::unique_ptr<Runtime> runtime_;
  client::EventRecorder recorder_;
  std::unique_ptr<PodReporter> reporter_;
  std::unique_ptr<ProbeRunner> probes_;
  Gauge& pods_gauge_;
  std::unique_ptr<PodMaterial> material_;
  std::unique_ptr<WorkerContext> context_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  std::map<std::string, std::unique_ptr<PodWorker>> workers_;  // by uid
  std::map<std::string, Demand> demands_;                      // of each of them
  ImageCollection image_collection_;
  std::unique_ptr<NodeServer> handler_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<NodeRegistration> registration_;
  std::unique_ptr<client::Informer<core::v1::Pod>> informer_;
  io::Scope scope_;
};

}  // namespace

io::Task<Result<std::unique_ptr<NodeAgent>>> NodeAgent::start(io::EpollLoop& loop, const Clock& clock,
                                                              Random& random, Metrics& metrics,
                                                              client::Client& client,
                                                              AgentSettings settings) {
  auto agent = std::make_unique<LocalAgent>(loop, clock, random, metrics, client, std::move(settings));
  auto begun = co_await agent->begin();
  if (!begun) co_return fail(std::move(begun.error()));
  co_return std::unique_ptr<NodeAgent>(std::move(agent));
}

}  // namespace aloft::node
