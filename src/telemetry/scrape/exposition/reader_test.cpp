// The formats of exposition as targets write them, and the judges of OpenMetrics where they are at hand.
#include "telemetry/scrape/exposition/reader.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "telemetry/scrape/exposition/series_text.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

// One line an item: "up{a=\"b\"} 1 @5" or "# up gauge help unit".
std::string describe(const MetricBatch& batch) {
  std::string out;
  for (const MetricMetadata& m : batch.metadata)
    out += fmt::format("# {} {} {} {}\n", m.family, to_string(m.type), m.help, m.unit);
  for (const SampleRef& s : batch.samples)
    out += fmt::format("{} {} @{}\n", LabelsView(s.labels).to_string(), s.value, s.time);
  for (const ExemplarRef& e : batch.exemplars)
    out += fmt::format("{} <- {} {} @{}\n", LabelsView(e.series).to_string(), e.labels.to_string(), e.value,
                       e.time);
  return out;
}

std::string read(ExpositionFormat format, std::string_view page) {
  const auto reader = make_reader(format, page);
  Rejections rejections;
  const auto batch = read_page(*reader, {.now = 7}, rejections);
  return batch ? describe(*batch) : "error: " + batch.error().message();
}
std::string text(std::string_view page) { return read(ExpositionFormat::text_0_0_4, page); }
std::string openmetrics(std::string_view page) { return read(ExpositionFormat::openmetrics_1_0_0, page); }

TEST(TextFormat, reads_metadata_samples_and_times) {
  EXPECT_EQ(text("# HELP a One\\nline.\n# TYPE a counter\n  a{b=\"c\", d=\"e\\\"\\\\\\n\",} 1e3 1234\r\n\n"
                 "# any comment\nplain +Inf"),
            "# a counter One\nline. \na{b=\"c\", d=\"e\\\"\\\\\\n\"} 1000 @1234\nplain inf @7\n");
}

TEST(TextFormat, sorts_labels_and_drops_empty_ones) {
  EXPECT_EQ(text("a{z=\"1\",Y=\"2\",b=\"\"} 1\n"), "a{Y=\"2\", z=\"1\"} 1 @7\n");
}

TEST(TextFormat, reads_quoted_names) {
  EXPECT_EQ(text("# TYPE \"my.name\" gauge\n{\"my.name\",\"k.1\"=\"v\"} 2\n"),
            "# my.name gauge  \n{\"my.name\", \"k.1\"=\"v\"} 2 @7\n");
}

TEST(TextFormat, stores_bounds_in_one_spelling) {
  EXPECT_EQ(
      text("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
           "# TYPE s summary\ns{quantile=\"0.50\"} 3\n# TYPE g gauge\ng{le=\"1\"} 1\n"),
      "# h histogram  \n# s summary  \n# g gauge  \nh_bucket{le=\"1.0\"} 1 @7\nh_bucket{le=\"+Inf\"} 2 @7\n"
      "s{quantile=\"0.5\"} 3 @7\ng{le=\"1\"} 1 @7\n");
}

TEST(TextFormat, says_where_a_mistake_stands) {
  EXPECT_EQ(text("a 1\nb{c=\"d} 1\n"), "error: line 2, column 1: the closing '}' is missing");
  EXPECT_EQ(text("a{b=1} 1"), "error: line 1, column 5: expected a label value in double quotes");
  EXPECT_EQ(text("a 1x\n"), "error: line 1, column 3: the value is no number");
  EXPECT_EQ(text("a 1 1.5\n"), "error: line 1, column 5: the timestamp is no whole number of milliseconds");
  EXPECT_EQ(text("a{b=\"c\",b=\"d\"} 1\n"), "error: line 1, column 1: a label stands twice");
  EXPECT_EQ(text("{a=\"b\"} 1\n"), "error: line 1, column 1: a series without a metric name");
  EXPECT_EQ(text("# TYPE a meh\n"), "error: line 1, column 13: an unknown metric type");
  EXPECT_EQ(text("a{b=\"\xff\"} 1\n"), "error: line 1, column 7: the text is not UTF-8");
}

TEST(TextFormat, an_import_goes_on_behind_a_damaged_line) {
  const auto reader = make_text_reader("a 1\nb{ 2\nc{d=\"e\",d=\"f\"} 3\ne 4\n");
  Rejections rejections;
  const auto batch = read_page(*reader, {.now = 7, .skip_damaged_lines = true}, rejections);
  ASSERT_TRUE(batch);
  EXPECT_EQ(describe(*batch), "a 1 @7\ne 4 @7\n");
  EXPECT_EQ(rejections.count, 2u);
  EXPECT_EQ(rejections.first, "line 2, column 1: the closing '}' is missing");
}

TEST(OpenMetrics, reads_exemplars_units_and_seconds) {
  EXPECT_EQ(openmetrics(
                "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Help.\n"
                "a_seconds_total{b=\"c\"} 1 1.5 # {trace_id=\"x\"} 0.25 2\na_seconds_created{b=\"c\"} 1 1.5\n"
                "# EOF\n"),
            "# a_seconds counter Help. seconds\na_seconds_total{b=\"c\"} 1 @1500\na_seconds_created{b=\"c\"} "
            "1 @1500\n"
            "a_seconds_total{b=\"c\"} <- {trace_id=\"x\"} 0.25 @2000\n");
}

TEST(OpenMetrics, a_family_without_samples_is_told_too) {
  EXPECT_EQ(openmetrics("# TYPE a gauge\n# TYPE b gauge\nb 1\n# HELP c x\n# EOF\n"),
            "# a gauge  \n# b gauge  \n# c unknown x \nb 1 @7\n");
}

TEST(OpenMetrics, says_where_a_rule_is_broken) {
  EXPECT_EQ(openmetrics("# TYPE a counter\na_total 1\na_total -1\n# EOF\n"),
            "error: line 3, column 1: what counts is never negative");
  EXPECT_EQ(openmetrics("a 1\n"), "error: line 2, column 1: the page does not end with # EOF");
}

TEST(OpenMetrics, the_judges_cases_parse_or_fail_as_they_say) {
  const std::filesystem::path folder =
      std::filesystem::path(ALOFT_SHARED_DIR) / "observability/openmetrics-parser-cases";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no OpenMetrics parser cases beside the checkout";
  const auto slurp = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  };
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string page = slurp(entry.path() / "metrics");
    const bool expected = slurp(entry.path() / "test.json").find("true") != std::string::npos;
    const std::string found = openmetrics(page);
    EXPECT_EQ(!found.starts_with("error: "), expected) << entry.path().filename() << ": " << found;
    ++cases;
  }
  EXPECT_GE(cases, 200u);
}

TEST(Formats, are_told_by_content_type) {
  EXPECT_EQ(format_of("text/plain; version=0.0.4; charset=utf-8"), ExpositionFormat::text_0_0_4);
  EXPECT_EQ(format_of("text/plain"), ExpositionFormat::text_0_0_4);
  EXPECT_EQ(format_of("text/plain; version=1.0.0; escaping=allow-utf-8"), ExpositionFormat::text_1_0_0);
  EXPECT_EQ(format_of("application/openmetrics-text; version=1.0.0"), ExpositionFormat::openmetrics_1_0_0);
  EXPECT_EQ(format_of("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
                      "encoding=delimited"),
            ExpositionFormat::protobuf);
  EXPECT_EQ(format_of("application/json"), std::nullopt);
  EXPECT_EQ(format_of(""), std::nullopt);
}

TEST(Numbers, are_laid_out_as_go_does) {
  for (const auto& [value, expected] : std::vector<std::pair<double, std::string>>{{0, "0"},
                                                                                   {1, "1"},
                                                                                   {-1.5, "-1.5"},
                                                                                   {100000, "100000"},
                                                                                   {1000000, "1e+06"},
                                                                                   {1234567, "1.234567e+06"},
                                                                                   {0.0001, "0.0001"},
                                                                                   {0.00001, "1e-05"},
                                                                                   {1e23, "1e+23"},
                                                                                   {2.5e-7, "2.5e-07"}})
    EXPECT_EQ(format_shortest(value), expected);
  EXPECT_EQ(format_bound(1), "1.0");
  EXPECT_EQ(format_bound(1e6), "1e+06");
  EXPECT_EQ(format_bound(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(normalize_bound("0.50"), "0.5");
  EXPECT_EQ(normalize_bound("x"), "x");
}

}  // namespace
}  // namespace aloft::telemetry::scrape
