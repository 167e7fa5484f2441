// A sample is the step of its series number, the step of its time, and its value: whole numbers as they are
// with a tag bit, others as the tag and eight bytes.
#include "telemetry/metrics/head/write_record.h"

#include <bit>
#include <cmath>

#include "telemetry/metrics/codec/bytes.h"
#include "telemetry/metrics/codec/histograms.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::uint8_t version = 1;
constexpr double most_whole = 281474976710656.0;  // 2^48

// Writes behind a pointer; the caller has made room for the longest form.
char* put_number(char* at, std::uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

char* put_value(char* at, double value) {
  if (value > -most_whole && value < most_whole) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value && (whole != 0 || !std::signbit(value))) {
      return put_number(at, zigzag(whole) << 1);
    }
  }
  *at++ = 1;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 0; shift < 64; shift += 8) *at++ = static_cast<char>(bits >> shift);
  return at;
}

double get_value(ByteReader& in) {
  const std::uint64_t tagged = in.varint();
  if ((tagged & 1) != 0) return in.number();
  return static_cast<double>(unzigzag(tagged >> 1));
}

// Steps from one sample to the next.
struct Steps {
  std::int64_t ref = 0;
  Millis time = 0;
  char* put(char* at, SeriesRef next_ref, Millis next_time) {
    at = put_number(at, zigzag(std::int64_t{next_ref} - ref));
    at = put_number(at, zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(next_time) -
                                                         static_cast<std::uint64_t>(time))));
    ref = next_ref;
    time = next_time;
    return at;
  }
  void get(ByteReader& in) {
    ref = static_cast<std::int64_t>(static_cast<std::uint64_t>(ref) +
                                    static_cast<std::uint64_t>(in.signed_varint()));
    time = static_cast<std::int64_t>(static_cast<std::uint64_t>(time) +
                                     static_cast<std::uint64_t>(in.signed_varint()));
  }
  bool valid() const { return ref >= 0 && ref < std::int64_t{no_series}; }
};

}  // namespace

std::string encode_write_record(std::span<const NewSample> samples,
                                std::span<const NewHistogram> histograms) {
  std::string out;
  // Longest forms: a step of a series number 5 bytes, of a time 10, a value 9.
  constexpr std::size_t longest = 24;
  out.resize(16 + samples.size() * longest);
  char* at = out.data();
  *at++ = version;
  at = put_number(at, samples.size());
  Steps steps;
  for (const NewSample& sample : samples) {
    at = steps.put(at, sample.ref, sample.time);
    at = put_value(at, sample.value);
  }
  out.resize(static_cast<std::size_t>(at - out.data()));
  put_varint(out, histograms.size());
  std::string one;
  for (const NewHistogram& sample : histograms) {
    char numbers[longest];
    out.append(numbers, static_cast<std::size_t>(steps.put(numbers, sample.ref, sample.time) - numbers));
    one.clear();
    encode_histograms(std::span(&sample.histogram, 1), one);
    put_text(out, one);
  }
  return out;
}

bool decode_write_record(std::string_view record, std::vector<NewSample>& samples,
                         std::vector<NewHistogram>& histograms) {
  samples.clear();
  histograms.clear();
  ByteReader in(record);
  if (in.byte() != version) return false;
  Steps steps;
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count; ++i) {
    steps.get(in);
    const double value = get_value(in);
    if (!in.ok() || !steps.valid()) return false;
    samples.push_back({.ref = static_cast<SeriesRef>(steps.ref), .time = steps.time, .value = value});
  }
  const std::uint64_t histogram_count = in.varint();
  std::vector<HistogramPtr> one;
  for (std::uint64_t i = 0; i < histogram_count; ++i) {
    steps.get(in);
    const std::string_view bytes = in.text();
    one.clear();
    if (!in.ok() || !steps.valid() || !decode_histograms(ByteReader(bytes), 1, one)) return false;
    histograms.push_back({.ref = static_cast<SeriesRef>(steps.ref), .time = steps.time, .histogram = one[0]});
  }
  return in.ok();
}

}  // namespace aloft::telemetry::metrics
