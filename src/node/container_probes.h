// The startup, liveness and readiness probes of one running container. Startup comes first and holds the
// others back; each has its own period and thresholds.
#pragma once

#include <functional>
#include <string>

#include "io/loop.h"
#include "io/scope.h"
#include "node/pod_services.h"

namespace aloft::node {

// Lives on one loop; destroying it ends probing.
class ContainerProbes {
 public:
  struct Settings {
    ProbeRunner::Target target;
    core::v1::Container container;
    Time started;                    // on the loop's clock
    std::optional<ProbeView> known;  // of a container that was running before this process
    std::function<void()> on_change;
    // A probe failed: "Readiness probe failed: ...".
    std::function<void(std::string message)> on_failure;
  };
  ContainerProbes(io::Loop& loop, ProbeRunner& runner, Settings settings);
  ContainerProbes(const ContainerProbes&) = delete;
  ContainerProbes& operator=(const ContainerProbes&) = delete;

  const std::string& container_id() const { return settings_.target.container_id; }
  const ProbeView& view() const { return view_; }

 private:
  enum class Which { startup, liveness, readiness };
  io::Task<> run();
  // Probes until `Which::startup` succeeds, or forever.
  io::Task<> follow(Which which, core::v1::Probe probe);
  void decide(Which which, bool good);
  io::Loop& loop_;
  ProbeRunner& runner_;
  Settings settings_;
  ProbeView view_;
  io::Scope scope_;
};

}  // namespace aloft::node
