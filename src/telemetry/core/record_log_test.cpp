// What the log promises: whole records come back in order after any end of the process, damage costs only
// what it hit and is reported, and a full disk takes nothing half.
#include "telemetry/core/record_log.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/resource.h>

namespace aloft::telemetry {
namespace {

namespace fs = std::filesystem;
using Records = std::vector<std::string>;

class Folder {
 public:
  Folder() {
    std::string form = (fs::temp_directory_path() / "record_log_XXXXXX").string();
    path_ = ::mkdtemp(form.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path_)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

struct Reopened {
  std::unique_ptr<RecordLog> log;
  Records records;
  RecordLogReport report;
  std::vector<LogPosition> positions;
};

Reopened reopen(const Folder& folder, RecordLogSettings settings = {}) {
  Reopened out;
  settings.folder = folder.path();
  auto opened = RecordLog::open(
      settings,
      [&](LogPosition position, std::string_view record) {
        out.positions.push_back(position);
        out.records.emplace_back(record);
      },
      &out.report);
  EXPECT_TRUE(opened.has_value());
  if (opened) out.log = std::move(*opened);
  return out;
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void spit(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

TEST(RecordLog, gives_back_every_record_in_order_after_a_restart) {
  const Folder folder;
  const Records written{"first", "", std::string(5000, 'x'), std::string("\0\1\2", 3)};
  {
    auto first = reopen(folder);
    EXPECT_TRUE(first.records.empty());
    LogPosition last;
    for (const std::string& record : written) {
      const auto position = first.log->append(record);
      ASSERT_TRUE(position.has_value());
      EXPECT_GT(*position, last);
      last = *position;
    }
    EXPECT_TRUE(first.log->sync().has_value());
  }
  auto second = reopen(folder);
  EXPECT_EQ(second.records, written);
  EXPECT_EQ(second.report.records, written.size());
  EXPECT_EQ(second.report.damaged, 0U);
  ASSERT_TRUE(second.log->append("later").has_value());
  EXPECT_EQ(reopen(folder).records.back(), "later");
}

TEST(RecordLog, rolls_over_to_new_segments_and_drops_old_ones) {
  const Folder folder;
  const RecordLogSettings small{.folder = {}, .segment_bytes = 256, .compress = false};
  auto open = reopen(folder, small);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(open.log->append(std::string(100, 'a')).has_value());
  EXPECT_GT(folder.files().size(), 5U);
  const auto before = open.log->bytes();
  const auto cut = open.log->cut();
  ASSERT_TRUE(cut.has_value());
  ASSERT_TRUE(open.log->append("kept").has_value());
  ASSERT_TRUE(open.log->drop_before(*cut).has_value());
  EXPECT_LT(open.log->bytes(), before);
  EXPECT_EQ(reopen(folder, small).records, Records{"kept"});
}

TEST(RecordLog, positions_rise_even_when_everything_was_dropped_before_a_restart) {
  const Folder folder;
  LogPosition cut;
  {
    auto open = reopen(folder);
    ASSERT_TRUE(open.log->append("gone").has_value());
    cut = *open.log->cut();
    ASSERT_TRUE(open.log->drop_before(cut).has_value());
  }
  auto again = reopen(folder);
  EXPECT_TRUE(again.records.empty());
  const auto position = again.log->append("new");
  ASSERT_TRUE(position.has_value());
  EXPECT_GE(*position, cut);
}

TEST(RecordLog, a_torn_tail_is_reported_and_costs_only_itself) {
  const Folder folder;
  {
    auto open = reopen(folder);
    ASSERT_TRUE(open.log->append("whole").has_value());
    ASSERT_TRUE(open.log->append("torn apart").has_value());
  }
  const auto file = folder.files().front();
  fs::resize_file(file, fs::file_size(file) - 3);
  auto again = reopen(folder);
  EXPECT_EQ(again.records, Records{"whole"});
  EXPECT_EQ(again.report.damaged, 1U);
  EXPECT_NE(again.report.first_damage.find("torn"), std::string::npos) << again.report.first_damage;
}

TEST(RecordLog, damage_in_the_middle_costs_only_the_record_it_hit) {
  for (const std::string_view hit : {"header", "payload"}) {
    const Folder folder;
    std::vector<LogPosition> positions;
    {
      auto open = reopen(folder);
      for (const char* record : {"one", "two", "three"}) positions.push_back(*open.log->append(record));
    }
    const auto file = folder.files().front();
    std::string content = slurp(file);
    content[positions[1].offset + (hit == "header" ? 5 : 21)] ^= 0x10;
    spit(file, content);
    auto again = reopen(folder);
    EXPECT_EQ(again.records, (Records{"one", "three"})) << hit;
    EXPECT_EQ(again.report.damaged, 1U);
  }
}

TEST(RecordLog, a_record_inside_a_damaged_record_is_not_taken_for_one) {
  const Folder inner_folder;
  ASSERT_TRUE(reopen(inner_folder).log->append("inner").has_value());
  const std::string inner = slurp(inner_folder.files().front());
  const Folder folder;
  LogPosition position;
  {
    auto open = reopen(folder, {.folder = {}, .compress = false});
    position = *open.log->append(inner);
  }
  const auto file = folder.files().front();
  std::string content = slurp(file);
  content[position.offset + 1] ^= 1;
  spit(file, content);
  EXPECT_TRUE(reopen(folder).records.empty());
}

TEST(RecordLog, a_record_above_the_limit_is_refused) {
  const Folder folder;
  auto open = reopen(folder, {.folder = {}, .record_limit_bytes = 10});
  const auto refused = open.log->append("more than ten bytes");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::too_large);
}

// A limit on the size of files stands in for a full disk: the same partial write and the same way back.
TEST(RecordLog, a_full_disk_is_unavailable_and_leaves_no_half_record) {
  const Folder folder;
  auto open = reopen(folder, {.folder = {}, .compress = false});
  ASSERT_TRUE(open.log->append("before").has_value());
  const auto previous_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit previous{};
  ::getrlimit(RLIMIT_FSIZE, &previous);
  const rlimit tight{.rlim_cur = 100, .rlim_max = previous.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &tight);
  const auto refused = open.log->append(std::string(500, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &previous);
  std::signal(SIGXFSZ, previous_handler);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  ASSERT_TRUE(open.log->append("after").has_value());
  auto again = reopen(folder);
  EXPECT_EQ(again.records, (Records{"before", "after"}));
  EXPECT_EQ(again.report.damaged, 0U);
}

TEST(RecordLog, random_damage_never_invents_a_record_and_spares_what_came_before_it) {
  EXPECT_TRUE(rc::check([] {
    const Folder folder;
    const RecordLogSettings settings{
        .folder = {}, .segment_bytes = 700, .compress = *rc::gen::arbitrary<bool>()};
    Records written;
    std::vector<LogPosition> positions;
    {
      auto open = reopen(folder, settings);
      const int count = *rc::gen::inRange(1, 20);
      for (int i = 0; i < count; ++i) {
        const auto repeated = static_cast<std::size_t>(*rc::gen::inRange(0, 300));
        written.push_back(fmt::format("{}:{}", i, std::string(repeated, static_cast<char>('a' + i))));
        positions.push_back(*open.log->append(written.back()));
      }
    }
    const auto files = folder.files();
    const auto victim = *rc::gen::inRange<std::size_t>(0, files.size());
    std::string content = slurp(files[victim]);
    const auto place = *rc::gen::inRange<std::size_t>(0, content.size());
    if (*rc::gen::arbitrary<bool>()) {
      content.resize(place);
    } else {
      content[place] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
    }
    spit(files[victim], content);
    const LogPosition damage{victim + 1, place};

    auto again = reopen(folder, settings);
    std::size_t next = 0;
    for (const std::string& record : again.records) {
      const auto found =
          std::find(written.begin() + static_cast<std::ptrdiff_t>(next), written.end(), record);
      RC_ASSERT(found != written.end());
      next = static_cast<std::size_t>(found - written.begin()) + 1;
    }
    for (std::size_t i = 0; i < written.size(); ++i) {
      const bool hit = positions[i].segment == damage.segment &&
                       positions[i].offset + 20 + written[i].size() > damage.offset;
      if (!hit) RC_ASSERT(std::ranges::count(again.records, written[i]) == 1);
    }
    RC_ASSERT(again.records.size() + 1 >= written.size() || content.size() == place);
    RC_ASSERT(again.log->append("after").has_value());
  }));
}

}  // namespace
}  // namespace aloft::telemetry
