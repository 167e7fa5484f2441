// Times for templates over log lines.
#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "io/guarded.h"
#include "telemetry/core/template/time_layout.h"
#include "telemetry/core/time_zone.h"
#include "telemetry/logs/logql/template_functions.h"

namespace aloft::telemetry::logs::logql {
namespace {

using templates::Functions;
using templates::Value;
using Arguments = std::span<const Value>;

constexpr std::int64_t second_ns = 1'000'000'000;

// What `date` makes of its argument.
WallTime to_time(const Value& value) {
  if (const WallTime* time = value.if_time()) return *time;
  if (!value.is_number()) return SystemClock().wall();
  constexpr double latest = 9.2e9;
  return {std::chrono::seconds(static_cast<std::int64_t>(std::clamp(value.as_number(), -latest, latest)))};
}

// The unit of an epoch is told by its length: days, seconds, milli-, micro- or nanoseconds.
std::int64_t unit_of_epoch(std::size_t digits) {
  switch (digits) {
    case 5:
      return 86'400 * second_ns;
    case 10:
      return second_ns;
    case 13:
      return 1'000'000;
    case 16:
      return 1'000;
    case 19:
      return 1;
    default:
      return 0;
  }
}

Result<Value> time_of_epoch(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return fail(Code::invalid,
                fmt::format("error calling unixToTime: unable to parse time '{}': {}", text, why));
  };
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return wrong("it is no whole number");
  const std::int64_t unit = unit_of_epoch(text.size());
  if (unit == 0) return wrong(fmt::format("it has {} digits, not 5, 10, 13, 16 or 19", text.size()));
  if (number > INT64_MAX / unit || number < INT64_MIN / unit) return wrong("it is too far away");
  return Value(WallTime{Duration(number * unit)});
}

// Zones that a query has asked for, so that their files are read once. Any thread.
class Zones {
 public:
  // Null for an unknown one.
  std::shared_ptr<const TimeZone> find(std::string_view name) {
    return known_.with([name](auto& known) -> std::shared_ptr<const TimeZone> {
      const auto found = known.find(name);
      if (found != known.end()) return found->second;
      auto loaded = TimeZone::load(name);
      auto zone = loaded ? std::make_shared<const TimeZone>(std::move(*loaded)) : nullptr;
      if (known.size() < most_zones) known.emplace(name, zone);
      return zone;
    });
  }

 private:
  static constexpr std::size_t most_zones = 100;
  io::Guarded<std::map<std::string, std::shared_ptr<const TimeZone>, std::less<>>> known_;
};

// A time written without its offset is one of the zone; an unknown zone is UTC.
WallTime time_in_zone(Zones& zones, std::string_view layout, std::string_view zone, std::string_view text) {
  const auto parsed = templates::parse_go_time(layout, text);
  if (!parsed) return WallTime{};
  for (const std::string_view offset : {"Z07", "-07", "MST"})
    if (layout.find(offset) != std::string_view::npos) return *parsed;
  const auto known = zones.find(zone);
  if (known == nullptr) return *parsed;
  // Near a change of the clocks the offset of the result counts.
  WallTime out{parsed->since_epoch - known->at(*parsed).from_utc};
  out.since_epoch = parsed->since_epoch - known->at(out).from_utc;
  return out;
}

void add_epoch(Functions& table, const char* name, std::int64_t unit) {
  table.add(name, 1, 1, [name, unit](Arguments a) -> Result<Value> {
    const WallTime* const time = a[0].if_time();
    if (time == nullptr) {
      return fail(Code::invalid,
                  fmt::format("error calling {}: wrong type for value; expected time.Time; got {}", name,
                              a[0].type_name()));
    }
    const std::int64_t ns = time->since_epoch.count();
    return Value(fmt::format("{}", ns / unit - (ns % unit < 0 ? 1 : 0)));
  });
}

}  // namespace

void add_time_functions(Functions& table) {
  table.add("now", 0, 0, [](Arguments) -> Result<Value> { return Value(SystemClock().wall()); });
  table.add("date", 2, 2, [](Arguments a) -> Result<Value> {
    TRY(layout, templates::text_argument("date", a, 0));
    return Value(templates::format_go_time(to_time(a[1]), layout));
  });
  table.add("toDate", 2, 2, [](Arguments a) -> Result<Value> {
    TRY(layout, templates::text_argument("toDate", a, 0));
    TRY(text, templates::text_argument("toDate", a, 1));
    const auto time = templates::parse_go_time(layout, text);
    return Value(time.value_or(WallTime{}));
  });
  table.add("toDateInZone", 3, 3, [zones = std::make_shared<Zones>()](Arguments a) -> Result<Value> {
    TRY(layout, templates::text_argument("toDateInZone", a, 0));
    TRY(zone, templates::text_argument("toDateInZone", a, 1));
    TRY(text, templates::text_argument("toDateInZone", a, 2));
    return Value(time_in_zone(*zones, layout, zone, text));
  });
  table.add("unixToTime", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(text, templates::text_argument("unixToTime", a, 0));
    return time_of_epoch(text);
  });
  add_epoch(table, "unixEpoch", second_ns);
  add_epoch(table, "unixEpochMillis", 1'000'000);
  add_epoch(table, "unixEpochNanos", 1);
}

}  // namespace aloft::telemetry::logs::logql
