// What every engine promises. Each test runs over all engines, on the real loop, since engines have threads.
#include <future>

#include <gtest/gtest.h>

#include "io/epoll_loop.h"
#include "io/scope.h"
#include "store/store.h"
#include "store/testing/store_testing.h"

namespace aloft::store {
namespace {

using Changes = std::vector<std::shared_ptr<const Change>>;

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { open({}); }

  void open(HistoryLimits limits) {
    store_.reset();
    if (GetParam() == "memory") {
      store_ = open_memory_store(limits);
      return;
    }
    SqliteOptions options;
    options.path = folder_.file("state.db");
    options.history = limits;
    auto opened = open_sqlite_store(options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    store_ = std::move(*opened);
  }

  template <class... Writes>
  Result<Committed> try_commit(Writes... writes) {
    std::vector<Write> all;
    (all.push_back(std::move(writes)), ...);
    return loop_.run_until_done(store_->commit(loop_, std::move(all)));
  }
  template <class... Writes>
  Committed commit(Writes... writes) {
    auto done = try_commit(std::move(writes)...);
    EXPECT_TRUE(done) << done.error().to_string();
    return done ? std::move(*done) : Committed();
  }
  std::vector<std::string> keys(const Range& range, ListOptions options = {}) {
    const auto page = store_->list(range, options);
    EXPECT_TRUE(page) << page.error().to_string();
    std::vector<std::string> found;
    if (page) {
      for (const Entry& entry : page->entries)
        found.push_back(entry.key + "=" + std::string(entry.value.view()));
    }
    return found;
  }
  std::unique_ptr<Watch> watch(const std::string& prefix, Revision after) {
    auto opened = store_->watch(loop_, Range{prefix, ""}, after);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return opened ? std::move(*opened) : nullptr;
  }
  // The next `count` changes as "revision+key=value" or "revision-key".
  std::vector<std::string> take(Watch& watch, std::size_t count) {
    std::vector<std::string> taken;
    while (taken.size() < count) {
      const auto changes = loop_.run_until_done(watch.next());
      if (!changes) {
        ADD_FAILURE() << changes.error().to_string();
        break;
      }
      for (const auto& change : *changes) taken.push_back(describe(*change));
    }
    return taken;
  }
  static std::string describe(const Change& change) {
    if (change.type == Change::Type::removed)
      return fmt::format("{}-{}", change.entry.modified, change.entry.key);
    return fmt::format("{}+{}={}", change.entry.modified, change.entry.key, change.entry.value.view());
  }
  Code end_of(Watch& watch) {
    for (;;) {
      const auto changes = loop_.run_until_done(watch.next());
      if (!changes) return changes.error().code();
    }
  }

  TemporaryFolder folder_;
  io::EpollLoop loop_;
  std::unique_ptr<Store> store_;
};

using Strings = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(Engines, StoreContract, testing::Values("memory", "sqlite"),
                         [](const auto& engine) { return engine.param; });

TEST_P(StoreContract, revisions_count_commits_from_one) {
  EXPECT_EQ(store_->revision(), 0);
  EXPECT_EQ(commit(put("a", "1")).revision, 1);
  EXPECT_EQ(commit(put("a", "2"), put("b", "1")).revision, 2);
  EXPECT_EQ(store_->revision(), 2);
}

TEST_P(StoreContract, an_entry_knows_who_made_and_who_wrote_it) {
  commit(put("a", "1"));
  commit(put("a", "2"));
  const auto entry = store_->get("a");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->value.view(), "2");
  EXPECT_EQ(entry->created, 1);
  EXPECT_EQ(entry->modified, 2);
}

TEST_P(StoreContract, a_key_that_was_removed_and_made_again_is_new) {
  commit(put("a", "1"));
  commit(removal("a"));
  EXPECT_FALSE(store_->get("a"));
  commit(put("a", "2"));
  EXPECT_EQ(store_->get("a")->created, 3);
}

TEST_P(StoreContract, a_commit_whose_expectation_fails_changes_nothing) {
  commit(put("a", "1"));
  const auto refused = try_commit(put("b", "1"), put("a", "2", 7));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_NE(refused.error().message().find("a: expected revision 7, is at 1"), std::string::npos);
  EXPECT_FALSE(store_->get("b"));
  EXPECT_EQ(store_->revision(), 1);
}

TEST_P(StoreContract, expecting_revision_zero_means_the_key_must_be_new) {
  EXPECT_TRUE(try_commit(put("a", "1", 0)));
  EXPECT_EQ(try_commit(put("a", "2", 0)).error().code(), Code::conflict);
  EXPECT_EQ(try_commit(removal("z", 3)).error().code(), Code::conflict);
}

TEST_P(StoreContract, a_check_guards_other_writes_without_writing) {
  commit(put("lease", "mine"));
  EXPECT_EQ(try_commit(put("a", "1"), check("lease", 9)).error().code(), Code::conflict);
  const Committed done = commit(put("a", "1"), check("lease", 1));
  EXPECT_EQ(done.entries.at(1).value.view(), "mine");
  EXPECT_EQ(store_->get("lease")->modified, 1);
}

TEST_P(StoreContract, a_commit_that_changes_nothing_makes_no_revision) {
  commit(put("a", "1"));
  EXPECT_EQ(commit(check("a", 1)).revision, 1);
  EXPECT_EQ(commit(removal("never there")).revision, 1);
  EXPECT_EQ(commit().revision, 1);
  EXPECT_EQ(store_->revision(), 1);
}

TEST_P(StoreContract, a_removal_answers_with_what_was_removed) {
  commit(put("a", "last words"));
  EXPECT_EQ(commit(removal("a")).entries.at(0).value.view(), "last words");
}

TEST_P(StoreContract, one_commit_writes_a_key_once) {
  EXPECT_EQ(try_commit(put("a", "1"), put("a", "2")).error().code(), Code::invalid);
}

TEST_P(StoreContract, the_revision_is_inserted_where_asked) {
  commit(put("a", ""));
  Write write = put("b", R"({"resourceVersion":""})");
  write.revision_at = 20;
  EXPECT_EQ(commit(write).entries.at(0).value.view(), R"({"resourceVersion":"2"})");
  EXPECT_EQ(store_->get("b")->value.view(), R"({"resourceVersion":"2"})");
  write.revision_at = 100;
  EXPECT_EQ(try_commit(write).error().code(), Code::invalid);
}

TEST_P(StoreContract, values_and_keys_are_any_bytes) {
  const std::string odd("\0\xff\n'\"", 5);
  commit(put(odd, odd), put("empty", ""));
  EXPECT_EQ(store_->get(odd)->value.view(), odd);
  EXPECT_TRUE(store_->get("empty")->value.empty());
}

TEST_P(StoreContract, a_list_shows_a_prefix_in_order) {
  commit(put("b/2", ""), put("b/1", ""), put("a", ""), put("b0", ""), put("b", ""));
  EXPECT_EQ(keys({"b/", ""}), (Strings{"b/1=", "b/2="}));
  EXPECT_EQ(keys({"", ""}).size(), 5u);
  EXPECT_EQ(keys({"b/", "b/1"}), (Strings{"b/2="}));
  EXPECT_EQ(keys({"c", ""}), Strings{});
}

TEST_P(StoreContract, pages_of_one_list_show_one_state) {
  for (int i = 0; i < 5; ++i) commit(put(fmt::format("k{}", i), "old"));
  const auto first = store_->list({"k", ""}, {0, 2});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->more);
  EXPECT_EQ(first->remaining, 3u);
  commit(put("k3", "new"), removal("k4"), put("k5", "new"));
  const Range rest{"k", first->entries.back().key};
  EXPECT_EQ(keys(rest, {first->revision, 0}), (Strings{"k2=old", "k3=old", "k4=old"}));
  const auto second = store_->list(rest, {first->revision, 2});
  EXPECT_EQ(second->remaining, 1u);
  EXPECT_EQ(second->revision, first->revision);
  EXPECT_EQ(keys(rest), (Strings{"k2=old", "k3=new", "k5=new"}));
}

TEST_P(StoreContract, a_list_in_the_future_is_invalid_and_one_before_the_history_expired) {
  open({2, 1 << 20});
  for (int i = 0; i < 5; ++i) commit(put("k", std::to_string(i)));
  EXPECT_EQ(store_->compacted(), 3);
  EXPECT_EQ(keys({"k", ""}, {3, 0}), (Strings{"k=2"}));
  EXPECT_EQ(store_->list({"k", ""}, {2, 0}).error().code(), Code::expired);
  EXPECT_EQ(store_->list({"k", ""}, {9, 0}).error().code(), Code::invalid);
}

TEST_P(StoreContract, history_is_bounded_in_bytes_too) {
  open({1000, 20'000});
  for (int i = 0; i < 50; ++i) commit(put("k", std::string(1000, 'x')));
  EXPECT_GT(store_->compacted(), 30);
  EXPECT_LT(store_->compacted(), 45);
}

TEST_P(StoreContract, compaction_forgets_history_but_no_entry) {
  commit(put("a", "1"));
  commit(put("a", "2"));
  commit(put("b", "1"));
  EXPECT_TRUE(loop_.run_until_done(store_->compact(loop_, 2)));
  EXPECT_EQ(store_->compacted(), 2);
  EXPECT_EQ(store_->watch(loop_, {"", ""}, 1).error().code(), Code::expired);
  EXPECT_EQ(keys({"", ""}, {2, 0}), (Strings{"a=2"}));
  EXPECT_EQ(loop_.run_until_done(store_->compact(loop_, 99)).error().code(), Code::invalid);
}

TEST_P(StoreContract, a_watch_replays_history_and_then_follows) {
  commit(put("p/a", "1"));
  commit(put("q/a", "1"), put("p/b", "1"));
  const auto watching = watch("p/", 1);
  EXPECT_EQ(take(*watching, 1), (Strings{"2+p/b=1"}));
  commit(removal("p/a"));
  commit(put("q/b", "1"));
  commit(put("p/b", "2"));
  EXPECT_EQ(take(*watching, 2), (Strings{"3-p/a", "5+p/b=2"}));
}

TEST_P(StoreContract, a_watch_from_zero_sees_only_what_is_new) {
  commit(put("a", "1"));
  const auto watching = watch("", 0);
  commit(put("b", "1"));
  EXPECT_EQ(take(*watching, 1), (Strings{"2+b=1"}));
}

TEST_P(StoreContract, a_change_shows_what_stood_before) {
  commit(put("a", "1"));
  const auto watching = watch("a", 0);
  commit(put("a", "2"));
  commit(removal("a"));
  Changes seen;
  while (seen.size() < 2) {
    const auto changes = loop_.run_until_done(watching->next());
    seen.insert(seen.end(), changes->begin(), changes->end());
  }
  EXPECT_EQ(seen.at(0)->previous->value.view(), "1");
  EXPECT_EQ(seen.at(1)->previous->value.view(), "2");
  EXPECT_EQ(seen.at(1)->entry.modified, 3);
  EXPECT_TRUE(seen.at(1)->entry.value.empty());
}

TEST_P(StoreContract, a_watch_that_has_nothing_to_say_still_knows_how_far_it_is) {
  const auto quiet = watch("quiet", 0);
  const auto busy = watch("busy", 0);
  commit(put("busy", "1"));
  take(*busy, 1);
  EXPECT_EQ(quiet->seen(), 1);
  commit(put("quiet", "1"));
  commit(put("busy", "2"));
  take(*busy, 1);
  EXPECT_EQ(quiet->seen(), 1);
  take(*quiet, 1);
  EXPECT_EQ(quiet->seen(), 3);
}

TEST_P(StoreContract, an_interrupted_watch_returns_once_without_changes) {
  const auto watching = watch("a", 0);
  io::Scope scope(loop_);
  std::vector<std::size_t> batches;
  scope.spawn([](Watch& one, std::vector<std::size_t>& sizes) -> io::Task<> {
    while (sizes.size() < 3) {
      const auto changes = co_await one.next();
      sizes.push_back(changes->size());
      if (sizes.size() == 1) one.interrupt();
    }
  }(*watching, batches));
  watching->interrupt();
  loop_.run_until_done([](io::Loop& turn) -> io::Task<> { co_await turn.yield(); }(loop_));
  loop_.run_until_done([](io::Loop& turn) -> io::Task<> { co_await turn.yield(); }(loop_));
  EXPECT_EQ(batches, (std::vector<std::size_t>{0, 0}));
  commit(put("a", "1"));
  loop_.run_until_done(scope.finish());
  EXPECT_EQ(batches, (std::vector<std::size_t>{0, 0, 1}));
}

TEST_P(StoreContract, watches_share_one_change) {
  const auto one = watch("a", 0);
  const auto other = watch("", 0);
  commit(put("a", "1"));
  const auto from_one = loop_.run_until_done(one->next());
  const auto from_other = loop_.run_until_done(other->next());
  EXPECT_EQ(from_one->front().get(), from_other->front().get());
}

// The part of a value in front of a colon.
Pin owned_by(const std::string& owner) {
  static const auto facet =
      std::make_shared<const Facet>(Facet{"owner", [](const Entry& entry) -> std::optional<std::string> {
                                            const std::string_view value = entry.value.view();
                                            const std::size_t colon = value.find(':');
                                            return colon == std::string_view::npos
                                                       ? std::nullopt
                                                       : std::optional(std::string(value.substr(0, colon)));
                                          }});
  return Pin{facet, owner};
}

TEST_P(StoreContract, a_pinned_watch_sees_what_has_its_value_before_or_after) {
  const auto watching = store_->watch(loop_, Range{"p/", ""}, 0, owned_by("me"));
  commit(put("p/a", "me:1"));
  commit(put("p/b", "you:1"));
  commit(put("p/c", "nobody"));
  commit(put("q/a", "me:1"));
  commit(put("p/b", "me:2"));
  commit(put("p/a", "you:2"));
  commit(put("p/a", "you:3"));
  commit(put("p/b", "me:3"));
  commit(removal("p/b"));
  commit(removal("p/a"));
  EXPECT_EQ(take(**watching, 5), (Strings{"1+p/a=me:1", "5+p/b=me:2", "6+p/a=you:2", "8+p/b=me:3", "9-p/b"}));
  // A writer is answered before watches are woken, so only what came by the watch is sure to have been seen.
  commit(put("p/c", "me:1"));
  EXPECT_EQ(take(**watching, 1), (Strings{"11+p/c=me:1"}));
  EXPECT_EQ((*watching)->seen(), 11);
}

TEST_P(StoreContract, a_pinned_watch_replays_the_same_as_it_would_have_seen) {
  commit(put("p/a", "me:1"));
  commit(put("p/b", "you:1"));
  commit(put("p/b", "me:2"));
  commit(removal("p/a"));
  const auto watching = store_->watch(loop_, Range{"p/", ""}, 1, owned_by("me"));
  EXPECT_EQ(take(**watching, 2), (Strings{"3+p/b=me:2", "4-p/a"}));
  commit(put("p/c", "you:1"));
  commit(put("p/c", "me:1"));
  EXPECT_EQ(take(**watching, 1), (Strings{"6+p/c=me:1"}));
}

TEST_P(StoreContract, watches_with_and_without_pins_come_and_go_independently) {
  const auto all = watch("p/", 0);
  auto mine = *store_->watch(loop_, Range{"p/", ""}, 0, owned_by("me"));
  auto also_mine = *store_->watch(loop_, Range{"p/", ""}, 0, owned_by("me"));
  const auto yours = *store_->watch(loop_, Range{"p/", ""}, 0, owned_by("you"));
  commit(put("p/a", "me:1"));
  EXPECT_EQ(take(*mine, 1), (Strings{"1+p/a=me:1"}));
  mine.reset();
  commit(put("p/b", "me:1"));
  EXPECT_EQ(take(*also_mine, 2), (Strings{"1+p/a=me:1", "2+p/b=me:1"}));
  also_mine.reset();
  commit(put("p/c", "you:1"));
  EXPECT_EQ(take(*yours, 1), (Strings{"3+p/c=you:1"}));
  EXPECT_EQ(take(*all, 3), (Strings{"1+p/a=me:1", "2+p/b=me:1", "3+p/c=you:1"}));
}

TEST_P(StoreContract, a_pinned_watch_that_lagged_goes_on_where_it_was) {
  const auto slow = *store_->watch(loop_, Range{"", ""}, 0, owned_by("me"));
  constexpr int many = 1500;
  io::Scope scope(loop_);
  // Every second change takes the key away, and both concern the watch.
  for (int i = 0; i < many; ++i) {
    scope.spawn([](Store& store, io::Loop& loop, int n) -> io::Task<> {
      std::vector<Write> writes;
      writes.push_back(put("k", fmt::format("{}:{}", n % 2 == 0 ? "me" : "you", n)));
      auto committing = store.commit(loop, std::move(writes));
      const auto done = co_await std::move(committing);
      EXPECT_TRUE(done);
    }(*store_, loop_, i));
  }
  loop_.run_until_done(scope.finish());
  EXPECT_EQ(take(*slow, many).size(), std::size_t{many});
  commit(put("other", "you:x"));
  commit(put("k", "me:last"));
  EXPECT_EQ(take(*slow, 1), (Strings{fmt::format("{}+k=me:last", many + 2)}));
}

TEST_P(StoreContract, a_slow_watch_catches_up_while_history_lasts) {
  const auto slow = watch("k", 0);
  constexpr int many = 3000;
  io::Scope scope(loop_);
  for (int i = 0; i < many; ++i) {
    scope.spawn([](Store& store, io::Loop& loop, int n) -> io::Task<> {
      std::vector<Write> writes;
      writes.push_back(put("k", std::to_string(n)));
      auto committing = store.commit(loop, std::move(writes));
      const auto done = co_await std::move(committing);
      EXPECT_TRUE(done);
    }(*store_, loop_, i));
  }
  loop_.run_until_done(scope.finish());
  const Strings all = take(*slow, many);
  ASSERT_EQ(all.size(), std::size_t{many});
  for (int i = 0; i < many; ++i)
    EXPECT_EQ(all[static_cast<std::size_t>(i)], fmt::format("{}+k={}", i + 1, i));
  EXPECT_EQ(slow->seen(), many);
  commit(put("k", "live again"));
  EXPECT_EQ(take(*slow, 1), (Strings{fmt::format("{}+k=live again", many + 1)}));
}

TEST_P(StoreContract, a_watch_that_falls_behind_the_history_expires_and_others_go_on) {
  open({100, 1 << 20});
  const auto slow = watch("k", 0);
  const auto quick = watch("k", 0);
  for (int i = 1; i <= 1500; ++i) {
    commit(put("k", std::to_string(i)));
    if (i % 500 != 0) continue;
    EXPECT_EQ(take(*quick, 500).back(), fmt::format("{}+k={}", i, i));
  }
  EXPECT_EQ(end_of(*slow), Code::expired);
  commit(put("k", "on"));
  EXPECT_EQ(take(*quick, 1), (Strings{"1501+k=on"}));
}

TEST_P(StoreContract, an_unread_replay_expires_rather_than_holding_history) {
  open({100, 1 << 20});
  for (int i = 0; i < 50; ++i) commit(put("k", std::to_string(i)));
  const auto idle = watch("k", 10);
  for (int i = 0; i < 200; ++i) commit(put("k", std::to_string(i)));
  EXPECT_EQ(end_of(*idle), Code::expired);
}

TEST_P(StoreContract, a_watch_from_the_future_is_invalid) {
  EXPECT_EQ(store_->watch(loop_, {"", ""}, 5).error().code(), Code::invalid);
}

TEST_P(StoreContract, closing_ends_watches_and_refuses_commits_but_reads_go_on) {
  commit(put("a", "1"));
  const auto watching = watch("", 0);
  store_->close();
  EXPECT_EQ(end_of(*watching), Code::cancelled);
  EXPECT_EQ(try_commit(put("a", "2")).error().code(), Code::unavailable);
  EXPECT_EQ(store_->get("a")->value.view(), "1");
  EXPECT_EQ(store_->watch(loop_, {"", ""}, 0).error().code(), Code::cancelled);
}

TEST_P(StoreContract, a_watch_may_outlive_the_store) {
  const auto watching = watch("", 0);
  store_.reset();
  EXPECT_EQ(end_of(*watching), Code::cancelled);
}

TEST_P(StoreContract, a_commit_that_nobody_waits_for_any_more_does_no_harm) {
  {
    std::vector<Write> writes;
    writes.push_back(put("a", "1"));
    io::Task<Result<Committed>> dropped = store_->commit(loop_, std::move(writes));
    dropped.start();
  }
  commit(put("b", "1"));
  EXPECT_TRUE(store_->get("b"));
}

TEST_P(StoreContract, of_many_concurrent_creates_of_one_key_exactly_one_wins) {
  int won = 0;
  io::Scope scope(loop_);
  for (int i = 0; i < 50; ++i) {
    scope.spawn([](Store& store, io::Loop& loop, int& winners) -> io::Task<> {
      std::vector<Write> writes;
      writes.push_back(put("lock", "x", 0));
      auto committing = store.commit(loop, std::move(writes));
      const auto done = co_await std::move(committing);
      if (done) ++winners;
    }(*store_, loop_, won));
  }
  loop_.run_until_done(scope.finish());
  EXPECT_EQ(won, 1);
  EXPECT_EQ(store_->revision(), 1);
}

TEST_P(StoreContract, loops_on_other_threads_commit_and_watch_at_once) {
  constexpr int commits = 200;
  const auto client = [this](io::EpollLoop& own, const std::string& name) {
    const auto watching = store_->watch(own, Range{name + "/", ""}, 0);
    for (int i = 0; i < commits; ++i) {
      std::vector<Write> writes;
      writes.push_back(put(fmt::format("{}/{}", name, i), "x"));
      EXPECT_TRUE(own.run_until_done(store_->commit(own, std::move(writes))));
      EXPECT_TRUE(store_->list({name, ""}, {}));
    }
    std::size_t seen = 0;
    while (seen < commits) seen += own.run_until_done((*watching)->next())->size();
    return seen;
  };
  // The loops outlive the store's last posts to them.
  std::array<io::EpollLoop, 4> loops;
  std::vector<std::future<std::size_t>> threads;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    threads.push_back(std::async(std::launch::async, client, std::ref(loops[i]), fmt::format("client{}", i)));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), std::size_t{commits});
  EXPECT_EQ(store_->revision(), 4 * commits);
  store_->close();
}

}  // namespace
}  // namespace aloft::store
