// What the store promises: every accepted entry is found again, once, in order, whatever happens in between.
#include "telemetry/logs/store/store.h"

#include <csignal>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "io/file.h"
#include "io/sim_loop.h"

namespace aloft::telemetry::logs {
namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string form = ::testing::TempDir() + "logs_store_XXXXXX";
    path = ::mkdtemp(form.data());
  }
  ~TemporaryFolder() { (void)io::remove_tree(path); }
  std::string path;
};

struct Found {
  std::string stream;
  std::int64_t time_ns = 0;
  std::string line;
  std::string fields;
  auto operator<=>(const Found&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Found& found) {
    return out << found.stream << ' ' << found.time_ns << ' ' << found.line << ' ' << found.fields;
  }
};

class StoreTest : public ::testing::Test {
 protected:
  void open(StoreSettings settings = {}) {
    store.reset();
    settings.folder = folder.path;
    settings.compile_deletion = [](std::string_view query) -> Result<DeletionFilter> {
      if (query != "{app=\"a\"}") return fail(Code::invalid, "unknown query");
      DeletionFilter filter;
      filter.matchers.push_back(Matcher::equal("app", "a"));
      return filter;
    };
    auto opened = LogStore::open(std::move(settings), clock, metrics);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    store = std::move(*opened);
  }
  static LogStream stream(std::string app, std::vector<LogEntry> entries) {
    return {.labels = Labels({{"app", app}}), .entries = std::move(entries)};
  }
  WriteReport push(std::vector<LogStream> streams, std::string tenant = "") {
    auto report = store->write({.streams = std::move(streams), .tenant = std::move(tenant)});
    EXPECT_TRUE(report.has_value()) << report.error().to_string();
    return report.value_or(WriteReport{});
  }
  std::vector<Found> all(std::vector<Matcher> matchers = {}, std::vector<std::string> literals = {}) {
    return within(INT64_MIN, INT64_MAX, std::move(matchers), std::move(literals));
  }
  std::vector<Found> within(std::int64_t start, std::int64_t end, std::vector<Matcher> matchers = {},
                            std::vector<std::string> literals = {}) {
    const auto scan = store->scan({.tenant = "",
                                   .matchers = std::move(matchers),
                                   .start_ns = start,
                                   .end_ns = end,
                                   .literals = std::move(literals),
                                   .fields = {}});
    std::vector<Found> out;
    for (std::size_t unit = 0; unit < scan->units().size(); ++unit) {
      auto rows = scan->read(unit);
      if (!rows) {
        errors.push_back(rows.error().message());
        continue;
      }
      for (const auto& run : rows->runs) {
        std::int64_t before = INT64_MIN;
        for (const Row& row : run.rows) {
          EXPECT_LE(before, row.time_ns);
          before = row.time_ns;
          std::string fields;
          row.fields.for_each([&](auto name, auto value) { fields += fmt::format("{}={};", name, value); });
          out.push_back(
              {scan->streams()[run.stream].to_string(), row.time_ns, std::string(row.line), fields});
        }
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  TemporaryFolder folder;
  io::SimLoop clock{WallTime{std::chrono::seconds(1'000'000)}};
  Metrics metrics;
  std::unique_ptr<LogStore> store;
  std::vector<std::string> errors;
};

TEST_F(StoreTest, entries_are_found_before_and_after_a_flush_and_a_restart) {
  open();
  const auto report =
      push({stream("a", {{10, "first line 1", {{"trace", "t1"}}}, {20, "second line 22", {}}}),
            stream("b", {{15, "other", {}}})});
  EXPECT_EQ(report.accepted, 3u);
  const std::vector<Found> expected = {{"{app=\"a\"}", 10, "first line 1", "trace=t1;"},
                                       {"{app=\"a\"}", 20, "second line 22", ""},
                                       {"{app=\"b\"}", 15, "other", ""}};
  EXPECT_EQ(all(), expected);
  open();
  EXPECT_EQ(all(), expected);
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(store->status().blocks, 1u);
  EXPECT_EQ(all(), expected);
  open();
  EXPECT_EQ(all(), expected);
  EXPECT_EQ(within(10, 15).size(), 1u);
  EXPECT_EQ(all({Matcher::equal("app", "b")}).size(), 1u);
}

TEST_F(StoreTest, an_entry_that_comes_twice_is_kept_once_wherever_it_stands) {
  open();
  push({stream("a", {{10, "x", {}}, {10, "x", {}}, {10, "y", {}}})});
  EXPECT_EQ(all().size(), 2u);
  ASSERT_TRUE(store->flush());
  push({stream("a", {{10, "x", {}}, {5, "early", {}}})});
  EXPECT_EQ(all().size(), 3u);
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(all().size(), 3u);
  ASSERT_TRUE(store->compact());
  EXPECT_EQ(store->status().blocks, 1u);
  EXPECT_EQ(all().size(), 3u);
  EXPECT_EQ(store->status().rows, 3u);
}

TEST_F(StoreTest, limits_refuse_by_name_and_keep_the_rest) {
  StoreSettings settings;
  settings.limits.streams = 1;
  settings.limits.line_bytes = 5;
  open(settings);
  const auto report =
      push({stream("a", {{1, "short", {}}, {2, "too long a line", {}}}), stream("b", {{1, "x", {}}})});
  EXPECT_EQ(report.accepted, 1u);
  EXPECT_EQ(report.rejected, 2u);
  EXPECT_NE(report.first_rejection.find("{app=\"a\"}"), std::string::npos) << report.first_rejection;
  settings.limits.truncate_long_lines = true;
  open(settings);
  push({stream("a", {{3, "1234\xc3\xa4", {}}})});
  EXPECT_EQ(all().back().line, "1234");
}

TEST_F(StoreTest, a_deletion_hides_at_once_and_removes_later_but_spares_what_comes_after_it) {
  open();
  push({stream("a", {{10, "gone", {}}, {30, "stays", {}}}), stream("b", {{10, "other", {}}})});
  auto request = store->request_deletion("", "{app=\"a\"}", 0, 20);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(all().size(), 2u);
  push({stream("a", {{11, "new", {}}})});
  EXPECT_EQ(all().size(), 3u);
  ASSERT_TRUE(store->compact());
  EXPECT_EQ(all().size(), 3u);
  EXPECT_EQ(store->status().rows, 3u);
  EXPECT_TRUE(store->deletions("").front().processed);
  open();
  EXPECT_EQ(all().size(), 3u);
  EXPECT_EQ(store->cancel_deletion("", request->id).error().code(), Code::conflict);
  EXPECT_EQ(store->cancel_deletion("", "none").error().code(), Code::not_found);
}

TEST_F(StoreTest, retention_removes_old_blocks) {
  StoreSettings settings;
  settings.retention = std::chrono::hours(1);
  open(settings);
  const std::int64_t now = clock.wall().since_epoch.count();
  push({stream("a", {{now - 7'200'000'000'000, "old", {}}})});
  ASSERT_TRUE(store->flush());
  push({stream("a", {{now, "new", {}}})});
  EXPECT_EQ(all().size(), 1u);
  ASSERT_TRUE(store->compact());
  EXPECT_EQ(all().size(), 1u);
  EXPECT_EQ(store->status().rows, 1u);
}

TEST_F(StoreTest, a_damaged_block_is_set_aside_and_the_rest_answers) {
  open();
  push({stream("a", {{10, "in the first block", {}}})});
  ASSERT_TRUE(store->flush());
  push({stream("b", {{10, "in the second block", {}}})});
  ASSERT_TRUE(store->flush());
  store.reset();
  const auto names = io::list_directory(folder.path + "/blocks");
  ASSERT_TRUE(names && names->size() == 2);
  const auto damage = [&](const std::string& name, std::size_t at) {
    std::fstream file(folder.path + "/blocks/" + name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put('\x7f');
    file.put('\x7e');
  };
  damage((*names)[0], 10);
  open();
  EXPECT_EQ(all().size(), 1u);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find((*names)[0]), std::string::npos);
  store.reset();
  const auto size = io::read_file(folder.path + "/blocks/" + (*names)[1])->size();
  damage((*names)[1], size - 30);
  open();
  EXPECT_EQ(store->status().blocks, 1u);
  EXPECT_EQ(store->status().damaged_blocks, 1u);
}

TEST_F(StoreTest, a_full_disk_stops_ingest_and_not_queries) {
  open();
  push({stream("a", {{1, "before", {}}})});
  // A limit on the size of files stands for the full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit full = unlimited;
  full.rlim_cur = 1000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  std::mt19937_64 random(1);
  std::string noise;
  for (int i = 0; i < 1000; ++i) noise += fmt::format("{:x}", random());
  const auto refused = store->write({.streams = {stream("a", {{2, noise, {}}})}, .tenant = ""});
  const auto found = all();
  const auto flushed = store->flush();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::unavailable) << refused.error().to_string();
  EXPECT_EQ(found.size(), 1u);
  // When there is room again everything goes on, and what was refused does not come back.
  push({stream("a", {{3, "after", {}}})});
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(all().size(), 2u);
  open();
  EXPECT_EQ(all().size(), 2u);
}

TEST_F(StoreTest, what_is_written_before_the_disk_is_full_is_not_written_again) {
  open();
  std::mt19937_64 random(1);
  std::string noise;
  for (int i = 0; i < 1000; ++i) noise += fmt::format("{:x}", random());
  push({stream("a", {{1, "little", {}}})}, "1");
  push({stream("a", {{2, noise, {}}})}, "2");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit full = unlimited;
  full.rlim_cur = 4000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  std::vector<std::size_t> files;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(store->flush());
    files.push_back(io::list_directory(folder.path + "/blocks")->size());
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_EQ(files, (std::vector<std::size_t>{1, 1, 1}));
  ASSERT_TRUE(store->flush());
  EXPECT_EQ(io::list_directory(folder.path + "/blocks")->size(), 2u);
  EXPECT_EQ(store->status().rows, 2u);
}

TEST_F(StoreTest, tenants_do_not_see_each_other) {
  open();
  push({stream("a", {{10, "x", {}}})}, "other");
  EXPECT_TRUE(all().empty());
  ASSERT_TRUE(store->flush());
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(store->tenants(), std::vector<std::string>{"other"});
  EXPECT_EQ(store->streams("other", {}, 0, 100).size(), 1u);
  EXPECT_TRUE(store->streams("other", {}, 11, 100).empty());
}

// Random batches with flushes, merges and restarts in between against a plain set.
TEST_F(StoreTest, every_accepted_entry_is_found_again) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    store.reset();
    ASSERT_TRUE(io::remove_tree(folder.path));
    open();
    std::mt19937 random(seed);
    std::set<Found> expected;
    std::vector<std::string> words = {"error", "GET /api/v1/pods", "user=17", "took 12ms", "\x11", "ä€"};
    for (int step = 0; step < 30; ++step) {
      std::vector<LogStream> streams;
      for (std::uint32_t s = 0; s < 1 + random() % 3; ++s) {
        LogStream one = stream(fmt::format("s{}", random() % 5), {});
        for (std::uint32_t e = 0; e < random() % 20; ++e) {
          LogEntry entry;
          entry.time_ns = static_cast<std::int64_t>(random() % 200) * (random() % 2 == 0 ? 1 : 1'000'000);
          entry.line = fmt::format("{} {} {}", words[random() % words.size()], random() % 50, random() % 7);
          if (random() % 3 == 0) entry.fields = {{"id", fmt::format("{}", random() % 9)}, {"k", "v"}};
          std::string fields;
          for (const auto& [name, value] : entry.fields) fields += fmt::format("{}={};", name, value);
          expected.insert({one.labels.to_string(), entry.time_ns, entry.line, fields});
          one.entries.push_back(std::move(entry));
        }
        streams.push_back(std::move(one));
      }
      push(std::move(streams));
      if (random() % 5 == 0) {
        ASSERT_TRUE(store->flush());
      }
      if (random() % 11 == 0) {
        ASSERT_TRUE(store->compact());
      }
      if (random() % 9 == 0) open();
    }
    const std::vector<Found> found = all();
    ASSERT_EQ(found, std::vector<Found>(expected.begin(), expected.end()));
    // Filters lose nothing.
    for (const char* literal : {"error", "/api/v1/", " 17 ", "user=17 3"}) {
      std::vector<Found> holding;
      for (const Found& one : expected)
        if (one.line.find(literal) != std::string::npos) holding.push_back(one);
      ASSERT_EQ(all({}, {literal}), holding);
    }
  }
}

}  // namespace
}  // namespace aloft::telemetry::logs
