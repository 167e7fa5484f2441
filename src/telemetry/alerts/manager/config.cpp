// Reading the configuration file.
#include "telemetry/alerts/manager/config.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/file.h"
#include "telemetry/alerts/manager/matcher_syntax.h"
#include "telemetry/alerts/manager/receiver_schemas.h"
#include "telemetry/core/labels.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t route_depth_limit = 50;

bool good_grouping_label(std::string_view name) { return !name.empty() && is_utf8(name); }

class Loader {
 public:
  Result<ManagerConfig> load(const YamlNode& root) {
    Fields fields(root, "config.Config", mistakes_);
    if (const YamlNode* node = fields.take("global")) {
      global_ = Section::read(*node, global_schema(), mistakes_);
      out_.resolve_timeout = global_.duration("resolve_timeout", out_.resolve_timeout);
    }
    const YamlNode* route = fields.take("route");
    if (route != nullptr) out_.route = read_route(*route, 0);
    for (const YamlNode& node : fields.list("inhibit_rules"))
      out_.inhibit_rules.push_back(read_inhibit_rule(node));
    for (const YamlNode& node : fields.list("receivers")) read_receiver(node);
    fields.texts("templates", out_.templates);
    for (const std::string_view name : {"mute_time_intervals", "time_intervals"}) {
      for (const YamlNode& node : fields.list(name))
        read_intervals(node, name == "time_intervals" ? "time interval" : "mute time interval");
    }
    fields.take("tracing");
    fields.take("event_recorder");
    if (const YamlNode* node = fields.take("storm_protection")) read_storm(*node);
    fields.finish();
    if (!mistakes_.empty()) return fail(mistakes_.to_error());
    if (!wrong_.empty()) return fail(Code::invalid, wrong_);
    TRY_DO(check_global());
    TRY_DO(complete());
    if (route == nullptr) return fail(Code::invalid, "no routes provided");
    TRY_DO(check_routes());
    return std::move(out_);
  }

 private:
  // The first finding beyond types and names counts, as upstream reports one.
  void wrong(int line, std::string_view where, std::string_view what) {
    if (wrong_.empty()) wrong_ = fmt::format("line {}: {}{}{}", line, where, where.empty() ? "" : ": ", what);
  }

  std::vector<Matcher> read_matchers(Fields& fields, std::string_view prefix, std::string_view where) {
    std::vector<Matcher> out;
    const std::string equal_name(prefix.empty() ? "match" : fmt::format("{}_match", prefix));
    const std::string regex_name = equal_name + "_re";
    const std::string list_name(prefix.empty() ? "matchers" : fmt::format("{}_matchers", prefix));
    std::map<std::string, std::string> map;
    fields.text_map(equal_name, map);
    for (auto& [name, value] : map) {
      if (!is_classic_label_name(name))
        wrong(fields.line(), where, fmt::format("{}: invalid label name \"{}\"", equal_name, name));
      out.push_back(Matcher::equal(name, value));
    }
    if (const YamlNode* node = fields.take(regex_name)) {
      for (const auto& member : node->members) {
        const std::string at = fmt::format("{}: {}", where, regex_name);
        if (!is_classic_label_name(member.key))
          wrong(member.line, at, fmt::format("invalid label name \"{}\"", member.key));
        if (member.value.kind != YamlNode::Kind::scalar) {
          wrong(member.line, at, fmt::format("invalid regexp value for \"{}\"", member.key));
          continue;
        }
        add(out, Matcher::make(MatchType::regex, member.key, fmt::format("^(?:{})$", member.value.text)),
            member.line, at);
      }
    }
    std::vector<std::string> texts;
    fields.texts(list_name, texts);
    for (const std::string& text : texts) {
      auto parsed = parse_matchers(text);
      if (!parsed) {
        wrong(fields.line(), fmt::format("{}: {}", where, list_name), parsed.error().message());
        continue;
      }
      for (Matcher& matcher : *parsed) out.push_back(std::move(matcher));
    }
    sort_matchers(out);
    return out;
  }
  void add(std::vector<Matcher>& out, Result<Matcher> matcher, int line, std::string_view where) {
    if (matcher)
      out.push_back(std::move(*matcher));
    else
      wrong(line, where, matcher.error().message());
  }

  RouteConfig read_route(const YamlNode& node, std::size_t depth) {
    RouteConfig out;
    const std::string where = "route";
    if (depth > route_depth_limit) {
      wrong(node.line, where, "routes are nested too deeply");
      return out;
    }
    Fields fields(node, "config.Route", mistakes_);
    fields.text("receiver", out.receiver);
    out.matchers = read_matchers(fields, "", where);
    if (fields.has("group_by")) {
      std::vector<std::string> labels;
      fields.texts("group_by", labels);
      read_group_by(std::move(labels), out, node.line);
    } else {
      fields.take("group_by");
    }
    fields.texts("mute_time_intervals", out.mute_time_intervals);
    fields.texts("active_time_intervals", out.active_time_intervals);
    fields.boolean("continue", out.goes_on);
    fields.duration("group_wait", out.group_wait);
    fields.duration("group_interval", out.group_interval);
    fields.duration("repeat_interval", out.repeat_interval);
    if (out.group_interval == Duration::zero()) wrong(node.line, where, "group_interval cannot be zero");
    if (out.repeat_interval == Duration::zero()) wrong(node.line, where, "repeat_interval cannot be zero");
    std::map<std::string, std::string> labels;
    fields.text_map("labels", labels);
    for (auto& [name, value] : labels) {
      if (!good_grouping_label(name))
        wrong(node.line, where, fmt::format("invalid label name \"{}\" in route labels", name));
      out.labels.emplace(name, value);
    }
    for (const YamlNode& child : fields.list("routes")) out.routes.push_back(read_route(child, depth + 1));
    fields.finish();
    return out;
  }

  void read_group_by(std::vector<std::string> labels, RouteConfig& out, int line) {
    std::vector<std::string> plain;
    for (std::string& label : labels) {
      if (label == "...") {
        out.group_by_all = true;
        continue;
      }
      if (!good_grouping_label(label))
        wrong(line, "route", fmt::format("invalid label name \"{}\" in group_by list", label));
      if (std::find(plain.begin(), plain.end(), label) != plain.end())
        wrong(line, "route", fmt::format("duplicated label \"{}\" in group_by", label));
      plain.push_back(std::move(label));
    }
    if (out.group_by_all && !plain.empty())
      wrong(line, "route", "cannot have wildcard group_by (`...`) and other labels at the same time");
    out.group_by = std::move(plain);
  }

  InhibitRule read_inhibit_rule(const YamlNode& node) {
    InhibitRule out;
    Fields fields(node, "config.InhibitRule", mistakes_);
    fields.text("name", out.name);
    out.source = read_matchers(fields, "source", "inhibit_rules");
    out.target = read_matchers(fields, "target", "inhibit_rules");
    fields.texts("equal", out.equal);
    for (const std::string& label : out.equal) {
      if (!good_grouping_label(label))
        wrong(node.line, "inhibit_rules", fmt::format("invalid label name \"{}\" in equal list", label));
    }
    fields.finish();
    return out;
  }

  void read_receiver(const YamlNode& node) {
    ReceiverConfig out;
    Fields fields(node, "config.Receiver", mistakes_);
    fields.text("name", out.name);
    if (out.name.empty()) wrong(node.line, "receivers", "missing name in receiver");
    std::map<std::string, std::string> labels;
    fields.text_map("labels", labels);
    out.labels.insert(labels.begin(), labels.end());
    const auto named = out.labels.find("name");
    if (named != out.labels.end() && named->second != out.name)
      wrong(node.line, "receivers",
            fmt::format("receiver label \"name\" must match receiver name \"{}\", got \"{}\"", out.name,
                        named->second));
    out.labels.insert_or_assign("name", out.name);
    for (const ReceiverKind& kind : receiver_kinds()) {
      std::size_t index = 0;
      for (const YamlNode& item : fields.list(kind.field)) {
        if (item.is_null() && kind.name != "slack" && kind.name != "opsgenie" && kind.name != "wechat" &&
            kind.name != "rocketchat")
          wrong(node.line, fmt::format("receiver \"{}\"", out.name),
                fmt::format("missing {} config", kind.name));
        IntegrationConfig integration;
        integration.kind = std::string(kind.name);
        integration.index = index++;
        integration.section = Section::read(item, *kind.schema, mistakes_);
        integration.send_resolved = integration.section.flag("send_resolved", kind.send_resolved);
        const std::string finding = check_receiver(kind.name, integration.section);
        if (!finding.empty())
          wrong(item.line, fmt::format("receiver \"{}\": {}", out.name, kind.field), finding);
        out.integrations.push_back(std::move(integration));
      }
    }
    fields.finish();
    out_.receivers.push_back(std::move(out));
  }

  void read_intervals(const YamlNode& node, std::string_view what) {
    Fields fields(node, "config.TimeInterval", mistakes_);
    std::string name;
    fields.text("name", name);
    std::vector<TimeInterval> intervals;
    for (const YamlNode& item : fields.list("time_intervals"))
      intervals.push_back(read_time_interval(item, mistakes_));
    fields.finish();
    if (name.empty()) wrong(node.line, "", fmt::format("missing name in {}", what));
    if (!out_.time_intervals.emplace(name, std::move(intervals)).second)
      wrong(node.line, "", fmt::format("{} \"{}\" is not unique", what, name));
  }

  void read_storm(const YamlNode& node) {
    Fields fields(node, "storm_protection", mistakes_);
    fields.integer("flap_changes", out_.storm.flap_changes);
    fields.duration("flap_window", out_.storm.flap_window);
    fields.duration("hold_down", out_.storm.hold_down);
    fields.integer("receiver_limit", out_.storm.receiver_limit);
    fields.duration("receiver_window", out_.storm.receiver_window);
    fields.finish();
  }

  Result<> check_global() const {
    using Pair = std::pair<std::string_view, std::string_view>;
    const auto set = [this](std::string_view name) { return !global_.text(name).empty(); };
    const auto both = [](std::string_view a, std::string_view b) {
      return fail(Code::invalid, fmt::format("global: at most one of {} & {} must be configured", a, b));
    };
    for (const auto& [a, b] :
         {Pair{"slack_app_token", "slack_app_token_file"}, Pair{"slack_api_url", "slack_api_url_file"},
          Pair{"opsgenie_api_key", "opsgenie_api_key_file"},
          Pair{"victorops_api_key", "victorops_api_key_file"},
          Pair{"telegram_bot_token", "telegram_bot_token_file"},
          Pair{"smtp_auth_password", "smtp_auth_password_file"},
          Pair{"rocketchat_token", "rocketchat_token_file"},
          Pair{"rocketchat_token_id", "rocketchat_token_id_file"},
          Pair{"smtp_auth_secret", "smtp_auth_secret_file"},
          Pair{"wechat_api_secret", "wechat_api_secret_file"},
          Pair{"mattermost_webhook_url", "mattermost_webhook_url_file"}}) {
      if (set(a) && set(b)) return both(a, b);
    }
    const bool token = set("slack_app_token") || set("slack_app_token_file");
    const bool url = set("slack_api_url") || set("slack_api_url_file");
    const bool same = global_.text("slack_api_url") ==
                      global_.text("slack_app_url", "https://slack.com/api/chat.postMessage");
    if (token && url && !same)
      return both("slack_app_token/slack_app_token_file", "slack_api_url/slack_api_url_file");
    return {};
  }

  Result<> complete() {
    std::set<std::string> names;
    for (ReceiverConfig& receiver : out_.receivers) {
      if (!names.insert(receiver.name).second)
        return fail(Code::invalid,
                    fmt::format("notification config name \"{}\" is not unique", receiver.name));
      for (IntegrationConfig& integration : receiver.integrations) {
        const std::string finding = complete_receiver(integration.kind, integration.section, global_);
        if (!finding.empty())
          return fail(Code::invalid,
                      fmt::format("line {}: receiver \"{}\": {}_configs: {}", integration.section.line(),
                                  receiver.name, integration.kind, finding));
      }
    }
    return {};
  }

  Result<> check_routes() const {
    const RouteConfig& root = out_.route;
    if (root.receiver.empty()) return fail(Code::invalid, "root route must specify a default receiver");
    if (!root.matchers.empty()) return fail(Code::invalid, "root route must not have any matchers");
    if (!root.mute_time_intervals.empty())
      return fail(Code::invalid, "root route must not have any mute time intervals");
    if (!root.active_time_intervals.empty())
      return fail(Code::invalid, "root route must not have any active time intervals");
    return check_route(root);
  }
  Result<> check_route(const RouteConfig& route) const {
    for (const RouteConfig& child : route.routes) TRY_DO(check_route(child));
    const bool known = route.receiver.empty() ||
                       std::any_of(out_.receivers.begin(), out_.receivers.end(),
                                   [&](const ReceiverConfig& r) { return r.name == route.receiver; });
    if (!known)
      return fail(Code::invalid, fmt::format("undefined receiver \"{}\" used in route", route.receiver));
    for (const auto* list : {&route.active_time_intervals, &route.mute_time_intervals}) {
      for (const std::string& name : *list) {
        if (!out_.time_intervals.contains(name))
          return fail(Code::invalid, fmt::format("undefined time interval \"{}\" used in route", name));
      }
    }
    return {};
  }

  ManagerConfig out_;
  Section global_;
  Mistakes mistakes_;
  std::string wrong_;
};

void mask(YamlNode& root) {
  for (auto& member : root.members) {
    if (member.key == "global") mask_secrets(member.value, global_schema());
    if (member.key != "receivers") continue;
    for (YamlNode& receiver : member.value.items) {
      for (auto& field : receiver.members) {
        for (const ReceiverKind& kind : receiver_kinds()) {
          if (field.key != kind.field) continue;
          for (YamlNode& item : field.value.items) mask_secrets(item, *kind.schema);
        }
      }
    }
  }
}

void make_absolute(std::string& path, const std::string& folder) {
  if (!path.empty() && !path.starts_with('/')) path = folder + "/" + path;
}

// Relative paths of the section and of what is within it.
void set_folder(Section& section, const std::string& folder) {
  for (const std::string_view name :
       {"url_file",          "api_url_file",     "app_token_file",   "auth_password_file",
        "auth_secret_file",  "service_key_file", "routing_key_file", "api_key_file",
        "api_secret_file",   "user_key_file",    "token_file",       "token_id_file",
        "bot_token_file",    "chat_id_file",     "webhook_url_file", "alert_source_token_file",
        "bearer_token_file", "username_file",    "password_file",    "credentials_file",
        "ca_file",           "cert_file",        "key_file",         "client_secret_file"}) {
    std::string path = section.text(name);
    if (path.empty()) continue;
    make_absolute(path, folder);
    section.set(name, std::move(path));
  }
  for (const std::string_view name : {"http_config", "tls_config", "basic_auth", "authorization", "oauth2"}) {
    const Section* inner = section.section(name);
    if (inner == nullptr) continue;
    Section moved = *inner;
    set_folder(moved, folder);
    section.set(name, std::vector<Section>{std::move(moved)});
  }
}

}  // namespace

Result<ManagerConfig> parse_manager_config(std::string_view text) {
  TRY(documents, parse_yaml_nodes(text));
  if (documents.empty()) return fail(Code::invalid, "no route provided in config");
  YamlNode& root = documents.front();
  Loader loader;
  TRY(config, loader.load(root));
  mask(root);
  config.masked = write_yaml(root);
  return config;
}

Result<ManagerConfig> load_manager_config(const std::string& path) {
  TRY(text, io::read_file(path));
  auto config = parse_manager_config(text);
  if (!config) return fail(std::move(config).error().at(path));
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  for (std::string& pattern : config->templates) make_absolute(pattern, folder);
  for (ReceiverConfig& receiver : config->receivers) {
    for (IntegrationConfig& integration : receiver.integrations) set_folder(integration.section, folder);
  }
  return config;
}

}  // namespace aloft::telemetry::alerts
