// Random PromQL expressions of every kind.
#include "telemetry/promql/testing/random_expression.h"

#include <rapidcheck.h>

namespace aloft::telemetry::promql::testing {
namespace {

int below(int end) { return *rc::gen::inRange(0, end); }

std::string one_of(std::initializer_list<const char*> texts) {
  return *(texts.begin() + below(static_cast<int>(texts.size())));
}

}  // namespace

std::string ExpressionWriter::selector() {
  std::string out = one_of({"foo", "bar", "hist", "{__name__=~\"foo|bar\"}", "{__name__=~\"foo|hist\"}"});
  if (out.back() != '}') out += one_of({"", "{x!=\"\"}", "{a=~\"1|2\"}", "{a=\"1\",b!~\"z\"}"});
  return out;
}

std::string ExpressionWriter::vector(int depth) {
  switch (depth <= 0 ? 0 : below(14)) {
    case 1:
      return one_of({"sum", "avg", "min", "max", "count", "stddev", "group"}) +
             one_of({"", " by (a)", " without (b)", " by (__name__, b)"}) + " (" + vector(depth - 1) + ")";
    case 2: {
      // Which of equal values are picked depends on the order of series, which a range may change.
      const std::string op = one_of({"topk", "bottomk", "quantile", "limitk"});
      const std::string of = query_range_ || op == "quantile" ? vector(depth - 1) : selector();
      return op + one_of({"", " by (a)"}) + "(" + scalar(depth - 1) + ", " + of + ")";
    }
    case 3:
      return one_of({"rate", "increase", "delta", "irate", "resets", "changes", "deriv", "last_over_time",
                     "avg_over_time", "sum_over_time", "max_over_time", "count_over_time", "stddev_over_time",
                     "present_over_time", "absent_over_time", "ts_of_max_over_time", "mad_over_time"}) +
             "(" + range(depth) + ")";
    case 4:
      return "(" + vector(depth - 1) + ") " +
             one_of(
                 {"+", "-", "*", "/", "> bool", "<", "and on(a)", "^", "or", "unless", "and", "+ on(a, b)"}) +
             " (" + vector(depth - 1) + ")";
    case 5:
      return one_of({"-", "+"}) + vector(depth - 1);
    case 6:
      return "quantile_over_time(" + scalar(depth - 1) + ", " + range(depth) + ")";
    case 7:
      return "label_replace(" + vector(depth - 1) + ", \"a\", \"$1\", \"b\", \"(.*)\")";
    case 8:
      return "(" + vector(depth - 1) + ") - on (a) group_left (b) bar" +
             one_of({"", " offset 5m", " @ 12.5"});
    case 9:
      return one_of({"abs", "ceil", "sqrt", "sgn", "timestamp", "absent", "histogram_count", "histogram_avg",
                     "hour", "exp"}) +
             "(" + vector(depth - 1) + ")";
    case 10:
      return "(" + vector(depth - 1) + ") " + one_of({"+", "*", "/", "> bool", ">=", "^", "%"}) + " (" +
             scalar(depth - 1) + ")";
    case 11:
      return "histogram_quantile(0.5, " + vector(depth - 1) + ")";
    case 12:
      return "clamp(" + vector(depth - 1) + ", " + scalar(depth - 1) + ", 10)";
    case 13:
      return "predict_linear(" + range(depth) + ", " + scalar(depth - 1) + ")";
    default:
      return selector() + (query_range_
                               ? one_of({"", "", " offset 90s", " offset -1m", " @ 130", " @ start()"})
                               : one_of({"", "", " offset 90s", " offset -1m", " @ 130"}));
  }
}

std::string ExpressionWriter::scalar(int depth) {
  switch (depth <= 0 ? 0 : below(4)) {
    case 1:
      return scalar(depth - 1) + one_of({" + ", " * ", " ^ ", " % "}) + scalar(depth - 1);
    case 2:
      return "scalar(" + vector(depth - 1) + ")";
    case 3:
      return "(" + scalar(depth - 1) + ")";
    default:
      return one_of({"1", "2.5", "0.3", "NaN", "5m", "time()", "-3"});
  }
}

std::string ExpressionWriter::range(int depth) {
  const std::string time = one_of({"", "", " offset 1m", " @ 200"});
  if (depth <= 1 || below(2) == 0) return selector() + "[" + duration(depth) + "]" + time;
  return "(" + vector(depth - 1) + ")[" + duration(depth) + ":" + one_of({"", "1m", "45s"}) + "]" + time;
}

std::string ExpressionWriter::duration(int depth) {
  if (depth <= 0 || below(2) == 0) return one_of({"5m", "150", "1m30s"});
  if (query_range_ && below(2) == 0) return one_of({"step() + 1m", "max_of(1m, step())"});
  return one_of({"1m * 2", "(3m)", "max_of(1m, 2m)"});
}

}  // namespace aloft::telemetry::promql::testing
