// The TZif format (RFC 8536), version 2 and later; 64-bit times, and the rule of the footer for the future.
#include "telemetry/core/time_zone.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "io/file.h"

namespace aloft::telemetry {
namespace {

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[at + i]);
  if (count == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  return static_cast<std::int64_t>(value);
}

// A POSIX TZ rule such as CET-1CEST,M3.5.0,M10.5.0/3.
class PosixRule {
 public:
  struct Moment {
    int month = 0, week = 0, weekday = 0;
    Duration time = 2h;
  };
  TimeZone::Offset standard;
  TimeZone::Offset summer;
  Moment begin, end;
  bool has_summer = false;

  bool parse(std::string_view text) {
    rest_ = text;
    if (!name(standard.name) || !offset(standard.from_utc)) return false;
    if (rest_.empty()) return true;
    has_summer = true;
    summer.from_utc = standard.from_utc + 1h;
    if (!name(summer.name)) return false;
    if (!rest_.starts_with(',') && !offset(summer.from_utc)) return false;
    return moment(begin) && moment(end) && rest_.empty();
  }

 private:
  bool name(std::string& out) {
    if (rest_.starts_with('<')) {
      const std::size_t close = rest_.find('>');
      if (close == std::string_view::npos) return false;
      out = std::string(rest_.substr(1, close - 1));
      rest_.remove_prefix(close + 1);
      return true;
    }
    std::size_t length = 0;
    while (length < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[length])) != 0) ++length;
    out = std::string(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return length >= 3;
  }
  bool number(int& out) {
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    if (read.ec != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
    return true;
  }
  bool clock(Duration& out) {
    const bool negative = rest_.starts_with('-');
    if (negative || rest_.starts_with('+')) rest_.remove_prefix(1);
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) {
        if (!rest_.starts_with(':')) break;
        rest_.remove_prefix(1);
      }
      if (!number(parts[i])) return false;
    }
    out = std::chrono::hours(parts[0]) + std::chrono::minutes(parts[1]) + std::chrono::seconds(parts[2]);
    if (negative) out = -out;
    return true;
  }
  // POSIX counts offsets west of Greenwich.
  bool offset(Duration& out) {
    if (!clock(out)) return false;
    out = -out;
    return true;
  }
  bool moment(Moment& out) {
    const auto expect = [this](char c) {
      if (!rest_.starts_with(c)) return false;
      rest_.remove_prefix(1);
      return true;
    };
    if (!expect(',') || !expect('M') || !number(out.month) || !expect('.') || !number(out.week) ||
        !expect('.') || !number(out.weekday))
      return false;
    if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.weekday < 0 || out.weekday > 6)
      return false;
    return !expect('/') || clock(out.time);
  }

  std::string_view rest_;
};

// Seconds since the epoch, in local time, of a moment in a year.
std::int64_t second_of(const PosixRule::Moment& moment, int year) {
  namespace chrono = std::chrono;
  const chrono::year_month month(chrono::year(year), chrono::month(static_cast<unsigned>(moment.month)));
  const chrono::weekday weekday(static_cast<unsigned>(moment.weekday));
  const chrono::sys_days day = moment.week == 5
                                   ? chrono::sys_days(month / chrono::weekday_last(weekday))
                                   : chrono::sys_days(month / weekday[static_cast<unsigned>(moment.week)]);
  return (chrono::seconds(day.time_since_epoch()) + chrono::duration_cast<chrono::seconds>(moment.time))
      .count();
}

constexpr int last_year = 2100;

}  // namespace

Result<TimeZone> TimeZone::load(std::string_view name) {
  TimeZone zone;
  if (name.empty() || name == "UTC") return zone;
  const auto unknown = [name] { return fail(Code::invalid, fmt::format("unknown time zone {}", name)); };
  if (name.find("..") != std::string_view::npos || name.starts_with('/')) return unknown();
  zone.name_ = std::string(name);
  const auto file =
      io::read_file(fmt::format("/usr/share/zoneinfo/{}", name == "Local" ? "localtime" : name), 1 << 20);
  if (!file || !file->starts_with("TZif") || file->size() < 44) return unknown();
  const std::string_view bytes = *file;
  const auto counts_at = [&bytes](std::size_t header) {
    std::array<std::size_t, 6> counts{};
    for (std::size_t i = 0; i < 6; ++i)
      counts[i] = static_cast<std::size_t>(big_endian(bytes, header + 20 + i * 4, 4)) & 0xffffff;
    return counts;  // isut, isstd, leap, time, type, char
  };
  const auto first = counts_at(0);
  if (bytes[4] < '2') return unknown();
  const std::size_t header = 44 + first[3] * 5 + first[4] * 6 + first[5] + first[2] * 8 + first[1] + first[0];
  if (header + 44 > bytes.size()) return unknown();
  const auto counts = counts_at(header);
  const std::size_t times = header + 44;
  const std::size_t indices = times + counts[3] * 8;
  const std::size_t kinds = indices + counts[3];
  const std::size_t names = kinds + counts[4] * 6;
  const std::size_t footer = names + counts[5] + counts[2] * 12 + counts[1] + counts[0];
  if (footer > bytes.size() || counts[4] == 0) return unknown();
  for (std::size_t i = 0; i < counts[4]; ++i) {
    const std::size_t at = names + static_cast<unsigned char>(bytes[kinds + i * 6 + 5]);
    Offset offset;
    offset.from_utc = std::chrono::seconds(big_endian(bytes, kinds + i * 6, 4));
    offset.name = std::string(bytes.substr(at, bytes.find('\0', at) - at));
    zone.kinds_.push_back(std::move(offset));
  }
  for (std::size_t i = 0; i < counts[3]; ++i) {
    const auto kind = static_cast<std::size_t>(static_cast<unsigned char>(bytes[indices + i]));
    if (kind < zone.kinds_.size()) zone.changes_.push_back({big_endian(bytes, times + i * 8, 8), kind});
  }
  std::string_view rule_text = bytes.substr(std::min(footer + 1, bytes.size()));
  rule_text = rule_text.substr(0, rule_text.find('\n'));
  PosixRule rule;
  if (rule_text.empty() || !rule.parse(rule_text)) return zone;
  const std::size_t standard = zone.kinds_.size();
  zone.kinds_.push_back(rule.standard);
  if (!rule.has_summer) {
    zone.changes_.push_back({zone.changes_.empty() ? INT64_MIN : zone.changes_.back().second + 1, standard});
    return zone;
  }
  zone.kinds_.push_back(rule.summer);
  const std::int64_t known = zone.changes_.empty() ? INT64_MIN : zone.changes_.back().second;
  for (int year = 2007; year <= last_year; ++year) {
    const auto seconds = [](Duration d) { return d / 1s; };
    std::array<Change, 2> both = {
        Change{second_of(rule.begin, year) - seconds(rule.standard.from_utc), standard + 1},
        Change{second_of(rule.end, year) - seconds(rule.summer.from_utc), standard}};
    std::sort(both.begin(), both.end(), [](const Change& a, const Change& b) { return a.second < b.second; });
    for (const Change& change : both) {
      if (change.second > known) zone.changes_.push_back(change);
    }
  }
  return zone;
}

TimeZone::Offset TimeZone::at(WallTime time) const {
  if (kinds_.empty()) return {};
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(time.since_epoch).count();
  const auto next =
      std::upper_bound(changes_.begin(), changes_.end(), second,
                       [](std::int64_t value, const Change& change) { return value < change.second; });
  return next == changes_.begin() ? kinds_.front() : kinds_[std::prev(next)->kind];
}

}  // namespace aloft::telemetry
