// `kubectl logs` over rotated files: tails, times, limits and following.
#include "node/log_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/file.h"
#include "io/sim_loop.h"
#include "node/log_file.h"
#include "node/log_rotation.h"
#include "node/testing/fake_runtime.h"

namespace aloft::node {
namespace {

class LogReaderTest : public testing::Test {
 protected:
  LogReaderTest() {
    char name[] = "/tmp/aloft-logs-XXXXXX";
    folder = ::mkdtemp(name);
    path = folder + "/0.log";
  }
  ~LogReaderTest() override { (void)io::remove_tree(folder); }

  static std::string entry(int second, std::string_view text, char tag = 'F',
                           std::string_view stream = "stdout") {
    return fmt::format("2026-01-02T03:04:{:02}.000000000Z {} {} {}\n", second, stream, tag, text);
  }
  void write(const std::string& file, const std::string& content) {
    ASSERT_TRUE(io::write_file(file, content));
  }
  void append(const std::string& content) {
    const std::string before = io::read_file(path).value_or("");
    std::FILE* file = std::fopen(path.c_str(), "a");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
    (void)before;
  }
  std::string read(LogOptions options) {
    LogReader reader(loop, path, options, [this] { return running; });
    return loop.run_until_done(read_all(reader));
  }
  static io::Task<std::string> read_all(LogReader& reader) {
    std::string all;
    for (;;) {
      auto piece = co_await reader.next();
      if (!piece || piece->empty()) co_return all;
      all += *piece;
    }
  }

  io::SimLoop loop;
  std::string folder;
  std::string path;
  bool running = false;
};

TEST_F(LogReaderTest, gives_the_text_without_its_frame) {
  write(path, entry(1, "one") + entry(2, "two", 'F', "stderr"));
  EXPECT_EQ(read({}), "one\ntwo\n");
  LogOptions options;
  options.stream = "stderr";
  EXPECT_EQ(read(options), "two\n");
}

TEST_F(LogReaderTest, joins_lines_that_were_written_in_parts) {
  write(path, entry(1, "first ", 'P') + entry(1, "half", 'F') + entry(2, "next"));
  LogOptions options;
  options.timestamps = true;
  EXPECT_EQ(read(options),
            "2026-01-02T03:04:01.000000000Z first half\n2026-01-02T03:04:02.000000000Z next\n");
}

TEST_F(LogReaderTest, reads_over_rotated_files) {
  write(path + ".20260102-030401000000", entry(1, "one") + entry(2, "two"));
  write(path + ".20260102-030403000000", entry(3, "three"));
  write(path, entry(4, "four") + entry(5, "five"));
  EXPECT_EQ(read({}), "one\ntwo\nthree\nfour\nfive\n");
  LogOptions options;
  for (const auto& [lines, wanted] :
       std::vector<std::pair<int, std::string>>{{0, ""},
                                                {1, "five\n"},
                                                {2, "four\nfive\n"},
                                                {3, "three\nfour\nfive\n"},
                                                {4, "two\nthree\nfour\nfive\n"},
                                                {9, "one\ntwo\nthree\nfour\nfive\n"}}) {
    options.tail_lines = lines;
    EXPECT_EQ(read(options), wanted) << lines;
  }
}

TEST_F(LogReaderTest, the_tail_of_a_large_file_is_found) {
  std::string content;
  for (int i = 0; i < 5000; ++i) content += entry(1, fmt::format("line {} {}", i, std::string(50, 'x')));
  write(path, content);
  LogOptions options;
  options.tail_lines = 1500;
  const std::string tail = read(options);
  EXPECT_EQ(std::count(tail.begin(), tail.end(), '\n'), 1500);
  EXPECT_TRUE(tail.starts_with("line 3500 "));
}

TEST_F(LogReaderTest, begins_at_a_time_and_ends_at_a_size) {
  write(path, entry(1, "one") + entry(2, "two") + entry(3, "three"));
  LogOptions options;
  options.since = parse_time("2026-01-02T03:04:02Z").value();
  EXPECT_EQ(read(options), "two\nthree\n");
  options.limit_bytes = 6;
  EXPECT_EQ(read(options), "two\nth");
}

TEST_F(LogReaderTest, follows_until_the_container_ends) {
  write(path, entry(1, "one"));
  running = true;
  LogOptions options;
  options.follow = true;
  LogReader reader(loop, path, options, [this] { return running; });
  EXPECT_EQ(loop.run_until_done(reader.next()).value(), "one\n");
  loop.post([this] { append(entry(2, "two")); });
  EXPECT_EQ(loop.run_until_done(reader.next()).value(), "two\n");
  ASSERT_EQ(::rename(path.c_str(), (path + ".20260102-030405000000").c_str()), 0);
  append(entry(3, "three"));
  EXPECT_EQ(loop.run_until_done(reader.next()).value(), "three\n");
  running = false;
  append(entry(4, "four"));
  EXPECT_EQ(loop.run_until_done(reader.next()).value(), "four\n");
  EXPECT_EQ(loop.run_until_done(reader.next()).value(), "");
}

TEST_F(LogReaderTest, a_full_file_is_rotated_and_the_oldest_removed) {
  FakeRuntime runtime(loop, loop);
  LogBounds bounds;
  bounds.file_bytes = 10;
  bounds.files = 3;
  for (int i = 1; i <= 5; ++i) {
    append(entry(i, fmt::format("line {}", i)));
    loop.run_for(1s);
    loop.run_until_done(rotate_log(runtime, "c1", path, loop.wall(), bounds));
  }
  append(entry(6, "line 6"));
  EXPECT_EQ(log_files(path).size(), 4U);
  loop.run_for(1s);
  loop.run_until_done(rotate_log(runtime, "c1", path, loop.wall(), bounds));
  EXPECT_EQ(log_files(path).size(), 3U);
  EXPECT_EQ(read({}), "line 4\nline 5\nline 6\n");
}

TEST_F(LogReaderTest, the_last_lines_explain_an_end) {
  write(path, entry(1, "one") + entry(2, "two") + entry(3, "three"));
  EXPECT_EQ(last_log_lines(path, 2, 1000), "two\nthree\n");
  EXPECT_EQ(last_log_lines(path, 80, 7), "three\n");
  EXPECT_EQ(last_log_lines(path + "x", 80, 7), "");
}

TEST(LogLine, is_told_from_other_text) {
  EXPECT_TRUE(parse_log_line("2026-01-02T03:04:05Z stdout F text with spaces"));
  EXPECT_EQ(parse_log_line("2026-01-02T03:04:05Z stdout F")->text, "");
  for (const char* bad : {"", "text", "a b", "a nothing F x"}) EXPECT_FALSE(parse_log_line(bad)) << bad;
}

}  // namespace
}  // namespace aloft::node
