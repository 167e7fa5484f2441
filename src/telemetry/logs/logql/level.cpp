// Which level a line has: said by a label or a field, by a property of a JSON or logfmt line, or by a word.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "telemetry/logs/logql/line_parsers.h"
#include "telemetry/logs/logql/pipeline.h"

namespace aloft::telemetry::logs::logql {
namespace {

struct Word {
  std::string_view text;
  std::string_view level;
};

// How values of labels and properties spell levels.
constexpr std::array spellings = std::to_array<Word>({{"trace", "trace"},
                                                      {"trc", "trace"},
                                                      {"debug", "debug"},
                                                      {"dbg", "debug"},
                                                      {"info", "info"},
                                                      {"inf", "info"},
                                                      {"information", "info"},
                                                      {"warn", "warn"},
                                                      {"wrn", "warn"},
                                                      {"warning", "warn"},
                                                      {"error", "error"},
                                                      {"err", "error"},
                                                      {"fatal", "fatal"},
                                                      {"critical", "critical"}});
// The words that tell a level in running text.
constexpr std::array words = std::to_array<Word>({{"trace", "trace"},
                                                  {"debug", "debug"},
                                                  {"fatal", "fatal"},
                                                  {"critical", "critical"},
                                                  {"error", "error"},
                                                  {"err", "error"},
                                                  {"warning", "warn"},
                                                  {"warn", "warn"},
                                                  {"info", "info"}});

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(),
                                                  [](char a, char b) { return lower_letter(a) == b; });
}

std::string_view level_of_value(std::string_view value) {
  for (const Word& word : spellings)
    if (same_word(value, word.text)) return word.level;
  return {};
}

bool names_level(std::string_view name) {
  static constexpr std::array names = std::to_array<std::string_view>(
      {"level", "LEVEL", "Level", "log.level", "severity", "SEVERITY", "Severity", "SeverityText", "lvl",
       "LVL", "Lvl", "severity_text", "Severity_Text", "SEVERITY_TEXT"});
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The ranges of severities of the OpenTelemetry log data model.
std::string_view level_of_severity(std::string_view text) {
  int number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc() || end != text.data() + text.size()) return "info";
  static constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info",
                                                             "warn",  "error", "fatal"};
  if (number < 1 || number > 24) return "unknown";
  return levels[static_cast<std::size_t>(number - 1) / 4];
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// A colon before a word makes it a part of something else; one behind it ends a prefix.
bool may_begin_behind(char c) {
  return is_ascii_space(c) || std::string_view("[({\"'=|").find(c) != std::string_view::npos;
}
bool may_end_before(char c) {
  return is_ascii_space(c) || std::string_view("[](){}:,!\"'=|").find(c) != std::string_view::npos;
}

std::string_view level_in_text(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (at != 0 && !may_begin_behind(line[at - 1])) continue;
    for (const Word& word : words) {
      const std::size_t end = at + word.text.size();
      if (end > line.size() || !same_word(line.substr(at, word.text.size()), word.text)) continue;
      if (end == line.size() || may_end_before(line[end])) return word.level;
    }
  }
  return "unknown";
}

std::string_view level_in_line(std::string_view line) {
  const std::string_view inside = trim(line, ascii_whitespace);
  std::string_view value;
  if (inside.starts_with('{') && inside.ends_with('}')) {
    value = find_json_text(line, &names_level);
  } else if (line.find('=') != std::string_view::npos) {
    value = find_logfmt_text(line, &names_level);
  }
  const std::string_view level = level_of_value(value);
  return level.empty() ? level_in_text(line) : level;
}

}  // namespace

bool speaks_of_level(std::string_view query) {
  return query.find("detected_level") != std::string_view::npos;
}

std::string_view detect_level(LabelsView stream, PackedFields fields, std::string_view line) {
  std::string_view said, severity;
  for (const Label& label : stream)
    if (said.empty() && names_level(label.name)) said = label.value;
  if (said.empty()) {
    fields.for_each([&](std::string_view name, std::string_view value) {
      if (said.empty() && names_level(name)) said = value;
      if (name == "severity_number") severity = value;
    });
  }
  if (!said.empty()) {
    const std::string_view level = level_of_value(said);
    return level.empty() ? said : level;
  }
  return severity.empty() ? level_in_line(line) : level_of_severity(severity);
}

}  // namespace aloft::telemetry::logs::logql
