// Reading remote write 2.0: label sets are rows of numbers into a table of symbols.
#include <optional>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "telemetry/scrape/label_arena.h"
#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

bool decode_references(WireCursor& in, bool packed, std::vector<std::uint32_t>& out) {
  std::uint64_t value = 0;
  std::string_view run;
  if (!packed) {
    if (!in.varint(value)) return false;
    out.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX)));
    return true;
  }
  if (!in.bytes(run)) return false;
  for (WireCursor inner(run); !inner.done();) {
    if (!inner.varint(value)) return false;
    out.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX)));
  }
  return true;
}

class SymbolicWriteDecoder {
 public:
  SymbolicWriteDecoder(MetricBatch& batch, Rejections& rejections, const DecodeOptions& options)
      : batch_(batch), rejections_(rejections), options_(options), arena_(batch) {}

  Result<> request(std::string_view message) {
    if (!symbols(message)) return damaged();
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::string_view inner;
      if (!in.varint(field)) return damaged();
      if (field == tag(5, Wire::bytes)) {
        if (!in.bytes(inner)) return damaged();
        if (!series(inner))
          return over_ ? fail(Code::too_large, "a series has more items than a request may") : damaged();
        TRY_DO(check_size(batch_));
      } else if (!in.skip(field)) {
        return damaged();
      }
    }
    return {};
  }

 private:
  static std::unexpected<Error> damaged() {
    return fail(Code::bad_request, "the write request is no io.prometheus.write.v2.Request");
  }

  bool symbols(std::string_view message) {
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::string_view text;
      if (!in.varint(field)) return false;
      if (field == tag(4, Wire::bytes)) {
        if (!in.bytes(text)) return false;
        symbols_.push_back(text);
      } else if (!in.skip(field)) {
        return false;
      }
    }
    return true;
  }

  // The label set in the encoded form. nullopt with `why_` for references that lead nowhere.
  std::optional<std::string_view> labels(const std::vector<std::uint32_t>& references) {
    if (references.size() % 2 != 0) {
      why_ = fmt::format("{} label references, they come in pairs", references.size());
      return std::nullopt;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < references.size(); i += 2) {
      if (std::max(references[i], references[i + 1]) >= symbols_.size()) {
        why_ = fmt::format("the label references {} and {} lead beyond the {} symbols", references[i],
                           references[i + 1], symbols_.size());
        return std::nullopt;
      }
      if (!symbols_[references[i + 1]].empty())
        size += encoded_size(symbols_[references[i]], symbols_[references[i + 1]]);
    }
    char* const begin = arena_.take(size);
    char* at = begin;
    for (std::size_t i = 0; i < references.size(); i += 2) {
      if (!symbols_[references[i + 1]].empty())
        at = put_label(at, symbols_[references[i]], symbols_[references[i + 1]]);
    }
    return std::string_view(begin, size);
  }

  struct Sample {
    double value = 0;
    Millis time = 0;
    Millis start = 0;
  };
  struct Exemplar {
    std::vector<std::uint32_t> references;
    double value = 0;
    Millis time = 0;
  };

  bool series(std::string_view message) {
    references_.clear();
    samples_.clear();
    histograms_.clear();
    exemplars_.clear();
    MetricMetadata about;
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      if (!in.varint(field) || !part(in, field, about)) return false;
    }
    const auto run = labels(references_);
    if (!run) {
      for (std::size_t i = 0; i < samples_.size() + histograms_.size(); ++i) rejections_.add(why_);
      return true;
    }
    keep(*run, std::move(about));
    return true;
  }

  bool part(WireCursor& in, std::uint64_t field, MetricMetadata& about) {
    std::string_view inner;
    if (samples_.size() > samples_per_request || histograms_.size() > rare_items_per_request ||
        exemplars_.size() > rare_items_per_request) {
      over_ = true;
      return false;
    }
    switch (field) {
      case tag(1, Wire::bytes):
        return decode_references(in, true, references_);
      case tag(1, Wire::varint):
        return decode_references(in, false, references_);
      case tag(2, Wire::bytes):
        return in.bytes(inner) && sample(inner);
      case tag(3, Wire::bytes):
        return in.bytes(inner) && decode_histogram(inner, histograms_.emplace_back());
      case tag(4, Wire::bytes):
        return in.bytes(inner) && exemplar(inner);
      case tag(5, Wire::bytes):
        return in.bytes(inner) && metadata(inner, about);
      default:
        return in.skip(field);
    }
  }

  bool sample(std::string_view message) {
    Sample& out = samples_.emplace_back();
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::uint64_t value = 0;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::fixed64)) {
        if (!in.real(out.value)) return false;
      } else if (field == tag(2, Wire::varint) || field == tag(3, Wire::varint)) {
        if (!in.varint(value)) return false;
        (field >> 3 == 2 ? out.time : out.start) = static_cast<Millis>(value);
      } else if (!in.skip(field)) {
        return false;
      }
    }
    return true;
  }

  bool exemplar(std::string_view message) {
    Exemplar& out = exemplars_.emplace_back();
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::uint64_t value = 0;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::bytes) || field == tag(1, Wire::varint)) {
        if (!decode_references(in, field == tag(1, Wire::bytes), out.references)) return false;
      } else if (field == tag(2, Wire::fixed64)) {
        if (!in.real(out.value)) return false;
      } else if (field == tag(3, Wire::varint)) {
        if (!in.varint(value)) return false;
        out.time = static_cast<Millis>(value);
      } else if (!in.skip(field)) {
        return false;
      }
    }
    return true;
  }

  bool metadata(std::string_view message, MetricMetadata& out) {
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::uint64_t value = 0;
      if (!in.varint(field)) return false;
      if ((field & 7) != static_cast<std::uint64_t>(Wire::varint)) {
        if (!in.skip(field)) return false;
        continue;
      }
      if (!in.varint(value)) return false;
      if (field >> 3 == 1 && value <= 7) out.type = static_cast<MetricType>(value);
      if (field >> 3 == 3 && value < symbols_.size()) out.help = symbols_[value];
      if (field >> 3 == 4 && value < symbols_.size()) out.unit = symbols_[value];
    }
    return true;
  }

  // What is no count does not begin at zero.
  bool tells_start(MetricType type, Millis start) const {
    const bool no_count = type == MetricType::gauge || type == MetricType::gauge_histogram ||
                          type == MetricType::info || type == MetricType::stateset;
    return options_.zero_at_start && start > 0 && !no_count;
  }

  void keep(std::string_view run, MetricMetadata about) {
    for (const Sample& s : samples_) {
      if (tells_start(about.type, s.start)) batch_.starts.push_back({run, s.start, s.time, nullptr});
      batch_.samples.push_back({run, s.time, s.value});
    }
    for (WireHistogram& h : histograms_) {
      if (auto checked = check_histogram(h.histogram, h.integer); !checked) {
        rejections_.add(fmt::format("{}: {}", LabelsView(run).to_string(), checked.error().message()));
        continue;
      }
      const HistogramPtr histogram = std::make_shared<const NativeHistogram>(std::move(h.histogram));
      if (tells_start(about.type, h.start_time))
        batch_.starts.push_back({run, h.start_time, h.time, histogram});
      batch_.histograms.push_back({run, h.time, histogram});
    }
    for (const Exemplar& e : exemplars_) {
      const auto own = labels(e.references);
      std::string scratch;
      const auto canonical = own ? canonical_labels(*own, scratch) : Result<LabelsView>(LabelsView());
      if (own && canonical) batch_.exemplars.push_back({run, Labels(*canonical), e.value, e.time});
    }
    if (about.type != MetricType::unknown || !about.help.empty() || !about.unit.empty())
      keep_metadata(run, std::move(about));
  }

  // Metadata comes with each series; a family is told once.
  void keep_metadata(std::string_view run, MetricMetadata about) {
    std::string_view family;
    for (const std::uint32_t& name : references_) {
      const std::size_t i = static_cast<std::size_t>(&name - references_.data());
      if (i % 2 == 0 && symbols_[name] == metric_name_label) family = symbols_[references_[i + 1]];
    }
    if (family.empty() || run.empty()) return;
    const bool compound = about.type == MetricType::histogram || about.type == MetricType::gauge_histogram ||
                          about.type == MetricType::summary;
    for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
      if (compound && family.ends_with(suffix)) {
        family.remove_suffix(suffix.size());
        break;
      }
    }
    if (!told_.insert(family).second) return;
    about.family = family;
    batch_.metadata.push_back(std::move(about));
  }

  MetricBatch& batch_;
  Rejections& rejections_;
  const DecodeOptions& options_;
  LabelArena arena_;
  std::vector<std::string_view> symbols_;
  std::unordered_set<std::string_view> told_;
  std::string why_;
  bool over_ = false;
  // Of the series at hand; kept for their room.
  std::vector<std::uint32_t> references_;
  std::vector<Sample> samples_;
  std::vector<WireHistogram> histograms_;
  std::vector<Exemplar> exemplars_;
};

}  // namespace

Result<MetricBatch> decode_write_request_v2(std::string request, Rejections& rejections,
                                            const DecodeOptions& options) {
  MetricBatch batch;
  const std::string_view message = batch.own(std::move(request));
  TRY_DO(SymbolicWriteDecoder(batch, rejections, options).request(message));
  return batch;
}

}  // namespace aloft::telemetry::scrape
