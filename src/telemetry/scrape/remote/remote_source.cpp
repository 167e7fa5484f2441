// Asking another server from a thread that may block, over connections that live on a loop.
#include "telemetry/scrape/remote/remote_source.h"

#include <algorithm>
#include <future>

#include <fmt/format.h>

#include "base/log.h"
#include "io/timeout.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/durations.h"
#include "telemetry/metrics/column_merge.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Log read_log("remote_read");
constexpr std::size_t shown_of_failure = 256;
// How often a waiting thread looks whether the end has come.
constexpr Duration end_look_interval = 20ms;

bool has_equal(std::span<const Matcher> matchers, std::string_view name, std::string_view value) {
  return std::ranges::any_of(matchers, [&](const Matcher& one) {
    return one.type() == MatchType::equal && one.name() == name && one.value() == value;
  });
}
bool names(std::span<const Matcher> matchers, std::string_view name) {
  return std::ranges::any_of(matchers, [&](const Matcher& one) { return one.name() == name; });
}

}  // namespace

// What a thread waits for. It may give up before the answer comes.
struct RemoteSource::Waiting {
  std::promise<Result<FetchedPage>> page;
};

RemoteSource::RemoteSource(Access, io::Loop& loop, RemoteReadConfig config, Labels external,
                           std::unique_ptr<Fetcher> fetcher, Url url, Metrics& metrics)
    : loop_(loop),
      config_(std::move(config)),
      external_(std::move(external)),
      fetcher_(std::move(fetcher)),
      url_(std::move(url)),
      name_(config_.name.empty() ? url_.address : config_.name),
      queries_(metrics.counter("telemetry_remote_read_queries_total", "Queries to other servers.")),
      failures_(metrics.counter("telemetry_remote_read_failures_total",
                                "Queries to other servers that were not answered.")),
      scope_(loop) {}

RemoteSource::~RemoteSource() { close(); }

Result<std::unique_ptr<RemoteSource>> RemoteSource::make(io::Loop& loop, RemoteReadConfig config,
                                                         Labels external, std::unique_ptr<Fetcher> fetcher,
                                                         Metrics& metrics) {
  HttpClientConfig client = config.client;
  TRY(url, parse_url(config.url, client));
  return std::make_unique<RemoteSource>(Access(), loop, std::move(config), std::move(external),
                                        std::move(fetcher), std::move(url), metrics);
}

void RemoteSource::close() {
  *closed_ = true;
  scope_.cancel();
}

std::optional<ReadQuery> RemoteSource::query_for(Millis from, Millis to, std::span<const Matcher> matchers,
                                                 const metrics::SelectHints& hints,
                                                 Millis local_start) const {
  for (const auto& [name, value] : config_.required_matchers) {
    if (!has_equal(matchers, name, value)) return std::nullopt;
  }
  if (!config_.read_recent) {
    if (from >= local_start) return std::nullopt;
    to = std::min(to, local_start);
  }
  ReadQuery query;
  query.from = from;
  query.to = to;
  query.hints = hints;
  query.matchers.assign(matchers.begin(), matchers.end());
  if (!config_.filter_external_labels) return query;
  for (const Label& label : external_) {
    if (names(matchers, label.name)) continue;
    auto matcher = Matcher::make(MatchType::equal, std::string(label.name), std::string(label.value));
    if (matcher) query.matchers.push_back(std::move(*matcher));
  }
  return query;
}

io::Task<> RemoteSource::fetch(std::shared_ptr<Waiting> waiting, std::string body) {
  FetchRequest request;
  request.scheme = url_.scheme;
  request.address = url_.address;
  request.path = url_.path;
  request.method = "POST";
  request.headers.add("Content-Type", "application/x-protobuf");
  request.headers.add("Content-Encoding", "snappy");
  request.headers.add("Accept-Encoding", "snappy");
  request.headers.add("User-Agent", "aloft");
  request.headers.add("X-Prometheus-Remote-Read-Version", "0.1.0");
  request.body = std::move(body);
  io::Task<Result<FetchedPage>> fetching = fetcher_->fetch(std::move(request));
  auto page = co_await io::within(loop_, config_.timeout, std::move(fetching));
  if (page) {
    waiting->page.set_value(std::move(*page));
  } else {
    waiting->page.set_value(
        fail(Code::timeout, fmt::format("no answer within {}", format_prometheus_duration(config_.timeout))));
  }
}

Result<std::vector<ReadSeries>> RemoteSource::read(const ReadQuery& query) {
  queries_.add();
  ReadRequest request;
  request.queries.push_back(query);
  request.accepted = {ReadForm::chunks, ReadForm::samples};
  auto waiting = std::make_shared<Waiting>();
  std::future<Result<FetchedPage>> future = waiting->page.get_future();
  loop_.post(
      [this, waiting, closed = closed_, body = snappy_compress(encode_read_request(request))]() mutable {
        // After close() this object may be gone.
        if (!*closed) scope_.spawn(fetch(std::move(waiting), std::move(body)));
      });
  const std::shared_ptr<std::atomic<bool>> closed = closed_;
  waiting.reset();
  while (future.wait_for(end_look_interval) != std::future_status::ready) {
    if (*closed) return fail(Code::unavailable, "the server is about to stop");
  }
  auto page = [&]() -> Result<FetchedPage> {
    // A promise that was dropped says so by throwing.
    try {
      return future.get();
    } catch (const std::future_error&) {
      return fail(Code::unavailable, "the request was given up");
    }
  }();
  auto series = page ? understand(query, std::move(*page)) : fail(std::move(page).error());
  if (!series) {
    failures_.add();
    read_log.warning("remote read from {}: {}", name_, series.error().message());
    return fail(series.error().code(),
                fmt::format("remote read from {}: {}", name_, series.error().message()));
  }
  return series;
}

Result<std::vector<ReadSeries>> RemoteSource::understand(const ReadQuery& query, FetchedPage page) const {
  if (page.status != 200)
    return fail(Code::unavailable, fmt::format("HTTP status {}: {}", page.status,
                                               std::string_view(page.body).substr(0, shown_of_failure)));
  TRY(series, decode_read_answer(page.body, page.headers.get("content-type")));
  if (!config_.filter_external_labels || external_.empty()) return series;
  // What was added to the query is taken off its answer, so that the series meet ours.
  for (ReadSeries& one : series) {
    LabelsBuilder labels(one.labels);
    for (const Label& label : external_) {
      if (has_equal(query.matchers, label.name, label.value)) labels.remove(label.name);
    }
    one.labels = labels.build();
  }
  sort_series(series);
  return series;
}

namespace {

class MergedSelection final : public metrics::Selection {
 public:
  MergedSelection(std::unique_ptr<metrics::Selection> local, std::vector<ReadSeries> remote,
                  std::vector<std::string> warnings)
      : local_(std::move(local)), remote_(std::move(remote)), warnings_(std::move(warnings)) {
    std::size_t own = 0, other = 0;
    while (own < local_->size() || other < remote_.size()) {
      Place place;
      const bool take_own = own < local_->size() && (other == remote_.size() ||
                                                     !(remote_[other].labels.view() < local_->labels(own)));
      place.labels = take_own ? local_->labels(own) : remote_[other].labels.view();
      if (take_own) place.own = own++;
      place.first = other;
      while (other < remote_.size() && remote_[other].labels.view() == place.labels) ++other;
      place.last = other;
      places_.push_back(place);
    }
  }

  std::size_t size() const override { return places_.size(); }
  LabelsView labels(std::size_t series) const override { return places_[series].labels; }
  std::vector<std::string> warnings() const override { return warnings_; }
  Result<> read(std::size_t series, Millis from, Millis to, metrics::Column& out) const override {
    const Place& place = places_[series];
    if (place.first == place.last) return local_->read(*place.own, from, to, out);
    metrics::Column own;
    if (place.own) TRY_DO(local_->read(*place.own, from, to, own));
    out.clear();
    for (std::size_t i = place.first; i < place.last; ++i) {
      const metrics::Column& column = remote_[i].column;
      const auto begin = std::ranges::lower_bound(column.times, from) - column.times.begin();
      const auto end = std::ranges::upper_bound(column.times, to) - column.times.begin();
      metrics::append_range(out, column, static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
    }
    // Last, so that they are what stays.
    metrics::append_range(out, own, 0, own.size());
    metrics::put_in_order(out);
    return {};
  }

 private:
  struct Place {
    LabelsView labels;
    std::optional<std::size_t> own;
    std::size_t first = 0, last = 0;  // of the others
  };
  std::unique_ptr<metrics::Selection> local_;
  std::vector<ReadSeries> remote_;
  std::vector<std::string> warnings_;
  std::vector<Place> places_;
};

}  // namespace

Result<std::unique_ptr<metrics::Selection>> MergedSource::select(Millis from, Millis to,
                                                                 std::span<const Matcher> matchers,
                                                                 const metrics::SelectHints& hints) const {
  TRY(local, local_.select(from, to, matchers, hints));
  if (sources_.empty()) return local;
  const Millis local_start = local_start_();
  std::vector<ReadSeries> remote;
  std::vector<std::string> warnings;
  for (RemoteSource* source : sources_) {
    const auto query = source->query_for(from, to, matchers, hints, local_start);
    if (!query) continue;
    auto series = source->read(*query);
    if (!series) {
      warnings.push_back(series.error().message());
      continue;
    }
    remote.insert(remote.end(), std::make_move_iterator(series->begin()),
                  std::make_move_iterator(series->end()));
  }
  if (remote.empty() && warnings.empty()) return local;
  sort_series(remote);
  if (hints.series_limit > 0 && local->size() + remote.size() > hints.series_limit)
    return fail(Code::too_large, fmt::format("the selector matches more than {} series", hints.series_limit));
  return std::make_unique<MergedSelection>(std::move(local), std::move(remote), std::move(warnings));
}

Result<std::vector<std::string>> MergedSource::label_names(Millis from, Millis to,
                                                           std::span<const Matcher> matchers,
                                                           std::size_t limit) const {
  return local_.label_names(from, to, matchers, limit);
}

Result<std::vector<std::string>> MergedSource::label_values(std::string_view name, Millis from, Millis to,
                                                            std::span<const Matcher> matchers,
                                                            std::size_t limit) const {
  return local_.label_values(name, from, to, matchers, limit);
}

Result<std::vector<metrics::ExemplarSeries>> MergedSource::exemplars(
    Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const {
  return local_.exemplars(from, to, matcher_sets);
}

}  // namespace aloft::telemetry::scrape
