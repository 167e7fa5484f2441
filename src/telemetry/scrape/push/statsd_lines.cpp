// One line, one series, one or more values.
#include "telemetry/scrape/push/statsd_lines.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/scrape/push/line_text.h"

namespace aloft::telemetry::scrape {
namespace {

std::string clean(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
    if (!fine) c = '_';
  }
  if (!out.empty() && out[0] >= '0' && out[0] <= '9') out.insert(0, "_");
  return out;
}

bool read_finite(std::string_view text, double& out) { return read_number(text, out) && std::isfinite(out); }

// Takes the text up to the separator off the front; all of it when there is none.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return front;
}

void add_tags(std::string_view tags, char equals, LabelsBuilder& labels) {
  while (!tags.empty()) {
    std::string_view value = cut(tags, ',');
    const std::string_view name = cut(value, equals);
    // A tag without a value is one that is there.
    if (!name.empty()) labels.set(clean(name), value.empty() ? "true" : value);
  }
}

class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  // Null, or what is wrong.
  const char* read(const std::function<void(const StatsdEvent&)>& take) {
    std::string_view values = cut(rest_, '|');
    const std::string_view type = cut(rest_, '|');
    const std::size_t colon = values.find(':');
    if (colon == std::string_view::npos || colon == 0) return "expected name:value|type";
    std::string_view name = values.substr(0, colon);
    values.remove_prefix(colon + 1);
    if (const char* wrong = options()) return wrong;
    std::string_view tags = name;
    name = cut(tags, ',');
    if (name.empty()) return "the name is missing";
    add_tags(tags, '=', labels_);
    labels_.set(metric_name_label, clean(name));
    event_.series = labels_.build();
    if (!set_kind(type)) return "the type is not known";
    while (!values.empty()) {
      if (!value(cut(values, ':'), type)) return "the value is no number";
      take(event_);
    }
    return nullptr;
  }

 private:
  const char* options() {
    while (!rest_.empty()) {
      const std::string_view option = cut(rest_, '|');
      if (option.starts_with('@')) {
        if (!read_finite(option.substr(1), event_.rate) || event_.rate <= 0 || event_.rate > 1)
          return "the sampling rate is no share";
      } else if (option.starts_with('#')) {
        add_tags(option.substr(1), ':', labels_);
      }
      // Times and container ids have no meaning here.
    }
    return nullptr;
  }

  bool set_kind(std::string_view type) {
    using Kind = StatsdEvent::Kind;
    constexpr std::pair<std::string_view, Kind> kinds[] = {
        {"c", Kind::counter},      {"g", Kind::gauge},        {"ms", Kind::timer},
        {"h", Kind::distribution}, {"d", Kind::distribution}, {"s", Kind::set}};
    for (const auto& [known, kind] : kinds) {
      if (known != type) continue;
      event_.kind = kind;
      return true;
    }
    return false;
  }

  bool value(std::string_view text, std::string_view type) {
    if (event_.kind == StatsdEvent::Kind::set) {
      event_.member = text;
      return !text.empty();
    }
    if (!read_finite(text, event_.value)) return false;
    event_.relative = text.starts_with('+') || text.starts_with('-');
    if (type == "ms") event_.value /= 1000;
    return true;
  }

  std::string_view rest_;
  LabelsBuilder labels_;
  StatsdEvent event_;
};

}  // namespace

void read_statsd_lines(std::string_view text, const std::function<void(const StatsdEvent&)>& take,
                       Rejections& rejections) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("_e{") || line.starts_with("_sc|")) continue;
    const char* const wrong = is_utf8(line) ? Line(line).read(take) : "it is no UTF-8";
    if (wrong != nullptr)
      rejections.add(fmt::format("line \"{}\": {}", line.substr(0, shown_of_line), wrong));
  }
}

}  // namespace aloft::telemetry::scrape
