// Walking a YAML text by libyaml's events along a path.
#include "telemetry/scrape/config/yaml_line.h"

#include <string>
#include <vector>

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
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(yaml.data()),
                                   yaml.size());
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

}  // namespace

std::size_t yaml_line_of(std::string_view yaml, std::string_view path) {
  return Walker(yaml).find(split(path));
}

}  // namespace aloft::telemetry::scrape
