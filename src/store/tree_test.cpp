// The tree against std::map, and versions that stay as they were.
#include "store/tree.h"

#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::store {
namespace {

ItemPointer item(std::string key, std::string value) {
  auto made = std::make_shared<Item>();
  made->entry.key = std::move(key);
  made->entry.value = SharedBytes(std::move(value));
  return made;
}

using TreeContent = std::map<std::string, std::string>;

TreeContent content(const Tree& tree) {
  TreeContent found;
  for (Tree::Cursor at(tree, ""); at.get() != nullptr; at.next()) {
    found[(*at.get())->entry.key] = (*at.get())->entry.value.view();
  }
  return found;
}

void expect_same(const Tree& tree, const TreeContent& model) {
  RC_ASSERT(content(tree) == model);
  RC_ASSERT(tree.size() == model.size());
  std::size_t rank = 0;
  for (const auto& [key, value] : model) {
    RC_ASSERT(tree.find(key) != nullptr);
    RC_ASSERT(tree.rank(key) == rank);
    RC_ASSERT(tree.rank(key + '\0') == ++rank);
    RC_ASSERT((*Tree::Cursor(tree, key).get())->entry.key == key);
  }
  RC_ASSERT(tree.find("not a number") == nullptr);
}

TEST(Tree, behaves_as_an_ordered_map_and_keeps_old_versions) {
  EXPECT_TRUE(rc::check([] {
    const auto keys = *rc::gen::inRange(1, 2000);
    const auto steps = *rc::gen::inRange(0, 1500);
    const auto removals = *rc::gen::inRange(0, 100);
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    Tree tree;
    TreeContent model;
    Tree old_tree;
    TreeContent old_model;
    std::uint64_t edits = 0;
    for (int step = 0; step < steps;) {
      Tree::Edit edit(tree, ++edits);
      for (std::uint64_t n = random() % 40; n-- > 0; ++step) {
        const std::string key = fmt::format("{:06}", random() % static_cast<std::uint64_t>(keys));
        if (static_cast<int>(random() % 100) < removals) {
          if (model.erase(key) != 0) edit.remove(key);
        } else {
          model[key] = std::to_string(step);
          edit.put(item(key, std::to_string(step)));
        }
      }
      ++step;
      tree = std::move(edit).finish();
      if (random() % 4 == 0) {
        old_tree = tree;
        old_model = model;
      }
    }
    expect_same(tree, model);
    expect_same(old_tree, old_model);
  }));
}

TEST(Tree, rising_keys_fill_nodes_and_all_can_be_removed) {
  Tree tree;
  std::uint64_t edits = 0;
  constexpr int many = 5000;
  for (int i = 0; i < many; ++i) {
    Tree::Edit edit(tree, ++edits);
    edit.put(item(fmt::format("{:06}", i), ""));
    tree = std::move(edit).finish();
  }
  EXPECT_EQ(tree.size(), std::size_t{many});
  EXPECT_EQ(tree.rank("002500"), 2500u);
  for (int i = 0; i < many; ++i) {
    Tree::Edit edit(tree, ++edits);
    edit.remove(fmt::format("{:06}", (i * 37) % many));
    tree = std::move(edit).finish();
  }
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_EQ(Tree::Cursor(tree, "").get(), nullptr);
}

}  // namespace
}  // namespace aloft::store
