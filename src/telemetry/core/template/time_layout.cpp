// Layouts are cut into elements once; writing and reading walk the same elements.
#include "telemetry/core/template/time_layout.h"

#include <array>
#include <cctype>
#include <chrono>
#include <vector>

#include <fmt/format.h>

namespace aloft::telemetry::templates {
namespace {

enum class Element {
  literal,
  long_month,
  month,
  number_month,
  zero_month,
  long_weekday,
  weekday,
  day,
  space_day,
  zero_day,
  zero_year_day,
  hour,
  hour12,
  zero_hour12,
  minute,
  zero_minute,
  second,
  zero_second,
  long_year,
  year,
  upper_pm,
  lower_pm,
  zone_name,
  offset_z,        // Z0700
  offset_z_colon,  // Z07:00
  offset,          // -0700
  offset_colon,    // -07:00
  offset_short,    // -07
  fraction_zero,   // .000
  fraction_nine    // .999
};

struct Piece {
  Element element;
  std::string_view text;
};

struct Spelling {
  std::string_view text;
  Element element;
};

// Longer spellings stand before their beginnings.
constexpr std::array spellings = {
    Spelling{"January", Element::long_month},
    Spelling{"Jan", Element::month},
    Spelling{"Monday", Element::long_weekday},
    Spelling{"Mon", Element::weekday},
    Spelling{"MST", Element::zone_name},
    Spelling{"2006", Element::long_year},
    Spelling{"Z07:00", Element::offset_z_colon},
    Spelling{"Z0700", Element::offset_z},
    Spelling{"-07:00", Element::offset_colon},
    Spelling{"-0700", Element::offset},
    Spelling{"-07", Element::offset_short},
    Spelling{"002", Element::zero_year_day},
    Spelling{"01", Element::zero_month},
    Spelling{"02", Element::zero_day},
    Spelling{"03", Element::zero_hour12},
    Spelling{"04", Element::zero_minute},
    Spelling{"05", Element::zero_second},
    Spelling{"06", Element::year},
    Spelling{"15", Element::hour},
    Spelling{"_2", Element::space_day},
    Spelling{"PM", Element::upper_pm},
    Spelling{"pm", Element::lower_pm},
    Spelling{"1", Element::number_month},
    Spelling{"2", Element::day},
    Spelling{"3", Element::hour12},
    Spelling{"4", Element::minute},
    Spelling{"5", Element::second},
};

// ".000" or ",999" that no further digit follows.
std::size_t fraction_length(std::string_view rest) {
  if (rest.size() < 2 || (rest[0] != '.' && rest[0] != ',') || (rest[1] != '0' && rest[1] != '9')) return 0;
  std::size_t end = 1;
  while (end < rest.size() && rest[end] == rest[1]) ++end;
  return end < rest.size() && std::isdigit(static_cast<unsigned char>(rest[end])) != 0 ? 0 : end;
}

std::vector<Piece> cut(std::string_view layout) {
  std::vector<Piece> pieces;
  std::size_t literal = 0;
  std::size_t at = 0;
  const auto add = [&](Element element, std::size_t length) {
    if (literal < at) pieces.push_back({Element::literal, layout.substr(literal, at - literal)});
    pieces.push_back({element, layout.substr(at, length)});
    at += length;
    literal = at;
  };
  while (at < layout.size()) {
    const std::string_view rest = layout.substr(at);
    if (const std::size_t length = fraction_length(rest); length != 0) {
      add(rest[1] == '0' ? Element::fraction_zero : Element::fraction_nine, length);
      continue;
    }
    bool found = false;
    for (const Spelling& spelling : spellings) {
      if (!rest.starts_with(spelling.text)) continue;
      // "_2006" is an underscore and a year.
      if (spelling.element == Element::space_day && rest.starts_with("_2006")) break;
      add(spelling.element, spelling.text.size());
      found = true;
      break;
    }
    if (!found) ++at;
  }
  if (literal < layout.size()) pieces.push_back({Element::literal, layout.substr(literal)});
  return pieces;
}

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                      "Thursday", "Friday", "Saturday"};

struct Parts {
  int year = 0;
  unsigned month = 1;
  unsigned day = 1;
  unsigned weekday = 0;
  unsigned year_day = 1;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned nanosecond = 0;
};

Parts parts_of(Duration since_epoch) {
  namespace chrono = std::chrono;
  const auto days = chrono::floor<chrono::days>(since_epoch);
  const chrono::sys_days day(days);
  const chrono::year_month_day date(day);
  Parts parts;
  parts.year = static_cast<int>(date.year());
  parts.month = static_cast<unsigned>(date.month());
  parts.day = static_cast<unsigned>(date.day());
  parts.weekday = chrono::weekday(day).c_encoding();
  const auto new_year = chrono::sys_days(date.year() / chrono::January / 1);
  parts.year_day = static_cast<unsigned>((day - new_year).count()) + 1;
  const auto rest = static_cast<std::uint64_t>((since_epoch - days).count());
  parts.nanosecond = static_cast<unsigned>(rest % 1'000'000'000);
  const std::uint64_t seconds = rest / 1'000'000'000;
  parts.hour = static_cast<unsigned>(seconds / 3600);
  parts.minute = static_cast<unsigned>(seconds / 60 % 60);
  parts.second = static_cast<unsigned>(seconds % 60);
  return parts;
}

std::string offset_text(Duration offset, Element element) {
  const bool z = element == Element::offset_z || element == Element::offset_z_colon;
  if (z && offset == Duration::zero()) return "Z";
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto size = minutes < 0 ? -minutes : minutes;
  const char sign = minutes < 0 ? '-' : '+';
  if (element == Element::offset_short) return fmt::format("{}{:02}", sign, size / 60);
  const bool colon = element == Element::offset_z_colon || element == Element::offset_colon;
  return fmt::format("{}{:02}{}{:02}", sign, size / 60, colon ? ":" : "", size % 60);
}

std::string fraction_text(const Piece& piece, unsigned nanosecond) {
  std::string digits =
      fmt::format("{:09}", nanosecond).substr(0, std::min<std::size_t>(9, piece.text.size() - 1));
  if (piece.element == Element::fraction_nine) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return "";
  }
  return piece.text[0] + digits;
}

void write(std::string& out, const Piece& piece, const Parts& at, Duration offset, std::string_view zone) {
  const unsigned half_day = at.hour % 12 == 0 ? 12 : at.hour % 12;
  const auto put = [&out](std::string_view text) { out.append(text); };
  switch (piece.element) {
    case Element::literal:
      return put(piece.text);
    case Element::long_month:
      return put(months[at.month - 1]);
    case Element::month:
      return put(months[at.month - 1].substr(0, 3));
    case Element::number_month:
      return put(fmt::format("{}", at.month));
    case Element::zero_month:
      return put(fmt::format("{:02}", at.month));
    case Element::long_weekday:
      return put(weekdays[at.weekday]);
    case Element::weekday:
      return put(weekdays[at.weekday].substr(0, 3));
    case Element::day:
      return put(fmt::format("{}", at.day));
    case Element::space_day:
      return put(fmt::format("{:2}", at.day));
    case Element::zero_day:
      return put(fmt::format("{:02}", at.day));
    case Element::zero_year_day:
      return put(fmt::format("{:03}", at.year_day));
    case Element::hour:
      return put(fmt::format("{:02}", at.hour));
    case Element::hour12:
      return put(fmt::format("{}", half_day));
    case Element::zero_hour12:
      return put(fmt::format("{:02}", half_day));
    case Element::minute:
      return put(fmt::format("{}", at.minute));
    case Element::zero_minute:
      return put(fmt::format("{:02}", at.minute));
    case Element::second:
      return put(fmt::format("{}", at.second));
    case Element::zero_second:
      return put(fmt::format("{:02}", at.second));
    case Element::long_year:
      return put(fmt::format("{:04}", at.year));
    case Element::year:
      return put(fmt::format("{:02}", at.year % 100));
    case Element::upper_pm:
      return put(at.hour >= 12 ? "PM" : "AM");
    case Element::lower_pm:
      return put(at.hour >= 12 ? "pm" : "am");
    case Element::zone_name:
      return put(zone);
    case Element::offset_z:
    case Element::offset_z_colon:
    case Element::offset:
    case Element::offset_colon:
    case Element::offset_short:
      return put(offset_text(offset, piece.element));
    case Element::fraction_zero:
    case Element::fraction_nine:
      return put(fraction_text(piece, at.nanosecond));
  }
}

// Reads a text along the pieces of a layout.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool read(const Piece& piece) {
    switch (piece.element) {
      case Element::literal:
        return literal(piece.text);
      case Element::long_month:
        return name(months, 0, at_.month, 1);
      case Element::month:
        return name(months, 3, at_.month, 1);
      case Element::number_month:
        return number(1, 2, at_.month);
      case Element::zero_month:
        return number(2, 2, at_.month);
      case Element::long_weekday:
        return name(weekdays, 0, at_.weekday, 0);
      case Element::weekday:
        return name(weekdays, 3, at_.weekday, 0);
      case Element::day:
      case Element::space_day:
        if (rest_.starts_with(' ')) rest_.remove_prefix(1);
        return number(1, 2, at_.day);
      case Element::zero_day:
        return number(2, 2, at_.day);
      case Element::zero_year_day:
        return number(3, 3, year_day_);
      case Element::hour:
        return number(1, 2, at_.hour) && at_.hour < 24;
      case Element::hour12:
        return number(1, 2, at_.hour) && at_.hour <= 12;
      case Element::zero_hour12:
        return number(2, 2, at_.hour) && at_.hour <= 12;
      case Element::minute:
        return number(1, 2, at_.minute) && at_.minute < 60;
      case Element::zero_minute:
        return number(2, 2, at_.minute) && at_.minute < 60;
      case Element::second:
        return number(1, 2, at_.second) && at_.second < 60 && free_fraction();
      case Element::zero_second:
        return number(2, 2, at_.second) && at_.second < 60 && free_fraction();
      case Element::long_year:
        return year(4);
      case Element::year:
        return year(2);
      case Element::upper_pm:
      case Element::lower_pm:
        return half_of_day();
      case Element::zone_name:
        return zone_name();
      case Element::offset_z:
      case Element::offset_z_colon:
        if (rest_.starts_with('Z')) return literal("Z");
        return offset(piece.element == Element::offset_z_colon, true);
      case Element::offset:
        return offset(false, true);
      case Element::offset_colon:
        return offset(true, true);
      case Element::offset_short:
        return offset(false, false);
      case Element::fraction_zero:
      case Element::fraction_nine:
        return fraction();
    }
    return false;
  }

  bool finish(WallTime& out) {
    namespace chrono = std::chrono;
    if (!rest_.empty()) return false;
    if (pm_ && at_.hour < 12) at_.hour += 12;
    if (am_ && at_.hour == 12) at_.hour = 0;
    const chrono::year_month_day date(chrono::year(at_.year), chrono::month(at_.month), chrono::day(at_.day));
    if (!date.ok() || at_.year < 1678 || at_.year > 2261) return false;
    chrono::sys_days day(date);
    if (year_day_ != 0)
      day = chrono::sys_days(date.year() / chrono::January / 1) + chrono::days(year_day_ - 1);
    const Duration in_day =
        chrono::hours(at_.hour) + chrono::minutes(at_.minute) + chrono::seconds(at_.second);
    out.since_epoch = Duration(day.time_since_epoch()) + in_day + Duration(at_.nanosecond) - offset_;
    return true;
  }

 private:
  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool number(std::size_t least, std::size_t most, unsigned& out) {
    std::size_t digits = 0;
    unsigned value = 0;
    while (digits < most && digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
      value = value * 10 + static_cast<unsigned>(rest_[digits++] - '0');
    }
    if (digits < least) return false;
    rest_.remove_prefix(digits);
    out = value;
    return true;
  }
  bool year(std::size_t digits) {
    unsigned value = 0;
    if (!number(digits, digits, value)) return false;
    at_.year = static_cast<int>(value);
    if (digits == 2) at_.year += value >= 69 ? 1900 : 2000;
    return true;
  }
  template <std::size_t N>
  bool name(const std::array<std::string_view, N>& names, std::size_t length, unsigned& out, unsigned base) {
    for (unsigned i = 0; i < N; ++i) {
      const std::string_view candidate = length == 0 ? names[i] : names[i].substr(0, length);
      if (literal(candidate)) {
        out = i + base;
        return true;
      }
    }
    return false;
  }
  bool half_of_day() {
    if (literal("PM") || literal("pm")) return pm_ = true;
    if (literal("AM") || literal("am")) return am_ = true;
    return false;
  }
  bool zone_name() { return literal("UTC") || literal("GMT") || literal("Z"); }
  bool offset(bool colon, bool minutes) {
    if (rest_.empty() || (rest_[0] != '+' && rest_[0] != '-')) return false;
    const bool negative = rest_[0] == '-';
    rest_.remove_prefix(1);
    unsigned hour = 0;
    unsigned minute = 0;
    if (!number(2, 2, hour) || (colon && !literal(":")) || (minutes && !number(2, 2, minute))) return false;
    offset_ = std::chrono::hours(hour) + std::chrono::minutes(minute);
    if (negative) offset_ = -offset_;
    return true;
  }
  bool fraction() {
    if (rest_.empty() || (rest_[0] != '.' && rest_[0] != ',')) return true;
    std::size_t end = 1;
    unsigned scale = 100'000'000;
    unsigned value = 0;
    for (; end < rest_.size() && rest_[end] >= '0' && rest_[end] <= '9'; ++end, scale /= 10) {
      value += static_cast<unsigned>(rest_[end] - '0') * scale;
    }
    if (end == 1) return false;
    at_.nanosecond = value;
    rest_.remove_prefix(end);
    return true;
  }
  // Seconds may carry a fraction that the layout does not name.
  bool free_fraction() {
    const bool digits = rest_.size() > 1 && rest_[0] == '.' && rest_[1] >= '0' && rest_[1] <= '9';
    return !digits || fraction();
  }

  std::string_view rest_;
  Parts at_;
  unsigned year_day_ = 0;
  bool pm_ = false;
  bool am_ = false;
  Duration offset_{};
};

}  // namespace

std::string format_go_time(WallTime time, std::string_view layout, Duration offset, std::string_view zone) {
  const Parts at = parts_of(time.since_epoch + offset);
  std::string out;
  for (const Piece& piece : cut(layout)) write(out, piece, at, offset, zone);
  return out;
}

Result<WallTime> parse_go_time(std::string_view layout, std::string_view text) {
  TimeReader reader(text);
  WallTime out;
  bool good = true;
  for (const Piece& piece : cut(layout)) good = good && reader.read(piece);
  if (!good || !reader.finish(out)) {
    return fail(Code::invalid, fmt::format("parsing time \"{}\" as \"{}\": cannot parse", text, layout));
  }
  return out;
}

}  // namespace aloft::telemetry::templates
