// Sharing work among threads of the pool.
#include "telemetry/logs/logql/execution.h"

#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::size_t most_warnings = 10;

// Outlives whoever comes late: a helper that starts when all is done sees that and leaves.
struct Shared {
  std::function<void(std::size_t worker)> run;
  std::atomic<std::size_t> next_worker{1};
  std::atomic<std::size_t> active{0};
  std::atomic<bool> closed{false};
};

}  // namespace

Execution::Execution(const LogStore& the_store, io::Pool& pool, const QueryLimits& the_limits,
                     const QueryRequest& the_request, const std::atomic<bool>* cancelled)
    : store(the_store),
      limits(the_limits),
      request(the_request),
      virtual_level(speaks_of_level(the_request.query)),
      pool_(pool),
      cancelled_(cancelled) {}

Result<> Execution::check() const {
  if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed))
    return fail(Code::cancelled, "the query was cancelled");
  if (limits.timeout.count() != 0 && std::chrono::steady_clock::now() - begun_ > limits.timeout) {
    return fail(
        Code::timeout,
        fmt::format("request timed out after {}, decrease the duration of the request or add more label "
                    "matchers (prefer exact match over regex match) to reduce the amount of data processed",
                    format_duration(limits.timeout)));
  }
  if (limits.scanned_bytes != 0 && bytes_.load(std::memory_order_relaxed) > limits.scanned_bytes) {
    return fail(
        Code::bad_request,
        fmt::format("the query would read too many bytes (query: {} B and more, limit: {} B); consider "
                    "adding more specific stream selectors or reduce the time range of the query",
                    bytes_.load(), limits.scanned_bytes));
  }
  return {};
}

void Execution::count(const ScanRows& rows, bool in_head) {
  bytes_.fetch_add(rows.bytes_read, std::memory_order_relaxed);
  lines_.fetch_add(rows.rows_read, std::memory_order_relaxed);
  stored_.fetch_add(rows.bytes_stored, std::memory_order_relaxed);
  units_.fetch_add(1, std::memory_order_relaxed);
  if (rows.skipped) skipped_.fetch_add(1, std::memory_order_relaxed);
  if (!in_head) return;
  head_lines_.fetch_add(rows.rows_read, std::memory_order_relaxed);
  head_bytes_.fetch_add(rows.bytes_read, std::memory_order_relaxed);
}

void Execution::warn(std::string what) {
  warnings_.with([&](auto& all) {
    if (all.size() < most_warnings) all.push_back(std::move(what));
  });
}

Result<ScanRows> Execution::read(const Scan& scan, std::size_t unit) {
  TRY_DO(check());
  auto rows = scan.read(unit);
  if (!rows) {
    if (rows.error().code() != Code::invalid) return rows;
    warn(rows.error().message());
    return ScanRows{};
  }
  count(*rows, scan.units()[unit].in_head);
  return rows;
}

Result<> Execution::parallel(std::size_t count,
                             const std::function<Result<>(std::size_t, std::size_t)>& work) {
  auto shared = std::make_shared<Shared>();
  std::atomic<std::size_t> next{0};
  io::Guarded<Result<>> outcome;
  shared->run = [&](std::size_t worker) {
    for (std::size_t i = 0; (i = next.fetch_add(1)) < count;) {
      if (auto done = work(worker, i); !done) {
        outcome.with([&](Result<>& first) {
          if (first) first = std::move(done);
        });
        next.store(count);
        return;
      }
    }
  };
  const std::size_t helpers = std::min(workers(), count) - (count > 0 ? 1 : 0);
  for (std::size_t i = 0; i < helpers; ++i) {
    pool_.submit([shared] {
      shared->active.fetch_add(1);
      if (!shared->closed.load()) shared->run(shared->next_worker.fetch_add(1));
      shared->active.fetch_sub(1);
      shared->active.notify_all();
    });
  }
  shared->run(0);
  // Helpers that have begun are waited for; those that have not will do nothing.
  shared->closed.store(true);
  for (std::size_t busy = 0; (busy = shared->active.load()) != 0;) shared->active.wait(busy);
  return outcome.with([](Result<>& first) { return first; });
}

QueryStats Execution::stats() const {
  QueryStats out;
  out.bytes = bytes_.load();
  out.lines = lines_.load();
  out.stored_bytes = stored_.load();
  out.units = units_.load();
  out.skipped_units = skipped_.load();
  out.head_lines = head_lines_.load();
  out.head_bytes = head_bytes_.load();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
  return out;
}

}  // namespace aloft::telemetry::logs::logql
