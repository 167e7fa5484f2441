// Runs test scripts.
#include "telemetry/promql/functions.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/script/script.h"
#include "telemetry/promql/script/store.h"
#include "telemetry/promql/test_script.h"

namespace aloft::telemetry::promql {
namespace script {
namespace {

constexpr Millis minute = 60'000;

bool depends_on_time(const Expr& expr) {
  if (expr.kind == NodeKind::call && promql::depends_on_time(as<Call>(expr).function->id)) return true;
  for (const Expr* child : children_of(expr))
    if (depends_on_time(*child)) return true;
  return false;
}

void pin(TimeModifiers& time, Millis at) {
  if (!time.at) time.at = at;
  time.at_edge = AtEdge::none;
}

// Sets @ on every selector; what is inside a subquery goes with the subquery.
void pin_selectors(Expr& expr, Millis at) {
  if (expr.kind == NodeKind::vector_selector) return pin(as<VectorSelector>(expr).time, at);
  if (expr.kind == NodeKind::subquery) return pin(as<Subquery>(expr).time, at);
  for (const Expr* child : children_of(expr)) pin_selectors(const_cast<Expr&>(*child), at);
}

bool asks_for_query_range(std::string_view text) {
  for (const std::string_view call : {"start()", "end()", "range()", "step()"})
    if (text.find(call) != std::string_view::npos) return true;
  return false;
}

// The value in the middle of a range query, as an instant query would give it.
Value at_time(const Value& matrix, Millis time, ValueType type) {
  Value out;
  out.type = type;
  out.time = time;
  for (const Series& series : matrix.matrix)
    for (const Point& point : series.points) {
      if (point.time != time) continue;
      out.scalar = point.value;
      out.vector.push_back({series.labels, time, point.value, point.histogram});
    }
  return out;
}

// The annotation without its place in the text and what comes with the place, as scripts name it that do not
// care where it stands.
std::string_view without_place(std::string_view note) {
  const auto cut_parentheses = [&note] {
    if (const std::size_t at = note.rfind(" ("); at != std::string_view::npos && note.ends_with(')'))
      note = note.substr(0, at);
  };
  cut_parentheses();
  if (note.ends_with(" occurrences)")) cut_parentheses();
  return note.substr(0, note.find(", from buckets "));
}

class Runner {
 public:
  explicit Runner(const EngineOptions& options) : engine_(options, serial_) {}

  // Empty when all is as expected.
  std::string run(const Eval& eval) const {
    auto expr = parse(eval.expr);
    if (!expr) return failure(eval, expr.error());
    if (eval.range) return range(eval, **expr);
    std::string why = instant(eval, **expr, eval.expr, eval.end);
    if (!why.empty() || depends_on_time(**expr)) return why;
    pin_selectors(**expr, eval.end);
    const std::string pinned = to_string(**expr);
    auto again = parse(pinned);
    if (!again) return fmt::format("{} does not parse again: {}", pinned, again.error().message());
    for (const Millis time : other_times(eval.end)) {
      why = instant(eval, **again, pinned, time);
      if (!why.empty()) return fmt::format("{} (as {} at {})", why, pinned, time);
    }
    return "";
  }

  ScriptStore& store() { return store_; }

 private:
  static std::vector<Millis> other_times(Millis at) {
    if (at == 0) return {-1000, 0, 1000};
    return {-10 * at, 0, at / 5, at, 10 * at};
  }

  static std::string failure(const Eval& eval, const Error& error) {
    for (const Expectation& expectation : eval.expectations) {
      if (expectation.what != Expected::fail || expectation.matches(error.message())) continue;
      return fmt::format("another error was expected than: {}", error.message());
    }
    return eval.expects(Expected::fail) ? "" : fmt::format("error evaluating query: {}", error.message());
  }

  std::string instant(const Eval& eval, const Expr& expr, std::string_view text, Millis time) const {
    const auto result = engine_.instant(store_, expr, time, options(text));
    if (!result) return failure(eval, result.error());
    std::string why = check(eval, *result);
    if (!why.empty() || eval.range_vector || eval.string || asks_for_query_range(text)) return why;
    if (eval.expects(Expected::ordered)) return why;
    const auto range = engine_.range(store_, expr, time - minute, time + minute, minute, options(text));
    if (!range) return fmt::format("in range mode: {}", range.error().message());
    why = compare(eval, at_time(range->value, time, result->value.type));
    return why.empty() ? why : fmt::format("in range mode: {}", why);
  }

  std::string range(const Eval& eval, const Expr& expr) const {
    const auto result = engine_.range(store_, expr, eval.start, eval.end, eval.step, options(eval.expr));
    if (!result) return failure(eval, result.error());
    return check(eval, *result);
  }

  static QueryOptions options(std::string_view text) {
    QueryOptions out;
    out.text = text;
    out.annotation_limit = 0;
    return out;
  }

  static std::string check(const Eval& eval, const QueryResult& result) {
    if (eval.expects(Expected::fail)) return "expected error evaluating query but got none";
    std::string why = check_notes(eval, Expected::warn, Expected::no_warn, result.warnings, "warn");
    if (why.empty()) why = check_notes(eval, Expected::info, Expected::no_info, result.infos, "info");
    return why.empty() ? compare(eval, result.value) : why;
  }

  static std::string check_notes(const Eval& eval, Expected some, Expected none,
                                 const std::vector<std::string>& notes, std::string_view kind) {
    if (eval.expects(none) && !notes.empty())
      return fmt::format("unexpected {} annotation: {}", kind, notes[0]);
    if (!eval.expects(some)) return "";
    if (notes.empty()) return fmt::format("expected {} annotations but none were found", kind);
    const auto expected = [&](const Expectation& expectation) { return expectation.what == some; };
    const auto fits = [](const Expectation& expectation, const std::string& note) {
      return expectation.matches(note) || expectation.matches(without_place(note));
    };
    for (const Expectation& expectation : eval.expectations) {
      const auto matches = [&](const std::string& note) { return fits(expectation, note); };
      if (expected(expectation) && std::none_of(notes.begin(), notes.end(), matches))
        return fmt::format("no {} annotation is as expected, found: {}", kind, fmt::join(notes, "; "));
    }
    for (const std::string& note : notes) {
      const auto matches = [&](const Expectation& expectation) {
        return expected(expectation) && fits(expectation, note);
      };
      if (std::none_of(eval.expectations.begin(), eval.expectations.end(), matches))
        return fmt::format("unexpected {} annotation: {}", kind, note);
    }
    return "";
  }

  SerialFor serial_;
  Engine engine_;
  ScriptStore store_;
};

}  // namespace
}  // namespace script

std::string TestReport::to_string(std::string_view name) const {
  std::string out;
  for (const TestFailure& failure : failures)
    out += fmt::format("{}:{}: {}\n", name, failure.line, failure.message);
  return out + fmt::format("{}: {} passed, {} failed\n", name, passed, failures.size());
}

EngineOptions test_script_options() {
  EngineOptions options;
  options.delayed_name_removal = true;
  options.use_start_timestamps = true;
  return options;
}

Result<TestReport> run_test_script(std::string_view text, std::string_view name,
                                   const EngineOptions& options) {
  auto commands = script::parse_script(text);
  if (!commands) return fail(Code::bad_request, fmt::format("{}:{}", name, commands.error().message()));
  script::Runner runner(options);
  TestReport report;
  for (const script::Command& command : *commands) {
    if (command.clear) runner.store().clear();
    if (command.load) {
      auto loaded = runner.store().load(*command.load);
      if (!loaded)
        return fail(Code::bad_request,
                    fmt::format("{}:{}: {}", name, command.line, loaded.error().message()));
    }
    if (!command.eval) continue;
    std::string why = runner.run(*command.eval);
    if (why.empty())
      ++report.passed;
    else
      report.failures.push_back({command.line, fmt::format("{}: {}", command.eval->expr, why)});
  }
  return report;
}

}  // namespace aloft::telemetry::promql
