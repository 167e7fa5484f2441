// The stages of a log query, compiled, and what runs lines through them.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/template/text_template.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/logql/filters.h"
#include "telemetry/logs/logql/line_labels.h"

namespace aloft::telemetry::logs::logql {

// Immutable; shared by the threads of a query.
class Pipeline {
 public:
  // Error: bad_request for what only shows when a stage is made ready (a malformed template).
  static Result<std::shared_ptr<const Pipeline>> compile(const std::vector<Stage>& stages);

  // What every accepted line holds as it was stored.
  const std::vector<std::string>& literals() const { return literals_; }
  // Fields that every accepted line has, with their values.
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  // Labels that its stages look at; not set when that is not known.
  const std::optional<std::vector<std::string>>& looked_at() const { return looked_at_; }
  bool has_state() const { return has_state_; }
  // Whether a condition asks for the label __error__.
  bool speaks_of_errors() const { return speaks_of_errors_; }
  bool empty() const { return steps_.empty(); }

 private:
  friend class PipelineRun;
  struct Format {
    std::string name;
    std::string renamed;  // the source, or empty
    std::optional<templates::Template> form;
  };
  struct Step {
    Stage stage;
    std::optional<CompiledLineFilter> line;
    std::shared_ptr<const CompiledLabelFilter> filter;
    std::shared_ptr<const Regex> regex;  // regexp, decolorize
    std::optional<LinePattern> pattern;
    std::vector<JsonPath> paths;
    std::vector<Format> formats;  // line_format: one without a name
  };
  Result<> compile_step(Step& step);
  void find_requirements();
  std::vector<Step> steps_;
  std::vector<std::string> literals_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::optional<std::vector<std::string>> looked_at_;
  bool has_state_ = false;
  bool speaks_of_errors_ = false;
  templates::Functions functions_;
};

// One thread's passage through a pipeline.
class PipelineRun {
 public:
  // `needed` null: every label. `virtual_level` adds detected_level to lines whose fields lack it.
  PipelineRun(std::shared_ptr<const Pipeline> pipeline, const Needed* needed, bool virtual_level);
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;
  // False when the line is filtered out. `line` is replaced by what the stages made of it and lives, as the
  // labels do, until the next call.
  bool process(LabelsView stream, std::int64_t time_ns, std::string_view& line, PackedFields fields);
  LineLabels& labels() { return labels_; }

 private:
  bool apply(const Pipeline::Step& step, std::string_view& line);
  void format_line(const Pipeline::Step& step, std::string_view& line);
  void format_labels(const Pipeline::Step& step);
  void drop_labels(const Stage& stage);
  void keep_labels(const Stage& stage);
  bool is_distinct(const Stage& stage);
  std::shared_ptr<const Pipeline> pipeline_;
  LineLabels labels_;
  bool virtual_level_;
  std::string_view line_;  // what __line__ gives
  std::int64_t time_ns_ = 0;
  templates::Functions own_functions_;
  std::vector<std::string_view> groups_;
  std::vector<LineLabels::Entry> entries_;
  std::set<std::string> seen_;
};

// The level that a line's labels, fields or text tell: trace, debug, info, warn, error, fatal, critical,
// unknown, or what a label or field says otherwise.
std::string_view detect_level(LabelsView stream, PackedFields fields, std::string_view line);
// Whether a query has to do with the label that holds it.
bool speaks_of_level(std::string_view query);

}  // namespace aloft::telemetry::logs::logql
