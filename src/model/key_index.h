// Finds a key among the members of one object while a reader gathers them. For this module's sources only.
#pragma once

#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace aloft::model {

// Looks at each member while there are few, and goes by hash beyond, so that hostile objects cost no more
// than their length.
class KeyIndex {
 public:
  using Members = std::vector<Object::Member>;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // The members of the object are those from `base` on. Gives the position of the key, or none; the caller
  // then appends the key as the next member.
  std::size_t find_or_add(const Members& members, std::size_t base, std::string_view key) {
    const std::size_t count = members.size() - base;
    if (count < linear_limit) {
      for (std::size_t i = base; i < members.size(); ++i) {
        const std::string& other = members[i].first;
        if (other.size() == key.size() && std::memcmp(other.data(), key.data(), key.size()) == 0) return i;
      }
      return none;
    }
    if (slots_.size() < 2 * (count + 1)) rebuild(members, base);
    std::size_t& slot = slot_of(members, base, key);
    if (slot != 0) return base + slot - 1;
    slot = count + 1;
    return none;
  }

 private:
  static constexpr std::size_t linear_limit = 16;

  std::size_t& slot_of(const Members& members, std::size_t base, std::string_view key) {
    std::size_t at = std::hash<std::string_view>()(key) & (slots_.size() - 1);
    while (slots_[at] != 0 && members[base + slots_[at] - 1].first != key)
      at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void rebuild(const Members& members, std::size_t base) {
    const std::size_t count = members.size() - base;
    std::size_t size = 64;
    while (size < 4 * (count + 1)) size *= 2;
    slots_.assign(size, 0);
    for (std::size_t i = 0; i < count; ++i) slot_of(members, base, members[base + i].first) = i + 1;
  }

  std::vector<std::size_t> slots_;  // position + 1; 0 is free
};

}  // namespace aloft::model
