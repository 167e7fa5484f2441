// The protocol is read character by character, as spaces and commas may be escaped anywhere.
#include "telemetry/scrape/push/influx_lines.h"

#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/push/line_text.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

// A place in the text. What is read ends at an unescaped character of those asked for, or at the line's end.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool done() const { return at_ == text_.size(); }
  char peek() const { return done() ? '\n' : text_[at_]; }
  bool at_end() const { return peek() == '\n'; }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::size_t place() const { return at_; }
  std::string_view from(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  void skip_line() {
    while (!at_end()) ++at_;
    take('\n');
  }
  void skip(char c) {
    while (take(c)) continue;
  }

  // Escapes are undone for the characters of `ends`; any other backslash is itself.
  std::string word(std::string_view ends) {
    std::string out;
    while (!at_end() && ends.find(peek()) == std::string_view::npos) {
      if (peek() == '\\' && at_ + 1 < text_.size() &&
          (ends.find(text_[at_ + 1]) != std::string_view::npos || text_[at_ + 1] == '\\'))
        ++at_;
      out += text_[at_++];
    }
    return out;
  }
  // Behind the opening quote; false when it is never closed. A text may hold line ends.
  bool quoted(std::string& out) {
    while (!done()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\' && !done() && (text_[at_] == '"' || text_[at_] == '\\')) {
        out += text_[at_++];
      } else {
        out += c;
      }
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool parse_real(std::string_view text, double& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

enum class Taken { sample, nothing, damaged };

Taken read_value(Cursor& in, double& out) {
  if (in.take('"')) {
    std::string text;
    if (!in.quoted(text)) return Taken::damaged;
    return parse_real(text, out) ? Taken::sample : Taken::nothing;
  }
  std::string text = in.word(", ");
  if (text.ends_with('\r')) text.pop_back();
  for (const std::string_view yes : {"t", "T", "true", "True", "TRUE"}) {
    if (text == yes) out = 1;
    if (text == yes) return Taken::sample;
  }
  for (const std::string_view no : {"f", "F", "false", "False", "FALSE"}) {
    if (text == no) out = 0;
    if (text == no) return Taken::sample;
  }
  if (text.ends_with('i') || text.ends_with('u')) text.pop_back();
  return parse_real(text, out) ? Taken::sample : Taken::damaged;
}

class Reader {
 public:
  Reader(std::string_view text, const InfluxOptions& options, Rejections& rejections)
      : in_(text), options_(options), rejections_(rejections), arena_(batch_) {}

  Result<MetricBatch> run() {
    while (!in_.done()) {
      const std::size_t begin = in_.place();
      in_.skip(' ');
      if (in_.take('\r') || in_.take('\n')) continue;
      if (in_.peek() != '#') {
        fields_.clear();
        const char* wrong = line();
        if (wrong == nullptr && !is_utf8(in_.from(begin))) wrong = "it is no UTF-8";
        if (wrong != nullptr) {
          while (!in_.at_end()) in_.take(in_.peek());
          rejections_.add(fmt::format("line \"{}\": {}", shortened(begin), wrong));
        } else {
          add_samples();
          TRY_DO(check_size(batch_));
        }
      }
      in_.skip_line();
    }
    return std::move(batch_);
  }

 private:
  std::string shortened(std::size_t begin) const {
    return std::string(in_.from(begin).substr(0, shown_of_line));
  }

  // Null, or what is wrong.
  const char* line() {
    labels_ = LabelsBuilder();
    for (const auto& [name, value] : options_.labels) labels_.set(name, value);
    measurement_ = in_.word(", ");
    if (measurement_.empty()) return "the measurement is missing";
    while (in_.take(',')) {
      const std::string name = in_.word("=, ");
      if (name.empty() || !in_.take('=')) return "expected a tag as name=value";
      labels_.set(name, in_.word("=, "));
    }
    if (!in_.take(' ')) return "expected a space and fields behind the tags";
    in_.skip(' ');
    do {
      const std::string name = in_.word("=, ");
      if (name.empty() || !in_.take('=')) return "expected a field as name=value";
      double value = 0;
      const Taken taken = read_value(in_, value);
      if (taken == Taken::damaged) return "the value of a field cannot be read";
      if (taken == Taken::sample) fields_.emplace_back(name, value);
    } while (in_.take(','));
    return time();
  }

  const char* time() {
    time_ = options_.now;
    in_.skip(' ');
    const std::size_t begin = in_.place();
    while (!in_.at_end() && in_.peek() != '\r' && in_.peek() != ' ') in_.take(in_.peek());
    const std::string_view text = in_.from(begin);
    in_.skip(' ');
    in_.take('\r');
    if (!in_.at_end()) return "there is something behind the time";
    if (text.empty()) return nullptr;
    std::int64_t units = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), units);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return "the time is no number";
    const __int128 ns = static_cast<__int128>(units) * options_.unit_ns;
    const __int128 ms = ns / ns_per_ms;
    if (ms > INT64_MAX || ms < INT64_MIN) return "the time is out of range";
    time_ = static_cast<Millis>(ms);
    return nullptr;
  }

  void add_samples() {
    for (const auto& [name, value] : fields_) {
      labels_.set(metric_name_label, measurement_ + "_" + name);
      const Labels labels = labels_.build();
      batch_.samples.push_back({arena_.copy(labels.encoded()), time_, value});
    }
  }

  Cursor in_;
  const InfluxOptions& options_;
  Rejections& rejections_;
  MetricBatch batch_;
  LabelArena arena_;
  // Of the line at hand.
  std::string measurement_;
  LabelsBuilder labels_;
  std::vector<std::pair<std::string, double>> fields_;
  Millis time_ = 0;
};

}  // namespace

Result<std::int64_t> influx_precision(std::string_view name) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::pair<std::string_view, std::int64_t> units[] = {{"", 1},
                                                                 {"n", 1},
                                                                 {"ns", 1},
                                                                 {"u", 1000},
                                                                 {"us", 1000},
                                                                 {"\xC2\xB5", 1000},
                                                                 {"ms", ns_per_ms},
                                                                 {"s", second},
                                                                 {"m", 60 * second},
                                                                 {"h", 3600 * second}};
  for (const auto& [known, unit] : units) {
    if (known == name) return unit;
  }
  return fail(Code::bad_request, fmt::format("precision={}: expected ns, us, ms, s, m or h", name));
}

Result<MetricBatch> read_influx_lines(std::string_view text, const InfluxOptions& options,
                                      Rejections& rejections) {
  return Reader(text, options, rejections).run();
}

}  // namespace aloft::telemetry::scrape
