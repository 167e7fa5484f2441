// JSON patch: one operation after the other on a document of our own, so that a failure leaves nothing half
// done.
#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "model/patch.h"
#include "model/patch_text.h"

namespace aloft::model {
namespace {

constexpr std::size_t operation_limit = 10'000;
constexpr std::size_t copy_limit_bytes = 3 * 1024 * 1024;
constexpr std::size_t patched_depth_limit = 1000;
constexpr std::size_t measured_limit_bytes = 64 * 1024 * 1024;

// Why an operation does not apply; the caller adds which one.
using Outcome = Result<>;
std::unexpected<Error> refuse_operation(std::string why) { return fail(Code::invalid, std::move(why)); }

// "~1" is a slash and "~0" a tilde.
std::string unescape_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::string_view pair = token.substr(i, 2);
    if (pair == "~1" || pair == "~0") {
      out += pair == "~1" ? '/' : '~';
      ++i;
    } else {
      out += token[i];
    }
  }
  return out;
}

std::optional<std::int64_t> parse_index(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

// The position that a token names among `size` places; a negative one counts from the end.
Result<std::size_t> resolve_index(std::string_view token, std::size_t size) {
  const auto index = parse_index(token);
  if (!index) return refuse_operation(fmt::format("'{}' is not an array index", token));
  const auto places = static_cast<std::int64_t>(size);
  if (*index >= places || *index < -places)
    return refuse_operation(fmt::format("index {} is out of range", *index));
  return static_cast<std::size_t>(*index < 0 ? *index + places : *index);
}

struct Measure {
  std::size_t bytes = 0;
  std::size_t depth = 0;
};

Measure measure(const Value& value) {
  Measure out{8, 1};
  const auto include = [&](const Value& child) {
    const Measure inner = measure(child);
    out.bytes += inner.bytes;
    out.depth = std::max(out.depth, inner.depth + 1);
  };
  if (const auto* text = value.if_string()) out.bytes += text->size();
  if (const auto* array = value.if_array()) {
    for (const auto& child : *array) include(child);
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [name, child] : *object) {
      out.bytes += name.size();
      include(child);
    }
  }
  return out;
}

// Where a pointer leads: the container of the last token.
struct PointerTarget {
  Value* container = nullptr;
  std::string token;
};

class Patcher {
 public:
  explicit Patcher(Value& document) : document_(document) {}

  Outcome apply(const Object& operation) {
    const std::string kind = text_of(operation, "op").value_or("unknown");
    const auto path = text_of(operation, "path");
    if (kind != "add" && kind != "remove" && kind != "replace" && kind != "move" && kind != "test" &&
        kind != "copy") {
      return refuse_operation(fmt::format("unknown operation \"{}\"", kind));
    }
    if (!path) return refuse_operation("the path is missing");
    if (kind == "add") return add(*path, value_of(operation));
    if (kind == "remove") return remove(*path);
    if (kind == "replace") return replace(*path, operation.find("value"));
    if (kind == "test") return test(*path, value_of(operation));
    const auto from = text_of(operation, "from");
    if (!from) return refuse_operation("the member from is missing");
    return kind == "move" ? move(*from, *path) : copy(*from, *path);
  }

 private:
  static std::optional<std::string> text_of(const Object& operation, std::string_view name) {
    const Value* found = operation.find(name);
    const std::string* text = found != nullptr ? found->if_string() : nullptr;
    return text != nullptr ? std::optional(*text) : std::nullopt;
  }
  static Value value_of(const Object& operation) {
    const Value* found = operation.find("value");
    return found != nullptr ? *found : Value();
  }

  Result<PointerTarget> find(std::string_view pointer) {
    const auto missing = [&] { return refuse_operation(fmt::format("there is no path \"{}\"", pointer)); };
    std::size_t slash = pointer.find('/');
    if (slash == std::string_view::npos) return missing();
    PointerTarget place{&document_, {}};
    while (true) {
      const std::size_t next = pointer.find('/', slash + 1);
      place.token = unescape_token(pointer.substr(slash + 1, next - slash - 1));
      if (next == std::string_view::npos) break;
      const auto child = get(place);
      if (!child || *child == nullptr) return missing();
      place.container = *child;
      slash = next;
    }
    if (!place.container->is_object() && !place.container->is_array()) return missing();
    return place;
  }

  // Null when an object has no such member, which some operations allow.
  static Result<Value*> get(const PointerTarget& place) {
    if (auto* object = place.container->if_object()) return object->find(place.token);
    auto* array = place.container->if_array();
    if (array == nullptr) return refuse_operation("a scalar has no members");
    TRY(index, resolve_index(place.token, array->size()));
    return &(*array)[index];
  }

  static std::size_t depth_of(std::string_view pointer) {
    return static_cast<std::size_t>(std::count(pointer.begin(), pointer.end(), '/'));
  }

  // Refuses what would nest deeper than any other part of the program follows.
  Outcome check_depth(std::string_view path, const Value& value) {
    const Measure size = measure(value);
    measured_bytes_ += size.bytes;
    if (measured_bytes_ > measured_limit_bytes) return refuse_operation("the patch is too large");
    if (depth_of(path) + size.depth > patched_depth_limit)
      return refuse_operation("the document would be nested too deep");
    return {};
  }

  Outcome add(std::string_view path, Value value) {
    TRY_DO(check_depth(path, value));
    return insert(path, std::move(value));
  }

  Outcome insert(std::string_view path, Value value) {
    TRY(place, find(path));
    if (auto* object = place.container->if_object()) {
      object->set(place.token, std::move(value));
      return {};
    }
    Array& array = place.container->as_array();
    if (place.token == "-") {
      array.push_back(std::move(value));
      return {};
    }
    TRY(index, resolve_index(place.token, array.size() + 1));
    array.insert(array.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
    return {};
  }

  Outcome remove(std::string_view path) {
    TRY(place, find(path));
    if (auto* object = place.container->if_object()) {
      if (object->erase(place.token)) return {};
      return refuse_operation(fmt::format("there is no member \"{}\"", place.token));
    }
    Array& array = place.container->as_array();
    TRY(index, resolve_index(place.token, array.size()));
    array.erase(array.begin() + static_cast<std::ptrdiff_t>(index));
    return {};
  }

  Outcome replace(std::string_view path, const Value* value) {
    if (path.empty()) {
      if (value == nullptr || !(value->is_object() || value->is_array())) {
        return refuse_operation("the whole document can only be replaced by an object or an array");
      }
      document_ = *value;
      return {};
    }
    TRY(place, find(path));
    Value replacement = value != nullptr ? *value : Value();
    TRY_DO(check_depth(path, replacement));
    if (auto* object = place.container->if_object()) {
      object->set(place.token, std::move(replacement));
      return {};
    }
    TRY(target, get(place));
    *target = std::move(replacement);
    return {};
  }

  Outcome test(std::string_view path, const Value& expected) {
    if (path.empty()) return document_ == expected ? Outcome() : refuse_operation("the test failed");
    TRY(place, find(path));
    TRY(found, get(place));
    if (found == nullptr ? expected.is_null() : *found == expected) return {};
    return refuse_operation("the test failed");
  }

  Outcome move(std::string_view from, std::string_view path) {
    if (path.size() > from.size() && path.starts_with(from) && path[from.size()] == '/') {
      return refuse_operation("a value cannot be moved into itself");
    }
    TRY(place, find(from));
    TRY(source, get(place));
    if (source == nullptr) return refuse_operation(fmt::format("there is no member \"{}\"", place.token));
    Value value = std::move(*source);
    TRY_DO(remove(from));
    return depth_of(path) > depth_of(from) ? add(path, std::move(value)) : insert(path, std::move(value));
  }

  Outcome copy(std::string_view from, std::string_view path) {
    TRY(place, find(from));
    TRY(source, get(place));
    if (source == nullptr) return add(path, Value());
    copied_bytes_ += measure(*source).bytes;
    if (copied_bytes_ > copy_limit_bytes) return refuse_operation("the copies are too large together");
    return add(path, Value(*source));
  }

  Value& document_;
  std::size_t copied_bytes_ = 0;
  std::size_t measured_bytes_ = 0;
};

}  // namespace

Result<Value> apply_json_patch(Value target, const Value& patch) {
  const Array* operations = patch.if_array();
  if (operations == nullptr && !patch.is_null()) {
    return fail(
        Code::bad_request,
        fmt::format("json: cannot unmarshal {} into Go value of type jsonpatch.Patch", go_json_type(patch)));
  }
  if (operations == nullptr) return target;
  for (const auto& operation : *operations) {
    if (operation.is_object() || operation.is_null()) continue;
    return fail(Code::bad_request,
                fmt::format("json: cannot unmarshal {} into Go value of type jsonpatch.Operation",
                            go_json_type(operation)));
  }
  if (operations->size() > operation_limit) {
    return fail(Code::too_large, fmt::format("The allowed maximum operations in a JSON patch is {}, got {}",
                                             operation_limit, operations->size()));
  }
  Patcher patcher(target);
  const Object nothing;
  for (std::size_t i = 0; i < operations->size(); ++i) {
    const Object* operation = (*operations)[i].if_object();
    const Outcome outcome = patcher.apply(operation != nullptr ? *operation : nothing);
    if (outcome) continue;
    Error error(Code::invalid, "the server rejected our request due to an error in our request");
    const std::string_view kind = (*operations)[i].text_at("op");
    const std::string_view path = (*operations)[i].text_at("path");
    error.with_cause({"FieldValueInvalid", fmt::format("{} {}: {}", kind, path, outcome.error().message()),
                      fmt::format("[{}]", i)});
    return fail(std::move(error));
  }
  return target;
}

}  // namespace aloft::model
