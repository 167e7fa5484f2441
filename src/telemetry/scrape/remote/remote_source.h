// Remote read as a client: the series of other servers beside our own, as `remote_read` of Prometheus'
// configuration asks for them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "io/loop.h"
#include "io/scope.h"
#include "telemetry/metrics/queryable.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/remote/read_answer.h"
#include "telemetry/scrape/remote/remote_read.h"
#include "telemetry/scrape/targets/fetcher.h"

namespace aloft::telemetry::scrape {

// One server. Made and destroyed on its loop.
class RemoteSource {
  struct Access {
    explicit Access() = default;
  };

 public:
  // Error: a URL that cannot be used.
  static Result<std::unique_ptr<RemoteSource>> make(io::Loop& loop, RemoteReadConfig config, Labels external,
                                                    std::unique_ptr<Fetcher> fetcher, Metrics& metrics);
  RemoteSource(Access, io::Loop& loop, RemoteReadConfig config, Labels external,
               std::unique_ptr<Fetcher> fetcher, Url url, Metrics& metrics);
  ~RemoteSource();

  // The query that the server is to be asked for what a selector wants; nullopt when it need not be asked:
  // our own samples, which begin at `local_start`, are enough, or a required matcher is missing.
  std::optional<ReadQuery> query_for(Millis from, Millis to, std::span<const Matcher> matchers,
                                     const metrics::SelectHints& hints, Millis local_start) const;
  // Blocks the calling thread, which is not the loop's, until the answer has come or the time is over.
  // Error: naming the server.
  Result<std::vector<ReadSeries>> read(const ReadQuery& query);
  // Every read that waits fails, and every later one. On the loop, before what waits is joined there.
  void close();
  const std::string& name() const { return name_; }

 private:
  struct Waiting;
  io::Task<> fetch(std::shared_ptr<Waiting> waiting, std::string body);
  Result<std::vector<ReadSeries>> understand(const ReadQuery& query, FetchedPage page) const;

  io::Loop& loop_;
  RemoteReadConfig config_;
  Labels external_;
  std::unique_ptr<Fetcher> fetcher_;
  Url url_;
  std::string name_;
  Counter& queries_;
  Counter& failures_;
  std::shared_ptr<std::atomic<bool>> closed_ = std::make_shared<std::atomic<bool>>(false);
  io::Scope scope_;
};

// Our own series and those of other servers as one. Where both have a sample of a time, ours counts. A server
// that does not answer is a warning of the query, not its end.
class MergedSource final : public metrics::Queryable {
 public:
  MergedSource(const metrics::Queryable& local, std::function<Millis()> local_start)
      : local_(local), local_start_(std::move(local_start)) {}
  // Before the first query. Outlives this object.
  void add(RemoteSource& source) { sources_.push_back(&source); }

  Result<std::unique_ptr<metrics::Selection>> select(Millis from, Millis to,
                                                     std::span<const Matcher> matchers,
                                                     const metrics::SelectHints& hints) const override;
  // Names, values and exemplars are our own: the protocol has none.
  Result<std::vector<std::string>> label_names(Millis from, Millis to, std::span<const Matcher> matchers,
                                               std::size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                std::span<const Matcher> matchers,
                                                std::size_t limit) const override;
  Result<std::vector<metrics::ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const override;

 private:
  const metrics::Queryable& local_;
  std::function<Millis()> local_start_;
  std::vector<RemoteSource*> sources_;
};

}  // namespace aloft::telemetry::scrape
