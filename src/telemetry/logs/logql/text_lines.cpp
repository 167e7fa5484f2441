// logfmt, regular expressions and patterns.
#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/json_escape.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

// Pairs of key=value, as the logfmt of Go reads them.
class LogfmtReader {
 public:
  // Without `labels`, which keep what is unescaped, values with escapes are given as they stand.
  LogfmtReader(std::string_view line, LineLabels* labels) : line_(line), labels_(labels) {}
  bool at_end() {
    while (at_ < line_.size() && blank(line_[at_])) ++at_;
    return at_ >= line_.size();
  }
  // False when the pair is malformed; error() then says why, and the next call goes on behind it.
  bool next(std::string_view& key, std::string_view& value) {
    key = value = {};
    const std::size_t start = at_;
    while (at_ < line_.size() && line_[at_] != '=' && line_[at_] != '"' && !blank(line_[at_])) ++at_;
    key = line_.substr(start, at_ - start);
    if (at_ >= line_.size() || blank(line_[at_])) return true;
    if (line_[at_] == '"' || key.empty()) return unexpected(line_[at_]);
    ++at_;
    if (at_ >= line_.size() || blank(line_[at_])) return true;
    return line_[at_] == '"' ? quoted(value) : bare(value);
  }
  const std::string& error() const { return error_; }

 private:
  static bool blank(char c) { return static_cast<unsigned char>(c) <= ' '; }
  void skip_to_blank() {
    while (at_ < line_.size() && !blank(line_[at_])) ++at_;
  }
  bool wrong(std::string_view what, std::size_t position) {
    if (error_.empty()) error_ = fmt::format("logfmt syntax error at pos {} : {}", position, what);
    skip_to_blank();
    return false;
  }
  bool unexpected(char c) { return wrong(fmt::format("unexpected '{}'", c), at_ + 1); }
  bool bare(std::string_view& value) {
    const std::size_t start = at_;
    while (at_ < line_.size() && !blank(line_[at_])) {
      if (line_[at_] == '=' || line_[at_] == '"') return unexpected(line_[at_]);
      ++at_;
    }
    value = line_.substr(start, at_ - start);
    return true;
  }
  bool quoted(std::string_view& value) {
    bool escapes = false;
    std::size_t end = at_ + 1;
    while (end < line_.size() && line_[end] != '"') {
      escapes = escapes || line_[end] == '\\';
      end += line_[end] == '\\' ? 2 : 1;
    }
    if (end >= line_.size()) {
      at_ = line_.size();
      return wrong("unterminated quoted value", line_.size() + 1);
    }
    value = line_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    if (!escapes || labels_ == nullptr) return true;
    std::string plain;
    if (!unescape(value, plain)) return wrong("invalid quoted value", at_ + 1);
    value = labels_->keep(std::move(plain));
    return true;
  }
  static bool unescape(std::string_view raw, std::string& out) {
    while (!raw.empty()) {
      const char c = raw.front();
      raw.remove_prefix(1);
      if (c != '\\') {
        out += c;
      } else if (raw.starts_with('\'')) {
        out += '\'';
        raw.remove_prefix(1);
      } else if (!json_unescape(raw, out)) {
        return false;
      }
    }
    return true;
  }
  std::string_view line_;
  std::size_t at_ = 0;
  std::string error_;
  LineLabels* labels_;
};

bool is_label_name(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

}  // namespace

void parse_logfmt_line(std::string_view line, const LogfmtOptions& options, LineLabels& labels) {
  if (labels.needed != nullptr && labels.needed->none) return;
  const bool all = options.extractions == nullptr || options.extractions->empty();
  if (!all) {
    for (const Extraction& one : *options.extractions)
      if (!labels.is_given(one.name)) labels.set(Source::parsed, one.name, {});
  }
  std::optional<std::size_t> missing;
  if (all && labels.needed != nullptr && labels.needed->names) missing = labels.needed->names->size();
  LogfmtReader reader(line, &labels);
  while (!reader.at_end()) {
    std::string_view key, value;
    if (!reader.next(key, value)) {
      if (options.strict) break;
      continue;
    }
    if (!is_utf8(value)) {
      std::string cleaned(value);
      for (char& c : cleaned)
        if ((static_cast<unsigned char>(c) & 0x80) != 0) c = ' ';
      value = labels.keep(std::move(cleaned));
    }
    if (all) {
      if (value.empty() && !options.keep_empty) continue;
      const std::string_view name = labels.parsed_name(key);
      if (name.empty()) continue;
      if (missing && !labels.get(name)) --*missing;
      labels.set(Source::parsed, name, value);
      if (missing && *missing == 0) return;
      continue;
    }
    for (const Extraction& one : *options.extractions)
      if (one.path == key || one.path == sanitize_name(key))
        labels.set(Source::parsed, labels.free_name(one.name), value);
  }
  if (options.strict && !reader.error().empty()) labels.set_parse_error("LogfmtParserErr", reader.error());
}

std::string_view find_logfmt_text(std::string_view line, NameTest wanted) {
  LogfmtReader reader(line, nullptr);
  std::string_view key, value;
  while (!reader.at_end() && reader.next(key, value))
    if (wanted(key)) return value;
  return {};
}

void parse_regexp_line(std::string_view line, const Regex& regex, std::vector<std::string_view>& groups,
                       LineLabels& labels) {
  if (!regex.find(line, 0, groups)) return;
  const std::vector<std::string>& names = regex.group_names();
  for (std::size_t i = 1; i < groups.size() && i < names.size(); ++i) {
    if (names[i].empty()) continue;
    if (const std::string_view name = labels.parsed_name(names[i]); !name.empty())
      labels.set(Source::parsed, name, groups[i]);
  }
}

Result<> check_regexp_parser(std::string_view expression) {
  TRY(regex, Regex::compile(expression, Regex::Anchor::none));
  std::set<std::string_view> seen;
  for (const std::string& name : regex->group_names()) {
    if (name.empty()) continue;
    if (!is_label_name(name))
      return fail(Code::invalid, fmt::format("invalid extracted label name '{}'", name));
    if (!seen.insert(name).second)
      return fail(Code::invalid, fmt::format("duplicate extracted label name '{}'", name));
  }
  if (seen.empty()) return fail(Code::invalid, "at least one named capture must be supplied");
  return {};
}

Result<LinePattern> LinePattern::compile(std::string_view text, Use use) {
  LinePattern out;
  std::string literal;
  std::set<std::string> seen;
  bool named = false;
  while (!text.empty()) {
    const std::size_t end = text[0] == '<' ? text.find('>') : std::string_view::npos;
    if (end == std::string_view::npos || !is_label_name(text.substr(1, end - 1))) {
      literal += text[0];
      text.remove_prefix(1);
      continue;
    }
    const std::string name(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    if (!literal.empty()) out.pieces_.push_back({.text = std::exchange(literal, {}), .capture = false});
    if (!out.pieces_.empty() && out.pieces_.back().capture)
      return fail(Code::invalid, fmt::format("found consecutive capture '<{}><{}>': invalid expression",
                                             out.pieces_.back().text, name));
    if (name != "_") {
      if (use == Use::filter)
        return fail(Code::invalid, fmt::format("named captures are not allowed: found '<{}>'", name));
      if (!seen.insert(name).second)
        return fail(Code::invalid, fmt::format("duplicate capture name ({}): invalid expression", name));
      named = true;
    }
    out.pieces_.push_back({.text = name, .capture = true});
  }
  if (!literal.empty()) out.pieces_.push_back({.text = std::move(literal), .capture = false});
  if (use == Use::parser && !named) return fail(Code::invalid, "at least one capture is required");
  return out;
}

Result<> check_pattern_parser(std::string_view text) {
  TRY_DO(LinePattern::compile(text, LinePattern::Use::parser));
  return {};
}

void LinePattern::parse(std::string_view line, LineLabels& labels) const {
  if (line.empty() || (labels.needed != nullptr && labels.needed->none)) return;
  std::size_t at = 0;
  if (!pieces_[0].capture) {
    if (!line.starts_with(pieces_[0].text)) return;
    line.remove_prefix(pieces_[0].text.size());
    at = 1;
  }
  for (; at < pieces_.size(); at += 2) {
    const bool last = at + 1 == pieces_.size();
    const std::size_t found = last ? std::string_view::npos : line.find(pieces_[at + 1].text);
    if (!pieces_[at].unnamed()) {
      const std::string_view name = labels.parsed_name(pieces_[at].text);
      if (!name.empty()) labels.set(Source::parsed, name, line.substr(0, found));
    }
    // A capture whose end is missing takes what is left.
    if (found == std::string_view::npos) return;
    line.remove_prefix(found + pieces_[at + 1].text.size());
  }
}

bool LinePattern::matches(std::string_view line) const {
  if (line.empty() || pieces_.empty()) return line.empty() && pieces_.empty();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].capture) continue;
    const std::size_t found = line.find(pieces_[i].text);
    if (found == std::string_view::npos || (i != 0 && found == 0)) return false;
    line.remove_prefix(found + pieces_[i].text.size());
  }
  return pieces_.back().capture != line.empty();
}

}  // namespace aloft::telemetry::logs::logql
