// aloft telemetry: metrics, logs, traces and alerts in the foreground, with no cluster, until a signal.
#include <csignal>
#include <cstdio>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/log_options.h"
#include "app/signals.h"
#include "app/telemetry/telemetry.h"
#include "io/file.h"

namespace aloft::app {
namespace {

io::Task<Result<>> run(io::EpollLoop& loop, TelemetrySettings settings, std::shared_ptr<LogTap> tap,
                       Signals& signals) {
  const SystemClock clock;
  Metrics metrics;
  const DataDirectory directory(settings.folder);
  TRY_CO_DO(io::make_directories(settings.folder, 0750));
  TRY_CO(lock, DirectoryLock::take(directory));
  auto started = co_await Telemetry::start(loop, clock, metrics, std::move(settings), std::move(tap));
  if (!started) co_return std::unexpected<Error>(started.error());
  std::unique_ptr<Telemetry> telemetry = std::move(*started);
  TRY_CO_DO(directory.write_endpoints(telemetry->urls()));
  std::string line = "ready";
  for (const auto& [name, url] : telemetry->urls()) line += fmt::format(" {}={}", name, url);
  fmt::print("{}\n", line);
  std::fflush(stdout);
  co_await signals.wait();
  co_await telemetry->stop();
  co_return Result<>();
}

}  // namespace

Result<> run_telemetry(const Invocation& call) {
  TRY(settings, telemetry_settings(call));
  auto tap = std::make_shared<LogTap>(std::make_shared<const SystemClock>());
  TRY_DO(set_up_log(call, tapped_output(tap)));
  // Writing to a peer that has gone is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  io::EpollLoop loop;
  Signals signals(loop);
  return loop.run_until_done(run(loop, std::move(settings), std::move(tap), signals));
}

}  // namespace aloft::app
