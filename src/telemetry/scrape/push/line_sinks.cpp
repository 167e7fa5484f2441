// Lines to batches.
#include "telemetry/scrape/push/line_sinks.h"

#include "telemetry/scrape/push/graphite_lines.h"
#include "telemetry/scrape/push/log.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Duration sink_patience = 200ms;
// What a line unfolds to, in the budget.
constexpr std::size_t bytes_per_byte = 4;

Counter& lost_counter(Metrics& metrics, std::string_view protocol) {
  return metrics.counter(fmt::format("telemetry_{}_lost_total", protocol),
                         "Lines that could not be read, and batches that were not taken.");
}

Result<io::Address> listen_both(LineServer& server, const io::Address& address) {
  TRY(tcp, server.listen_tcp(address));
  // With any free port, the same for both.
  TRY_DO(server.listen_udp(tcp));
  return tcp;
}

}  // namespace

GraphiteServer::GraphiteServer(const PushParts& parts)
    : parts_(parts),
      lost_(lost_counter(parts.metrics, "graphite")),
      server_(parts.loop,
              [this](std::string lines, bool patient) { return take(std::move(lines), patient); }) {}

Result<io::Address> GraphiteServer::listen(const io::Address& address) {
  return listen_both(server_, address);
}

io::Task<> GraphiteServer::take(std::string lines, bool patient) {
  auto ticket = parts_.pipeline.admit(lines.size() * bytes_per_byte);
  while (!ticket && patient) {
    co_await parts_.loop.sleep(sink_patience);
    ticket = parts_.pipeline.admit(lines.size() * bytes_per_byte);
  }
  if (!ticket) {
    lost_.add();
    co_return;
  }
  const Millis now = parts_.clock.wall().since_epoch / 1ms;
  const auto rejections = std::make_shared<Rejections>();
  std::move_only_function<Result<MetricBatch>()> decode = [text = std::move(lines), now,
                                                           rejections]() -> Result<MetricBatch> {
    return read_graphite_lines(text, now, *rejections);
  };
  auto report =
      co_await parts_.pipeline.push<MetricBatch>(parts_.loop, std::move(*ticket), std::move(decode));
  lost_.add(rejections->count + (report ? report->rejected : 1));
  if (rejections->count > 0) push_log.debug("graphite: {}", rejections->first);
  if (!report) push_log.warning("graphite: samples were not taken: {}", report.error().message());
}

StatsdServer::StatsdServer(const PushParts& parts, Duration flush)
    : parts_(parts),
      flush_(flush),
      lost_(lost_counter(parts.metrics, "statsd")),
      server_(parts.loop, [this](std::string lines, bool) { return take(std::move(lines)); }),
      scope_(parts.loop) {
  scope_.spawn(run());
}

Result<io::Address> StatsdServer::listen(const io::Address& address) { return listen_both(server_, address); }

io::Task<> StatsdServer::take(std::string lines) {
  Rejections rejections;
  const WallTime now = parts_.clock.wall();
  read_statsd_lines(
      lines,
      [&](const StatsdEvent& event) {
        if (!state_.add(event, now))
          rejections.add(fmt::format("{}: too many series, or another kind", event.series.to_string()));
      },
      rejections);
  lost_.add(rejections.count);
  if (rejections.count > 0) push_log.debug("statsd: {}", rejections.first);
  co_return;
}

io::Task<> StatsdServer::run() {
  for (;;) {
    co_await parts_.loop.sleep(flush_);
    MetricBatch batch = state_.flush(parts_.clock.wall());
    if (batch.samples.empty()) continue;
    std::move_only_function<Result<MetricBatch>()> decode = [b = std::move(batch)]() mutable {
      return Result<MetricBatch>(std::move(b));
    };
    auto report =
        co_await parts_.pipeline.push<MetricBatch>(parts_.loop, Pipeline::Ticket(), std::move(decode));
    lost_.add(report ? report->rejected : 1);
    if (!report) push_log.warning("statsd: samples were not taken: {}", report.error().message());
  }
}

}  // namespace aloft::telemetry::scrape
