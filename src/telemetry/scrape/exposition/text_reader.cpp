// Reading Prometheus text 0.0.4 and 1.0.0.
#include <charconv>

#include <fmt/format.h>

#include "telemetry/core/durations.h"
#include "telemetry/scrape/exposition/metric_words.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {
namespace {

class TextReader final : public ExpositionReader {
 public:
  explicit TextReader(std::string_view page)
      : page_(page), at_(page.data()), line_(at_), end_(page.data() + page.size()) {}

  Result<bool> next(ExpositionItem& item) override {
    for (;;) {
      line_ = at_;
      while (at_ != end_ && is_blank(*at_)) ++at_;
      if (at_ == end_) return take_metadata(item);
      if (*at_ == '\n' || *at_ == '\r') {
        ++at_;
        continue;
      }
      if (*at_ != '#') break;
      bool given = false;
      if (const char* wrong = comment(item, given)) return damaged(wrong);
      if (given) return true;
    }
    if (family_open_ && !metadata_told_) {
      // The line stays for the next call.
      at_ = line_;
      metadata_told_ = true;
      give_metadata(item);
      return true;
    }
    if (const char* wrong = sample(item)) return damaged(wrong);
    return true;
  }

  Result<LabelsView> labels() override {
    const char* at = key_.data();
    if (const char* wrong = series_.read_series(at, key_.data() + key_.size())) {
      at_ = at;
      return damaged(wrong);
    }
    if (at != key_.data() + key_.size()) {
      at_ = at;
      return damaged("expected the end of the series");
    }
    normalize_bounds(series_, family_.family, family_.type);
    encoded_.clear();
    series_.encode(encoded_);
    return LabelsView(encoded_);
  }

  bool skip_line() override {
    at_ = line_;
    while (at_ != end_ && *at_ != '\n') ++at_;
    if (at_ != end_) ++at_;
    return true;
  }

 private:
  std::unexpected<Error> damaged(const char* wrong) const {
    return fail(Code::bad_request, fmt::format("{}: {}", place_of(page_, at_), wrong));
  }
  void blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }
  bool line_ends() {
    blanks();
    if (at_ != end_ && *at_ == '\r') ++at_;
    return at_ == end_ || *at_ == '\n';
  }
  std::string_view token() {
    blanks();
    const char* const begin = at_;
    while (at_ != end_ && !is_blank(*at_) && *at_ != '\n' && *at_ != '\r') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  void to_line_end() {
    while (at_ != end_ && *at_ != '\n') ++at_;
  }

  // HELP, TYPE and UNIT; everything else behind '#' is a comment. A family that was told is given once the
  // next begins or its first sample comes.
  const char* comment(ExpositionItem& item, bool& given) {
    const char* const start = at_;
    ++at_;
    const std::string_view word = token();
    const bool type = word == "TYPE";
    const bool help = word == "HELP";
    if (!type && !help && word != "UNIT") {
      to_line_end();
      return nullptr;
    }
    blanks();
    std::string_view name;
    if (const char* wrong = series_.read_name(at_, end_, name)) return wrong;
    if (family_open_ && family_.family != name) {
      at_ = line_ = start;
      given = !metadata_told_;
      if (given) give_metadata(item);
      family_open_ = false;
      return nullptr;
    }
    if (!family_open_) begin_family(name);
    if (type) {
      const auto kind = metric_type_of(token());
      if (!kind) return "an unknown metric type";
      family_.type = *kind;
      return line_ends() ? nullptr : "expected the end of the line";
    }
    if (at_ != end_ && is_blank(*at_)) ++at_;
    const char* const begin = at_;
    to_line_end();
    std::string_view text(begin, static_cast<std::size_t>(at_ - begin));
    if (text.ends_with('\r')) text.remove_suffix(1);
    (help ? family_.help : family_.unit) = unescape_help(text);
    return nullptr;
  }

  void begin_family(std::string_view name) {
    family_ = {};
    family_.family = name;
    family_open_ = true;
    metadata_told_ = false;
  }
  void give_metadata(ExpositionItem& item) const {
    item.kind = ExpositionItem::Kind::metadata;
    item.metadata = family_;
  }
  bool take_metadata(ExpositionItem& item) {
    if (!family_open_ || metadata_told_) return false;
    metadata_told_ = true;
    give_metadata(item);
    return true;
  }

  const char* sample(ExpositionItem& item) {
    const char* const begin = at_;
    const bool letter = (*at_ >= 'a' && *at_ <= 'z') || (*at_ >= 'A' && *at_ <= 'Z');
    if (!letter && *at_ != '_' && *at_ != ':' && *at_ != '{') return "expected a metric name";
    const char* const behind = end_of_series(begin, end_);
    if (behind == nullptr) return "the closing '}' is missing";
    key_ = std::string_view(begin, static_cast<std::size_t>(behind - begin));
    at_ = behind;
    item.kind = ExpositionItem::Kind::sample;
    item.key = key_;
    item.exemplars.clear();
    item.created = 0;
    item.time.reset();
    const std::string_view value = token();
    if (value.empty()) return "expected a value";
    if (!parse_value(value, item.value)) {
      at_ = value.data();
      return "the value is no number";
    }
    if (line_ends()) return end_line();
    const std::string_view time = token();
    Millis millis = 0;
    const auto parsed = std::from_chars(time.data(), time.data() + time.size(), millis);
    if (parsed.ec != std::errc() || parsed.ptr != time.data() + time.size()) {
      at_ = time.data();
      return "the timestamp is no whole number of milliseconds";
    }
    item.time = millis;
    if (!line_ends()) return "expected the end of the line";
    return end_line();
  }
  const char* end_line() {
    if (at_ != end_) ++at_;
    return nullptr;
  }

  std::string_view page_;
  const char* at_;
  const char* line_;
  const char* end_;
  std::string_view key_;
  SeriesText series_{SeriesText::Style::prometheus};
  std::string encoded_;
  MetricMetadata family_;
  bool family_open_ = false;
  bool metadata_told_ = false;
};

}  // namespace

std::unique_ptr<ExpositionReader> make_text_reader(std::string_view page) {
  return std::make_unique<TextReader>(page);
}

}  // namespace aloft::telemetry::scrape
