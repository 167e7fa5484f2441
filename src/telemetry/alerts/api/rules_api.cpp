// Rules with their filters and pages, alerts, history.
#include "telemetry/alerts/api/rules_api.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "http/tls.h"
#include "telemetry/alerts/manager/matcher_syntax.h"
#include "telemetry/core/template/value.h"
#include "telemetry/promql/parser.h"

namespace aloft::telemetry::alerts {
namespace {

struct RulesQuery {
  std::set<std::string, std::less<>> rules;
  std::set<std::string, std::less<>> groups;
  std::set<std::string, std::less<>> files;
  std::vector<std::vector<Matcher>> matcher_sets;
  bool alerting = true;
  bool recording = true;
  bool exclude_alerts = false;
  std::size_t group_limit = 0;
  std::string next_token;
};

std::unexpected<Error> bad_parameter(std::string_view name, std::string_view why) {
  return fail(Code::invalid, fmt::format("invalid parameter \"{}\": {}", name, why));
}

Result<RulesQuery> read_query(const http::Query& query) {
  RulesQuery out;
  const auto gather = [&query](std::string_view name, auto& into) {
    for (const std::string_view value : query.all(name)) into.emplace(value);
  };
  gather("rule_name[]", out.rules);
  gather("rule_group[]", out.groups);
  gather("file[]", out.files);
  for (const std::string_view selector : query.all("match[]")) {
    TRY(matchers, promql::parse_metric_selector(selector));
    out.matcher_sets.push_back(std::move(matchers));
  }
  const std::string type = lower(query.get("type").value_or(""));
  if (!type.empty() && type != "alert" && type != "record")
    return bad_parameter("type", fmt::format("not supported value \"{}\"", type));
  out.alerting = type != "record";
  out.recording = type != "alert";
  if (!read_flag(query, "exclude_alerts", out.exclude_alerts))
    return bad_parameter(
        "exclude_alerts",
        fmt::format("error converting exclude_alerts: strconv.ParseBool: parsing \"{}\": invalid syntax",
                    *query.get("exclude_alerts")));
  const std::string limit(query.get("group_limit").value_or(""));
  out.next_token = std::string(query.get("group_next_token").value_or(""));
  if (limit.empty() && !out.next_token.empty())
    return bad_parameter("group_next_token",
                         "group_limit needs to be present in order to paginate over the groups");
  if (limit.empty()) return out;
  std::int32_t count = 0;
  const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), count);
  if (read.ec != std::errc() || read.ptr != limit.data() + limit.size())
    return bad_parameter("group_limit", fmt::format("group_limit needs to be a valid number: \"{}\"", limit));
  if (count <= 0) return bad_parameter("group_limit", "group_limit needs to be greater than 0");
  out.group_limit = static_cast<std::size_t>(count);
  return out;
}

std::string token_of(const RuleGroup& group) { return hex_encode(http::sha256(group.key())).substr(0, 40); }

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

void write_active(JsonWriter& json, const AlertingState& state) {
  for (const auto& [fingerprint, alert] : state.alerts()) {
    if (alert.state == AlertState::inactive) continue;
    json.begin_object().key("labels");
    write_labels(json, alert.labels);
    json.key("annotations");
    write_labels(json, alert.annotations);
    json.key("state").string(to_string(alert.state)).key("activeAt").string(json_time(alert.active_at));
    if (alert.keep_firing_since != WallTime{})
      json.key("keepFiringSince").string(json_time(alert.keep_firing_since));
    json.key("value").string(templates::format_go_float(alert.value, 'e', -1)).end_object();
  }
}

void write_health(JsonWriter& json, const Rule& rule) {
  const Rule::Health& health = rule.health;
  json.key("health").string(!health.evaluated ? "unknown" : health.error.empty() ? "ok" : "err");
  if (!health.error.empty()) json.key("lastError").string(health.error);
  json.key("evaluationTime").number(seconds(health.took)).key("lastEvaluation").string(json_time(health.at));
}

void write_rule(JsonWriter& json, const Rule& rule, bool exclude_alerts) {
  const RuleConfig& config = rule.config();
  json.begin_object();
  if (rule.alerting() != nullptr) {
    json.key("state").string(rule.health.evaluated || !rule.alerting()->alerts().empty()
                                 ? to_string(rule.alerting()->state())
                                 : "unknown");
    json.key("name").string(config.name).key("query").string(config.canonical);
    json.key("duration")
        .number(seconds(config.hold))
        .key("keepFiringFor")
        .number(seconds(config.keep_firing_for));
    json.key("labels");
    write_labels(json, config.labels);
    json.key("annotations");
    write_labels(json, config.annotations);
    json.key("alerts");
    if (exclude_alerts) {
      json.null();
    } else {
      json.begin_array();
      write_active(json, *rule.alerting());
      json.end_array();
    }
  } else {
    json.key("name").string(config.name).key("query").string(config.canonical).key("labels");
    write_labels(json, config.labels);
  }
  write_health(json, rule);
  if (config.kind == RuleConfig::Kind::anomaly) json.key("anomaly").boolean(true);
  json.key("type").string(rule.alerting() != nullptr ? "alerting" : "recording").end_object();
}

bool rule_fits(const RulesQuery& query, const Rule& rule) {
  const RuleConfig& config = rule.config();
  if (!query.rules.empty() && !query.rules.contains(config.name)) return false;
  if (rule.alerting() != nullptr ? !query.alerting : !query.recording) return false;
  return query.matcher_sets.empty() ||
         std::any_of(query.matcher_sets.begin(), query.matcher_sets.end(),
                     [&](const auto& matchers) { return matches_labels(matchers, config.labels); });
}

bool group_fits(RulesOf which, const RuleGroup& group) {
  return which == RulesOf::every_language ||
         (!group.rules().empty() && group.rules().front()->config().language != nullptr);
}

Answer list_rules(const RuleManager& rules, const RulesQuery& query, RulesOf which) {
  std::string groups;
  JsonWriter json(groups);
  json.begin_array();
  std::size_t count = 0;
  bool found = query.next_token.empty();
  std::string next;
  for (const auto& group : rules.groups()) {
    if (!group_fits(which, *group)) continue;
    if (!found && token_of(*group) != query.next_token) continue;
    found = true;
    const RuleGroupConfig& config = group->config();
    if (!query.groups.empty() && !query.groups.contains(config.name)) continue;
    if (!query.files.empty() && !query.files.contains(config.file)) continue;
    const bool any = std::any_of(group->rules().begin(), group->rules().end(),
                                 [&](const auto& rule) { return rule_fits(query, *rule); });
    if (!any) continue;
    if (query.group_limit > 0 && count == query.group_limit) {
      next = token_of(*group);
      break;
    }
    ++count;
    json.begin_object()
        .key("name")
        .string(config.name)
        .key("file")
        .string(config.file)
        .key("rules")
        .begin_array();
    for (const auto& rule : group->rules()) {
      if (rule_fits(query, *rule)) write_rule(json, *rule, query.exclude_alerts);
    }
    json.end_array().key("interval").number(seconds(group->interval())).key("limit").number(config.limit);
    json.key("evaluationTime")
        .number(seconds(group->evaluation_took()))
        .key("lastEvaluation")
        .string(json_time(group->last_evaluation()))
        .end_object();
  }
  json.end_array();
  if (!found) {
    return Answer::api_error(400, "bad_data",
                             fmt::format("invalid parameter \"group_next_token\": invalid group_next_token "
                                         "'{}'. were rule groups changed?",
                                         query.next_token));
  }
  std::string body = R"({"status":"success","data":{"groups":)" + groups;
  if (!next.empty()) body += fmt::format(",\"groupNextToken\":\"{}\"", next);
  return Answer::json(body + "}}");
}

Answer list_active(const RuleManager& rules, RulesOf which) {
  std::string body = R"({"status":"success","data":{"alerts":)";
  JsonWriter json(body);
  json.begin_array();
  for (const auto& group : rules.groups()) {
    if (!group_fits(which, *group)) continue;
    for (const auto& rule : group->rules()) {
      if (rule->alerting() != nullptr) write_active(json, *rule->alerting());
    }
  }
  json.end_array();
  return Answer::json(body + "}}");
}

// Seconds since the epoch or RFC 3339.
Result<std::optional<WallTime>> read_time(const http::Query& query, std::string_view name) {
  const auto text = query.get(name);
  if (!text || text->empty()) return std::optional<WallTime>();
  double number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  if (read.ec == std::errc() && read.ptr == text->data() + text->size() && number > -9e9 && number < 9e9)
    return std::optional(WallTime{Duration(static_cast<std::int64_t>(number * 1e9))});
  TRY(time, parse_time(*text));
  return std::optional(time);
}

Result<HistoryQuery> read_history(const http::Query& query) {
  HistoryQuery out;
  TRY(start, read_time(query, "start"));
  TRY(end, read_time(query, "end"));
  out.start = start;
  out.end = end;
  for (const std::string_view selector : query.all("match[]")) {
    TRY(matchers, parse_matchers(selector));
    out.matcher_sets.push_back(std::move(matchers));
  }
  const std::string_view kind = query.get("kind").value_or("");
  for (const auto candidate : {HistoryEvent::Kind::rule, HistoryEvent::Kind::alert,
                               HistoryEvent::Kind::notification, HistoryEvent::Kind::silence}) {
    if (to_string(candidate) == kind) out.kind = candidate;
  }
  if (!kind.empty() && !out.kind)
    return bad_parameter("kind", "must be rule, alert, notification or silence");
  const std::string_view limit = query.get("limit").value_or("");
  if (!limit.empty()) {
    const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), out.limit);
    if (read.ec != std::errc() || read.ptr != limit.data() + limit.size())
      return bad_parameter("limit", "must be a number");
  }
  return out;
}

io::Task<> get_rules(Exchange& exchange, Between between, const RuleManager& rules, RulesOf which) {
  Result<RulesQuery> query = read_query(exchange.head().query());
  if (!query) {
    co_await send_answer(exchange, Answer::api_error(400, "bad_data", query.error().message()));
    co_return;
  }
  Compute compute = [&rules, which, wanted = std::move(*query)] { return list_rules(rules, wanted, which); };
  co_await answer(exchange, between, std::move(compute));
}

io::Task<> get_alerts(Exchange& exchange, Between between, const RuleManager& rules, RulesOf which) {
  Compute compute = [&rules, which] { return list_active(rules, which); };
  co_await answer(exchange, between, std::move(compute));
}

io::Task<> get_history(Exchange& exchange, Between between, const History& history) {
  Result<HistoryQuery> query = read_history(exchange.head().query());
  if (!query) {
    co_await send_answer(exchange, Answer::api_error(400, "bad_data", query.error().message()));
    co_return;
  }
  Compute compute = [&history, wanted = std::move(*query)] {
    return Answer::json(history.query_json(wanted));
  };
  co_await answer(exchange, between, std::move(compute));
}

void write_urls(JsonWriter& json, const std::vector<std::string>& urls) {
  json.begin_array();
  for (const std::string& url : urls) json.begin_object().key("url").string(url).end_object();
  json.end_array();
}

Answer list_managers(const KnownManagers& known) {
  std::string body = R"({"status":"success","data":)";
  JsonWriter json(body);
  json.begin_object().key("activeAlertmanagers");
  write_urls(json, known.active);
  json.key("droppedAlertmanagers");
  write_urls(json, known.dropped);
  json.end_object();
  return Answer::json(body + "}");
}

}  // namespace

void add_state_routes(Router& router, std::string_view prefix, Between between, const RuleManager& rules,
                      RulesOf which) {
  router.add("GET", std::string(prefix) + "/api/v1/rules", [between, &rules, which](Exchange& exchange) {
    return get_rules(exchange, between, rules, which);
  });
  router.add("GET", std::string(prefix) + "/api/v1/alerts", [between, &rules, which](Exchange& exchange) {
    return get_alerts(exchange, between, rules, which);
  });
}

void add_rules_routes(Router& router, Between between, const RuleManager& rules, const History& history) {
  add_state_routes(router, "", between, rules, RulesOf::every_language);
  router.add("GET", "/api/v1/alerts/history",
             [between, &history](Exchange& exchange) { return get_history(exchange, between, history); });
}

void add_alertmanagers_route(Router& router, Between between, ManagersQuery managers) {
  router.add("GET", "/api/v1/alertmanagers", [between, managers = std::move(managers)](Exchange& exchange) {
    Compute compute = [managers] { return list_managers(managers()); };
    return answer(exchange, between, std::move(compute));
  });
}

}  // namespace aloft::telemetry::alerts
