// Taking a line apart.
#include "telemetry/logs/ingest/cri_line.h"

#include "base/time.h"

namespace aloft::telemetry::logs {
namespace {

bool take_spaced_word(std::string_view& rest, std::string_view& word) {
  const std::size_t end = rest.find(' ');
  if (end == std::string_view::npos) return false;
  word = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

bool parse_cri_line(std::string_view line, CriLine& out) {
  std::string_view time, stream, tags;
  if (!take_spaced_word(line, time) || !take_spaced_word(line, stream)) return false;
  if (stream != "stdout" && stream != "stderr") return false;
  if (!take_spaced_word(line, tags)) {
    tags = line;
    line = {};
  }
  // Further tags may follow the first one, behind colons.
  const std::string_view tag = tags.substr(0, tags.find(':'));
  if (tag != "P" && tag != "F") return false;
  const auto parsed = parse_time(time);
  if (!parsed) return false;
  out = {.time_ns = parsed->since_epoch.count(), .stream = stream, .partial = tag == "P", .text = line};
  return true;
}

}  // namespace aloft::telemetry::logs
