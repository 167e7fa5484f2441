// A posting list beside a set.
#include "telemetry/metrics/head/posting_list.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace aloft::telemetry::metrics {
namespace {

PostingList list_of(const std::vector<SeriesRef>& refs) {
  PostingList list;
  std::set<SeriesRef> seen;
  for (const SeriesRef ref : refs) {
    if (seen.insert(ref).second) list.add(ref);
  }
  return list;
}

std::vector<SeriesRef> all_of(const PostingList& list) {
  std::vector<SeriesRef> out;
  list.for_each([&](SeriesRef ref) { out.push_back(ref); });
  return out;
}

RC_GTEST_PROP(PostingList, holds_in_order_what_was_added_in_any_order, ()) {
  // Many in a small range, so that blocks fill and split, and a few far away.
  const auto near = *rc::gen::container<std::vector<SeriesRef>>(rc::gen::inRange<SeriesRef>(0, 2000));
  const auto far = *rc::gen::container<std::vector<SeriesRef>>(rc::gen::inRange<SeriesRef>(0, no_series));
  std::vector<SeriesRef> refs;
  for (SeriesRef ref : near) {
    for (SeriesRef more = 0; more < 40; ++more) refs.push_back((ref + more * 97) % 3000);
  }
  refs.insert(refs.end(), far.begin(), far.end());
  const PostingList list = list_of(refs);
  const std::set<SeriesRef> expected(refs.begin(), refs.end());
  RC_ASSERT(list.size() == expected.size());
  RC_ASSERT(std::ranges::equal(all_of(list), expected));
}

RC_GTEST_PROP(PostingList, seek_finds_what_a_set_finds, ()) {
  const auto refs = *rc::gen::container<std::vector<SeriesRef>>(500, rc::gen::inRange<SeriesRef>(0, 5000));
  auto wanted = *rc::gen::container<std::vector<SeriesRef>>(rc::gen::inRange<SeriesRef>(0, 5100));
  std::ranges::sort(wanted);
  const PostingList list = list_of(refs);
  const std::set<SeriesRef> expected(refs.begin(), refs.end());
  PostingList::Cursor cursor(list);
  for (const SeriesRef least : wanted) {
    const auto found = expected.lower_bound(least);
    RC_ASSERT(cursor.seek(least) == (found != expected.end()));
    if (found != expected.end()) RC_ASSERT(cursor.value() == *found);
  }
}

TEST(PostingList, of_neighbours_takes_little_more_than_a_byte_each) {
  PostingList list;
  for (SeriesRef ref = 0; ref < 100'000; ++ref) list.add(ref);
  EXPECT_LT(list.memory(), 160'000U);
}

TEST(PostingList, of_nothing_is_found_nowhere) {
  const PostingList list;
  PostingList::Cursor cursor(list);
  EXPECT_FALSE(cursor.seek(0));
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace aloft::telemetry::metrics
