// See container_probes.h.
#include "node/container_probes.h"

#include <fmt/format.h>

namespace aloft::node {

namespace {
Duration seconds(std::int64_t count) { return std::chrono::seconds(count); }
}  // namespace

ContainerProbes::ContainerProbes(io::Loop& loop, ProbeRunner& runner, Settings settings)
    : loop_(loop), runner_(runner), settings_(std::move(settings)), scope_(loop) {
  settings_.target.container = &settings_.container;
  view_.started = !settings_.container.startupProbe;
  view_.ready = !settings_.container.readinessProbe;
  if (settings_.known) {
    view_.started = view_.started || settings_.known->started;
    view_.ready = view_.ready || settings_.known->ready;
  }
  scope_.spawn(run());
}

io::Task<> ContainerProbes::run() {
  if (settings_.container.startupProbe && !view_.started) {
    co_await follow(Which::startup, *settings_.container.startupProbe);
  }
  if (settings_.container.livenessProbe)
    scope_.spawn(follow(Which::liveness, *settings_.container.livenessProbe));
  if (settings_.container.readinessProbe)
    scope_.spawn(follow(Which::readiness, *settings_.container.readinessProbe));
}

io::Task<> ContainerProbes::follow(Which which, core::v1::Probe probe) {
  const Duration period = seconds(std::max(probe.periodSeconds, 1));
  const Duration timeout = seconds(std::max(probe.timeoutSeconds, 1));
  const std::int32_t wanted_good = std::max(probe.successThreshold, 1);
  const std::int32_t wanted_bad = std::max(probe.failureThreshold, 1);
  const Time first = settings_.started + seconds(probe.initialDelaySeconds);
  if (first > loop_.now()) co_await loop_.sleep_until(first);
  std::int32_t good = 0;
  std::int32_t bad = 0;
  for (;;) {
    const Time began = loop_.now();
    const auto outcome = co_await runner_.probe(settings_.target, probe.handler, timeout);
    good = outcome.good ? good + 1 : 0;
    bad = outcome.good ? 0 : bad + 1;
    if (!outcome.good) {
      const std::string_view name = which == Which::startup    ? "Startup"
                                    : which == Which::liveness ? "Liveness"
                                                               : "Readiness";
      settings_.on_failure(fmt::format("{} probe failed: {}", name, outcome.output));
    }
    if (good >= wanted_good) decide(which, true);
    if (bad >= wanted_bad) decide(which, false);
    if (which == Which::startup && view_.started) co_return;
    co_await loop_.sleep_until(began + period);
  }
}

void ContainerProbes::decide(Which which, bool good) {
  const ProbeView before = view_;
  switch (which) {
    case Which::startup:
      if (good)
        view_.started = true;
      else
        view_.failed = "startup";
      break;
    case Which::liveness:
      view_.failed = good ? "" : "liveness";
      break;
    case Which::readiness:
      view_.ready = good;
      break;
  }
  const bool same =
      before.started == view_.started && before.ready == view_.ready && before.failed == view_.failed;
  if (!same) settings_.on_change();
}

}  // namespace aloft::node
