// aloft alerts: what fires, what is silenced, and silencing.
#include <cstdio>

#include "app/commands.h"
#include "app/telemetry_cli/screen.h"
#include "app/telemetry_cli/server.h"
#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/labels.h"

namespace aloft::app {
namespace {

std::string labels_text(const model::Value* labels, bool with_name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (labels != nullptr && labels->is_object()) {
    for (const auto& [name, value] : labels->as_object()) {
      const std::string* text = value.if_string();
      if (text != nullptr && (with_name || name != "alertname")) pairs.emplace_back(name, *text);
    }
  }
  return telemetry::Labels(pairs).to_string();
}

std::string age_of(std::string_view time, WallTime now) {
  const auto parsed = parse_time(time);
  return parsed ? format_age(now - *parsed) : std::string(time);
}

std::string matchers_text(const model::Value* matchers) {
  std::string out;
  if (matchers == nullptr || !matchers->is_array()) return out;
  for (const model::Value& matcher : matchers->as_array()) {
    const model::Value* regex = matcher.at("isRegex");
    const model::Value* equal = matcher.at("isEqual");
    const bool is_regex = regex != nullptr && regex->is_bool() && regex->as_bool();
    const bool is_equal = equal == nullptr || !equal->is_bool() || equal->as_bool();
    out +=
        fmt::format("{}{}{}\"{}\"", out.empty() ? "" : ",", matcher.text_at("name"),
                    is_regex ? (is_equal ? "=~" : "!~") : (is_equal ? "=" : "!="), matcher.text_at("value"));
  }
  return out;
}

Result<> print(const Invocation& call, const model::Value& answer, const Table& table,
               std::string_view nothing) {
  const std::string form = call.get("output");
  if (form == "json") {
    fmt::print("{}\n", model::to_json(answer));
  } else if (form == "csv") {
    fmt::print("{}", table.csv());
  } else if (form == "text") {
    fmt::print("{}", table.empty() ? std::string(nothing) + "\n" : table.text(Screen::of_output()));
  } else {
    return fail(Code::invalid, fmt::format("--output {}: expected text, json or csv", form));
  }
  return {};
}

// A matcher as amtool takes it: name=value, name!=value, name=~expression, name!~expression.
Result<model::Value> matcher_of(const std::string& text) {
  const std::size_t at = text.find_first_of("=!");
  if (at == std::string::npos || at == 0)
    return fail(Code::invalid, fmt::format("{}: expected name=value or name=~expression", text));
  const bool equal = text[at] == '=';
  std::size_t value_at = at + 1;
  if (!equal && (value_at >= text.size() || (text[value_at] != '=' && text[value_at] != '~')))
    return fail(Code::invalid, fmt::format("{}: expected name!=value or name!~expression", text));
  const bool regex = value_at < text.size() && text[value_at] == '~';
  if (!equal || regex) ++value_at;
  std::string value = text.substr(value_at);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return model::Value(model::Object{
      {"name", text.substr(0, at)}, {"value", std::move(value)}, {"isRegex", regex}, {"isEqual", equal}});
}

Result<> add_silence(const Invocation& call) {
  TRY(server, TelemetryServer::find(call));
  auto duration = telemetry::parse_prometheus_duration(call.get("duration"));
  if (!duration) return fail(Code::invalid, fmt::format("--duration {}", duration.error().message()));
  model::Array matchers;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    TRY(matcher, matcher_of(call.arguments[i]));
    matchers.push_back(std::move(matcher));
  }
  if (matchers.empty())
    return fail(Code::invalid, "add: what is to be silenced is missing, as alertname=High");
  const SystemClock clock;
  const WallTime now = clock.wall();
  const model::Object silence{{"matchers", std::move(matchers)},
                              {"startsAt", format_micros(now)},
                              {"endsAt", format_micros(now + *duration)},
                              {"createdBy", call.get("author")},
                              {"comment", call.get("comment")}};
  TRY(answer, server->send("POST", "/api/v2/silences", model::to_json(model::Value(silence))));
  fmt::print("{}\n", answer.text_at("silenceID"));
  return {};
}

Result<> list_silences(const Invocation& call) {
  TRY(server, TelemetryServer::find(call));
  TRY(answer, server->get("/api/v2/silences"));
  Table table({"id", "matchers", "state", "ends", "by", "comment"});
  if (answer.is_array()) {
    for (const model::Value& silence : answer.as_array()) {
      const std::string_view state = silence.text_at("status", "state");
      if (state == "expired" && !call.has("all")) continue;
      table.add({std::string(silence.text_at("id")), matchers_text(silence.at("matchers")),
                 std::string(state), std::string(silence.text_at("endsAt")),
                 std::string(silence.text_at("createdBy")), std::string(silence.text_at("comment"))});
    }
  }
  return print(call, answer, table, "no silences");
}

}  // namespace

Result<> run_alerts(const Invocation& call) {
  TRY(server, TelemetryServer::find(call));
  TRY(data, server->get_data("/api/v1/alerts"));
  const SystemClock clock;
  Table table({"alert", "state", "for", "value", "labels"});
  const model::Value* alerts = data.at("alerts");
  if (alerts != nullptr && alerts->is_array()) {
    for (const model::Value& alert : alerts->as_array()) {
      table.add({std::string(alert.text_at("labels", "alertname")), std::string(alert.text_at("state")),
                 age_of(alert.text_at("activeAt"), clock.wall()), std::string(alert.text_at("value")),
                 labels_text(alert.at("labels"), false)});
    }
  }
  return print(call, data, table, "no alerts");
}

Result<> run_alerts_silence(const Invocation& call) {
  const std::string action = call.arguments.empty() ? "list" : call.arguments.front();
  if (action == "add") return add_silence(call);
  if (action == "list") return list_silences(call);
  if (action == "expire") {
    TRY(server, TelemetryServer::find(call));
    for (std::size_t i = 1; i < call.arguments.size(); ++i)
      TRY_DO(server->send("DELETE", "/api/v2/silence/" + call.arguments[i], ""));
    return {};
  }
  return fail(Code::invalid, fmt::format("{}: expected add, list or expire", action));
}

Result<> run_alerts_history(const Invocation& call) {
  TRY(server, TelemetryServer::find(call));
  const SystemClock clock;
  TRY(start, parse_moment("since", call.get("since"), clock.wall()));
  TRY(data, server->get_data("/api/v1/alerts/history?" + encode_query({{"start", format_micros(start)},
                                                                       {"kind", call.get("kind")},
                                                                       {"limit", call.get("limit")}})));
  Table table({"time", "what", "alert", "from", "to", "labels", "detail"});
  const model::Value* events = data.at("events");
  if (events != nullptr && events->is_array()) {
    for (const model::Value& event : events->as_array()) {
      table.add({std::string(event.text_at("time")), std::string(event.text_at("kind")),
                 std::string(event.text_at("labels", "alertname")), std::string(event.text_at("from")),
                 std::string(event.text_at("to")), labels_text(event.at("labels"), false),
                 std::string(event.text_at("detail"))});
    }
  }
  return print(call, data, table, "nothing happened");
}

}  // namespace aloft::app
