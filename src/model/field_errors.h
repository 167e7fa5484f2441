// What is wrong with an object, field by field, in the words and the shape of upstream's validation:
//   spec.replicas: Invalid value: -1: must be greater than or equal to 0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::model {

// A place in an object, extended on the way down without allocating until it is printed. Lives on the stack
// of the validators; a child must not outlive its parent.
class FieldPath {
 public:
  explicit FieldPath(std::string_view root) : name_(root) {}
  FieldPath child(std::string_view name) const { return FieldPath(this, name); }
  FieldPath index(std::size_t i) const { return FieldPath(this, i); }
  FieldPath key(std::string_view k) const { return FieldPath(this, k, true); }
  std::string to_string() const;  // spec.containers[0].env, metadata.labels[a/b]

 private:
  FieldPath(const FieldPath* parent, std::string_view name) : parent_(parent), name_(name) {}
  FieldPath(const FieldPath* parent, std::size_t i) : parent_(parent), index_(i), form_(Form::index) {}
  FieldPath(const FieldPath* parent, std::string_view k, bool)
      : parent_(parent), name_(k), form_(Form::key) {}
  enum class Form { name, index, key };
  const FieldPath* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
  Form form_ = Form::name;
};

// Collects causes. The messages follow k8s.io/apimachinery/pkg/util/validation/field.
class FieldErrors {
 public:
  // "Required value" or "Required value: detail".
  void required(const FieldPath& path, std::string_view detail = {});
  // `value` as it prints in the message: strings quoted, numbers bare, objects as compact JSON.
  void invalid(const FieldPath& path, std::string_view value_text, std::string_view detail);
  void invalid_string(const FieldPath& path, std::string_view value, std::string_view detail);  // quotes
  void invalid_int(const FieldPath& path, std::int64_t value, std::string_view detail);
  void not_supported(const FieldPath& path, std::string_view value,
                     const std::vector<std::string>& supported);
  // The same with the value as it shall print (a list).
  void not_supported_text(const FieldPath& path, std::string_view value_text,
                          const std::vector<std::string>& supported);
  void duplicate(const FieldPath& path, std::string_view value);
  void forbidden(const FieldPath& path, std::string_view detail);
  void too_long(const FieldPath& path, std::string_view value, std::size_t limit);
  void too_many(const FieldPath& path, std::size_t count, std::size_t limit);
  void not_found(const FieldPath& path, std::string_view value);
  void internal(const FieldPath& path, std::string_view detail);

  // Any other form of message, such as a duplicate that is no string.
  void add(const FieldPath& path, std::string_view reason, std::string message);

  bool empty() const { return causes_.empty(); }
  const std::vector<Cause>& causes() const { return causes_; }
  // One text for all: `field: message` or `[field: message, field: message]`.
  std::string to_string() const;

 private:
  std::vector<Cause> causes_;
};

}  // namespace aloft::model
