// Sending alerts to one Alertmanager.
#include "telemetry/alerts/outside/endpoint.h"

#include <fmt/format.h>

#include "io/timeout.h"
#include "telemetry/alerts/log.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t batch_size = 64;
constexpr std::size_t answer_limit_bytes = 64 * 1024;

void write_map(JsonWriter& json, const LabelMap& map) {
  json.begin_object();
  for (const auto& [name, value] : map) json.key(name).string(value);
  json.end_object();
}

}  // namespace

Endpoint::Endpoint(const OutsideEnvironment& environment, EndpointAddress address,
                   std::shared_ptr<scrape::Fetcher> fetcher, Duration timeout)
    : loop_(environment.loop),
      capacity_(environment.queue_capacity),
      address_(std::move(address)),
      fetcher_(std::move(fetcher)),
      timeout_(timeout),
      sent_(environment.metrics.counter("prometheus_notifications_sent_total",
                                        "Alerts sent to other Alertmanagers.",
                                        {{"alertmanager", address_.url()}})),
      errors_(environment.metrics.counter("prometheus_notifications_errors_total",
                                          "Alerts in batches that an Alertmanager did not take.",
                                          {{"alertmanager", address_.url()}})),
      dropped_(environment.metrics.counter("prometheus_notifications_dropped_total",
                                           "Alerts that were given up: no room, or not taken.",
                                           {{"alertmanager", address_.url()}})),
      length_(environment.metrics.gauge("prometheus_notifications_queue_length",
                                        "Alerts that wait for an Alertmanager.",
                                        {{"alertmanager", address_.url()}})),
      latency_(environment.metrics.histogram("prometheus_notifications_latency_histogram_seconds",
                                             "How long an Alertmanager takes to answer.", {0.01, 0.1, 1, 10},
                                             {{"alertmanager", address_.url()}})),
      arrived_(loop_),
      done_(loop_),
      scope_(loop_) {
  scope_.spawn(run());
}

Endpoint::~Endpoint() {
  scope_.cancel();
  dropped_.add(queue_.size());
  length_.set(0);
}

void Endpoint::drop_oldest(std::size_t count) {
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  dropped_.add(count);
}

void Endpoint::put(std::span<const AlertPtr> alerts) {
  if (alerts.empty()) return;
  queue_.insert(queue_.end(), alerts.begin(), alerts.end());
  if (queue_.size() > capacity_) {
    const std::size_t over = queue_.size() - capacity_;
    log.warning("{}: {} alerts are dropped, more than {} wait", address_.url(), over, capacity_);
    drop_oldest(over);
  }
  length_.set(static_cast<double>(queue_.size()));
  arrived_.notify_all();
}

io::Task<> Endpoint::run() {
  for (;;) {
    while (queue_.empty()) co_await arrived_.wait();
    sending_ = true;
    co_await send_batch();
    sending_ = false;
    if (queue_.empty()) done_.notify_all();
  }
}

io::Task<> Endpoint::send_batch() {
  const std::size_t count = std::min(queue_.size(), batch_size);
  const std::vector<AlertPtr> batch(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  length_.set(static_cast<double>(queue_.size()));
  scrape::FetchRequest request;
  request.scheme = address_.scheme;
  request.address = address_.address;
  request.path = address_.path;
  request.method = "POST";
  request.headers.set("Content-Type", "application/json");
  request.headers.set("User-Agent", "aloft");
  request.body = postable_alerts(batch);
  request.body_limit_bytes = answer_limit_bytes;
  const Time begun = loop_.now();
  io::Task<Result<scrape::FetchedPage>> posting = fetcher_->fetch(std::move(request));
  const auto page = co_await io::within(loop_, timeout_, std::move(posting));
  std::string wrong;
  if (!page) {
    wrong = "no answer in time";
  } else if (!*page) {
    wrong = page->error().message();
  } else if ((*page)->status / 100 != 2) {
    wrong = fmt::format("bad response status {}: {}", (*page)->status, (*page)->body.substr(0, 200));
  }
  if (wrong.empty()) {
    in_trouble_ = false;
    sent_.add(count);
    latency_.observe(std::chrono::duration<double>(loop_.now() - begun).count());
    co_return;
  }
  errors_.add(count);
  dropped_.add(count);
  // Once for each time of trouble: an Alertmanager that is away for a night fills no disk.
  if (!std::exchange(in_trouble_, true)) log.warning("{}: alerts are not taken: {}", address_.url(), wrong);
}

io::Task<> Endpoint::drain(Time until) {
  while ((!queue_.empty() || sending_) && loop_.now() < until) co_await done_.wait_until(until);
}

std::string postable_alerts(std::span<const AlertPtr> alerts) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const AlertPtr& alert : alerts) {
    json.begin_object().key("annotations");
    write_map(json, alert->annotations);
    json.key("endsAt").string(openapi_time(alert->ends_at));
    json.key("startsAt").string(openapi_time(alert->starts_at));
    if (!alert->generator_url.empty()) json.key("generatorURL").string(alert->generator_url);
    json.key("labels");
    write_map(json, alert->labels);
    json.end_object();
  }
  json.end_array();
  return out;
}

}  // namespace aloft::telemetry::alerts
