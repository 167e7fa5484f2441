// Times over the whole range of years that RFC 3339 can write, and counts that may be percentages.
#include "model/scalars.h"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "base/ensure.h"

namespace aloft::model {
namespace {

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t nanos_per_second = 1'000'000'000;
constexpr std::int64_t go_zero_time = -62'135'596'800;  // 0001-01-01T00:00:00Z

struct CivilTime {
  int year, month, day, hour, minute, second;
};

CivilTime civil(std::int64_t seconds) {
  std::int64_t day = seconds / seconds_per_day;
  std::int64_t rest = seconds % seconds_per_day;
  if (rest < 0) {
    rest += seconds_per_day;
    --day;
  }
  // Days counted from 0000-03-01, in eras of 400 years, so that the leap day ends a year.
  day += 719'468;
  const std::int64_t era = (day >= 0 ? day : day - 146'096) / 146'097;
  const std::int64_t of_era = day - era * 146'097;
  const std::int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * of_year + 2) / 153;
  CivilTime time{};
  time.day = static_cast<int>(of_year - (153 * shifted_month + 2) / 5 + 1);
  time.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  time.year = static_cast<int>(year_of_era + era * 400 + (time.month <= 2 ? 1 : 0));
  time.hour = static_cast<int>(rest / 3600);
  time.minute = static_cast<int>(rest / 60 % 60);
  time.second = static_cast<int>(rest % 60);
  return time;
}

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
  return era * 146'097 + of_era - 719'468;
}

void put(char* at, int value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

void append_civil(std::string& out, std::int64_t seconds) {
  ensure(seconds != Timestamp::unset, "only a time that is set can be written");
  const CivilTime time = civil(seconds);
  char text[] = "0000-00-00T00:00:00";
  put(text, time.year, 4);
  put(text + 5, time.month, 2);
  put(text + 8, time.day, 2);
  put(text + 11, time.hour, 2);
  put(text + 14, time.minute, 2);
  put(text + 17, time.second, 2);
  out.append(text, 19);
}

int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

// Reads one thing after another; `ok` stays false once something was not as expected.
struct TimeReader {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t digits) {
    int value = 0;
    ok = ok && rest.size() >= digits;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      ok = rest[i] >= '0' && rest[i] <= '9';
      value = value * 10 + (rest[i] - '0');
    }
    if (ok) rest.remove_prefix(digits);
    return value;
  }
  void expect(char c) {
    ok = ok && !rest.empty() && rest.front() == c;
    if (ok) rest.remove_prefix(1);
  }
  std::int32_t fraction() {
    if (!ok || rest.empty() || (rest.front() != '.' && rest.front() != ',')) return 0;
    rest.remove_prefix(1);
    std::int32_t nanos = 0, unit = 100'000'000;
    std::size_t digits = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits, unit /= 10) {
      nanos += (rest[digits] - '0') * unit;
    }
    ok = digits > 0;
    rest.remove_prefix(digits);
    return nanos;
  }
  // Seconds east of UTC.
  int offset() {
    if (ok && rest == "Z") return 0;
    ok = ok && (rest.starts_with('+') || rest.starts_with('-'));
    if (!ok) return 0;
    const int sign = rest.front() == '-' ? -1 : 1;
    rest.remove_prefix(1);
    const int hours = number(2);
    expect(':');
    const int minutes = number(2);
    ok = ok && rest.empty() && hours <= 24 && minutes < 60;
    return sign * (hours * 3600 + minutes * 60);
  }
};

}  // namespace

Timestamp::Timestamp(WallTime time) {
  const std::int64_t total = time.since_epoch.count();
  seconds = total / nanos_per_second;
  nanos = static_cast<std::int32_t>(total % nanos_per_second);
  if (nanos < 0) {
    nanos += static_cast<std::int32_t>(nanos_per_second);
    --seconds;
  }
}

WallTime Timestamp::time() const {
  ensure(is_set(), "the time is set");
  // What nanoseconds since 1970 cannot hold becomes the nearest they can.
  constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / nanos_per_second;
  if (seconds >= limit) return {Duration::max()};
  if (seconds <= -limit) return {Duration::min()};
  return {Duration(seconds * nanos_per_second + nanos)};
}

void append_time_seconds(std::string& out, const Timestamp& time) {
  append_civil(out, time.seconds);
  out += 'Z';
}

void append_time_micros(std::string& out, const Timestamp& time) {
  append_civil(out, time.seconds);
  char text[] = ".000000Z";
  put(text + 1, time.nanos / 1000, 6);
  out.append(text, 8);
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  TimeReader reader{text};
  const int year = reader.number(4);
  reader.expect('-');
  const int month = reader.number(2);
  reader.expect('-');
  const int day = reader.number(2);
  reader.expect('T');
  const int hour = reader.number(2);
  reader.expect(':');
  const int minute = reader.number(2);
  reader.expect(':');
  const int second = reader.number(2);
  Timestamp time;
  time.nanos = reader.fraction();
  const std::string_view stopped_at = reader.rest;
  const int offset = reader.offset();
  if (!reader.ok) {
    return fail(Code::bad_request,
                fmt::format("parsing time \"{0}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{1}\"",
                            text, stopped_at));
  }
  const char* wrong = nullptr;
  if (month < 1 || month > 12)
    wrong = "month";
  else if (day < 1 || day > days_in_month(year, month))
    wrong = "day";
  else if (hour > 23)
    wrong = "hour";
  else if (minute > 59)
    wrong = "minute";
  else if (second > 59)
    wrong = "second";
  if (wrong != nullptr) {
    return fail(Code::bad_request, fmt::format("parsing time \"{}\": {} out of range", text, wrong));
  }
  time.seconds =
      days_from_civil(year, month, day) * seconds_per_day + hour * 3600 + minute * 60 + second - offset;
  if (time.seconds == go_zero_time && time.nanos == 0) return Timestamp();
  return time;
}

std::string IntOrString::to_string() const { return is_int() ? std::to_string(as_int()) : as_string(); }

Result<std::int64_t> IntOrString::scaled(std::int64_t total, Rounding rounding) const {
  if (is_int()) return as_int();
  const std::string& text = as_string();
  std::int32_t percent = 0;
  const char* end = text.data() + text.size() - (text.ends_with('%') ? 1 : 0);
  const auto [stopped, error] = std::from_chars(text.data(), end, percent);
  if (!text.ends_with('%') || error != std::errc() || stopped != end) {
    return fail(Code::invalid,
                fmt::format("invalid value for IntOrString: \"{}\" is not a percentage", text));
  }
  std::int64_t product = 0;
  if (__builtin_mul_overflow(total, std::int64_t{percent}, &product)) {
    return fail(Code::invalid,
                fmt::format("invalid value for IntOrString: {} of {} is too large", text, total));
  }
  const std::int64_t rest = product % 100;
  std::int64_t share = product / 100;
  if (rest > 0 && rounding == Rounding::up) ++share;
  if (rest < 0 && rounding == Rounding::down) --share;
  return share;
}

}  // namespace aloft::model
