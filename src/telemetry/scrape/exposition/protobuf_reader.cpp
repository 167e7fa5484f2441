// Reading the delimited protobuf exposition (io.prometheus.client.MetricFamily), the one form that carries
// native histograms.
#include <cmath>
#include <deque>

#include <fmt/format.h>

#include "telemetry/scrape/exposition/metric_words.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/exposition/series_text.h"
#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

// More buckets, quantiles or exemplars in one metric are a mistake.
constexpr std::size_t part_limit = 100'000;

using Pair = std::pair<std::string_view, std::string_view>;

bool read_pair(std::string_view message, Pair& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::bytes)) {
      if (!in.bytes(out.first)) return false;
    } else if (field == tag(2, Wire::bytes)) {
      if (!in.bytes(out.second)) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

// google.protobuf.Timestamp.
bool read_timestamp(std::string_view message, Millis& out) {
  WireCursor in(message);
  std::uint64_t seconds = 0, nanos = 0;
  while (!in.done()) {
    std::uint64_t field = 0;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::varint)) {
      if (!in.varint(seconds)) return false;
    } else if (field == tag(2, Wire::varint)) {
      if (!in.varint(nanos)) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  out = static_cast<Millis>(seconds * 1000 + nanos / 1'000'000);
  return true;
}

bool read_exemplar(std::string_view message, ExpositionExemplar& out) {
  WireCursor in(message);
  std::vector<std::pair<std::string, std::string>> labels;
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::bytes)) {
      Pair pair;
      if (!in.bytes(inner) || !read_pair(inner, pair)) return false;
      labels.emplace_back(pair);
    } else if (field == tag(2, Wire::fixed64)) {
      if (!in.real(out.value)) return false;
    } else if (field == tag(3, Wire::bytes)) {
      Millis time = 0;
      if (!in.bytes(inner) || !read_timestamp(inner, time)) return false;
      out.time = time;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  out.labels = Labels(labels);
  return true;
}

struct Bucket {
  double bound = 0;
  double count = 0;
  std::optional<ExpositionExemplar> exemplar;
};

// Counter, Gauge, Untyped: a value at 1, and what only a counter has.
struct Simple {
  double value = 0;
  Millis created = 0;
  std::vector<ExpositionExemplar> exemplars;
};

bool read_simple(std::string_view message, Simple& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::fixed64)) {
      if (!in.real(out.value)) return false;
    } else if (field == tag(2, Wire::bytes)) {
      if (!in.bytes(inner) || !read_exemplar(inner, out.exemplars.emplace_back())) return false;
    } else if (field == tag(3, Wire::bytes)) {
      if (!in.bytes(inner) || !read_timestamp(inner, out.created)) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

struct Distribution {
  double count = 0;
  double sum = 0;
  Millis created = 0;
  std::vector<Bucket> buckets;  // or quantiles
  std::vector<ExpositionExemplar> exemplars;
  std::string native;  // the fields of the native histogram, renumbered as prompb.Histogram has them
  bool has_native = false;
};

bool read_bucket(std::string_view message, Bucket& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::uint64_t count = 0;
    std::string_view inner;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::varint)) {
      if (!in.varint(count)) return false;
      if (out.count == 0) out.count = static_cast<double>(count);
    } else if (field == tag(4, Wire::fixed64)) {
      double real = 0;
      if (!in.real(real)) return false;
      if (real > 0) out.count = real;
    } else if (field == tag(2, Wire::fixed64)) {
      if (!in.real(out.bound)) return false;
    } else if (field == tag(3, Wire::bytes)) {
      if (!in.bytes(inner) || !read_exemplar(inner, out.exemplar.emplace())) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

bool read_quantile(std::string_view message, Bucket& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::fixed64)) {
      if (!in.real(out.bound)) return false;
    } else if (field == tag(2, Wire::fixed64)) {
      if (!in.real(out.count)) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

bool read_summary(std::string_view message, Distribution& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::uint64_t count = 0;
    std::string_view inner;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::varint)) {
      if (!in.varint(count)) return false;
      out.count = static_cast<double>(count);
    } else if (field == tag(2, Wire::fixed64)) {
      if (!in.real(out.sum)) return false;
    } else if (field == tag(3, Wire::bytes)) {
      if (out.buckets.size() >= part_limit || !in.bytes(inner) ||
          !read_quantile(inner, out.buckets.emplace_back()))
        return false;
    } else if (field == tag(4, Wire::bytes)) {
      if (!in.bytes(inner) || !read_timestamp(inner, out.created)) return false;
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

// The numbers that the fields of a native histogram have here and in prompb.Histogram.
std::uint32_t native_number(std::uint64_t field) {
  constexpr std::uint8_t numbers[] = {0, 0, 0, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  const std::uint64_t number = field >> 3;
  return number < std::size(numbers) ? numbers[number] : 0;
}

class HistogramMessage {
 public:
  explicit HistogramMessage(Distribution& out) : out_(out) {}
  bool read(std::string_view message) {
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      if (!in.varint(field)) return false;
      if (native_number(field) != 0) {
        if (!copy_native(in, field)) return false;
      } else if (!classic(in, field)) {
        return false;
      }
    }
    if (floats_) {
      add_real_field(out_.native, 2, out_.count);
    } else {
      add_varint_field(out_.native, 1, count_);
    }
    add_real_field(out_.native, 3, out_.sum);
    return true;
  }

 private:
  bool copy_native(WireCursor& in, std::uint64_t field) {
    const char* const start = in.at;
    if (!in.skip(field)) return false;
    const std::string_view value(start, static_cast<std::size_t>(in.at - start));
    const auto number = static_cast<std::uint32_t>(field >> 3);
    // A histogram is native when it has a span or anything in its zero bucket.
    const bool empty = value.find_first_not_of('\0') == std::string_view::npos;
    if (number == 9 || number == 12 || (number >= 6 && number <= 8 && !empty)) out_.has_native = true;
    add_varint(out_.native, std::uint64_t{native_number(field)} << 3 | (field & 7));
    out_.native += value;
    return true;
  }
  bool classic(WireCursor& in, std::uint64_t field) {
    std::string_view inner;
    switch (field) {
      case tag(1, Wire::varint):
        if (!in.varint(count_)) return false;
        if (!floats_) out_.count = static_cast<double>(count_);
        return true;
      case tag(4, Wire::fixed64): {
        double real = 0;
        if (!in.real(real)) return false;
        if (real > 0) {
          floats_ = true;
          out_.count = real;
        }
        return true;
      }
      case tag(2, Wire::fixed64):
        return in.real(out_.sum);
      case tag(3, Wire::bytes):
        return out_.buckets.size() < part_limit && in.bytes(inner) &&
               read_bucket(inner, out_.buckets.emplace_back());
      case tag(15, Wire::bytes):
        return in.bytes(inner) && read_timestamp(inner, out_.created);
      case tag(16, Wire::bytes):
        return out_.exemplars.size() < part_limit && in.bytes(inner) &&
               read_exemplar(inner, out_.exemplars.emplace_back());
      default:
        return in.skip(field);
    }
  }

  Distribution& out_;
  std::uint64_t count_ = 0;
  bool floats_ = false;
};

class ProtobufReader final : public ExpositionReader {
 public:
  ProtobufReader(std::string_view page, ReaderOptions options) : page_(page), options_(options), in_(page) {}

  Result<bool> next(ExpositionItem& item) override {
    while (queue_.empty()) {
      if (metrics_.done()) {
        if (in_.done()) return false;
        std::string_view message;
        if (!in_.bytes(message) || !family(message)) return damaged();
      } else if (const char* wrong = metric()) {
        return damaged(wrong);
      }
    }
    current_ = std::move(queue_.front());
    queue_.pop_front();
    item = std::move(current_.item);
    item.key = current_.encoded;
    return true;
  }

  Result<LabelsView> labels() override {
    const auto checked = canonical_labels(current_.encoded, scratch_);
    if (!checked) return fail(Code::bad_request, checked.error().message());
    return *checked;
  }

 private:
  struct Queued {
    ExpositionItem item;
    std::string encoded;
  };

  std::unexpected<Error> damaged(const char* wrong = "no io.prometheus.client.MetricFamily") const {
    return fail(Code::bad_request, fmt::format("offset {}: {}", in_.at - page_.data(), wrong));
  }

  bool family(std::string_view message) {
    MetricMetadata about;
    WireCursor in(message);
    type_ = 0;
    while (!in.done()) {
      std::uint64_t field = 0;
      std::string_view text;
      if (!in.varint(field)) return false;
      if (field == tag(3, Wire::varint)) {
        if (!in.varint(type_)) return false;
        continue;
      }
      if ((field & 7) != 2) {
        if (!in.skip(field)) return false;
        continue;
      }
      if (!in.bytes(text)) return false;
      if (field >> 3 == 1) about.family = text;
      if (field >> 3 == 2) about.help = text;
      if (field >> 3 == 5) about.unit = text;
    }
    constexpr MetricType types[] = {MetricType::counter, MetricType::gauge,     MetricType::summary,
                                    MetricType::unknown, MetricType::histogram, MetricType::gauge_histogram};
    if (about.family.empty() || type_ >= std::size(types)) return false;
    about.type = types[type_];
    family_ = about.family;
    metrics_ = WireCursor(message);
    Queued& queued = queue_.emplace_back();
    queued.item.kind = ExpositionItem::Kind::metadata;
    queued.item.metadata = std::move(about);
    return true;
  }

  // The next metric of the family, taken apart into samples.
  const char* metric() {
    std::uint64_t field = 0;
    if (!metrics_.varint(field)) return "damaged metric family";
    if (field != tag(4, Wire::bytes)) return metrics_.skip(field) ? nullptr : "damaged metric family";
    std::string_view message;
    if (!metrics_.bytes(message)) return "damaged metric";
    labels_.clear();
    time_.reset();
    std::string_view value;
    std::uint64_t value_field = 0;
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t inner_field = 0;
      std::uint64_t number = 0;
      std::string_view inner;
      if (!in.varint(inner_field)) return "damaged metric";
      if (inner_field == tag(6, Wire::varint)) {
        if (!in.varint(number)) return "damaged metric";
        if (number != 0) time_ = static_cast<Millis>(number);
      } else if ((inner_field & 7) == 2) {
        if (!in.bytes(inner)) return "damaged metric";
        if (inner_field >> 3 == 1) {
          if (labels_.size() >= part_limit || !read_pair(inner, labels_.emplace_back()))
            return "damaged label";
        } else {
          value = inner;
          value_field = inner_field >> 3;
        }
      } else if (!in.skip(inner_field)) {
        return "damaged metric";
      }
    }
    return take_apart(value_field, value);
  }

  const char* take_apart(std::uint64_t field, std::string_view value) {
    Distribution distribution;
    if (field == 4) {
      if (!read_summary(value, distribution)) return "damaged summary";
      for (const Bucket& q : distribution.buckets)
        add("", q.count, 0, Pair("quantile", format_bound(q.bound)));
      add("_sum", distribution.sum, distribution.created);
      add("_count", distribution.count, distribution.created);
      return nullptr;
    }
    if (field == 7) {
      if (!HistogramMessage(distribution).read(value)) return "damaged histogram";
      return histogram(distribution);
    }
    Simple simple;
    if (field < 2 || field > 5 || !read_simple(value, simple)) return "damaged value";
    add("", simple.value, simple.created).exemplars = std::move(simple.exemplars);
    return nullptr;
  }

  const char* histogram(Distribution& distribution) {
    if (distribution.has_native && options_.native) {
      WireHistogram wire;
      if (!decode_histogram(distribution.native, wire)) return "damaged native histogram";
      if (type_ == 5) wire.histogram.reset_hint = NativeHistogram::ResetHint::gauge;
      if (!check_histogram(wire.histogram, wire.integer)) return "an inconsistent native histogram";
      ExpositionItem& item = add("", 0, distribution.created);
      item.kind = ExpositionItem::Kind::histogram;
      item.histogram = std::make_shared<const NativeHistogram>(std::move(wire.histogram));
      item.exemplars = std::move(distribution.exemplars);
      for (const Bucket& bucket : distribution.buckets) {
        if (bucket.exemplar && item.exemplars.empty()) item.exemplars.push_back(*bucket.exemplar);
      }
      if (!options_.classic_too) return nullptr;
    }
    bool infinite = false;
    for (Bucket& bucket : distribution.buckets) {
      infinite |= std::isinf(bucket.bound) && bucket.bound > 0;
      ExpositionItem& item =
          add("_bucket", bucket.count, distribution.created, Pair("le", format_bound(bucket.bound)));
      if (bucket.exemplar) item.exemplars.push_back(std::move(*bucket.exemplar));
    }
    if (!infinite) add("_bucket", distribution.count, distribution.created, Pair("le", "+Inf"));
    add("_sum", distribution.sum, distribution.created);
    add("_count", distribution.count, distribution.created);
    return nullptr;
  }

  ExpositionItem& add(std::string_view suffix, double value, Millis created, Pair further = {}) {
    Queued& queued = queue_.emplace_back();
    name_.assign(family_);
    name_ += suffix;
    encode_from(labels_, further, queued.encoded);
    queued.item.value = std::isnan(value) ? std::bit_cast<double>(normal_nan_bits) : value;
    queued.item.time = time_;
    queued.item.created = created;
    return queued.item;
  }
  void encode_from(const std::vector<Pair>& pairs, Pair further, std::string& out) {
    append_label(out, metric_name_label, name_);
    for (const auto& [name, value] : pairs) {
      if (!value.empty()) append_label(out, name, value);
    }
    if (!further.first.empty()) append_label(out, further.first, further.second);
  }

  std::string_view page_;
  ReaderOptions options_;
  WireCursor in_;
  WireCursor metrics_;
  std::uint64_t type_ = 0;
  std::string family_, name_, scratch_;
  std::vector<Pair> labels_;
  std::optional<Millis> time_;
  std::deque<Queued> queue_;
  Queued current_;
};

}  // namespace

std::unique_ptr<ExpositionReader> make_protobuf_reader(std::string_view page, ReaderOptions options) {
  return std::make_unique<ProtobufReader>(page, options);
}

}  // namespace aloft::telemetry::scrape
