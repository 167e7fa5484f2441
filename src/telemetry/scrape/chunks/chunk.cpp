// Chunks of floats, and cutting a column into chunks.
#include "telemetry/scrape/chunks/chunk.h"

#include <algorithm>
#include <span>

#include "telemetry/scrape/chunks/bits.h"
#include "telemetry/scrape/chunks/histogram_chunk.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t most_samples = 120;
constexpr std::array<unsigned, 3> time_lengths = {14, 17, 20};

void put_time_step(BitWriter& out, std::int64_t step) {
  if (step == 0) return out.bit(false);
  for (std::size_t i = 0; i < time_lengths.size(); ++i) {
    out.bit(true);
    if (!fits_signed(step, time_lengths[i])) continue;
    out.bit(false);
    return out.bits(static_cast<std::uint64_t>(step), time_lengths[i]);
  }
  out.bit(true);
  out.bits(static_cast<std::uint64_t>(step), 64);
}

bool read_time_step(BitReader& in, std::int64_t& step) {
  unsigned ones = 0;
  if (!in.ones(ones, time_lengths.size() + 1)) return false;
  step = 0;
  if (ones == 0) return true;
  const unsigned length = ones <= time_lengths.size() ? time_lengths[ones - 1] : 64;
  std::uint64_t raw = 0;
  if (!in.bits(raw, length)) return false;
  step = signed_of(raw, length);
  return true;
}

// Differences wrap around, as the writer's did.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::string encode_floats(std::span<const Millis> times, std::span<const double> values) {
  std::string out;
  out += static_cast<char>(times.size() >> 8);
  out += static_cast<char>(times.size());
  add_varint(out, zigzag_encode(times[0]));
  BitWriter bits(out);
  bits.real(values[0]);
  XorFloat value;
  value.value = values[0];
  std::int64_t delta = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const std::int64_t next = times[i] - times[i - 1];
    if (i == 1) {
      std::string whole;
      add_varint(whole, static_cast<std::uint64_t>(next));
      for (const char c : whole) bits.bits(static_cast<unsigned char>(c), 8);
    } else {
      put_time_step(bits, next - delta);
    }
    delta = next;
    value.write(bits, values[i]);
  }
  return out;
}

// A varint whose bytes need not begin at a byte.
bool read_varint(BitReader& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    std::uint64_t byte = 0;
    if (!in.bits(byte, 8)) return false;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool decode_floats(std::string_view data, std::size_t count, metrics::Column& out) {
  BitReader in(data);
  std::uint64_t raw = 0;
  XorFloat value;
  if (!read_varint(in, raw) || !in.real(value.value)) return false;
  Millis time = zigzag_decode(raw);
  std::int64_t delta = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 1) {
      if (!read_varint(in, raw)) return false;
      delta = static_cast<std::int64_t>(raw);
    } else if (i > 1) {
      std::int64_t step = 0;
      if (!read_time_step(in, step)) return false;
      delta = sum(delta, step);
    }
    time = sum(time, delta);
    if (i > 0 && !value.read(in)) return false;
    out.times.push_back(time);
    out.values.push_back(value.value);
    if (!out.histograms.empty()) out.histograms.emplace_back();
  }
  return true;
}

// Where the run of samples that can stand in one chunk with the one at `begin` ends.
std::size_t run_end(const metrics::Column& column, std::size_t begin) {
  const auto histogram = [&](std::size_t i) -> const NativeHistogram* {
    return column.histograms.empty() ? nullptr : column.histograms[i].get();
  };
  std::size_t end = begin + 1;
  for (; end < column.size() && end - begin < most_samples; ++end) {
    const NativeHistogram* before = histogram(end - 1);
    const NativeHistogram* now = histogram(end);
    if ((before == nullptr) != (now == nullptr)) break;
    if (now != nullptr && !share_chunk(*before, *now)) break;
  }
  return end;
}

}  // namespace

std::vector<Chunk> encode_chunks(const metrics::Column& column) {
  std::vector<Chunk> out;
  for (std::size_t begin = 0; begin < column.size();) {
    const std::size_t end = run_end(column, begin);
    Chunk& chunk = out.emplace_back();
    chunk.from = column.times[begin];
    chunk.to = column.times[end - 1];
    const auto times = std::span(column.times).subspan(begin, end - begin);
    if (!column.histograms.empty() && column.histograms[begin] != nullptr) {
      chunk.encoding = ChunkEncoding::float_histogram;
      chunk.data = encode_histogram_chunk(times, std::span(column.histograms).subspan(begin, end - begin));
    } else {
      chunk.encoding = ChunkEncoding::floats;
      chunk.data = encode_floats(times, std::span(column.values).subspan(begin, end - begin));
    }
    begin = end;
  }
  return out;
}

Result<> decode_chunk(ChunkEncoding encoding, std::string_view data, metrics::Column& out) {
  if (data.size() < 2) return fail(Code::bad_request, "a chunk has no header");
  const std::size_t count =
      std::size_t{static_cast<unsigned char>(data[0])} << 8 | static_cast<unsigned char>(data[1]);
  const std::string_view rest = data.substr(2);
  bool fine = count == 0;
  switch (encoding) {
    case ChunkEncoding::floats:
      fine = fine || decode_floats(rest, count, out);
      break;
    case ChunkEncoding::histogram:
      fine = fine || decode_integer_histograms(rest, count, out);
      break;
    case ChunkEncoding::float_histogram:
      fine = fine || decode_float_histograms(rest, count, out);
      break;
    case ChunkEncoding::unknown:
    default:
      return fail(Code::bad_request,
                  fmt::format("the chunk encoding {} is not known", static_cast<unsigned>(encoding)));
  }
  if (!fine) return fail(Code::bad_request, fmt::format("a chunk of {} samples is damaged", count));
  return {};
}

}  // namespace aloft::telemetry::scrape
