// Scraping the targets of a job.
#include "telemetry/scrape/targets/scrape_pool.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "io/timeout.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/durations.h"
#include "telemetry/scrape/targets/log.h"

namespace aloft::telemetry::scrape {
namespace {

// Discovery may change many times a second; targets follow once in this time.
constexpr Duration sync_interval = 1s;
constexpr std::size_t body_limit_bytes = 256 * 1024 * 1024;
// A scrape that comes this little late counts as on time, which makes its time stamps cheaper to store.
constexpr Duration alignment_tolerance = 2ms;

class PipelineSink final : public ScrapeSink {
 public:
  PipelineSink(io::Loop& loop, Pipeline& pipeline) : loop_(loop), pipeline_(pipeline) {}
  io::Task<Result<WriteReport>> take(std::size_t bytes,
                                     std::move_only_function<Result<MetricBatch>()> decode) override {
    auto ticket = pipeline_.admit(bytes);
    if (!ticket) co_return fail(std::move(ticket).error());
    co_return co_await pipeline_.push<MetricBatch>(loop_, std::move(*ticket), std::move(decode));
  }

 private:
  io::Loop& loop_;
  Pipeline& pipeline_;
};

Millis millis_of(WallTime t) { return t.since_epoch / 1ms; }

MetricBatch ended(SharedSeries& series, Millis time) {
  return series.with([&](TargetSeries& own) { return own.end(time); });
}

std::optional<ExpositionFormat> format_named(std::string_view protocol) {
  if (protocol == "PrometheusProto") return ExpositionFormat::protobuf;
  if (protocol == "PrometheusText0.0.4") return ExpositionFormat::text_0_0_4;
  if (protocol == "PrometheusText1.0.0") return ExpositionFormat::text_1_0_0;
  if (protocol == "OpenMetricsText0.0.1") return ExpositionFormat::openmetrics_0_0_1;
  if (protocol == "OpenMetricsText1.0.0") return ExpositionFormat::openmetrics_1_0_0;
  return std::nullopt;
}

}  // namespace

std::unique_ptr<ScrapeSink> make_pipeline_sink(io::Loop& loop, Pipeline& pipeline) {
  return std::make_unique<PipelineSink>(loop, pipeline);
}

std::string_view to_string(TargetHealth health) {
  switch (health) {
    case TargetHealth::up:
      return "up";
    case TargetHealth::down:
      return "down";
    case TargetHealth::unknown:
      break;
  }
  return "unknown";
}

struct ScrapePool::Active {
  Active(io::Loop& loop, ScrapeTarget target, std::shared_ptr<SharedSeries> s)
      : series(std::move(s)), scope(loop) {
    status.target = std::move(target);
  }
  TargetStatus status;
  std::shared_ptr<SharedSeries> series;
  bool scraped = false;
  io::Scope scope;
};

ScrapePool::ScrapePool(const ScrapeEnvironment& environment, ScrapeConfig config,
                       std::unique_ptr<Fetcher> fetcher)
    : environment_(environment),
      config_(std::move(config)),
      fetcher_(std::move(fetcher)),
      accept_(accept_header(config_, environment.zero_at_start)),
      scope_(environment.loop) {
  SampleRules rules = sample_rules(config_);
  rules.zero_at_start = environment.zero_at_start;
  rules_ = std::make_shared<const SampleRules>(std::move(rules));
}

ScrapePool::~ScrapePool() = default;

void ScrapePool::start(std::vector<std::unique_ptr<TargetProvider>> providers) {
  providers_ = std::move(providers);
  groups_.resize(providers_.size());
  for (std::size_t i = 0; i < providers_.size(); ++i)
    providers_[i]->start([this, i](std::vector<TargetGroup> groups) { on_groups(i, std::move(groups)); });
}

void ScrapePool::inherit(ScrapePool& before) {
  for (auto& [identity, active] : before.active_) {
    active->scope.cancel();
    if (active->scraped) heritage_.emplace(identity, active->series);
  }
  for (auto* gone : {&before.ghosts_, &before.heritage_}) {
    for (auto& [identity, series] : *gone) heritage_.emplace(identity, series);
    gone->clear();
  }
  before.active_.clear();
}

io::Task<> ScrapePool::retire() {
  providers_.clear();
  groups_.clear();
  const Millis now = millis_of(environment_.clock.wall());
  for (auto& [identity, active] : active_) {
    active->scope.cancel();
    if (active->scraped) ghosts_.emplace(identity, active->series);
  }
  active_.clear();
  const auto ghosts = std::exchange(ghosts_, {});
  const auto heritage = std::exchange(heritage_, {});
  for (const auto& [identity, series] : heritage) co_await give(ended(*series, now));
  for (const auto& [identity, series] : ghosts) co_await give(ended(*series, now));
}

std::vector<const TargetStatus*> ScrapePool::active() const {
  std::vector<const TargetStatus*> out;
  for (const auto& [identity, active] : active_) out.push_back(&active->status);
  std::sort(out.begin(), out.end(), [](const TargetStatus* a, const TargetStatus* b) {
    return std::pair(a->target.url(), a->target.shown.encoded()) <
           std::pair(b->target.url(), b->target.shown.encoded());
  });
  return out;
}

void ScrapePool::on_groups(std::size_t provider, std::vector<TargetGroup> groups) {
  if (groups_.size() <= provider) return;
  groups_[provider] = std::move(groups);
  if (sync_pending_) return;
  sync_pending_ = true;
  scope_.spawn(sync_soon());
}

// At once the first time, afterwards with what else comes meanwhile.
io::Task<> ScrapePool::sync_soon() {
  if (last_sync_) {
    co_await environment_.loop.sleep_until(*last_sync_ + sync_interval);
  } else {
    co_await environment_.loop.yield();
  }
  sync_pending_ = false;
  last_sync_ = environment_.loop.now();
  sync();
}

void ScrapePool::sync() {
  std::map<std::uint64_t, ScrapeTarget> wanted;
  dropped_.clear();
  dropped_count_ = 0;
  for (const auto& provider : groups_) {
    for (const TargetGroup& group : provider) {
      for (const Labels& own : group.targets) {
        auto target = make_target(config_, own, group.labels);
        if (!target) {
          scrape_log.warning("job {}: a target of {} cannot be scraped: {}", config_.job_name, group.source,
                             target.error().message());
        } else if (*target) {
          const std::uint64_t identity = (*target)->identity();
          wanted.try_emplace(identity, std::move(**target));
        } else {
          ++dropped_count_;
          const std::uint64_t most = config_.limits.keep_dropped_targets;
          if (most == 0 || dropped_.size() < most)
            dropped_.push_back(discovered_labels(config_, own, group.labels));
        }
      }
    }
  }
  limit_error_.reset();
  if (config_.limits.targets > 0 && wanted.size() > config_.limits.targets)
    limit_error_ =
        Error(Code::too_large, fmt::format("target_limit exceeded (number of targets: {}, limit: {})",
                                           wanted.size(), config_.limits.targets));
  for (auto it = active_.begin(); it != active_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    remove_target(std::move(it->second));
    it = active_.erase(it);
  }
  for (auto& [identity, target] : wanted) {
    const auto found = active_.find(identity);
    if (found == active_.end()) {
      add_target(std::move(target));
    } else {
      found->second->status.target.discovered = std::move(target.discovered);
    }
  }
  // What the pool before had and this one has not, or has not yet: some providers take their time.
  if (!std::exchange(heritage_watched_, true)) {
    for (const auto& [identity, series] : heritage_)
      scope_.spawn(end_later(series, config_.scrape_interval, identity));
  }
}

void ScrapePool::add_target(ScrapeTarget target) {
  const std::uint64_t identity = target.identity();
  std::shared_ptr<SharedSeries> series;
  bool scraped = false;
  if (const auto ghost = ghosts_.extract(identity)) {
    series = ghost.mapped();
    scraped = true;
  } else {
    series = std::make_shared<SharedSeries>(TargetSeries(rules_, target.shown));
    if (const auto before = heritage_.extract(identity)) {
      series->with(
          [&](TargetSeries& now) { before.mapped()->with([&](TargetSeries& old) { now.inherit(old); }); });
      scraped = true;
    }
  }
  auto active = std::make_unique<Active>(environment_.loop, std::move(target), std::move(series));
  active->scraped = scraped;
  Active& stored = *active;
  active_.emplace(identity, std::move(active));
  stored.scope.spawn(run(stored));
}

void ScrapePool::remove_target(std::unique_ptr<Active> target) {
  target->scope.cancel();
  if (!target->scraped) return;
  const std::uint64_t identity = target->status.target.identity();
  ghosts_.emplace(identity, target->series);
  scope_.spawn(end_later(target->series, target->status.target.interval, identity));
}

// A target may come back at once (a rollout, a hiccup of discovery); its series become stale when it has not
// after one interval and a bit.
io::Task<> ScrapePool::end_later(std::shared_ptr<SharedSeries> series, Duration interval,
                                 std::uint64_t identity) {
  const WallTime stale_at = environment_.clock.wall() + interval;
  co_await environment_.loop.sleep(interval + interval / 10);
  bool still_gone = false;
  for (auto* gone : {&ghosts_, &heritage_}) {
    const auto it = gone->find(identity);
    if (it == gone->end() || it->second != series) continue;
    gone->erase(it);
    still_gone = true;
  }
  if (!still_gone) co_return;
  co_await give(ended(*series, millis_of(stale_at)));
}

io::Task<> ScrapePool::give(MetricBatch batch) {
  const std::size_t bytes = batch.samples.size() * 256;
  std::move_only_function<Result<MetricBatch>()> decode = [batch = std::move(batch)]() mutable {
    return Result<MetricBatch>(std::move(batch));
  };
  auto report = co_await environment_.sink.take(bytes, std::move(decode));
  if (!report)
    scrape_log.warning("job {}: stale markers were not taken: {}", config_.job_name,
                       report.error().message());
}

io::Task<> ScrapePool::run(Active& active) {
  const Duration interval = active.status.target.interval;
  const Duration offset =
      scrape_offset(active.status.target, environment_.clock.wall(), environment_.offset_seed);
  co_await environment_.loop.sleep(offset);
  Time next = environment_.loop.now();
  WallTime aligned = environment_.clock.wall();
  const Duration tolerance = std::min(alignment_tolerance, interval / 100);
  for (;;) {
    const WallTime now = environment_.clock.wall();
    const Duration late = now - aligned;
    const bool on_time = late >= Duration::zero() && late <= tolerance;
    co_await scrape(active, on_time ? aligned : now);
    // Scrapes that took longer than the interval skip what they missed.
    do {
      next = next + interval;
      aligned = aligned + interval;
    } while (next <= environment_.loop.now());
    co_await environment_.loop.sleep_until(next);
  }
}

io::Task<Result<FetchedPage>> ScrapePool::fetch(Active& active) {
  const ScrapeTarget& target = active.status.target;
  if (limit_error_) co_return fail(*limit_error_);
  FetchRequest request;
  request.scheme = target.scheme;
  request.address = target.address;
  request.path = target.path;
  request.headers.add("Accept", accept_);
  request.headers.add("Accept-Encoding", config_.enable_compression ? "gzip" : "identity");
  request.headers.add("User-Agent", "aloft");
  request.headers.add("X-Prometheus-Scrape-Timeout-Seconds", format_float(seconds_of(target.timeout)));
  request.body_limit_bytes = config_.limits.body_size > 0 ? config_.limits.body_size : body_limit_bytes;
  io::Task<Result<FetchedPage>> fetching = fetcher_->fetch(std::move(request));
  auto page = co_await io::within(environment_.loop, target.timeout, std::move(fetching));
  if (!page)
    co_return fail(Code::timeout,
                   fmt::format("no answer within {}", format_prometheus_duration(target.timeout)));
  if (!*page) {
    if ((*page).error().code() == Code::too_large)
      co_return fail(Code::too_large, "body size limit exceeded");
    co_return fail(std::move(*page).error());
  }
  if ((*page)->status != 200)
    co_return fail(Code::unavailable, fmt::format("server returned HTTP status {} {}", (*page)->status,
                                                  http::status_text((*page)->status)));
  co_return std::move(*page);
}

io::Task<> ScrapePool::scrape(Active& active, WallTime at) {
  io::Loop& loop = environment_.loop;
  const Time started = loop.now();
  auto fetched = co_await fetch(active);
  const double fetch_seconds = seconds_of(loop.now() - started);
  TargetSeries::Scrape scrape;
  scrape.time = millis_of(at);
  scrape.timeout_seconds = seconds_of(active.status.target.timeout);
  FetchedPage page;
  if (fetched) {
    page = std::move(*fetched);
    scrape.format = format_of(page.headers.get("content-type"));
    if (!scrape.format) scrape.format = format_named(config_.fallback_scrape_protocol);
  } else {
    scrape.failure = fetched.error();
    if (fetched.error().code() == Code::too_large) scrape.body_bytes = -1;
  }
  const auto outcome = std::make_shared<TargetSeries::Outcome>();
  const std::size_t limit = config_.limits.body_size > 0 ? config_.limits.body_size : body_limit_bytes;
  const std::size_t bytes = page.body.size() * (page.headers.get("content-encoding").empty() ? 2 : 8) + 4096;
  std::move_only_function<Result<MetricBatch>()> decode = [series = active.series, scrape = std::move(scrape),
                                                           page = std::move(page), outcome, fetch_seconds,
                                                           limit]() mutable -> Result<MetricBatch> {
    const auto begin = std::chrono::steady_clock::now();
    auto body = decode_content(page.headers.get("content-encoding"), std::move(page.body), limit);
    if (body) {
      scrape.page = *body;
      if (!scrape.failure) scrape.body_bytes = static_cast<std::int64_t>(body->size());
    } else if (!scrape.failure) {
      scrape.failure = body.error().code() == Code::too_large
                           ? Error(Code::too_large, "body size limit exceeded")
                           : body.error();
    }
    const auto seconds = [&] { return fetch_seconds + seconds_of(std::chrono::steady_clock::now() - begin); };
    series->with([&](TargetSeries& own) { *outcome = own.take(scrape, seconds); });
    return std::move(outcome->batch);
  };
  active.scraped = true;
  auto report = co_await environment_.sink.take(bytes, std::move(decode));
  TargetStatus& status = active.status;
  status.last_scrape = at;
  status.last_duration = loop.now() - started;
  std::optional<Error> failure = outcome->failure;
  if (!report) failure = report.error();
  status.health = failure ? TargetHealth::down : TargetHealth::up;
  status.last_error = failure ? failure->message() : std::string();
  if (outcome->metadata) status.metadata = std::move(*outcome->metadata);
  if (report && report->rejected > 0)
    scrape_log.warning("job {}: {} samples of {} were not taken: {}", config_.job_name, report->rejected,
                       status.target.url(), report->first_rejection);
}

}  // namespace aloft::telemetry::scrape
