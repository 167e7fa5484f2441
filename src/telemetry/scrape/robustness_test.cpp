// Seeds of the fuzz targets, damaged at random places: every reader gives a batch or an error.
#include <deque>

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/file.h"
#include "telemetry/scrape/chunks/chunk.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/push/graphite_lines.h"
#include "telemetry/scrape/push/influx_lines.h"
#include "telemetry/scrape/push/statsd_state.h"
#include "telemetry/scrape/remote/read_answer.h"
#include "telemetry/scrape/remote/remote_read.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

std::vector<std::string> seeds(const std::string& corpus) {
  const std::string folder = std::string(ALOFT_SOURCE_DIR) + "/fuzz/corpus/" + corpus;
  std::vector<std::string> out;
  const auto names = io::list_directory(folder);
  if (!names) return out;
  for (const std::string& name : *names) {
    if (auto content = io::read_file(folder + "/" + name)) out.push_back(std::move(*content));
  }
  return out;
}

// A few changes: other bytes, bytes left out, doubled runs, runs of another seed.
std::string damage(std::string text, const std::vector<std::string>& all, SeededRandom& random) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random.below(text.size());
    const std::size_t length = random.below(std::min<std::size_t>(16, text.size() - at)) + 1;
    switch (random.below(5)) {
      case 0:
        text[at] = static_cast<char>(random.next());
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
        break;
      default: {
        const std::string& other = all[random.below(all.size())];
        const std::size_t from = random.below(other.size());
        text.replace(at, length, other.substr(from, length));
      }
    }
  }
  return text;
}

template <class Read>
void each_damaged(const std::string& corpus, std::size_t rounds, const Read& read) {
  const auto all = seeds(corpus);
  ASSERT_FALSE(all.empty());
  SeededRandom random(20'260'101);
  for (std::size_t i = 0; i < rounds; ++i) read(damage(all[i % all.size()], all, random));
}

TEST(Robustness, pages_are_read_or_refused) {
  each_damaged("exposition", 30'000, [](const std::string& input) {
    if (input.empty()) return;
    constexpr ExpositionFormat formats[] = {ExpositionFormat::text_0_0_4, ExpositionFormat::openmetrics_1_0_0,
                                            ExpositionFormat::protobuf};
    const std::string_view page = std::string_view(input).substr(1);
    const auto reader =
        make_reader(formats[static_cast<unsigned char>(input[0]) % 3], page, {.classic_too = true});
    Rejections rejections;
    const auto batch = read_page(*reader, {.now = 1, .skip_damaged_lines = true}, rejections);
    if (!batch) return;
    std::string scratch;
    for (const SampleRef& sample : batch->samples) {
      const auto labels = canonical_labels(sample.labels, scratch);
      ASSERT_TRUE(labels && labels->encoded() == sample.labels && !labels->metric_name().empty()) << input;
    }
  });
}

TEST(Robustness, remote_requests_are_read_or_refused) {
  each_damaged("remote_write", 30'000, [](const std::string& input) {
    Rejections rejections;
    for (const bool second : {false, true}) {
      const auto batch =
          second ? decode_write_request_v2(input, rejections) : decode_write_request(input, rejections);
      if (!batch) continue;
      const auto again = decode_write_request(encode_write_request(*batch), rejections);
      ASSERT_TRUE(again);
      ASSERT_EQ(again->samples.size(), batch->samples.size());
      ASSERT_EQ(again->histograms.size(), batch->histograms.size());
      (void)encode_write_request_v2(*batch);
    }
    (void)decode_read_request(input);
  });
}

TEST(Robustness, answers_to_remote_reads_are_read_or_refused) {
  each_damaged("read_answer", 20'000, [](const std::string& input) {
    if (input.empty()) return;
    const auto choice = static_cast<unsigned char>(input[0]);
    const std::string rest = input.substr(1);
    (void)decode_read_answer(rest, choice % 2 == 0 ? "application/x-streamed-protobuf" : "",
                             {.bytes = 1 << 20, .samples = 1 << 20});
    metrics::Column column;
    if (!decode_chunk(static_cast<ChunkEncoding>(choice % 4), rest, column)) return;
    metrics::Column again;
    for (const Chunk& chunk : encode_chunks(column))
      ASSERT_TRUE(decode_chunk(chunk.encoding, chunk.data, again));
    ASSERT_EQ(again.times, column.times);
  });
}

TEST(Robustness, pushed_lines_are_read_or_refused) {
  each_damaged("push_lines", 20'000, [](const std::string& input) {
    Rejections rejections;
    std::deque<MetricBatch> batches;  // their views do not follow a copy
    if (auto batch = read_influx_lines(input, {.now = 1}, rejections)) batches.push_back(std::move(*batch));
    batches.push_back(read_graphite_lines(input, 1, rejections));
    StatsdState state;
    read_statsd_lines(input, [&](const StatsdEvent& event) { state.add(event, WallTime{}); }, rejections);
    batches.push_back(state.flush(WallTime{}));
    std::string scratch;
    for (const MetricBatch& batch : batches) {
      for (const SampleRef& sample : batch.samples) {
        const auto labels = canonical_labels(sample.labels, scratch);
        ASSERT_TRUE(labels && labels->encoded() == sample.labels && !labels->metric_name().empty()) << input;
      }
    }
  });
}

TEST(Robustness, configurations_are_read_or_refused) {
  each_damaged("prometheus_config", 3'000, [](const std::string& input) {
    (void)parse_config(input, "/etc");
    (void)parse_target_groups(input, "file");
  });
}

}  // namespace
}  // namespace aloft::telemetry::scrape
