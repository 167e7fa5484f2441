// Filtering on the writer's thread, waking on the follower's loop.
#include "telemetry/logs/api/tail.h"

#include <algorithm>

#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t most_followers = 100;
constexpr std::size_t queued_entries = 5'000;
constexpr std::size_t queued_bytes =
    4 * 1024 * 1024;  // of lines; a follower that reads nothing holds no more
constexpr std::size_t kept_dropped = 100;

}  // namespace

struct TailHub::Queue {
  Queue(io::Loop& the_loop, std::string the_tenant, std::vector<Matcher> the_matchers,
        std::shared_ptr<const logql::Pipeline> pipeline, bool virtual_level)
      : loop(the_loop),
        tenant(std::move(the_tenant)),
        matchers(std::move(the_matchers)),
        inside(std::make_unique<Inside>(std::move(pipeline), virtual_level)),
        ready(the_loop) {}

  struct Inside {
    Inside(std::shared_ptr<const logql::Pipeline> pipeline, bool virtual_level)
        : run(std::move(pipeline), nullptr, virtual_level) {}
    logql::PipelineRun run;
    std::vector<logql::LineLabels::Entry> labels;
    std::vector<logql::ResultStream> waiting;
    std::vector<Dropped> dropped;
    std::size_t entries = 0;
    std::size_t bytes = 0;
    bool posted = false;
  };

  io::Loop& loop;
  std::string tenant;
  std::vector<Matcher> matchers;
  io::Guarded<std::unique_ptr<Inside>> inside;
  io::Event ready;  // of the loop
  std::atomic<bool> gone{false};

  static void offer(const std::shared_ptr<Queue>& self, const LogBatch& batch) {
    if (batch.tenant != self->tenant) return;
    const bool wake = self->inside.with([&](std::unique_ptr<Inside>& inside) {
      for (const LogStream& stream : batch.streams)
        if (matches_all(self->matchers, stream.labels)) take(*inside, stream);
      if (inside->waiting.empty() || inside->posted) return false;
      inside->posted = true;
      return true;
    });
    if (!wake) return;
    self->loop.post([self] {
      if (!self->gone.load()) self->ready.set();
    });
  }

  static void take(Inside& inside, const LogStream& stream) {
    std::string packed;
    for (const LogEntry& entry : stream.entries) {
      packed.clear();
      pack_fields(packed, entry.fields);
      std::string_view line = entry.line;
      if (!inside.run.process(stream.labels, entry.time_ns, line, PackedFields(packed))) continue;
      if (inside.entries >= queued_entries || inside.bytes >= queued_bytes) {
        if (inside.dropped.size() < kept_dropped)
          inside.dropped.push_back({.labels = stream.labels, .time_ns = entry.time_ns});
        continue;
      }
      inside.run.labels().collect(inside.labels);
      logql::ResultStream out{.labels = {}, .stream = stream.labels, .entries = {}};
      logql::ResultEntry found{
          .time_ns = entry.time_ns, .line = std::string(line), .fields = {}, .parsed = {}};
      for (const auto& label : inside.labels) {
        out.labels.emplace_back(label.name, label.value);
        if (label.source == logql::Source::field) found.fields.emplace_back(label.name, label.value);
        if (label.source == logql::Source::parsed) found.parsed.emplace_back(label.name, label.value);
      }
      ++inside.entries;
      inside.bytes += found.line.size();
      if (!inside.waiting.empty() && inside.waiting.back().labels == out.labels) {
        inside.waiting.back().entries.push_back(std::move(found));
        continue;
      }
      out.entries.push_back(std::move(found));
      inside.waiting.push_back(std::move(out));
    }
  }
};

class TailHub::QueueFollower final : public Follower {
 public:
  QueueFollower(TailHub& hub, std::shared_ptr<Queue> queue) : hub_(hub), queue_(std::move(queue)) {}
  ~QueueFollower() override {
    queue_->gone.store(true);
    hub_.queues_.with([this](auto& queues) { std::erase(queues, queue_); });
    hub_.count_.fetch_sub(1);
  }
  std::vector<logql::ResultStream> take(std::vector<Dropped>& dropped) override {
    queue_->ready.reset();
    return queue_->inside.with([&](std::unique_ptr<Queue::Inside>& inside) {
      inside->posted = false;
      inside->entries = inside->bytes = 0;
      dropped = std::exchange(inside->dropped, {});
      return std::exchange(inside->waiting, {});
    });
  }
  io::Event& ready() override { return queue_->ready; }

 private:
  TailHub& hub_;
  std::shared_ptr<Queue> queue_;
};

TailHub::TailHub() = default;
TailHub::~TailHub() = default;

Result<WriteReport> TailHub::write(const LogBatch& batch) {
  WriteReport report;
  report.accepted = batch.entry_count();
  if (count_.load(std::memory_order_relaxed) == 0) return report;
  const auto queues = queues_.with([](auto& all) { return all; });
  for (const auto& queue : queues) Queue::offer(queue, batch);
  return report;
}

Result<std::unique_ptr<TailHub::Follower>> TailHub::follow(io::Loop& loop, std::string tenant,
                                                           const logql::LogQuery& query) {
  TRY(pipeline, logql::Pipeline::compile(query.stages));
  if (count_.fetch_add(1) >= most_followers) {
    count_.fetch_sub(1);
    return fail(Code::too_many_requests,
                fmt::format("max concurrent tail requests limit exceeded, count > limit "
                            "({} > {})",
                            most_followers + 1, most_followers));
  }
  auto queue = std::make_shared<Queue>(loop, std::move(tenant), query.matchers, std::move(pipeline),
                                       logql::speaks_of_level(logql::to_string(query)));
  queues_.with([&](auto& queues) { queues.push_back(queue); });
  return std::unique_ptr<Follower>(std::make_unique<QueueFollower>(*this, std::move(queue)));
}

}  // namespace aloft::telemetry::logs
