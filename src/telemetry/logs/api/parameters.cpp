// Reading of parameters.
#include "telemetry/logs/api/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
// Times lie between the years 1823 and 2116 (as many nanoseconds as 62 bits count), further ones mean the
// nearer end: so the length between any two is a number too.
constexpr std::int64_t farthest_ns = (std::int64_t{1} << 62) - 1;

std::int64_t within_reach(std::int64_t time_ns) { return std::clamp(time_ns, -farthest_ns, farthest_ns); }

std::string_view text_of(const http::Query& form, std::string_view name) {
  return form.get(name).value_or(std::string_view());
}

}  // namespace

Result<std::int64_t> parse_query_time(std::string_view text) {
  const auto wrong = [&] {
    return fail(Code::bad_request, fmt::format("could not parse '{}' as a time", text));
  };
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole);
      error == std::errc() && stop == end) {
    const std::size_t digits = text.size() - (text.starts_with('-') ? 1 : 0);
    if (digits > 10) return within_reach(whole);
    const std::int64_t seconds = std::clamp(whole, -farthest_ns / second_ns, farthest_ns / second_ns);
    return seconds * second_ns;
  }
  double seconds = 0;
  if (text.find('.') != std::string_view::npos && text.find(':') == std::string_view::npos &&
      parse_float(text, seconds) && std::abs(seconds) < 9e9) {
    const double floor = std::floor(seconds);
    return within_reach(static_cast<std::int64_t>(floor) * second_ns +
                        static_cast<std::int64_t>(std::round((seconds - floor) * 1e9)));
  }
  const auto time = parse_time(text);
  if (!time) return wrong();
  return within_reach(time->since_epoch.count());
}

Result<Duration> parse_query_duration(std::string_view text) {
  double seconds = 0;
  if (parse_float(text, seconds)) {
    if (!(std::abs(seconds) < 9e9))
      return fail(Code::bad_request,
                  fmt::format("cannot parse \"{}\" to a valid duration. It overflows int64", text));
    return Duration(static_cast<std::int64_t>(seconds * 1e9));
  }
  Duration duration{};
  if (logql::parse_any_duration(text, duration)) return duration;
  return fail(Code::bad_request, fmt::format("cannot parse \"{}\" to a valid duration", text));
}

Result<TimeRange> time_range(const http::Query& form, std::int64_t now_ns, Duration otherwise) {
  TimeRange out{.start_ns = 0, .end_ns = now_ns};
  if (const auto end = text_of(form, "end"); !end.empty()) {
    TRY(time, parse_query_time(end));
    out.end_ns = time;
  }
  Duration since = otherwise;
  if (const auto text = text_of(form, "since"); !text.empty()) {
    TRY(duration, parse_query_duration(text));
    since = duration;
  }
  out.start_ns = within_reach(std::min(out.end_ns, now_ns) - within_reach(since.count()));
  if (const auto start = text_of(form, "start"); !start.empty()) {
    TRY(time, parse_query_time(start));
    out.start_ns = time;
  }
  if (out.end_ns < out.start_ns)
    return fail(Code::bad_request, "end timestamp must not be before or equal to start time");
  return out;
}

Result<std::size_t> parse_limit(const http::Query& form, std::string_view name, std::size_t otherwise) {
  const auto text = text_of(form, name);
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size())
    return fail(Code::bad_request, fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text));
  if (value <= 0) return fail(Code::bad_request, fmt::format("{} must be a positive value", name));
  return static_cast<std::size_t>(value);
}

Result<Duration> tail_delay(const http::Query& form) {
  constexpr std::int64_t longest = 5;
  const auto text = text_of(form, "delay_for");
  if (text.empty()) return Duration{};
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || stop != text.data() + text.size() || seconds < 0)
    return fail(Code::bad_request, fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text));
  if (seconds > longest)
    return fail(Code::bad_request, fmt::format("delay_for can't be greater than {}", longest));
  return Duration(std::chrono::seconds(seconds));
}

Result<logql::QueryRequest> query_request(const http::Query& form, std::int64_t now_ns, bool instant) {
  logql::QueryRequest out;
  out.query = text_of(form, "query");
  out.instant = instant;
  TRY(limit, parse_limit(form, "limit", 100));
  out.limit = limit;
  std::string direction(text_of(form, "direction"));
  for (char& c : direction) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (direction == "forward") {
    out.direction = logql::Direction::forward;
  } else if (!direction.empty() && direction != "backward") {
    return fail(Code::bad_request, fmt::format("invalid direction '{}'", direction));
  }
  if (instant) {
    out.start_ns = out.end_ns = now_ns;
    if (const auto text = text_of(form, "time"); !text.empty()) {
      TRY(time, parse_query_time(text));
      out.start_ns = out.end_ns = time;
    }
    return out;
  }
  TRY(range, time_range(form, now_ns));
  out.start_ns = range.start_ns;
  out.end_ns = range.end_ns;
  if (const auto text = text_of(form, "step"); !text.empty()) {
    TRY(step, parse_query_duration(text));
    if (step.count() <= 0) {
      return fail(Code::bad_request,
                  "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    out.step = step;
  } else {
    const std::int64_t seconds = (out.end_ns - out.start_ns) / second_ns / 250;
    out.step = std::chrono::seconds(std::max<std::int64_t>(seconds, 1));
  }
  if (const auto text = text_of(form, "interval"); !text.empty()) {
    TRY(interval, parse_query_duration(text));
    if (interval.count() < 0) return fail(Code::bad_request, "interval must be >= 0");
    out.interval = interval;
  }
  return out;
}

}  // namespace aloft::telemetry::logs
