// Following logs live: what is written is offered to everyone who follows, filtered by their queries, in
// queues that never hold writers up.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/event.h"
#include "io/guarded.h"
#include "io/loop.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/logs/logql/engine.h"

namespace aloft::telemetry::logs {

// An exporter beside the store. Any thread; followers live on their loops.
class TailHub final : public Exporter<LogBatch> {
 public:
  TailHub();
  ~TailHub() override;
  std::string_view name() const override { return "log followers"; }
  Result<WriteReport> write(const LogBatch& batch) override;

  struct Dropped {
    Labels labels;
    std::int64_t time_ns = 0;
  };
  class Follower {
   public:
    virtual ~Follower() = default;
    // What has come since the last call; empty when nothing has.
    virtual std::vector<logql::ResultStream> take(std::vector<Dropped>& dropped) = 0;
    // Set while there is something to take.
    virtual io::Event& ready() = 0;
  };
  // Error: bad_request (the query), too_many_requests beyond the number of followers.
  Result<std::unique_ptr<Follower>> follow(io::Loop& loop, std::string tenant, const logql::LogQuery& query);

 private:
  struct Queue;
  class QueueFollower;
  io::Guarded<std::vector<std::shared_ptr<Queue>>> queues_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace aloft::telemetry::logs
