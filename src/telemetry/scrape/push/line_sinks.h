// Where lines of Graphite and StatsD go: through the one pipeline.
#pragma once

#include <memory>

#include "base/metrics.h"
#include "base/time.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/scrape/push/line_server.h"
#include "telemetry/scrape/push/statsd_state.h"

namespace aloft::telemetry::scrape {

struct PushParts {
  io::EpollLoop& loop;
  Pipeline& pipeline;
  const Clock& clock;
  Metrics& metrics;
};

// Takes Graphite's lines over UDP and TCP at one address. Lives on one loop. TCP senders wait while the
// pipeline is full; what comes over UDP then is counted and lost.
class GraphiteServer {
 public:
  explicit GraphiteServer(const PushParts& parts);
  // Error: the system's.
  Result<io::Address> listen(const io::Address& address);

 private:
  io::Task<> take(std::string lines, bool patient);

  PushParts parts_;
  Counter& lost_;
  LineServer server_;
};

// Takes StatsD's lines over UDP and TCP at one address, adds them up and writes what they come to once in
// `flush`. Lives on one loop.
class StatsdServer {
 public:
  StatsdServer(const PushParts& parts, Duration flush);
  Result<io::Address> listen(const io::Address& address);

 private:
  io::Task<> take(std::string lines);
  io::Task<> run();

  PushParts parts_;
  Duration flush_;
  Counter& lost_;
  StatsdState state_;
  LineServer server_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
