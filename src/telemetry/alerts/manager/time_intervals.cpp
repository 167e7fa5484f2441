// Reading and testing time intervals.
#include "telemetry/alerts/manager/time_intervals.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"

namespace aloft::telemetry::alerts {
namespace {

using Range = TimeInterval::Range;

constexpr std::array<std::string_view, 7> weekday_names = {"sunday",   "monday", "tuesday", "wednesday",
                                                           "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> month_names = {"january",   "february", "march",    "april",
                                                          "may",       "june",     "july",     "august",
                                                          "september", "october",  "november", "december"};

bool whole(std::string_view text, int& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty();
}

// "monday" or "1"; false for neither.
bool named(std::string_view text, std::span<const std::string_view> names, int first, int& out) {
  const auto found = std::find(names.begin(), names.end(), lower(text));
  if (found != names.end()) {
    out = static_cast<int>(found - names.begin()) + first;
    return true;
  }
  return whole(text, out);
}

// "a:b" or "a", each read by `one`.
template <class One>
bool read_range(std::string_view text, Range& out, One one) {
  const std::size_t colon = text.find(':');
  if (!one(text.substr(0, colon), out.begin)) return false;
  out.end = out.begin;
  return colon == std::string_view::npos || one(text.substr(colon + 1), out.end);
}

// "09:30" and "24:00" as minutes.
bool minute_of_day(std::string_view text, int& out) {
  int hour = 0;
  int minute = 0;
  if (text.size() != 5 || text[2] != ':' || !whole(text.substr(0, 2), hour) || !whole(text.substr(3), minute))
    return false;
  if (hour > 24 || minute > 59 || (hour == 24 && minute != 0)) return false;
  out = hour * 60 + minute;
  return true;
}

void read_times(Fields& fields, std::vector<Range>& out, Mistakes& mistakes) {
  for (const YamlNode& item : fields.list("times")) {
    Fields time(item, "timeinterval.TimeRange", mistakes);
    std::string start;
    std::string end;
    time.text("start_time", start);
    time.text("end_time", end);
    time.finish();
    Range range;
    if (start.empty() || end.empty()) {
      mistakes.add(item.line, "both start and end times must be provided");
    } else if (!minute_of_day(start, range.begin) || !minute_of_day(end, range.end)) {
      mistakes.add(item.line, fmt::format("couldn't parse timestamp {}, invalid format",
                                          minute_of_day(start, range.begin) ? end : start));
    } else if (range.begin >= range.end) {
      mistakes.add(item.line, "start time cannot be equal or greater than end time");
    } else {
      out.push_back(range);
    }
  }
}

template <class One>
void read_ranges(Fields& fields, std::string_view name, std::vector<Range>& out, int least, int most,
                 std::string_view what, One one) {
  const YamlNode* node = fields.take(name);
  if (node == nullptr) return;
  std::vector<std::string> texts;
  if (node->is_list()) {
    for (const YamlNode& item : node->items) {
      std::string text;
      if (read_text(item, text, fields.mistakes())) texts.push_back(std::move(text));
    }
  } else {
    fields.mistakes().add(node->line,
                          fmt::format("cannot unmarshal {} into []timeinterval.{}", node->tag(), what));
  }
  for (const std::string& text : texts) {
    Range range;
    if (!read_range(text, range, one)) {
      fields.mistakes().add(node->line, fmt::format("{} is not a valid {}", text, what));
    } else if (range.begin < least || range.begin > most || range.end < least || range.end > most) {
      fields.mistakes().add(node->line, fmt::format("{} is not a valid {}: out of range", text, what));
    } else if (range.begin > range.end && (range.begin < 0) == (range.end < 0)) {
      fields.mistakes().add(node->line,
                            fmt::format("start {} cannot be before end {} of {}", what, what, text));
    } else {
      out.push_back(range);
    }
  }
}

bool within(const std::vector<Range>& ranges, int value) {
  return ranges.empty() || std::any_of(ranges.begin(), ranges.end(),
                                       [value](Range r) { return value >= r.begin && value <= r.end; });
}

bool day_within(const std::vector<Range>& ranges, int day, int days) {
  if (ranges.empty()) return true;
  return std::any_of(ranges.begin(), ranges.end(), [&](Range r) {
    const int begin = r.begin < 0 ? days + r.begin + 1 : r.begin;
    const int end = r.end < 0 ? days + r.end + 1 : r.end;
    if (begin > end || begin > days || end < 1) return false;
    return day >= std::max(begin, 1) && day <= std::min(end, days);
  });
}

}  // namespace

TimeInterval read_time_interval(const YamlNode& node, Mistakes& mistakes) {
  TimeInterval out;
  Fields fields(node, "timeinterval.TimeInterval", mistakes);
  read_times(fields, out.times, mistakes);
  read_ranges(fields, "weekdays", out.weekdays, 0, 6, "weekday", [](std::string_view text, int& value) {
    return named(text, weekday_names, 0, value) && !whole(text, value);
  });
  read_ranges(fields, "days_of_month", out.days_of_month, -31, 31, "day of the month",
              [](std::string_view text, int& value) { return whole(text, value) && value != 0; });
  read_ranges(fields, "months", out.months, 1, 12, "month",
              [](std::string_view text, int& value) { return named(text, month_names, 1, value); });
  read_ranges(fields, "years", out.years, 0, 9999, "year",
              [](std::string_view text, int& value) { return whole(text, value); });
  std::string location;
  fields.text("location", location);
  if (!location.empty()) {
    auto zone = TimeZone::load(location);
    if (zone)
      out.zone = std::move(*zone);
    else
      mistakes.add(fields.line(), zone.error().message());
  }
  fields.finish();
  return out;
}

bool TimeInterval::contains(WallTime time) const {
  namespace chrono = std::chrono;
  const Duration local = time.since_epoch + zone.at(time).from_utc;
  const auto days_since = chrono::floor<chrono::days>(local);
  const chrono::sys_days day(days_since);
  const chrono::year_month_day date(day);
  const int minute = static_cast<int>((local - days_since) / 1min);
  const bool in_time = times.empty() || std::any_of(times.begin(), times.end(), [minute](Range r) {
                         return minute >= r.begin && minute < r.end;
                       });
  const chrono::year_month_day_last last(date.year(), chrono::month_day_last(date.month()));
  const int days = static_cast<int>(static_cast<unsigned>(last.day()));
  return in_time && within(weekdays, static_cast<int>(chrono::weekday(day).c_encoding())) &&
         day_within(days_of_month, static_cast<int>(static_cast<unsigned>(date.day())), days) &&
         within(months, static_cast<int>(static_cast<unsigned>(date.month()))) &&
         within(years, static_cast<int>(date.year()));
}

}  // namespace aloft::telemetry::alerts
