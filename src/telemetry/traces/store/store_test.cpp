// What the store promises: every accepted span is found again, whatever happens between writing and reading.
#include "telemetry/traces/store/store.h"

#include <csignal>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/resource.h>

#include "io/file.h"
#include "telemetry/traces/testing/any_batch.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using testing::make_span;
using testing::one_span;
using testing::TestStore;

TEST(TraceStore, a_span_is_found_by_its_trace_at_once_and_after_every_move) {
  TestStore test;
  Span span = make_span(7, 1, "GET /");
  span.attributes.push_back({"http.status_code", AttributeValue(std::int64_t{200})});
  ASSERT_EQ(test.store().write(one_span(span))->accepted, 1U);
  const auto check = [&](std::string_view when) {
    const auto trace = test.store().trace(span.trace_id);
    ASSERT_TRUE(trace) << when << ": " << trace.error().to_string();
    ASSERT_EQ(trace->span_count(), 1U) << when;
    EXPECT_EQ(trace->resources[0].scopes[0].spans[0], span) << when;
  };
  check("in memory");
  test.restart();
  check("after a restart without a block");
  ASSERT_TRUE(test.store().flush());
  check("in a block");
  test.restart();
  check("in a block after a restart");
  EXPECT_EQ(test.store().status().head_spans, 0U);
}

TEST(TraceStore, spans_without_ids_are_rejected_by_name) {
  TestStore test;
  Span span = make_span(7, 1, "nameless");
  span.trace_id = {};
  const auto report = test.store().write(one_span(span));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rejected, 1U);
  EXPECT_EQ(report->first_rejection, "span 0000000000000001 \"nameless\" has no trace id");
}

TEST(TraceStore, a_trace_beyond_its_limit_is_refused_by_its_id_and_others_go_on) {
  TraceStoreSettings settings;
  settings.limits.spans_per_trace = 2;
  TestStore test(settings);
  SpanBatch batch = one_span(make_span(1, 1, "a"));
  batch.resources[0].scopes[0].spans.push_back(make_span(1, 2, "b"));
  batch.resources[0].scopes[0].spans.push_back(make_span(1, 3, "c"));
  batch.resources[0].scopes[0].spans.push_back(make_span(2, 4, "d"));
  const auto report = test.store().write(batch);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->accepted, 3U);
  EXPECT_EQ(report->first_rejection,
            "trace 00000000000000000000000000000001 has 2 spans, the most that are allowed");
}

TEST(TraceStore, the_same_span_twice_is_read_once) {
  TestStore test;
  const SpanBatch batch = one_span(make_span(1, 1, "a"));
  ASSERT_TRUE(test.store().write(batch));
  ASSERT_TRUE(test.store().flush());
  ASSERT_TRUE(test.store().write(batch));
  EXPECT_EQ(test.store().trace(batch.resources[0].scopes[0].spans[0].trace_id)->span_count(), 1U);
}

TEST(TraceStore, long_values_are_cut_at_a_character) {
  TraceStoreSettings settings;
  settings.limits.attributes.value_bytes = 4;
  TestStore test(settings);
  Span span = make_span(1, 1, "a");
  span.attributes.push_back({"text", AttributeValue(std::string("ab\xC3\xA4\xC3\xB6"))});
  ASSERT_TRUE(test.store().write(one_span(span)));
  const auto trace = test.store().trace(span.trace_id);
  EXPECT_EQ(trace->resources[0].scopes[0].spans[0].attributes[0].value.to_text(), "ab\xC3\xA4");
}

TEST(TraceStore, compaction_keeps_every_span_and_removes_the_blocks_it_read) {
  TestStore test;
  for (std::uint64_t i = 1; i <= 8; ++i) {
    ASSERT_TRUE(test.store().write(one_span(make_span(i % 3 + 1, i, "op"))));
    ASSERT_TRUE(test.store().flush());
  }
  EXPECT_EQ(test.store().status().blocks, 8U);
  ASSERT_TRUE(test.store().maintain());
  ASSERT_TRUE(test.store().maintain());
  EXPECT_EQ(test.store().status().blocks, 2U);
  test.restart();
  std::size_t spans = 0;
  for (std::uint64_t i = 1; i <= 3; ++i) spans += test.store().trace(testing::trace_id(i))->span_count();
  EXPECT_EQ(spans, 8U);
}

TEST(TraceStore, blocks_beyond_the_retention_go) {
  TraceStoreSettings settings;
  settings.retention = 1h;
  TestStore test(settings);
  ASSERT_TRUE(test.store().write(one_span(make_span(1, 1, "a"))));
  ASSERT_TRUE(test.store().flush());
  test.clock().now = test.clock().now + 30min;
  ASSERT_TRUE(test.store().maintain());
  EXPECT_EQ(test.store().status().blocks, 1U);
  test.clock().now = test.clock().now + 31min;
  ASSERT_TRUE(test.store().maintain());
  EXPECT_EQ(test.store().status().blocks, 0U);
  EXPECT_EQ(test.store().trace(testing::trace_id(1)).error().code(), Code::not_found);
}

TEST(TraceStore, a_damaged_block_is_left_out_and_told) {
  TestStore test;
  ASSERT_TRUE(test.store().write(one_span(make_span(1, 1, "a"))));
  ASSERT_TRUE(test.store().flush());
  ASSERT_TRUE(test.store().write(one_span(make_span(2, 2, "b"))));
  ASSERT_TRUE(test.store().flush());
  const std::string folder = test.folder() + "/blocks";
  const auto names = io::list_directory(folder);
  ASSERT_EQ(names->size(), 2U);
  auto bytes = io::read_file(folder + "/" + (*names)[0]);
  (*bytes)[bytes->size() - 30] = static_cast<char>((*bytes)[bytes->size() - 30] ^ 1);
  ASSERT_TRUE(io::write_file(folder + "/" + (*names)[0], *bytes));
  test.restart();
  EXPECT_EQ(test.store().status().damaged.size(), 1U);
  EXPECT_FALSE(test.store().trace(testing::trace_id(1)));
  EXPECT_TRUE(test.store().trace(testing::trace_id(2)));
}

TEST(TraceStore, a_damaged_group_leaves_the_other_groups_readable) {
  TraceStoreSettings settings;
  settings.group_rows = 1;
  TestStore test(settings);
  for (std::uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(test.store().write(one_span(make_span(i, i, "a"))));
  ASSERT_TRUE(test.store().flush());
  const std::string path = test.folder() + "/blocks/" + (*io::list_directory(test.folder() + "/blocks"))[0];
  auto bytes = io::read_file(path);
  (*bytes)[20] = static_cast<char>((*bytes)[20] ^ 1);
  ASSERT_TRUE(io::write_file(path, *bytes));
  test.restart();
  std::size_t found = 0;
  for (std::uint64_t i = 1; i <= 4; ++i) found += test.store().trace(testing::trace_id(i)) ? 1 : 0;
  EXPECT_EQ(found, 3U);
}

TEST(TraceStore, what_cannot_become_a_block_stays_readable_in_memory) {
  TestStore test;
  ASSERT_TRUE(test.store().write(one_span(make_span(1, 1, "a"))));
  ASSERT_TRUE(io::remove_tree(test.folder() + "/blocks"));
  EXPECT_FALSE(test.store().flush());
  EXPECT_TRUE(test.store().trace(testing::trace_id(1)));
  EXPECT_FALSE(test.store().status().last_failure.empty());
  ASSERT_TRUE(io::make_directories(test.folder() + "/blocks"));
  EXPECT_TRUE(test.store().flush());
  EXPECT_TRUE(test.store().trace(testing::trace_id(1)));
}

// Files cannot grow beyond a limit, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = 16 * 1024;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

TEST(TraceStore, a_full_disk_stops_ingest_but_no_query) {
  TestStore test;
  std::vector<std::uint64_t> taken;
  std::uint64_t next = 1;
  const auto write = [&] {
    Span span = make_span(next, next, "op");
    // Text that does not compress.
    for (std::uint64_t i = 0; i < 200; ++i)
      span.status_message += to_hex(testing::span_id(mix64(next * 1000 + i)));
    const auto report = test.store().write(one_span(span));
    if (report) taken.push_back(next);
    ++next;
    return report ? Code::internal : report.error().code();
  };
  {
    const FullDisk full;
    Code code = Code::internal;
    for (int i = 0; i < 100 && code == Code::internal; ++i) code = write();
    EXPECT_EQ(code, Code::unavailable);
    ASSERT_FALSE(taken.empty());
    for (const std::uint64_t trace : taken) EXPECT_TRUE(test.store().trace(testing::trace_id(trace)));
  }
  write();
  ASSERT_TRUE(test.store().flush());
  test.restart();
  for (const std::uint64_t trace : taken) EXPECT_TRUE(test.store().trace(testing::trace_id(trace)));
  EXPECT_EQ(taken.back(), next - 1) << "with room again, spans are taken again";
}

TEST(TraceStore, services_operations_and_keys_are_listed) {
  TestStore test;
  Span span = make_span(1, 1, "GET /");
  span.kind = SpanKind::server;
  span.attributes.push_back({"http.method", AttributeValue(std::string("GET"))});
  ASSERT_TRUE(test.store().write(one_span(span, "shop")));
  for (int round = 0; round < 2; ++round) {
    const PartSummary summary = test.store().summary();
    EXPECT_EQ(summary.services.at("shop"), (std::set<Operation>{{"GET /", SpanKind::server}}));
    EXPECT_TRUE(summary.span_keys.contains("http.method"));
    EXPECT_TRUE(summary.resource_keys.contains("service.name"));
    ASSERT_TRUE(test.store().flush());
  }
}

// Whatever is written is read, through merges, flushes, compactions and restarts in any order.
TEST(TraceStore, every_accepted_span_is_found_again) {
  EXPECT_TRUE(rc::check([] {
    TraceStoreSettings settings;
    settings.group_rows = 8;
    TestStore test(settings);
    std::map<TraceId, std::map<SpanId, Span>> written;
    const auto rounds = *rc::gen::inRange(1, 40);
    for (int i = 0; i < rounds; ++i) {
      switch (*rc::gen::inRange(0, 12)) {
        case 0:
          RC_ASSERT(test.store().flush().has_value());
          break;
        case 1:
          RC_ASSERT(test.store().maintain().has_value());
          break;
        case 2:
          test.restart();
          break;
        default: {
          const SpanBatch batch = *testing::any_batch();
          const auto report = test.store().write(batch);
          RC_ASSERT(report.has_value());
          RC_ASSERT(report->accepted == batch.span_count());
          testing::remember(batch, written);
        }
      }
    }
    for (const auto& [id, spans] : written) {
      const auto trace = test.store().trace(id);
      RC_ASSERT(trace.has_value());
      std::map<TraceId, std::map<SpanId, Span>> read;
      testing::remember(*trace, read);
      RC_ASSERT(read[id] == spans);
      RC_ASSERT(trace->span_count() == spans.size());
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::traces
