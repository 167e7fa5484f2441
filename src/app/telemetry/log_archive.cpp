// From the store's lines to the text of kubectl.
#include "app/telemetry/log_archive.h"

#include "io/cross.h"

namespace aloft::app {
namespace {

// An answer is made whole, so it is bounded; the last lines are those people look for.
constexpr std::int64_t archive_limit_bytes = 16 * 1024 * 1024;

telemetry::logs::PodLinesRequest request_of(const node::ArchivedLogQuery& query) {
  telemetry::logs::PodLinesRequest request;
  request.name_space = query.ns;
  request.pod = query.pod;
  request.container = query.container;
  request.pod_uid = query.pod_uid;
  if (query.options.since) request.start_ns = query.options.since->since_epoch.count();
  if (query.before) request.end_ns = query.before->since_epoch.count();
  request.tail_lines = query.options.tail_lines.value_or(-1);
  request.limit_bytes =
      std::min(query.options.limit_bytes.value_or(archive_limit_bytes), archive_limit_bytes);
  return request;
}

}  // namespace

node::LogArchive make_log_archive(io::Loop& home, TelemetryLoop& telemetry) {
  return [&home, &telemetry](node::ArchivedLogQuery query) -> io::Task<Result<std::string>> {
    std::move_only_function<io::Task<Result<std::string>>()> read = [&telemetry, query = std::move(query)] {
      const bool timestamps = query.options.timestamps;
      const std::string stream = query.options.stream;
      return telemetry.telemetry().read_pod_lines(
          request_of(query), [timestamps, stream](std::string& out, const telemetry::logs::PodLine& line) {
            if (!stream.empty() && line.stream != stream) return;
            if (timestamps) out.append(format_nanos(WallTime{Duration(line.time_ns)})).append(" ");
            out.append(line.text).append("\n");
          });
    };
    return io::run_on<Result<std::string>>(home, telemetry.loop(), std::move(read));
  };
}

}  // namespace aloft::app
