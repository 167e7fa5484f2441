// Starting and stopping across two loops.
#include "app/telemetry/telemetry_loop.h"

#include "io/cross.h"

namespace aloft::app {

io::Task<Result<>> TelemetryLoop::build(const Clock& clock, Metrics& metrics, TelemetrySettings settings,
                                        std::shared_ptr<LogTap> tap) {
  auto started =
      co_await Telemetry::start(thread_.loop(), clock, metrics, std::move(settings), std::move(tap));
  if (!started) co_return std::unexpected<Error>(started.error());
  telemetry_ = std::move(*started);
  urls_ = telemetry_->urls();
  co_return Result<>();
}

io::Task<Result<std::unique_ptr<TelemetryLoop>>> TelemetryLoop::start(io::EpollLoop& main, const Clock& clock,
                                                                      Metrics& metrics,
                                                                      TelemetrySettings settings,
                                                                      std::shared_ptr<LogTap> tap) {
  auto made = std::make_unique<TelemetryLoop>(main);
  TelemetryLoop* self = made.get();
  std::move_only_function<io::Task<Result<>>()> build = [self, &clock, &metrics, s = std::move(settings),
                                                         t = std::move(tap)]() mutable {
    return self->build(clock, metrics, std::move(s), std::move(t));
  };
  const Result<> built = co_await io::run_on<Result<>>(main, self->thread_.loop(), std::move(build));
  if (!built) co_return std::unexpected<Error>(built.error());
  co_return made;
}

io::Task<Result<std::vector<ServedPort>>> TelemetryLoop::serve_pods(std::string host, bool everything) {
  using Served = Result<std::vector<ServedPort>>;
  std::move_only_function<io::Task<Served>()> serve = [this, host, everything]() -> io::Task<Served> {
    co_return telemetry_->serve_pods(host, everything);
  };
  co_return co_await io::run_on<Served>(main_, thread_.loop(), std::move(serve));
}

io::Task<> TelemetryLoop::clear() {
  co_await telemetry_->stop();
  telemetry_.reset();
}

io::Task<> TelemetryLoop::stop() {
  std::move_only_function<io::Task<>()> clear_there = [this] { return clear(); };
  co_await io::run_on<void>(main_, thread_.loop(), std::move(clear_there));
}

}  // namespace aloft::app
