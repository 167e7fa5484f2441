// Sending samples to another server.
#include "telemetry/scrape/remote/remote_out.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>

#include <fmt/format.h>

#include "base/log.h"
#include "io/timeout.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/durations.h"
#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

const Log write_log("remote_write");
constexpr Duration adjust_interval = 10s;
constexpr std::size_t most_families = 100'000;
constexpr std::size_t metadata_per_send = 2'000;
constexpr std::size_t write_answer_limit_bytes = 64 * 1024;

// Seconds, as nearly everybody sends it; zero for the form with a date.
Duration retry_after(const http::Headers& headers) {
  const std::string_view text = headers.get("retry-after");
  std::int64_t seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc() || seconds < 0) return Duration{};
  return std::chrono::seconds(std::min<std::int64_t>(seconds, 3600));
}

}  // namespace

struct RemoteWriter::Shard {
  explicit Shard(io::Loop& loop) : arrived(loop) {}
  std::deque<Piece> queue;
  std::size_t items = 0;
  bool closing = false;  // no more comes; ends when empty
  bool done = false;
  io::WaitList arrived;
};

Result<std::unique_ptr<RemoteWriter>> RemoteWriter::make(const RemoteOutEnvironment& environment,
                                                         RemoteWriteConfig config, Labels external_labels,
                                                         std::unique_ptr<Fetcher> fetcher) {
  HttpClientConfig credentials;
  auto url = parse_url(config.url, credentials);
  if (!url) return fail(url.error().at("remote_write"));
  auto writer =
      std::make_unique<RemoteWriter>(Private{}, environment, std::move(config), std::move(external_labels),
                                     std::move(fetcher), std::move(*url));
  writer->start();
  return writer;
}

RemoteWriter::RemoteWriter(Private, const RemoteOutEnvironment& environment, RemoteWriteConfig config,
                           Labels external_labels, std::unique_ptr<Fetcher> fetcher, Url url)
    : environment_(environment),
      config_(std::move(config)),
      external_labels_(std::move(external_labels)),
      fetcher_(std::move(fetcher)),
      url_(std::move(url)),
      name_("remote_write " + (config_.name.empty() ? url_.address : config_.name)),
      pending_(std::make_shared<std::atomic<std::size_t>>(0)),
      open_(std::make_shared<std::atomic<bool>>(true)),
      sent_(counter("prometheus_remote_storage_samples_total", "Samples sent to remote storage.")),
      failed_(counter("prometheus_remote_storage_samples_failed_total",
                      "Samples that remote storage refused for good.")),
      retried_(counter("prometheus_remote_storage_samples_retried_total", "Samples that were sent again.")),
      dropped_(counter("prometheus_remote_storage_samples_dropped_total",
                       "Samples that were not queued: dropped by relabelling, too old, or no room.")),
      bytes_(counter("prometheus_remote_storage_bytes_total", "Bytes sent to remote storage, compressed.")),
      pending_gauge_(environment.metrics.gauge("prometheus_remote_storage_samples_pending",
                                               "Samples that wait for being sent.", labels())),
      shards_gauge_(environment.metrics.gauge("prometheus_remote_storage_shards",
                                              "Requests at a time to remote storage.", labels())),
      known_(std::make_shared<const Known>()),
      target_shards_(config_.min_shards),
      scope_(environment.loop) {}

RemoteWriter::~RemoteWriter() { open_->store(false); }

aloft::Labels RemoteWriter::labels() const {
  return {{"remote_name", config_.name}, {"url", url_.scheme + "://" + url_.address + url_.path}};
}
Counter& RemoteWriter::counter(std::string_view name, std::string_view help) {
  return environment_.metrics.counter(name, help, labels());
}

void RemoteWriter::start() {
  open_shards(target_shards_);
  scope_.spawn(adjust_shards());
  if (config_.send_metadata && !config_.version_2) scope_.spawn(send_metadata());
}

// False when the series is not to be sent.
bool RemoteWriter::final_labels(std::string_view run, std::string& scratch, std::string_view& out) const {
  if (external_labels_.empty() && config_.write_relabel_configs.empty()) {
    out = run;
    return true;
  }
  const auto canonical = canonical_labels(run, scratch);
  if (!canonical) return false;
  LabelsBuilder builder(*canonical);
  for (const Label& label : external_labels_) {
    if (builder.get(label.name).empty()) builder.set(label.name, label.value);
  }
  if (!relabel(config_.write_relabel_configs, builder)) return false;
  scratch = builder.build().encoded();
  out = scratch;
  return !out.empty();
}

// Distributes a batch over the shards by series, so that each series keeps its order.
std::vector<RemoteWriter::Piece> RemoteWriter::split(const MetricBatch& batch) const {
  const std::size_t count = config_.max_shards;
  std::vector<Piece> pieces(count);
  std::vector<std::unique_ptr<LabelArena>> arenas(count);
  struct Placed {
    std::size_t shard = 0;
    std::string_view labels;
  };
  std::unordered_map<std::string_view, Placed> placed;
  std::string scratch;
  const auto place = [&](std::string_view run) -> const Placed& {
    const auto [it, fresh] = placed.try_emplace(run);
    std::string_view labels;
    if (!fresh || !final_labels(run, scratch, labels)) return it->second;
    it->second.shard = hash_labels(LabelsView(labels)) % count;
    auto& arena = arenas[it->second.shard];
    if (arena == nullptr) arena = std::make_unique<LabelArena>(pieces[it->second.shard].batch, 4096);
    it->second.labels = arena->copy(labels);
    return it->second;
  };
  const Millis oldest = config_.sample_age_limit > Duration{}
                            ? (environment_.clock.wall() - config_.sample_age_limit).since_epoch / 1ms
                            : std::numeric_limits<Millis>::min();
  for (const SampleRef& s : batch.samples) {
    const Placed& to = place(s.labels);
    if (to.labels.empty() || s.time < oldest) {
      dropped_.add();
      continue;
    }
    pieces[to.shard].batch.samples.push_back({to.labels, s.time, s.value});
  }
  if (config_.send_native_histograms) {
    for (const HistogramRef& h : batch.histograms) {
      const Placed& to = place(h.labels);
      if (!to.labels.empty() && h.time >= oldest)
        pieces[to.shard].batch.histograms.push_back({to.labels, h.time, h.histogram});
    }
  }
  if (config_.send_exemplars) {
    for (const ExemplarRef& e : batch.exemplars) {
      const Placed& to = place(e.series);
      if (!to.labels.empty())
        pieces[to.shard].batch.exemplars.push_back({to.labels, e.labels, e.value, e.time});
    }
  }
  return pieces;
}

Result<WriteReport> RemoteWriter::write(const MetricBatch& batch) {
  std::vector<Piece> pieces = split(batch);
  std::size_t items = 0;
  for (const Piece& piece : pieces) items += piece.items();
  const std::size_t most = config_.capacity * config_.max_shards;
  if (pending_->fetch_add(items, std::memory_order_relaxed) + items > most) {
    pending_->fetch_sub(items, std::memory_order_relaxed);
    dropped_.add(items);
    Error full(Code::too_many_requests, fmt::format("{}: {} samples are waiting", name_, most));
    return fail(full.retry_after(1));
  }
  environment_.loop.post(
      [this, open = open_, pieces = std::move(pieces), metadata = batch.metadata]() mutable {
        if (open->load()) accept(std::move(pieces), metadata);
      });
  WriteReport report;
  report.accepted = items;
  return report;
}

void RemoteWriter::accept(std::vector<Piece> pieces, const std::vector<MetricMetadata>& metadata) {
  if (!metadata.empty()) {
    auto known = std::make_shared<Known>(*known_);
    for (const MetricMetadata& m : metadata) {
      if (known->size() < most_families || known->contains(m.family)) (*known)[m.family] = m;
    }
    known_ = std::move(known);
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].items() == 0 && pieces[i].batch.exemplars.empty()) continue;
    Shard& shard = *shards_[i % shards_.size()];
    shard.items += pieces[i].items();
    shard.queue.push_back(std::move(pieces[i]));
    shard.arrived.notify_one();
  }
  pending_gauge_.set(static_cast<double>(pending()));
}

void RemoteWriter::open_shards(std::size_t count) {
  shards_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<Shard>(environment_.loop));
    scope_.spawn(send_shard(*shards_.back()));
  }
  shards_gauge_.set(static_cast<double>(count));
}

// Up to a full request, or what came within the deadline; empty when the shard has closed.
io::Task<RemoteWriter::Piece> RemoteWriter::collect(Shard& shard) {
  while (shard.queue.empty() && !shard.closing) co_await shard.arrived.wait();
  const Time deadline = environment_.loop.now() + config_.batch_send_deadline;
  while (shard.items < config_.max_samples_per_send && !shard.closing && environment_.loop.now() < deadline)
    co_await shard.arrived.wait_until(deadline);
  Piece out;
  while (!shard.queue.empty()) {
    Piece& next = shard.queue.front();
    if (out.items() > 0 && out.items() + next.items() > config_.max_samples_per_send) break;
    shard.items -= next.items();
    const auto move_all = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    move_all(out.batch.samples, next.batch.samples);
    move_all(out.batch.histograms, next.batch.histograms);
    move_all(out.batch.exemplars, next.batch.exemplars);
    // Strings that move keep their long content where it is; blocks are never short.
    move_all(out.batch.keep, next.batch.keep);
    shard.queue.pop_front();
  }
  co_return out;
}

io::Task<> RemoteWriter::send_shard(Shard& shard) {
  for (;;) {
    Piece piece = co_await collect(shard);
    const std::size_t items = piece.items();
    if (items == 0 && piece.batch.exemplars.empty()) {
      if (!shard.closing) continue;
      shard.done = true;
      shard.arrived.notify_all();
      co_return;
    }
    co_await deliver(std::move(piece.batch), items);
    delivered_ += items;
    pending_->fetch_sub(items, std::memory_order_relaxed);
    pending_gauge_.set(static_cast<double>(pending()));
  }
}

io::Task<std::string> RemoteWriter::encode(MetricBatch batch) {
  auto work = [batch = std::move(batch), known = known_, second = config_.version_2]() {
    if (!second) return snappy_compress(encode_write_request(batch));
    const MetadataLookup look_up = [&](std::string_view family) -> const MetricMetadata* {
      const auto it = known->find(std::string(family));
      return it != known->end() ? &it->second : nullptr;
    };
    return snappy_compress(encode_write_request_v2(batch, look_up));
  };
  if (environment_.pool == nullptr) co_return work();
  co_return co_await environment_.pool->run(environment_.loop, std::move(work));
}

io::Task<Result<FetchedPage>> RemoteWriter::post(std::string body) {
  FetchRequest request;
  request.method = "POST";
  request.scheme = url_.scheme;
  request.address = url_.address;
  request.path = url_.path;
  request.body = std::move(body);
  request.body_limit_bytes = write_answer_limit_bytes;
  request.headers.add("Content-Encoding", "snappy");
  request.headers.add("Content-Type", config_.version_2
                                          ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                                          : "application/x-protobuf");
  request.headers.add("X-Prometheus-Remote-Write-Version", config_.version_2 ? "2.0.0" : "0.1.0");
  request.headers.add("User-Agent", "aloft");
  io::Task<Result<FetchedPage>> fetching = fetcher_->fetch(std::move(request));
  auto page = co_await io::within(environment_.loop, config_.timeout, std::move(fetching));
  if (!page) co_return fail(Code::timeout, "no answer in time");
  co_return std::move(*page);
}

io::Task<> RemoteWriter::deliver(MetricBatch batch, std::size_t items) {
  const std::string body = co_await encode(std::move(batch));
  Duration backoff = config_.min_backoff;
  for (bool again = false;; again = true) {
    if (again) retried_.add(items);
    const Time begin = environment_.loop.now();
    auto page = co_await post(body);
    busy_ += environment_.loop.now() - begin;
    const int status = page ? page->status : 0;
    if (status / 100 == 2) {
      sent_.add(items);
      bytes_.add(body.size());
      co_return;
    }
    const bool retry = !page || status / 100 == 5 || (status == 429 && config_.retry_on_429);
    const std::string why =
        page ? fmt::format("HTTP status {}: {}", status, std::string_view(page->body).substr(0, 200))
             : page.error().message();
    if (!retry) {
      failed_.add(items);
      write_log.warning("{}: {} samples were refused: {}", name_, items, why);
      co_return;
    }
    const Duration asked = page ? retry_after(page->headers) : Duration{};
    if (!again) write_log.warning("{}: {}; trying again", name_, why);
    co_await environment_.loop.sleep(std::max(asked, backoff));
    backoff = std::min(backoff * 2, config_.max_backoff);
  }
}

// 1.0 carries metadata in requests of its own.
io::Task<> RemoteWriter::send_metadata() {
  for (;;) {
    co_await environment_.loop.sleep(config_.metadata_interval);
    const std::shared_ptr<const Known> known = known_;
    auto it = known->begin();
    while (it != known->end()) {
      MetricBatch batch;
      for (; it != known->end() && batch.metadata.size() < metadata_per_send; ++it)
        batch.metadata.push_back(it->second);
      co_await deliver(std::move(batch), 0);
    }
  }
}

// As many requests at once as the rate needs, judged by how long requests take. New shards take over only
// when the old ones are empty, so that no series is sent out of order.
io::Task<> RemoteWriter::adjust_shards() {
  for (;;) {
    co_await environment_.loop.sleep(adjust_interval);
    const double busy = seconds_of(std::exchange(busy_, {}));
    const auto delivered = static_cast<double>(std::exchange(delivered_, 0));
    const auto waiting = static_cast<double>(pending());
    if (delivered == 0) continue;
    // What came in this interval, and a tenth of what waits, times the cost of a sample.
    const double wanted = busy * (1 + 0.1 * waiting / delivered) / seconds_of(adjust_interval);
    const auto now = static_cast<double>(shards_.size());
    if (wanted > now * 0.7 || wanted < now * 0.3)
      target_shards_ =
          std::clamp(static_cast<std::size_t>(wanted * 1.5) + 1, config_.min_shards, config_.max_shards);
    if (target_shards_ == shards_.size()) continue;
    // What arrives meanwhile waits in the new ones.
    retiring_ = std::exchange(shards_, {});
    for (const auto& shard : retiring_) {
      shard->closing = true;
      shard->arrived.notify_all();
    }
    for (std::size_t i = 0; i < target_shards_; ++i)
      shards_.push_back(std::make_unique<Shard>(environment_.loop));
    for (const auto& shard : retiring_) {
      while (!shard->done) co_await shard->arrived.wait_until(environment_.loop.now() + 100ms);
    }
    retiring_.clear();
    for (const auto& shard : shards_) scope_.spawn(send_shard(*shard));
    shards_gauge_.set(static_cast<double>(shards_.size()));
  }
}

io::Task<> RemoteWriter::drain(Duration grace) {
  for (const auto& shard : shards_) {
    shard->closing = true;
    shard->arrived.notify_all();
  }
  io::Task<bool> waiting = all_sent();
  (void)co_await io::within(environment_.loop, grace, std::move(waiting));
}

io::Task<bool> RemoteWriter::all_sent() {
  while (pending() > 0) co_await environment_.loop.sleep(10ms);
  co_return true;
}

}  // namespace aloft::telemetry::scrape
