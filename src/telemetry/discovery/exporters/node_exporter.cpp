// The collectors of the node exporter, one function each.
#include "telemetry/discovery/exporters/node_exporter.h"

#include <algorithm>
#include <array>

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "io/file.h"
#include "telemetry/discovery/exporters/node_network.h"
#include "telemetry/discovery/exporters/proc_text.h"

namespace aloft::telemetry::discovery {
namespace {

using Collector = Result<> (*)(const std::string& root, Families& out);

double clock_ticks() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

Result<> collect_cpu(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/stat"));
  Family& seconds = out.counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
  Family& guest =
      out.counter("node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests for each mode.");
  static constexpr std::array<std::string_view, 8> modes{"user",   "nice", "system",  "idle",
                                                         "iowait", "irq",  "softirq", "steal"};
  struct Line {
    std::string_view key, metric, help;
    bool gauge;
  };
  static constexpr std::array<Line, 6> lines{
      {{"intr", "node_intr_total", "Total number of interrupts serviced.", false},
       {"ctxt", "node_context_switches_total", "Total number of context switches.", false},
       {"processes", "node_forks_total", "Total number of forks.", false},
       {"btime", "node_boot_time_seconds", "Node boot time, in unixtime.", true},
       {"procs_running", "node_procs_running", "Number of processes in runnable state.", true},
       {"procs_blocked", "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.",
        true}}};
  each_line(text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() < 2) return;
    if (fields[0].starts_with("cpu") && fields[0].size() > 3) {
      const std::string_view cpu = fields[0].substr(3);
      for (std::size_t i = 0; i < modes.size() && i + 1 < fields.size(); ++i)
        seconds.add(number(fields[i + 1]).value_or(0) / clock_ticks(), {{"cpu", cpu}, {"mode", modes[i]}});
      for (std::size_t i = 0; i < 2 && i + 9 < fields.size(); ++i)
        guest.add(number(fields[i + 9]).value_or(0) / clock_ticks(), {{"cpu", cpu}, {"mode", modes[i]}});
      return;
    }
    for (const Line& known : lines) {
      if (fields[0] != known.key) continue;
      out.add(std::string(known.metric), std::string(known.help),
              known.gauge ? MetricType::gauge : MetricType::counter)
          .add(number(fields[1]).value_or(0));
    }
  });
  return {};
}

Result<> collect_memory(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/meminfo"));
  each_line(text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() < 2 || !fields[0].ends_with(':')) return;
    std::string name(fields[0].substr(0, fields[0].size() - 1));
    for (char& c : name) {
      if (c == '(') c = '_';
    }
    std::erase(name, ')');
    const bool kilobytes = fields.size() > 2 && fields[2] == "kB";
    out.gauge(fmt::format("node_memory_{}{}", name, kilobytes ? "_bytes" : ""),
              fmt::format("Memory information field {}{}.", name, kilobytes ? "_bytes" : ""))
        .add(number(fields[1]).value_or(0) * (kilobytes ? 1024 : 1));
  });
  return {};
}

Result<> collect_load(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/loadavg"));
  const auto fields = words(text);
  if (fields.size() < 3) return fail(Code::internal, "/proc/loadavg: unexpected form");
  out.gauge("node_load1", "1m load average.").add(number(fields[0]).value_or(0));
  out.gauge("node_load5", "5m load average.").add(number(fields[1]).value_or(0));
  out.gauge("node_load15", "15m load average.").add(number(fields[2]).value_or(0));
  return {};
}

// /proc/vmstat has some 200 rows; these are the ones that node_exporter shows by default.
Result<> collect_vmstat(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/vmstat"));
  each_line(text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() != 2) return;
    const std::string_view name = fields[0];
    if (name.starts_with("pgpg") || name.starts_with("pswp") || name == "pgfault" || name == "pgmajfault" ||
        name == "oom_kill") {
      out.add(fmt::format("node_vmstat_{}", name), fmt::format("/proc/vmstat information field {}.", name),
              MetricType::unknown)
          .add(number(fields[1]).value_or(0));
    }
  });
  return {};
}

struct DiskField {
  std::string_view metric, help;
  double scale;
  bool gauge;
};
constexpr std::array<DiskField, 11> disk_fields{
    {{"node_disk_reads_completed_total", "The total number of reads completed successfully.", 1, false},
     {"node_disk_reads_merged_total", "The total number of reads merged.", 1, false},
     {"node_disk_read_bytes_total", "The total number of bytes read successfully.", 512, false},
     {"node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.", 0.001, false},
     {"node_disk_writes_completed_total", "The total number of writes completed successfully.", 1, false},
     {"node_disk_writes_merged_total", "The number of writes merged.", 1, false},
     {"node_disk_written_bytes_total", "The total number of bytes written successfully.", 512, false},
     {"node_disk_write_time_seconds_total", "This is the total number of seconds spent by all writes.", 0.001,
      false},
     {"node_disk_io_now", "The number of I/Os currently in progress.", 1, true},
     {"node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", 0.001, false},
     {"node_disk_io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", 0.001,
      false}}};

bool ignored_disk(std::string_view name) {
  for (const std::string_view prefix : {"ram", "loop", "fd", "zram"}) {
    if (name.starts_with(prefix) &&
        name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos)
      return true;
  }
  return false;
}

Result<> collect_disks(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/diskstats"));
  std::vector<Family*> families;
  for (const DiskField& field : disk_fields)
    families.push_back(&out.add(std::string(field.metric), std::string(field.help),
                                field.gauge ? MetricType::gauge : MetricType::counter));
  each_line(text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() < 14 || ignored_disk(fields[2])) return;
    for (std::size_t i = 0; i < disk_fields.size(); ++i)
      families[i]->add(number(fields[i + 3]).value_or(0) * disk_fields[i].scale, {{"device", fields[2]}});
  });
  return {};
}

bool ignored_file_system(std::string_view type, std::string_view mount) {
  static constexpr std::array<std::string_view, 24> types{
      "autofs",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
      "devtmpfs", "fusectl",     "hugetlbfs",  "iso9660",    "mqueue",    "nsfs",     "overlay", "proc",
      "procfs",   "pstore",      "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs",   "tracefs"};
  if (std::find(types.begin(), types.end(), type) != types.end()) return true;
  for (const std::string_view below :
       {"/dev", "/proc", "/sys", "/run/credentials", "/var/lib/docker", "/run/containerd"}) {
    if (mount == below || (mount.starts_with(below) && mount[below.size()] == '/')) return true;
  }
  return mount.find("/containerd/") != std::string_view::npos ||
         mount.find("/pods/") != std::string_view::npos;
}

// Octal escapes of /proc/mounts: \040 for a blank.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

Result<> collect_file_systems(const std::string& root, Families& out) {
  auto mounts = io::read_file(root + "/proc/1/mounts");
  if (!mounts) mounts = io::read_file(root + "/proc/self/mounts");
  if (!mounts) return std::unexpected<Error>(mounts.error());
  Family& size = out.gauge("node_filesystem_size_bytes", "Filesystem size in bytes.");
  Family& free = out.gauge("node_filesystem_free_bytes", "Filesystem free space in bytes.");
  Family& available =
      out.gauge("node_filesystem_avail_bytes", "Filesystem space available to non-root users in bytes.");
  Family& files = out.gauge("node_filesystem_files", "Filesystem total file nodes.");
  Family& files_free = out.gauge("node_filesystem_files_free", "Filesystem total free file nodes.");
  Family& read_only = out.gauge("node_filesystem_readonly", "Filesystem read-only status.");
  Family& error = out.gauge("node_filesystem_device_error",
                            "Whether an error occurred while getting statistics for the given device.");
  std::vector<std::string> seen;
  each_line(*mounts, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.size() < 4) return;
    const std::string device = unescaped(fields[0]);
    const std::string mount = unescaped(fields[1]);
    if (ignored_file_system(fields[2], mount)) return;
    if (std::find(seen.begin(), seen.end(), mount) != seen.end()) return;
    seen.push_back(mount);
    const LabelList labels{{"device", device}, {"fstype", fields[2]}, {"mountpoint", mount}};
    struct statvfs stat{};
    const bool failed = ::statvfs((root + mount).c_str(), &stat) != 0;
    error.add(failed ? 1 : 0, labels);
    if (failed) return;
    const auto block = static_cast<double>(stat.f_frsize);
    size.add(static_cast<double>(stat.f_blocks) * block, labels);
    free.add(static_cast<double>(stat.f_bfree) * block, labels);
    available.add(static_cast<double>(stat.f_bavail) * block, labels);
    files.add(static_cast<double>(stat.f_files), labels);
    files_free.add(static_cast<double>(stat.f_ffree), labels);
    read_only.add((stat.f_flag & ST_RDONLY) != 0 ? 1 : 0, labels);
  });
  return {};
}

Result<> collect_file_handles(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/sys/fs/file-nr"));
  const auto fields = words(std::string_view(text).substr(0, text.find('\n')));
  if (fields.size() < 3) return fail(Code::internal, "/proc/sys/fs/file-nr: unexpected form");
  out.gauge("node_filefd_allocated", "File descriptor statistics: allocated.")
      .add(number(fields[0]).value_or(0));
  out.gauge("node_filefd_maximum", "File descriptor statistics: maximum.").add(number(fields[2]).value_or(0));
  return {};
}

// Pressure stall information: "some avg10=0.00 avg60=0.00 avg300=0.00 total=12".
Result<> collect_pressure(const std::string& root, Families& out) {
  bool found = false;
  for (const std::string resource : {"cpu", "memory", "io"}) {
    const auto text = io::read_file(root + "/proc/pressure/" + resource);
    if (!text) continue;
    found = true;
    each_line(*text, [&](std::string_view line) {
      const std::size_t total = line.find("total=");
      if (total == std::string_view::npos) return;
      const bool some = line.starts_with("some");
      if (!some && resource == "cpu") return;
      out.counter(fmt::format("node_pressure_{}_{}_seconds_total", resource, some ? "waiting" : "stalled"),
                  fmt::format("Total time in seconds that {} for {}.",
                              some ? "processes have waited" : "no process could make progress", resource))
          .add(number(line.substr(total + 6)).value_or(0) / 1e6);
    });
  }
  return found ? Result<>() : fail(Code::not_found, "/proc/pressure: not there");
}

Result<> collect_system(const std::string& root, Families& out) {
  struct utsname names{};
  if (::uname(&names) != 0) return fail(Code::internal, "uname failed");
  out.gauge("node_uname_info", "Labeled system information as provided by the uname system call.")
      .add(1, {{"domainname", "(none)"},
               {"machine", names.machine},
               {"nodename", names.nodename},
               {"release", names.release},
               {"sysname", names.sysname},
               {"version", names.version}});
  const auto release = io::read_file(root + "/etc/os-release");
  if (!release) return {};
  std::vector<std::pair<std::string, std::string>> values;
  each_line(*release, [&](std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    std::string value(line.substr(equals + 1));
    std::erase(value, '"');
    values.emplace_back(line.substr(0, equals), std::move(value));
  });
  const auto value_of = [&](std::string_view key) -> std::string_view {
    for (const auto& [name, value] : values) {
      if (name == key) return value;
    }
    return {};
  };
  out.gauge("node_os_info", "A metric with a constant '1' value labeled by what /etc/os-release says.")
      .add(1, {{"id", value_of("ID")},
               {"name", value_of("NAME")},
               {"pretty_name", value_of("PRETTY_NAME")},
               {"version", value_of("VERSION")},
               {"version_id", value_of("VERSION_ID")},
               {"version_codename", value_of("VERSION_CODENAME")}});
  return {};
}

Result<> collect_entropy(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/sys/kernel/random/entropy_avail"));
  out.gauge("node_entropy_available_bits", "Bits of available entropy.")
      .add(number(std::string_view(text).substr(0, text.find('\n'))).value_or(0));
  return {};
}

struct Named {
  std::string_view name;
  Collector collect;
};
constexpr std::array<Named, 13> collectors{{{"cpu", collect_cpu},
                                            {"meminfo", collect_memory},
                                            {"loadavg", collect_load},
                                            {"vmstat", collect_vmstat},
                                            {"diskstats", collect_disks},
                                            {"filesystem", collect_file_systems},
                                            {"filefd", collect_file_handles},
                                            {"pressure", collect_pressure},
                                            {"uname", collect_system},
                                            {"entropy", collect_entropy},
                                            {"netdev", collect_network_devices},
                                            {"netstat", collect_network_statistics},
                                            {"sockstat", collect_sockets}}};

}  // namespace

Families NodeExporter::collect(WallTime now) const {
  Families out;
  out.gauge("node_time_seconds", "System time in seconds since epoch (1970).")
      .add(static_cast<double>(now.since_epoch.count()) / 1e9);
  std::vector<std::pair<std::string_view, bool>> outcomes;
  for (const Named& collector : collectors)
    outcomes.emplace_back(collector.name, collector.collect(root_, out).has_value());
  Family& success = out.gauge("node_scrape_collector_success", "Whether a collector succeeded.");
  for (const auto& [name, well] : outcomes) success.add(well ? 1 : 0, {{"collector", name}});
  return out;
}

}  // namespace aloft::telemetry::discovery
