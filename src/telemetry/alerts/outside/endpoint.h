// One outside Alertmanager and the alerts that wait for it: a bounded queue, sent in batches, one after the
// other.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "io/event.h"
#include "io/scope.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/scrape/targets/fetcher.h"
#include "telemetry/scrape/targets/providers.h"

namespace aloft::telemetry::alerts {

// What all outside Alertmanagers share. Outlives them.
struct OutsideEnvironment {
  io::Loop& loop;
  Metrics& metrics;
  scrape::ProviderKit discovery;
  std::size_t queue_capacity = 10'000;  // alerts that wait for one Alertmanager
};

struct EndpointAddress {
  std::string scheme;
  std::string address;
  std::string path;
  std::string url() const { return scheme + "://" + address + path; }
};

// Lives on one loop. When there is no room the oldest alerts go. A batch that is not taken is given up and
// counted, as Prometheus does: rules tell of what fires, and of what ended lately, again and again.
class Endpoint {
 public:
  Endpoint(const OutsideEnvironment& environment, EndpointAddress address,
           std::shared_ptr<scrape::Fetcher> fetcher, Duration timeout);
  // Counts what still waits as dropped.
  ~Endpoint();
  void put(std::span<const AlertPtr> alerts);
  // Resumes when nothing waits or is under way, or when the time has come.
  io::Task<> drain(Time until);
  const EndpointAddress& address() const { return address_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  io::Task<> run();
  io::Task<> send_batch();
  void drop_oldest(std::size_t count);

  io::Loop& loop_;
  std::size_t capacity_;
  EndpointAddress address_;
  std::shared_ptr<scrape::Fetcher> fetcher_;
  Duration timeout_;
  std::deque<AlertPtr> queue_;
  bool sending_ = false;
  bool in_trouble_ = false;  // the last batch was not taken
  Counter &sent_, &errors_, &dropped_;
  Gauge& length_;
  Histogram& latency_;
  io::WaitList arrived_;
  io::WaitList done_;
  io::Scope scope_;
};

// The body of POST /api/v2/alerts.
std::string postable_alerts(std::span<const AlertPtr> alerts);

}  // namespace aloft::telemetry::alerts
