// Chunks: what is written comes back, the bytes are those of Prometheus, and damage is told.
#include "telemetry/scrape/chunks/chunk.h"

#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/scrape/chunks/bits.h"

namespace aloft::telemetry::scrape {
namespace {

metrics::Column decoded(const std::vector<Chunk>& chunks) {
  metrics::Column out;
  for (const Chunk& chunk : chunks) {
    const auto done = decode_chunk(chunk.encoding, chunk.data, out);
    EXPECT_TRUE(done) << done.error().message();
  }
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

HistogramPtr histogram(double count, std::vector<double> buckets) {
  NativeHistogram h;
  h.schema = 3;
  h.count = count;
  h.sum = count * 1.5;
  h.zero_threshold = std::ldexp(1, -128);
  h.positive_spans = {{.offset = -2, .length = static_cast<std::uint32_t>(buckets.size())}};
  h.positive_buckets = std::move(buckets);
  return std::make_shared<const NativeHistogram>(std::move(h));
}

TEST(Chunks, floats_have_the_layout_of_the_specification) {
  metrics::Column column;
  column.times = {1000, 2000, 3000};
  column.values = {1, 1, 2};
  const auto chunks = encode_chunks(column);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].from, 1000);
  EXPECT_EQ(chunks[0].to, 3000);
  // The number of samples; 1000 as a signed varint; 1.0; the difference 1000; a zero bit for the same value;
  // a zero bit for the same difference; 11, 1 leading zero bit, 11 bits of difference: 7ff.
  EXPECT_EQ(hex(chunks[0].data), "0003d00f3ff0000000000000e8073097ffc0");
}

TEST(Chunks, are_cut_at_120_samples_and_where_the_kind_changes) {
  metrics::Column column;
  for (int i = 0; i < 130; ++i) {
    column.times.push_back(i * 15'000);
    column.values.push_back(i);
    column.histograms.push_back(i < 125 ? nullptr : histogram(i, {1, static_cast<double>(i)}));
  }
  const auto chunks = encode_chunks(column);
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[0].to, 119 * 15'000);
  EXPECT_EQ(chunks[1].encoding, ChunkEncoding::floats);
  EXPECT_EQ(chunks[2].encoding, ChunkEncoding::float_histogram);
  const metrics::Column back = decoded(chunks);
  EXPECT_EQ(back.times, column.times);
  ASSERT_EQ(back.histograms.size(), column.histograms.size());
  for (std::size_t i = 125; i < 130; ++i) EXPECT_EQ(*back.histograms[i], *column.histograms[i]);
  EXPECT_EQ(back.values[124], 124);
}

TEST(Chunks, a_counter_that_falls_begins_a_chunk_and_a_stale_marker_has_its_own) {
  metrics::Column column;
  NativeHistogram gone;
  gone.sum = stale_nan();
  column.times = {1, 2, 3, 4};
  column.values.resize(4);
  column.histograms = {histogram(5, {5}), histogram(3, {3}), std::make_shared<const NativeHistogram>(gone),
                       histogram(4, {4})};
  const auto chunks = encode_chunks(column);
  EXPECT_EQ(chunks.size(), 4u);
  const metrics::Column back = decoded(chunks);
  EXPECT_TRUE(is_stale(back.histograms.at(2)->sum));
  EXPECT_EQ(*back.histograms[3], *column.histograms[3]);
}

TEST(Chunks, custom_bounds_come_back_short_and_long) {
  NativeHistogram h;
  h.schema = NativeHistogram::custom_schema;
  h.custom_bounds = {-1, 0, 0.005, 0.1, 1, 1.0 / 3, 33554.43, 1e9};
  h.positive_spans = {{.offset = 0, .length = 1}};
  h.positive_buckets = {2};
  h.count = 2;
  metrics::Column column;
  column.times = {1};
  column.values = {0};
  column.histograms = {std::make_shared<const NativeHistogram>(h)};
  EXPECT_EQ(*decoded(encode_chunks(column)).histograms.at(0), h);
}

// As an integer histogram's writer puts it: absolute, then differences, then differences of those.
TEST(Chunks, integer_histograms_are_read) {
  std::string data("\0\3", 2);
  BitWriter out(data);
  out.bits(0, 8);    // flags
  out.bits(116, 8);  // threshold 2^-128
  put_varbit_int(out, 0);
  put_varbit_uint(out, 1);  // one span
  put_varbit_uint(out, 2);
  put_varbit_int(out, 1);
  put_varbit_uint(out, 0);
  // Counts 3, 5, 9; zero counts 0; buckets 1 and 2, then 2 and 3, then 4 and 5.
  XorFloat sum;
  put_varbit_int(out, 1000);
  put_varbit_uint(out, 3);
  put_varbit_uint(out, 0);
  out.real(7);
  sum.value = 7;
  put_varbit_int(out, 1);
  put_varbit_int(out, 1);
  put_varbit_int(out, 15);
  put_varbit_int(out, 2);
  put_varbit_int(out, 0);
  sum.write(out, 8);
  put_varbit_int(out, 1);
  put_varbit_int(out, 0);
  put_varbit_int(out, 0);
  put_varbit_int(out, 2);
  put_varbit_int(out, 0);
  sum.write(out, 9);
  put_varbit_int(out, 1);
  put_varbit_int(out, 0);
  metrics::Column column;
  ASSERT_TRUE(decode_chunk(ChunkEncoding::histogram, data, column));
  EXPECT_EQ(column.times, (std::vector<Millis>{1000, 1015, 1030}));
  EXPECT_EQ(column.histograms.at(2)->count, 9);
  EXPECT_EQ(column.histograms[2]->sum, 9);
  EXPECT_EQ(column.histograms[2]->positive_buckets, (std::vector<double>{4, 5}));
  EXPECT_EQ(column.histograms[1]->positive_buckets, (std::vector<double>{2, 3}));
  EXPECT_EQ(column.histograms[0]->zero_threshold, std::ldexp(1, -128));
}

TEST(Chunks, floats_come_back_bit_by_bit) {
  EXPECT_TRUE(rc::check([](std::vector<std::uint64_t> raw, std::int64_t start) {
    metrics::Column column;
    Millis time = start % 1'000'000'000'000'000;
    for (const std::uint64_t bits : raw) {
      column.times.push_back(time);
      column.values.push_back(std::bit_cast<double>(bits));
      time += static_cast<Millis>(bits % 100'000'000) + 1;
    }
    const metrics::Column back = decoded(encode_chunks(column));
    RC_ASSERT(back.times == column.times);
    for (std::size_t i = 0; i < raw.size(); ++i)
      RC_ASSERT(std::bit_cast<std::uint64_t>(back.values[i]) == raw[i]);
  }));
}

TEST(Chunks, numbers_of_every_length_come_back) {
  EXPECT_TRUE(rc::check([](std::vector<std::int64_t> values, unsigned shift) {
    std::string bytes;
    BitWriter out(bytes);
    for (const std::int64_t value : values) {
      put_varbit_int(out, value >> shift % 64);
      put_varbit_uint(out, static_cast<std::uint64_t>(value) >> shift % 64);
    }
    BitReader in(bytes);
    for (const std::int64_t value : values) {
      std::int64_t back = 0;
      std::uint64_t natural = 0;
      RC_ASSERT(read_varbit_int(in, back) && back == value >> shift % 64);
      RC_ASSERT(read_varbit_uint(in, natural) && natural == static_cast<std::uint64_t>(value) >> shift % 64);
    }
  }));
}

TEST(Chunks, every_prefix_is_an_error) {
  metrics::Column column;
  column.times = {1, 2, 9};
  column.values.resize(3);
  column.histograms = {histogram(5, {1, 4}), histogram(6, {2, 4}), histogram(8, {3, 5})};
  const auto chunks = encode_chunks(column);
  ASSERT_EQ(chunks.size(), 1u);
  for (std::size_t length = 0; length < chunks[0].data.size(); ++length) {
    metrics::Column out;
    EXPECT_FALSE(decode_chunk(chunks[0].encoding, chunks[0].data.substr(0, length), out)) << length;
  }
  metrics::Column out;
  EXPECT_FALSE(decode_chunk(ChunkEncoding::unknown, chunks[0].data, out));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
