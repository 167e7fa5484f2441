// Evaluation of whole queries.
#include "telemetry/logs/logql/engine.h"

#include <algorithm>

#include "telemetry/logs/logql/execution.h"
#include "telemetry/logs/logql/log_query.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/logql/range_query.h"
#include "telemetry/logs/logql/series.h"

namespace aloft::telemetry::logs::logql {
namespace {

// A sum over these may group lines right away.
bool sums_lines(const Expr& expr) {
  if (expr.kind != Expr::Kind::range || expr.grouping) return false;
  switch (expr.range_op) {
    case RangeOp::bytes_over_time:
    case RangeOp::bytes_rate:
    case RangeOp::sum_over_time:
    case RangeOp::rate:
    case RangeOp::count_over_time:
      return true;
    default:
      return false;
  }
}

class Evaluator {
 public:
  Evaluator(Execution& execution, std::vector<std::int64_t> times)
      : execution_(execution), times_(std::move(times)) {}

  Result<Frame> evaluate(const Expr& expr) {
    TRY_DO(execution_.check());
    switch (expr.kind) {
      case Expr::Kind::range:
        return run_range_query(execution_, expr, times_, nullptr);
      case Expr::Kind::vector_aggregation:
        return aggregation(expr);
      case Expr::Kind::binary: {
        TRY(left, evaluate(*expr.left));
        TRY(right, evaluate(*expr.right));
        return combine(expr, std::move(left), std::move(right));
      }
      case Expr::Kind::label_replace: {
        TRY(input, evaluate(*expr.left));
        return replace_label(expr, std::move(input));
      }
      case Expr::Kind::literal:
      case Expr::Kind::vector:
        return constant(expr);
      case Expr::Kind::log:
        break;
    }
    return fail(Code::bad_request, "only sample expression supported");
  }

 private:
  Result<Frame> aggregation(const Expr& expr) {
    if (expr.vector_op == VectorOp::sum && sums_lines(*expr.left)) {
      TRY(input, run_range_query(execution_, *expr.left, times_, &expr.grouping));
      return aggregate(expr, std::move(input));
    }
    TRY(input, evaluate(*expr.left));
    return aggregate(expr, std::move(input));
  }

  Frame constant(const Expr& expr) const {
    Frame out{.times_ns = times_, .columns = {}, .scalar = expr.kind == Expr::Kind::literal};
    out.columns.push_back({.labels = {},
                           .values = std::vector<double>(times_.size(), expr.value),
                           .there = std::vector<std::uint8_t>(times_.size(), 1)});
    return out;
  }

  Execution& execution_;
  std::vector<std::int64_t> times_;
};

// Whether the order of an instant's series means something: they are ranked, or were sorted on the way.
bool keeps_order(const Expr& expr) {
  const auto sorted = [](const Expr& one, const auto& again) -> bool {
    if (one.kind == Expr::Kind::vector_aggregation &&
        (one.vector_op == VectorOp::sort || one.vector_op == VectorOp::sort_desc))
      return true;
    return (one.left != nullptr && again(*one.left, again)) ||
           (one.right != nullptr && again(*one.right, again));
  };
  const bool ranked = expr.kind == Expr::Kind::vector_aggregation &&
                      (expr.vector_op == VectorOp::topk || expr.vector_op == VectorOp::bottomk ||
                       expr.vector_op == VectorOp::approx_topk);
  return ranked || sorted(expr, sorted);
}

bool approximates(const Expr& expr) {
  if (expr.kind == Expr::Kind::vector_aggregation && expr.vector_op == VectorOp::approx_topk) return true;
  return (expr.left != nullptr && approximates(*expr.left)) ||
         (expr.right != nullptr && approximates(*expr.right));
}

std::string with_thousands(std::size_t number) {
  std::string out = fmt::format("{}", number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

Result<std::vector<std::int64_t>> instants(const QueryRequest& request, const QueryLimits& limits) {
  // So that windows before and offsets behind them stay within what a time can be. Clients ask for times in
  // the next century to see whether anybody answers.
  constexpr std::int64_t earliest_ns = -2'800'000'000'000'000'000, latest_ns = 6'000'000'000'000'000'000;
  if (request.start_ns < earliest_ns || request.end_ns > latest_ns)
    return fail(Code::bad_request, "the time of the query is too far away");
  if (request.instant) return std::vector<std::int64_t>{request.start_ns};
  const std::int64_t step = request.step.count();
  if (step <= 0)
    return fail(Code::bad_request,
                "zero or negative query resolution step widths are not accepted. Try a positive integer");
  const auto span = static_cast<std::uint64_t>(request.end_ns) - static_cast<std::uint64_t>(request.start_ns);
  if (limits.points != 0 && span / static_cast<std::uint64_t>(step) > limits.points) {
    return fail(
        Code::bad_request,
        fmt::format("exceeded maximum resolution of {} points per time series. Try increasing the value of "
                    "the step parameter",
                    with_thousands(limits.points)));
  }
  std::vector<std::int64_t> out;
  for (std::uint64_t at = 0; at <= span; at += static_cast<std::uint64_t>(step))
    out.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(request.start_ns) + at));
  return out;
}

Result<> take_frame(const Expr& expr, Frame frame, const QueryRequest& request, const QueryLimits& limits,
                    QueryResult& out) {
  out.kind = !request.instant ? QueryResult::Kind::matrix
             : frame.scalar   ? QueryResult::Kind::scalar
                              : QueryResult::Kind::vector;
  for (Column& column : frame.columns) {
    ResultSeries series{.labels = std::move(column.labels), .points = {}};
    for (std::size_t t = 0; t < frame.times_ns.size(); ++t)
      if (column.there[t] != 0) series.points.push_back({frame.times_ns[t], column.values[t]});
    if (!series.points.empty()) out.series.push_back(std::move(series));
  }
  if (limits.series != 0 && out.series.size() > limits.series) {
    return fail(
        Code::bad_request,
        fmt::format("maximum number of series ({}) reached for a single query; consider reducing query "
                    "cardinality by adding more specific stream selectors, reducing the time range, or "
                    "aggregating results with functions like sum(), count() or topk()",
                    limits.series));
  }
  if (!request.instant || !keeps_order(expr)) {
    std::sort(out.series.begin(), out.series.end(),
              [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
  }
  return {};
}

}  // namespace

Result<QueryResult> Engine::execute(const QueryRequest& request, const std::atomic<bool>* cancelled) const {
  TRY(expr, parse(request.query));
  if (request.end_ns < request.start_ns)
    return fail(Code::bad_request, "end timestamp must not be before or equal to start time");
  const Duration span(request.end_ns - request.start_ns);
  if (limits_.longest_range.count() != 0 && span > limits_.longest_range) {
    return fail(Code::bad_request,
                fmt::format("the query time range exceeds the limit (query length: {}, limit: {})",
                            format_duration(span), format_duration(limits_.longest_range)));
  }
  Execution execution(store_, pool_, limits_, request, cancelled);
  QueryResult out;
  out.direction = request.direction;
  if (expr->is_log()) {
    if (request.instant) {
      return fail(
          Code::bad_request,
          "log queries are not supported as an instant query type, please change your query to a range query "
          "type");
    }
    if (limits_.entries != 0 && request.limit > limits_.entries) {
      return fail(
          Code::bad_request,
          fmt::format("max entries limit per query exceeded, limit > max_entries_limit_per_query ({} > {})",
                      request.limit, limits_.entries));
    }
    TRY(streams, run_log_query(execution, expr->log));
    out.streams = std::move(streams);
  } else {
    if (!request.instant && approximates(*expr))
      return fail(Code::bad_request, "approx_topk is only supported for instant queries");
    TRY(times, instants(request, limits_));
    TRY(frame, Evaluator(execution, std::move(times)).evaluate(*expr));
    TRY_DO(take_frame(*expr, std::move(frame), request, limits_, out));
  }
  out.stats = execution.stats();
  for (const ResultStream& stream : out.streams) out.stats.entries += stream.entries.size();
  for (const ResultSeries& series : out.series) out.stats.entries += series.points.size();
  out.warnings = execution.warnings();
  return out;
}

}  // namespace aloft::telemetry::logs::logql
