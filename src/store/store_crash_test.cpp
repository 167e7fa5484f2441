// A hundred kills at random moments under load. What a child process was told is committed is there
// afterwards, and each commit is there whole or not at all.
#include <csignal>
#include <random>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/epoll_loop.h"
#include "io/scope.h"
#include "store/store.h"
#include "store/testing/store_testing.h"

namespace aloft::store {
namespace {

constexpr int rounds = 100;
constexpr int writers = 8;
constexpr std::int64_t window = 20;  // how many keys each writer keeps

std::string head_key(int writer) { return fmt::format("/head/{}", writer); }
std::string data_key(int writer, std::int64_t step) { return fmt::format("/data/{}/{}", writer, step); }
// A content that only this step of this writer has, from a few bytes to several pages.
std::string content(int writer, std::int64_t step) {
  const auto seed = static_cast<std::uint64_t>(writer) * 1'000'003 + static_cast<std::uint64_t>(step);
  std::mt19937_64 random(seed);
  std::string text = fmt::format("{}:{}:", writer, step);
  text.resize(text.size() + random() % 9000, static_cast<char>('a' + random() % 26));
  return text;
}

std::int64_t head_of(const Store& store, int writer) {
  const auto head = store.get(head_key(writer));
  return head ? std::stoll(std::string(head->value.view())) : 0;
}

std::unique_ptr<Store> open(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  auto opened = open_sqlite_store(options);
  ensure(opened.has_value(), opened ? "" : opened.error().message());
  return std::move(*opened);
}

// Each step adds a key, removes the oldest and moves the head, in one commit; only then is it reported.
io::Task<> write_forever(Store& store, io::Loop& loop, int writer, int report) {
  for (std::int64_t step = head_of(store, writer) + 1;; ++step) {
    std::vector<Write> writes;
    writes.push_back(put(data_key(writer, step), content(writer, step), 0));
    writes.push_back(put(head_key(writer), std::to_string(step)));
    if (step > window) writes.push_back(removal(data_key(writer, step - window)));
    auto committing = store.commit(loop, std::move(writes));
    const auto done = co_await std::move(committing);
    ensure(done.has_value(), "a commit of the child succeeds");
    const std::int64_t line[3] = {writer, step, done->revision};
    if (::write(report, line, sizeof line) != sizeof line) _exit(1);
  }
}

[[noreturn]] void child(const std::string& path, int report) {
  io::EpollLoop loop;
  const auto store = open(path);
  io::Scope scope(loop);
  for (int writer = 0; writer < writers; ++writer) scope.spawn(write_forever(*store, loop, writer, report));
  loop.run();
  _exit(1);
}

struct Acknowledged {
  std::array<std::int64_t, writers> step{};
  Revision revision = 0;
};

// Runs a child, kills it after so many acknowledgements and takes what it still had to say.
void run_and_kill(const std::string& path, int acknowledgements, Acknowledged& known) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    ::close(ends[0]);
    child(path, ends[1]);
  }
  ::close(ends[1]);
  std::int64_t line[3];
  int count = 0;
  if (acknowledgements == 0) ::kill(pid, SIGKILL);
  while (::read(ends[0], line, sizeof line) == sizeof line) {
    known.step[static_cast<std::size_t>(line[0])] = line[1];
    known.revision = std::max(known.revision, line[2]);
    if (++count == acknowledgements) ::kill(pid, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << "the child ended by itself, status " << status;
}

void verify(const std::string& path, const Acknowledged& known, int round) {
  const auto store = open(path);
  EXPECT_GE(store->revision(), known.revision);
  std::size_t expected = 0;
  for (int writer = 0; writer < writers; ++writer) {
    const std::int64_t head = head_of(*store, writer);
    // One more commit may have happened than was reported.
    EXPECT_GE(head, known.step[static_cast<std::size_t>(writer)]) << "lost in round " << round;
    EXPECT_LE(head, known.step[static_cast<std::size_t>(writer)] + 1) << "invented in round " << round;
    for (std::int64_t step = std::max<std::int64_t>(1, head - window + 1); step <= head; ++step, ++expected) {
      const auto entry = store->get(data_key(writer, step));
      ASSERT_TRUE(entry) << "torn in round " << round;
      EXPECT_EQ(entry->value.view(), content(writer, step)) << "torn in round " << round;
    }
    if (head == 0) continue;
    EXPECT_EQ(store->get(head_key(writer))->modified, store->get(data_key(writer, head))->created);
  }
  EXPECT_EQ(store->list({"/data/", ""}, {})->entries.size(), expected) << "torn in round " << round;
}

TEST(StoreCrash, a_hundred_kills_lose_nothing_acknowledged_and_tear_nothing) {
  const TemporaryFolder folder;
  const std::string path = folder.file("state.db");
  std::mt19937_64 random(20240229);
  Acknowledged known;
  for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    run_and_kill(path, static_cast<int>(random() % 200), known);
    verify(path, known, round);
    // What was done but not reported is known now.
    const auto store = open(path);
    for (int writer = 0; writer < writers; ++writer) {
      known.step[static_cast<std::size_t>(writer)] = head_of(*store, writer);
    }
  }
}

}  // namespace
}  // namespace aloft::store
