// Batches to requests and lines.
#include "telemetry/otlp/out/exporters.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "telemetry/core/compression.h"
#include "telemetry/core/wire.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/out/log.h"
#include "telemetry/otlp/out/to_otlp.h"

namespace aloft::telemetry::otlp {
namespace {

// gzip's quickest: what is saved on the wire is worth more than what is saved by trying longer.
constexpr int compression_level = 1;

std::string body_of(const MetricBatch& batch) { return encode(to_metrics_data(batch)); }
std::string body_of(const LogBatch& batch) { return encode(to_logs_data(batch)); }
std::string body_of(const SpanBatch& batch) { return encode(batch); }
std::string line_of(const MetricBatch& batch) { return encode_json(to_metrics_data(batch)); }
std::string line_of(const LogBatch& batch) { return encode_json(to_logs_data(batch)); }
std::string line_of(const SpanBatch& batch) { return encode_json(batch); }

std::uint64_t items_of(const MetricBatch& batch) { return batch.samples.size() + batch.histograms.size(); }
std::uint64_t items_of(const LogBatch& batch) { return batch.entry_count(); }
std::uint64_t items_of(const SpanBatch& batch) { return batch.span_count(); }

template <class Batch>
constexpr std::string_view signal_name() {
  if constexpr (std::is_same_v<Batch, MetricBatch>) return "metrics";
  if constexpr (std::is_same_v<Batch, LogBatch>) return "logs";
  return "traces";
}

template <class Batch>
Result<WriteReport> taken(const Batch& batch, Result<> offered) {
  if (!offered) return std::unexpected<Error>(std::move(offered).error());
  WriteReport report;
  report.accepted = items_of(batch);
  return report;
}

}  // namespace

template <class Batch>
Result<WriteReport> OtlpExporter<Batch>::write(const Batch& batch) {
  if (items_of(batch) == 0) return WriteReport();
  return taken(batch, queue_.offer(gzip_compress(body_of(batch), compression_level)));
}

template <class Batch>
RemoteSettings OtlpExporter<Batch>::settings(std::string_view base_url) {
  while (base_url.ends_with('/')) base_url.remove_suffix(1);
  RemoteSettings out;
  out.name = fmt::format("otlp-{}", signal_name<Batch>());
  out.url = fmt::format("{}/v1/{}", base_url, signal_name<Batch>());
  out.headers = {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "gzip"}};
  return out;
}

template class OtlpExporter<MetricBatch>;
template class OtlpExporter<LogBatch>;
template class OtlpExporter<SpanBatch>;

std::string encode_push_request(const LogBatch& batch) {
  std::string out;
  std::string stream_bytes;
  std::string entry_bytes;
  std::string part;
  for (const LogStream& stream : batch.streams) {
    stream_bytes.clear();
    append_wire_bytes(stream_bytes, 1, stream.labels.to_string());
    for (const LogEntry& entry : stream.entries) {
      entry_bytes.clear();
      part.clear();
      append_wire_uint(part, 1, static_cast<std::uint64_t>(entry.time_ns / 1'000'000'000));
      append_wire_uint(part, 2, static_cast<std::uint64_t>(entry.time_ns % 1'000'000'000));
      append_wire_bytes(entry_bytes, 1, part);
      append_wire_bytes(entry_bytes, 2, entry.line);
      for (const auto& [name, value] : entry.fields) {
        part.clear();
        append_wire_bytes(part, 1, name);
        append_wire_bytes(part, 2, value);
        append_wire_bytes(entry_bytes, 3, part);
      }
      append_wire_bytes(stream_bytes, 2, entry_bytes);
    }
    append_wire_bytes(out, 1, stream_bytes);
  }
  return out;
}

Result<WriteReport> LokiExporter::write(const LogBatch& batch) {
  if (items_of(batch) == 0) return WriteReport();
  return taken(batch, queue_.offer(snappy_compress(encode_push_request(batch))));
}

RemoteSettings LokiExporter::settings(std::string_view url) {
  RemoteSettings out;
  out.name = "loki";
  out.url = url;
  const std::size_t authority = url.find("://");
  const std::size_t from = authority == std::string_view::npos ? 0 : authority + 3;
  const std::size_t slash = url.find('/', from);
  if (slash == std::string_view::npos || slash + 1 == url.size()) {
    out.url = std::string(url.substr(0, slash)) + "/loki/api/v1/push";
  }
  out.headers = {{"Content-Type", "application/x-protobuf"}};
  return out;
}

FileExporter::FileExporter(Settings settings, int fd, Counter& failures)
    : settings_(std::move(settings)),
      fd_(fd),
      failures_(failures),
      funnel_(io::Funnel<std::string>::Runs::own_thread, 256,
              [this](std::vector<std::string>& lines) { append(lines); }) {
  struct stat status{};
  if (fstat(fd_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
}

FileExporter::~FileExporter() {
  funnel_.close();
  if (fd_ >= 0) close(fd_);
}

Result<std::unique_ptr<FileExporter>> FileExporter::open(Settings settings, Metrics& metrics) {
  const int fd = ::open(settings.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return fail(system_error("open " + settings.path, errno));
  Counter& failures =
      metrics.counter("telemetry_out_file_failures_total", "Lines that could not be written to the file.");
  return std::make_unique<FileExporter>(std::move(settings), fd, failures);
}

Result<> FileExporter::offer(std::string line) {
  if (queued_bytes_.load(std::memory_order_relaxed) + line.size() > settings_.queue_bytes)
    return fail(Code::too_many_requests, fmt::format("{}: the queue is full", settings_.path));
  queued_bytes_.fetch_add(line.size(), std::memory_order_relaxed);
  line += '\n';
  funnel_.submit(std::move(line));
  return {};
}

Result<WriteReport> FileExporter::write(const MetricBatch& batch) {
  return taken(batch, offer(line_of(batch)));
}
Result<WriteReport> FileExporter::write(const LogBatch& batch) { return taken(batch, offer(line_of(batch))); }
Result<WriteReport> FileExporter::write(const SpanBatch& batch) {
  return taken(batch, offer(line_of(batch)));
}

void FileExporter::rotate() {
  if (rename(settings_.path.c_str(), (settings_.path + ".1").c_str()) != 0) return;
  const int fresh = ::open(settings_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fresh < 0) return;
  close(std::exchange(fd_, fresh));
  size_ = 0;
}

void FileExporter::append(std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (size_ > 0 && size_ + line.size() > settings_.limit_bytes) rotate();
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        failures_.add();
        log.debug("write {}: {}", settings_.path, system_error("write", errno).message());
        break;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
      size_ += static_cast<std::uint64_t>(written);
    }
    // The line end was not counted when it came.
    queued_bytes_.fetch_sub(line.size() - 1, std::memory_order_relaxed);
  }
}

}  // namespace aloft::telemetry::otlp
