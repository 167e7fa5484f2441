// The files of both versions of cgroups.
#include "telemetry/discovery/exporters/cgroup_reader.h"

#include <charconv>
#include <string_view>

#include <unistd.h>

#include "io/file.h"
#include "telemetry/discovery/exporters/proc_text.h"

namespace aloft::telemetry::discovery {
namespace {

// Version 1 writes this, rounded down to a page, where there is no limit.
constexpr double no_limit_bytes = 9.2e18;

struct Folder {
  std::string path;
  std::optional<std::string> text(std::string_view file) const {
    auto read = io::read_file(path + "/" + std::string(file));
    if (!read) return std::nullopt;
    return std::move(*read);
  }
  std::optional<double> value(std::string_view file) const {
    const auto read = text(file);
    if (!read) return std::nullopt;
    return number(std::string_view(*read).substr(0, read->find('\n')));
  }
  // The row "key value" of a file of rows; 0 when it is missing.
  static double row(const std::optional<std::string>& text, std::string_view key) {
    double found = 0;
    if (!text) return found;
    each_line(*text, [&](std::string_view line) {
      const auto fields = words(line);
      if (fields.size() >= 2 && fields[0] == key) found = number(fields[1]).value_or(0);
    });
    return found;
  }
};

std::vector<std::int64_t> read_pids(const Folder& folder) {
  std::vector<std::int64_t> pids;
  if (const auto text = folder.text("cgroup.procs")) {
    each_line(*text, [&](std::string_view line) {
      std::int64_t pid = 0;
      if (std::from_chars(line.data(), line.data() + line.size(), pid).ec == std::errc()) pids.push_back(pid);
    });
  }
  return pids;
}

// "8:0 Read 4096": the sum over devices of one operation.
double operations(const std::optional<std::string>& text, std::string_view operation) {
  double sum = 0;
  if (!text) return sum;
  each_line(*text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() == 3 && fields[1] == operation) sum += number(fields[2]).value_or(0);
  });
  return sum;
}

// "8:0 rbytes=4096 wbytes=0 ...": the sum over devices of one key.
double keyed(const std::optional<std::string>& text, std::string_view key) {
  double sum = 0;
  if (!text) return sum;
  each_line(*text, [&](std::string_view line) {
    for (const std::string_view word : words(line)) {
      if (word.starts_with(key) && word.size() > key.size() && word[key.size()] == '=')
        sum += number(word.substr(key.size() + 1)).value_or(0);
    }
  });
  return sum;
}

double working_set(double usage, double inactive_file) {
  return usage > inactive_file ? usage - inactive_file : 0;
}

void read_cpu_v1(const std::string& hierarchies, const std::string& path, CgroupUsage& out) {
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const Folder accounting{hierarchies + "/cpuacct" + path};
  if (const auto nanoseconds = accounting.value("cpuacct.usage")) {
    out.found = true;
    out.cpu_seconds = *nanoseconds / 1e9;
    out.pids = read_pids(accounting);
  }
  const auto split = accounting.text("cpuacct.stat");
  out.cpu_user_seconds = Folder::row(split, "user") / ticks;
  out.cpu_system_seconds = Folder::row(split, "system") / ticks;
  const Folder cpu{hierarchies + "/cpu" + path};
  const auto stat = cpu.text("cpu.stat");
  out.periods = Folder::row(stat, "nr_periods");
  out.throttled_periods = Folder::row(stat, "nr_throttled");
  out.throttled_seconds = Folder::row(stat, "throttled_time") / 1e9;
  out.cpu_shares = cpu.value("cpu.shares").value_or(0);
  out.cpu_period_micros = cpu.value("cpu.cfs_period_us").value_or(100'000);
  if (const auto quota = cpu.value("cpu.cfs_quota_us"); quota && *quota > 0) out.cpu_quota_micros = quota;
}

void read_memory_v1(const std::string& hierarchies, const std::string& path, CgroupUsage& out) {
  const Folder memory{hierarchies + "/memory" + path};
  const auto usage = memory.value("memory.usage_in_bytes");
  if (!usage) return;
  out.found = true;
  if (out.pids.empty()) out.pids = read_pids(memory);
  const auto stat = memory.text("memory.stat");
  out.memory_bytes = *usage;
  out.memory_peak_bytes = memory.value("memory.max_usage_in_bytes").value_or(0);
  out.memory_working_set_bytes = working_set(*usage, Folder::row(stat, "total_inactive_file"));
  out.memory_rss_bytes = Folder::row(stat, "total_rss");
  out.memory_cache_bytes = Folder::row(stat, "total_cache");
  out.memory_swap_bytes = Folder::row(stat, "total_swap");
  out.memory_mapped_file_bytes = Folder::row(stat, "total_mapped_file");
  out.memory_fail_count = memory.value("memory.failcnt").value_or(0);
  out.oom_events = Folder::row(memory.text("memory.oom_control"), "oom_kill");
  if (const auto limit = memory.value("memory.limit_in_bytes"); limit && *limit < no_limit_bytes)
    out.memory_limit_bytes = limit;
}

void read_rest_v1(const std::string& hierarchies, const std::string& path, CgroupUsage& out) {
  out.processes = Folder{hierarchies + "/pids" + path}
                      .value("pids.current")
                      .value_or(static_cast<double>(out.pids.size()));
  const auto bytes = Folder{hierarchies + "/blkio" + path}.text("blkio.throttle.io_service_bytes");
  out.read_bytes = operations(bytes, "Read");
  out.written_bytes = operations(bytes, "Write");
}

void read_v2(const std::string& folder_path, CgroupUsage& out) {
  const Folder folder{folder_path};
  const auto cpu = folder.text("cpu.stat");
  const auto usage = folder.value("memory.current");
  if (!cpu && !usage) return;
  out.found = true;
  out.pids = read_pids(folder);
  out.cpu_seconds = Folder::row(cpu, "usage_usec") / 1e6;
  out.cpu_user_seconds = Folder::row(cpu, "user_usec") / 1e6;
  out.cpu_system_seconds = Folder::row(cpu, "system_usec") / 1e6;
  out.periods = Folder::row(cpu, "nr_periods");
  out.throttled_periods = Folder::row(cpu, "nr_throttled");
  out.throttled_seconds = Folder::row(cpu, "throttled_usec") / 1e6;
  if (const auto most = folder.text("cpu.max")) {
    const auto fields = words(std::string_view(*most).substr(0, most->find('\n')));
    if (!fields.empty()) out.cpu_quota_micros = number(fields[0]);
    if (fields.size() > 1) out.cpu_period_micros = number(fields[1]).value_or(100'000);
  }
  // The inverse of the mapping by which runtimes turn shares (2..262144) into weights (1..10000).
  if (const auto weight = folder.value("cpu.weight")) out.cpu_shares = 2 + (*weight - 1) * 262142 / 9999;
  const auto stat = folder.text("memory.stat");
  out.memory_bytes = usage.value_or(0);
  out.memory_peak_bytes = folder.value("memory.peak").value_or(0);
  out.memory_working_set_bytes = working_set(out.memory_bytes, Folder::row(stat, "inactive_file"));
  out.memory_rss_bytes = Folder::row(stat, "anon");
  out.memory_cache_bytes = Folder::row(stat, "file");
  out.memory_swap_bytes = folder.value("memory.swap.current").value_or(0);
  out.memory_mapped_file_bytes = Folder::row(stat, "file_mapped");
  const auto events = folder.text("memory.events");
  out.memory_fail_count = Folder::row(events, "max");
  out.oom_events = Folder::row(events, "oom_kill");
  out.memory_limit_bytes = folder.value("memory.max");
  out.processes = folder.value("pids.current").value_or(static_cast<double>(out.pids.size()));
  const auto io = folder.text("io.stat");
  out.read_bytes = keyed(io, "rbytes");
  out.written_bytes = keyed(io, "wbytes");
}

}  // namespace

CgroupUsage read_cgroup(const std::string& root, const std::string& path) {
  CgroupUsage usage;
  const std::string hierarchies = root + "/sys/fs/cgroup";
  read_cpu_v1(hierarchies, path, usage);
  read_memory_v1(hierarchies, path, usage);
  if (usage.found) {
    read_rest_v1(hierarchies, path, usage);
  } else {
    read_v2(hierarchies + path, usage);
  }
  return usage;
}

}  // namespace aloft::telemetry::discovery
