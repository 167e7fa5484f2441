// Reading the section field by field; what nobody knows is an error, as in Prometheus.
#include "telemetry/otlp/settings.h"

namespace aloft::telemetry::otlp {
namespace {

Result<std::vector<std::string>> names_of(std::string_view field, const model::Value& value) {
  std::vector<std::string> out;
  if (value.is_null()) return out;
  const model::Array* array = value.if_array();
  if (array == nullptr) return fail(Code::invalid, fmt::format("otlp.{}: expected a list", field));
  for (const model::Value& element : *array) {
    const std::string* text = element.if_string();
    if (text == nullptr || text->empty())
      return fail(Code::invalid, fmt::format("otlp.{}: expected names of attributes", field));
    out.push_back(*text);
  }
  return out;
}

Result<bool> flag_of(std::string_view field, const model::Value& value) {
  if (const bool* flag = value.if_bool()) return *flag;
  return fail(Code::invalid, fmt::format("otlp.{}: expected true or false", field));
}

Result<NameStrategy> strategy_of(const model::Value& value) {
  const std::string* text = value.if_string();
  const std::string name = text != nullptr ? *text : std::string();
  if (name == "UnderscoreEscapingWithSuffixes" || name.empty())
    return NameStrategy::underscores_with_suffixes;
  if (name == "UnderscoreEscapingWithoutSuffixes") return NameStrategy::underscores;
  if (name == "NoUTF8EscapingWithSuffixes") return NameStrategy::utf8_with_suffixes;
  if (name == "NoTranslation") return NameStrategy::none;
  return fail(Code::invalid, fmt::format("otlp.translation_strategy: {} is unknown", name));
}

}  // namespace

Result<MetricSettings> metric_settings(const model::Value& section) {
  MetricSettings settings;
  if (section.is_null()) return settings;
  const model::Object* object = section.if_object();
  if (object == nullptr) return fail(Code::invalid, "otlp: expected a map");
  for (const auto& [field, value] : *object) {
    if (field == "promote_resource_attributes") {
      TRY(names, names_of(field, value));
      settings.promoted = std::move(names);
    } else if (field == "ignore_resource_attributes") {
      TRY(names, names_of(field, value));
      settings.ignored = std::move(names);
    } else if (field == "translation_strategy") {
      TRY(strategy, strategy_of(value));
      settings.strategy = strategy;
    } else if (bool* flag = field == "promote_all_resource_attributes" ? &settings.promote_all
                            : field == "keep_identifying_resource_attributes"
                                ? &settings.keep_identifying_attributes
                            : field == "convert_histograms_to_nhcb" ? &settings.native_histograms
                            : field == "promote_scope_metadata"     ? &settings.scope_labels
                                                                    : nullptr) {
      TRY(on, flag_of(field, value));
      *flag = on;
    } else if (field != "label_name_underscore_sanitization" &&
               field != "label_name_preserve_multiple_underscores") {
      return fail(Code::invalid, fmt::format("otlp: field {} not found", field));
    }
  }
  if (settings.promote_all && !settings.promoted.empty())
    return fail(Code::invalid,
                "otlp: promote_all_resource_attributes and promote_resource_attributes exclude "
                "each other");
  return settings;
}

}  // namespace aloft::telemetry::otlp
