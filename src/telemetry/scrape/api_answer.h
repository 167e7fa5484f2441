// The envelope of Prometheus' HTTP API: {"status":"success","data":...}.
#pragma once

#include <string>
#include <string_view>

#include "telemetry/core/router.h"

namespace aloft::telemetry::scrape {

// `data` is JSON.
io::Task<> send_data(Exchange& exchange, std::string data);
// 400 bad_data, 500 internal, 503 unavailable, ... by the error's code.
io::Task<> send_api_error(Exchange& exchange, Error error);

// A time parameter: seconds since 1970 with decimals, or RFC 3339. Error: bad_request, naming it.
Result<std::int64_t> parse_time_parameter(std::string_view name, std::string_view text);

}  // namespace aloft::telemetry::scrape
