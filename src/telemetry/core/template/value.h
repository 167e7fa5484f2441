// What a text template computes with: a small dynamic value with the printing rules of Go, so that
// annotations, notifications and line formats written for Go's text/template read the same here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace aloft::telemetry::templates {

class Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;

// Fields that are looked up one by one and need not be gathered beforehand (the labels of a log line). Lives
// as long as the execution.
class Record {
 public:
  virtual ~Record() = default;
  // Nothing: there is no such field; it then reads as the empty string.
  virtual std::optional<std::string_view> field(std::string_view name) const = 0;
};

// A value; copying shares lists and maps, which never change.
class Value {
 public:
  enum class Kind : std::uint8_t { nil, boolean, integer, real, text, list, map, record, time };
  // How a map answers for a key that it does not hold.
  enum class Missing : std::uint8_t {
    empty_text,  // map[string]string: the empty string
    nil,         // map[string]any: nil, which prints as <no value>
    error        // a struct: the template fails
  };

  Value() = default;
  // Whatever a template can hold stands for itself: these conversions are meant.
  // NOLINTBEGIN(google-explicit-constructor)
  Value(bool v) : data_(v) {}
  Value(int v) : data_(std::int64_t{v}) {}
  Value(std::int64_t v) : data_(v) {}
  Value(double v) : data_(v) {}
  Value(std::string v) : data_(std::move(v)) {}
  Value(std::string_view v) : data_(std::string(v)) {}
  Value(const char* v) : data_(std::string(v)) {}
  Value(WallTime v) : data_(v) {}
  // NOLINTEND(google-explicit-constructor)
  Value(const void*) = delete;
  // `type` names the Go type in messages and finds methods; it must be a literal.
  static Value list(List items, std::string_view type = "[]interface {}");
  static Value map(Map members, Missing missing = Missing::empty_text,
                   std::string_view type = "map[string]string");
  static Value record(const Record& fields);
  // Text that is HTML already and is not escaped again.
  static Value safe_html(std::string text);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is_nil() const { return kind() == Kind::nil; }
  bool is_number() const { return kind() == Kind::integer || kind() == Kind::real; }
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* if_int() const { return std::get_if<std::int64_t>(&data_); }
  const double* if_real() const { return std::get_if<double>(&data_); }
  const std::string* if_text() const { return std::get_if<std::string>(&data_); }
  const WallTime* if_time() const { return std::get_if<WallTime>(&data_); }
  const List* if_list() const;
  const Map* if_map() const;
  const Record* if_record() const;
  Missing missing() const { return missing_; }
  bool is_safe_html() const { return safe_html_; }
  // The number as a double; of nothing else than numbers.
  double as_number() const;
  // Go's name of the type: "string", "int", "float64", "map[string]string", ...
  std::string_view type_name() const;
  // Go's idea of truth: not false, 0, "", empty or nil.
  bool truth() const;
  // As fmt.Print writes it.
  std::string to_string() const;
  // Stops soon after `out` has grown beyond `limit` bytes.
  void append_to(std::string& out, std::size_t limit = 1 << 24) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Map>, const Record*, WallTime>
      data_;
  std::string_view type_;
  Missing missing_ = Missing::empty_text;
  bool safe_html_ = false;
};

// A float as Go's %v prints it: the shortest form, with an exponent below 1e-04 and from 1e+06 on.
std::string format_go_float(double value);
// strconv.FormatFloat with a verb of e, E, f, g, G and a precision; -1 is the shortest.
std::string format_go_float(double value, char verb, int precision);

}  // namespace aloft::telemetry::templates
