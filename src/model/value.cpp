// Documents: look-up, comparison and checked access.
#include "model/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/ensure.h"

namespace aloft::model {
namespace {

using Members = std::vector<Object::Member>;

bool same_text(const std::string& a, std::string_view b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), b.size()) == 0;
}

template <class Range>
auto find_member(Range& members, std::string_view key) {
  return std::find_if(members.begin(), members.end(),
                      [&](const auto& member) { return same_text(member.first, key); });
}

std::vector<const Object::Member*> sorted_members(const Members& members) {
  std::vector<const Object::Member*> sorted;
  sorted.reserve(members.size());
  for (const auto& member : members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return sorted;
}

// An integer equals a double only when the double is exactly that integer.
bool same_number(std::int64_t a, double b) {
  constexpr double limit = 9223372036854775808.0;
  return b >= -limit && b < limit && std::trunc(b) == b && static_cast<std::int64_t>(b) == a;
}

}  // namespace

Object::Object(std::initializer_list<Member> members) {
  members_.reserve(members.size());
  for (const auto& [key, value] : members) set(key, value);
}

Value* Object::find(std::string_view key) {
  auto found = find_member(members_, key);
  return found == members_.end() ? nullptr : &found->second;
}

const Value* Object::find(std::string_view key) const {
  auto found = find_member(members_, key);
  return found == members_.end() ? nullptr : &found->second;
}

Value& Object::operator[](std::string_view key) {
  if (Value* found = find(key)) return *found;
  return append(std::string(key), Value());
}

void Object::set(std::string_view key, Value value) { (*this)[key] = std::move(value); }

Value& Object::append(std::string key, Value value) {
  return members_.emplace_back(std::move(key), std::move(value)).second;
}

bool Object::erase(std::string_view key) {
  auto found = find_member(members_, key);
  if (found == members_.end()) return false;
  members_.erase(found);
  return true;
}

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  std::size_t same = 0;  // documents that come from one another mostly have one order
  while (same < size() && members_[same].first == other.members_[same].first) {
    if (!(members_[same].second == other.members_[same].second)) return false;
    ++same;
  }
  if (same == size()) return true;
  const auto mine = sorted_members(members_);
  const auto theirs = sorted_members(other.members_);
  return std::equal(mine.begin(), mine.end(), theirs.begin(),
                    [](auto* a, auto* b) { return a->first == b->first && a->second == b->second; });
}

bool Value::as_bool() const {
  ensure(is_bool(), "the value is a boolean");
  return std::get<bool>(data_);
}

std::int64_t Value::as_int() const {
  ensure(is_int(), "the value is an integer");
  return std::get<std::int64_t>(data_);
}

double Value::as_double() const {
  ensure(is_number(), "the value is a number");
  return is_int() ? static_cast<double>(std::get<std::int64_t>(data_)) : std::get<double>(data_);
}

const std::string& Value::as_string() const {
  ensure(is_string(), "the value is a string");
  return std::get<std::string>(data_);
}

const Array& Value::as_array() const {
  ensure(is_array(), "the value is an array");
  return std::get<Array>(data_);
}

const Object& Value::as_object() const {
  ensure(is_object(), "the value is an object");
  return std::get<Object>(data_);
}

Array& Value::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }

Object& Value::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

bool Value::operator==(const Value& other) const {
  if (is_int() && other.is_double()) return same_number(*if_int(), *other.if_double());
  if (is_double() && other.is_int()) return same_number(*other.if_int(), *if_double());
  return data_ == other.data_;
}

std::string_view Value::type_name() const {
  static constexpr std::string_view names[] = {"null",   "boolean", "number", "number",
                                               "string", "array",   "object"};
  return names[data_.index()];
}

}  // namespace aloft::model
