// Reading the parameters of the query interface.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/promql/api/request.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql::api {
namespace {

Error invalid_parameter(std::string_view name, std::string_view why) {
  return {Code::bad_request, fmt::format("invalid parameter {}: {}", quote(name), why)};
}

struct ErrorKind {
  int status;
  std::string_view type;
};

ErrorKind kind_of(Code code) {
  switch (code) {
    case Code::bad_request:
      return {400, "bad_data"};
    case Code::cancelled:
      return {499, "canceled"};
    case Code::timeout:
    case Code::too_many_requests:
      return {503, "timeout"};
    case Code::internal:
    case Code::unavailable:
      return {500, "internal"};
    case Code::not_found:
      return {404, "not_found"};
    default:
      return {422, "execution"};
  }
}

void string_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(key).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

}  // namespace

Result<Millis> parse_timestamp(std::string_view text) {
  double seconds = 0;
  const auto refuse = [&] {
    return fail(Code::bad_request, fmt::format("cannot parse {} to a valid timestamp", quote(text)));
  };
  if (parse_float(text, seconds)) {
    if (!std::isfinite(seconds) || std::abs(seconds) > 9.2e15) return refuse();
    double whole = 0;
    const double rest = std::modf(seconds, &whole);
    return static_cast<Millis>(whole) * 1000 + static_cast<Millis>(std::round(rest * 1000));
  }
  if (auto time = parse_time(text))
    return std::chrono::floor<std::chrono::milliseconds>(time->since_epoch).count();
  if (text == "-292273086-05-16T16:47:06Z") return earliest_time;
  if (text == "+292277025-08-18T07:12:54.999999999Z") return latest_time;
  return refuse();
}

Result<Millis> parse_step(std::string_view text) {
  double seconds = 0;
  if (parse_float(text, seconds)) {
    if (!(std::abs(seconds) < 9.2e9))
      return fail(Code::bad_request,
                  fmt::format("cannot parse {} to a valid duration. It overflows int64", quote(text)));
    return static_cast<Millis>(std::trunc(seconds * 1e9) / 1e6);
  }
  if (auto millis = parse_millis(text)) return millis;
  return fail(Code::bad_request, fmt::format("cannot parse {} to a valid duration", quote(text)));
}

Result<Millis> time_param(const Request& request, std::string_view name, std::optional<Millis> missing) {
  const std::string_view text = request.get(name);
  if (text.empty() && missing) return *missing;
  auto time = parse_timestamp(text);
  if (time) return time;
  if (!missing) return fail(invalid_parameter(name, time.error().message()));
  return fail(
      invalid_parameter(name, fmt::format("invalid time value for '{}': {}", name, time.error().message())));
}

Result<Millis> duration_param(const Request& request, std::string_view name) {
  auto duration = parse_step(request.get(name));
  if (!duration) return fail(invalid_parameter(name, duration.error().message()));
  return duration;
}

Result<std::size_t> limit_param(const Request& request) {
  const std::string_view text = request.get("limit");
  if (text.empty()) return std::size_t{0};
  std::int64_t limit = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return fail(
        invalid_parameter("limit", fmt::format("strconv.Atoi: parsing {}: invalid syntax", quote(text))));
  if (limit < 0) return fail(invalid_parameter("limit", "limit must be non-negative"));
  return static_cast<std::size_t>(limit);
}

Result<std::vector<std::vector<Matcher>>> match_params(const Request& request) {
  std::vector<std::vector<Matcher>> sets;
  for (const std::string_view text : request.form.all("match[]")) {
    TRY(matchers, parse_metric_selector(text));
    const bool selective = std::any_of(matchers.begin(), matchers.end(),
                                       [](const Matcher& matcher) { return !matcher.matches(""); });
    if (!selective) return fail(Code::bad_request, "match[] must contain at least one non-empty matcher");
    sets.push_back(std::move(matchers));
  }
  return sets;
}

Answer error_answer(const Error& error) {
  const ErrorKind kind = kind_of(error.code());
  Answer answer;
  answer.status = kind.status;
  JsonWriter json(answer.body);
  json.begin_object();
  json.key("status").string("error");
  json.key("errorType").string(kind.type);
  json.key("error").string(error.message());
  json.end_object();
  return answer;
}

Answer success_answer(std::string data, const std::vector<std::string>& warnings,
                      const std::vector<std::string>& infos) {
  Answer answer;
  answer.body = std::move(data);
  answer.body.insert(0, R"({"status":"success","data":)");
  std::string rest;
  JsonWriter json(rest);
  json.begin_object();
  string_list(json, "warnings", warnings);
  string_list(json, "infos", infos);
  json.end_object();
  if (rest.size() > 2) {
    rest.front() = ',';
    answer.body += rest;
  } else {
    answer.body += '}';
  }
  return answer;
}

std::string unescape_label(std::string_view name) {
  if (!name.starts_with("U__")) return std::string(name);
  std::string out;
  for (std::size_t at = 3; at < name.size();) {
    if (name[at] != '_') {
      out += name[at++];
      continue;
    }
    if (name.substr(at).starts_with("__")) {
      out += '_';
      at += 2;
      continue;
    }
    const std::size_t end = name.find('_', at + 1);
    unsigned rune = 0;
    if (end == std::string_view::npos || end == at + 1) return std::string(name);
    const auto parsed = std::from_chars(name.data() + at + 1, name.data() + end, rune, 16);
    std::string character;
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + end ||
        !unquote(fmt::format("\"\\U{:08x}\"", rune), character))
      return std::string(name);
    out += character;
    at = end + 1;
  }
  return out;
}

}  // namespace aloft::telemetry::promql::api
