// Where telemetry listens: one router on several addresses, and OTLP over gRPC on one of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/telemetry/settings.h"
#include "base/time.h"
#include "http/server.h"
#include "telemetry/core/router.h"

namespace aloft::app {

// What is served at which kind of port.
struct FrontHandlers {
  http::Handler& everything;
  http::Handler& tempo;
  http::Handler& jaeger;
  http::Handler& grpc;
  http::Handler& of(PortKind kind) const;
};

// A port that was opened in the place of a usual one; both are the same where that one was free.
struct ServedPort {
  std::string name;
  int usual = 0;
  int port = 0;
};

// Lives on one loop; the handlers outlive it.
class TelemetryFront {
 public:
  TelemetryFront(io::EpollLoop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}
  // Error: an address that was asked for and cannot be listened at. Other usual ports that are taken are left
  // out.
  Result<> listen(const TelemetrySettings& settings, const FrontHandlers& handlers);
  // Usual ports on a further address, each at any free port where it is taken.
  Result<std::vector<ServedPort>> listen_also(const std::string& host, const std::vector<UsualPort>& ports,
                                              const FrontHandlers& handlers);
  // Service name to URL. Where a usual port is not there, its name leads to the main address.
  const std::map<std::string, std::string>& urls() const { return urls_; }
  const io::Address& address() const { return servers_.front()->address(); }
  // Stops taking requests and waits for those in progress.
  io::Task<> stop();

 private:
  Result<std::unique_ptr<http::Server>> serve(const io::Address& address, http::Handler& handler);
  Result<> open_usual_ports(const std::vector<UsualPort>& ports, const FrontHandlers& handlers);

  io::EpollLoop& loop_;
  const Clock& clock_;
  std::map<std::string, std::string> urls_;
  std::vector<std::unique_ptr<http::Server>> servers_;
};

}  // namespace aloft::app
