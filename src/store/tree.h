// All keys in order, as an immutable value: a B+ tree whose nodes are shared between versions. A reader keeps
// the version it holds, whatever the writer does; a change copies the few nodes on its path.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace aloft::store {

// An entry with the number under which the engine keeps it.
struct Item {
  Entry entry;
  std::int64_t id = 0;
};
using ItemPointer = std::shared_ptr<const Item>;

// Copying costs one reference count. Reads from any thread.
class Tree {
 public:
  Tree() = default;

  // Null when the key is absent. Valid as long as this Tree.
  const ItemPointer* find(std::string_view key) const;
  std::size_t size() const;
  // How many keys are less than `key`.
  std::size_t rank(std::string_view key) const;

  // Walks the items from the first key that is not less than `from`. The Tree outlives it.
  class Cursor {
   public:
    Cursor(const Tree& tree, std::string_view from);
    // Null at the end.
    const ItemPointer* get() const;
    void next();

   private:
    struct Step {
      const void* node;
      std::uint32_t at;
    };
    void descend();
    std::vector<Step> path_;
  };

  class Edit;

 private:
  static constexpr std::uint32_t width = 32;
  struct Node;
  struct Leaf;
  struct Inner;
  using NodePointer = std::shared_ptr<Node>;
  NodePointer root_;
};

// Changes on the way from one version to the next. Nodes made by this edit are changed in place, so many
// changes close together cost little more than one. Lives on one thread.
class Tree::Edit {
 public:
  // `number` tells this edit's nodes from all others; never use one twice for trees that share nodes.
  Edit(Tree base, std::uint64_t number) : tree_(std::move(base)), number_(number) {}

  // The state so far.
  const Tree& current() const { return tree_; }
  // Inserts or replaces.
  void put(ItemPointer item);
  // The key must be present.
  void remove(std::string_view key);
  // The finished version; the edit is over.
  Tree finish() && { return std::move(tree_); }

 private:
  Leaf& own_leaf(NodePointer& node) const;
  Inner& own_inner(NodePointer& node) const;
  NodePointer put_into(NodePointer& node, ItemPointer&& item) const;
  NodePointer put_into_leaf(NodePointer& node, ItemPointer&& item) const;
  void remove_from(NodePointer& node, std::string_view key) const;
  void mend(Inner& parent, std::uint32_t at) const;

  Tree tree_;
  std::uint64_t number_;
};

}  // namespace aloft::store
