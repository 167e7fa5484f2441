// Expanding alert templates.
#include "telemetry/alerts/rules/alert_template.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/alerts/config/section.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::alerts {
namespace {

using templates::Functions;
using templates::List;
using templates::Map;
using templates::Value;
using Arguments = std::span<const Value>;

// Go's convenience variables stand in front of every template.
constexpr std::string_view variable_definitions =
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := "
    ".Value}}";
constexpr std::string_view sample_type = "*template.sample";

Value label_values(LabelsView labels) {
  Map out;
  for (const Label& label : labels) out.emplace(std::string(label.name), Value(label.value));
  return Value::map(std::move(out));
}

Value sample_value(const promql::Sample& sample) {
  Map members;
  members.emplace("Labels", label_values(sample.labels));
  members.emplace("Value", Value(sample.value));
  return Value::map(std::move(members), Value::Missing::error, sample_type);
}

const Value* member_of(const Value& value, std::string_view name) {
  const Map* map = value.if_map();
  if (map == nullptr) return nullptr;
  const auto found = map->find(name);
  return found != map->end() ? &found->second : nullptr;
}

std::string label_of_sample(const Value& sample, std::string_view name) {
  const Value* labels = member_of(sample, "Labels");
  const Value* value = labels != nullptr ? member_of(*labels, name) : nullptr;
  return value != nullptr ? value->to_string() : std::string();
}

Result<const List*> list_argument(std::string_view function, Arguments arguments, std::size_t at) {
  if (const List* list = arguments[at].if_list()) return list;
  return fail(Code::invalid,
              fmt::format("wrong type for value; expected template.queryResult; got {} (argument {} of {})",
                          arguments[at].type_name(), at + 1, function));
}

Result<Value> first(Arguments a) {
  TRY(list, list_argument("first", a, 0));
  if (list->empty()) return fail(Code::invalid, "first() called on vector with no elements");
  return list->front();
}

Result<Value> sort_by_label(Arguments a) {
  TRY(name, text_argument("sortByLabel", a, 0));
  TRY(list, list_argument("sortByLabel", a, 1));
  std::vector<std::pair<std::string, std::size_t>> keys;
  for (std::size_t i = 0; i < list->size(); ++i) keys.emplace_back(label_of_sample((*list)[i], name), i);
  std::sort(keys.begin(), keys.end());
  List out;
  for (const auto& [key, index] : keys) out.push_back((*list)[index]);
  return Value::list(std::move(out), a[1].type_name());
}

Result<Value> args(Arguments a) {
  Map out;
  for (std::size_t i = 0; i < a.size(); ++i) out.emplace(fmt::format("arg{}", i), a[i]);
  return Value::map(std::move(out), Value::Missing::nil, "map[string]interface {}");
}

Result<Value> link(std::string_view name, Arguments a, int tab) {
  TRY(expr, text_argument(name, a, 0));
  return Value(fmt::format("/graph?g0.expr={}&g0.tab={}", templates::escape_query(expr), tab));
}

Result<Value> query_placeholder(Arguments) { return fail(Code::invalid, "no query function"); }

// Functions over query results, links and arguments: Prometheus' own.
void add_query_functions(Functions& table) {
  table.add("query", 1, 1, query_placeholder);
  table.add("first", 1, 1, first);
  table.add("label", 2, 2, [](Arguments a) -> Result<Value> {
    TRY(name, text_argument("label", a, 0));
    return Value(label_of_sample(a[1], name));
  });
  table.add("value", 1, 1, [](Arguments a) -> Result<Value> {
    const Value* value = member_of(a[0], "Value");
    if (value == nullptr)
      return fail(Code::invalid,
                  fmt::format("wrong type for value; expected *template.sample; got {}", a[0].type_name()));
    return *value;
  });
  table.add("strvalue", 1, 1,
            [](Arguments a) -> Result<Value> { return Value(label_of_sample(a[0], "__value__")); });
  table.add("args", 0, Functions::any, args);
  table.add("sortByLabel", 2, 2, sort_by_label);
  table.add("graphLink", 1, 1, [](Arguments a) { return link("graphLink", a, 0); });
  table.add("tableLink", 1, 1, [](Arguments a) { return link("tableLink", a, 1); });
  for (const std::string_view name : {"now", "pathPrefix", "externalURL"})
    table.add(std::string(name), 0, 0, query_placeholder);
  table.add("tmpl", 2, 2,
            [](Arguments) -> Result<Value> { return fail(Code::invalid, "tmpl is for console templates"); });
}

}  // namespace

const Functions& alert_template_functions() {
  static const Functions table = [] {
    Functions made;
    add_text_functions(made);
    add_query_functions(made);
    return made;
  }();
  return table;
}

TemplateContext::TemplateContext(TemplateQuery query, WallTime time, std::string external_url,
                                 const LabelMap& external_labels)
    : external_url_(std::move(external_url)) {
  Map labels;
  for (const auto& [name, value] : external_labels) labels.emplace(name, Value(value));
  external_labels_ = Value::map(std::move(labels));
  functions_.add("query", 1, 1, [query = std::move(query)](Arguments a) -> Result<Value> {
    TRY(expr, text_argument("query", a, 0));
    if (!query) return fail(Code::invalid, "no query function");
    TRY(vector, query(expr));
    List out;
    out.reserve(vector.size());
    for (const promql::Sample& sample : vector) out.push_back(sample_value(sample));
    return Value::list(std::move(out), "template.queryResult");
  });
  functions_.add("now", 0, 0,
                 [seconds = static_cast<double>(time.since_epoch / 1ms) / 1000](Arguments) -> Result<Value> {
                   return Value(seconds);
                 });
  functions_.add("externalURL", 0, 0,
                 [url = external_url_](Arguments) -> Result<Value> { return Value(url); });
  const auto url = parse_url(external_url_);
  std::string path = url && url->target != "/" ? url->target : "";
  functions_.add("pathPrefix", 0, 0,
                 [path = std::move(path)](Arguments) -> Result<Value> { return Value(path); });
}

Result<AlertTemplate> AlertTemplate::parse(std::string_view alert, std::string_view text) {
  AlertTemplate out;
  if (text.find("{{") == std::string_view::npos) {
    out.plain_ = std::string(text);
    return out;
  }
  TRY(parsed, templates::Template::parse(fmt::format("__alert_{}", alert),
                                         fmt::format("{}{}", variable_definitions, text),
                                         alert_template_functions()));
  out.parsed_ = std::move(parsed);
  out.queries_ = text.find("query") != std::string_view::npos;
  return out;
}

std::string AlertTemplate::expand(const Value& data, const TemplateContext& context) const {
  if (!parsed_) return plain_;
  templates::Execution execution;
  execution.functions = &context.functions();
  execution.limits.output_bytes = 64 * 1024;
  execution.limits.steps = 100'000;
  auto text = parsed_->execute(data, execution);
  if (text) return std::move(*text);
  return fmt::format("<error expanding template: error executing template {}: {}>", parsed_->name(),
                     text.error().message());
}

Value alert_template_data(LabelsView labels, double value, const TemplateContext& context) {
  Map members;
  members.emplace("Labels", label_values(labels));
  members.emplace("ExternalLabels", context.external_labels());
  members.emplace("ExternalURL", Value(context.external_url()));
  members.emplace("Value", Value(value));
  return Value::map(std::move(members), Value::Missing::error,
                    "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL "
                    "string; Value interface {} }");
}

}  // namespace aloft::telemetry::alerts
