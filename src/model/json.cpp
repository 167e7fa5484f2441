// JSON text to documents and back.
#include "model/json.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "model/document_place.h"
#include "model/json_scanner.h"
#include "model/json_text.h"
#include "model/key_index.h"

namespace aloft::model {
namespace {

class JsonParser {
 public:
  JsonParser(std::string_view text, const ParseOptions& options)
      : scanner_(text, options.depth_limit), options_(options) {}

  Result<Value> parse() {
    Value value;
    const DocumentPlace root;
    if (!parse_value(value, root)) return aloft::fail(scanner_.error());
    if (!scanner_.at_end()) {
      scanner_.fail("invalid character after top-level value");
      return aloft::fail(scanner_.error());
    }
    return value;
  }

 private:
  bool parse_value(Value& out, const DocumentPlace& place) {
    const char c = scanner_.peek();
    switch (c) {
      case '{':
        return parse_object(out, place);
      case '[':
        return parse_array(out, place);
      case '"': {
        std::string_view text;
        if (!scanner_.string(text, storage_)) return false;
        out = Value(text);
        return true;
      }
      case 't':
        out = Value(true);
        return scanner_.word("true");
      case 'f':
        out = Value(false);
        return scanner_.word("false");
      case 'n':
        return scanner_.word("null");
      default:
        break;
    }
    if (c != '-' && (c < '0' || c > '9'))
      return scanner_.fail("invalid character looking for the beginning of a value");
    JsonScanner::Number number;
    if (!scanner_.number(number)) return false;
    out = number.is_int ? Value(number.integer) : Value(number.real);
    return true;
  }

  // Members gather on one stack for the whole document, so that each object is allocated once, at its size.
  bool parse_object(Value& out, const DocumentPlace& place) {
    scanner_.take('{');
    if (!scanner_.enter()) return false;
    const std::size_t base = members_.size();
    KeyIndex keys;
    if (!scanner_.take('}')) {
      do {
        if (scanner_.peek() != '"') return scanner_.fail("expected a string as the name of a member");
        std::string_view key_text;
        if (!scanner_.string(key_text, storage_)) return false;
        std::string key(key_text);
        if (!scanner_.expect(':', "expected ':'")) return false;
        const DocumentPlace here{&place, key};
        const std::size_t earlier = keys.find_or_add(members_, base, key);
        Value value;
        if (!parse_value(value, here)) return false;
        if (earlier == KeyIndex::none) {
          members_.emplace_back(std::move(key), std::move(value));
        } else {
          if (options_.duplicates != nullptr) options_.duplicates->push_back(here.to_string());
          members_[earlier].second = std::move(value);
        }
      } while (scanner_.take(','));
      if (!scanner_.expect('}', "expected ',' or '}'")) return false;
    }
    scanner_.leave();
    Object object;
    object.reserve(members_.size() - base);
    for (std::size_t i = base; i < members_.size(); ++i) {
      object.append(std::move(members_[i].first), std::move(members_[i].second));
    }
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(base), members_.end());
    out = Value(std::move(object));
    return true;
  }

  bool parse_array(Value& out, const DocumentPlace& place) {
    scanner_.take('[');
    if (!scanner_.enter()) return false;
    const std::size_t base = elements_.size();
    if (!scanner_.take(']')) {
      DocumentPlace here{&place, {}, 0};
      do {
        Value element;
        if (!parse_value(element, here)) return false;
        elements_.push_back(std::move(element));
        ++here.index;
      } while (scanner_.take(','));
      if (!scanner_.expect(']', "expected ',' or ']'")) return false;
    }
    scanner_.leave();
    const auto first = elements_.begin() + static_cast<std::ptrdiff_t>(base);
    out = Value(Array(std::make_move_iterator(first), std::make_move_iterator(elements_.end())));
    elements_.erase(first, elements_.end());
    return true;
  }

  JsonScanner scanner_;
  const ParseOptions& options_;
  std::string storage_;
  std::vector<Object::Member> members_;
  Array elements_;
};

void append_pretty(std::string& out, const Value& value, std::size_t indent) {
  const auto new_line = [&](std::size_t by) { out.append("\n").append(by, ' '); };
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    std::vector<const Object::Member*> sorted;
    for (const auto& member : *object) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
    char separator = '{';
    for (const auto* member : sorted) {
      out += separator;
      new_line(indent + 2);
      append_json_string(out, member->first);
      out += ": ";
      append_pretty(out, member->second, indent + 2);
      separator = ',';
    }
    new_line(indent);
    out += '}';
  } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
    char separator = '[';
    for (const Value& element : *array) {
      out += separator;
      new_line(indent + 2);
      append_pretty(out, element, indent + 2);
      separator = ',';
    }
    new_line(indent);
    out += ']';
  } else {
    append_json(out, value);
  }
}

}  // namespace

Result<Value> parse_json(std::string_view text, const ParseOptions& options) {
  return JsonParser(text, options).parse();
}

void append_json(std::string& out, const Value& value) {
  if (const auto* text = value.if_string()) {
    append_json_string(out, *text);
  } else if (const auto* integer = value.if_int()) {
    append_json_integer(out, *integer);
  } else if (const auto* real = value.if_double()) {
    append_json_double(out, *real);
  } else if (const auto* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else if (const auto* object = value.if_object()) {
    const char* separator = "{";
    for (const auto& [key, member] : *object) {
      out += separator;
      append_json_string(out, key);
      out += ':';
      append_json(out, member);
      separator = ",";
    }
    out += object->empty() ? "{}" : "}";
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i != 0) out += ',';
      append_json(out, (*array)[i]);
    }
    out += ']';
  } else {
    out += "null";
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_pretty_json(const Value& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out += '\n';
}

}  // namespace aloft::model
