// The store's promises, one by one.
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "telemetry/metrics/testing/file_size_limit.h"
#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

const Labels up_a{{"__name__", "up"}, {"instance", "a"}};
const Labels up_b{{"__name__", "up"}, {"instance", "b"}};
constexpr Millis first_time = 1'699'999'000'000;

class StoreTest : public testing::Test {
 protected:
  WriteReport write(BatchBuilder& builder) {
    const auto report = fixture_.store().write(builder.batch());
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message());
    return report ? *report : WriteReport();
  }
  WriteReport write(LabelsView labels, Millis time, double value) {
    BatchBuilder builder;
    builder.add(labels, time, value);
    return write(builder);
  }
  Store& reopen() { return fixture_.reopen(); }
  Store& store() { return fixture_.store(); }
  void pass(Duration time) { fixture_.clock().now_ms += time / 1ms; }
  void maintain() {
    const auto done = store().maintain();
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message());
  }

  StoreFixture fixture_;
};

std::string line(LabelsView labels, std::vector<std::pair<Millis, double>> samples) {
  std::string out = labels.to_string();
  for (const auto& [time, value] : samples) {
    out += fmt::format(" {}:{:x}", time, std::bit_cast<std::uint64_t>(value));
  }
  return out + "\n";
}

TEST_F(StoreTest, gives_back_what_was_written_and_again_after_a_restart) {
  reopen();
  EXPECT_EQ(write(up_a, first_time, 1).accepted, 1U);
  write(up_a, first_time + 15000, 0);
  write(up_b, first_time, 1);
  const std::string expected =
      line(up_a, {{first_time, 1}, {first_time + 15000, 0}}) + line(up_b, {{first_time, 1}});
  EXPECT_EQ(dump(store()), expected);
  reopen();
  EXPECT_EQ(dump(store()), expected);
  ASSERT_TRUE(store().flush().has_value());
  EXPECT_EQ(dump(store()), expected);
  EXPECT_EQ(store().status().samples_buffered, 0U);
  reopen();
  EXPECT_EQ(dump(store()), expected);
}

TEST_F(StoreTest, selects_by_every_kind_of_matcher) {
  reopen();
  BatchBuilder builder;
  for (const char* job : {"api", "web", "db"}) {
    for (const char* code : {"200", "404", "500"}) {
      builder.add(Labels{{"__name__", "requests"}, {"code", code}, {"job", job}}, first_time, 1);
    }
    builder.add(Labels{{"__name__", "up"}, {"job", job}}, first_time, 1);
  }
  write(builder);
  const auto count = [&](MatchType type, const char* name, const char* value) {
    const std::vector<Matcher> matchers{*Matcher::make(type, name, value)};
    const auto selection = store().select(first_time, first_time, matchers, {});
    return selection ? (*selection)->size() : SIZE_MAX;
  };
  const auto check = [&] {
    EXPECT_EQ(count(MatchType::equal, "job", "api"), 4U);
    EXPECT_EQ(count(MatchType::equal, "code", ""), 3U);
    EXPECT_EQ(count(MatchType::not_equal, "code", ""), 9U);
    EXPECT_EQ(count(MatchType::not_equal, "code", "200"), 9U);
    EXPECT_EQ(count(MatchType::regex, "code", "200|500"), 6U);
    EXPECT_EQ(count(MatchType::regex, "code", "4.."), 3U);
    EXPECT_EQ(count(MatchType::regex, "code", "(4..)?"), 6U);
    EXPECT_EQ(count(MatchType::not_regex, "code", "5.*"), 9U);
    EXPECT_EQ(count(MatchType::not_regex, "code", ""), 9U);
    EXPECT_EQ(count(MatchType::not_regex, "code", "|200"), 6U);
    EXPECT_EQ(count(MatchType::regex, "code", "|200"), 6U);
    EXPECT_EQ(count(MatchType::not_regex, "nothing", ""), 0U);
    EXPECT_EQ(count(MatchType::regex, "nothing", ".+"), 0U);
    EXPECT_EQ(count(MatchType::regex, "nothing", ".*"), 12U);
    const std::vector<Matcher> both{Matcher::equal("__name__", "requests"), Matcher::equal("job", "db")};
    EXPECT_EQ(*store().label_values("code", first_time, first_time, both, 0),
              (std::vector<std::string>{"200", "404", "500"}));
    EXPECT_EQ(*store().label_values("job", first_time, first_time, {}, 2),
              (std::vector<std::string>{"api", "db"}));
    EXPECT_EQ(*store().label_names(first_time, first_time, {}, 0),
              (std::vector<std::string>{"__name__", "code", "job"}));
  };
  check();
  // The same from a block.
  ASSERT_TRUE(store().flush().has_value());
  pass(24h);
  maintain();
  ASSERT_EQ(store().status().blocks, 1U);
  ASSERT_EQ(store().status().runs, 0U);
  check();
  maintain();
  EXPECT_EQ(store().status().series, 0U) << "series without recent samples leave the head";
  check();
}

TEST_F(StoreTest, takes_samples_out_of_order_within_the_window_and_refuses_older_ones_by_name) {
  reopen();
  write(up_a, first_time, 1);
  EXPECT_EQ(write(up_a, first_time - 3'600'000, 2).accepted, 1U);
  const WriteReport late = write(up_a, first_time - 3'601'000, 3);
  EXPECT_EQ(late.accepted, 0U);
  EXPECT_EQ(late.rejected, 1U);
  EXPECT_NE(late.first_rejection.find("up{instance=\"a\"}"), std::string::npos) << late.first_rejection;
  EXPECT_NE(late.first_rejection.find("3600"), std::string::npos) << late.first_rejection;
  EXPECT_EQ(dump(store()), line(up_a, {{first_time - 3'600'000, 2}, {first_time, 1}}));
}

TEST_F(StoreTest, accepts_duplicates_and_the_later_value_counts) {
  reopen();
  write(up_a, first_time, 1);
  write(up_a, first_time, 1);
  EXPECT_EQ(dump(store()), line(up_a, {{first_time, 1}}));
  ASSERT_TRUE(store().flush().has_value());
  write(up_a, first_time, 2);
  EXPECT_EQ(dump(store()), line(up_a, {{first_time, 2}}));
  ASSERT_TRUE(store().compact().has_value());
  EXPECT_EQ(dump(store()), line(up_a, {{first_time, 2}}));
  EXPECT_EQ(store().status().runs, 1U);
}

TEST_F(StoreTest, a_sample_far_in_the_future_is_refused) {
  reopen();
  const WriteReport report = write(up_a, fixture_.clock().now_ms + 49 * 3'600'000, 1);
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_NE(report.first_rejection.find("out of range"), std::string::npos) << report.first_rejection;
}

TEST_F(StoreTest, label_bytes_in_any_form_mean_the_same_series) {
  reopen();
  std::string swapped;
  append_label(swapped, "instance", "a");
  append_label(swapped, "__name__", "up");
  append_label(swapped, "nothing", "");
  MetricBatch batch;
  batch.samples.push_back({.labels = swapped, .time = first_time, .value = 1});
  batch.samples.push_back({.labels = up_a.encoded(), .time = first_time + 1, .value = 2});
  batch.samples.push_back({.labels = swapped, .time = first_time + 2, .value = 3});
  batch.samples.push_back({.labels = "\x0a\x7f broken", .time = first_time, .value = 3});
  const auto report = store().write(batch);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->accepted, 3U);
  EXPECT_EQ(report->rejected, 1U);
  EXPECT_EQ(dump(store()), line(up_a, {{first_time, 1}, {first_time + 1, 2}, {first_time + 2, 3}}));
}

TEST_F(StoreTest, a_series_beyond_a_limit_is_refused_by_name_and_the_others_are_taken) {
  fixture_.settings().limits = {.total = 10, .per_tenant = 3, .per_metric = 2, .admit = nullptr};
  reopen();
  BatchBuilder builder;
  for (const char* instance : {"a", "b", "c"}) {
    builder.add(Labels{{"__name__", "up"}, {"instance", instance}}, first_time, 1);
  }
  builder.add(Labels{{"__name__", "down"}}, first_time, 1);
  const WriteReport report = write(builder);
  EXPECT_EQ(report.accepted, 3U);
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_NE(report.first_rejection.find("up{instance=\"c\"}"), std::string::npos) << report.first_rejection;
  BatchBuilder more;
  more.batch().tenant = "team-a";
  for (int i = 0; i < 5; ++i) more.add(Labels{{"__name__", fmt::format("m{}", i)}}, first_time, 1);
  const WriteReport tenant = write(more);
  EXPECT_EQ(tenant.accepted, 3U);
  EXPECT_NE(tenant.first_rejection.find("team-a"), std::string::npos) << tenant.first_rejection;
  EXPECT_EQ(store().cardinality(10).series_by_tenant[0].value, 3U);
}

TEST_F(StoreTest, a_deletion_hides_what_was_written_and_not_what_comes_later) {
  reopen();
  for (int i = 0; i < 10; ++i) write(up_a, first_time + i, i);
  write(up_b, first_time, 1);
  const std::vector<std::vector<Matcher>> sets{{Matcher::equal("instance", "a")}};
  ASSERT_TRUE(store().delete_series(first_time + 2, first_time + 8, sets).has_value());
  const std::string expected =
      line(up_a, {{first_time, 0}, {first_time + 1, 1}, {first_time + 9, 9}}) + line(up_b, {{first_time, 1}});
  EXPECT_EQ(dump(store()), expected);
  reopen();
  EXPECT_EQ(dump(store()), expected);
  write(up_a, first_time + 5, 50);
  const std::string with_later =
      line(up_a, {{first_time, 0}, {first_time + 1, 1}, {first_time + 5, 50}, {first_time + 9, 9}}) +
      line(up_b, {{first_time, 1}});
  EXPECT_EQ(dump(store()), with_later);
  ASSERT_TRUE(store().clean_tombstones().has_value());
  EXPECT_EQ(dump(store()), with_later);
  reopen();
  EXPECT_EQ(dump(store()), with_later);
}

TEST_F(StoreTest, a_snapshot_opens_as_a_store_with_the_same_content) {
  reopen();
  for (int i = 0; i < 100; ++i) write(up_a, first_time + i * 15000, i);
  ASSERT_TRUE(store().flush().has_value());
  pass(24h);
  maintain();
  write(up_b, fixture_.clock().now_ms, 7);
  const auto name = store().snapshot();
  ASSERT_TRUE(name.has_value());
  const std::string before = dump(store());
  write(up_b, fixture_.clock().now_ms + 1, 8);
  StoreSettings settings = fixture_.settings();
  settings.folder += "/snapshots/" + *name;
  aloft::Metrics metrics;
  auto copy = Store::open(settings, fixture_.clock(), metrics);
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(dump(**copy), before);
}

TEST_F(StoreTest, blocks_older_than_the_retention_go) {
  fixture_.settings().retention = 48h;
  reopen();
  write(up_a, first_time, 1);
  ASSERT_TRUE(store().flush().has_value());
  pass(72h);
  maintain();
  EXPECT_NE(dump(store()), "") << "counted from the newest sample, which is this one";
  write(up_b, fixture_.clock().now_ms, 1);
  maintain();
  EXPECT_EQ(dump(store()), line(up_b, {{fixture_.clock().now_ms, 1}}));
}

TEST_F(StoreTest, native_histograms_come_back_from_memory_log_run_and_block) {
  reopen();
  const auto histogram = [](double count) {
    auto out = std::make_shared<NativeHistogram>();
    out->schema = 3;
    out->count = count;
    out->sum = count / 3;
    out->positive_spans = {{.offset = -2, .length = 2}, {.offset = 3, .length = 1}};
    out->positive_buckets = {count, count * 2, count / 7};
    return out;
  };
  BatchBuilder builder;
  for (int i = 0; i < 5; ++i) builder.add(up_a, first_time + i, histogram(i * 10));
  builder.add(up_a, first_time + 7, 3.5);
  builder.add(up_a, first_time + 9, histogram(1));
  const WriteReport report = write(builder);
  EXPECT_EQ(report.accepted, 7U);
  EXPECT_EQ(report.histograms, 6U);
  const auto check = [&] {
    const auto selection = store().select(first_time, first_time + 9, {}, {});
    ASSERT_TRUE(selection.has_value());
    Column column;
    ASSERT_TRUE((*selection)->read(0, first_time, first_time + 9, column).has_value());
    ASSERT_EQ(column.size(), 7U);
    EXPECT_EQ(*column.histograms[3], *histogram(30));
    EXPECT_EQ(column.histograms[5], nullptr);
    EXPECT_EQ(column.values[5], 3.5);
    EXPECT_EQ(*column.histograms[6], *histogram(1));
  };
  check();
  reopen();
  check();
  ASSERT_TRUE(store().flush().has_value());
  check();
  pass(24h);
  maintain();
  ASSERT_EQ(store().status().blocks, 1U);
  check();
}

TEST_F(StoreTest, exemplars_and_metadata_survive_a_restart_and_a_full_log) {
  reopen();
  MetricBatch batch;
  batch.samples.push_back({.labels = up_a.encoded(), .time = first_time, .value = 1});
  batch.exemplars.push_back(
      {.series = up_a.encoded(), .labels = Labels{{"trace_id", "1"}}, .value = 2, .time = first_time});
  batch.metadata.push_back({.family = "up", .type = MetricType::gauge, .help = "Is it?", .unit = ""});
  ASSERT_TRUE(store().write(batch).has_value());
  ASSERT_TRUE(store().write(batch).has_value());
  reopen();
  ASSERT_TRUE(store().flush().has_value());
  reopen();
  const std::vector<std::vector<Matcher>> sets{{Matcher::equal("__name__", "up")}};
  const auto exemplars = store().exemplars(first_time, first_time, sets);
  ASSERT_TRUE(exemplars.has_value());
  ASSERT_EQ(exemplars->size(), 1U);
  ASSERT_EQ((*exemplars)[0].exemplars.size(), 1U);
  EXPECT_EQ((*exemplars)[0].exemplars[0].labels.get("trace_id"), "1");
  ASSERT_EQ(store().metadata("", 0).size(), 1U);
  EXPECT_EQ(store().metadata("up", 0)[0].help, "Is it?");
}

TEST_F(StoreTest, observers_see_samples_of_known_and_of_new_series_until_they_end) {
  struct Seen final : IngestObserver {
    void on_sample(LabelsView labels, std::uint64_t, Millis time, double value) override {
      text += fmt::format("{} {} {};", labels.get("instance"), time - first_time, value);
    }
    void on_batch_end() override { text += "."; }
    std::string text;
  } seen;
  reopen();
  write(up_a, first_time, 1);
  auto observation = store().observe({Matcher::equal("__name__", "up")}, seen);
  write(up_a, first_time + 1, 2);
  write(up_b, first_time + 2, 3);
  write(Labels{{"__name__", "down"}}, first_time, 9);
  EXPECT_EQ(seen.text, "a 1 2;.b 2 3;.");
  observation.reset();
  write(up_a, first_time + 3, 4);
  EXPECT_EQ(seen.text, "a 1 2;.b 2 3;.");
}

TEST_F(StoreTest, a_damaged_file_is_set_aside_and_the_rest_is_served) {
  reopen();
  write(up_a, first_time, 1);
  ASSERT_TRUE(store().flush().has_value());
  write(up_b, first_time, 2);
  ASSERT_TRUE(store().flush().has_value());
  std::vector<std::filesystem::path> runs;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_.folder() + "/runs")) {
    runs.push_back(entry.path());
  }
  std::ranges::sort(runs);
  std::filesystem::resize_file(runs[0], std::filesystem::file_size(runs[0]) - 5);
  reopen();
  EXPECT_EQ(dump(store()), line(up_b, {{first_time, 2}}));
  ASSERT_EQ(store().status().damage.size(), 1U);
  EXPECT_NE(store().status().damage[0].find(runs[0].filename().string()), std::string::npos);
}

TEST_F(StoreTest, a_damaged_chunk_is_an_error_that_names_the_file_and_other_series_are_read) {
  fixture_.settings().cache_bytes = 0;
  reopen();
  BatchBuilder builder;
  for (int i = 0; i < 400; ++i) {
    const Labels labels{{"__name__", "m"}, {"i", fmt::format("{:03}", i)}};
    for (int k = 0; k < 2; ++k) builder.add(labels, first_time + k * 777 + i * k, std::sqrt(i * 1000 + k));
  }
  for (int i = 0; i < 20; ++i) write(builder);
  ASSERT_TRUE(store().flush().has_value());
  ASSERT_TRUE(store().compact().has_value());
  const auto path = std::filesystem::directory_iterator(fixture_.folder() + "/runs")->path();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(40);
    file.put('\x55');
  }
  const auto selection = store().select(first_time, first_time + 100'000, {}, {});
  ASSERT_TRUE(selection.has_value());
  Column column;
  const auto damaged = (*selection)->read(0, first_time, first_time + 100'000, column);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_NE(damaged.error().message().find(path.filename().string()), std::string::npos);
}

TEST_F(StoreTest, a_full_disk_refuses_batches_whole_and_reading_goes_on_until_there_is_room_again) {
  reopen();
  write(up_a, first_time, 1);
  std::string expected = line(up_a, {{first_time, 1}});
  BatchBuilder builder;
  for (int i = 1; i < 900; ++i) builder.add(up_a, first_time + i, std::sqrt(i));
  {
    const FileSizeLimit full(2000);
    const auto refused = store().write(builder.batch());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_NE(refused.error().message().find("wal"), std::string::npos) << refused.error().message();
    EXPECT_EQ(dump(store()), expected);
    EXPECT_FALSE(store().status().writable);
    const auto maintained = store().maintain();
    EXPECT_EQ(dump(store()), expected);
  }
  write(up_a, first_time + 1000, 2);
  expected = line(up_a, {{first_time, 1}, {first_time + 1000, 2}});
  EXPECT_TRUE(store().status().writable);
  EXPECT_EQ(dump(store()), expected);
  reopen();
  EXPECT_EQ(dump(store()), expected);
  EXPECT_TRUE(store().status().damage.empty());
}

TEST_F(StoreTest, a_buffer_that_cannot_be_moved_to_disk_stays_in_memory_and_in_the_log) {
  reopen();
  std::string expected = up_a.to_string();
  for (int i = 0; i < 900; ++i) {
    const double value = std::sqrt(i);
    write(up_a, first_time + i, value);
    expected += fmt::format(" {}:{:x}", first_time + i, std::bit_cast<std::uint64_t>(value));
  }
  expected += "\n";
  {
    const FileSizeLimit full(3000);
    EXPECT_FALSE(store().flush().has_value());
    EXPECT_EQ(dump(store()), expected);
  }
  ASSERT_TRUE(store().maintain().has_value());
  EXPECT_EQ(dump(store()), expected);
  EXPECT_EQ(store().status().runs, 1U);
  reopen();
  EXPECT_EQ(dump(store()), expected);
}

TEST_F(StoreTest, what_was_ready_when_the_disk_was_full_does_not_stay_beside_the_next_try) {
  reopen();
  const Millis earlier = first_time - fixture_.settings().block_duration / std::chrono::milliseconds(1);
  write(up_a, earlier, 1);
  std::string expected =
      fmt::format("{} {}:{:x}", up_a.to_string(), earlier, std::bit_cast<std::uint64_t>(1.0));
  for (int i = 0; i < 900; ++i) {
    const double value = std::sqrt(i);
    write(up_a, first_time + i, value);
    expected += fmt::format(" {}:{:x}", first_time + i, std::bit_cast<std::uint64_t>(value));
  }
  expected += "\n";
  {
    const FileSizeLimit full(3000);
    for (int i = 0; i < 3; ++i) {
      EXPECT_FALSE(store().flush().has_value());
      EXPECT_TRUE(std::filesystem::is_empty(fixture_.folder() + "/runs"));
    }
  }
  ASSERT_TRUE(store().flush().has_value());
  EXPECT_EQ(store().status().runs, 2U);
  EXPECT_EQ(dump(store()), expected);
}

TEST_F(StoreTest, two_stores_do_not_share_a_folder) {
  reopen();
  aloft::Metrics metrics;
  const auto second = Store::open(fixture_.settings(), fixture_.clock(), metrics);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Code::conflict);
}

TEST_F(StoreTest, the_report_names_the_label_with_the_most_values) {
  reopen();
  BatchBuilder builder;
  for (int i = 0; i < 50; ++i) {
    builder.add(Labels{{"__name__", "m"}, {"user", fmt::format("u{}", i)}, {"job", "api"}}, first_time, 1);
  }
  builder.add(up_a, first_time, 1);
  write(builder);
  const CardinalityReport report = store().cardinality(5);
  EXPECT_EQ(report.series, 51U);
  EXPECT_EQ(report.worst_label, "user");
  EXPECT_EQ(report.series_by_metric[0].name, "m");
  EXPECT_EQ(report.series_by_metric[0].value, 50U);
  EXPECT_EQ(report.values_by_label[0].name, "user");
}

TEST_F(StoreTest, the_start_of_a_count_becomes_a_zero_where_the_series_has_nothing_that_new) {
  reopen();
  const auto write_started = [&](Millis start, Millis time, double value) {
    BatchBuilder builder;
    builder.add(up_a, time, value);
    builder.batch().starts.push_back({up_a.encoded(), start, time, nullptr});
    return write(builder);
  };
  EXPECT_EQ(write_started(first_time - 5000, first_time, 3).accepted, 1U);
  write_started(first_time - 5000, first_time + 15000, 4);   // the same start again
  write_started(first_time + 16000, first_time + 30000, 1);  // a restart
  write_started(first_time + 45000, first_time + 45000, 2);  // a start that is not before its sample
  const std::string expected = line(up_a, {{first_time - 5000, 0},
                                           {first_time, 3},
                                           {first_time + 15000, 4},
                                           {first_time + 16000, 0},
                                           {first_time + 30000, 1},
                                           {first_time + 45000, 2}});
  EXPECT_EQ(dump(store()), expected);
  reopen();
  EXPECT_EQ(dump(store()), expected);
}

TEST_F(StoreTest, a_start_of_long_ago_is_no_zero) {
  reopen();
  BatchBuilder builder;
  builder.add(up_a, first_time, 3);
  builder.batch().starts.push_back({up_a.encoded(), first_time - 3'600'001, first_time, nullptr});
  write(builder);
  EXPECT_EQ(dump(store()), line(up_a, {{first_time, 3}}));
}

TEST_F(StoreTest, the_zero_of_a_histogram_is_a_reset_and_no_stored_one_claims_to_go_on) {
  reopen();
  NativeHistogram counted;
  counted.reset_hint = NativeHistogram::ResetHint::no;
  counted.schema = 3;
  counted.zero_threshold = 0.001;
  counted.count = 2;
  counted.positive_spans = {{.offset = 1, .length = 1}};
  counted.positive_buckets = {2};
  const HistogramPtr histogram = std::make_shared<const NativeHistogram>(counted);
  BatchBuilder builder;
  builder.add(up_a, first_time, histogram);
  builder.batch().starts.push_back({up_a.encoded(), first_time - 1000, first_time, histogram});
  const WriteReport report = write(builder);
  EXPECT_EQ(report.accepted, 1U);
  EXPECT_EQ(report.histograms, 1U);
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_TRUE(store().flush().has_value());
    }
    const auto selection = store().select(first_time - 2000, first_time, {}, {});
    ASSERT_TRUE(selection);
    Column column;
    ASSERT_TRUE((*selection)->read(0, first_time - 2000, first_time, column));
    ASSERT_EQ(column.times, (std::vector<Millis>{first_time - 1000, first_time}));
    EXPECT_EQ(column.histograms[0]->reset_hint, NativeHistogram::ResetHint::yes);
    EXPECT_EQ(column.histograms[0]->schema, 3);
    EXPECT_EQ(column.histograms[0]->count, 0);
    EXPECT_EQ(column.histograms[1]->reset_hint, NativeHistogram::ResetHint::unknown);
    EXPECT_EQ(column.histograms[1]->count, 2);
  }
}

}  // namespace
}  // namespace aloft::telemetry::metrics
