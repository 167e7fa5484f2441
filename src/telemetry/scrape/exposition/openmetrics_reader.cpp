// Reading OpenMetrics text 1.0: the grammar, line by line; the rules stand in openmetrics_rules.h.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "telemetry/core/durations.h"
#include "telemetry/scrape/exposition/metric_words.h"
#include "telemetry/scrape/exposition/openmetrics_created.h"
#include "telemetry/scrape/exposition/openmetrics_rules.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t exemplar_characters = 128;

// The numbers of the format: decimal, or an infinity or NaN in any case. No hexadecimal.
bool parse_number(std::string_view text, double& value) {
  return text.find_first_of("xX") == std::string_view::npos && parse_value(text, value);
}

Millis to_millis(double seconds) {
  constexpr double bound = 9.2e18;
  return static_cast<Millis>(std::clamp(std::round(seconds * 1000), -bound, bound));
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

class OpenMetricsReader final : public ExpositionReader {
 public:
  OpenMetricsReader(std::string_view page, CreatedTimes::Use use, CreatedTimes* created)
      : page_(page), at_(page.data()), end_(page.data() + page.size()), use_(use), created_(created) {}
  OpenMetricsReader(std::string_view page, std::unique_ptr<CreatedTimes> created)
      : OpenMetricsReader(page, CreatedTimes::Use::look_up, created.get()) {
    owned_created_ = std::move(created);
  }

  Result<bool> next(ExpositionItem& item) override {
    for (;;) {
      if (held_) {
        // The sample whose family's metadata went first.
        held_ = false;
        std::swap(item, pending_);
        return true;
      }
      if (ended_) return false;
      if (at_ == end_) return damaged("the page does not end with # EOF");
      line_ = at_;
      const bool is_sample = *at_ != '#';
      if (const char* wrong = is_sample ? sample(item) : comment()) return damaged(wrong);
      const bool gives_sample = is_sample && !left_out_;
      if (auto metadata = rules_.take_finished()) {
        if (gives_sample) hold(item);
        item.kind = ExpositionItem::Kind::metadata;
        item.metadata = std::move(*metadata);
        return true;
      }
      if (gives_sample) return true;
    }
  }

  Result<LabelsView> labels() override { return LabelsView(encoded_); }

 private:
  std::unexpected<Error> damaged(const char* wrong) const {
    return fail(Code::bad_request, fmt::format("{}: {}", place_of(page_, at_), wrong));
  }
  void hold(ExpositionItem& item) {
    pending_ = std::move(item);
    item = {};
    held_ = true;
  }
  bool take(std::string_view text) {
    if (static_cast<std::size_t>(end_ - at_) < text.size() || std::string_view(at_, text.size()) != text)
      return false;
    at_ += text.size();
    return true;
  }
  std::string_view token() {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ' ' && *at_ != '\n') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  const char* end_line() {
    if (at_ == end_ || *at_ != '\n') return "expected the end of the line";
    ++at_;
    return nullptr;
  }

  const char* comment() {
    if (take("# EOF")) {
      if (at_ != end_ && *at_ == '\n') ++at_;
      if (at_ != end_) return "there is text behind # EOF";
      ended_ = true;
      return rules_.end();
    }
    OpenMetricsRules::Word word;
    if (take("# TYPE ")) {
      word = OpenMetricsRules::Word::type;
    } else if (take("# HELP ")) {
      word = OpenMetricsRules::Word::help;
    } else if (take("# UNIT ")) {
      word = OpenMetricsRules::Word::unit;
    } else {
      return "expected # TYPE, # HELP, # UNIT or # EOF; there are no comments";
    }
    std::string_view name;
    if (const char* wrong = series_.read_name(at_, end_, name)) return wrong;
    if (!take(" ")) return "expected one space behind the name";
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '\n') ++at_;
    const std::string text = unescape(std::string_view(begin, static_cast<std::size_t>(at_ - begin)));
    if (const char* wrong = end_line()) return wrong;
    const char* const next_line = at_;
    at_ = line_;
    if (const char* wrong = rules_.metadata(word, name, text)) return wrong;
    at_ = next_line;
    return nullptr;
  }

  static std::string unescape(std::string_view text) {
    std::string out = unescape_help(text);
    for (std::size_t at = out.find("\\\""); at != std::string::npos; at = out.find("\\\"", at + 1))
      out.erase(at, 1);
    return out;
  }

  const char* number(double& value, const char* what) {
    const std::string_view text = token();
    if (parse_number(text, value)) return nullptr;
    at_ = text.data();
    return what;
  }
  // " 12.5" if it comes next.
  const char* optional_seconds(std::optional<double>& out) {
    out.reset();
    if (at_ == end_ || *at_ != ' ' || (at_ + 1 != end_ && at_[1] == '#')) return nullptr;
    ++at_;
    double seconds = 0;
    if (const char* wrong = number(seconds, "the timestamp is no number")) return wrong;
    if (!std::isfinite(seconds)) return "the timestamp is no time";
    out = seconds;
    return nullptr;
  }

  const char* sample(ExpositionItem& item) {
    item.kind = ExpositionItem::Kind::sample;
    item.exemplars.clear();
    item.created = 0;
    const char* const begin = at_;
    if (const char* wrong = series_.read_series(at_, end_)) return wrong;
    item.key = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    if (!take(" ")) return "expected one space and a value";
    if (const char* wrong = number(item.value, "the value is no number")) return wrong;
    std::optional<double> seconds;
    if (const char* wrong = optional_seconds(seconds)) return wrong;
    item.time = seconds ? std::optional<Millis>(to_millis(*seconds)) : std::nullopt;
    if (take(" # ")) {
      if (const char* wrong = exemplar(item)) return wrong;
    }
    if (const char* wrong = end_line()) return wrong;
    const char* const next_line = at_;
    at_ = line_;
    if (const char* wrong = rules_.sample({series_, item.value, seconds, !item.exemplars.empty()}))
      return wrong;
    at_ = next_line;
    left_out_ = created_ != nullptr && created_->take(use_, rules_.family(), series_, item);
    if (left_out_) return nullptr;
    normalize_bounds(series_, rules_.family().family, rules_.family().type);
    encoded_.clear();
    series_.encode(encoded_);
    return nullptr;
  }

  const char* exemplar(ExpositionItem& item) {
    ExpositionExemplar& out = item.exemplars.emplace_back();
    if (const char* wrong = exemplar_text_.read_labels(at_, end_)) return wrong;
    std::size_t length = 0;
    for (const Label& label : exemplar_text_.labels())
      length += characters(label.name) + characters(label.value);
    if (length > exemplar_characters) return "the labels of an exemplar have more than 128 characters";
    std::string encoded;
    exemplar_text_.encode(encoded);
    out.labels = Labels::from_encoded(std::move(encoded));
    if (!take(" ")) return "expected one space and the exemplar's value";
    if (const char* wrong = number(out.value, "the exemplar's value is no number")) return wrong;
    std::optional<double> seconds;
    if (const char* wrong = optional_seconds(seconds)) return wrong;
    if (seconds) out.time = to_millis(*seconds);
    return nullptr;
  }

  std::string_view page_;
  const char* at_;
  const char* line_ = nullptr;
  const char* end_;
  bool ended_ = false;
  bool held_ = false;
  ExpositionItem pending_;
  SeriesText series_{SeriesText::Style::openmetrics};
  SeriesText exemplar_text_{SeriesText::Style::openmetrics};
  OpenMetricsRules rules_;
  std::string encoded_;
  CreatedTimes::Use use_ = CreatedTimes::Use::look_up;
  CreatedTimes* created_ = nullptr;
  std::unique_ptr<CreatedTimes> owned_created_;
  bool left_out_ = false;  // the line of a sample gave none
};

// The line with the time stands behind the samples it is about, so the page is read twice.
std::unique_ptr<CreatedTimes> read_created(std::string_view page) {
  auto created = std::make_unique<CreatedTimes>();
  OpenMetricsReader reader(page, CreatedTimes::Use::collect, created.get());
  ExpositionItem item;
  for (;;) {
    const auto more = reader.next(item);
    if (!more || !*more) return created;  // what is wrong with the page is told by the second reading
  }
}

}  // namespace

std::unique_ptr<ExpositionReader> make_openmetrics_reader(std::string_view page, ReaderOptions options) {
  std::unique_ptr<CreatedTimes> created;
  if (options.created_lines_are_starts && page.find("_created") != std::string_view::npos)
    created = read_created(page);
  return std::make_unique<OpenMetricsReader>(page, std::move(created));
}

}  // namespace aloft::telemetry::scrape
