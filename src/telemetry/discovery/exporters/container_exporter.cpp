// cAdvisor's families out of cgroups and the network namespaces of pods.
#include "telemetry/discovery/exporters/container_exporter.h"

#include <array>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/discovery/exporters/cgroup_reader.h"
#include "telemetry/discovery/exporters/proc_text.h"

namespace aloft::telemetry::discovery {
namespace {

struct Field {
  std::string_view name, help;
  double CgroupUsage::* value;
  bool counter;
};
constexpr std::array<Field, 18> container_fields{{
    {"container_cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.",
     &CgroupUsage::cpu_seconds, true},
    {"container_cpu_user_seconds_total", "Cumulative user cpu time consumed in seconds.",
     &CgroupUsage::cpu_user_seconds, true},
    {"container_cpu_system_seconds_total", "Cumulative system cpu time consumed in seconds.",
     &CgroupUsage::cpu_system_seconds, true},
    {"container_cpu_cfs_periods_total", "Number of elapsed enforcement period intervals.",
     &CgroupUsage::periods, true},
    {"container_cpu_cfs_throttled_periods_total", "Number of throttled period intervals.",
     &CgroupUsage::throttled_periods, true},
    {"container_cpu_cfs_throttled_seconds_total", "Total time duration the container has been throttled.",
     &CgroupUsage::throttled_seconds, true},
    {"container_memory_usage_bytes",
     "Current memory usage in bytes, including all memory regardless of when it was accessed.",
     &CgroupUsage::memory_bytes, false},
    {"container_memory_max_usage_bytes", "Maximum memory usage recorded in bytes.",
     &CgroupUsage::memory_peak_bytes, false},
    {"container_memory_working_set_bytes", "Current working set in bytes.",
     &CgroupUsage::memory_working_set_bytes, false},
    {"container_memory_rss", "Size of RSS in bytes.", &CgroupUsage::memory_rss_bytes, false},
    {"container_memory_cache", "Number of bytes of page cache memory.", &CgroupUsage::memory_cache_bytes,
     false},
    {"container_memory_swap", "Container swap usage in bytes.", &CgroupUsage::memory_swap_bytes, false},
    {"container_memory_mapped_file", "Size of memory mapped files in bytes.",
     &CgroupUsage::memory_mapped_file_bytes, false},
    {"container_memory_failcnt", "Number of memory usage hits limits.", &CgroupUsage::memory_fail_count,
     true},
    {"container_oom_events_total", "Count of out of memory events observed for the container.",
     &CgroupUsage::oom_events, true},
    {"container_processes", "Number of processes running inside the container.", &CgroupUsage::processes,
     false},
    {"container_fs_reads_bytes_total", "Cumulative count of bytes read.", &CgroupUsage::read_bytes, true},
    {"container_fs_writes_bytes_total", "Cumulative count of bytes written.", &CgroupUsage::written_bytes,
     true},
}};

constexpr std::array<std::pair<std::string_view, std::size_t>, 8> network_columns{
    {{"container_network_receive_bytes_total", 0},
     {"container_network_receive_packets_total", 1},
     {"container_network_receive_errors_total", 2},
     {"container_network_receive_packets_dropped_total", 3},
     {"container_network_transmit_bytes_total", 8},
     {"container_network_transmit_packets_total", 9},
     {"container_network_transmit_errors_total", 10},
     {"container_network_transmit_packets_dropped_total", 11}}};

std::string cgroup_of(const std::string& parent, const ContainerIdentity& who) {
  return parent + "/pod-" + who.pod_uid + "/" + who.id;
}

void add_specification(Families& out,
                       const std::vector<std::pair<const ContainerIdentity*, CgroupUsage>>& all,
                       const std::vector<LabelList>& labels) {
  Family& start =
      out.gauge("container_start_time_seconds", "Start time of the container since unix epoch in seconds.");
  Family& memory = out.gauge("container_spec_memory_limit_bytes", "Memory limit for the container.");
  Family& quota = out.gauge("container_spec_cpu_quota", "CPU quota of the container.");
  Family& period = out.gauge("container_spec_cpu_period", "CPU period of the container.");
  Family& shares = out.gauge("container_spec_cpu_shares", "CPU share of the container.");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const CgroupUsage& usage = all[i].second;
    if (const Duration started = all[i].first->started.since_epoch; started.count() > 0)
      start.add(static_cast<double>(started.count()) / 1e9, labels[i]);
    memory.add(usage.memory_limit_bytes.value_or(0), labels[i]);
    if (usage.cpu_quota_micros) quota.add(*usage.cpu_quota_micros, labels[i]);
    period.add(usage.cpu_period_micros, labels[i]);
    shares.add(usage.cpu_shares, labels[i]);
  }
}

void add_network(const std::string& root, const ContainerIdentity& sandbox, std::int64_t pid,
                 const std::vector<Family*>& families) {
  const auto text = io::read_file(fmt::format("{}/proc/{}/net/dev", root, pid));
  if (!text) return;
  each_line(*text, [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = words(line.substr(0, colon));
    const auto values = words(line.substr(colon + 1));
    if (name.empty() || name[0] == "lo" || values.size() < 16) return;
    for (std::size_t i = 0; i < network_columns.size(); ++i) {
      families[i]->add(
          number(values[network_columns[i].second]).value_or(0),
          {{"id", sandbox.id}, {"interface", name[0]}, {"namespace", sandbox.ns}, {"pod", sandbox.pod}});
    }
  });
}

void add_machine(Families& out, const std::string& root) {
  out.gauge("machine_cpu_cores", "Number of logical CPU cores.")
      .add(static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)));
  const auto memory = io::read_file(root + "/proc/meminfo");
  if (!memory) return;
  each_line(*memory, [&](std::string_view line) {
    const auto parts = words(line);
    if (parts.size() > 1 && parts[0] == "MemTotal:")
      out.gauge("machine_memory_bytes", "Amount of memory installed on the machine.")
          .add(number(parts[1]).value_or(0) * 1024);
  });
}

}  // namespace

Families ContainerExporter::collect(const std::vector<ContainerIdentity>& containers, WallTime now) const {
  Families out;
  std::vector<std::pair<const ContainerIdentity*, CgroupUsage>> all;
  std::vector<LabelList> labels;
  for (const ContainerIdentity& who : containers) {
    CgroupUsage usage = read_cgroup(root_, cgroup_of(cgroup_, who));
    if (!usage.found) continue;
    all.emplace_back(&who, std::move(usage));
    labels.push_back({{"container", who.container.empty() ? std::string_view("POD") : who.container},
                      {"id", who.id},
                      {"image", who.image},
                      {"namespace", who.ns},
                      {"pod", who.pod}});
  }
  Family& seen = out.gauge("container_last_seen", "Last time a container was seen by the exporter.");
  const std::int64_t second = now.since_epoch / 1s;
  for (const LabelList& list : labels) seen.add(static_cast<double>(second), list);
  for (const Field& field : container_fields) {
    Family& family = out.add(std::string(field.name), std::string(field.help),
                             field.counter ? MetricType::counter : MetricType::gauge);
    for (std::size_t i = 0; i < all.size(); ++i) family.add(all[i].second.*field.value, labels[i]);
  }
  add_specification(out, all, labels);
  std::vector<Family*> network;
  for (const auto& [name, column] : network_columns)
    network.push_back(&out.counter(std::string(name), "Cumulative count of the pod's network interface."));
  for (const auto& [who, usage] : all) {
    if (who->container.empty() && !usage.pids.empty()) add_network(root_, *who, usage.pids.front(), network);
  }
  add_machine(out, root_);
  return out;
}

std::vector<ContainerUse> ContainerExporter::use(const std::vector<ContainerIdentity>& containers) const {
  std::vector<ContainerUse> all;
  for (const ContainerIdentity& who : containers) {
    if (who.container.empty()) continue;
    const CgroupUsage usage = read_cgroup(root_, cgroup_of(cgroup_, who));
    if (usage.found) all.push_back({who, usage.cpu_seconds, usage.memory_working_set_bytes});
  }
  return all;
}

}  // namespace aloft::telemetry::discovery
