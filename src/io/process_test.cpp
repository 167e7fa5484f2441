// Child processes as their parent sees them.
#include "io/process.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/file.h"

namespace aloft::io {
namespace {

Command shell(std::string script) {
  Command command;
  command.arguments = {"sh", "-c", std::move(script)};
  return command;
}

struct Processes : ::testing::Test {
  CommandResult run(Command command, std::string input = {}, std::size_t limit = 1 << 20) {
    auto result = loop.run_until_done(run_command(loop, std::move(command), std::move(input), limit));
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? *result : CommandResult{};
  }
  EpollLoop loop;
};

TEST_F(Processes, give_their_output_and_exit_code) {
  const CommandResult result = run(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_EQ(result.status.code, 7);
  EXPECT_EQ(result.status.signal, 0);
}

TEST_F(Processes, that_die_of_a_signal_say_which) {
  const CommandResult result = run(shell("kill -TERM $$"));
  EXPECT_EQ(result.status.signal, SIGTERM);
  EXPECT_EQ(result.status.code, 128 + SIGTERM);
}

TEST_F(Processes, read_what_they_are_fed_however_much_it_is) {
  const std::string text(1'000'000, 'x');
  EXPECT_TRUE(run(shell("cat"), text, 2'000'000).output == text);
}

TEST_F(Processes, need_not_read_what_they_are_fed) {
  EXPECT_EQ(run(shell("exit 3"), std::string(1'000'000, 'x')).status.code, 3);
}

TEST_F(Processes, may_print_more_than_is_kept) {
  const CommandResult result = run(shell("yes | head -c 100000"), {}, 1000);
  EXPECT_EQ(result.output.size(), 1000u);
  EXPECT_EQ(result.status.code, 0);
}

TEST_F(Processes, have_the_environment_and_folder_that_they_were_given) {
  Command command = shell("echo $ALOFT_TEST $HOME; pwd");
  command.environment = {{"ALOFT_TEST", "one two"}, {"HOME", "/nowhere"}};
  command.directory = "/usr";
  EXPECT_EQ(run(std::move(command)).output, "one two /nowhere\n/usr\n");
}

TEST_F(Processes, inherit_no_descriptor_of_ours) {
  const int leaked = ::dup(0);
  EXPECT_EQ(run(shell("ls /proc/self/fd | wc -l")).output, "4\n") << "0, 1, 2 and the folder that ls reads";
  ::close(leaked);
}

TEST_F(Processes, start_with_default_signals) {
  ::signal(SIGUSR1, SIG_IGN);
  const CommandResult result = run(shell("grep -E 'Sig(Ign|Blk)' /proc/self/status"));
  ::signal(SIGUSR1, SIG_DFL);
  EXPECT_EQ(result.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

#ifdef __has_feature
#define ALOFT_HAS_FEATURE(name) __has_feature(name)
#else
#define ALOFT_HAS_FEATURE(name) 0
#endif

TEST_F(Processes, that_do_not_exist_are_an_error_that_names_them) {
  // What the child tells us it writes into the memory that vfork() shares.
  if (ALOFT_HAS_FEATURE(thread_sanitizer)) GTEST_SKIP() << "this sanitizer makes a fork() of a vfork()";
  Command command;
  command.arguments = {"no-such-program-of-aloft"};
  const auto child = Child::start(loop, command);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code(), Code::not_found);
  EXPECT_EQ(child.error().message(), "start no-such-program-of-aloft: exec: No such file or directory");
  Command bad_folder = shell("true");
  bad_folder.directory = "/no/such/folder";
  EXPECT_EQ(Child::start(loop, bad_folder).error().message(), "start sh: chdir: No such file or directory");
}

TEST_F(Processes, are_killed_with_all_that_they_started_when_nobody_holds_them) {
  Command command = shell("sleep 1000 & echo $!; wait");
  command.output = Command::Output::pipe;
  auto child = Child::start(loop, command);
  ASSERT_TRUE(child);
  std::array<std::byte, 32> buffer;
  const auto size = loop.run_until_done((*child)->output()->read(buffer));
  ASSERT_TRUE(size);
  const pid_t pid = (*child)->pid();
  const pid_t grandchild = std::stoi(std::string(as_text(std::span(buffer).first(*size))));
  // Becomes readable when the grandchild ends, which init reaps.
  pollfd end = {static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0)), POLLIN, 0};
  ASSERT_GE(end.fd, 0);
  child->reset();
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(::poll(&end, 1, 10'000), 1);
  ::close(end.fd);
}

TEST_F(Processes, can_be_signalled_and_awaited) {
  Command command = shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done");
  command.output = Command::Output::pipe;
  auto child = Child::start(loop, command);
  ASSERT_TRUE(child);
  std::array<std::byte, 32> buffer;
  ASSERT_TRUE(loop.run_until_done((*child)->output()->read(buffer)));
  (*child)->signal(SIGTERM);
  EXPECT_EQ(loop.run_until_done((*child)->wait()).code, 5);
  EXPECT_EQ(loop.run_until_done((*child)->wait()).code, 5) << "asking again gives the same answer";
}

TEST_F(Processes, append_their_output_to_a_file) {
  const std::string path =
      std::filesystem::temp_directory_path() / fmt::format("aloft-process-{}", ::getpid());
  ASSERT_TRUE(write_file(path, "before\n"));
  Command command = shell("echo after");
  command.output = Command::Output::file;
  command.output_file = path;
  auto child = Child::start(loop, command);
  ASSERT_TRUE(child);
  EXPECT_EQ(loop.run_until_done((*child)->wait()).code, 0);
  EXPECT_EQ(read_file(path), "before\nafter\n");
  EXPECT_TRUE(remove_tree(path));
}

struct Files : ::testing::Test {
  Files() { std::filesystem::create_directories(root); }
  ~Files() override { std::filesystem::remove_all(root); }
  std::string root = std::filesystem::temp_directory_path() / fmt::format("aloft-files-{}", ::getpid());
};

TEST_F(Files, are_written_whole_with_their_mode_and_read_back) {
  const std::string path = root + "/secret";
  ASSERT_TRUE(write_file(path, std::string(100'000, 'x'), 0600));
  ASSERT_TRUE(write_file(path, "new", 0600));
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(list_directory(root), std::vector<std::string>{"secret"});
  EXPECT_EQ(read_file(path, 2).error().code(), Code::too_large);
  EXPECT_EQ(read_file(root + "/absent").error().code(), Code::not_found);
  EXPECT_TRUE(read_file("/proc/self/status")->starts_with("Name:"));
}

TEST_F(Files, trees_are_made_and_removed_without_following_links) {
  ASSERT_TRUE(make_directories(root + "/a/b/c"));
  ASSERT_TRUE(make_directories(root + "/a/b/c"));
  ASSERT_TRUE(write_file(root + "/kept", "x"));
  ASSERT_TRUE(write_file(root + "/a/b/file", "x"));
  EXPECT_FALSE(make_directories(root + "/kept/below"));
  std::filesystem::create_symlink(root + "/kept", root + "/a/link");
  std::filesystem::create_directory_symlink(root, root + "/a/up");
  ASSERT_TRUE(remove_tree(root + "/a"));
  EXPECT_EQ(list_directory(root), std::vector<std::string>{"kept"});
  EXPECT_TRUE(remove_tree(root + "/a")) << "a missing path is no error";
  EXPECT_FALSE(remove_tree("/"));
}

}  // namespace
}  // namespace aloft::io
