// The data and functions of notification templates.
#include "telemetry/alerts/receivers/templates.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "http/message.h"
#include "io/file.h"
#include "model/json.h"
#include "telemetry/alerts/log.h"
#include "telemetry/alerts/manager/time_zone.h"
#include "telemetry/alerts/rules/alert_template.h"
#include "telemetry/alerts/rules/rule_manager.h"
#include "telemetry/core/regex.h"
#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::alerts {
namespace {

using templates::Functions;
using templates::List;
using templates::Map;
using templates::Methods;
using templates::Value;
using Arguments = std::span<const Value>;

constexpr std::string_view kv_type = "template.KV";
constexpr std::string_view pairs_type = "template.Pairs";
constexpr std::string_view strings_type = "template.Strings";
constexpr std::string_view alerts_type = "template.Alerts";
constexpr std::string_view alert_type = "template.Alert";
constexpr std::string_view data_type = "template.Data";

Value kv(const LabelMap& labels) {
  Map out;
  for (const auto& [name, value] : labels) out.emplace(name, Value(value));
  return Value::map(std::move(out), Value::Missing::empty_text, kv_type);
}

Value pair_of(const std::string& name, const Value& value) {
  Map out;
  out.emplace("Name", Value(name));
  out.emplace("Value", value);
  return Value::map(std::move(out), Value::Missing::error, "template.Pair");
}

// By name, but the alert's name first.
Result<Value> sorted_pairs(Arguments a) {
  List out;
  const Map& map = *a[0].if_map();
  if (const auto name = map.find("alertname"); name != map.end())
    out.push_back(pair_of(name->first, name->second));
  for (const auto& [name, value] : map) {
    if (name != "alertname") out.push_back(pair_of(name, value));
  }
  return Value::list(std::move(out), pairs_type);
}

Result<Value> members_of(const Value& pairs, std::string_view member) {
  List out;
  for (const Value& pair : *pairs.if_list()) out.push_back(pair.if_map()->find(member)->second);
  return Value::list(std::move(out), strings_type);
}

Result<Value> kv_members(Arguments a, std::string_view member) {
  TRY(pairs, sorted_pairs(a));
  return members_of(pairs, member);
}

Result<Value> kv_remove(Arguments a) {
  if (a[1].if_list() == nullptr)
    return fail(Code::invalid,
                fmt::format("wrong type for value; expected []string; got {}", a[1].type_name()));
  Map out = *a[0].if_map();
  for (const Value& name : *a[1].if_list()) out.erase(name.to_string());
  return Value::map(std::move(out), Value::Missing::empty_text, kv_type);
}

Result<Value> with_status(Arguments a, std::string_view status) {
  List out;
  for (const Value& alert : *a[0].if_list()) {
    const auto found = alert.if_map()->find("Status");
    if (found != alert.if_map()->end() && found->second.to_string() == status) out.push_back(alert);
  }
  return Value::list(std::move(out), "[]template.Alert");
}

Result<Value> join_list(const Value& separator, const Value& list) {
  if (list.if_list() == nullptr)
    return fail(Code::invalid,
                fmt::format("wrong type for value; expected []string; got {}", list.type_name()));
  std::string out;
  for (const Value& item : *list.if_list()) {
    if (&item != &list.if_list()->front()) out += separator.to_string();
    out += item.to_string();
  }
  return Value(std::move(out));
}

Methods make_methods() {
  Methods out;
  out.add(kv_type, "SortedPairs", 0, 0, sorted_pairs);
  out.add(kv_type, "Names", 0, 0, [](Arguments a) { return kv_members(a, "Name"); });
  out.add(kv_type, "Values", 0, 0, [](Arguments a) { return kv_members(a, "Value"); });
  out.add(kv_type, "Remove", 1, 1, kv_remove);
  out.add(pairs_type, "Names", 0, 0, [](Arguments a) { return members_of(a[0], "Name"); });
  out.add(pairs_type, "Values", 0, 0, [](Arguments a) { return members_of(a[0], "Value"); });
  out.add(strings_type, "Join", 1, 1, [](Arguments a) { return join_list(a[1], a[0]); });
  out.add(alerts_type, "Firing", 0, 0, [](Arguments a) { return with_status(a, "firing"); });
  out.add(alerts_type, "Resolved", 0, 0, [](Arguments a) { return with_status(a, "resolved"); });
  out.add("time.Time", "Format", 1, 1, [](Arguments a) -> Result<Value> {
    TRY(layout, text_argument("Format", a, 1));
    return Value(templates::format_go_time(*a[0].if_time(), layout));
  });
  out.add("time.Time", "Unix", 0, 0,
          [](Arguments a) -> Result<Value> { return Value(std::int64_t{a[0].if_time()->since_epoch / 1s}); });
  out.add("time.Time", "UnixNano", 0, 0, [](Arguments a) -> Result<Value> {
    return Value(std::int64_t{a[0].if_time()->since_epoch.count()});
  });
  out.add("time.Time", "IsZero", 0, 0,
          [](Arguments a) -> Result<Value> { return Value(*a[0].if_time() == WallTime{}); });
  for (const std::string_view same : {"UTC", "Local"})
    out.add("time.Time", same, 0, 0, [](Arguments a) -> Result<Value> { return a[0]; });
  return out;
}

model::Value json_of(const Value& value);

// Structures have names of their own in JSON, and their order.
model::Object json_of_structure(const Map& map,
                                std::span<const std::pair<std::string_view, std::string_view>> names) {
  model::Object out;
  for (const auto& [member, name] : names) {
    if (const auto found = map.find(member); found != map.end())
      out.append(std::string(name), json_of(found->second));
  }
  return out;
}

constexpr std::pair<std::string_view, std::string_view> alert_names[] = {
    {"Status", "status"},          {"Labels", "labels"}, {"Annotations", "annotations"},
    {"StartsAt", "startsAt"},      {"EndsAt", "endsAt"}, {"GeneratorURL", "generatorURL"},
    {"Fingerprint", "fingerprint"}};
constexpr std::pair<std::string_view, std::string_view> data_names[] = {
    {"Receiver", "receiver"},
    {"Status", "status"},
    {"Alerts", "alerts"},
    {"NotificationReason", "notification_reason"},
    {"GroupLabels", "groupLabels"},
    {"CommonLabels", "commonLabels"},
    {"CommonAnnotations", "commonAnnotations"},
    {"RouteLabels", "routeLabels"},
    {"ExternalURL", "externalURL"}};

model::Value json_of(const Value& value) {
  if (const auto* text = value.if_text()) return *text;
  if (const auto* whole = value.if_int()) return *whole;
  if (const auto* real = value.if_real()) return *real;
  if (const auto* flag = value.if_bool()) return *flag;
  if (const auto* time = value.if_time()) return json_time(*time);
  if (const List* list = value.if_list()) {
    model::Array out;
    for (const Value& item : *list) out.push_back(json_of(item));
    return out;
  }
  const Map* map = value.if_map();
  if (map == nullptr) return nullptr;
  if (value.type_name() == alert_type) return json_of_structure(*map, alert_names);
  if (value.type_name() == data_type) return json_of_structure(*map, data_names);
  model::Object out;
  for (const auto& [name, member] : *map) out.append(name, json_of(member));
  return out;
}

Result<Value> tz(Arguments a) {
  TRY(name, text_argument("tz", a, 0));
  if (a[1].if_time() == nullptr) return fail(Code::invalid, "wrong type for value; expected time.Time");
  TRY(zone, TimeZone::load(name));
  // Times carry no zone here: the shifted time prints as the zone's clock shows it.
  return Value(*a[1].if_time() + zone.at(*a[1].if_time()).from_utc);
}

Result<Value> to_date(Arguments a) {
  TRY(layout, text_argument("toDate", a, 0));
  TRY(text, text_argument("toDate", a, 1));
  TRY(time, templates::parse_go_time(layout, text));
  return Value(time);
}

void add_list_functions(Functions& table) {
  table.add("list", 0, Functions::any,
            [](Arguments a) -> Result<Value> { return Value::list(List(a.begin(), a.end())); });
  table.add("stringSlice", 0, Functions::any,
            [](Arguments a) -> Result<Value> { return Value::list(List(a.begin(), a.end()), "[]string"); });
  table.add("append", 1, Functions::any, [](Arguments a) -> Result<Value> {
    if (a[0].if_list() == nullptr) return fail(Code::invalid, "append needs a list");
    List out = *a[0].if_list();
    out.insert(out.end(), a.begin() + 1, a.end());
    return Value::list(std::move(out));
  });
  table.add("dict", 0, Functions::any, [](Arguments a) -> Result<Value> {
    if (a.size() % 2 != 0) return fail(Code::invalid, "dict requires an even number of arguments");
    Map out;
    for (std::size_t i = 0; i < a.size(); i += 2) {
      if (a[i].if_text() == nullptr) return fail(Code::invalid, "dict keys must be strings");
      out.insert_or_assign(*a[i].if_text(), a[i + 1]);
    }
    return Value::map(std::move(out), Value::Missing::nil, "map[string]interface {}");
  });
  table.add("toJson", 1, 1,
            [](Arguments a) -> Result<Value> { return Value(model::to_json(json_of(a[0]))); });
  table.add("join", 2, 2, [](Arguments a) { return join_list(a[0], a[1]); });
}

Functions make_functions() {
  Functions table;
  add_text_functions(table);
  add_list_functions(table);
  // Here the rest of each word is in lower case; in rules it stays.
  const templates::Function capitals = table.find("title")->call;
  const templates::Function lower = table.find("toLower")->call;
  table.add("title", 1, 1, [capitals, lower](Arguments a) -> Result<Value> {
    TRY(text, lower(a));
    return capitals(std::span<const Value>(&text, 1));
  });
  table.add("trimSpace", 1, 1, [](Arguments a) -> Result<Value> {
    return Value(std::string(trim(a[0].to_string(), ascii_whitespace)));
  });
  table.add("safeUrl", 1, 1, [](Arguments a) -> Result<Value> { return Value::safe_html(a[0].to_string()); });
  table.add("urlUnescape", 1, 1, [](Arguments a) -> Result<Value> {
    std::string text = a[0].to_string();
    std::replace(text.begin(), text.end(), '+', ' ');
    return Value(http::percent_decode(text));
  });
  table.add("date", 2, 2, [](Arguments a) -> Result<Value> {
    TRY(layout, text_argument("date", a, 0));
    if (a[1].if_time() == nullptr) return fail(Code::invalid, "wrong type for value; expected time.Time");
    return Value(templates::format_go_time(*a[1].if_time(), layout));
  });
  table.add("tz", 2, 2, tz);
  table.add("toDate", 2, 2, [](Arguments a) -> Result<Value> {
    auto time = to_date(a);
    return time ? std::move(*time) : Value(WallTime{});
  });
  table.add("mustToDate", 2, 2, to_date);
  // Their values come with the message.
  table.add("now", 0, 0, [](Arguments) -> Result<Value> { return Value(WallTime{}); });
  table.add("since", 1, 1, [](Arguments) -> Result<Value> { return Value("0s"); });
  table.add("routeLabels", 1, 1, [](Arguments) -> Result<Value> { return Value(""); });
  table.add("base64encode", 1, 1, [](Arguments a) -> Result<Value> {
    std::string text = base64_encode(a[0].to_string());
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return Value(std::move(text));
  });
  table.add("base64decode", 1, 1, [](Arguments a) -> Result<Value> {
    std::string text = a[0].to_string();
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    std::string out;
    if (!base64_decode(text, out)) return fail(Code::invalid, "illegal base64 data");
    return Value(std::move(out));
  });
  return table;
}

LabelMap common(const std::vector<AlertPtr>& alerts, const LabelMap Alert::* member) {
  if (alerts.empty()) return {};
  LabelMap out = *alerts.front().*member;
  for (const AlertPtr& alert : alerts) {
    std::erase_if(out,
                  [&](const auto& item) { return label_of((*alert).*member, item.first) != item.second; });
  }
  return out;
}

}  // namespace

LabelMap common_labels(const std::vector<AlertPtr>& alerts) { return common(alerts, &Alert::labels); }
LabelMap common_annotations(const std::vector<AlertPtr>& alerts) {
  return common(alerts, &Alert::annotations);
}

Result<std::shared_ptr<const NotificationTemplates>> NotificationTemplates::make(
    const std::vector<std::pair<std::string, std::string>>& files, std::string external_url) {
  struct Made : NotificationTemplates {};
  auto out = std::make_shared<Made>();
  out->functions_ = make_functions();
  out->methods_ = make_methods();
  out->external_url_ = std::move(external_url);
  TRY(defaults, templates::Template::parse("default.tmpl", default_templates(), out->functions_));
  out->library_.add(defaults);
  for (const auto& [name, text] : files) {
    TRY(parsed, templates::Template::parse(name, text, out->functions_));
    out->library_.add(parsed);
  }
  return std::shared_ptr<const NotificationTemplates>(std::move(out));
}

Result<std::shared_ptr<const NotificationTemplates>> NotificationTemplates::load(
    const std::vector<std::string>& patterns, std::string external_url) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& pattern : patterns) {
    for (const std::string& file : expand_pattern(pattern)) {
      TRY(text, io::read_file(file));
      files.emplace_back(file.substr(file.rfind('/') + 1), std::move(text));
    }
  }
  return make(files, std::move(external_url));
}

Value NotificationTemplates::data(const Notification& message) const {
  List alerts;
  alerts.reserve(message.alerts.size());
  for (const AlertPtr& alert : message.alerts) {
    const bool resolved = alert->resolved(message.now);
    Map out;
    out.emplace("Status", Value(resolved ? "resolved" : "firing"));
    out.emplace("Labels", kv(alert->labels));
    out.emplace("Annotations", kv(alert->annotations));
    out.emplace("StartsAt", Value(alert->starts_at));
    out.emplace("EndsAt", Value(resolved ? alert->ends_at : WallTime{}));
    out.emplace("GeneratorURL", Value(alert->generator_url));
    out.emplace("Fingerprint", Value(fingerprint_text(alert->fingerprint)));
    alerts.push_back(Value::map(std::move(out), Value::Missing::error, alert_type));
  }
  Map data;
  data.emplace("Receiver", Value(quote_meta(message.receiver)));
  data.emplace("Status", Value(message.firing() ? "firing" : "resolved"));
  data.emplace("Alerts", Value::list(std::move(alerts), alerts_type));
  data.emplace("NotificationReason", Value(to_string(message.reason)));
  data.emplace("GroupLabels", kv(message.group_labels));
  data.emplace("CommonLabels", kv(common_labels(message.alerts)));
  data.emplace("CommonAnnotations", kv(common_annotations(message.alerts)));
  data.emplace("RouteLabels", kv(message.route_labels));
  data.emplace("ExternalURL", Value(external_url_));
  data.emplace("__now", Value(message.now));
  return Value::map(std::move(data), Value::Missing::error, data_type);
}

Result<std::string> NotificationTemplates::run(std::string_view source, const Value& data, bool html,
                                               const RouteLabel& route_label) const {
  if (source.empty()) return std::string();
  TRY(parsed, templates::Template::parse("", source, functions_));
  Functions own;
  const Map& members = *data.if_map();
  const WallTime now = *members.at("__now").if_time();
  own.add("now", 0, 0, [now](Arguments) -> Result<Value> { return Value(now); });
  own.add("since", 1, 1, [now](Arguments a) -> Result<Value> {
    if (a[0].if_time() == nullptr) return fail(Code::invalid, "wrong type for value; expected time.Time");
    return Value(format_duration(now - *a[0].if_time()));
  });
  own.add("routeLabels", 1, 1, [&route_label](Arguments a) -> Result<Value> {
    TRY(text, route_label(a[0].to_string()));
    return Value(std::move(text));
  });
  templates::Execution execution;
  execution.functions = &own;
  execution.methods = &methods_;
  execution.library = &library_;
  execution.escape_html = html;
  execution.limits.output_bytes = 16 * 1024 * 1024;
  execution.limits.steps = 10'000'000;
  return parsed.execute(data, execution);
}

namespace {

// As the message has them.
Result<std::string> known_route_label(const Value& data, const std::string& name) {
  const Map& labels = *data.if_map()->at("RouteLabels").if_map();
  const auto found = labels.find(name);
  return found != labels.end() ? found->second.to_string() : std::string();
}

}  // namespace

Result<std::string> NotificationTemplates::text(std::string_view source, const Value& data) const {
  return run(source, data, false, [&data](const std::string& name) { return known_route_label(data, name); });
}
Result<std::string> NotificationTemplates::html(std::string_view source, const Value& data) const {
  return run(source, data, true, [&data](const std::string& name) { return known_route_label(data, name); });
}

LabelMap NotificationTemplates::route_labels(const LabelMap& labels, const Notification& message) const {
  const bool plain = std::none_of(labels.begin(), labels.end(), [](const auto& label) {
    return label.second.find("{{") != std::string::npos;
  });
  if (plain) return labels;
  const Value data_of_group = data(message);
  LabelMap done;
  std::vector<std::string> under_way;
  RouteLabel render = [&](const std::string& name) -> Result<std::string> {
    const auto raw = labels.find(name);
    if (raw == labels.end()) return std::string();
    if (const auto known = done.find(name); known != done.end()) return known->second;
    under_way.push_back(name);
    if (std::count(under_way.begin(), under_way.end(), name) > 1)
      return fail(Code::invalid, fmt::format("route label cycle detected: {}", fmt::join(under_way, " -> ")));
    TRY(text, run(raw->second, data_of_group, false, render));
    under_way.pop_back();
    done.emplace(name, text);
    return text;
  };
  LabelMap out;
  for (const auto& [name, raw] : labels) {
    under_way.clear();
    auto text = render(name);
    if (text)
      out.emplace(name, std::move(*text));
    else
      log.warning("route label {} is left out: {}", name, text.error().message());
  }
  return out;
}

std::string Texts::expand(std::string_view source, bool html) {
  if (!error_.empty()) return "";
  if (source.find("{{") == std::string_view::npos) return std::string(source);
  if (!data_) data_ = templates_.data(message_);
  auto out = html ? templates_.html(source, *data_) : templates_.text(source, *data_);
  if (out) return std::move(*out);
  error_ = out.error().message();
  return "";
}

}  // namespace aloft::telemetry::alerts
