// Writing the text formats.
#include "telemetry/scrape/exposition/writer.h"

#include <fmt/format.h>

#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {
namespace {

void escape(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) out += '\\';
      out += c;
    }
  }
}

void quote(std::string& out, std::string_view text) {
  out += '"';
  escape(out, text, true);
  out += '"';
}

void metric_name(std::string& out, std::string_view name) {
  if (is_classic_metric_name(name)) {
    out += name;
  } else {
    quote(out, name);
  }
}

}  // namespace

void TextWriter::family(const MetricMetadata& metadata) {
  const auto line = [&](std::string_view word) {
    out_ += "# ";
    out_ += word;
    out_ += ' ';
    metric_name(out_, metadata.family);
    out_ += ' ';
  };
  if (!metadata.help.empty()) {
    line("HELP");
    escape(out_, metadata.help, style_ == TextStyle::openmetrics);
    out_ += '\n';
  }
  line("TYPE");
  out_ += metadata.type == MetricType::unknown && style_ == TextStyle::prometheus ? "untyped"
                                                                                  : to_string(metadata.type);
  out_ += '\n';
  if (!metadata.unit.empty() && style_ == TextStyle::openmetrics) {
    line("UNIT");
    out_ += metadata.unit;
    out_ += '\n';
  }
}

void TextWriter::labels(LabelsView labels, std::span<const Label> behind) {
  const std::string_view name = labels.metric_name();
  const bool plain = is_classic_metric_name(name);
  if (plain) out_ += name;
  bool open = false;
  const auto begin = [&] {
    out_ += open ? ',' : '{';
    open = true;
  };
  if (!plain && !name.empty()) {
    begin();
    quote(out_, name);
  }
  const auto pair = [&](const Label& label) {
    begin();
    if (is_classic_label_name(label.name)) {
      out_ += label.name;
    } else {
      quote(out_, label.name);
    }
    out_ += '=';
    quote(out_, label.value);
  };
  for (const Label& label : labels)
    if (label.name != metric_name_label) pair(label);
  for (const Label& label : behind) pair(label);
  if (open) out_ += '}';
}

void TextWriter::time(Millis time) {
  out_ += ' ';
  if (style_ == TextStyle::prometheus) {
    out_ += std::to_string(time);
    return;
  }
  const bool negative = time < 0;
  const auto magnitude = negative ? -static_cast<std::uint64_t>(time) : static_cast<std::uint64_t>(time);
  out_ += fmt::format("{}{}.{:03}", negative ? "-" : "", magnitude / 1000, magnitude % 1000);
}

void TextWriter::sample(LabelsView series, double value, std::optional<Millis> at, const Exemplar* exemplar,
                        std::span<const Label> behind) {
  labels(series, behind);
  out_ += ' ';
  out_ += format_shortest(value);
  if (at) time(*at);
  if (exemplar != nullptr && style_ == TextStyle::openmetrics) {
    out_ += " # ";
    if (exemplar->labels.empty()) {
      out_ += "{}";
    } else {
      labels(exemplar->labels, {});
    }
    out_ += ' ';
    out_ += format_shortest(exemplar->value);
    if (exemplar->time) time(*exemplar->time);
  }
  out_ += '\n';
}

void TextWriter::end() {
  if (style_ == TextStyle::openmetrics) out_ += "# EOF\n";
}

}  // namespace aloft::telemetry::scrape
