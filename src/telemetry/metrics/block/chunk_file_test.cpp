// Chunk files give back every series, whole and in part, and tell damage from data.
#include "telemetry/metrics/block/chunk_file.h"

#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/metrics/block/chunk_writer.h"
#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

std::shared_ptr<ChunkFile> written(const std::string& path, const std::vector<Column>& columns,
                                   ChunkWriter::Effort effort,
                                   std::shared_ptr<ChunkCache> cache = std::make_shared<ChunkCache>(1
                                                                                                    << 20)) {
  auto writer = *ChunkWriter::create(path, effort);
  for (const Column& column : columns) EXPECT_TRUE(writer->add(column).has_value());
  EXPECT_TRUE(writer->finish("extra").has_value());
  return *ChunkFile::open(path, std::move(cache));
}

// Histogram buckets of one target: they move alike and share their times.
std::vector<Column> buckets(std::size_t series, std::size_t samples) {
  std::vector<Column> out(series);
  std::uint64_t state = 1;
  const auto random = [&state](std::uint64_t below) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % below;
  };
  std::vector<double> sums(series);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto requests = static_cast<double>(200 + random(200));
    for (std::size_t k = 0; k < series; ++k) {
      sums[k] += std::floor(requests * static_cast<double>(k + 1) / static_cast<double>(series)) +
                 static_cast<double>(random(2));
      out[k].times.push_back(1'700'000'000'000 + static_cast<Millis>(i) * 15'000);
      out[k].values.push_back(sums[k]);
    }
  }
  return out;
}

TEST(ChunkFile, gives_back_every_series_whole_and_in_part) {
  EXPECT_TRUE(rc::check([] {
    const TemporaryFolder folder;
    std::vector<Column> columns = buckets(static_cast<std::size_t>(*rc::gen::inRange(1, 20)),
                                          static_cast<std::size_t>(*rc::gen::inRange(1, 1200)));
    columns.emplace_back();
    if (*rc::gen::arbitrary<bool>()) columns[0].values.back() = stale_nan();
    const bool small = *rc::gen::arbitrary<bool>();
    const auto file = written(folder.path() + "/f", columns,
                              small ? ChunkWriter::Effort::small : ChunkWriter::Effort::quick);
    RC_ASSERT(file->extra() == "extra");
    const Millis begin = 1'700'000'000'000;
    const Millis from = begin + 5'000 * *rc::gen::inRange(-10, 3600);
    const Millis to = from + 5'000 * *rc::gen::inRange(0, 3600);
    ReadScratch scratch;
    ChunkFile::Scan scan(file);
    Column read;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      RC_ASSERT(scan.next(read).has_value());
      RC_ASSERT(read.times == columns[k].times);
      for (std::size_t i = 0; i < read.size(); ++i) {
        RC_ASSERT(std::bit_cast<std::uint64_t>(read.values[i]) ==
                  std::bit_cast<std::uint64_t>(columns[k].values[i]));
      }
      read.clear();
      RC_ASSERT(file->read(k, from, to, scratch, read).has_value());
      std::size_t expected = 0;
      for (std::size_t i = 0; i < columns[k].size(); ++i) {
        if (columns[k].times[i] < from || columns[k].times[i] > to) continue;
        RC_ASSERT(read.times.at(expected) == columns[k].times[i]);
        RC_ASSERT(std::bit_cast<std::uint64_t>(read.values.at(expected)) ==
                  std::bit_cast<std::uint64_t>(columns[k].values[i]));
        ++expected;
      }
      RC_ASSERT(expected == read.size());
    }
    RC_ASSERT(scan.at_end());
  }));
}

TEST(ChunkFile, buckets_of_one_histogram_share_times_and_predict_each_other) {
  const TemporaryFolder folder;
  const auto columns = buckets(12, 500);
  const auto quick = written(folder.path() + "/quick", columns, ChunkWriter::Effort::quick);
  const auto small = written(folder.path() + "/small", columns, ChunkWriter::Effort::small);
  EXPECT_EQ(quick->totals().columns, 1U);
  EXPECT_LT(small->totals().bytes * 2, quick->totals().bytes);
}

// What was decoded for one series serves those predicted from it, whatever the order and the part asked for.
TEST(ChunkFile, the_order_of_reads_does_not_matter) {
  EXPECT_TRUE(rc::check([] {
    const TemporaryFolder folder;
    const std::vector<Column> columns = buckets(24, 1200);
    const auto cache = std::make_shared<ChunkCache>(1 << 20);
    const auto file = written(folder.path() + "/f", columns, ChunkWriter::Effort::small, cache);
    const auto other = written(folder.path() + "/g", buckets(24, 700), ChunkWriter::Effort::small, cache);
    ReadScratch scratch;
    Column read;
    for (int i = 0; i < 60; ++i) {
      const auto series = *rc::gen::inRange<std::size_t>(0, columns.size());
      const Column& column = columns[series];
      const auto first = *rc::gen::inRange<std::size_t>(0, column.size());
      const auto last = *rc::gen::inRange(first, column.size());
      read.clear();
      RC_ASSERT(file->read(series, column.times[first], column.times[last], scratch, read).has_value());
      const auto begin = static_cast<std::ptrdiff_t>(first);
      const auto end = static_cast<std::ptrdiff_t>(last) + 1;
      RC_ASSERT(read.values ==
                std::vector<double>(column.values.begin() + begin, column.values.begin() + end));
      read.clear();
      RC_ASSERT(other->read(series, 0, INT64_MAX, scratch, read).has_value());
    }
  }));
}

TEST(ChunkFile, any_damage_is_an_error_or_changes_nothing) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/f";
  const auto columns = buckets(30, 300);
  written(path, columns, ChunkWriter::Effort::small);
  std::string whole;
  {
    std::ifstream in(path, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_TRUE(rc::check([&] {
    std::string damaged = whole;
    const auto place = *rc::gen::inRange<std::size_t>(0, damaged.size());
    if (*rc::gen::arbitrary<bool>()) {
      damaged.resize(place);
    } else {
      damaged[place] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
    }
    std::ofstream(path, std::ios::binary).write(damaged.data(), static_cast<std::streamsize>(damaged.size()));
    const auto file = ChunkFile::open(path, std::make_shared<ChunkCache>(0));
    if (!file) return;
    ReadScratch scratch;
    Column read;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      read.clear();
      if (!(*file)->read(k, INT64_MIN, INT64_MAX, scratch, read)) continue;
      RC_ASSERT(read.times == columns[k].times);
      RC_ASSERT(read.values == columns[k].values);
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::metrics
