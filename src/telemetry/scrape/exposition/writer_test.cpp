// What is written is read back as the same, in both text formats; and the protobuf form.
#include "telemetry/scrape/exposition/writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/exposition/series_text.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

Result<MetricBatch> read_back(ExpositionFormat format, std::string_view page) {
  Rejections rejections;
  return read_page(*make_reader(format, page), {.now = 7}, rejections);
}

// Any text that is UTF-8.
rc::Gen<std::string> texts() {
  return rc::gen::map(rc::gen::container<std::string>(rc::gen::oneOf(
                          rc::gen::inRange<char>(32, 127), rc::gen::element('\n', '"', '\\', '{', '}', ','))),
                      [](std::string text) { return text.size() % 3 == 0 ? text + "\xc3\xa9" : text; });
}

TEST(TextWriter, everything_written_is_read_back) {
  EXPECT_TRUE(rc::check([] {
    const auto name = *rc::gen::suchThat(texts(), [](const std::string& s) { return !s.empty(); });
    const auto pairs = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(
        rc::gen::suchThat(texts(), [](const std::string& s) { return !s.empty() && s != "__name__"; }),
        texts()));
    const auto value = *rc::gen::arbitrary<double>();
    const auto time = *rc::gen::inRange<Millis>(-1'000'000'000'000, 4'000'000'000'000);
    auto all = pairs;
    all.emplace_back("__name__", name);
    const Labels labels(std::move(all));
    for (const TextStyle style : {TextStyle::prometheus, TextStyle::openmetrics}) {
      std::string page;
      TextWriter writer(page, style);
      MetricMetadata about;
      about.family = name;
      about.type = MetricType::gauge;
      about.help = *texts();
      writer.family(about);
      writer.sample(labels, value, time);
      writer.end();
      const auto back = read_back(
          style == TextStyle::prometheus ? ExpositionFormat::text_0_0_4 : ExpositionFormat::openmetrics_1_0_0,
          page);
      if (!back) RC_FAIL(page + back.error().message());
      RC_ASSERT(back->samples.size() == 1u);
      RC_ASSERT(back->samples[0].labels == labels.encoded());
      RC_ASSERT(back->samples[0].time == time);
      RC_ASSERT(back->samples[0].value == value);
      RC_ASSERT(back->metadata.size() == 1u);
      RC_ASSERT(back->metadata[0].help == about.help);
    }
  }));
}

TEST(TextWriter, exemplars_stand_in_openmetrics_only) {
  const Labels series({{"__name__", "a_total"}});
  const Labels trace({{"trace_id", "x"}});
  TextWriter::Exemplar exemplar;
  exemplar.labels = trace;
  exemplar.value = 0.5;
  exemplar.time = -1500;
  std::string page;
  TextWriter openmetrics(page, TextStyle::openmetrics);
  openmetrics.sample(series, 1, 2000, &exemplar);
  TextWriter plain(page, TextStyle::prometheus);
  plain.sample(series, 1, 2000, &exemplar);
  EXPECT_EQ(page, "a_total 1 2.000 # {trace_id=\"x\"} 0.5 -1.500\na_total 1 2000\n");
}

// The parts of io.prometheus.client messages.
std::string bytes_field(std::uint32_t number, std::string_view bytes) {
  std::string out;
  add_bytes_field(out, number, bytes);
  return out;
}
std::string real_field(std::uint32_t number, double value) {
  std::string out;
  add_real_field(out, number, value);
  return out;
}
std::string number_field(std::uint32_t number, std::uint64_t value) {
  std::string out;
  add_varint_field(out, number, value);
  return out;
}
std::string pair(std::string_view name, std::string_view value) {
  return bytes_field(1, name) + bytes_field(2, value);
}
std::string delimited(std::string_view message) {
  std::string out;
  add_varint(out, message.size());
  return out += message;
}

std::string histogram_family() {
  const std::string packed_deltas{2, 1};  // zigzag 1, -1
  const std::string native = number_field(5, zigzag_encode(3)) + real_field(6, 0.001) + number_field(7, 1) +
                             bytes_field(12, number_field(1, zigzag_encode(0)) + number_field(2, 2)) +
                             bytes_field(13, packed_deltas);
  const std::string exemplar = bytes_field(1, pair("trace_id", "t")) + real_field(2, 0.3);
  const std::string classic =
      bytes_field(3, number_field(1, 1) + real_field(2, 0.5) + bytes_field(3, exemplar));
  const std::string histogram = number_field(1, 2) + real_field(2, 4.5) + classic + native;
  const std::string metric = bytes_field(1, pair("a", "b")) + bytes_field(7, histogram);
  return bytes_field(1, "h") + bytes_field(2, "help") + number_field(3, 4) + bytes_field(4, metric);
}

std::string describe_batch(const MetricBatch& batch) {
  std::string out;
  for (const SampleRef& s : batch.samples)
    out += fmt::format("{} {} @{}\n", LabelsView(s.labels).to_string(), s.value, s.time);
  for (const HistogramRef& h : batch.histograms)
    out += fmt::format("{} histogram of {}\n", LabelsView(h.labels).to_string(), h.histogram->count);
  for (const ExemplarRef& e : batch.exemplars)
    out += fmt::format("{} <- {}\n", LabelsView(e.series).to_string(), e.labels.to_string());
  return out;
}

TEST(ProtobufFormat, gives_native_histograms_and_their_exemplars) {
  const auto batch = read_back(ExpositionFormat::protobuf, delimited(histogram_family()));
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(describe_batch(*batch), "h{a=\"b\"} histogram of 2\nh{a=\"b\"} <- {trace_id=\"t\"}\n");
  const NativeHistogram& h = *batch->histograms[0].histogram;
  EXPECT_EQ(h.schema, 3);
  EXPECT_EQ(h.sum, 4.5);
  EXPECT_EQ(h.zero_count, 1);
  EXPECT_EQ(h.positive_buckets, (std::vector<double>{1, 0}));
  EXPECT_EQ(batch->metadata.at(0).type, MetricType::histogram);
}

TEST(ProtobufFormat, gives_classic_buckets_too_when_they_are_wanted) {
  const std::string page = delimited(histogram_family());
  Rejections rejections;
  const auto reader = make_protobuf_reader(page, {.classic_too = true});
  const auto batch = read_page(*reader, {.now = 7}, rejections);
  ASSERT_TRUE(batch);
  EXPECT_EQ(describe_batch(*batch),
            "h_bucket{a=\"b\", le=\"0.5\"} 1 @7\nh_bucket{a=\"b\", le=\"+Inf\"} 2 @7\nh_sum{a=\"b\"} 4.5 @7\n"
            "h_count{a=\"b\"} 2 @7\nh{a=\"b\"} histogram of 2\nh{a=\"b\"} <- {trace_id=\"t\"}\n"
            "h_bucket{a=\"b\", le=\"0.5\"} <- {trace_id=\"t\"}\n");
}

TEST(ProtobufFormat, gives_counters_gauges_and_summaries) {
  const std::string counter = bytes_field(1, "c_total") + number_field(3, 0) +
                              bytes_field(4, bytes_field(3, real_field(1, 3)) + number_field(6, 1234));
  const std::string gauge =
      bytes_field(1, "g") + number_field(3, 1) + bytes_field(4, bytes_field(2, real_field(1, -2)));
  const std::string quantile = bytes_field(3, real_field(1, 0.5) + real_field(2, 9));
  const std::string summary =
      bytes_field(1, "s") + number_field(3, 2) +
      bytes_field(4, bytes_field(4, number_field(1, 4) + real_field(2, 20) + quantile));
  const auto batch =
      read_back(ExpositionFormat::protobuf, delimited(counter) + delimited(gauge) + delimited(summary));
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ(describe_batch(*batch),
            "c_total 3 @1234\ng -2 @7\ns{quantile=\"0.5\"} 9 @7\ns_sum 20 @7\ns_count 4 @7\n");
}

TEST(ProtobufFormat, every_prefix_is_an_error_or_a_smaller_page) {
  const std::string page = delimited(histogram_family());
  for (std::size_t i = 0; i < page.size(); ++i)
    (void)read_back(ExpositionFormat::protobuf, page.substr(0, i));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
