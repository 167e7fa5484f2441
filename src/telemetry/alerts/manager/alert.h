// An alert as the Alertmanager knows it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry::alerts {

using LabelMap = std::map<std::string, std::string, std::less<>>;

// FNV-1a over sorted names and values with separators: the fingerprint of Prometheus' model.LabelSet, which
// clients see in hexadecimal.
std::uint64_t fingerprint_of(const LabelMap& labels);
std::string fingerprint_text(std::uint64_t fingerprint);
// `{alertname="x", job="y"}` as Prometheus prints a label set.
std::string labels_text(const LabelMap& labels);
// The value; empty when there is none.
std::string_view label_of(const LabelMap& labels, std::string_view name);

struct Alert {
  LabelMap labels;
  LabelMap annotations;
  WallTime starts_at;
  WallTime ends_at;  // the zero time: not known
  WallTime updated_at;
  std::string generator_url;
  bool timeout = false;  // ends_at is a guess, for when no more is heard of it
  std::uint64_t fingerprint = 0;

  bool resolved(WallTime now) const { return ends_at != WallTime{} && ends_at <= now; }
  std::string_view name() const { return label_of(labels, "alertname"); }
};
using AlertPtr = std::shared_ptr<const Alert>;

// An earlier state of an alert and news of it become one (same labels).
Alert merge_alerts(const Alert& earlier, const Alert& news);

// RFC 3339 as clients write it. Times end in the year 2262 here; what is later means "for ever" and becomes
// the same day of 2260. Error: as parse_time().
Result<WallTime> parse_client_time(std::string_view text);
// RFC 3339 with milliseconds as go-openapi's strfmt writes it; 0001-01-01 for the zero time.
std::string openapi_time(WallTime time);
// RFC 3339 as Go's encoding/json: as many decimals as there are.
std::string json_time(WallTime time);

}  // namespace aloft::telemetry::alerts
