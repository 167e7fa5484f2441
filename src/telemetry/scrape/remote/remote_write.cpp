// Reading remote write 1.0.
#include "telemetry/scrape/remote/remote_write.h"

#include <fmt/format.h>

#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

std::string describe(std::string_view encoded) {
  std::string scratch;
  const auto labels = canonical_labels(encoded, scratch);
  return labels ? labels->to_string() : labels.error().message();
}

class WriteDecoder {
 public:
  WriteDecoder(MetricBatch& batch, Rejections& rejections) : batch_(batch), rejections_(rejections) {}

  Result<> request(std::string_view message) {
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::string_view inner;
      if (!in.varint(field)) return damaged(in, message);
      if (field == tag(1, Wire::bytes)) [[likely]] {
        if (!in.bytes(inner) || !series(inner)) return over_ ? check_size(batch_) : damaged(in, message);
      } else if (field == tag(3, Wire::bytes)) {
        if (!in.bytes(inner) || !metadata(inner)) return over_ ? check_size(batch_) : damaged(in, message);
      } else if (!in.skip(field)) {
        return damaged(in, message);
      }
    }
    return {};
  }

 private:
  static std::unexpected<Error> damaged(const WireCursor& in, std::string_view message) {
    return fail(Code::bad_request,
                fmt::format("the write request is no prometheus.WriteRequest: damaged at or "
                            "before byte {} of {}",
                            in.at - message.data(), message.size()));
  }

  // The label fields usually stand first and side by side; then their run in the request is the label set.
  // What is scattered is gathered into bytes of its own.
  class LabelRun {
   public:
    void add(const char* from, const char* to) {
      if (begin_ == nullptr) {
        begin_ = from;
      } else if (from != end_ || !gathered_.empty()) {
        if (gathered_.empty()) gathered_.assign(begin_, end_);
        gathered_.append(from, to);
      }
      end_ = to;
    }
    std::string_view take(MetricBatch& batch) {
      if (!gathered_.empty()) return batch.own(std::move(gathered_));
      return {begin_, static_cast<std::size_t>(end_ - begin_)};
    }

   private:
    const char* begin_ = nullptr;
    const char* end_ = nullptr;
    std::string gathered_;
  };

  bool series(std::string_view message) {
    const std::size_t first_sample = batch_.samples.size();
    const std::size_t first_histogram = batch_.histograms.size();
    const std::size_t first_exemplar = batch_.exemplars.size();
    LabelRun run;
    WireCursor in(message);
    while (!in.done()) {
      const char* start = in.at;
      std::uint64_t field = 0;
      std::string_view inner;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::bytes)) {
        if (!in.bytes(inner)) return false;
        run.add(start, in.at);
      } else if (field == tag(2, Wire::bytes)) {
        if (!in.bytes(inner) || !sample(inner)) return false;
      } else if (!rare(in, field)) {
        return false;
      }
    }
    const std::string_view labels = run.take(batch_);
    for (std::size_t i = first_sample; i < batch_.samples.size(); ++i) batch_.samples[i].labels = labels;
    for (std::size_t i = first_exemplar; i < batch_.exemplars.size(); ++i)
      batch_.exemplars[i].series = labels;
    if (batch_.histograms.size() > first_histogram || refused_ > 0) name_histograms(first_histogram, labels);
    return true;
  }

  bool sample(std::string_view message) {
    if (batch_.samples.size() > samples_per_request) return too_many();
    SampleRef& out = batch_.samples.emplace_back();
    WireCursor in(message);
    std::uint64_t time = 0;
    // Nearly every sender writes value and time, in this order.
    if (message.size() >= 11 && message[0] == 0x09 && message[9] == 0x10) [[likely]] {
      in.at += 1;
      in.real(out.value);
      in.at += 1;
      if (!in.varint(time)) return false;
    }
    while (!in.done()) {
      std::uint64_t field = 0;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::fixed64)) {
        if (!in.real(out.value)) return false;
      } else if (field == tag(2, Wire::varint)) {
        if (!in.varint(time)) return false;
      } else if (!in.skip(field)) {
        return false;
      }
    }
    out.time = static_cast<Millis>(time);
    return true;
  }

  bool rare(WireCursor& in, std::uint64_t field) {
    std::string_view inner;
    if (field == tag(3, Wire::bytes)) return in.bytes(inner) && exemplar(inner);
    if (field == tag(4, Wire::bytes)) return in.bytes(inner) && histogram(inner);
    return in.skip(field);
  }

  bool too_many() {
    over_ = true;
    return false;
  }

  bool exemplar(std::string_view message) {
    if (batch_.exemplars.size() > rare_items_per_request) return too_many();
    ExemplarRef out;
    std::string run;
    WireCursor in(message);
    while (!in.done()) {
      const char* start = in.at;
      std::uint64_t field = 0;
      std::uint64_t value = 0;
      std::string_view inner;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::bytes)) {
        if (!in.bytes(inner)) return false;
        run.append(start, in.at);
      } else if (field == tag(2, Wire::fixed64)) {
        if (!in.real(out.value)) return false;
      } else if (field == tag(3, Wire::varint)) {
        if (!in.varint(value)) return false;
        out.time = static_cast<Millis>(value);
      } else if (!in.skip(field)) {
        return false;
      }
    }
    std::string scratch;
    // An exemplar that cannot be read is worth no refusal: its sample is what counts.
    if (const auto labels = canonical_labels(run, scratch)) {
      out.labels = Labels(*labels);
      batch_.exemplars.push_back(std::move(out));
    }
    return true;
  }

  bool histogram(std::string_view message) {
    if (batch_.histograms.size() > rare_items_per_request) return too_many();
    WireHistogram wire;
    if (!decode_histogram(message, wire)) return false;
    if (auto checked = check_histogram(wire.histogram, wire.integer); !checked) {
      if (refused_++ == 0) why_refused_ = checked.error().message();
      return true;
    }
    batch_.histograms.push_back(
        {{}, wire.time, std::make_shared<const NativeHistogram>(std::move(wire.histogram))});
    return true;
  }

  void name_histograms(std::size_t first, std::string_view labels) {
    for (std::size_t i = first; i < batch_.histograms.size(); ++i) batch_.histograms[i].labels = labels;
    for (; refused_ > 0; --refused_)
      rejections_.add(fmt::format("{}: {}", describe(labels), std::exchange(why_refused_, {})));
  }

  bool metadata(std::string_view message) {
    if (batch_.metadata.size() > rare_items_per_request) return too_many();
    MetricMetadata out;
    WireCursor in(message);
    while (!in.done()) {
      std::uint64_t field = 0;
      std::uint64_t type = 0;
      std::string_view text;
      if (!in.varint(field)) return false;
      if (field == tag(1, Wire::varint)) {
        if (!in.varint(type)) return false;
        if (type <= 7) out.type = static_cast<MetricType>(type);
        continue;
      }
      if ((field & 7) != static_cast<std::uint64_t>(Wire::bytes)) {
        if (!in.skip(field)) return false;
        continue;
      }
      if (!in.bytes(text)) return false;
      if (field >> 3 == 2) out.family = text;
      if (field >> 3 == 4) out.help = text;
      if (field >> 3 == 5) out.unit = text;
    }
    if (!out.family.empty()) batch_.metadata.push_back(std::move(out));
    return true;
  }

  MetricBatch& batch_;
  Rejections& rejections_;
  std::uint64_t refused_ = 0;
  std::string why_refused_;
  bool over_ = false;  // more items than a request may hold
};

}  // namespace

Result<> check_size(const MetricBatch& batch) {
  const auto check = [](std::size_t count, std::size_t most, std::string_view what) -> Result<> {
    if (count <= most) return {};
    return fail(Code::too_large, fmt::format("more than {} {} in one request; send several", most, what));
  };
  TRY_DO(check(batch.samples.size(), samples_per_request, "samples"));
  TRY_DO(check(batch.histograms.size(), rare_items_per_request, "histograms"));
  TRY_DO(check(batch.exemplars.size(), rare_items_per_request, "exemplars"));
  return check(batch.metadata.size(), rare_items_per_request, "metadata entries");
}

Result<MetricBatch> decode_write_request(std::string request, Rejections& rejections) {
  static_assert(static_cast<int>(MetricType::counter) == 1 && static_cast<int>(MetricType::stateset) == 7,
                "the types are numbered as in prompb.MetricMetadata");
  MetricBatch batch;
  const std::string_view message = batch.own(std::move(request));
  batch.samples.reserve(message.size() / 160 + 16);
  TRY_DO(WriteDecoder(batch, rejections).request(message));
  return batch;
}

}  // namespace aloft::telemetry::scrape
