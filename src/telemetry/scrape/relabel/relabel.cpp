// Applying relabelling rules. Source for their meaning: Prometheus, "relabel_config".
#include "telemetry/scrape/relabel/relabel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/bytes.h"

namespace aloft::telemetry::scrape {
namespace {

using Action = RelabelAction;

constexpr std::array<std::pair<Action, std::string_view>, 11> words = {{{Action::replace, "replace"},
                                                                        {Action::keep, "keep"},
                                                                        {Action::drop, "drop"},
                                                                        {Action::keep_equal, "keepequal"},
                                                                        {Action::drop_equal, "dropequal"},
                                                                        {Action::hash_mod, "hashmod"},
                                                                        {Action::label_map, "labelmap"},
                                                                        {Action::label_drop, "labeldrop"},
                                                                        {Action::label_keep, "labelkeep"},
                                                                        {Action::lowercase, "lowercase"},
                                                                        {Action::uppercase, "uppercase"}}};

const RelabelRule& defaults() {
  static const RelabelRule rule;
  return rule;
}

bool has_variable(std::string_view text) { return text.find('$') != std::string_view::npos; }

bool is_label_name(std::string_view name) { return !name.empty() && is_utf8(name); }

char in_case(char c, bool upper) {
  if (upper && c >= 'a' && c <= 'z') return static_cast<char>(c - 32);
  if (!upper && c >= 'A' && c <= 'Z') return static_cast<char>(c + 32);
  return c;
}
std::string in_case(std::string text, bool upper) {
  for (char& c : text) c = in_case(c, upper);
  return text;
}

// The last eight bytes of the MD5 digest as a number, as Prometheus shards by it.
std::uint64_t shard_hash(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::uint64_t hash = 0;
  for (std::size_t i = 8; i < 16; ++i) hash = hash << 8 | digest[i];
  return hash;
}

Result<> check_target(const RelabelRule& rule) {
  const bool needs_target = rule.action == Action::replace || rule.action == Action::hash_mod ||
                            rule.action == Action::lowercase || rule.action == Action::uppercase ||
                            rule.action == Action::keep_equal || rule.action == Action::drop_equal;
  if (!needs_target) return {};
  if (rule.target_label.empty())
    return fail(Code::invalid,
                fmt::format("relabel configuration for {} action requires 'target_label' value",
                            to_string(rule.action)));
  if (!is_label_name(rule.target_label))
    return fail(Code::invalid, fmt::format("\"{}\" is invalid 'target_label' for {} action",
                                           rule.target_label, to_string(rule.action)));
  if (rule.action != Action::replace && rule.action != Action::hash_mod &&
      rule.replacement != defaults().replacement)
    return fail(Code::invalid,
                fmt::format("'replacement' can not be set for {} action", to_string(rule.action)));
  return {};
}

Result<> check_only(const RelabelRule& rule) {
  const RelabelRule& plain = defaults();
  const bool same = rule.modulus == plain.modulus && rule.separator == plain.separator &&
                    rule.replacement == plain.replacement;
  if ((rule.action == Action::keep_equal || rule.action == Action::drop_equal) &&
      (!same || rule.regex != plain.regex))
    return fail(Code::invalid,
                fmt::format("{} action requires only 'source_labels' and `target_label`, and no "
                            "other fields",
                            to_string(rule.action)));
  if ((rule.action == Action::label_drop || rule.action == Action::label_keep) &&
      (!same || !rule.source_labels.empty() || !rule.target_label.empty()))
    return fail(Code::invalid,
                fmt::format("{} action requires only 'regex', and no other fields", to_string(rule.action)));
  return {};
}

void replace(const RelabelRule& rule, const std::string& value, LabelsBuilder& labels) {
  std::vector<std::string_view> groups;
  if (!rule.compiled->find(value, 0, groups)) return;
  const std::string target =
      has_variable(rule.target_label) ? rule.compiled->expand(rule.target_label, groups) : rule.target_label;
  if (!is_label_name(target)) return;
  labels.set(target, rule.compiled->expand(rule.replacement, groups));
}

void map_labels(const RelabelRule& rule, LabelsBuilder& labels) {
  // What the rule adds is not mapped again.
  const auto pairs = labels.pairs();
  std::vector<std::string_view> groups;
  for (const auto& [name, value] : pairs) {
    if (!rule.compiled->find(name, 0, groups)) continue;
    if (const std::string target = rule.compiled->expand(rule.replacement, groups); is_label_name(target))
      labels.set(target, value);
  }
}

void thin_labels(const RelabelRule& rule, LabelsBuilder& labels) {
  const auto pairs = labels.pairs();
  for (const auto& [name, value] : pairs) {
    if (rule.compiled->matches(name) == (rule.action == Action::label_drop)) labels.remove(name);
  }
}

bool apply(const RelabelRule& rule, LabelsBuilder& labels) {
  std::string value;
  for (std::size_t i = 0; i < rule.source_labels.size(); ++i) {
    if (i > 0) value += rule.separator;
    value += labels.get(rule.source_labels[i]);
  }
  switch (rule.action) {
    case Action::keep:
      return rule.compiled->matches(value);
    case Action::drop:
      return !rule.compiled->matches(value);
    case Action::keep_equal:
      return labels.get(rule.target_label) == value;
    case Action::drop_equal:
      return labels.get(rule.target_label) != value;
    case Action::replace:
      replace(rule, value, labels);
      return true;
    case Action::lowercase:
    case Action::uppercase:
      labels.set(rule.target_label, in_case(std::move(value), rule.action == Action::uppercase));
      return true;
    case Action::hash_mod:
      labels.set(rule.target_label, std::to_string(shard_hash(value) % rule.modulus));
      return true;
    case Action::label_map:
      map_labels(rule, labels);
      return true;
    case Action::label_drop:
    case Action::label_keep:
      thin_labels(rule, labels);
      return true;
  }
  return true;
}

}  // namespace

Result<RelabelAction> parse_relabel_action(std::string_view word) {
  const std::string lowered = in_case(std::string(word), false);
  for (const auto& [action, name] : words) {
    if (lowered == name) return action;
  }
  return fail(Code::invalid, fmt::format("unknown relabel action \"{}\"", word));
}

std::string_view to_string(RelabelAction action) {
  for (const auto& [known, name] : words) {
    if (known == action) return name;
  }
  return {};
}

Result<> prepare_rule(RelabelRule& rule) {
  if (rule.action == Action::hash_mod && rule.modulus == 0)
    return fail(Code::invalid, "relabel configuration for hashmod requires non-zero modulus");
  TRY_DO(check_target(rule));
  TRY_DO(check_only(rule));
  if (rule.action == Action::label_map && !is_label_name(rule.replacement))
    return fail(Code::invalid,
                fmt::format("\"{}\" is invalid 'replacement' for labelmap action", rule.replacement));
  TRY(compiled, Regex::compile(rule.regex, Regex::Anchor::both));
  rule.compiled = std::move(compiled);
  return {};
}

bool relabel(const std::vector<RelabelRule>& rules, LabelsBuilder& labels) {
  return std::all_of(rules.begin(), rules.end(),
                     [&](const RelabelRule& rule) { return apply(rule, labels); });
}

}  // namespace aloft::telemetry::scrape
