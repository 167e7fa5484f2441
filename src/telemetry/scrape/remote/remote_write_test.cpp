// Remote write both ways: what a sender writes is what a batch holds, whatever order the fields come in, and
// damaged bytes are an error, never a crash.
#include "telemetry/scrape/remote/remote_write.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

std::string sample(double value, Millis time) {
  std::string out;
  add_real_field(out, 1, value);
  add_varint_field(out, 2, static_cast<std::uint64_t>(time));
  return out;
}
std::string label(std::string_view name, std::string_view value) {
  std::string out;
  add_bytes_field(out, 1, name);
  add_bytes_field(out, 2, value);
  return out;
}
std::string field(std::uint32_t number, std::string_view bytes) {
  std::string out;
  add_bytes_field(out, number, bytes);
  return out;
}

NativeHistogram some_histogram() {
  NativeHistogram h;
  h.schema = 2;
  h.count = 7;
  h.sum = 12.5;
  h.zero_threshold = 0.001;
  h.zero_count = 1;
  h.positive_spans = {{-2, 2}, {3, 1}};
  h.positive_buckets = {1, 3, 1};
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {1};
  return h;
}

MetricBatch some_batch() {
  MetricBatch batch;
  const auto a = batch.own(std::string(Labels({{"__name__", "up"}, {"job", "a"}}).encoded()));
  const auto b = batch.own(std::string(Labels({{"__name__", "latency"}, {"job", "b"}}).encoded()));
  batch.samples = {{a, 1000, 1.5}, {a, 2000, -0.0}, {b, 1000, stale_nan()}};
  batch.histograms = {{b, 3000, std::make_shared<const NativeHistogram>(some_histogram())}};
  batch.exemplars = {{a, Labels({{"trace_id", "abc"}}), 0.5, 999}};
  MetricMetadata about;
  about.family = "up";
  about.type = MetricType::gauge;
  about.help = "Is it up?";
  about.unit = "u";
  batch.metadata = {about};
  return batch;
}

void expect_equal(const MetricBatch& a, const MetricBatch& b) {
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    EXPECT_EQ(a.samples[i].labels, b.samples[i].labels);
    EXPECT_EQ(a.samples[i].time, b.samples[i].time);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a.samples[i].value),
              std::bit_cast<std::uint64_t>(b.samples[i].value));
  }
  ASSERT_EQ(a.histograms.size(), b.histograms.size());
  for (std::size_t i = 0; i < a.histograms.size(); ++i) {
    EXPECT_EQ(a.histograms[i].labels, b.histograms[i].labels);
    EXPECT_EQ(*a.histograms[i].histogram, *b.histograms[i].histogram);
  }
  ASSERT_EQ(a.exemplars.size(), b.exemplars.size());
  for (std::size_t i = 0; i < a.exemplars.size(); ++i) {
    EXPECT_EQ(a.exemplars[i].series, b.exemplars[i].series);
    EXPECT_EQ(a.exemplars[i].labels, b.exemplars[i].labels);
    EXPECT_EQ(a.exemplars[i].value, b.exemplars[i].value);
    EXPECT_EQ(a.exemplars[i].time, b.exemplars[i].time);
  }
  ASSERT_EQ(a.metadata.size(), b.metadata.size());
  for (std::size_t i = 0; i < a.metadata.size(); ++i) {
    EXPECT_EQ(a.metadata[i].family, b.metadata[i].family);
    EXPECT_EQ(a.metadata[i].type, b.metadata[i].type);
    EXPECT_EQ(a.metadata[i].help, b.metadata[i].help);
    EXPECT_EQ(a.metadata[i].unit, b.metadata[i].unit);
  }
}

TEST(RemoteWrite, reads_what_it_wrote) {
  const MetricBatch before = some_batch();
  Rejections rejections;
  const auto after = decode_write_request(encode_write_request(before), rejections);
  ASSERT_TRUE(after) << after.error().message();
  expect_equal(before, *after);
  EXPECT_EQ(rejections.count, 0u);
}

TEST(RemoteWrite, reads_what_it_wrote_in_version_2) {
  const MetricBatch before = some_batch();
  Rejections rejections;
  const auto after = decode_write_request_v2(encode_write_request_v2(before), rejections);
  ASSERT_TRUE(after) << after.error().message();
  expect_equal(before, *after);
}

TEST(RemoteWrite, a_label_set_is_a_slice_of_the_request) {
  Rejections rejections;
  const auto batch = decode_write_request(encode_write_request(some_batch()), rejections);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->keep.size(), 1u);
  const std::string& request = batch->keep.front();
  EXPECT_GE(batch->samples[0].labels.data(), request.data());
  EXPECT_LT(batch->samples[0].labels.data(), request.data() + request.size());
}

TEST(RemoteWrite, labels_may_stand_behind_and_between_the_samples) {
  const std::string series = field(2, sample(1, 10)) + field(1, label("__name__", "x")) +
                             field(2, sample(2, 20)) + field(1, label("a", "b"));
  Rejections rejections;
  const auto batch = decode_write_request(field(1, series), rejections);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->samples.size(), 2u);
  for (const SampleRef& s : batch->samples) EXPECT_EQ(LabelsView(s.labels).to_string(), "x{a=\"b\"}");
}

TEST(RemoteWrite, unknown_fields_are_passed_over) {
  std::string odd = sample(4, 40);
  add_varint_field(odd, 9, 7);
  const std::string series = field(1, label("__name__", "x")) + field(2, odd) + field(77, "future");
  Rejections rejections;
  const auto batch = decode_write_request(field(2, "old") + field(1, series), rejections);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->samples.size(), 1u);
  EXPECT_EQ(batch->samples[0].value, 4);
  EXPECT_EQ(batch->samples[0].time, 40);
}

TEST(RemoteWrite, a_bad_histogram_is_left_out_and_told_with_its_series) {
  NativeHistogram bad = some_histogram();
  bad.positive_buckets[0] = -1;
  std::string message;
  encode_histogram(message, bad, 5);
  const std::string series = field(1, label("__name__", "h")) + field(2, sample(1, 1)) + field(4, message);
  Rejections rejections;
  const auto batch = decode_write_request(field(1, series), rejections);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->samples.size(), 1u);
  EXPECT_TRUE(batch->histograms.empty());
  EXPECT_EQ(rejections.count, 1u);
  EXPECT_EQ(rejections.first, "h: the positive bucket 0 has the count -1");
}

TEST(RemoteWrite, integer_histograms_add_up) {
  NativeHistogram h = some_histogram();
  EXPECT_TRUE(check_histogram(h, true));
  h.count = 99;
  EXPECT_EQ(check_histogram(h, true).error().message(), "the buckets hold 7 observations, the count is 99");
  EXPECT_TRUE(check_histogram(h, false));
}

TEST(RemoteWrite, start_times_of_counts_are_kept_where_they_are_wanted) {
  const auto request = [](std::uint64_t type) {
    std::string sample;
    add_real_field(sample, 1, 5);
    add_varint_field(sample, 2, 9000);
    add_varint_field(sample, 3, 4000);
    std::string metadata;
    add_varint_field(metadata, 1, type);
    const std::string series = field(1, std::string("\1\2", 2)) + field(2, sample) + field(5, metadata);
    return field(4, "") + field(4, "__name__") + field(4, "c_total") + field(5, series);
  };
  Rejections rejections;
  const auto told = decode_write_request_v2(request(1), rejections, {.zero_at_start = true});
  ASSERT_TRUE(told);
  ASSERT_EQ(told->starts.size(), 1u);
  EXPECT_EQ(told->starts[0].labels, told->samples.at(0).labels);
  EXPECT_EQ(told->starts[0].start, 4000);
  EXPECT_EQ(told->starts[0].time, 9000);
  EXPECT_TRUE(decode_write_request_v2(request(1), rejections)->starts.empty());
  // A gauge counts nothing.
  EXPECT_TRUE(decode_write_request_v2(request(2), rejections, {.zero_at_start = true})->starts.empty());
}

TEST(RemoteWrite, references_beyond_the_symbols_reject_their_series_only) {
  std::string references;
  add_varint(references, 1);
  add_varint(references, 9);
  const std::string bad = field(1, references) + field(2, sample(1, 1));
  std::string fine_references;
  add_varint(fine_references, 1);
  add_varint(fine_references, 2);
  const std::string fine = field(1, fine_references) + field(2, sample(2, 2));
  const std::string request =
      field(4, "") + field(4, "__name__") + field(4, "x") + field(5, bad) + field(5, fine);
  Rejections rejections;
  const auto batch = decode_write_request_v2(request, rejections);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->samples.size(), 1u);
  EXPECT_EQ(batch->samples[0].value, 2);
  EXPECT_EQ(rejections.count, 1u);
  EXPECT_NE(rejections.first.find("beyond the 3 symbols"), std::string::npos);
}

TEST(RemoteWrite, a_small_body_does_not_become_a_huge_batch) {
  std::string series;
  for (std::size_t i = 0; i < rare_items_per_request + 2; ++i) series += std::string_view("\x22\x00", 2);
  Rejections rejections;
  const auto batch = decode_write_request(field(1, series), rejections);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code(), Code::too_large);
  EXPECT_EQ(batch.error().message(), "more than 1000000 histograms in one request; send several");
}

TEST(RemoteWrite, every_prefix_of_a_request_is_an_error_or_a_smaller_batch) {
  for (const bool second : {false, true}) {
    const std::string whole =
        second ? encode_write_request_v2(some_batch()) : encode_write_request(some_batch());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      Rejections rejections;
      const auto batch = second ? decode_write_request_v2(whole.substr(0, i), rejections)
                                : decode_write_request(whole.substr(0, i), rejections);
      EXPECT_TRUE(!batch || batch->samples.size() <= 3u);
    }
  }
}

TEST(RemoteWrite, float_histograms_and_custom_bounds_come_back) {
  NativeHistogram h;
  h.schema = NativeHistogram::custom_schema;
  h.count = 2.5;
  h.sum = 3;
  h.positive_spans = {{0, 3}};
  h.positive_buckets = {0.5, 1, 1};
  h.custom_bounds = {1, 2};
  h.reset_hint = NativeHistogram::ResetHint::gauge;
  std::string message;
  encode_histogram(message, h, 17);
  WireHistogram back;
  ASSERT_TRUE(decode_histogram(message, back));
  EXPECT_EQ(back.histogram, h);
  EXPECT_EQ(back.time, 17);
  EXPECT_TRUE(check_histogram(back.histogram, back.integer));
}

TEST(RemoteWrite, random_samples_come_back_bit_by_bit) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::uint64_t, Millis>>& values, std::string name) {
    MetricBatch batch;
    std::string encoded;
    append_label(encoded, "__name__", "m");
    if (!name.empty()) append_label(encoded, "l", name);
    const auto labels = batch.own(encoded);
    for (const auto& [bits, time] : values)
      batch.samples.push_back({labels, time, std::bit_cast<double>(bits)});
    Rejections rejections;
    const auto back = decode_write_request(encode_write_request(batch), rejections);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->samples.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      RC_ASSERT(std::bit_cast<std::uint64_t>(back->samples[i].value) == values[i].first);
      RC_ASSERT(back->samples[i].time == values[i].second);
      RC_ASSERT(back->samples[i].labels == labels);
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
