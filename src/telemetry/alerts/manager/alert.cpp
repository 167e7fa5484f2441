// Fingerprints, merging and printing of alerts.
#include "telemetry/alerts/manager/alert.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::alerts {

std::uint64_t fingerprint_of(const LabelMap& labels) {
  constexpr std::uint64_t prime = 1099511628211ULL;
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&hash](unsigned char byte) {
    hash ^= byte;
    hash *= prime;
  };
  for (const auto& [name, value] : labels) {
    for (const char c : name) add(static_cast<unsigned char>(c));
    add(255);
    for (const char c : value) add(static_cast<unsigned char>(c));
    add(255);
  }
  return hash;
}

std::string fingerprint_text(std::uint64_t fingerprint) { return fmt::format("{:016x}", fingerprint); }

std::string labels_text(const LabelMap& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ", ";
    out.append(name).append("=").append(go_quote(value));
  }
  return out + '}';
}

std::string_view label_of(const LabelMap& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found != labels.end() ? std::string_view(found->second) : std::string_view();
}

Alert merge_alerts(const Alert& earlier, const Alert& news) {
  if (news.updated_at < earlier.updated_at) return merge_alerts(news, earlier);
  Alert out = news;
  // The earliest start is kept; an end that was only guessed gives way to a known one.
  if (earlier.starts_at < out.starts_at) out.starts_at = earlier.starts_at;
  if (out.resolved(news.updated_at)) {
    if (earlier.resolved(news.updated_at) && earlier.ends_at > out.ends_at) out.ends_at = earlier.ends_at;
  } else if (earlier.ends_at > out.ends_at && !earlier.timeout) {
    out.ends_at = earlier.ends_at;
  }
  return out;
}

Result<WallTime> parse_client_time(std::string_view text) {
  const std::string_view year = text.substr(0, 4);
  const bool late = year.find_first_not_of("0123456789") == std::string_view::npos && year >= "2262";
  if (!late) return parse_time(text);
  // A leap year, so that it has every day.
  return parse_time(fmt::format("2260{}", text.substr(year.size())));
}

std::string openapi_time(WallTime time) {
  if (time == WallTime{}) return "0001-01-01T00:00:00.000Z";
  return templates::format_go_time(time, "2006-01-02T15:04:05.000Z07:00");
}

std::string json_time(WallTime time) {
  if (time == WallTime{}) return "0001-01-01T00:00:00Z";
  return templates::format_go_time(time, "2006-01-02T15:04:05.999999999Z07:00");
}

}  // namespace aloft::telemetry::alerts
