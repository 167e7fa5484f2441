// Printing documents as Go prints them.
#include "model/patch_text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace aloft::model {
namespace {

void append_go_text(std::string& out, const Value& value) {
  if (const auto* text = value.if_string()) {
    out += *text;
  } else if (const auto* flag = value.if_bool()) {
    out += *flag ? "true" : "false";
  } else if (const auto* integer = value.if_int()) {
    out += std::to_string(*integer);
  } else if (const auto* real = value.if_double()) {
    fmt::format_to(std::back_inserter(out), "{}", *real);
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ' ';
      append_go_text(out, (*array)[i]);
    }
    out += ']';
  } else if (const auto* object = value.if_object()) {
    std::vector<const Object::Member*> members;
    for (const auto& member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return a->first < b->first; });
    out += "map[";
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ' ';
      out += members[i]->first;
      out += ':';
      append_go_text(out, members[i]->second);
    }
    out += ']';
  } else {
    out += "<nil>";
  }
}

}  // namespace

std::string go_text(const Value& value) {
  std::string out;
  append_go_text(out, value);
  return out;
}

std::string_view go_json_type(const Value& value) { return value.is_bool() ? "bool" : value.type_name(); }

std::string_view go_type(const Value& value) {
  if (value.is_object()) return "map[string]interface {}";
  if (value.is_array()) return "[]interface {}";
  if (value.is_string()) return "string";
  if (value.is_int()) return "int64";
  if (value.is_double()) return "float64";
  return value.is_bool() ? "bool" : "nil";
}

}  // namespace aloft::model
