// The chain of changes: its bounds, and walks from any revision in it.
#include "store/history.h"

#include <gtest/gtest.h>

namespace aloft::store {
namespace {

std::vector<ChangePointer> changes_of(Revision revision, std::size_t count, std::size_t previous_bytes = 0) {
  std::vector<ChangePointer> changes;
  for (std::size_t i = 0; i < count; ++i) {
    auto change = std::make_shared<Change>();
    change->entry.key = std::to_string(i);
    change->entry.modified = revision;
    if (previous_bytes > 0) change->previous.emplace().value = SharedBytes(std::string(previous_bytes, 'x'));
    changes.push_back(std::move(change));
  }
  return changes;
}

std::size_t count_after(const HistoryView& view, Revision after, Revision until) {
  HistoryCursor cursor = view.after(after);
  std::size_t count = 0;
  while (const ChangePointer* change = cursor.next(until)) {
    EXPECT_GT((*change)->entry.modified, after);
    ++count;
  }
  EXPECT_EQ(cursor.passed(), until);
  return count;
}

TEST(History, a_walk_from_any_revision_sees_exactly_what_is_newer) {
  HistoryWriter history({100'000, 1 << 30}, 10);
  constexpr Revision newest = 2010;
  for (Revision r = 11; r <= newest; ++r) history.append(r, changes_of(r, 2));
  for (Revision r = 10; r <= newest; r += 7) {
    EXPECT_EQ(count_after(history.view(), r, newest), static_cast<std::size_t>(newest - r) * 2);
  }
}

TEST(History, the_oldest_goes_when_there_are_too_many_changes) {
  HistoryWriter history({1000, 1 << 30}, 0);
  for (Revision r = 1; r <= 5000; ++r) history.append(r, changes_of(r, 1));
  EXPECT_EQ(history.compacted(), 4000);
  EXPECT_EQ(count_after(history.view(), 4000, 5000), 1000u);
}

TEST(History, the_oldest_goes_when_changes_are_too_large) {
  HistoryWriter history({1'000'000, 1 << 20}, 0);
  std::vector<std::weak_ptr<const Change>> all;
  for (Revision r = 1; r <= 1000; ++r) {
    auto changes = changes_of(r, 1, 16 * 1024);
    all.push_back(changes.front());
    history.append(r, std::move(changes));
  }
  EXPECT_GT(history.compacted(), 900);
  const auto kept = std::ranges::count_if(all, [](const auto& change) { return !change.expired(); });
  EXPECT_LT(kept, 80);
}

TEST(History, compaction_within_a_group_hides_only_what_is_older) {
  HistoryWriter history({1000, 1 << 20}, 0);
  auto group = changes_of(1, 1);
  for (Revision r = 2; r <= 5; ++r) group.push_back(changes_of(r, 1).front());
  history.append(5, std::move(group));
  history.compact(3);
  EXPECT_EQ(history.compacted(), 3);
  EXPECT_EQ(count_after(history.view(), 3, 5), 2u);
}

TEST(History, a_cursor_keeps_what_lies_ahead_of_it) {
  HistoryWriter history({10, 1 << 20}, 0);
  HistoryCursor cursor = history.view().after(0);
  for (Revision r = 1; r <= 100'000; ++r) history.append(r, changes_of(r, 1));
  Revision expected = 0;
  while (const ChangePointer* change = cursor.next(100'000)) EXPECT_EQ((*change)->entry.modified, ++expected);
  EXPECT_EQ(expected, 100'000);
}

TEST(History, a_long_chain_goes_away_without_deep_recursion) {
  HistoryWriter history({10, 1 << 20}, 0);
  HistoryCursor cursor = history.view().after(0);
  for (Revision r = 1; r <= 300'000; ++r) history.append(r, changes_of(r, 1));
  cursor = history.view().after(300'000);
  EXPECT_EQ(cursor.passed(), 300'000);
}

}  // namespace
}  // namespace aloft::store
