// YAML into documents, over libyaml's events.
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <yaml.h>

#include "base/bytes.h"
#include "model/document_place.h"
#include "model/key_index.h"
#include "model/yaml.h"
#include "model/yaml_scalar.h"

namespace aloft::model {
namespace {

// How much all aliases of a stream together may add, in nodes and bytes of text, beside a share of the text's
// size.
constexpr std::size_t expansion_allowance = 200'000;
constexpr std::size_t expansion_factor = 10;

std::size_t weight_of(const Value& value) {
  std::size_t weight = 1;
  if (const auto* text = value.if_string()) weight += text->size();
  if (const auto* array = value.if_array()) {
    for (const Value& element : *array) weight += weight_of(element);
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) weight += key.size() + weight_of(member);
  }
  return weight;
}

std::string_view view(const yaml_char_t* text) {
  return text != nullptr ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

// One event, freed when it goes.
struct Event {
  yaml_event_t raw{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }
  yaml_event_type_t type() const { return raw.type; }
};

class Reader {
 public:
  Reader(std::string_view text, const ParseOptions& options)
      : options_(options), allowance_(expansion_allowance + expansion_factor * text.size()) {
    if (yaml_parser_initialize(&parser_) == 0) std::abort();  // out of memory
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  // The next document; nothing at the end of the stream.
  Result<std::optional<Value>> next_document() {
    for (;;) {
      Event event;
      TRY_DO(next(event));
      if (event.type() == YAML_STREAM_END_EVENT) return std::optional<Value>();
      if (event.type() != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event root;
      TRY_DO(next(root));
      TRY(value, node(root, DocumentPlace(), 0));
      return std::optional<Value>(std::move(value));
    }
  }

 private:
  Result<> next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) != 0) return {};
    // libyaml gives the place of a wrong byte as an offset only.
    const bool at_mark = parser_.error != YAML_READER_ERROR;
    std::string what = parser_.problem != nullptr ? parser_.problem : "malformed";
    if (!at_mark)
      return fail(Code::bad_request, fmt::format("yaml: offset {}: {}", parser_.problem_offset, what));
    return error_at(parser_.problem_mark, what);
  }
  static std::unexpected<Error> error_at(const yaml_mark_t& mark, std::string_view what) {
    return fail(Code::bad_request,
                fmt::format("yaml: line {}: column {}: {}", mark.line + 1, mark.column + 1, what));
  }

  Result<Value> node(const Event& event, const DocumentPlace& place, std::size_t depth) {
    if (depth > options_.depth_limit) return error_at(event.raw.start_mark, "exceeded max depth");
    switch (event.type()) {
      case YAML_SCALAR_EVENT: {
        TRY(value, scalar(event));
        remember(event.raw.data.scalar.anchor, value);
        return value;
      }
      case YAML_SEQUENCE_START_EVENT:
        return sequence(event, place, depth);
      case YAML_MAPPING_START_EVENT:
        return mapping(event, place, depth);
      case YAML_ALIAS_EVENT:
        return alias(event);
      default:
        return error_at(event.raw.start_mark, "expected a value");
    }
  }

  void remember(const yaml_char_t* anchor, const Value& value) {
    if (anchor != nullptr) anchors_[std::string(view(anchor))] = {value, weight_of(value)};
  }

  Result<Value> alias(const Event& event) {
    const std::string name(view(event.raw.data.alias.anchor));
    if (open_anchors_.contains(name)) {
      return error_at(event.raw.start_mark, fmt::format("anchor '{}' value contains itself", name));
    }
    const auto found = anchors_.find(name);
    if (found == anchors_.end())
      return error_at(event.raw.start_mark, fmt::format("unknown anchor '{}' referenced", name));
    const auto& [value, weight] = found->second;
    if (weight > allowance_) return error_at(event.raw.start_mark, "document contains excessive aliasing");
    allowance_ -= weight;
    return value;
  }

  Result<Value> scalar(const Event& event) {
    const auto& raw = event.raw.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(raw.value), raw.length);
    const std::string_view tag = view(raw.tag);
    if (tag.empty() && raw.plain_implicit == 0) return Value(text);
    constexpr std::string_view prefix = "tag:yaml.org,2002:";
    const std::string_view type = tag.starts_with(prefix) ? tag.substr(prefix.size())
                                  : tag.empty()           ? ""
                                                          : "str";
    if (type == "str") return Value(text);
    if (type == "binary") {
      std::string bytes;
      if (!base64_decode(text, bytes))
        return error_at(event.raw.start_mark, "!!binary value contains invalid base64 data");
      if (!is_utf8(bytes)) return error_at(event.raw.start_mark, "!!binary value is no text");
      return Value(std::move(bytes));
    }
    YamlScalar resolved = resolve_yaml_scalar(text);
    using Tag = YamlScalar::Tag;
    const bool fits = type.empty() || (type == "null" && resolved.tag == Tag::null) ||
                      (type == "bool" && resolved.tag == Tag::boolean) ||
                      (type == "int" && resolved.tag == Tag::integer) ||
                      (type == "float" && (resolved.tag == Tag::real || resolved.tag == Tag::integer)) ||
                      (type == "timestamp" && resolved.tag == Tag::timestamp);
    const bool known =
        type == "null" || type == "bool" || type == "int" || type == "float" || type == "timestamp";
    if (known && !fits)
      return error_at(event.raw.start_mark, fmt::format("cannot decode `{}` as a !!{}", text, type));
    if (!fits || resolved.tag == Tag::string || resolved.tag == Tag::merge ||
        resolved.tag == Tag::timestamp) {
      return Value(text);
    }
    if (resolved.tag == Tag::real && !std::isfinite(*resolved.value.if_double())) {
      return error_at(event.raw.start_mark, fmt::format("{} is no number of JSON", text));
    }
    return std::move(resolved.value);
  }

  Result<Value> sequence(const Event& start, const DocumentPlace& place, std::size_t depth) {
    const std::string anchor = open_anchor(start.raw.data.sequence_start.anchor);
    Array array;
    for (DocumentPlace here{&place, {}, 0};; ++here.index) {
      Event event;
      TRY_DO(next(event));
      if (event.type() == YAML_SEQUENCE_END_EVENT) break;
      TRY(element, node(event, here, depth + 1));
      array.push_back(std::move(element));
    }
    return close_anchor(anchor, Value(std::move(array)));
  }

  Result<Value> mapping(const Event& start, const DocumentPlace& place, std::size_t depth) {
    const std::string anchor = open_anchor(start.raw.data.mapping_start.anchor);
    KeyIndex::Members members;
    KeyIndex keys;
    std::vector<Value> merged;
    for (;;) {
      Event event;
      TRY_DO(next(event));
      if (event.type() == YAML_MAPPING_END_EVENT) break;
      const bool merge = is_merge(event);
      TRY(key, merge ? Result<std::string>() : key_text(event, depth));
      const DocumentPlace here{&place, key};
      Event value_event;
      TRY_DO(next(value_event));
      TRY(value, node(value_event, here, depth + 1));
      if (merge) {
        TRY_DO(add_merged(std::move(value), value_event, merged));
        continue;
      }
      const std::size_t earlier = keys.find_or_add(members, 0, key);
      if (earlier == KeyIndex::none) {
        members.emplace_back(std::move(key), std::move(value));
      } else {
        if (options_.duplicates != nullptr) options_.duplicates->push_back(here.to_string());
        members[earlier].second = std::move(value);
      }
    }
    // A mapping's own keys come before merged ones, and earlier merged mappings before later ones.
    for (Value& source : merged) {
      for (auto& [key, value] : source.as_object()) {
        if (keys.find_or_add(members, 0, key) == KeyIndex::none) members.emplace_back(key, std::move(value));
      }
    }
    Object object;
    object.reserve(members.size());
    for (auto& [key, value] : members) object.append(std::move(key), std::move(value));
    return close_anchor(anchor, Value(std::move(object)));
  }

  static bool is_merge(const Event& event) {
    if (event.type() != YAML_SCALAR_EVENT) return false;
    const auto& raw = event.raw.data.scalar;
    return view(raw.value) == "<<" && (raw.plain_implicit != 0 || view(raw.tag) == "tag:yaml.org,2002:merge");
  }

  static Result<> add_merged(Value value, const Event& event, std::vector<Value>& merged) {
    Array sources;
    if (value.is_array())
      sources = std::move(value.as_array());
    else
      sources.push_back(std::move(value));
    for (Value& source : sources) {
      if (!source.is_object())
        return error_at(event.raw.start_mark, "map merge requires map or sequence of maps as the value");
      merged.push_back(std::move(source));
    }
    return {};
  }

  // Keys of JSON are strings: numbers and booleans become their text.
  Result<std::string> key_text(const Event& event, std::size_t depth) {
    const bool simple = event.type() == YAML_SCALAR_EVENT || event.type() == YAML_ALIAS_EVENT;
    if (!simple) return error_at(event.raw.start_mark, "a map key must be a scalar");
    TRY(key, node(event, DocumentPlace(), depth));
    if (auto* text = key.if_string()) return std::move(*text);
    if (key.is_null() || key.is_array() || key.is_object()) {
      return error_at(event.raw.start_mark, fmt::format("unsupported map key of type {}", key.type_name()));
    }
    return to_json(key);
  }

  std::string open_anchor(const yaml_char_t* anchor) {
    std::string name(view(anchor));
    if (!name.empty()) open_anchors_.insert(name);
    return name;
  }
  Value close_anchor(const std::string& name, Value value) {
    if (!name.empty()) {
      open_anchors_.erase(name);
      anchors_[name] = {value, weight_of(value)};
    }
    return value;
  }

  yaml_parser_t parser_{};
  const ParseOptions& options_;
  std::size_t allowance_;
  std::map<std::string, std::pair<Value, std::size_t>> anchors_;
  std::set<std::string> open_anchors_;
};

}  // namespace

Result<Value> parse_yaml(std::string_view text, const ParseOptions& options) {
  Reader reader(text, options);
  TRY(document, reader.next_document());
  return document ? std::move(*document) : Value();
}

Result<std::vector<Value>> parse_yaml_documents(std::string_view text, const ParseOptions& options) {
  Reader reader(text, options);
  std::vector<Value> documents;
  for (;;) {
    TRY(document, reader.next_document());
    if (!document) return documents;
    if (!document->is_null()) documents.push_back(std::move(*document));
  }
}

}  // namespace aloft::model
