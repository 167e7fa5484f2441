// Each route reads its parameters on the server's loop and computes its answer on the alerts'.
#include "telemetry/alerts/api/manager_api.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/alerts/manager/matcher_syntax.h"
#include "telemetry/core/regex.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t body_limit = 64 * 1024 * 1024;

// What a listing is narrowed to.
struct Filter {
  std::vector<Matcher> labels;
  std::vector<Matcher> receiver_labels;
  std::shared_ptr<const Regex> receiver;
  bool active = true;
  bool silenced = true;
  bool inhibited = true;
  bool muted = true;
};

Result<std::vector<Matcher>> read_matchers(const http::Query& query, std::string_view name) {
  std::vector<Matcher> out;
  for (const std::string_view text : query.all(name)) {
    TRY(matcher, parse_matcher(text));
    out.push_back(std::move(matcher));
  }
  return out;
}

Result<Filter> read_filter(const http::Query& query) {
  Filter out;
  TRY(labels, read_matchers(query, "filter"));
  out.labels = std::move(labels);
  TRY(receiver_labels, read_matchers(query, "receiver_matchers"));
  out.receiver_labels = std::move(receiver_labels);
  if (const auto receiver = query.get("receiver"); receiver && !receiver->empty()) {
    auto compiled = Regex::compile(*receiver, Regex::Anchor::both);
    if (!compiled)
      return fail(Code::invalid,
                  fmt::format("failed to parse receiver param: {}", compiled.error().message()));
    out.receiver = std::move(*compiled);
  }
  for (const auto& [name, flag] : {std::pair{"active", &out.active}, std::pair{"silenced", &out.silenced},
                                   std::pair{"inhibited", &out.inhibited}, std::pair{"muted", &out.muted}}) {
    if (!read_flag(query, name, *flag))
      return fail(Code::invalid,
                  fmt::format("{} in query must be of type boolean: \"{}\"", name, *query.get(name)));
  }
  return out;
}

// As upstream's filters: a label that must be empty may be absent.
bool filter_matches(const std::vector<Matcher>& matchers, const LabelMap& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) {
    const bool there = labels.contains(m.name());
    const bool negative = m.type() == MatchType::not_equal || m.type() == MatchType::not_regex;
    if (m.value().empty() && there == negative) return true;
    return m.matches(label_of(labels, m.name()));
  });
}

bool receiver_fits(const Filter& filter, const Manager& manager, const std::string& name) {
  if (filter.receiver != nullptr && !filter.receiver->matches(name)) return false;
  if (filter.receiver_labels.empty()) return true;
  const auto& receivers = manager.config().receivers;
  return std::any_of(receivers.begin(), receivers.end(), [&](const ReceiverConfig& receiver) {
    return receiver.name == name && filter_matches(filter.receiver_labels, receiver.labels);
  });
}

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

void write_alert(JsonWriter& json, const Alert& alert, const AlertStatus& status,
                 const std::vector<std::string>& receivers, const std::vector<std::string>& muted_by) {
  json.begin_object().key("annotations");
  write_labels(json, alert.annotations);
  json.key("endsAt").string(openapi_time(alert.ends_at));
  json.key("fingerprint").string(fingerprint_text(alert.fingerprint));
  json.key("receivers").begin_array();
  for (const std::string& receiver : receivers) json.begin_object().key("name").string(receiver).end_object();
  json.end_array();
  json.key("startsAt").string(openapi_time(alert.starts_at));
  json.key("status").begin_object().key("inhibitedBy");
  write_texts(json, status.inhibited_by);
  json.key("mutedBy");
  write_texts(json, muted_by);
  json.key("silencedBy");
  write_texts(json, status.silenced_by);
  json.key("state").string(status.suppressed() || !muted_by.empty() ? "suppressed" : "active").end_object();
  json.key("updatedAt").string(openapi_time(alert.updated_at));
  if (!alert.generator_url.empty()) json.key("generatorURL").string(alert.generator_url);
  json.key("labels");
  write_labels(json, alert.labels);
  json.end_object();
}

bool alert_fits(const Filter& filter, const Alert& alert, const AlertStatus& status, WallTime now) {
  if (alert.resolved(now) || !filter_matches(filter.labels, alert.labels)) return false;
  if (!filter.active && !status.suppressed()) return false;
  if (!filter.silenced && !status.silenced_by.empty()) return false;
  return filter.inhibited || status.inhibited_by.empty();
}

Answer list_alerts(const Manager& manager, const Filter& filter) {
  std::string body;
  JsonWriter json(body);
  const WallTime now = manager.clock().wall();
  json.begin_array();
  for (const AlertPtr& alert : manager.alerts()) {
    const std::vector<std::string> receivers = manager.dispatcher().receivers_of(alert->labels);
    const bool fits = std::any_of(receivers.begin(), receivers.end(),
                                  [&](const auto& name) { return receiver_fits(filter, manager, name); });
    const AlertStatus status = manager.status_of(alert->labels);
    if (fits && alert_fits(filter, *alert, status, now)) write_alert(json, *alert, status, receivers, {});
  }
  json.end_array();
  return Answer::json(body + "\n");
}

// Which receivers of the groups that are listed an alert goes to.
using ReceiversOf = std::map<std::uint64_t, std::set<std::string>>;

void write_group(JsonWriter& json, const Manager& manager, const Dispatcher::GroupView& group,
                 const std::vector<AlertPtr>& alerts, const ReceiversOf& receivers) {
  json.begin_object().key("alerts").begin_array();
  for (const AlertPtr& alert : alerts) {
    const std::set<std::string>& names = receivers.at(alert->fingerprint);
    write_alert(json, *alert, manager.status_of(alert->labels), {names.begin(), names.end()}, group.muted_by);
  }
  json.end_array().key("labels");
  write_labels(json, group.labels);
  json.key("receiver").begin_object().key("name").string(group.route->receiver()).end_object();
  json.key("routeLabels");
  write_labels(json, group.route_labels);
  json.end_object();
}

Answer list_groups(const Manager& manager, const Filter& filter) {
  const WallTime now = manager.clock().wall();
  std::vector<std::pair<Dispatcher::GroupView, std::vector<AlertPtr>>> listed;
  ReceiversOf receivers;
  for (Dispatcher::GroupView& group : manager.dispatcher().groups()) {
    if (!receiver_fits(filter, manager, group.route->receiver())) continue;
    std::vector<AlertPtr> alerts;
    for (const AlertPtr& alert : group.alerts) {
      receivers[alert->fingerprint].insert(group.route->receiver());
      if (alert_fits(filter, *alert, manager.status_of(alert->labels), now)) alerts.push_back(alert);
    }
    const bool shown = !alerts.empty() && (filter.muted || group.muted_by.empty());
    if (shown) listed.emplace_back(std::move(group), std::move(alerts));
  }
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (const auto& [group, alerts] : listed) write_group(json, manager, group, alerts, receivers);
  json.end_array();
  return Answer::json(body + "\n");
}

Answer list_receivers(const Manager& manager, const Filter& filter) {
  std::string body;
  JsonWriter json(body);
  json.begin_array();
  for (const ReceiverConfig& receiver : manager.config().receivers) {
    if (!filter_matches(filter.receiver_labels, receiver.labels)) continue;
    json.begin_object().key("labels");
    write_labels(json, receiver.labels);
    json.key("name").string(receiver.name).end_object();
  }
  json.end_array();
  return Answer::json(body + "\n");
}

Answer status(const Manager& manager) {
  std::string body;
  JsonWriter json(body);
  json.begin_object()
      .key("cluster")
      .begin_object()
      .key("peers")
      .begin_array()
      .end_array()
      .key("status")
      .string("disabled")
      .end_object();
  json.key("config").begin_object().key("original").string(manager.config().masked).end_object();
  json.key("uptime").string(openapi_time(manager.started_at()));
  json.key("versionInfo").begin_object();
  for (const std::string_view name : {"branch", "buildDate", "buildUser", "goVersion", "revision"})
    json.key(name).string("");
  json.key("version").string("0.34.0").end_object().end_object();
  return Answer::json(body + "\n");
}

bool silence_fits(const Silence& silence, const std::vector<Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& wanted) {
    return std::find(silence.matchers.begin(), silence.matchers.end(), wanted) != silence.matchers.end();
  });
}

// The active ones by their end, the pending ones by their start, the expired ones the latest first.
bool silence_before(const Silence& a, const Silence& b, WallTime now) {
  const SilenceState left = a.state(now);
  const SilenceState right = b.state(now);
  if (left != right) return left < right;
  if (left == SilenceState::active) return a.ends_at < b.ends_at;
  if (left == SilenceState::pending) return a.starts_at < b.starts_at;
  return a.ends_at > b.ends_at;
}

struct SilenceStates {
  bool active = true;
  bool pending = true;
  bool expired = true;
};

Answer list_silences(const Manager& manager, const std::vector<Matcher>& matchers, SilenceStates states) {
  const WallTime now = manager.clock().wall();
  std::vector<const Silence*> found;
  for (const auto& [id, silence] : manager.silences().all()) {
    const SilenceState state = silence.state(now);
    const bool wanted = state == SilenceState::active    ? states.active
                        : state == SilenceState::pending ? states.pending
                                                         : states.expired;
    if (wanted && silence_fits(silence, matchers)) found.push_back(&silence);
  }
  std::sort(found.begin(), found.end(),
            [now](const Silence* a, const Silence* b) { return silence_before(*a, *b, now); });
  std::string body = "[";
  for (const Silence* silence : found) {
    if (body.size() > 1) body += ',';
    body += silence_json(*silence, now);
  }
  return Answer::json(body + "]\n");
}

std::unexpected<Error> unreadable(std::string_view why) {
  return fail(Code::bad_request, fmt::format("parsing alerts body from \"\" failed, because {}", why));
}

Result<LabelMap> read_labels(const model::Value& alert, std::string_view name) {
  LabelMap out;
  const auto* member = alert.at(name);
  if (member == nullptr || member->is_null()) return out;
  if (member->if_object() == nullptr) return unreadable(fmt::format("{} is no object", name));
  for (const auto& [key, value] : *member->if_object()) {
    if (value.if_string() == nullptr) return unreadable(fmt::format("{}.{} is no string", name, key));
    out.insert_or_assign(key, *value.if_string());
  }
  return out;
}

Result<Alert> read_alert(const model::Value& item, std::size_t index) {
  if (item.if_object() == nullptr) return unreadable(fmt::format("{} is no object", index));
  const auto* given = item.at("labels");
  if (given == nullptr || given->is_null())
    return fail(Code::invalid, fmt::format("{}.labels in body is required", index));
  Alert alert;
  TRY(labels, read_labels(item, "labels"));
  alert.labels = std::move(labels);
  TRY(annotations, read_labels(item, "annotations"));
  alert.annotations = std::move(annotations);
  for (const auto& [name, target] :
       {std::pair{"startsAt", &alert.starts_at}, std::pair{"endsAt", &alert.ends_at}}) {
    const std::string_view text = item.text_at(name);
    // Go's zero time stands for none.
    if (text.empty() || text.starts_with("0001-01-01T00:00:00")) continue;
    const auto time = parse_client_time(text);
    if (!time) return unreadable(time.error().message());
    *target = *time;
  }
  alert.generator_url = std::string(item.text_at("generatorURL"));
  return alert;
}

Result<std::vector<Alert>> read_alerts(std::string_view body) {
  const auto document = model::parse_json(body);
  if (!document) return unreadable(document.error().message());
  std::vector<Alert> out;
  if (document->is_null()) return out;
  if (document->if_array() == nullptr) return unreadable("it is no list");
  out.reserve(document->if_array()->size());
  for (const model::Value& item : *document->if_array()) {
    TRY(alert, read_alert(item, out.size()));
    out.push_back(std::move(alert));
  }
  return out;
}

class ManagerApi {
 public:
  ManagerApi(Between between, Manager& manager) : between_(between), manager_(manager) {}

  io::Task<> with_filter(Exchange& exchange, Answer (*list)(const Manager&, const Filter&)) {
    Result<Filter> filter = read_filter(exchange.head().query());
    if (!filter) {
      co_await send_answer(exchange, Answer::text_error(400, filter.error().message()));
      co_return;
    }
    Compute compute = [&manager = manager_, list, shared = std::move(*filter)] {
      return list(manager, shared);
    };
    co_await answer(exchange, between_, std::move(compute));
  }

  io::Task<> get_status(Exchange& exchange) {
    Compute compute = [&manager = manager_] { return status(manager); };
    co_await answer(exchange, between_, std::move(compute));
  }

  io::Task<> post_alerts(Exchange& exchange) {
    Result<std::string> body = co_await exchange.body(body_limit);
    Result<std::vector<Alert>> alerts =
        body ? read_alerts(*body) : Result<std::vector<Alert>>(fail(body.error()));
    if (!alerts) {
      co_await send_answer(exchange, Answer::body_error(alerts.error()));
      co_return;
    }
    Compute compute = [&manager = manager_, list = std::move(*alerts)]() mutable {
      const Result<> posted = manager.post(std::move(list));
      return posted ? Answer() : Answer::text_error(400, posted.error().message());
    };
    co_await answer(exchange, between_, std::move(compute));
  }

  io::Task<> get_silences(Exchange& exchange) {
    const http::Query query = exchange.head().query();
    Result<std::vector<Matcher>> matchers = read_matchers(query, "filter");
    SilenceStates states;
    const bool good = read_flag(query, "active", states.active) &&
                      read_flag(query, "pending", states.pending) &&
                      read_flag(query, "expired", states.expired);
    if (!matchers || !good) {
      std::string why = "active, pending and expired must be booleans";
      if (!matchers) why = matchers.error().message();
      Answer refused = Answer::text_error(400, why);
      co_await send_answer(exchange, std::move(refused));
      co_return;
    }
    Compute compute = [&manager = manager_, list = std::move(*matchers), states] {
      return list_silences(manager, list, states);
    };
    co_await answer(exchange, between_, std::move(compute));
  }

  io::Task<> post_silence(Exchange& exchange) {
    Result<std::string> body = co_await exchange.body(1 << 20);
    Result<Silence> silence = body ? parse_silence(*body) : Result<Silence>(fail(body.error()));
    if (!silence) {
      co_await send_answer(exchange, Answer::body_error(silence.error()));
      co_return;
    }
    std::move_only_function<io::Task<Answer>()> remote = [this, given = std::move(*silence)]() mutable {
      return set_silence(std::move(given));
    };
    io::Task<Answer> asking = io::run_on<Answer>(between_.server, between_.alerts, std::move(remote));
    Answer result = co_await std::move(asking);
    co_await send_answer(exchange, std::move(result));
  }

  io::Task<> get_silence(Exchange& exchange) {
    Compute compute = [&manager = manager_, id = std::string(exchange.path("id"))] {
      const Silence* silence = manager.silences().find(id);
      return silence != nullptr ? Answer::json(silence_json(*silence, manager.clock().wall()) + "\n")
                                : not_found();
    };
    co_await answer(exchange, between_, std::move(compute));
  }

  io::Task<> delete_silence(Exchange& exchange) {
    std::move_only_function<io::Task<Answer>()> remote =
        [this, id = std::string(exchange.path("id"))]() mutable { return expire(std::move(id)); };
    io::Task<Answer> asking = io::run_on<Answer>(between_.server, between_.alerts, std::move(remote));
    Answer result = co_await std::move(asking);
    co_await send_answer(exchange, std::move(result));
  }

 private:
  // On the alerts' loop.
  io::Task<Answer> set_silence(Silence silence) {
    if (silence.starts_at >= silence.ends_at)
      co_return Answer::text_error(400, "Failed to create silence: start time must be before end time");
    if (silence.ends_at < manager_.clock().wall())
      co_return Answer::text_error(400, "Failed to create silence: end time can't be in the past");
    const Result<std::string> id = co_await manager_.set_silence(std::move(silence));
    if (id) co_return Answer::json(fmt::format("{{\"silenceID\":\"{}\"}}\n", *id));
    const Code code = id.error().code();
    const int number = code == Code::not_found                               ? 404
                       : code == Code::unavailable || code == Code::internal ? 503
                                                                             : 400;
    co_return Answer::text_error(number, id.error().message());
  }
  io::Task<Answer> expire(std::string id) {
    const Result<> done = co_await manager_.expire_silence(std::move(id));
    if (done) co_return Answer();
    if (done.error().code() == Code::not_found) co_return not_found();
    co_return Answer::text_error(500, done.error().message());
  }
  static Answer not_found() { return {404, "", ""}; }

  Between between_;
  Manager& manager_;
};

}  // namespace

void add_manager_routes(Router& router, std::string_view prefix, Between between, Manager& manager) {
  const auto api = std::make_shared<ManagerApi>(between, manager);
  const std::string base = std::string(prefix) + "/api/v2";
  router.add("GET", base + "/status", [api](Exchange& exchange) { return api->get_status(exchange); });
  router.add("GET", base + "/receivers",
             [api](Exchange& exchange) { return api->with_filter(exchange, list_receivers); });
  router.add("GET", base + "/alerts",
             [api](Exchange& exchange) { return api->with_filter(exchange, list_alerts); });
  router.add("POST", base + "/alerts", [api](Exchange& exchange) { return api->post_alerts(exchange); });
  router.add("GET", base + "/alerts/groups",
             [api](Exchange& exchange) { return api->with_filter(exchange, list_groups); });
  router.add("GET", base + "/silences", [api](Exchange& exchange) { return api->get_silences(exchange); });
  router.add("POST", base + "/silences", [api](Exchange& exchange) { return api->post_silence(exchange); });
  router.add("GET", base + "/silence/{id}", [api](Exchange& exchange) { return api->get_silence(exchange); });
  router.add("DELETE", base + "/silence/{id}",
             [api](Exchange& exchange) { return api->delete_silence(exchange); });
}

}  // namespace aloft::telemetry::alerts
