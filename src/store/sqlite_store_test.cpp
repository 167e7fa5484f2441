// What the SQLite engine adds to the contract: restarts, one owner of a file, bad files, a full disk, bounded
// size.
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "io/epoll_loop.h"
#include "store/sqlite_database.h"
#include "store/store.h"
#include "store/testing/store_testing.h"

namespace aloft::store {
namespace {

class SqliteStore : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> try_open() {
    SqliteOptions options;
    options.path = path();
    return open_sqlite_store(options);
  }
  std::unique_ptr<Store> open() {
    auto opened = try_open();
    EXPECT_TRUE(opened) << opened.error().to_string();
    return std::move(*opened);
  }
  template <class... Writes>
  Result<Committed> commit(Store& store, Writes... writes) {
    std::vector<Write> all;
    (all.push_back(std::move(writes)), ...);
    return loop_.run_until_done(store.commit(loop_, std::move(all)));
  }
  std::string path() const { return folder_.file("state.db"); }
  off_t file_bytes(const std::string& suffix = "") const {
    struct stat info{};
    return ::stat((path() + suffix).c_str(), &info) == 0 ? info.st_size : 0;
  }

  TemporaryFolder folder_;
  io::EpollLoop loop_;
};

TEST_F(SqliteStore, a_restart_keeps_entries_and_goes_on_counting) {
  {
    const auto store = open();
    commit(*store, put("a", "1"), put("b", "1"));
    commit(*store, put("a", "2"));
    commit(*store, removal("b"));
  }
  const auto store = open();
  EXPECT_EQ(store->revision(), 3);
  EXPECT_FALSE(store->get("b"));
  const auto a = store->get("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->value.view(), "2");
  EXPECT_EQ(a->created, 1);
  EXPECT_EQ(a->modified, 2);
  EXPECT_EQ(commit(*store, put("c", "1"))->revision, 4);
  EXPECT_EQ(commit(*store, put("a", "3", 2))->revision, 5);
}

TEST_F(SqliteStore, history_from_before_a_restart_is_gone) {
  {
    const auto store = open();
    commit(*store, put("a", "1"));
    commit(*store, put("a", "2"));
  }
  const auto store = open();
  EXPECT_EQ(store->compacted(), 2);
  EXPECT_EQ(store->watch(loop_, {"", ""}, 1).error().code(), Code::expired);
  EXPECT_TRUE(store->watch(loop_, {"", ""}, 2));
}

TEST_F(SqliteStore, a_file_has_one_owner) {
  const auto first = open();
  const auto second = try_open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message(), path() + ": in use by another process");
}

TEST_F(SqliteStore, the_file_is_private) {
  const auto store = open();
  struct stat info{};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteStore, a_file_that_is_no_database_is_refused_by_name) {
  std::ofstream(path()) << std::string(8192, 'x');
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), path() + ": not a database");
}

TEST_F(SqliteStore, a_damaged_file_is_refused_by_name) {
  {
    const auto store = open();
    for (int i = 0; i < 100; ++i) commit(*store, put(fmt::format("k{}", i), std::string(2000, 'v')));
  }
  ASSERT_GT(file_bytes(), 100'000);
  std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
  for (off_t page = 2; page * 4096 < file_bytes(); ++page) {
    file.seekp(page * 4096);
    file << std::string(64, '\x5a');
  }
  file.close();
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::unavailable);
  EXPECT_NE(opened.error().message().find(path() + ": the database is damaged"), std::string::npos)
      << opened.error().message();
}

TEST_F(SqliteStore, the_database_of_another_program_is_left_alone) {
  {
    auto other = Database::open(path());
    ASSERT_TRUE(other);
    ASSERT_TRUE((*other)->run("CREATE TABLE theirs (x)"));
  }
  const auto opened = try_open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("another program"), std::string::npos);
}

TEST_F(SqliteStore, a_newer_schema_is_refused) {
  open()->close();
  {
    auto file = Database::open(path());
    ASSERT_TRUE((*file)->run("UPDATE meta SET value=9 WHERE name='schema'"));
  }
  EXPECT_NE(try_open().error().message().find("schema 9"), std::string::npos);
}

TEST_F(SqliteStore, a_missing_folder_is_named) {
  SqliteOptions options;
  options.path = folder_.file("missing/state.db");
  const auto opened = open_sqlite_store(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), options.path + ": No such file or directory");
}

// A limit on the size of files stands in for a full disk: writes beyond it fail.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(SqliteStore, a_full_disk_refuses_commits_and_space_makes_them_work_again) {
  {
    const auto store = open();
    commit(*store, put("a", "1"));
    const auto watching = store->watch(loop_, {"", ""}, 0);
    {
      const FileLimit full(static_cast<rlim_t>(std::max(file_bytes(), file_bytes("-wal"))));
      const auto refused = commit(*store, put("a", "2"), put("b", std::string(100'000, 'x')));
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code(), Code::unavailable);
      EXPECT_EQ(refused.error().message().find(path()), 0u);
      EXPECT_EQ(store->get("a")->value.view(), "1");
      EXPECT_FALSE(store->get("b"));
      EXPECT_EQ(store->revision(), 1);
    }
    const auto done = commit(*store, put("c", "1"));
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(done->revision, 2);
    const auto changes = loop_.run_until_done((*watching)->next());
    EXPECT_EQ(changes->front()->entry.key, "c");
  }
  const auto store = open();
  EXPECT_EQ(store->revision(), 2);
  EXPECT_EQ(store->list({"", ""}, {})->entries.size(), 2u);
}

TEST_F(SqliteStore, a_commit_too_large_to_write_fails_alone) {
  const auto store = open();
  commit(*store, put("a", "1"));
  const FileLimit small(400'000);
  std::vector<Write> large;
  large.push_back(put("large", std::string(1'000'000, 'x')));
  std::vector<Write> little;
  little.push_back(put("little", "x"));
  auto first = store->commit(loop_, std::move(large));
  auto second = store->commit(loop_, std::move(little));
  first.start();
  EXPECT_TRUE(loop_.run_until_done(std::move(second)));
  while (!first.done()) loop_.run_until_done(store->commit(loop_, {}));
  EXPECT_EQ(first.result().error().code(), Code::unavailable);
}

TEST_F(SqliteStore, overwriting_and_removing_keeps_the_files_small) {
  const auto store = open();
  for (int round = 0; round < 40; ++round) {
    std::vector<Write> writes;
    for (int i = 0; i < 100; ++i)
      writes.push_back(put(fmt::format("k{}", i), std::string(5000, static_cast<char>('a' + round % 26))));
    ASSERT_TRUE(loop_.run_until_done(store->commit(loop_, std::move(writes))));
  }
  EXPECT_LT(file_bytes(), 4 << 20);
  EXPECT_LT(file_bytes("-wal"), 20 << 20);
  std::vector<Write> removals;
  for (int i = 0; i < 100; ++i) removals.push_back(removal(fmt::format("k{}", i)));
  ASSERT_TRUE(loop_.run_until_done(store->commit(loop_, std::move(removals))));
  for (int i = 0; i < 600; ++i) commit(*store, put("heartbeat", std::to_string(i)));
  store->close();
}

TEST_F(SqliteStore, the_file_shrinks_again_after_much_was_removed) {
  {
    const auto store = open();
    std::vector<Write> writes;
    for (int i = 0; i < 2000; ++i) writes.push_back(put(fmt::format("k{}", i), std::string(3500, 'x')));
    ASSERT_TRUE(loop_.run_until_done(store->commit(loop_, std::move(writes))));
  }
  const off_t full = file_bytes();
  ASSERT_GT(full, 7'000'000);
  {
    const auto store = open();
    std::vector<Write> removals;
    for (int i = 0; i < 2000; ++i) removals.push_back(removal(fmt::format("k{}", i)));
    ASSERT_TRUE(loop_.run_until_done(store->commit(loop_, std::move(removals))));
    for (int i = 0; i < 4 * 256; ++i) commit(*store, put("heartbeat", std::to_string(i)));
  }
  EXPECT_LT(file_bytes(), full * 3 / 4);
}

}  // namespace
}  // namespace aloft::store
