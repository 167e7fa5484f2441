// Creation times of pages as starts of series; the rest of scraping is tested with its pool.
#include "telemetry/scrape/targets/target_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aloft::telemetry::scrape {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view page =
    "# TYPE http counter\nhttp_total{a=\"b\"} 3\nhttp_created{a=\"b\"} 90\n"
    "# TYPE took histogram\ntook_bucket{le=\"+Inf\"} 1\ntook_count 1\ntook_sum 2\ntook_created 91.5\n"
    "# TYPE temperature gauge\ntemperature 21\n# EOF\n";

class TargetSeriesTest : public testing::Test {
 protected:
  // Gives series with their values, and in `starts` what is known of their beginnings.
  std::vector<std::string> take(Millis time, std::string_view text, bool zero_at_start) {
    if (!series_) {
      SampleRules rules;
      rules.zero_at_start = zero_at_start;
      series_.emplace(std::make_shared<const SampleRules>(rules), Labels());
    }
    TargetSeries::Scrape scrape;
    scrape.time = time;
    scrape.format = ExpositionFormat::openmetrics_1_0_0;
    scrape.page = text;
    TargetSeries::Outcome outcome = series_->take(scrape, [] { return 0.0; });
    EXPECT_FALSE(outcome.failure) << outcome.failure->message();
    starts.clear();
    for (const StartRef& start : outcome.batch.starts)
      starts.push_back(
          fmt::format("{} {} {}", LabelsView(start.labels).to_string(), start.start, start.time));
    std::vector<std::string> out;
    for (const SampleRef& sample : outcome.batch.samples) {
      std::string name = LabelsView(sample.labels).to_string();
      if (name != "up" && !name.starts_with("scrape_"))
        out.push_back(fmt::format("{} {}", name, sample.value));
    }
    return out;
  }

  std::vector<std::string> starts;
  std::optional<TargetSeries> series_;
};

TEST_F(TargetSeriesTest, created_lines_are_series_like_others) {
  EXPECT_THAT(take(100'000, page, false),
              ElementsAre("http_total{a=\"b\"} 3", "http_created{a=\"b\"} 90", "took_bucket{le=\"+Inf\"} 1",
                          "took_count 1", "took_sum 2", "took_created 91.5", "temperature 21"));
  EXPECT_THAT(starts, IsEmpty());
}

TEST_F(TargetSeriesTest, created_lines_can_be_starts) {
  EXPECT_THAT(take(100'000, page, true), ElementsAre("http_total{a=\"b\"} 3", "took_bucket{le=\"+Inf\"} 1",
                                                     "took_count 1", "took_sum 2", "temperature 21"));
  EXPECT_THAT(starts, UnorderedElementsAre("http_total{a=\"b\"} 90000 100000",
                                           "took_bucket{le=\"+Inf\"} 91500 100000", "took_count 91500 100000",
                                           "took_sum 91500 100000"));
  take(115'000, page, true);
  EXPECT_THAT(starts, IsEmpty()) << "they have been told";
  take(130'000, "# TYPE http counter\nhttp_total{a=\"b\"} 1\nhttp_created{a=\"b\"} 120\n# EOF\n", true);
  EXPECT_THAT(starts, ElementsAre("http_total{a=\"b\"} 120000 130000"));
}

TEST_F(TargetSeriesTest, a_created_line_of_another_metric_tells_nothing) {
  take(100'000, "# TYPE c counter\nc_total{a=\"1\"} 1\nc_total{a=\"2\"} 1\nc_created{a=\"2\"} 50\n# EOF\n",
       true);
  EXPECT_THAT(starts, ElementsAre("c_total{a=\"2\"} 50000 100000"));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
