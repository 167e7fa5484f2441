// One cgroup's accounting, whichever version of cgroups the machine has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aloft::telemetry::discovery {

struct CgroupUsage {
  bool found = false;
  double cpu_seconds = 0;
  double cpu_user_seconds = 0;
  double cpu_system_seconds = 0;
  double periods = 0;
  double throttled_periods = 0;
  double throttled_seconds = 0;
  double memory_bytes = 0;
  double memory_peak_bytes = 0;
  double memory_working_set_bytes = 0;  // usage less inactive file pages, as the kubelet counts
  double memory_rss_bytes = 0;
  double memory_cache_bytes = 0;
  double memory_swap_bytes = 0;
  double memory_mapped_file_bytes = 0;
  double memory_fail_count = 0;
  double oom_events = 0;
  double processes = 0;
  double read_bytes = 0;
  double written_bytes = 0;
  std::optional<double> memory_limit_bytes;  // nullopt: none
  std::optional<double> cpu_quota_micros;    // nullopt: none
  double cpu_period_micros = 100'000;
  double cpu_shares = 0;
  std::vector<std::int64_t> pids;
};

// Reads the cgroup at `path` below the hierarchies that `root`/sys/fs/cgroup holds. `found` is false when
// none has it.
CgroupUsage read_cgroup(const std::string& root, const std::string& path);

}  // namespace aloft::telemetry::discovery
