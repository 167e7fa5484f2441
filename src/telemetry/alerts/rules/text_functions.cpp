// Template functions over texts and numbers: humanize and its family, regular expressions, host names.
#include <cmath>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "telemetry/alerts/rules/alert_template.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::alerts {
namespace {

using templates::Functions;
using templates::Value;
using Arguments = std::span<const Value>;

Result<double> number_of(const Value& value) {
  if (value.is_number()) return value.as_number();
  if (const auto* text = value.if_text()) {
    double out = 0;
    if (parse_float(*text, out)) return out;
    return fail(Code::invalid,
                fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", go_quote(*text)));
  }
  return fail(Code::invalid, fmt::format("can't convert {} to float64", value.type_name()));
}

std::string four_digits(double value) { return templates::format_go_float(value, 'g', 4); }

Result<Value> humanize(Arguments a) {
  TRY(v, number_of(a[0]));
  if (v == 0 || !std::isfinite(v)) return Value(four_digits(v));
  std::string_view prefix;
  if (std::abs(v) >= 1) {
    for (const std::string_view p : {"k", "M", "G", "T", "P", "E", "Z", "Y"}) {
      if (std::abs(v) < 1000) break;
      prefix = p;
      v /= 1000;
    }
  } else {
    for (const std::string_view p : {"m", "u", "n", "p", "f", "a", "z", "y"}) {
      if (std::abs(v) >= 1) break;
      prefix = p;
      v *= 1000;
    }
  }
  return Value(fmt::format("{}{}", four_digits(v), prefix));
}

Result<Value> humanize1024(Arguments a) {
  TRY(v, number_of(a[0]));
  if (std::abs(v) <= 1 || !std::isfinite(v)) return Value(four_digits(v));
  std::string_view prefix;
  for (const std::string_view p : {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"}) {
    if (std::abs(v) < 1024) break;
    prefix = p;
    v /= 1024;
  }
  return Value(fmt::format("{}{}", four_digits(v), prefix));
}

Result<Value> humanize_duration(Arguments a) {
  TRY(v, number_of(a[0]));
  if (!std::isfinite(v)) return Value(four_digits(v));
  if (v == 0) return Value("0s");
  if (std::abs(v) >= 1) {
    const std::string_view sign = v < 0 ? "-" : "";
    v = std::abs(v);
    if (v >= 9e18) return Value(fmt::format("{}{}s", sign, four_digits(v)));
    const auto whole = static_cast<std::int64_t>(v);
    const std::int64_t seconds = whole % 60;
    const std::int64_t minutes = whole / 60 % 60;
    const std::int64_t hours = whole / 3600 % 24;
    const std::int64_t days = whole / 86400;
    if (days != 0) return Value(fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, seconds));
    if (hours != 0) return Value(fmt::format("{}{}h {}m {}s", sign, hours, minutes, seconds));
    if (minutes != 0) return Value(fmt::format("{}{}m {}s", sign, minutes, seconds));
    return Value(fmt::format("{}{}s", sign, four_digits(v)));
  }
  std::string_view prefix;
  for (const std::string_view p : {"m", "u", "n", "p", "f", "a", "z", "y"}) {
    if (std::abs(v) >= 1) break;
    prefix = p;
    v *= 1000;
  }
  return Value(fmt::format("{}{}s", four_digits(v), prefix));
}

Result<WallTime> time_of(double seconds) {
  if (!std::isfinite(seconds)) return fail(Code::invalid, "value is NaN or Inf");
  const double nanos = seconds * 1e9;
  if (nanos >= 9.2e18 || nanos <= -9.2e18) {
    return fail(Code::invalid,
                fmt::format("{} cannot be represented as a nanoseconds timestamp since it overflows int64",
                            templates::format_go_float(seconds)));
  }
  return WallTime{Duration(static_cast<std::int64_t>(nanos))};
}

Result<Value> humanize_timestamp(Arguments a) {
  TRY(v, number_of(a[0]));
  if (!std::isfinite(v)) return Value(four_digits(v));
  TRY(time, time_of(v));
  return Value(Value(time).to_string());
}

Result<Value> to_time(Arguments a) {
  TRY(v, number_of(a[0]));
  TRY(time, time_of(v));
  return Value(time);
}

// A duration prints as Go's; nothing else is done with it in templates.
Result<Value> to_duration(Arguments a) {
  TRY(v, number_of(a[0]));
  if (!std::isfinite(v) || std::abs(v) > 9.2e9) return fail(Code::invalid, "the duration is out of range");
  return Value(format_duration(Duration(static_cast<std::int64_t>(v * 1e9))));
}

Result<Value> replace_all(Arguments a) {
  TRY(pattern, text_argument("reReplaceAll", a, 0));
  TRY(form, text_argument("reReplaceAll", a, 1));
  TRY(text, text_argument("reReplaceAll", a, 2));
  TRY(regex, Regex::compile(pattern, Regex::Anchor::none));
  return Value(regex->replace_all(text, form));
}

Result<Value> match(Arguments a) {
  TRY(pattern, text_argument("match", a, 0));
  TRY(text, text_argument("match", a, 1));
  TRY(regex, Regex::compile(pattern, Regex::Anchor::none));
  return Value(regex->matches(text));
}

std::string mapped(std::string_view text, int (*change)(int)) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x80) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string title(std::string_view text) {
  std::string out(text);
  bool start = true;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = std::isalnum(byte) != 0 || byte >= 0x80 || c == '\'' || c == '_';
    if (letter && start && byte < 0x80) c = static_cast<char>(std::toupper(byte));
    start = !letter;
  }
  return out;
}

// Host and port of "host:port" or "[host]:port"; false when there is no port.
bool split_host_port(std::string_view text, std::string_view& host, std::string_view& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  host = text.substr(0, colon);
  port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    host = host.substr(1, host.size() - 2);
    return true;
  }
  return host.find(':') == std::string_view::npos;
}

bool is_ip(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  int dots = 0;
  int digits = 0;
  for (const char c : host) {
    if (c == '.') {
      if (digits == 0) return false;
      ++dots;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      if (++digits > 3) return false;
    } else {
      return false;
    }
  }
  return dots == 3 && digits > 0;
}

Result<Value> strip_port(Arguments a) {
  TRY(text, text_argument("stripPort", a, 0));
  std::string_view host;
  std::string_view port;
  return Value(split_host_port(text, host, port) ? host : text);
}

Result<Value> strip_domain(Arguments a) {
  TRY(text, text_argument("stripDomain", a, 0));
  std::string_view host = text;
  std::string_view port;
  if (!split_host_port(text, host, port)) host = text;
  if (is_ip(host)) return Value(text);
  host = host.substr(0, host.find('.'));
  return Value(port.empty() ? std::string(host) : fmt::format("{}:{}", host, port));
}

Result<Value> parse_seconds(Arguments a) {
  TRY(text, text_argument("parseDuration", a, 0));
  const bool negative = text.starts_with('-');
  TRY(duration, parse_prometheus_duration(negative ? text.substr(1) : text));
  const double seconds = std::chrono::duration<double>(duration).count();
  return Value(negative ? -seconds : seconds);
}

}  // namespace

void add_text_functions(Functions& table) {
  table.add("humanize", 1, 1, humanize);
  table.add("humanize1024", 1, 1, humanize1024);
  table.add("humanizeDuration", 1, 1, humanize_duration);
  table.add("humanizePercentage", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(v, number_of(a[0]));
    return Value(four_digits(v * 100) + "%");
  });
  table.add("humanizeTimestamp", 1, 1, humanize_timestamp);
  table.add("toTime", 1, 1, to_time);
  table.add("toDuration", 1, 1, to_duration);
  table.add("parseDuration", 1, 1, parse_seconds);
  table.add("reReplaceAll", 3, 3, replace_all);
  table.add("match", 2, 2, match);
  table.add("stripPort", 1, 1, strip_port);
  table.add("stripDomain", 1, 1, strip_domain);
  table.add("safeHtml", 1, 1,
            [](Arguments a) -> Result<Value> { return Value::safe_html(a[0].to_string()); });
  table.add("title", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(text, text_argument("title", a, 0));
    return Value(title(text));
  });
  table.add("toUpper", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(text, text_argument("toUpper", a, 0));
    return Value(mapped(text, std::toupper));
  });
  table.add("toLower", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(text, text_argument("toLower", a, 0));
    return Value(mapped(text, std::tolower));
  });
  table.add("urlQueryEscape", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(text, text_argument("urlQueryEscape", a, 0));
    return Value(templates::escape_query(text));
  });
}

}  // namespace aloft::telemetry::alerts
