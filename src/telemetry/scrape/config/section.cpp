// Strict reading of configuration documents.
#include "telemetry/scrape/config/section.h"

#include <charconv>

#include <fmt/format.h>

#include "telemetry/core/durations.h"
#include "telemetry/scrape/config/config.h"

namespace aloft::telemetry::scrape {
namespace {

bool scalar_text(const model::Value& value, std::string& out) {
  const auto* text = value.if_string();
  if (text != nullptr) out = *text;
  return text != nullptr;
}

}  // namespace

Section::Section(const model::Value* value, std::string path, ConfigProblem& problem)
    : path_(std::move(path)), problem_(problem) {
  if (value == nullptr || value->is_null()) return;
  object_ = value->if_object();
  if (object_ == nullptr)
    problem_.report(path_, fmt::format("expected a mapping, not a {}", value->type_name()));
}

void Section::finish() {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : *object_) {
    if (!known_.contains(name))
      problem_.report(path_of(name), fmt::format("field {} not found in {}", name,
                                                 path_.empty() ? "the configuration" : path_));
  }
}

std::string Section::path_of(std::string_view field) const {
  return path_.empty() ? std::string(field) : fmt::format("{}.{}", path_, field);
}

void Section::report(std::string_view field, std::string why) {
  problem_.report(path_of(field), fmt::format("{}: {}", path_of(field), why));
}

const model::Value* Section::take(std::string_view name) {
  known_.emplace(name);
  const model::Value* value = object_ != nullptr ? object_->find(name) : nullptr;
  return value != nullptr && !value->is_null() ? value : nullptr;
}

bool Section::has(std::string_view name) const {
  const model::Value* value = object_ != nullptr ? object_->find(name) : nullptr;
  return value != nullptr && !value->is_null();
}

void Section::text(std::string_view name, std::string& out) {
  const model::Value* value = take(name);
  if (value != nullptr && !scalar_text(*value, out))
    report(name, fmt::format("expected a text, not a {}", value->type_name()));
}

void Section::flag(std::string_view name, bool& out) {
  std::string written;
  text(name, written);
  if (written.empty()) return;
  const bool yes = written == "true" || written == "True" || written == "yes" || written == "on";
  const bool no = written == "false" || written == "False" || written == "no" || written == "off";
  if (!yes && !no) return report(name, fmt::format("expected true or false, not {}", written));
  out = yes;
}

void Section::count(std::string_view name, std::uint64_t& out) {
  std::string written;
  text(name, written);
  if (written.empty()) return;
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(written.data(), written.data() + written.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != written.data() + written.size())
    return report(name, fmt::format("expected a whole number from 0 on, not {}", written));
  out = number;
}

void Section::bytes(std::string_view name, std::uint64_t& out) {
  std::string written;
  text(name, written);
  if (written.empty()) return;
  if (const auto size = parse_byte_size(written)) {
    out = *size;
  } else {
    report(name, size.error().message());
  }
}

void Section::duration(std::string_view name, Duration& out) {
  std::string written;
  text(name, written);
  if (written.empty()) return;
  if (const auto parsed = parse_prometheus_duration(written)) {
    out = *parsed;
  } else {
    report(name, parsed.error().message());
  }
}

void Section::texts(std::string_view name, std::vector<std::string>& out) {
  const model::Value* value = take(name);
  if (value == nullptr) return;
  const model::Array* list = value->if_array();
  if (list == nullptr) return report(name, fmt::format("expected a list, not a {}", value->type_name()));
  out.clear();
  for (const model::Value& item : *list) {
    if (!scalar_text(item, out.emplace_back()))
      return report(name, fmt::format("expected a list of texts, not of {}", item.type_name()));
  }
}

void Section::pairs(std::string_view name, std::vector<std::pair<std::string, std::string>>& out) {
  const model::Value* value = take(name);
  if (value == nullptr) return;
  const model::Object* members = value->if_object();
  if (members == nullptr)
    return report(name, fmt::format("expected a mapping, not a {}", value->type_name()));
  for (const auto& [key, member] : *members) {
    auto& pair = out.emplace_back(key, std::string());
    if (!scalar_text(member, pair.second) && !member.is_null())
      return report(name, fmt::format("{}: expected a text, not a {}", key, member.type_name()));
  }
}

void Section::section(std::string_view name, const std::function<void(Section&)>& read) {
  const model::Value* value = take(name);
  if (value == nullptr) return;
  Section inner(value, path_of(name), problem_);
  read(inner);
  inner.finish();
}

void Section::each(std::string_view name, const std::function<void(Section&)>& read) {
  const model::Value* value = take(name);
  if (value == nullptr) return;
  const model::Array* list = value->if_array();
  if (list == nullptr) return report(name, fmt::format("expected a list, not a {}", value->type_name()));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string path = fmt::format("{}[{}]", path_of(name), i);
    if ((*list)[i].is_null()) return problem_.report(path, fmt::format("{}: empty or null section", path));
    Section inner(&(*list)[i], path, problem_);
    read(inner);
    inner.finish();
  }
}

void Section::ignore(std::string_view name, std::vector<std::string>& warnings) {
  if (take(name) != nullptr) warnings.push_back(fmt::format("{} has no effect", path_of(name)));
}

void Section::refuse(std::string_view name, std::string_view why) {
  if (take(name) != nullptr) report(name, std::string(why));
}

}  // namespace aloft::telemetry::scrape
