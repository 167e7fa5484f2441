// Takes syslog messages over UDP, TCP and TLS.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/time.h"
#include "http/tls.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"

namespace aloft::telemetry::logs {

// Lives on one loop; messages are handed to the pipeline on the pool. TCP senders wait while it is full; what
// comes over UDP then is counted and lost, as that protocol has it.
class SyslogServer {
 public:
  SyslogServer(io::EpollLoop& loop, io::Pool& pool, Pipeline& pipeline, const Clock& clock, Metrics& metrics,
               std::string tenant);
  ~SyslogServer();
  // Begins to listen; gives the real address. Error: the system's.
  Result<io::Address> listen_udp(const io::Address& address);
  // With `tls` connections are encrypted.
  Result<io::Address> listen_tcp(const io::Address& address,
                                 std::shared_ptr<const http::TlsContext> tls = nullptr);

 private:
  io::Task<> receive(std::unique_ptr<io::Descriptor> socket);
  io::Task<> accept(std::unique_ptr<io::Listener> listener, std::shared_ptr<const http::TlsContext> tls);
  io::Task<> serve(std::unique_ptr<io::Stream> stream, std::shared_ptr<const http::TlsContext> tls);
  // Writes the batch, trying again while the pipeline is full.
  io::Task<> deliver(LogBatch batch, bool patient);
  io::EpollLoop& loop_;
  io::Pool& pool_;
  Pipeline& pipeline_;
  const Clock& clock_;
  std::string tenant_;
  Counter& messages_;
  Counter& lost_;
  std::size_t connections_ = 0;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::logs
