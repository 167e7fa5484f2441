// Differences of counters over a window.
#include "telemetry/discovery/usage_meter.h"

#include <cmath>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/discovery/exporters/proc_text.h"

namespace aloft::telemetry::discovery {
namespace {

using ::aloft::metrics::v1beta1::NodeMetrics;
using ::aloft::metrics::v1beta1::PodMetrics;

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

// As the kubelet's numbers are written: nanocores would be noise, so thousandths rounded up.
model::Quantity cores(double used) {
  return model::Quantity::from_milli(static_cast<std::int64_t>(std::ceil(std::max(0.0, used) * 1000 - 1e-6)));
}

model::Quantity bytes(double used) {
  const auto kibibytes = static_cast<std::int64_t>(used / 1024);
  return *model::Quantity::parse(fmt::format("{}Ki", kibibytes));
}

}  // namespace

MachineUse read_machine_use(const std::string& root) {
  MachineUse use;
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (const auto stat = io::read_file(root + "/proc/stat")) {
    const auto fields = words(std::string_view(*stat).substr(0, stat->find('\n')));
    // user, nice, system, idle, iowait, irq, softirq, steal; guest time is part of user.
    for (std::size_t i = 1; i < fields.size() && i <= 8; ++i) {
      if (i != 4 && i != 5) use.cpu_seconds += number(fields[i]).value_or(0) / ticks;
    }
  }
  double total = 0;
  double available = 0;
  if (const auto memory = io::read_file(root + "/proc/meminfo")) {
    each_line(*memory, [&](std::string_view line) {
      const auto fields = words(line);
      if (fields.size() < 2) return;
      if (fields[0] == "MemTotal:") total = number(fields[1]).value_or(0) * 1024;
      if (fields[0] == "MemAvailable:") available = number(fields[1]).value_or(0) * 1024;
    });
  }
  use.memory_bytes = total - available;
  return use;
}

Usage UsageMeter::measure(const std::string& node, const MachineUse& machine,
                          const std::vector<ContainerUse>& containers, const PodLabels& labels,
                          WallTime now) {
  Usage usage;
  const bool first = last_.since_epoch.count() == 0;
  const Duration window = first ? Duration(0) : now - last_;
  const double window_seconds = std::max(seconds(window), 1e-3);
  if (!first) {
    auto metrics = std::make_shared<NodeMetrics>();
    metrics->metadata.name = node;
    metrics->metadata.creationTimestamp = now;
    metrics->timestamp = now;
    metrics->window.value = window;
    metrics->usage["cpu"] = cores((machine.cpu_seconds - machine_cpu_seconds_) / window_seconds);
    metrics->usage["memory"] = bytes(machine.memory_bytes);
    usage.nodes.push_back(std::move(metrics));
  }
  std::map<std::string, double> seen;
  std::map<std::string, std::shared_ptr<PodMetrics>> pods;
  for (const ContainerUse& one : containers) {
    seen[one.who.id] = one.cpu_seconds;
    const auto before = cpu_seconds_.find(one.who.id);
    const double life = std::max(seconds(now - one.who.started), 1e-3);
    const double used = before == cpu_seconds_.end() ? one.cpu_seconds / life
                                                     : (one.cpu_seconds - before->second) / window_seconds;
    const std::string key = one.who.ns + "/" + one.who.pod;
    auto& pod = pods[key];
    if (pod == nullptr) {
      pod = std::make_shared<PodMetrics>();
      pod->metadata.name = one.who.pod;
      pod->metadata.namespace_ = one.who.ns;
      pod->metadata.creationTimestamp = now;
      if (const auto found = labels.find(key); found != labels.end()) pod->metadata.labels = found->second;
      pod->timestamp = now;
      pod->window.value = first ? now - one.who.started : window;
    }
    auto& container = pod->containers.emplace_back();
    container.name = one.who.container;
    container.usage["cpu"] = cores(used);
    container.usage["memory"] = bytes(one.memory_working_set_bytes);
  }
  for (auto& [key, pod] : pods) usage.pods.push_back(std::move(pod));
  cpu_seconds_ = std::move(seen);
  machine_cpu_seconds_ = machine.cpu_seconds;
  last_ = now;
  return usage;
}

}  // namespace aloft::telemetry::discovery
