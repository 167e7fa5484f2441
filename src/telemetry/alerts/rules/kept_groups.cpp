// Namespaces of groups as trees, texts and files.
#include "telemetry/alerts/rules/kept_groups.h"

#include "base/bytes.h"
#include "http/tls.h"
#include "io/file.h"
#include "telemetry/alerts/log.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::string_view extension = ".yml";

YamlNode list_of(const KeptGroups::Namespace& groups) {
  YamlNode list;
  list.kind = YamlNode::Kind::list;
  for (const auto& [name, group] : groups) list.items.push_back(group);
  return list;
}

YamlNode file_of(YamlNode list, const std::string& name = "") {
  YamlNode file;
  file.kind = YamlNode::Kind::map;
  if (!name.empty()) {
    YamlNode text;
    text.kind = YamlNode::Kind::scalar;
    text.plain = false;
    text.text = name;
    file.members.push_back({"namespace", std::move(text), 0});
  }
  file.members.push_back({"groups", std::move(list), 0});
  return file;
}

std::string name_of(const YamlNode& group) {
  const YamlNode* name = group.find("name");
  return name != nullptr ? name->text : std::string();
}

}  // namespace

void KeptGroups::load(const std::string& folder) {
  const auto names = io::list_directory(folder);
  if (!names) return;
  for (const std::string& file : *names) {
    if (!file.ends_with(extension)) continue;
    const Result<> read = load_file(folder + "/" + file);
    if (!read)
      log.warning("{}/{}: rules that were put in are lost: {}", folder, file, read.error().message());
  }
}

Result<> KeptGroups::load_file(const std::string& path) {
  TRY(text, io::read_file(path));
  TRY(documents, parse_yaml_nodes(text));
  const YamlNode* name = documents.empty() ? nullptr : documents.front().find("namespace");
  const YamlNode* groups = documents.empty() ? nullptr : documents.front().find("groups");
  if (name == nullptr || groups == nullptr) return fail(Code::invalid, "no namespace with groups is in it");
  for (const YamlNode& group : groups->items) namespaces_[name->text][name_of(group)] = group;
  return {};
}

Result<> KeptGroups::put(const std::string& name, std::string_view text) {
  if (name.empty()) return fail(Code::invalid, "the namespace must have a name");
  auto documents = parse_yaml_nodes(text);
  if (!documents) return fail(Code::invalid, documents.error().message());
  if (documents->size() != 1 || !documents->front().is_map())
    return fail(Code::invalid, "expected one rule group");
  YamlNode list;
  list.kind = YamlNode::Kind::list;
  list.items.push_back(documents->front());
  auto parsed = parse_rule_file(name, write_yaml(file_of(std::move(list))), options_);
  if (!parsed) return fail(Code::invalid, parsed.error().message());
  namespaces_[name].insert_or_assign(parsed->groups.front().name, std::move(documents->front()));
  return {};
}

Result<> KeptGroups::remove(const std::string& name) {
  if (namespaces_.erase(name) == 0) return fail(Code::not_found, "no rule groups found");
  return {};
}

Result<> KeptGroups::remove(const std::string& name, const std::string& group) {
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end() || found->second.erase(group) == 0)
    return fail(Code::not_found, "group does not exist");
  if (found->second.empty()) namespaces_.erase(found);
  return {};
}

std::vector<RuleGroupConfig> KeptGroups::groups(const std::string& name) const {
  const auto found = namespaces_.find(name);
  if (found == namespaces_.end()) return {};
  auto parsed = parse_rule_file(name, write_yaml(file_of(list_of(found->second))), options_);
  if (parsed) return std::move(parsed->groups);
  log.warning("rules of {} are left out: {}", name, parsed.error().message());
  return {};
}

std::string KeptGroups::file_text(const std::string& name) const {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? std::string() : write_yaml(file_of(list_of(found->second), name));
}

std::string KeptGroups::file_path(const std::string& folder, const std::string& name) {
  return folder + "/" + hex_encode(http::sha256(name)) + std::string(extension);
}

}  // namespace aloft::telemetry::alerts
