// Native histograms as test files write them.
#include "telemetry/promql/syntax/histogram_notation.h"

#include <cmath>
#include <set>

#include "telemetry/promql/ast.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

class HistogramParser {
 public:
  HistogramParser(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  Result<WrittenHistogram> run() {
    at_ += 2;
    while (true) {
      while (is_space(peek())) ++at_;
      if (text_.substr(at_).starts_with("}}")) break;
      if (at_ >= text_.size()) return refuse("histogram description incomplete unexpected: end of input");
      TRY_DO(item());
    }
    at_ += 2;
    spans(positive_offset_, out_.histogram.positive_buckets, out_.histogram.positive_spans);
    spans(negative_offset_, out_.histogram.negative_buckets, out_.histogram.negative_spans);
    return std::move(out_);
  }
  std::size_t at() const { return at_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(Code::bad_request,
                fmt::format("{}: parse error: {}", line_and_column(text_, static_cast<int>(at_)), why));
  }

  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           std::string_view(":[]{}").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Result<double> number() {
    double sign = 1;
    if (peek() == '-' || peek() == '+') sign = text_[at_++] == '-' ? -1 : 1;
    const std::string_view digits = word();
    auto value = parse_number(digits);
    if (!value) return refuse(value.error().message());
    return sign * *value;
  }

  Result<std::int32_t> integer() {
    TRY(value, number());
    if (value != std::floor(value) || std::abs(value) > 2e9)
      return refuse("a whole number is expected in histogram description");
    return static_cast<std::int32_t>(value);
  }

  Result<std::vector<double>> list() {
    std::vector<double> out;
    if (peek() != '[') return refuse("invalid character in buckets description");
    ++at_;
    while (true) {
      while (is_space(peek())) ++at_;
      if (peek() == ']') break;
      if (at_ >= text_.size()) return refuse("invalid character in buckets description: end of input");
      TRY(value, number());
      out.push_back(value);
    }
    ++at_;
    return out;
  }

  Result<> item() {
    const std::string key(word());
    if (peek() != ':') return refuse("missing `:` for histogram descriptor");
    ++at_;
    if (!seen_.insert(key).second) return refuse(fmt::format("duplicate key {} in histogram", quote(key)));
    NativeHistogram& h = out_.histogram;
    if (key == "schema") return whole(h.schema);
    if (key == "offset") return whole(positive_offset_);
    if (key == "n_offset") return whole(negative_offset_);
    if (key == "sum") return real(h.sum);
    if (key == "count") return real(h.count);
    if (key == "z_bucket") return real(h.zero_count);
    if (key == "z_bucket_w") return real(h.zero_threshold);
    if (key == "custom_values") return reals(h.custom_bounds);
    if (key == "buckets") return reals(h.positive_buckets);
    if (key == "n_buckets") return reals(h.negative_buckets);
    if (key == "counter_reset_hint") return hint();
    return refuse(fmt::format("bad histogram descriptor found: {}", quote(key)));
  }

  Result<> whole(std::int32_t& to) {
    TRY(value, integer());
    to = value;
    return {};
  }
  Result<> real(double& to) {
    TRY(value, number());
    to = value;
    return {};
  }
  Result<> reals(std::vector<double>& to) {
    TRY(values, list());
    to = std::move(values);
    return {};
  }

  Result<> hint() {
    const std::string_view name = word();
    out_.hint_given = true;
    if (name == "unknown")
      out_.histogram.reset_hint = ResetHint::unknown;
    else if (name == "reset")
      out_.histogram.reset_hint = ResetHint::yes;
    else if (name == "not_reset")
      out_.histogram.reset_hint = ResetHint::no;
    else if (name == "gauge")
      out_.histogram.reset_hint = ResetHint::gauge;
    else
      return refuse(fmt::format("bad histogram descriptor found: {}", quote(name)));
    return {};
  }

  static void spans(std::int32_t offset, const std::vector<double>& buckets,
                    std::vector<NativeHistogram::Span>& to) {
    if (!buckets.empty()) to = {{offset, static_cast<std::uint32_t>(buckets.size())}};
  }

  std::string_view text_;
  std::size_t at_;
  WrittenHistogram out_;
  std::int32_t positive_offset_ = 0;
  std::int32_t negative_offset_ = 0;
  std::set<std::string> seen_;
};

}  // namespace

Result<WrittenHistogram> parse_histogram(std::string_view text, std::size_t& at) {
  HistogramParser parser(text, at);
  TRY(written, parser.run());
  if (written.histogram.schema != NativeHistogram::custom_schema &&
      (written.histogram.schema < -4 || written.histogram.schema > 8))
    return fail(Code::bad_request,
                fmt::format("{}: parse error: histogram schema {} is none of -4..8 and -53",
                            line_and_column(text, static_cast<int>(at)), written.histogram.schema));
  at = parser.at();
  return written;
}

}  // namespace aloft::telemetry::promql
