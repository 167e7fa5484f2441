// Civil time and durations as text, written by hand: every object that is stored and every log line passes
// here, and the locale-aware functions of the standard library cost ten times as much.
#include "base/time.h"

#include <ctime>
#include <limits>

#include "base/text.h"

namespace aloft {
namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;

// Writes `value` with exactly `width` digits at `at` and returns the place behind them.
char* put_digits(char* at, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return at + width;
}

std::string format_with_decimals(WallTime time, int decimals) {
  const std::int64_t nanos = time.since_epoch.count();
  const std::int64_t seconds = nanos / nanos_per_second - (nanos % nanos_per_second < 0 ? 1 : 0);
  auto fraction = static_cast<std::uint64_t>(nanos - seconds * nanos_per_second);
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::seconds(seconds));
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  const auto in_day = static_cast<std::uint64_t>((std::chrono::seconds(seconds) - days).count());

  char text[32];
  char* at = put_digits(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.month()), 2);
  *at++ = '-';
  at = put_digits(at, static_cast<unsigned>(date.day()), 2);
  *at++ = 'T';
  at = put_digits(at, in_day / 3600, 2);
  *at++ = ':';
  at = put_digits(at, in_day / 60 % 60, 2);
  *at++ = ':';
  at = put_digits(at, in_day % 60, 2);
  if (decimals > 0) {
    for (int i = decimals; i < 9; ++i) fraction /= 10;
    *at++ = '.';
    at = put_digits(at, fraction, decimals);
  }
  *at++ = 'Z';
  return {text, at};
}

// Takes texts apart from the front; each function says whether the expected thing was there.
struct Reader {
  std::string_view rest;

  bool literal(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool number(std::size_t width, int& out) {
    if (rest.size() < width) return false;
    out = 0;
    for (const char c : rest.substr(0, width)) {
      if (!is_digit(c)) return false;
      out = out * 10 + (c - '0');
    }
    rest.remove_prefix(width);
    return true;
  }
  // The decimals behind a point as nanoseconds; digits after the ninth are dropped, as Go drops them.
  bool fraction(std::int64_t& nanos) {
    if (rest.empty() || !is_digit(rest.front())) return false;
    std::int64_t unit = nanos_per_second / 10;
    while (!rest.empty() && is_digit(rest.front())) {
      nanos += (rest.front() - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
    return true;
  }
};

// The parts of an RFC 3339 text before the calendar was asked whether they exist.
struct CivilTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_minutes = 0;
  std::int64_t nanos = 0;
};

bool read_offset(Reader& reader, int& minutes) {
  if (reader.literal('Z')) return true;
  const bool west = reader.literal('-');
  if (!west && !reader.literal('+')) return false;
  int hour = 0;
  int minute = 0;
  if (!reader.number(2, hour) || !reader.literal(':') || !reader.number(2, minute)) return false;
  if (hour > 23 || minute > 59) return false;
  minutes = (west ? -1 : 1) * (hour * 60 + minute);
  return true;
}

bool read_civil(std::string_view text, CivilTime& out) {
  Reader reader{text};
  const bool date = reader.number(4, out.year) && reader.literal('-') && reader.number(2, out.month) &&
                    reader.literal('-') && reader.number(2, out.day) && reader.literal('T');
  if (!date) return false;
  const bool clock = reader.number(2, out.hour) && reader.literal(':') && reader.number(2, out.minute) &&
                     reader.literal(':') && reader.number(2, out.second);
  if (!clock || out.hour > 23 || out.minute > 59 || out.second > 59) return false;
  if (reader.literal('.') && !reader.fraction(out.nanos)) return false;
  return read_offset(reader, out.offset_minutes) && reader.rest.empty();
}

// The length of a unit in nanoseconds, 0 when there is no such unit. Micro may be written with u, U+00B5 or
// U+03BC.
std::int64_t unit_nanos(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us" || unit == "\xc2\xb5s" || unit == "\xce\xbcs") return 1'000;
  if (unit == "ms") return 1'000'000;
  if (unit == "s") return nanos_per_second;
  if (unit == "m") return 60 * nanos_per_second;
  if (unit == "h") return 3600 * nanos_per_second;
  return 0;
}

// The largest magnitude: that of the most negative duration.
constexpr std::uint64_t duration_limit = std::uint64_t{1} << 63;

// Reads "12.5h" off the front of `rest`. The value counts nanoseconds; false when it is malformed or too
// large.
bool read_term(std::string_view& rest, std::uint64_t& nanos, std::string& why) {
  std::size_t at = 0;
  std::uint64_t whole = 0;
  for (; at < rest.size() && is_digit(rest[at]); ++at) {
    if (whole > duration_limit / 10) return false;
    whole = whole * 10 + static_cast<std::uint64_t>(rest[at] - '0');
    if (whole > duration_limit) return false;
  }
  bool any_digit = at > 0;
  std::uint64_t fraction = 0;
  double scale = 1;
  if (at < rest.size() && rest[at] == '.') {
    bool precise = true;
    for (++at; at < rest.size() && is_digit(rest[at]); ++at) {
      any_digit = true;
      // Digits that no longer fit change nothing in the result.
      precise = precise && fraction <= (duration_limit - 10) / 10;
      if (!precise) continue;
      fraction = fraction * 10 + static_cast<std::uint64_t>(rest[at] - '0');
      scale *= 10;
    }
  }
  if (!any_digit) return false;

  std::size_t end = at;
  while (end < rest.size() && rest[end] != '.' && !is_digit(rest[end])) ++end;
  const std::string_view unit = rest.substr(at, end - at);
  const auto length = static_cast<std::uint64_t>(unit_nanos(unit));
  if (length == 0) {
    why = unit.empty() ? "missing unit" : fmt::format("unknown unit \"{}\"", unit);
    return false;
  }
  if (whole > duration_limit / length) return false;
  const double part = static_cast<double>(fraction) * (static_cast<double>(length) / scale);
  nanos = whole * length + static_cast<std::uint64_t>(part);
  rest.remove_prefix(end);
  return nanos <= duration_limit;
}

// "1.5" of a value of 1500 with three decimals: no trailing zeros and no point without a digit after it.
std::string with_decimals(std::uint64_t value, std::uint64_t unit, int decimals) {
  std::string out = fmt::format_int(value / unit).str();
  if (value % unit == 0) return out;
  char digits[9];
  put_digits(digits, value % unit, decimals);
  while (digits[decimals - 1] == '0') --decimals;
  out += '.';
  return out.append(digits, static_cast<std::size_t>(decimals));
}

}  // namespace

WallTime SystemClock::wall() const {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {Duration(now.tv_sec * nanos_per_second + now.tv_nsec)};
}

std::string format_seconds(WallTime time) { return format_with_decimals(time, 0); }
std::string format_micros(WallTime time) { return format_with_decimals(time, 6); }
std::string format_nanos(WallTime time) { return format_with_decimals(time, 9); }

Result<WallTime> parse_time(std::string_view text) {
  CivilTime civil;
  if (!read_civil(text, civil)) {
    return fail(Code::invalid,
                fmt::format("\"{}\": must be an RFC 3339 time such as 2006-01-02T15:04:05Z", text));
  }
  const std::chrono::year_month_day date{std::chrono::year(civil.year),
                                         std::chrono::month(static_cast<unsigned>(civil.month)),
                                         std::chrono::day(static_cast<unsigned>(civil.day))};
  if (!date.ok()) return fail(Code::invalid, fmt::format("\"{}\": the calendar has no such day", text));
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds =
      days * 86'400 + civil.hour * 3600 + (civil.minute - civil.offset_minutes) * 60 + civil.second;
  constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / nanos_per_second;
  if (seconds >= limit || seconds <= -limit) {
    return fail(Code::invalid, fmt::format("\"{}\": must be a time of the years 1678 to 2261", text));
  }
  return WallTime{Duration(seconds * nanos_per_second + civil.nanos)};
}

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Duration(0);
  std::string why;
  std::uint64_t total = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    std::uint64_t nanos = 0;
    good = read_term(rest, nanos, why);
    total += nanos;
    good = good && total <= duration_limit;
  }
  if (!good || (!negative && total == duration_limit)) {
    if (!why.empty()) return fail(Code::invalid, fmt::format("{} in duration \"{}\"", why, text));
    return fail(Code::invalid, fmt::format("invalid duration \"{}\"", text));
  }
  return Duration(static_cast<std::int64_t>(negative ? 0 - total : total));
}

std::string format_duration(Duration duration) {
  const std::int64_t count = duration.count();
  const std::uint64_t value =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (value == 0) return "0s";
  const char* sign = count < 0 ? "-" : "";
  if (value < 1'000) return fmt::format("{}{}ns", sign, value);
  if (value < 1'000'000) return fmt::format("{}{}\xc2\xb5s", sign, with_decimals(value, 1'000, 3));
  if (value < 1'000'000'000) return fmt::format("{}{}ms", sign, with_decimals(value, 1'000'000, 6));
  const std::uint64_t minute = 60'000'000'000;
  const std::string seconds = with_decimals(value % minute, 1'000'000'000, 9);
  if (value < minute) return fmt::format("{}{}s", sign, seconds);
  const std::uint64_t minutes = value / minute;
  if (minutes < 60) return fmt::format("{}{}m{}s", sign, minutes, seconds);
  return fmt::format("{}{}h{}m{}s", sign, minutes / 60, minutes % 60, seconds);
}

// The thresholds are those of kubectl: a second unit appears only while it still says something.
std::string format_age(Duration age) {
  const std::int64_t seconds = age.count() / nanos_per_second;
  const auto pair = [](std::int64_t large, char large_unit, std::int64_t small, char small_unit) {
    return small == 0 ? fmt::format("{}{}", large, large_unit)
                      : fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
  };
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * 60) return fmt::format("{}s", seconds);
  const std::int64_t minutes = seconds / 60;
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 3 * 60) return fmt::format("{}m", minutes);
  const std::int64_t hours = minutes / 60;
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  const std::int64_t days = hours / 24;
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return fmt::format("{}d", days);
  if (days < 8 * 365) return pair(days / 365, 'y', days % 365, 'd');
  return fmt::format("{}y", days / 365);
}

}  // namespace aloft
