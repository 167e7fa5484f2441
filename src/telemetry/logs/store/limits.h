// What senders may do: the limits of one tenant. What is above them is refused by name.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace aloft::telemetry::logs {

// Zero means without limit, but for the counts of streams and labels.
struct StreamLimits {
  std::size_t streams = 10'000;  // that were written to lately, per tenant
  std::size_t tenants = 1'000;
  std::size_t labels_per_stream = 30;
  std::size_t label_name_bytes = 1024;
  std::size_t label_value_bytes = 2048;
  std::size_t fields_per_entry = 128;
  std::size_t field_bytes_per_entry = 64 * 1024;
  std::size_t line_bytes = 256 * 1024;
  bool truncate_long_lines = false;  // otherwise they are refused
  std::uint64_t bytes_per_second = 0;
  std::uint64_t burst_bytes = 0;
  Duration oldest_age{};    // entries older than this are refused
  Duration newest_ahead{};  // and those further in the future
  Duration out_of_order{};  // how far behind the newest entry of its stream one may be
};

}  // namespace aloft::telemetry::logs
