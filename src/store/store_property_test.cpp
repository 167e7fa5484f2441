// Random commits against a model that is too simple to be wrong: what lists show at any revision, and that a
// watch replayed over an old state gives the new one.
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "io/sim_loop.h"
#include "store/store.h"
#include "store/testing/store_testing.h"

namespace aloft::store {
namespace {

struct Value {
  std::string text;
  Revision created;
  Revision modified;
  bool operator==(const Value&) const = default;
};
using Content = std::map<std::string, Value>;

// One commit at a time, without any cleverness; index is the revision.
struct Model {
  std::vector<Content> states{Content()};

  bool commit(const std::vector<Write>& writes) {
    Content next = states.back();
    const auto revision = static_cast<Revision>(states.size());
    bool changes = false;
    for (const Write& write : writes) {
      const auto found = states.back().find(write.key);
      const Revision modified = found == states.back().end() ? 0 : found->second.modified;
      if (write.expected && *write.expected != modified) return false;
      if (write.check_only) continue;
      if (write.value) {
        next[write.key] = Value{*write.value, modified == 0 ? revision : found->second.created, revision};
        changes = true;
      } else {
        changes = next.erase(write.key) != 0 || changes;
      }
    }
    if (changes) states.push_back(std::move(next));
    return true;
  }
};

Content content_of(const Page& page) {
  Content content;
  for (const Entry& entry : page.entries) {
    content[entry.key] = Value{std::string(entry.value.view()), entry.created, entry.modified};
  }
  return content;
}

Content part_of(const Content& all, const Range& range) {
  Content part;
  for (const auto& [key, value] : all) {
    if (key.starts_with(range.prefix) && (range.after.empty() || key > range.after)) part[key] = value;
  }
  return part;
}

std::vector<Write> random_writes(std::mt19937_64& random, const Content& now) {
  std::map<std::string, Write> writes;
  for (std::uint64_t n = 1 + random() % 3; n-- > 0;) {
    Write write;
    write.key = fmt::format("{}/{}", "abc"[random() % 3], random() % 12);
    const auto found = now.find(write.key);
    if (random() % 3 != 0) write.value = std::to_string(random() % 1000);
    if (random() % 3 == 0) write.expected = found == now.end() ? 0 : found->second.modified;
    if (random() % 15 == 0) write.expected = static_cast<Revision>(random() % 20);
    write.check_only = random() % 10 == 0;
    writes[write.key] = write;
  }
  std::vector<Write> list;
  for (auto& [key, write] : writes) list.push_back(std::move(write));
  return list;
}

void check_lists(const Store& store, const Model& model, std::mt19937_64& random) {
  const auto newest = static_cast<Revision>(model.states.size()) - 1;
  RC_ASSERT(store.revision() == newest);
  for (int i = 0; i < 20; ++i) {
    const Revision at =
        store.compacted() +
        static_cast<Revision>(random() % static_cast<std::uint64_t>(newest - store.compacted() + 1));
    Range range;
    if (random() % 2 == 0) range.prefix = std::string(1, "abc"[random() % 3]) + "/";
    if (random() % 2 == 0) range.after = fmt::format("{}/{}", "abc"[random() % 3], random() % 12);
    const Content expected = part_of(model.states[static_cast<std::size_t>(at)], range);
    ListOptions options;
    options.at = at;
    const auto whole = store.list(range, options);
    RC_ASSERT(whole.has_value());
    if (at > 0) RC_ASSERT(content_of(*whole) == expected);
    options.limit = 1 + random() % 8;
    const auto page = store.list(range, options);
    const std::size_t size = at > 0 ? expected.size() : whole->entries.size();
    RC_ASSERT(page->entries.size() == std::min(options.limit, size));
    RC_ASSERT(page->more == (size > options.limit));
    RC_ASSERT(page->remaining == size - page->entries.size());
  }
}

TEST(StoreProperty, lists_at_every_kept_revision_show_what_the_model_held) {
  EXPECT_TRUE(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    HistoryLimits limits;
    limits.changes = *rc::gen::inRange<std::size_t>(1, 400);
    const auto commits = *rc::gen::inRange(0, 300);
    io::SimLoop loop;
    const auto store = open_memory_store(limits);
    Model model;
    for (int i = 0; i < commits; ++i) {
      const auto writes = random_writes(random, model.states.back());
      const bool expected = model.commit(writes);
      RC_ASSERT(loop.run_until_done(store->commit(loop, writes)).has_value() == expected);
    }
    check_lists(*store, model, random);
  }));
}

TEST(StoreProperty, a_watch_replayed_over_an_old_state_gives_the_new_one) {
  EXPECT_TRUE(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    io::SimLoop loop;
    const auto store = open_memory_store();
    Model model;
    const auto some_commits = [&](std::uint64_t count) {
      while (count-- > 0) {
        const auto writes = random_writes(random, model.states.back());
        model.commit(writes);
        (void)loop.run_until_done(store->commit(loop, writes));
      }
    };
    some_commits(1 + random() % 200);
    const Revision newest = store->revision();
    const Revision start =
        newest == 0 ? 0 : 1 + static_cast<Revision>(random() % static_cast<std::uint64_t>(newest));
    const Range range{random() % 2 == 0 ? "" : "b/", ""};
    auto watch = store->watch(loop, range, start);
    RC_ASSERT(watch.has_value());
    Content state = part_of(model.states[static_cast<std::size_t>(start)], range);
    some_commits(random() % 100);
    loop.settle();
    Revision last = start;
    for (;;) {
      auto next = (*watch)->next();
      next.start();
      loop.settle();
      if (!next.done()) break;
      const auto changes = next.result();
      RC_ASSERT(changes.has_value());
      for (const auto& change : *changes) {
        const auto stood = state.find(change->entry.key);
        RC_ASSERT(change->entry.modified >= last);
        RC_ASSERT(change->previous.has_value() == (stood != state.end()));
        if (change->previous) RC_ASSERT(change->previous->value.view() == stood->second.text);
        last = change->entry.modified;
        if (change->type == Change::Type::removed) {
          state.erase(change->entry.key);
        } else {
          const Entry& entry = change->entry;
          state[entry.key] = Value{std::string(entry.value.view()), entry.created, entry.modified};
        }
      }
    }
    RC_ASSERT((*watch)->seen() == store->revision());
    RC_ASSERT(state == part_of(model.states.back(), range));
  }));
}

}  // namespace
}  // namespace aloft::store
