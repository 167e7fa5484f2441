// Reading YAML by libyaml's events: whole documents of texts, and the lines of paths.
#include "telemetry/scrape/config/yaml_text.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <yaml.h>

namespace aloft::telemetry::scrape {
namespace {

struct Step {
  std::string key;
  std::size_t index = 0;
  bool is_index = false;
};

std::vector<Step> split(std::string_view path) {
  std::vector<Step> steps;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '.') ++at;
    if (at < path.size() && path[at] == '[') {
      std::size_t index = 0;
      for (++at; at < path.size() && path[at] != ']'; ++at)
        index = index * 10 + static_cast<std::size_t>(path[at] - '0');
      ++at;
      steps.push_back({"", index, true});
      continue;
    }
    const std::size_t end = std::min(path.find_first_of(".[", at), path.size());
    steps.push_back({std::string(path.substr(at, end - at)), 0, false});
    at = end;
  }
  return steps;
}

class Walker {
 public:
  explicit Walker(std::string_view yaml) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (ready_)
      yaml_parser_set_input_string(
          &parser_, reinterpret_cast<const unsigned char*>(yaml.empty() ? "" : yaml.data()), yaml.size());
  }
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;
  ~Walker() {
    if (ready_) yaml_parser_delete(&parser_);
  }

  std::size_t find(const std::vector<Step>& steps) {
    while (ready_ && next()) {
      if (type_ == YAML_DOCUMENT_START_EVENT) {
        if (next()) descend(steps, 0);
        break;
      }
    }
    return found_;
  }

 private:
  bool next() {
    yaml_event_t event;
    if (yaml_parser_parse(&parser_, &event) == 0) {
      ready_ = false;
      yaml_parser_delete(&parser_);
      return false;
    }
    type_ = event.type;
    line_ = event.start_mark.line + 1;
    text_.clear();
    if (type_ == YAML_SCALAR_EVENT)
      text_.assign(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
    yaml_event_delete(&event);
    return type_ != YAML_STREAM_END_EVENT;
  }

  // The value whose first event was read, along the steps from `step` on.
  void descend(const std::vector<Step>& steps, std::size_t step) {
    if (step > 0) found_ = std::max(found_, entry_line_);
    if (step == steps.size()) return;
    if (type_ == YAML_MAPPING_START_EVENT && !steps[step].is_index) {
      while (next() && type_ != YAML_MAPPING_END_EVENT) {
        const bool wanted = type_ == YAML_SCALAR_EVENT && text_ == steps[step].key;
        const std::size_t line = line_;
        skip();
        if (!next()) return;
        if (wanted) {
          entry_line_ = line;
          return descend(steps, step + 1);
        }
        skip();
      }
    }
    if (type_ == YAML_SEQUENCE_START_EVENT && steps[step].is_index) {
      for (std::size_t i = 0; next() && type_ != YAML_SEQUENCE_END_EVENT; ++i) {
        if (i == steps[step].index) {
          entry_line_ = line_;
          return descend(steps, step + 1);
        }
        skip();
      }
    }
  }

  // The rest of the value whose first event was read.
  void skip() {
    std::size_t depth = type_ == YAML_MAPPING_START_EVENT || type_ == YAML_SEQUENCE_START_EVENT ? 1 : 0;
    while (depth > 0 && next()) {
      if (type_ == YAML_MAPPING_START_EVENT || type_ == YAML_SEQUENCE_START_EVENT) ++depth;
      if (type_ == YAML_MAPPING_END_EVENT || type_ == YAML_SEQUENCE_END_EVENT) --depth;
    }
  }

  yaml_parser_t parser_{};
  bool ready_ = false;
  yaml_event_type_t type_ = YAML_NO_EVENT;
  std::string text_;
  std::size_t line_ = 0;
  std::size_t entry_line_ = 0;
  std::size_t found_ = 0;
};

// Builds a document. Aliases copy what their anchor held.
class Builder {
 public:
  explicit Builder(std::string_view yaml) : budget_(1'000'000 + 10 * yaml.size()) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (ready_)
      yaml_parser_set_input_string(
          &parser_, reinterpret_cast<const unsigned char*>(yaml.empty() ? "" : yaml.data()), yaml.size());
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder() {
    if (ready_) yaml_parser_delete(&parser_);
  }

  Result<model::Value> document() {
    for (;;) {
      TRY_DO(next());
      if (type_ == YAML_STREAM_END_EVENT) return model::Value();
      if (type_ == YAML_DOCUMENT_START_EVENT) break;
    }
    TRY_DO(next());
    return value(0);
  }

 private:
  std::unexpected<Error> fail_here(std::string_view what) const {
    return fail(Code::bad_request, fmt::format("yaml: line {}: {}", line_, what));
  }

  Result<> next() {
    yaml_event_t event;
    if (!ready_ || yaml_parser_parse(&parser_, &event) == 0) {
      line_ = parser_.problem_mark.line + 1;
      return fail_here(parser_.problem != nullptr ? parser_.problem : "cannot be read");
    }
    type_ = event.type;
    line_ = event.start_mark.line + 1;
    text_.clear();
    anchor_.clear();
    const yaml_char_t* anchor = nullptr;
    if (type_ == YAML_SCALAR_EVENT) {
      text_.assign(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
      plain_ = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      anchor = event.data.scalar.anchor;
    } else if (type_ == YAML_SEQUENCE_START_EVENT) {
      anchor = event.data.sequence_start.anchor;
    } else if (type_ == YAML_MAPPING_START_EVENT) {
      anchor = event.data.mapping_start.anchor;
    } else if (type_ == YAML_ALIAS_EVENT) {
      anchor = event.data.alias.anchor;
    }
    if (anchor != nullptr) anchor_ = reinterpret_cast<const char*>(anchor);
    yaml_event_delete(&event);
    return {};
  }

  static std::size_t weight(const model::Value& value) {
    std::size_t out = 1;
    if (const auto* text = value.if_string()) out += text->size();
    if (const auto* list = value.if_array())
      for (const model::Value& item : *list) out += weight(item);
    if (const auto* object = value.if_object())
      for (const auto& [name, member] : *object) out += name.size() + weight(member);
    return out;
  }

  // The value whose first event was read.
  Result<model::Value> value(std::size_t depth) {
    if (depth > 100) return fail_here("nested too deep");
    const std::string anchor = anchor_;
    if (type_ == YAML_ALIAS_EVENT) {
      const auto it = anchors_.find(anchor);
      if (it == anchors_.end()) return fail_here(fmt::format("unknown anchor '{}' referenced", anchor));
      const std::size_t size = weight(it->second);
      if (size > budget_) return fail_here("document contains excessive aliasing");
      budget_ -= size;
      return it->second;
    }
    model::Value out;
    if (type_ == YAML_SCALAR_EVENT) {
      const bool is_null =
          plain_ && (text_.empty() || text_ == "~" || text_ == "null" || text_ == "Null" || text_ == "NULL");
      if (!is_null) out = model::Value(text_);
    } else if (type_ == YAML_SEQUENCE_START_EVENT) {
      TRY(list, sequence(depth));
      out = model::Value(std::move(list));
    } else if (type_ == YAML_MAPPING_START_EVENT) {
      TRY(object, mapping(depth));
      out = model::Value(std::move(object));
    } else {
      return fail_here("expected a value");
    }
    if (!anchor.empty()) anchors_[anchor] = out;
    return out;
  }

  Result<model::Array> sequence(std::size_t depth) {
    model::Array out;
    for (;;) {
      TRY_DO(next());
      if (type_ == YAML_SEQUENCE_END_EVENT) return out;
      TRY(item, value(depth + 1));
      out.push_back(std::move(item));
    }
  }

  Result<model::Object> mapping(std::size_t depth) {
    model::Object out;
    std::vector<model::Value> merged;
    for (;;) {
      TRY_DO(next());
      if (type_ == YAML_MAPPING_END_EVENT) break;
      if (type_ != YAML_SCALAR_EVENT) return fail_here("a key must be a text");
      const std::string key = text_;
      const bool merge = plain_ && key == "<<";
      if (!merge && out.contains(key)) return fail_here(fmt::format("key \"{}\" already set in map", key));
      TRY_DO(next());
      TRY(member, value(depth + 1));
      if (merge) {
        merged.push_back(std::move(member));
      } else {
        out.append(key, std::move(member));
      }
    }
    for (const model::Value& from : merged) merge_into(out, from);
    return out;
  }

  // What stands in the mapping itself goes first.
  static void merge_into(model::Object& out, const model::Value& from) {
    if (const auto* list = from.if_array())
      for (const model::Value& item : *list) merge_into(out, item);
    if (const auto* object = from.if_object())
      for (const auto& [name, member] : *object)
        if (!out.contains(name)) out.append(name, member);
  }

  yaml_parser_t parser_{};
  bool ready_ = false;
  yaml_event_type_t type_ = YAML_NO_EVENT;
  std::string text_, anchor_;
  bool plain_ = false;
  std::size_t line_ = 0;
  std::size_t budget_;
  std::map<std::string, model::Value> anchors_;
};

}  // namespace

Result<model::Value> parse_yaml_texts(std::string_view yaml) { return Builder(yaml).document(); }

const model::Value* value_at(const model::Value& document, std::string_view path) {
  const model::Value* at = &document;
  for (const Step& step : split(path)) {
    if (at == nullptr) return nullptr;
    const auto* list = at->if_array();
    at = !step.is_index                                 ? at->at(step.key)
         : list != nullptr && step.index < list->size() ? &(*list)[step.index]
                                                        : nullptr;
  }
  return at;
}

std::size_t yaml_line_of(std::string_view yaml, std::string_view path) {
  return Walker(yaml).find(split(path));
}

}  // namespace aloft::telemetry::scrape
