// The registry behind the handles: families by name, one handle for each set of labels, written as Prometheus
// reads them.
#include "base/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/ensure.h"

namespace aloft {
namespace {

// Prometheus takes letters, digits and underscores; metric names may also hold colons.
bool is_name(std::string_view text, bool colons) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (colons && c == ':');
  });
}

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && in_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

// `a="x",b="y"` in the order of the label names, so that one set of labels has one spelling.
std::string render_labels(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  std::string_view previous;
  for (const auto& [label, value] : labels) {
    ensure(is_name(label, false), "a label name is letters, digits and underscores");
    ensure(label != previous, "a label is given once");
    previous = label;
    if (!out.empty()) out += ',';
    out += label;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view value) {
  out += name;
  out += suffix;
  if (!labels.empty()) {
    out += '{';
    out += labels;
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

void append_histogram(std::string& out, std::string_view name, const std::string& labels,
                      const Histogram& histogram) {
  const std::vector<double>& bounds = histogram.bounds();
  std::string count;
  for (std::size_t i = 0; i <= bounds.size(); ++i) {
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    const std::string all = fmt::format("{}{}le=\"{}\"", labels, labels.empty() ? "" : ",", number(bound));
    count = fmt::format("{}", histogram.count_up_to(i));
    append_sample(out, name, "_bucket", all, count);
  }
  append_sample(out, name, "_sum", labels, number(histogram.sum()));
  // The last bucket holds everything; read once, so that the two lines agree while others count.
  append_sample(out, name, "_count", labels, count);
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {
  const auto falls = [](double a, double b) { return !(a < b); };
  ensure(std::adjacent_find(bounds_.begin(), bounds_.end(), falls) == bounds_.end(), "histogram bounds rise");
}

void Histogram::observe(double value) {
  std::size_t bucket = bounds_.size();
  if (!std::isnan(value)) {
    bucket =
        static_cast<std::size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin());
  }
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count_up_to(std::size_t bucket) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= bucket && i < buckets_.size(); ++i) {
    count += buckets_[i].load(std::memory_order_relaxed);
  }
  return count;
}

// All metrics of one name; exactly one of the maps is in use. The keys are rendered labels; map nodes never
// move.
struct Metrics::Family {
  std::string help;
  std::string type;
  std::map<std::string, Counter> counters;
  std::map<std::string, Gauge> gauges;
  std::map<std::string, Histogram> histograms;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(std::string_view name, std::string_view help, std::string_view type) {
  ensure(is_name(name, true), "a metric name is letters, digits, underscores and colons");
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(name, std::make_unique<Family>()).first;
    found->second->help = help;
    found->second->type = type;
  }
  ensure(found->second->type == type, "a metric name has one type");
  return *found->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::string key = render_labels(std::move(labels));
  const std::lock_guard lock(mutex_);
  return family(name, help, "counter").counters[key];
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::string key = render_labels(std::move(labels));
  const std::lock_guard lock(mutex_);
  return family(name, help, "gauge").gauges[key];
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                              Labels labels) {
  const std::string key = render_labels(std::move(labels));
  const std::lock_guard lock(mutex_);
  const auto& [at, added] = family(name, help, "histogram").histograms.try_emplace(key, bounds);
  ensure(added || at->second.bounds() == bounds, "a histogram has one set of bounds");
  return at->second;
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += "# HELP ";
    out += name;
    out += ' ';
    append_escaped(out, family->help, false);
    out += "\n# TYPE ";
    out += name;
    out += ' ';
    out += family->type;
    out += '\n';
    for (const auto& [labels, counter] : family->counters) {
      append_sample(out, name, "", labels, fmt::format_int(counter.value()).c_str());
    }
    for (const auto& [labels, gauge] : family->gauges)
      append_sample(out, name, "", labels, number(gauge.value()));
    for (const auto& [labels, histogram] : family->histograms) append_histogram(out, name, labels, histogram);
  }
  return out;
}

}  // namespace aloft
