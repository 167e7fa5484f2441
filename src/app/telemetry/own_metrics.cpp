// Scraping ourselves without a socket.
#include "app/telemetry/own_metrics.h"

#include <sstream>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/file.h"
#include "telemetry/core/labels.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::app {
namespace {

std::size_t open_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::size_t count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  // ".", ".." and the folder itself.
  return count > 3 ? count - 3 : 0;
}

void append_gauge(std::string& out, std::string_view name, std::string_view type, double value) {
  out += fmt::format("# TYPE {} {}\n{} {}\n", name, type, name, value);
}

std::string process_exposition() {
  std::string out;
  rusage use{};
  if (getrusage(RUSAGE_SELF, &use) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    append_gauge(out, "process_cpu_seconds_total", "counter", seconds(use.ru_utime) + seconds(use.ru_stime));
  }
  if (const auto memory = io::read_file("/proc/self/statm")) {
    std::istringstream pages(*memory);
    std::int64_t total = 0;
    std::int64_t resident = 0;
    pages >> total >> resident;
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    append_gauge(out, "process_virtual_memory_bytes", "gauge", static_cast<double>(total) * page);
    append_gauge(out, "process_resident_memory_bytes", "gauge", static_cast<double>(resident) * page);
  }
  append_gauge(out, "process_open_fds", "gauge", static_cast<double>(open_descriptors()));
  return out;
}

}  // namespace

std::string own_exposition(const Metrics& metrics) { return metrics.render() + process_exposition(); }

telemetry::MetricBatch own_metrics(const Metrics& metrics, const std::string& instance, WallTime now) {
  const std::string page = own_exposition(metrics);
  const auto reader = telemetry::scrape::make_text_reader(page);
  telemetry::scrape::Rejections rejections;
  telemetry::scrape::ReadOptions options;
  options.now = now.since_epoch / 1ms;
  options.skip_damaged_lines = true;
  auto read = telemetry::scrape::read_page(*reader, options, rejections);
  telemetry::MetricBatch batch;
  if (!read) return batch;
  const auto named = [&](std::string_view labels) {
    telemetry::LabelsBuilder builder{telemetry::LabelsView(labels)};
    builder.set("job", "aloft").set("instance", instance);
    return batch.own(std::string(builder.build().encoded()));
  };
  for (const telemetry::SampleRef& sample : read->samples)
    batch.samples.push_back({named(sample.labels), sample.time, sample.value});
  const telemetry::Labels up({{telemetry::metric_name_label, "up"}});
  batch.samples.push_back({named(up.encoded()), options.now, 1});
  batch.metadata = std::move(read->metadata);
  return batch;
}

}  // namespace aloft::app
