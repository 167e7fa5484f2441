// Families as batches and as text.
#include "telemetry/discovery/exporters/families.h"

#include "telemetry/core/durations.h"

namespace aloft::telemetry::discovery {
namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\' || (quotes && c == '"')) {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

// Both sets in the order of names; a label of the sample goes before the target's.
void append_merged(std::string& out, std::string_view metric, LabelsView sample, LabelsView target) {
  auto a = sample.begin();
  auto b = target.begin();
  bool named = false;
  const auto name_first = [&](std::string_view next) {
    if (named || next < metric_name_label) return;
    append_label(out, metric_name_label, metric);
    named = true;
  };
  while (a != sample.end() || b != target.end()) {
    const bool take_a = b == target.end() || (a != sample.end() && a->name <= b->name);
    const Label label = take_a ? *a : *b;
    name_first(label.name);
    append_label(out, label.name, label.value);
    if (take_a && b != target.end() && b->name == label.name) ++b;
    if (take_a) {
      ++a;
    } else {
      ++b;
    }
  }
  name_first("\xff");
}

}  // namespace

void Family::add(double value, const LabelList& labels) {
  LabelsBuilder builder;
  for (const auto& [name, text] : labels) builder.set(name, text);
  samples_.push_back({builder.build(), value});
}

std::size_t Families::sample_count() const {
  std::size_t count = 0;
  for (const Family& family : families_) count += family.samples().size();
  return count;
}

MetricBatch Families::to_batch(LabelsView target, Millis now) const {
  MetricBatch batch;
  batch.samples.reserve(sample_count());
  for (const Family& family : families_) {
    if (family.samples().empty()) continue;
    batch.metadata.push_back({family.name(), family.type(), family.help(), ""});
    for (const Family::Sample& sample : family.samples()) {
      std::string labels;
      append_merged(labels, family.name(), sample.labels, target);
      batch.samples.push_back({batch.own(std::move(labels)), now, sample.value});
    }
  }
  return batch;
}

std::string Families::to_text() const {
  std::string out;
  for (const Family& family : families_) {
    if (family.samples().empty()) continue;
    out += "# HELP " + family.name() + " ";
    append_escaped(out, family.help(), false);
    out += fmt::format("\n# TYPE {} {}\n", family.name(), to_string(family.type()));
    for (const Family::Sample& sample : family.samples()) {
      out += family.name();
      char separator = '{';
      for (const Label& label : sample.labels) {
        out += separator;
        separator = ',';
        out += label.name;
        out += "=\"";
        append_escaped(out, label.value, true);
        out += '"';
      }
      if (separator == ',') out += '}';
      out += ' ';
      append_float(out, sample.value);
      out += '\n';
    }
  }
  return out;
}

}  // namespace aloft::telemetry::discovery
