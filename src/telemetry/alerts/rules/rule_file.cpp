// From YAML to rules, with promtool's checks.
#include "telemetry/alerts/rules/rule_file.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/file.h"
#include "telemetry/alerts/config/fields.h"
#include "telemetry/promql/parser.h"

namespace aloft::telemetry::alerts {
namespace {

bool good_rule_label(std::string_view name) {
  return !name.empty() && is_utf8(name) && name != metric_name_label;
}

std::string place(const YamlNode* node) {
  return node != nullptr ? fmt::format("{}:{}", node->line, node->column) : std::string("0:0");
}

class Reader {
 public:
  Reader(const std::string& file, const RuleFileOptions& options) : file_(file), options_(options) {}

  Result<RuleFile> read(std::string_view text) {
    auto documents = parse_yaml_nodes(text);
    if (!documents) return fail(Code::invalid, fmt::format("{}: {}", file_, documents.error().message()));
    if (documents->size() > 1)
      out_.warnings.push_back(fmt::format(
          "{}: multiple document yaml rules files are not supported, only the first document is processed",
          file_));
    if (documents->empty()) return std::move(out_);
    Fields fields(documents->front(), "rulefmt.RuleGroups", mistakes_);
    for (const YamlNode& node : fields.list("groups")) read_group(node);
    finish(fields);
    if (!mistakes_.empty())
      return fail(Code::invalid, fmt::format("{}: {}", file_, mistakes_.to_error().message()));
    if (!errors_.empty()) return fail(Code::invalid, errors_);
    return std::move(out_);
  }

 private:
  void error(std::string message) {
    if (!errors_.empty()) errors_ += '\n';
    errors_ += fmt::format("{}: {}", file_, message);
  }
  void finish(Fields& fields) const {
    if (!options_.ignore_unknown_fields) fields.finish();
  }

  void read_group(const YamlNode& node) {
    RuleGroupConfig group;
    group.file = file_;
    Fields fields(node, "rulefmt.RuleGroup", mistakes_);
    fields.text("name", group.name);
    fields.duration("interval", group.interval);
    if (group.interval == Duration::zero()) group.interval.reset();
    fields.duration("query_offset", group.query_offset);
    fields.integer("limit", group.limit);
    std::map<std::string, std::string> labels;
    fields.text_map("labels", labels);
    if (group.name.empty()) error(fmt::format("{}: Groupname must not be empty", place(&node)));
    if (!names_.insert(group.name).second)
      error(fmt::format("{}: groupname: \"{}\" is repeated in the same file", place(&node), group.name));
    for (const auto& [name, value] : labels) {
      if (!good_rule_label(name)) error(fmt::format("invalid label name: {}", name));
    }
    for (const YamlNode& item : fields.list("rules")) {
      RuleConfig rule;
      for (const auto& [name, value] : labels) rule.labels.insert_or_assign(name, value);
      read_rule(item, group, rule);
      group.rules.push_back(std::move(rule));
    }
    finish(fields);
    out_.groups.push_back(std::move(group));
  }

  void read_rule(const YamlNode& node, const RuleGroupConfig& group, RuleConfig& rule) {
    Fields fields(node, "rulefmt.RuleNode", mistakes_);
    const YamlNode* record = fields.take("record");
    const YamlNode* alert = fields.take("alert");
    const YamlNode* anomaly = fields.take("anomaly");
    const YamlNode* expr = fields.take("expr");
    std::string names[3];
    if (record != nullptr) read_text(*record, names[0], mistakes_);
    if (alert != nullptr) read_text(*alert, names[1], mistakes_);
    if (anomaly != nullptr) read_text(*anomaly, names[2], mistakes_);
    if (expr != nullptr && expr->kind == YamlNode::Kind::scalar) rule.expr = expr->text;
    fields.duration("for", rule.hold);
    fields.duration("keep_firing_for", rule.keep_firing_for);
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    fields.text_map("labels", labels);
    fields.text_map("annotations", annotations);
    rule.annotations.insert(annotations.begin(), annotations.end());
    rule.kind = !names[2].empty()   ? RuleConfig::Kind::anomaly
                : !names[1].empty() ? RuleConfig::Kind::alerting
                                    : RuleConfig::Kind::recording;
    rule.name = !names[2].empty() ? names[2] : !names[1].empty() ? names[1] : names[0];
    const auto wrong = [&](const YamlNode* at, std::string_view what) {
      const std::string where = at != nullptr ? place(at) + ": " : std::string();
      error(fmt::format("{}group \"{}\", rule {}, \"{}\": {}", where, group.name, group.rules.size() + 1,
                        rule.name, what));
    };
    if (anomaly != nullptr) read_anomaly(fields, rule, *anomaly, wrong);
    finish(fields);
    if (record != nullptr && alert != nullptr) {
      error(fmt::format("{}: {}: group \"{}\", rule {}, \"{}\": only one of 'record' and 'alert' must be set",
                        place(record), place(alert), group.name, group.rules.size() + 1, rule.name));
    } else if ((record != nullptr || alert != nullptr) && anomaly != nullptr) {
      wrong(anomaly, "only one of 'record', 'alert' and 'anomaly' must be set");
    }
    if (rule.name.empty()) {
      error(fmt::format("{}: group \"{}\", rule {}, \"\": one of 'record' or 'alert' must be set",
                        place(&node), group.name, group.rules.size() + 1));
    }
    read_expression(rule, expr != nullptr ? expr : node.find("expr"), wrong);
    if (!names[0].empty()) check_recording(rule, names[0], record, wrong);
    for (const auto& [name, value] : labels) {
      if (!good_rule_label(name)) wrong(nullptr, fmt::format("invalid label name: {}", name));
      rule.labels.insert_or_assign(name, value);
    }
    for (const auto& [name, value] : annotations) {
      if (name.empty() || !is_utf8(name)) wrong(nullptr, fmt::format("invalid annotation name: {}", name));
    }
    if (rule.alerts()) read_templates(rule, wrong);
  }

  template <class Wrong>
  void read_expression(RuleConfig& rule, const YamlNode* node, Wrong& wrong) {
    if (rule.expr.empty()) return wrong(node, "field 'expr' must be set in rule");
    if (options_.language != nullptr) {
      auto checked = options_.language->check(rule.expr);
      if (!checked)
        return wrong(node, fmt::format("could not parse expression: {}", checked.error().message()));
      rule.canonical = std::move(*checked);
      rule.language = options_.language;
      return;
    }
    auto parsed = promql::parse(rule.expr);
    if (!parsed) return wrong(node, fmt::format("could not parse expression: {}", parsed.error().message()));
    rule.canonical = promql::to_string(**parsed);
    rule.parsed = std::move(*parsed);
  }

  template <class Wrong>
  static void check_recording(const RuleConfig& rule, const std::string& record, const YamlNode* node,
                              Wrong& wrong) {
    if (!rule.annotations.empty()) wrong(node, "invalid field 'annotations' in recording rule");
    if (rule.hold != Duration::zero()) wrong(node, "invalid field 'for' in recording rule");
    if (rule.keep_firing_for != Duration::zero())
      wrong(node, "invalid field 'keep_firing_for' in recording rule");
    if (!is_utf8(record)) wrong(node, fmt::format("invalid recording rule name: {}", record));
    if (record.find_first_of("{}") != std::string::npos)
      wrong(node,
            fmt::format("braces present in the recording rule name; should it be in expr?: {}", record));
  }

  template <class Wrong>
  static void read_templates(RuleConfig& rule, Wrong& wrong) {
    const auto parse_all = [&](const LabelMap& texts, std::string_view what, auto& out) {
      for (const auto& [name, text] : texts) {
        auto parsed = AlertTemplate::parse(rule.name, text);
        if (parsed)
          out.emplace_back(name, std::move(*parsed));
        else
          wrong(nullptr, fmt::format("{} \"{}\": {}", what, name, parsed.error().message()));
      }
    };
    parse_all(rule.labels, "label", rule.label_templates);
    parse_all(rule.annotations, "annotation", rule.annotation_templates);
  }

  template <class Wrong>
  static void read_anomaly(Fields& fields, RuleConfig& rule, const YamlNode& at, Wrong& wrong) {
    AnomalySettings& out = rule.anomaly;
    std::string model = "mad";
    std::string direction = "both";
    fields.text("model", model);
    fields.text("direction", direction);
    fields.number("sensitivity", out.sensitivity);
    fields.number("min_deviation", out.min_deviation);
    fields.number("min_deviation_relative", out.min_deviation_relative);
    fields.duration("period", out.period);
    fields.duration("window", out.window);
    fields.integer("warmup", out.warmup);
    if (model == "mad")
      out.method = AnomalyMethod::mad;
    else if (model == "zscore")
      out.method = AnomalyMethod::zscore;
    else if (model == "seasonal")
      out.method = AnomalyMethod::seasonal;
    else
      wrong(&at, fmt::format("unknown anomaly model \"{}\": must be mad, zscore or seasonal", model));
    if (direction == "above")
      out.direction = AnomalyDirection::above;
    else if (direction == "below")
      out.direction = AnomalyDirection::below;
    else if (direction != "both")
      wrong(&at, fmt::format("unknown direction \"{}\": must be both, above or below", direction));
    if (!(out.sensitivity >= 0 && out.sensitivity <= 1)) wrong(&at, "sensitivity must be between 0 and 1");
    if (!(out.min_deviation >= 0) || !(out.min_deviation_relative >= 0))
      wrong(&at, "min_deviation and min_deviation_relative must not be negative");
    if (out.period <= Duration::zero() || out.window <= Duration::zero())
      wrong(&at, "period and window must be longer than zero");
    if (out.warmup < 2 || out.warmup > 100'000) wrong(&at, "warmup must be between 2 and 100000");
  }

  const std::string& file_;
  const RuleFileOptions& options_;
  RuleFile out_;
  Mistakes mistakes_;
  std::string errors_;
  std::set<std::string> names_;
};

}  // namespace

Result<RuleFile> parse_rule_file(const std::string& file, std::string_view text,
                                 const RuleFileOptions& options) {
  return Reader(file, options).read(text);
}

Result<RuleFile> load_rule_file(const std::string& file, const RuleFileOptions& options) {
  TRY(text, io::read_file(file));
  return parse_rule_file(file, text, options);
}

std::vector<std::string> duplicate_rules(const std::vector<RuleGroupConfig>& groups) {
  std::map<std::string, int> seen;
  std::vector<std::string> out;
  for (const RuleGroupConfig& group : groups) {
    for (const RuleConfig& rule : group.rules) {
      std::string key = rule.name + labels_text(rule.labels);
      if (++seen[key] == 2) out.push_back(std::move(key));
    }
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
