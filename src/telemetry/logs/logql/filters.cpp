// Running filters over lines and labels.
#include "telemetry/logs/logql/filters.h"

#include <algorithm>

#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/parser.h"
#include "telemetry/logs/store/find_literal.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::string_view label_filter_error = "LabelFilterErr";

template <class T>
bool compare(Compare how, T left, T right) {
  switch (how) {
    case Compare::equal:
      return left == right;
    case Compare::not_equal:
      return left != right;
    case Compare::greater:
      return left > right;
    case Compare::greater_equal:
      return left >= right;
    case Compare::less:
      return left < right;
    case Compare::less_equal:
      return left <= right;
  }
  return false;
}

bool is_regex_byte(char c) { return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos; }

}  // namespace

bool CompiledLineFilter::Alternative::matches(std::string_view line) const {
  if (regex != nullptr) return regex->matches(line);
  if (pattern != nullptr) return pattern->matches(line);
  if (ip != nullptr) return ip->occurs_in(line);
  return holds_literal(line, literal);
}

Result<CompiledLineFilter> CompiledLineFilter::compile(const LineFilter& filter) {
  CompiledLineFilter out;
  out.negative_ = is_negative(filter.match);
  for (const LineFilter::Alternative& one : filter.any) {
    Alternative ready;
    if (one.ip) {
      if (filter.match != LineMatch::equal && filter.match != LineMatch::not_equal)
        return fail(Code::invalid, "ip: only |= and != look for addresses");
      TRY(range, IpRange::parse(one.text));
      ready.ip = std::make_shared<const IpRange>(range);
    } else if (filter.match == LineMatch::regex || filter.match == LineMatch::not_regex) {
      // An expression without anything special is a literal.
      if (std::none_of(one.text.begin(), one.text.end(), is_regex_byte)) {
        ready.literal = one.text;
      } else {
        // A dot stands for a line's end too; a mistake is told of the text as it was written.
        TRY_DO(Regex::compile(one.text, Regex::Anchor::none));
        TRY(regex, Regex::compile("(?s)" + one.text, Regex::Anchor::none));
        ready.regex = std::move(regex);
      }
    } else if (filter.match == LineMatch::pattern || filter.match == LineMatch::not_pattern) {
      TRY(pattern, LinePattern::compile(one.text, LinePattern::Use::filter));
      ready.pattern = std::make_shared<const LinePattern>(std::move(pattern));
    } else {
      ready.literal = one.text;
    }
    out.any_.push_back(std::move(ready));
  }
  if (!out.negative_ && out.any_.size() == 1) out.required_ = out.any_[0].literal;
  return out;
}

bool CompiledLineFilter::accepts(std::string_view line) const {
  for (const Alternative& one : any_)
    if (one.matches(line)) return !negative_;
  return negative_;
}

Result<> check_line_filter(LineMatch match, const LineFilter::Alternative& alternative) {
  LineFilter filter{.match = match, .any = {}};
  filter.any.push_back(alternative);
  TRY_DO(CompiledLineFilter::compile(filter));
  return {};
}

Result<> check_ip_pattern(std::string_view text) {
  TRY_DO(IpRange::parse(text));
  return {};
}

Result<std::shared_ptr<const CompiledLabelFilter>> CompiledLabelFilter::compile(const LabelFilter& filter) {
  auto out = std::make_shared<CompiledLabelFilter>();
  out->filter_ = filter;
  if (filter.kind == LabelFilter::Kind::ip) {
    TRY(range, IpRange::parse(filter.ip));
    out->ip_ = std::make_shared<const IpRange>(range);
  }
  if (filter.left != nullptr) {
    TRY(left, compile(*filter.left));
    TRY(right, compile(*filter.right));
    out->left_ = std::move(left);
    out->right_ = std::move(right);
  }
  return std::shared_ptr<const CompiledLabelFilter>(std::move(out));
}

bool CompiledLabelFilter::accepts(LineLabels& labels) const {
  switch (filter_.kind) {
    case LabelFilter::Kind::text:
      return filter_.matcher->matches(labels.get(filter_.matcher->name()).value_or(std::string_view()));
    case LabelFilter::Kind::both:
      return left_->accepts(labels) && right_->accepts(labels);
    case LabelFilter::Kind::either:
      return left_->accepts(labels) || right_->accepts(labels);
    case LabelFilter::Kind::ip: {
      // Of a line with an error only conditions on text tell anything.
      if (labels.has_error()) return true;
      const auto value = labels.get(filter_.name);
      return value && ip_->occurs_in(*value) == (filter_.compare == Compare::equal);
    }
    case LabelFilter::Kind::number:
    case LabelFilter::Kind::duration:
    case LabelFilter::Kind::bytes:
      break;
  }
  return accepts_number(labels);
}

bool CompiledLabelFilter::accepts_number(LineLabels& labels) const {
  // Errors are text, and tested as such alone.
  if (filter_.name == error_label || filter_.name == error_details_label) return false;
  const auto value = labels.get(filter_.name);
  if (!value) return false;
  std::string wrong;
  if (filter_.kind == LabelFilter::Kind::duration) {
    if (const auto duration = parse_duration(*value))
      return compare(filter_.compare, *duration, filter_.duration);
    wrong = fmt::format("time: invalid duration {}", quote(*value));
  } else {
    double number = 0;
    const bool bytes = filter_.kind == LabelFilter::Kind::bytes;
    if (bytes ? parse_bytes(*value, number) : parse_float(*value, number))
      return compare(filter_.compare, number, filter_.number);
    wrong = fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", quote(*value));
  }
  // An earlier mistake tells more than this one.
  if (!labels.has_error()) labels.set_error(label_filter_error, wrong);
  return true;
}

void collect_names(const LabelFilter& filter, std::vector<std::string>& names) {
  if (filter.left != nullptr) {
    collect_names(*filter.left, names);
    collect_names(*filter.right, names);
  } else {
    names.push_back(filter.matcher ? filter.matcher->name() : filter.name);
  }
}

}  // namespace aloft::telemetry::logs::logql
