// Reads test scripts.
#include <cmath>

#include "telemetry/promql/script/script.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql::script {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The next word; what remains begins with the one after it.
std::string_view take_word(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !is_blank(text[size])) ++size;
  const std::string_view word = text.substr(0, size);
  text = trim(text.substr(size));
  return word;
}

bool take_if(std::string_view& text, std::string_view word) {
  std::string_view rest = text;
  if (take_word(rest) != word) return false;
  text = rest;
  return true;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    lines.push_back(line.starts_with('#') ? std::string_view() : line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// Signed durations, repeated: -1m, _x3, 5s+1sx4.
class StartParser {
 public:
  explicit StartParser(std::string_view text) : text_(text) {}

  Result<std::vector<SequenceValue>> run() {
    std::vector<SequenceValue> out;
    while (!text_.empty()) {
      item_ = take_word(text_);
      SequenceValue value;
      if (item_ == "_" || item_.starts_with("_x")) {
        value.omitted = true;
        std::size_t count = 1;
        if (item_.size() > 2) {
          TRY(times, number(item_.substr(2)));
          count = times;
        }
        out.insert(out.end(), count, value);
        continue;
      }
      TRY(base, duration());
      value.value = static_cast<double>(base);
      Millis step = 0;
      if (!item_.empty() && (item_[0] == '+' || item_[0] == '-')) {
        TRY(by, duration());
        step = by;
      }
      std::size_t times = 0;
      if (!item_.empty()) {
        if (item_[0] != 'x') return fail(Code::bad_request, "invalid start timestamp");
        TRY(repeat, number(item_.substr(1)));
        times = repeat;
      }
      for (std::size_t i = 0; i <= times; ++i) {
        out.push_back(value);
        value.value += static_cast<double>(step);
      }
    }
    return out;
  }

 private:
  static Result<std::size_t> number(std::string_view digits) {
    TRY(value, parse_number(digits));
    if (value < 0 || value > 1e6) return fail(Code::bad_request, "invalid repeat count");
    return static_cast<std::size_t>(value);
  }

  Result<Millis> duration() {
    bool negative = false;
    if (!item_.empty() && (item_[0] == '-' || item_[0] == '+')) {
      negative = item_[0] == '-';
      item_.remove_prefix(1);
    }
    std::size_t size = 0;
    while (size < item_.size() && item_[size] != 'x' && item_[size] != '+' && item_[size] != '-') ++size;
    TRY(millis, parse_millis(item_.substr(0, size)));
    item_.remove_prefix(size);
    return negative ? -millis : millis;
  }

  std::string_view text_;
  std::string_view item_;
};

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) : lines_(lines_of(text)) {}

  Result<std::vector<Command>> run() {
    std::vector<Command> commands;
    for (at_ = 0; at_ < lines_.size(); ++at_) {
      if (lines_[at_].empty()) continue;
      std::string_view rest = lines_[at_];
      const std::string_view word = take_word(rest);
      Command command;
      command.line = static_cast<int>(at_) + 1;
      if (word == "clear") {
        command.clear = true;
      } else if (word == "load" || word == "load_with_nhcb") {
        TRY(loaded, load(word, rest));
        command.load = std::move(loaded);
      } else if (word == "eval" || word.starts_with("eval_")) {
        TRY(evaluated, eval(word, rest));
        command.eval = std::move(evaluated);
      } else {
        return refuse(fmt::format("invalid command {}", quote(lines_[at_])));
      }
      commands.push_back(std::move(command));
    }
    return commands;
  }

 private:
  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(Code::bad_request, fmt::format("{}: {}", at_ + 1, why));
  }

  template <class T>
  Result<T> here(Result<T> result) const {
    if (!result) return refuse(result.error().message());
    return result;
  }

  // Moves to the next line; false at the end of the command.
  bool next_line() {
    if (at_ + 1 >= lines_.size() || lines_[at_ + 1].empty()) return false;
    ++at_;
    return true;
  }

  Result<Load> load(std::string_view word, std::string_view rest) {
    Load out;
    out.with_custom_buckets = word == "load_with_nhcb";
    TRY(step, here(parse_millis(rest)));
    out.step = step;
    std::optional<Labels> starts_of;
    std::vector<SequenceValue> starts;
    while (next_line()) {
      std::string_view line = lines_[at_];
      std::string_view values = line;
      const std::string_view metric = take_word(values);
      if (metric.ends_with("@st")) {
        TRY(labels, here(parse_metric(metric.substr(0, metric.size() - 3))));
        TRY(parsed, here(StartParser(values).run()));
        starts_of = std::move(labels);
        starts = std::move(parsed);
        continue;
      }
      TRY(description, here(parse_series_description(line)));
      LoadedSeries series{std::move(description), {}};
      if (starts_of) {
        if (*starts_of != series.description.labels)
          return refuse("@st metric does not match the following sample line metric");
        if (starts.size() != series.description.values.size())
          return refuse(fmt::format("@st line has {} values but sample line has {}", starts.size(),
                                    series.description.values.size()));
        series.starts = std::exchange(starts, {});
        starts_of.reset();
      }
      // The last of several lines for one series counts.
      std::erase_if(out.series, [&](const LoadedSeries& other) {
        return other.description.labels == series.description.labels;
      });
      out.series.push_back(std::move(series));
    }
    if (starts_of) return refuse("@st line has no following sample line");
    return out;
  }

  Result<Eval> eval(std::string_view word, std::string_view rest) {
    Eval out;
    const std::string_view old_form = word.size() > 5 ? word.substr(5) : std::string_view();
    if (!old_form.empty()) TRY_DO(old_expectation(old_form, out));
    if (take_if(rest, "instant")) {
      if (!take_if(rest, "at")) return refuse("an instant query says when: eval instant at <time> <query>");
      TRY(time, here(parse_millis(take_word(rest))));
      out.start = out.end = time;
    } else if (take_if(rest, "range")) {
      out.range = true;
      TRY_DO(times(rest, out));
    } else {
      return refuse("invalid evaluation command: neither instant nor range");
    }
    out.expr = rest;
    // A scalar is the last line, so the next command may follow it at once.
    while (!out.scalar && next_line()) TRY_DO(expectation_line(lines_[at_], out));
    if (!out.range && !out.range_vector)
      for (const SeriesDescription& series : out.series)
        if (series.values.size() > 1)
          return refuse(
              "expecting multiple values in instant evaluation not allowed. consider using 'expect range "
              "vector' directive to enable a range vector result for an instant query");
    return out;
  }

  // "from T to T step D"
  Result<> times(std::string_view& rest, Eval& out) const {
    if (!take_if(rest, "from")) return refuse("times are written: from <start> to <end> step <step>");
    TRY(start, here(parse_millis(take_word(rest))));
    if (!take_if(rest, "to")) return refuse("times are written: from <start> to <end> step <step>");
    TRY(end, here(parse_millis(take_word(rest))));
    if (!take_if(rest, "step")) return refuse("times are written: from <start> to <end> step <step>");
    TRY(step, here(parse_millis(take_word(rest))));
    if (end < start) return refuse("the end is before the start");
    out.start = start;
    out.end = end;
    out.step = step;
    return {};
  }

  Result<> old_expectation(std::string_view form, Eval& out) const {
    Expectation expectation;
    if (form == "fail")
      expectation.what = Expected::fail;
    else if (form == "warn")
      expectation.what = Expected::warn;
    else if (form == "info")
      expectation.what = Expected::info;
    else if (form != "ordered")
      return refuse(fmt::format("invalid command eval_{}", form));
    out.expectations.push_back(std::move(expectation));
    return {};
  }

  Result<> expectation_line(std::string_view line, Eval& out) {
    std::string_view rest = line;
    if (take_if(rest, "expected_fail_message")) return fail_message(rest, false, out);
    if (take_if(rest, "expected_fail_regexp")) return fail_message(rest, true, out);
    if (take_if(rest, "expect")) return expect(rest, out);
    if (auto number = parse_signed(line)) {
      out.scalar = number;
      return {};
    }
    TRY(series, here(parse_series_description(line)));
    out.series.push_back(std::move(series));
    return {};
  }

  static std::optional<double> parse_signed(std::string_view text) {
    auto number = parse_number(text);
    return number ? std::optional(*number) : std::nullopt;
  }

  Result<> fail_message(std::string_view text, bool regex, Eval& out) const {
    Expectation expectation;
    expectation.what = Expected::fail;
    TRY_DO(set_text(expectation, text, regex));
    out.expectations.push_back(std::move(expectation));
    return {};
  }

  Result<> set_text(Expectation& expectation, std::string_view text, bool regex) const {
    if (!regex) {
      expectation.message = std::string(text);
      return {};
    }
    TRY(compiled, here(Regex::compile(text, Regex::Anchor::none)));
    expectation.regex = std::move(compiled);
    return {};
  }

  Result<> expect(std::string_view rest, Eval& out) const {
    if (take_if(rest, "string")) {
      std::string text;
      if (!unquote(rest, text)) return refuse("expected string literal not valid");
      out.string = std::move(text);
      return {};
    }
    if (take_if(rest, "range")) {
      if (!take_if(rest, "vector")) return refuse("invalid expect statement");
      out.range_vector = true;
      return times(rest, out);
    }
    static constexpr std::pair<std::string_view, Expected> kinds[] = {
        {"ordered", Expected::ordered}, {"fail", Expected::fail}, {"warn", Expected::warn},
        {"no_warn", Expected::no_warn}, {"info", Expected::info}, {"no_info", Expected::no_info}};
    const std::string_view kind = take_word(rest);
    for (const auto& [name, what] : kinds) {
      if (name != kind) continue;
      Expectation expectation;
      expectation.what = what;
      const bool message = rest.starts_with("msg:");
      if (message || rest.starts_with("regex:"))
        TRY_DO(set_text(expectation, trim(rest.substr(message ? 4 : 6)), !message));
      else if (!rest.empty())
        return refuse("invalid expect statement, must match `expect <type> <match_type>: <string>` format");
      out.expectations.push_back(std::move(expectation));
      return {};
    }
    return refuse(fmt::format("invalid expected error/annotation type {}", kind));
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
};

}  // namespace

bool Expectation::matches(std::string_view text) const {
  if (message) return *message == text;
  return !regex || regex->matches(text);
}

bool Eval::expects(Expected what) const {
  return std::any_of(expectations.begin(), expectations.end(),
                     [what](const Expectation& expectation) { return expectation.what == what; });
}

Result<std::vector<Command>> parse_script(std::string_view text) { return ScriptParser(text).run(); }

}  // namespace aloft::telemetry::promql::script
