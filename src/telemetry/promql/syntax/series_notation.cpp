// The notation of test files for series and their samples.
#include "telemetry/promql/series_notation.h"

#include <charconv>
#include <cmath>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/syntax/histogram_notation.h"
#include "telemetry/promql/syntax/parsing.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

constexpr std::size_t most_values = 10'000'000;

bool is_name_character(char c) {
  return c == '_' || c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Where the metric ends and its values begin: behind the braces, or behind the name where there are none.
std::size_t end_of_metric(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && is_name_character(text[at])) ++at;
  if (at >= text.size() || text[at] != '{') return at;
  char quoted = 0;
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted != 0) {
      if (c == '\\' && quoted != '`') ++at;
      if (c == quoted) quoted = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quoted = c;
    } else if (c == '}') {
      return at + 1;
    }
  }
  return text.size();
}

class ValueParser {
 public:
  ValueParser(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  Result<std::vector<SequenceValue>> run() {
    while (at_ < text_.size()) {
      if (!is_space(text_[at_])) return unexpected("series values");
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      TRY_DO(item());
    }
    return std::move(values_);
  }

 private:
  std::unexpected<Error> refuse(std::size_t at, std::string_view why) const {
    return fail(Code::bad_request,
                fmt::format("{}: parse error: {}", line_and_column(text_, static_cast<int>(at)), why));
  }
  std::unexpected<Error> unexpected(std::string_view where, std::string_view expected = "") const {
    std::string why = at_ >= text_.size() ? "unexpected end of input"
                                          : fmt::format("unexpected {}", quote(text_.substr(at_, 1)));
    why += fmt::format(" in {}", where);
    if (!expected.empty()) why += fmt::format(", expected {}", expected);
    return refuse(at_, why);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Result<> append(const SequenceValue& value, std::size_t count) {
    if (values_.size() + count > most_values) return refuse(at_, "too many values in a series");
    values_.insert(values_.end(), count, value);
    return {};
  }

  Result<> item() {
    if (peek() == '_') {
      ++at_;
      SequenceValue omitted;
      omitted.omitted = true;
      if (peek() != 'x') return append(omitted, 1);
      TRY(times, repetition());
      return append(omitted, times);
    }
    if (text_.substr(at_).starts_with("{{")) return histogram_item();
    if (text_.substr(at_).starts_with("stale")) {
      at_ += 5;
      SequenceValue stale;
      stale.value = stale_nan();
      if (peek() != 'x') return append(stale, 1);
      TRY(times, repetition());
      return append(stale, times + 1);
    }
    return number_item();
  }

  Result<> number_item() {
    SequenceValue value;
    TRY(start, number(true));
    value.value = start;
    double step = 0;
    const bool grows = peek() == '+' || peek() == '-';
    if (grows) {
      const bool down = text_[at_++] == '-';
      TRY(by, number(false));
      step = down ? -by : by;
      if (peek() != 'x') return unexpected("series values");
    }
    if (peek() != 'x') return append(value, 1);
    TRY(times, repetition());
    if (values_.size() + times >= most_values) return refuse(at_, "too many values in a series");
    for (std::size_t i = 0; i <= times; ++i) {
      values_.push_back(value);
      if (grows) value.value += step;
    }
    return {};
  }

  // Up to the sign of a step or the x of a repetition. Durations stand for their seconds.
  Result<double> number(bool may_be_signed) {
    double sign = 1;
    if (may_be_signed && (peek() == '+' || peek() == '-')) sign = text_[at_++] == '-' ? -1 : 1;
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (is_name_character(text_[at_]) || text_[at_] == '.' || signed_exponent(begin)) &&
           text_[at_] != 'x')
      ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (auto value = parse_number(word)) return sign * *value;
    if (auto millis = parse_millis(word)) return sign * static_cast<double>(*millis) / 1000;
    at_ = begin;
    return unexpected("series values", "number or \"stale\"");
  }

  // 1e-5: the sign belongs to the number when an exponent and digits stand before it.
  bool signed_exponent(std::size_t begin) const {
    const char c = text_[at_];
    if ((c != '+' && c != '-') || at_ < begin + 2) return false;
    const char e = text_[at_ - 1];
    const char digit = text_[at_ - 2];
    return (e == 'e' || e == 'E') && (digit == '.' || (digit >= '0' && digit <= '9'));
  }

  Result<std::size_t> repetition() {
    const std::size_t begin = ++at_;
    std::size_t times = 0;
    const auto parsed = std::from_chars(text_.data() + begin, text_.data() + text_.size(), times);
    if (parsed.ec != std::errc()) return refuse(begin, "invalid repetition in series values");
    at_ = static_cast<std::size_t>(parsed.ptr - text_.data());
    return times;
  }

  Result<> histogram_item() {
    TRY(start, parse_histogram(text_, at_));
    const bool grows = peek() == '+' || peek() == '-';
    if (!grows) {
      if (peek() != 'x') return append(value_of(start.histogram, start.hint_given), 1);
      TRY(times, repetition());
      return append(value_of(start.histogram, start.hint_given), times + 1);
    }
    const bool down = text_[at_++] == '-';
    if (!text_.substr(at_).starts_with("{{")) return unexpected("series values");
    TRY(step, parse_histogram(text_, at_));
    if (peek() != 'x') return unexpected("series values");
    TRY(times, repetition());
    if (times > 100'000) return refuse(at_, "too many values in a series");
    NativeHistogram current = start.histogram;
    TRY_DO(append(value_of(current, step.hint_given), 1));
    for (std::size_t i = 0; i < times; ++i) {
      if (current.schema > step.histogram.schema)
        return refuse(at_, fmt::format("error combining histograms: cannot merge from schema {} to {}",
                                       step.histogram.schema, current.schema));
      const HistogramOutcome outcome =
          down ? subtract(current, step.histogram) : add(current, step.histogram);
      if (outcome.incompatible)
        return refuse(
            at_,
            "cannot apply this operation on histograms with a mix of exponential and custom bucket schemas");
      TRY_DO(append(value_of(current, step.hint_given), 1));
    }
    return {};
  }

  static SequenceValue value_of(const NativeHistogram& histogram, bool hint_given) {
    SequenceValue value;
    value.histogram = std::make_shared<const NativeHistogram>(histogram);
    value.reset_hint_given = hint_given;
    return value;
  }

  std::string_view text_;
  std::size_t at_;
  std::vector<SequenceValue> values_;
};

}  // namespace

Result<Labels> parse_metric(std::string_view text) {
  const ParserOptions options;
  Parsing parsing(text, options);
  std::vector<std::pair<std::string, std::string>> pairs;
  if (!parsing.metric(pairs)) return fail(parsing.error());
  return Labels(pairs);
}

Result<SeriesDescription> parse_series_description(std::string_view text) {
  const std::size_t end = end_of_metric(text);
  SeriesDescription description;
  TRY(labels, parse_metric(text.substr(0, end)));
  description.labels = std::move(labels);
  TRY(values, ValueParser(text, end).run());
  description.values = std::move(values);
  return description;
}

}  // namespace aloft::telemetry::promql
