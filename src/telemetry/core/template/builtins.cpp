// Go's predefined template functions.
#include <algorithm>
#include <compare>
#include <optional>

#include <fmt/format.h>

#include "telemetry/core/template/escape.h"
#include "telemetry/core/template/printf.h"
#include "telemetry/core/template/text_template.h"

namespace aloft::telemetry::templates {
namespace {

using Arguments = std::span<const Value>;

enum class Basic : std::uint8_t { none, boolean, integer, real, text };

Basic basic_kind(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean:
      return Basic::boolean;
    case Value::Kind::integer:
      return Basic::integer;
    case Value::Kind::real:
      return Basic::real;
    case Value::Kind::text:
      return Basic::text;
    default:
      return Basic::none;
  }
}

Result<bool> equal(const Value& a, const Value& b) {
  if (a.is_nil() || b.is_nil()) return a.is_nil() && b.is_nil();
  const Basic kind = basic_kind(a);
  if (kind != basic_kind(b)) return fail(Code::invalid, "incompatible types for comparison");
  switch (kind) {
    case Basic::boolean:
      return *a.if_bool() == *b.if_bool();
    case Basic::integer:
      return *a.if_int() == *b.if_int();
    case Basic::real:
      return *a.if_real() == *b.if_real();
    case Basic::text:
      return *a.if_text() == *b.if_text();
    case Basic::none:
      break;
  }
  if (a.if_time() != nullptr && b.if_time() != nullptr) return *a.if_time() == *b.if_time();
  return fail(Code::invalid, fmt::format("non-comparable type {}: {}", a.to_string(), a.type_name()));
}

Result<Value> eq(Arguments arguments) {
  if (arguments.size() < 2) return fail(Code::invalid, "missing argument for comparison");
  for (const Value& other : arguments.subspan(1)) {
    TRY(same, equal(arguments[0], other));
    if (same) return Value(true);
  }
  return Value(false);
}

Result<Value> ne(Arguments arguments) {
  TRY(same, equal(arguments[0], arguments[1]));
  return Value(!same);
}

Result<bool> less(const Value& a, const Value& b) {
  const Basic kind = basic_kind(a);
  const Basic other = basic_kind(b);
  if (kind == Basic::none || other == Basic::none || kind == Basic::boolean)
    return fail(Code::invalid, "invalid type for comparison");
  if (kind != other) return fail(Code::invalid, "incompatible types for comparison");
  if (kind == Basic::integer) return *a.if_int() < *b.if_int();
  if (kind == Basic::real) return *a.if_real() < *b.if_real();
  return *a.if_text() < *b.if_text();
}

Result<Value> lt(Arguments a) {
  TRY(result, less(a[0], a[1]));
  return Value(result);
}
Result<Value> le(Arguments a) {
  TRY(below, less(a[0], a[1]));
  TRY(same, equal(a[0], a[1]));
  return Value(below || same);
}
Result<Value> gt(Arguments a) {
  TRY(below, le(a));
  return Value(!*below.if_bool());
}
Result<Value> ge(Arguments a) {
  TRY(below, less(a[0], a[1]));
  return Value(!below);
}

// An index within a length; `end` allows the length itself, for slices.
Result<std::size_t> place(const Value& value, std::size_t length, bool end) {
  const auto* index = value.if_int();
  if (index == nullptr)
    return fail(Code::invalid, fmt::format("cannot index slice/array with type {}", value.type_name()));
  const std::size_t bound = length + (end ? 1 : 0);
  if (*index < 0 || static_cast<std::uint64_t>(*index) >= bound)
    return fail(Code::invalid, fmt::format("index out of range: {}", *index));
  return static_cast<std::size_t>(*index);
}

Result<Value> index(Arguments arguments) {
  Value value = arguments[0];
  for (const Value& key : arguments.subspan(1)) {
    if (value.is_nil()) return fail(Code::invalid, "index of untyped nil");
    if (const Map* map = value.if_map(); map != nullptr && value.missing() != Value::Missing::error) {
      const std::string* name = key.if_text();
      if (name == nullptr)
        return fail(Code::invalid, fmt::format("value has type {}; should be string", key.type_name()));
      const auto found = map->find(*name);
      Value next = found != map->end()                             ? found->second
                   : value.missing() == Value::Missing::empty_text ? Value("")
                                                                   : Value();
      value = std::move(next);
    } else if (const Record* record = value.if_record()) {
      const std::string* name = key.if_text();
      if (name == nullptr)
        return fail(Code::invalid, fmt::format("value has type {}; should be string", key.type_name()));
      value = Value(record->field(*name).value_or(std::string_view()));
    } else if (const List* list = value.if_list()) {
      TRY(at, place(key, list->size(), false));
      Value next = (*list)[at];
      value = std::move(next);
    } else if (const std::string* text = value.if_text()) {
      TRY(at, place(key, text->size(), false));
      value = Value(static_cast<std::int64_t>(static_cast<unsigned char>((*text)[at])));
    } else {
      return fail(Code::invalid, fmt::format("can't index item of type {}", value.type_name()));
    }
  }
  return value;
}

Result<Value> slice(Arguments arguments) {
  const Value& value = arguments[0];
  const List* list = value.if_list();
  const std::string* text = value.if_text();
  if (list == nullptr && text == nullptr)
    return fail(Code::invalid, fmt::format("can't slice item of type {}", value.type_name()));
  if (arguments.size() > (text != nullptr ? 3U : 4U))
    return fail(Code::invalid, text != nullptr
                                   ? "cannot 3-index slice a string"
                                   : fmt::format("too many slice indexes: {}", arguments.size() - 1));
  const std::size_t length = list != nullptr ? list->size() : text->size();
  std::size_t from = 0;
  std::size_t to = length;
  if (arguments.size() > 1) {
    TRY(at, place(arguments[1], length, true));
    from = at;
  }
  if (arguments.size() > 2) {
    TRY(at, place(arguments[2], length, true));
    to = at;
  }
  if (from > to) return fail(Code::invalid, fmt::format("invalid slice index: {} > {}", from, to));
  if (text != nullptr) return Value(std::string_view(*text).substr(from, to - from));
  const auto begin = list->begin();
  return Value::list(List(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)),
                     value.type_name());
}

Result<Value> length(Arguments arguments) {
  const Value& value = arguments[0];
  if (const auto* text = value.if_text()) return Value(static_cast<std::int64_t>(text->size()));
  if (const auto* list = value.if_list()) return Value(static_cast<std::int64_t>(list->size()));
  if (const auto* map = value.if_map(); map != nullptr && value.missing() != Value::Missing::error)
    return Value(static_cast<std::int64_t>(map->size()));
  if (value.is_nil()) return fail(Code::invalid, "len of nil pointer");
  return fail(Code::invalid, fmt::format("len of type {}", value.type_name()));
}

// The text that an escaper works on: the arguments as print writes them.
std::string joined(Arguments arguments) {
  if (arguments.size() == 1) return arguments[0].is_nil() ? "<no value>" : arguments[0].to_string();
  return print_go(arguments);
}

Functions make_builtin() {
  Functions table;
  const auto truth = [](bool wanted) {
    return [wanted](Arguments arguments) -> Result<Value> {
      for (const Value& value : arguments.first(arguments.size() - 1)) {
        if (value.truth() == wanted) return value;
      }
      return arguments.back();
    };
  };
  table.add("and", 1, Functions::any, truth(false));
  table.add("or", 1, Functions::any, truth(true));
  table.add("not", 1, 1, [](Arguments a) -> Result<Value> { return Value(!a[0].truth()); });
  table.add("eq", 1, Functions::any, eq);
  table.add("ne", 2, 2, ne);
  table.add("lt", 2, 2, lt);
  table.add("le", 2, 2, le);
  table.add("gt", 2, 2, gt);
  table.add("ge", 2, 2, ge);
  table.add("index", 1, Functions::any, index);
  table.add("slice", 1, Functions::any, slice);
  table.add("len", 1, 1, length);
  table.add("print", 0, Functions::any, [](Arguments a) -> Result<Value> { return Value(print_go(a)); });
  table.add("println", 0, Functions::any, [](Arguments a) -> Result<Value> { return Value(println_go(a)); });
  table.add("printf", 1, Functions::any, [](Arguments a) -> Result<Value> {
    TRY(format, text_argument("printf", a, 0));
    return Value(format_go(format, a.subspan(1)));
  });
  table.add("html", 0, Functions::any,
            [](Arguments a) -> Result<Value> { return Value(escape_html(joined(a))); });
  table.add("js", 0, Functions::any,
            [](Arguments a) -> Result<Value> { return Value(escape_js(joined(a))); });
  table.add("urlquery", 0, Functions::any,
            [](Arguments a) -> Result<Value> { return Value(escape_query(joined(a))); });
  table.add("call", 1, Functions::any, [](Arguments a) -> Result<Value> {
    return fail(Code::invalid, fmt::format("non-function of type {}", a[0].type_name()));
  });
  return table;
}

}  // namespace

const Functions& Functions::builtin() {
  static const Functions table = make_builtin();
  return table;
}

void Functions::add(std::string name, int least, int most, Function call) {
  entries_.insert_or_assign(std::move(name), Entry{std::move(call), least, most});
}

const Functions::Entry* Functions::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found != entries_.end() ? &found->second : nullptr;
}

void Methods::add(std::string_view type, std::string_view name, int least, int most, Function call) {
  types_[std::string(type)].add(std::string(name), least + 1, most == Functions::any ? most : most + 1,
                                std::move(call));
}

const Functions::Entry* Methods::find(std::string_view type, std::string_view name) const {
  const auto found = types_.find(type);
  return found != types_.end() ? found->second.find(name) : nullptr;
}

Result<std::string_view> text_argument(std::string_view function, std::span<const Value> arguments,
                                       std::size_t at) {
  if (const auto* text = arguments[at].if_text()) return std::string_view(*text);
  return fail(Code::invalid, fmt::format("wrong type for value; expected string; got {} (argument {} of {})",
                                         arguments[at].type_name(), at + 1, function));
}

Result<std::int64_t> int_argument(std::string_view function, std::span<const Value> arguments,
                                  std::size_t at) {
  if (const auto* whole = arguments[at].if_int()) return *whole;
  return fail(Code::invalid, fmt::format("wrong type for value; expected int; got {} (argument {} of {})",
                                         arguments[at].type_name(), at + 1, function));
}

}  // namespace aloft::telemetry::templates
