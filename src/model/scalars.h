// The scalar types of the Kubernetes API that are more than a C++ type: times, int-or-string, raw JSON,
// boxes.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"
#include "base/time.h"

namespace aloft::model {

// metav1.Time: whole seconds on the wire, `null` when unset (as distinct from a missing optional<Timestamp>).
struct Timestamp {
  static constexpr std::int64_t unset = std::numeric_limits<std::int64_t>::min();
  std::int64_t seconds = unset;  // since 1970
  std::int32_t nanos = 0;
  Timestamp() = default;
  Timestamp(WallTime time);  // NOLINT(google-explicit-constructor)
  bool is_set() const { return seconds != unset; }
  WallTime time() const;  // ensure(is_set())
  auto operator<=>(const Timestamp&) const = default;
};

// metav1.MicroTime: the same with microseconds on the wire.
struct MicroTimestamp : Timestamp {
  using Timestamp::Timestamp;
};

// RFC 3339 in UTC: 2026-01-02T03:04:05Z, and with six decimals. The time must be set.
void append_time_seconds(std::string& out, const Timestamp& time);
void append_time_micros(std::string& out, const Timestamp& time);
// Any RFC 3339 time of the years 0 to 9999. The first instant of year 1 is Go's zero time and reads as unset.
// Error: bad_request in the words of Go's time package.
Result<Timestamp> parse_timestamp(std::string_view text);

// metav1.Duration: a Go duration string in JSON, {1: nanoseconds} in protobuf.
struct ApiDuration {
  Duration value{};
  auto operator<=>(const ApiDuration&) const = default;
};

// A port number or a port name, a count or a percentage.
class IntOrString {
 public:
  IntOrString() = default;
  // NOLINTBEGIN(google-explicit-constructor): either is written down as it reads
  IntOrString(std::int32_t v) : data_(v) {}
  IntOrString(std::string v) : data_(std::move(v)) {}
  IntOrString(const char* v) : data_(std::string(v)) {}
  // NOLINTEND(google-explicit-constructor)
  bool is_int() const { return std::holds_alternative<std::int32_t>(data_); }
  std::int32_t as_int() const { return std::get<std::int32_t>(data_); }
  const std::string& as_string() const { return std::get<std::string>(data_); }
  // "80" or "http".
  std::string to_string() const;
  // A count out of `total`: an int is itself, "25%" a share rounded as told. Error: invalid for other
  // strings.
  enum class Rounding { up, down };
  Result<std::int64_t> scaled(std::int64_t total, Rounding rounding) const;
  bool operator==(const IntOrString&) const = default;

 private:
  std::variant<std::int32_t, std::string> data_ = 0;
};

// JSON that is carried, not understood (RawExtension, FieldsV1, ControllerRevision.data): compact text, empty
// when unset.
struct RawJson {
  std::string text;
  bool operator==(const RawJson&) const = default;
};

// An optional value on the heap with value semantics: for members that are large and mostly absent (the
// thirty sources of a volume), and for types that contain themselves.
template <class T>
class Box {
 public:
  Box() = default;
  // NOLINTBEGIN(google-explicit-constructor): as std::optional does
  Box(std::nullptr_t) {}
  Box(T value) : pointer_(std::make_unique<T>(std::move(value))) {}
  // NOLINTEND(google-explicit-constructor)
  Box(const Box& other) : pointer_(other ? std::make_unique<T>(*other) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) pointer_ = other ? std::make_unique<T>(*other) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  T& emplace() { return *(pointer_ = std::make_unique<T>()); }
  void reset() { pointer_.reset(); }
  bool has_value() const { return pointer_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *pointer_; }
  const T& operator*() const { return *pointer_; }
  T* operator->() { return pointer_.get(); }
  const T* operator->() const { return pointer_.get(); }
  bool operator==(const Box& other) const {
    return has_value() == other.has_value() && (!has_value() || **this == *other);
  }

 private:
  std::unique_ptr<T> pointer_;
};

}  // namespace aloft::model
