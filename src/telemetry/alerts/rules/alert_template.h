// Templates of labels and annotations, with $labels, $value, $externalLabels and Prometheus' functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/core/template/text_template.h"
#include "telemetry/promql/value.h"

namespace aloft::telemetry::alerts {

// An instant query for templates. Runs where the template is expanded.
using TemplateQuery = std::function<Result<std::vector<promql::Sample>>(std::string_view expr)>;

// What the templates of one evaluation share. Lives as long as it.
class TemplateContext {
 public:
  TemplateContext(TemplateQuery query, WallTime time, std::string external_url,
                  const LabelMap& external_labels);
  const templates::Functions& functions() const { return functions_; }
  const std::string& external_url() const { return external_url_; }
  const templates::Value& external_labels() const { return external_labels_; }

 private:
  templates::Functions functions_;
  std::string external_url_;
  templates::Value external_labels_;
};

// A value; copies share.
class AlertTemplate {
 public:
  // Error: invalid, as text/template words it for "__alert_NAME".
  static Result<AlertTemplate> parse(std::string_view alert, std::string_view text);
  // True when it asks the storage, so that expanding it may take a while.
  bool queries() const { return queries_; }
  // False for a text that says the same of every alert.
  bool varies() const { return parsed_.has_value(); }
  // The text, or `<error expanding template: ...>`.
  std::string expand(const templates::Value& data, const TemplateContext& context) const;

 private:
  std::string plain_;
  std::optional<templates::Template> parsed_;
  bool queries_ = false;
};

// $labels, $value, ... of one sample.
templates::Value alert_template_data(LabelsView labels, double value, const TemplateContext& context);

// The functions without a context: for parsing. Those that need one fail.
const templates::Functions& alert_template_functions();
// Adds those that depend on nothing (humanize, reReplaceAll, title, ...), which notifications share.
void add_text_functions(templates::Functions& table);

}  // namespace aloft::telemetry::alerts
