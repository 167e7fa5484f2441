// One line, one sample.
#include "telemetry/scrape/push/graphite_lines.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/push/line_text.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr double most_stamp_seconds = 1e12;

std::string_view next_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  const std::size_t end = std::min(text.find_first_of(" \t\r", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

// Null, or what is wrong.
const char* read_path(std::string_view path, LabelsBuilder& labels) {
  std::size_t at = path.find(';');
  const std::string_view name = path.substr(0, at);
  if (name.empty()) return "the path is missing";
  while (at != std::string_view::npos) {
    const std::size_t end = path.find(';', at + 1);
    const std::string_view tag = path.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    at = end;
    const std::size_t equals = tag.find('=');
    if (equals == std::string_view::npos || equals == 0) return "expected a tag as name=value";
    labels.set(tag.substr(0, equals), tag.substr(equals + 1));
  }
  labels.set(metric_name_label, name);
  return nullptr;
}

const char* read_line(std::string_view line, Millis now, LabelsBuilder& labels, Millis& time, double& value) {
  if (!is_utf8(line)) return "it is no UTF-8";
  const std::string_view path = next_word(line);
  if (const char* wrong = read_path(path, labels)) return wrong;
  if (!read_number(next_word(line), value)) return "the value is no number";
  const std::string_view when = next_word(line);
  double seconds = 0;
  time = now;
  if (!when.empty()) {
    if (!read_number(when, seconds) || !(std::abs(seconds) < most_stamp_seconds))
      return "the time is no number of seconds";
    if (seconds != -1 && seconds != 0) time = static_cast<Millis>(std::round(seconds * 1000));
  }
  return next_word(line).empty() ? nullptr : "there is something behind the time";
}

}  // namespace

MetricBatch read_graphite_lines(std::string_view text, Millis now, Rejections& rejections) {
  MetricBatch batch;
  LabelArena arena(batch);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    LabelsBuilder labels;
    Millis time = 0;
    double value = 0;
    if (const char* wrong = read_line(line, now, labels, time, value)) {
      rejections.add(fmt::format("line \"{}\": {}", line.substr(0, shown_of_line), wrong));
      continue;
    }
    batch.samples.push_back({arena.copy(labels.build().encoded()), time, value});
  }
  return batch;
}

}  // namespace aloft::telemetry::scrape
