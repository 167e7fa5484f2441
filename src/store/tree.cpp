// Nodes hold up to `width` items or children in place. Each knows the least key below it as a view into that
// item, which it owns through its children, so separators cost no memory and cannot dangle.
#include "store/tree.h"

#include "base/ensure.h"

namespace aloft::store {

struct Tree::Node {
  Node(std::uint64_t made_by, bool is_leaf) : edit(made_by), leaf(is_leaf) {}
  std::uint64_t edit;  // the edit that may still change this node
  std::size_t size = 0;
  std::string_view least;
  std::uint32_t used = 0;
  bool leaf;
};

struct Tree::Leaf : Node {
  explicit Leaf(std::uint64_t made_by) : Node(made_by, true) {}
  std::array<ItemPointer, width> items;

  std::string_view key(std::uint32_t i) const { return items[i]->entry.key; }
  std::uint32_t lower_bound(std::string_view wanted) const {
    std::uint32_t low = 0;
    std::uint32_t high = used;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (key(middle) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  void refresh() {
    size = used;
    least = used > 0 ? key(0) : std::string_view();
  }
  void insert(std::uint32_t at, ItemPointer&& item) {
    std::move_backward(items.begin() + at, items.begin() + used, items.begin() + used + 1);
    items[at] = std::move(item);
    ++used;
    refresh();
  }
  void erase(std::uint32_t at) {
    std::move(items.begin() + at + 1, items.begin() + used, items.begin() + at);
    items[--used] = nullptr;
    refresh();
  }
  // Moves the items from `at` on to the end of another leaf.
  void move_tail(std::uint32_t at, Leaf& to) {
    std::move(items.begin() + at, items.begin() + used, to.items.begin() + to.used);
    to.used += used - at;
    used = at;
    refresh();
    to.refresh();
  }
};

struct Tree::Inner : Node {
  explicit Inner(std::uint64_t made_by) : Node(made_by, false) {}
  std::array<NodePointer, width> children;
  std::array<std::string_view, width> leasts;

  // The child in whose range the key lies.
  std::uint32_t child_for(std::string_view wanted) const {
    std::uint32_t low = 1;
    std::uint32_t high = used;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (leasts[middle] <= wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
  void refresh() {
    size = 0;
    for (std::uint32_t i = 0; i < used; ++i) size += children[i]->size;
    least = used > 0 ? leasts[0] : std::string_view();
  }
  void refresh_child(std::uint32_t at) {
    leasts[at] = children[at]->least;
    least = leasts[0];
  }
  void insert(std::uint32_t at, NodePointer child) {
    std::move_backward(children.begin() + at, children.begin() + used, children.begin() + used + 1);
    std::move_backward(leasts.begin() + at, leasts.begin() + used, leasts.begin() + used + 1);
    leasts[at] = child->least;
    children[at] = std::move(child);
    ++used;
    refresh();
  }
  void erase(std::uint32_t at) {
    std::move(children.begin() + at + 1, children.begin() + used, children.begin() + at);
    std::move(leasts.begin() + at + 1, leasts.begin() + used, leasts.begin() + at);
    children[--used] = nullptr;
    refresh();
  }
  void move_tail(std::uint32_t at, Inner& to) {
    std::move(children.begin() + at, children.begin() + used, to.children.begin() + to.used);
    std::copy(leasts.begin() + at, leasts.begin() + used, to.leasts.begin() + to.used);
    to.used += used - at;
    used = at;
    refresh();
    to.refresh();
  }
};

const ItemPointer* Tree::find(std::string_view key) const {
  const Node* node = root_.get();
  if (node == nullptr) return nullptr;
  while (!node->leaf) {
    const Inner& inner = static_cast<const Inner&>(*node);
    node = inner.children[inner.child_for(key)].get();
  }
  const Leaf& leaf = static_cast<const Leaf&>(*node);
  const std::uint32_t at = leaf.lower_bound(key);
  return at < leaf.used && leaf.key(at) == key ? &leaf.items[at] : nullptr;
}

std::size_t Tree::size() const { return root_ ? root_->size : 0; }

std::size_t Tree::rank(std::string_view key) const {
  const Node* node = root_.get();
  if (node == nullptr) return 0;
  std::size_t before = 0;
  while (!node->leaf) {
    const Inner& inner = static_cast<const Inner&>(*node);
    const std::uint32_t at = inner.child_for(key);
    for (std::uint32_t i = 0; i < at; ++i) before += inner.children[i]->size;
    node = inner.children[at].get();
  }
  return before + static_cast<const Leaf&>(*node).lower_bound(key);
}

Tree::Cursor::Cursor(const Tree& tree, std::string_view from) {
  const Node* node = tree.root_.get();
  if (node == nullptr) return;
  while (!node->leaf) {
    const Inner& inner = static_cast<const Inner&>(*node);
    const std::uint32_t at = inner.child_for(from);
    path_.push_back({node, at});
    node = inner.children[at].get();
  }
  const Leaf& leaf = static_cast<const Leaf&>(*node);
  path_.push_back({node, leaf.lower_bound(from)});
  if (path_.back().at == leaf.used) descend();
}

const ItemPointer* Tree::Cursor::get() const {
  if (path_.empty()) return nullptr;
  const Step& step = path_.back();
  return &static_cast<const Leaf*>(static_cast<const Node*>(step.node))->items[step.at];
}

void Tree::Cursor::next() {
  Step& step = path_.back();
  if (++step.at == static_cast<const Node*>(step.node)->used) descend();
}

// From an exhausted leaf to the first item of the next one.
void Tree::Cursor::descend() {
  path_.pop_back();
  while (!path_.empty() && ++path_.back().at == static_cast<const Node*>(path_.back().node)->used)
    path_.pop_back();
  if (path_.empty()) return;
  const auto below = [](const Step& step) {
    return static_cast<const Inner*>(static_cast<const Node*>(step.node))->children[step.at].get();
  };
  const Node* node = below(path_.back());
  while (!node->leaf) {
    path_.push_back({node, 0});
    node = below(path_.back());
  }
  path_.push_back({node, 0});
}

Tree::Leaf& Tree::Edit::own_leaf(NodePointer& node) const {
  const Leaf& leaf = static_cast<const Leaf&>(*node);
  if (leaf.edit != number_) {
    auto copy = std::make_shared<Leaf>(number_);
    std::copy(leaf.items.begin(), leaf.items.begin() + leaf.used, copy->items.begin());
    copy->used = leaf.used;
    copy->refresh();
    node = std::move(copy);
  }
  return static_cast<Leaf&>(*node);
}

Tree::Inner& Tree::Edit::own_inner(NodePointer& node) const {
  const Inner& inner = static_cast<const Inner&>(*node);
  if (inner.edit != number_) {
    auto copy = std::make_shared<Inner>(number_);
    std::copy(inner.children.begin(), inner.children.begin() + inner.used, copy->children.begin());
    std::copy(inner.leasts.begin(), inner.leasts.begin() + inner.used, copy->leasts.begin());
    copy->used = inner.used;
    copy->size = inner.size;
    copy->least = inner.least;
    node = std::move(copy);
  }
  return static_cast<Inner&>(*node);
}

void Tree::Edit::put(ItemPointer item) {
  NodePointer& root = tree_.root_;
  if (root == nullptr) root = std::make_shared<Leaf>(number_);
  NodePointer sibling = put_into(root, std::move(item));
  if (sibling == nullptr) return;
  auto grown = std::make_shared<Inner>(number_);
  grown->insert(0, std::move(root));
  grown->insert(1, std::move(sibling));
  root = std::move(grown);
}

// The new right neighbour, when the node had to be split.
Tree::NodePointer Tree::Edit::put_into(NodePointer& node, ItemPointer&& item) const {
  if (node->leaf) return put_into_leaf(node, std::move(item));
  Inner& inner = own_inner(node);
  const std::uint32_t at = inner.child_for(item->entry.key);
  const std::size_t before = inner.children[at]->size;
  NodePointer split = put_into(inner.children[at], std::move(item));
  inner.refresh_child(at);
  inner.size += inner.children[at]->size - before;
  if (split == nullptr) return nullptr;
  if (inner.used < width) {
    inner.insert(at + 1, std::move(split));
    return nullptr;
  }
  auto right = std::make_shared<Inner>(number_);
  // Keys that only grow leave full nodes behind.
  inner.move_tail(at + 1 == width ? width - 1 : width / 2, *right);
  if (at + 1 <= inner.used) {
    inner.insert(at + 1, std::move(split));
  } else {
    right->insert(at + 1 - inner.used, std::move(split));
  }
  return right;
}

Tree::NodePointer Tree::Edit::put_into_leaf(NodePointer& node, ItemPointer&& item) const {
  Leaf& leaf = own_leaf(node);
  const std::uint32_t at = leaf.lower_bound(item->entry.key);
  if (at < leaf.used && leaf.key(at) == item->entry.key) {
    leaf.items[at] = std::move(item);
    leaf.refresh();
    return nullptr;
  }
  if (leaf.used < width) {
    leaf.insert(at, std::move(item));
    return nullptr;
  }
  auto right = std::make_shared<Leaf>(number_);
  leaf.move_tail(at == width ? width : width / 2, *right);
  if (at < leaf.used) {
    leaf.insert(at, std::move(item));
  } else {
    right->insert(at - leaf.used, std::move(item));
  }
  return right;
}

void Tree::Edit::remove(std::string_view key) {
  NodePointer& root = tree_.root_;
  ensure(root != nullptr, "a key that is removed is there");
  remove_from(root, key);
  while (root != nullptr && !root->leaf && root->used == 1) {
    NodePointer only = static_cast<Inner&>(*root).children[0];
    root = std::move(only);
  }
  if (root->used == 0) root = nullptr;
}

void Tree::Edit::remove_from(NodePointer& node, std::string_view key) const {
  if (node->leaf) {
    Leaf& leaf = own_leaf(node);
    const std::uint32_t at = leaf.lower_bound(key);
    ensure(at < leaf.used && leaf.key(at) == key, "a key that is removed is there");
    leaf.erase(at);
    return;
  }
  Inner& inner = own_inner(node);
  const std::uint32_t at = inner.child_for(key);
  remove_from(inner.children[at], key);
  if (inner.children[at]->used == 0) {
    inner.erase(at);
    return;
  }
  inner.refresh_child(at);
  inner.size -= 1;
  mend(inner, at);
}

// Joins a child that has become small with a neighbour that has room for it.
void Tree::Edit::mend(Inner& parent, std::uint32_t at) const {
  if (parent.children[at]->used >= width / 4 || parent.used < 2) return;
  const std::uint32_t left = at > 0 ? at - 1 : 0;
  if (parent.children[left]->used + parent.children[left + 1]->used > width * 3 / 4) return;
  if (parent.children[left]->leaf) {
    own_leaf(parent.children[left + 1]).move_tail(0, own_leaf(parent.children[left]));
  } else {
    own_inner(parent.children[left + 1]).move_tail(0, own_inner(parent.children[left]));
  }
  parent.erase(left + 1);
  parent.refresh_child(left);
  parent.refresh();
}

}  // namespace aloft::store
