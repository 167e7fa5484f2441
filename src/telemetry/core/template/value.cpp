// Kinds, truth and printing of template values.
#include "telemetry/core/template/value.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "telemetry/core/template/time_layout.h"

namespace aloft::telemetry::templates {

Value Value::list(List items, std::string_view type) {
  Value value;
  value.data_ = std::make_shared<const List>(std::move(items));
  value.type_ = type;
  return value;
}

Value Value::map(Map members, Missing missing, std::string_view type) {
  Value value;
  value.data_ = std::make_shared<const Map>(std::move(members));
  value.type_ = type;
  value.missing_ = missing;
  return value;
}

Value Value::record(const Record& fields) {
  Value value;
  value.data_ = &fields;
  return value;
}

Value Value::safe_html(std::string text) {
  Value value(std::move(text));
  value.safe_html_ = true;
  return value;
}

const List* Value::if_list() const {
  const auto* shared = std::get_if<std::shared_ptr<const List>>(&data_);
  return shared != nullptr ? shared->get() : nullptr;
}

const Map* Value::if_map() const {
  const auto* shared = std::get_if<std::shared_ptr<const Map>>(&data_);
  return shared != nullptr ? shared->get() : nullptr;
}

const Record* Value::if_record() const {
  const auto* held = std::get_if<const Record*>(&data_);
  return held != nullptr ? *held : nullptr;
}

double Value::as_number() const {
  if (const auto* whole = if_int()) return static_cast<double>(*whole);
  if (const auto* real = if_real()) return *real;
  return 0;
}

std::string_view Value::type_name() const {
  if (!type_.empty()) return type_;
  switch (kind()) {
    case Kind::nil:
      return "<nil>";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::real:
      return "float64";
    case Kind::text:
      return safe_html_ ? "template.HTML" : "string";
    case Kind::list:
      return "[]interface {}";
    case Kind::map:
    case Kind::record:
      return "map[string]string";
    case Kind::time:
      return "time.Time";
  }
  return "";
}

bool Value::truth() const {
  switch (kind()) {
    case Kind::nil:
      return false;
    case Kind::boolean:
      return *if_bool();
    case Kind::integer:
      return *if_int() != 0;
    case Kind::real:
      return *if_real() != 0;
    case Kind::text:
      return !if_text()->empty();
    case Kind::list:
      return !if_list()->empty();
    case Kind::map:
      return missing_ == Missing::error || !if_map()->empty();
    case Kind::record:
    case Kind::time:
      return true;
  }
  return false;
}

std::string Value::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

void Value::append_to(std::string& out, std::size_t limit) const {
  if (out.size() > limit) return;
  switch (kind()) {
    case Kind::nil:
      out += "<nil>";
      return;
    case Kind::boolean:
      out += *if_bool() ? "true" : "false";
      return;
    case Kind::integer:
      out += std::to_string(*if_int());
      return;
    case Kind::real:
      out += format_go_float(*if_real());
      return;
    case Kind::text:
      out += *if_text();
      return;
    case Kind::list: {
      out += '[';
      bool first = true;
      for (const Value& item : *if_list()) {
        if (!std::exchange(first, false)) out += ' ';
        item.append_to(out, limit);
        if (out.size() > limit) return;
      }
      out += ']';
      return;
    }
    case Kind::map: {
      const bool structure = missing_ == Missing::error;
      out += structure ? "{" : "map[";
      bool first = true;
      for (const auto& [key, member] : *if_map()) {
        if (!std::exchange(first, false)) out += ' ';
        if (!structure) out.append(key).append(":");
        member.append_to(out, limit);
        if (out.size() > limit) return;
      }
      out += structure ? '}' : ']';
      return;
    }
    case Kind::record:
      out += "map[]";
      return;
    case Kind::time:
      out += format_go_time(*if_time(), "2006-01-02 15:04:05.999999999 -0700 MST");
      return;
  }
}

namespace {

// to_chars writes "1e+06" as Go does, with two digits at least in the exponent.
std::string shortest(double value, std::chars_format format) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, format);
  return std::string(buffer, end.ptr);
}

std::string with_precision(double value, std::chars_format format, int precision) {
  std::string out(static_cast<std::size_t>(400 + precision), '\0');
  const auto end = std::to_chars(out.data(), out.data() + out.size(), value, format, precision);
  out.resize(static_cast<std::size_t>(end.ptr - out.data()));
  return out;
}

}  // namespace

std::string format_go_float(double value) { return format_go_float(value, 'g', -1); }

std::string format_go_float(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const bool upper = verb == 'E' || verb == 'G';
  std::string out;
  if (verb == 'f' || verb == 'F') {
    out = precision < 0 ? shortest(value, std::chars_format::fixed)
                        : with_precision(value, std::chars_format::fixed, precision);
  } else if (verb == 'e' || verb == 'E') {
    out = precision < 0 ? shortest(value, std::chars_format::scientific)
                        : with_precision(value, std::chars_format::scientific, precision);
  } else if (precision >= 0) {
    out = with_precision(value, std::chars_format::general, precision == 0 ? 1 : precision);
  } else {
    const std::string exponential = shortest(value, std::chars_format::scientific);
    const std::size_t e = exponential.find('e');
    const int exponent = value == 0 ? 0 : std::stoi(exponential.substr(e + 1));
    out = exponent < -4 || exponent >= 6 ? exponential : shortest(value, std::chars_format::fixed);
  }
  if (upper) {
    for (char& c : out) {
      if (c == 'e') c = 'E';
    }
  }
  return out;
}

}  // namespace aloft::telemetry::templates
