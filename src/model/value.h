// A document: any JSON value, as patches, merges and custom resources handle it. Short-lived; stores keep
// text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace aloft::model {

class Value;
using Array = std::vector<Value>;

// Members in order of insertion; look-up is linear, which is quickest at the sizes objects have. Keys are
// unique.
class Object {
 public:
  using Member = std::pair<std::string, Value>;
  Object() = default;
  Object(std::initializer_list<Member> members);
  Value* find(std::string_view key);
  const Value* find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  // The member's value, made null when missing.
  Value& operator[](std::string_view key);
  void set(std::string_view key, Value value);
  // Adds without looking whether the key is there; for decoders that have checked.
  Value& append(std::string key, Value value);
  bool erase(std::string_view key);
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  void reserve(std::size_t n);
  std::vector<Member>::iterator begin();
  std::vector<Member>::iterator end();
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  // Equal when the same keys have equal values, in any order.
  bool operator==(const Object& other) const;

 private:
  std::vector<Member> members_;
};

// Numbers are int64 when the text is an integer that fits, double otherwise. Strings are UTF-8.
class Value {
 public:
  Value() = default;
  // NOLINTBEGIN(google-explicit-constructor): documents are written down as they read
  Value(std::nullptr_t) {}
  Value(bool v) : data_(v) {}
  Value(int v) : data_(std::int64_t{v}) {}
  Value(std::int64_t v) : data_(v) {}
  Value(double v) : data_(v) {}
  Value(const char* v) : data_(std::string(v)) {}
  Value(const void*) = delete;  // a pointer would pass for a boolean
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(std::string v) : data_(std::move(v)) {}
  Value(Array v) : data_(std::move(v)) {}
  Value(Object v) : data_(std::move(v)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_double() const { return std::holds_alternative<double>(data_); }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  // Null when the value is of another type.
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* if_double() const { return std::get_if<double>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const Array* if_array() const { return std::get_if<Array>(&data_); }
  const Object* if_object() const { return std::get_if<Object>(&data_); }
  std::string* if_string() { return std::get_if<std::string>(&data_); }
  Array* if_array() { return std::get_if<Array>(&data_); }
  Object* if_object() { return std::get_if<Object>(&data_); }

  // The value must be of that type (ensure).
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;  // an int counts
  const std::string& as_string() const;
  const Array& as_array() const;
  const Object& as_object() const;
  Array& as_array();
  Object& as_object();

  // Walks members by name: value.at("metadata", "name"). Null when anything on the way is missing or no
  // object.
  template <class... Keys>
  const Value* at(std::string_view key, Keys... rest) const {
    const Object* object = if_object();
    const Value* member = object != nullptr ? object->find(key) : nullptr;
    if constexpr (sizeof...(rest) == 0) {
      return member;
    } else {
      return member != nullptr ? member->at(rest...) : nullptr;
    }
  }
  template <class... Keys>
  Value* at(std::string_view key, Keys... rest) {
    return const_cast<Value*>(std::as_const(*this).at(key, rest...));
  }
  // The string at a path; empty when there is none.
  template <class... Keys>
  std::string_view text_at(std::string_view key, Keys... rest) const {
    const Value* found = at(key, rest...);
    const std::string* text = found != nullptr ? found->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
  }
  // Numbers compare by value: 1 == 1.0.
  bool operator==(const Value& other) const;
  // "null", "boolean", "number", "string", "array", "object"; for messages.
  std::string_view type_name() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

inline std::size_t Object::size() const { return members_.size(); }
inline void Object::reserve(std::size_t n) { members_.reserve(n); }
inline std::vector<Object::Member>::iterator Object::begin() { return members_.begin(); }
inline std::vector<Object::Member>::iterator Object::end() { return members_.end(); }
inline std::vector<Object::Member>::const_iterator Object::begin() const { return members_.begin(); }
inline std::vector<Object::Member>::const_iterator Object::end() const { return members_.end(); }

}  // namespace aloft::model
