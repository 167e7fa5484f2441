// From pods to folders of log files.
#include "telemetry/discovery/pod_log_files.h"

namespace aloft::telemetry::discovery {
namespace {

// A pod that starts many containers changes many times; its files are looked at a moment later.
constexpr Duration settling_time = 200ms;

// The recommended label, else the usual ones, else the name of what made the pod.
std::string app_of(const core::v1::Pod& pod) {
  for (const char* name : {"app.kubernetes.io/name", "app", "k8s-app"}) {
    if (const auto found = pod.metadata.labels.find(name); found != pod.metadata.labels.end())
      return found->second;
  }
  for (const auto& owner : pod.metadata.ownerReferences) {
    if (owner.controller.value_or(false)) return owner.name;
  }
  return pod.metadata.name;
}

}  // namespace

std::vector<ContainerLogFolder> log_folders_of(const core::v1::Pod& pod, const std::string& logs) {
  std::vector<ContainerLogFolder> folders;
  const std::string folder =
      fmt::format("{}/{}_{}_{}", logs, pod.metadata.namespace_, pod.metadata.name, pod.metadata.uid);
  const std::string app = app_of(pod);
  const auto add = [&](const core::v1::Container& container) {
    ContainerLogFolder& one = folders.emplace_back();
    one.path = folder + "/" + container.name;
    one.labels = Labels{{"namespace", pod.metadata.namespace_},
                        {"pod", pod.metadata.name},
                        {"container", container.name},
                        {"node", pod.spec.nodeName},
                        {"app", app},
                        {"service_name", app},
                        {"job", pod.metadata.namespace_ + "/" + app}};
    one.fields = {{"image", container.image}, {"pod_uid", pod.metadata.uid}};
  };
  for (const auto& container : pod.spec.initContainers) add(container);
  for (const auto& container : pod.spec.containers) add(container);
  for (const auto& container : pod.spec.ephemeralContainers) add(container.container);
  return folders;
}

PodLogFiles::PodLogFiles(io::Loop& loop, client::InformerSet& informers, std::string node, std::string logs,
                         io::Loop& home, Update update)
    : loop_(loop),
      informers_(informers),
      node_(std::move(node)),
      logs_(std::move(logs)),
      home_(home),
      update_(std::make_shared<Update>(std::move(update))),
      changed_(loop),
      scope_(loop) {
  informers_.of<core::v1::Pod>().add_handler([this](const client::Notice& notice) { note(notice); });
}

PodLogFiles::~PodLogFiles() = default;

void PodLogFiles::start() { scope_.spawn(run()); }

// Most pods of a cloud are other nodes', so each change is looked at by itself.
void PodLogFiles::note(const client::Notice& notice) {
  const auto* pod = static_cast<const core::v1::Pod*>(notice.now.get());
  if (pod == nullptr || node_.empty() || pod->spec.nodeName != node_) {
    if (folders_.erase(notice.key) > 0) changed_.set();
    return;
  }
  std::vector<ContainerLogFolder> now = log_folders_of(*pod, logs_);
  std::vector<ContainerLogFolder>& known = folders_[notice.key];
  if (now == known) return;
  known = std::move(now);
  changed_.set();
}

io::Task<> PodLogFiles::run() {
  co_await informers_.synced();
  for (;;) {
    changed_.reset();
    std::vector<ContainerLogFolder> all;
    for (const auto& [key, folders] : folders_) all.insert(all.end(), folders.begin(), folders.end());
    home_.post([update = update_, found = std::move(all)]() mutable { (*update)(std::move(found)); });
    co_await changed_.wait();
    co_await loop_.sleep(settling_time);
  }
}

}  // namespace aloft::telemetry::discovery
