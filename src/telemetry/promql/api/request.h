// A request of the query interface, its parameters, and its answer. A private header of the interface's
// files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::promql::api {

// Times that stand for "from the beginning" and "up to the end", as Prometheus defines them.
inline constexpr Millis earliest_time = -9223309901257974000;
inline constexpr Millis latest_time = 9223309901257974999;

struct Answer {
  int status = 200;
  std::string body;  // JSON, or empty for an answer without content
};

struct Request {
  http::Query form;
  std::string label;  // of the path
  Millis now = 0;
  std::shared_ptr<const StopSignal> stop;

  std::string_view get(std::string_view key) const { return form.get(key).value_or(""); }
};

// Unix seconds with decimals, or RFC 3339. Error: bad_request, `cannot parse "x" to a valid timestamp`.
Result<Millis> parse_timestamp(std::string_view text);
// Seconds with decimals, or 1h30m. Error: bad_request.
Result<Millis> parse_step(std::string_view text);

// Parameters by name; errors say which one is wrong.
Result<Millis> time_param(const Request& request, std::string_view name, std::optional<Millis> missing);
Result<Millis> duration_param(const Request& request, std::string_view name);
Result<std::size_t> limit_param(const Request& request);
Result<std::vector<std::vector<Matcher>>> match_params(const Request& request);

// `{"status":"error",...}` with the status that fits.
Answer error_answer(const Error& error);
// `{"status":"success","data":DATA,...}`.
Answer success_answer(std::string data, const std::vector<std::string>& warnings = {},
                      const std::vector<std::string>& infos = {});

// A label name as it stands in a path: names that begin with U__ are escaped.
std::string unescape_label(std::string_view name);

Answer query(const metrics::Queryable& storage, const Engine& engine, const Request& request);
Answer query_range(const metrics::Queryable& storage, const Engine& engine, const Request& request);
Answer format_query(const Request& request);
Answer parse_query(const Request& request);
Answer series(const metrics::Queryable& storage, const Request& request);
Answer labels(const metrics::Queryable& storage, const Request& request);
Answer label_values(const metrics::Queryable& storage, const Request& request);
Answer exemplars(const metrics::Queryable& storage, const Request& request);

}  // namespace aloft::telemetry::promql::api
