// JSON written straight into a string, for answers that are too large or too frequent to build documents for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::telemetry {

// Commas and colons come by themselves. The caller balances begin and end.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(double value);  // JSON has no NaN: null
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // Text that is JSON already.
  JsonWriter& raw(std::string_view json);
  std::string& out() { return out_; }

 private:
  void before_value();
  std::string& out_;
  bool comma_ = false;
};

}  // namespace aloft::telemetry
