// Compiling stages and running them.
#include "telemetry/logs/logql/pipeline.h"

#include <algorithm>

#include "telemetry/logs/logql/template_functions.h"

namespace aloft::telemetry::logs::logql {
namespace {

// Escape sequences that colour terminals (ECMA-48 control sequences and operating system commands).
constexpr std::string_view colours =
    "[\\x{1B}\\x{9B}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x{07})|(?:(?:\\d{1,4}(?:;\\d{0,4}"
    ")*)?"
    "[\\dA-PRZcf-ntqry=><~]))";

bool is_parser(Stage::Kind kind) { return kind >= Stage::Kind::json && kind <= Stage::Kind::unpack; }
bool changes_line(Stage::Kind kind) {
  return kind == Stage::Kind::unpack || kind == Stage::Kind::line_format || kind == Stage::Kind::decolorize;
}
bool changes_labels(Stage::Kind kind) {
  return is_parser(kind) || kind == Stage::Kind::label_format || kind == Stage::Kind::drop ||
         kind == Stage::Kind::keep;
}

// Conditions that all hold, of those joined by `and`.
void collect_equalities(const LabelFilter& filter, std::vector<std::pair<std::string, std::string>>& out) {
  if (filter.kind == LabelFilter::Kind::both) {
    collect_equalities(*filter.left, out);
    collect_equalities(*filter.right, out);
  } else if (filter.kind == LabelFilter::Kind::text && filter.matcher->type() == MatchType::equal &&
             !filter.matcher->value().empty()) {
    const std::string& name = filter.matcher->name();
    if (!name.starts_with("__") && !name.ends_with("_extracted") && name != "detected_level")
      out.emplace_back(name, filter.matcher->value());
  }
}

// Labels as they were at one moment.
class Snapshot final : public templates::Record {
 public:
  explicit Snapshot(const LineLabels& labels) { labels.collect(entries_); }
  std::optional<std::string_view> field(std::string_view name) const override {
    for (const LineLabels::Entry& entry : entries_)
      if (entry.name == name) return entry.value;
    return std::nullopt;
  }

 private:
  std::vector<LineLabels::Entry> entries_;
};

bool mentions_errors(const LabelFilter& filter) {
  std::vector<std::string> names;
  collect_names(filter, names);
  return std::find(names.begin(), names.end(), error_label) != names.end();
}

Error stage_error(const Stage& stage, const Error& error) {
  return Error(Code::bad_request,
               fmt::format("parse error : stage '{}' : {}", to_string(stage), error.message()));
}

}  // namespace

Result<std::shared_ptr<const Pipeline>> Pipeline::compile(const std::vector<Stage>& stages) {
  auto out = std::make_shared<Pipeline>();
  out->functions_ = make_template_functions();
  for (const Stage& stage : stages) {
    Step step;
    step.stage = stage;
    if (auto compiled = out->compile_step(step); !compiled) return fail(stage_error(stage, compiled.error()));
    out->steps_.push_back(std::move(step));
  }
  // Line filters go before parsers, which cost more, where no stage between them changes the line or may
  // let it fall.
  for (std::size_t i = 1; i < out->steps_.size(); ++i) {
    for (std::size_t j = i; j > 0 && out->steps_[j].line && is_parser(out->steps_[j - 1].stage.kind) &&
                            !changes_line(out->steps_[j - 1].stage.kind);
         --j)
      std::swap(out->steps_[j], out->steps_[j - 1]);
  }
  out->find_requirements();
  return std::shared_ptr<const Pipeline>(std::move(out));
}

Result<> Pipeline::compile_step(Step& step) {
  const Stage& stage = step.stage;
  switch (stage.kind) {
    case Stage::Kind::line_filter: {
      TRY(line, CompiledLineFilter::compile(stage.line));
      step.line = std::move(line);
      break;
    }
    case Stage::Kind::label_filter: {
      TRY(filter, CompiledLabelFilter::compile(*stage.filter));
      step.filter = std::move(filter);
      break;
    }
    case Stage::Kind::json:
      for (const Extraction& extraction : stage.extractions) {
        TRY(path, compile_json_path(extraction));
        step.paths.push_back(std::move(path));
      }
      break;
    case Stage::Kind::regexp:
    case Stage::Kind::decolorize: {
      TRY(regex, Regex::compile(stage.kind == Stage::Kind::regexp ? std::string_view(stage.text) : colours,
                                Regex::Anchor::none));
      step.regex = std::move(regex);
      break;
    }
    case Stage::Kind::pattern: {
      TRY(pattern, LinePattern::compile(stage.text, LinePattern::Use::parser));
      step.pattern = std::move(pattern);
      break;
    }
    case Stage::Kind::line_format: {
      auto form = templates::Template::parse("line", stage.text, functions_);
      if (!form) return fail(Code::invalid, fmt::format("invalid line template: {}", form.error().message()));
      step.formats.push_back({.name = {}, .renamed = {}, .form = std::move(*form)});
      break;
    }
    case Stage::Kind::label_format:
      for (const LabelFormat& format : stage.formats) {
        if (format.rename) {
          step.formats.push_back({.name = format.name, .renamed = format.value, .form = {}});
          continue;
        }
        auto form = templates::Template::parse("label", format.value, functions_);
        if (!form) {
          return fail(Code::invalid, fmt::format("invalid template for label '{}': {}", format.name,
                                                 form.error().message()));
        }
        step.formats.push_back({.name = format.name, .renamed = {}, .form = std::move(*form)});
      }
      break;
    case Stage::Kind::distinct:
      has_state_ = true;
      break;
    case Stage::Kind::logfmt:
    case Stage::Kind::unpack:
    case Stage::Kind::drop:
    case Stage::Kind::keep:
      break;
  }
  return {};
}

void Pipeline::find_requirements() {
  bool line_kept = true, labels_kept = true;
  looked_at_.emplace();
  for (const Step& step : steps_) {
    const Stage& stage = step.stage;
    if (step.line && line_kept && !step.line->required_literal().empty())
      literals_.push_back(step.line->required_literal());
    if (stage.kind == Stage::Kind::label_filter) {
      speaks_of_errors_ = speaks_of_errors_ || mentions_errors(*stage.filter);
      if (labels_kept) collect_equalities(*stage.filter, fields_);
      if (looked_at_) collect_names(*stage.filter, *looked_at_);
    }
    if (stage.kind == Stage::Kind::line_format || stage.kind == Stage::Kind::label_format ||
        stage.kind == Stage::Kind::keep || stage.kind == Stage::Kind::drop ||
        stage.kind == Stage::Kind::distinct || !step.paths.empty() || !stage.extractions.empty())
      looked_at_.reset();
    line_kept = line_kept && !changes_line(stage.kind);
    labels_kept = labels_kept && !changes_labels(stage.kind);
  }
}

PipelineRun::PipelineRun(std::shared_ptr<const Pipeline> pipeline, const Needed* needed, bool virtual_level)
    : pipeline_(std::move(pipeline)), virtual_level_(virtual_level) {
  labels_.needed = needed;
  own_functions_.add("__line__", 0, 0, [this](std::span<const templates::Value>) -> Result<templates::Value> {
    return templates::Value(line_);
  });
  own_functions_.add("__timestamp__", 0, 0,
                     [this](std::span<const templates::Value>) -> Result<templates::Value> {
                       return templates::Value(WallTime{Duration(time_ns_)});
                     });
}

bool PipelineRun::process(LabelsView stream, std::int64_t time_ns, std::string_view& line,
                          PackedFields fields) {
  labels_.begin(stream, fields);
  time_ns_ = time_ns;
  if (virtual_level_ && !labels_.get("detected_level"))
    labels_.set(Source::field, "detected_level", detect_level(stream, fields, line));
  for (const Pipeline::Step& step : pipeline_->steps_)
    if (!apply(step, line)) return false;
  return true;
}

bool PipelineRun::apply(const Pipeline::Step& step, std::string_view& line) {
  const Stage& stage = step.stage;
  switch (stage.kind) {
    case Stage::Kind::line_filter:
      return step.line->accepts(line);
    case Stage::Kind::label_filter:
      return step.filter->accepts(labels_);
    case Stage::Kind::json:
      if (step.paths.empty()) {
        parse_json_line(line, labels_);
      } else {
        parse_json_paths(line, step.paths, labels_);
      }
      break;
    case Stage::Kind::logfmt:
      parse_logfmt_line(
          line, {.strict = stage.strict, .keep_empty = stage.keep_empty, .extractions = &stage.extractions},
          labels_);
      break;
    case Stage::Kind::regexp:
      parse_regexp_line(line, *step.regex, groups_, labels_);
      break;
    case Stage::Kind::pattern:
      step.pattern->parse(line, labels_);
      break;
    case Stage::Kind::unpack:
      line = parse_packed_line(line, labels_);
      break;
    case Stage::Kind::line_format:
      format_line(step, line);
      break;
    case Stage::Kind::label_format:
      line_ = line;
      format_labels(step);
      break;
    case Stage::Kind::decolorize:
      if (line.find('\x1b') != std::string_view::npos || line.find("\xc2\x9b") != std::string_view::npos)
        line = labels_.keep(step.regex->replace_all(line, ""));
      break;
    case Stage::Kind::drop:
      drop_labels(stage);
      break;
    case Stage::Kind::keep:
      keep_labels(stage);
      break;
    case Stage::Kind::distinct:
      return is_distinct(stage);
  }
  return true;
}

void PipelineRun::format_line(const Pipeline::Step& step, std::string_view& line) {
  line_ = line;
  templates::Execution execution;
  execution.functions = &own_functions_;
  auto text = step.formats[0].form->execute(templates::Value::record(labels_), execution);
  if (text) {
    line = labels_.keep(std::move(*text));
  } else {
    labels_.set_error("TemplateFormatErr", text.error().message());
  }
}

void PipelineRun::format_labels(const Pipeline::Step& step) {
  // The templates of one stage see the labels as the first of them found them.
  std::optional<Snapshot> before;
  for (const Pipeline::Format& format : step.formats) {
    if (!format.form) {
      if (const auto value = labels_.get(format.renamed)) {
        const std::string_view kept = *value;
        labels_.set(Source::parsed, format.name, kept);
        labels_.remove(format.renamed);
      }
      continue;
    }
    if (!before) before.emplace(labels_);
    templates::Execution execution;
    execution.functions = &own_functions_;
    auto text = format.form->execute(templates::Value::record(*before), execution);
    if (text) {
      labels_.set(Source::parsed, format.name, labels_.keep(std::move(*text)));
    } else {
      labels_.set_error("TemplateFormatErr", text.error().message());
    }
  }
}

void PipelineRun::drop_labels(const Stage& stage) {
  for (const NamedMatcher& one : stage.names) {
    const auto value = labels_.get(one.name);
    if (value && (!one.matcher || one.matcher->matches(*value))) labels_.remove(one.name);
  }
}

void PipelineRun::keep_labels(const Stage& stage) {
  labels_.collect(entries_);
  for (const LineLabels::Entry& entry : entries_) {
    // What is said of the line itself stays.
    if (entry.name == error_label || entry.name == error_details_label) continue;
    const bool kept = std::any_of(stage.names.begin(), stage.names.end(), [&](const NamedMatcher& one) {
      return one.name == entry.name && (!one.matcher || one.matcher->matches(entry.value));
    });
    if (!kept) labels_.remove(entry.name);
  }
}

bool PipelineRun::is_distinct(const Stage& stage) {
  bool fresh = false;
  for (const NamedMatcher& one : stage.names) {
    const auto value = labels_.get(one.name);
    if (value) fresh = seen_.insert(one.name + '\0' + std::string(*value)).second || fresh;
  }
  return fresh;
}

}  // namespace aloft::telemetry::logs::logql
