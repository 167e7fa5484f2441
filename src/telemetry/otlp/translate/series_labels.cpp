// Which labels a series has, and their encoded form.
#include "telemetry/otlp/translate/series_labels.h"

#include <algorithm>
#include <tuple>

namespace aloft::telemetry::otlp {
namespace {

constexpr std::size_t arena_piece = 64 * 1024;
// The lengths of a label and its two strings, at most.
constexpr std::size_t label_overhead = 18;

bool identifies(std::string_view key) {
  return key == "service.name" || key == "service.namespace" || key == "service.instance.id";
}

std::string text_of(const Attributes& attributes, std::string_view key) {
  const AttributeValue* value = find_attribute(attributes, key);
  return value != nullptr ? value->to_text() : std::string();
}

}  // namespace

std::string& SeriesArena::room(std::size_t bytes) {
  if (open_ == nullptr || open_->capacity() - open_->size() < bytes) {
    open_ = &batch_.keep.emplace_back();
    // A small request keeps little, a large one grows in large pieces.
    const std::size_t piece = batch_.keep.size() < 3 ? arena_piece / 16 : arena_piece;
    open_->reserve(std::max(piece, bytes));
  }
  begin_ = open_->size();
  return *open_;
}

std::string_view SeriesArena::done() const { return std::string_view(*open_).substr(begin_); }

const std::string& SeriesLabels::translated(std::string_view key) {
  const auto found = names_.find(std::string(key));
  if (found != names_.end()) return found->second;
  return names_.emplace(key, label_name(key, settings_.strategy)).first->second;
}

bool SeriesLabels::promoted(std::string_view key) const {
  const auto among = [key](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), key) != names.end();
  };
  return settings_.promote_all ? !among(settings_.ignored) : among(settings_.promoted);
}

void SeriesLabels::set(Pairs& pairs, std::string_view name, std::string value) {
  for (Pair& pair : pairs) {
    if (pair.first == name) {
      pair.second = std::move(value);
      return;
    }
  }
  pairs.emplace_back(name, std::move(value));
}

void SeriesLabels::set_missing(Pairs& pairs, std::string_view name, std::string value) {
  for (const Pair& pair : pairs) {
    if (pair.first == name) return;
  }
  pairs.emplace_back(name, std::move(value));
}

void SeriesLabels::add_attributes(Pairs& pairs, std::span<const Attribute* const> attributes) {
  std::vector<std::pair<std::string_view, const Attribute*>> named;
  named.reserve(attributes.size());
  for (const Attribute* attribute : attributes) {
    const std::string& name = translated(attribute->key);
    if (!name.empty()) named.emplace_back(name, attribute);
  }
  // Values that meet under one name stand in the order of their keys, then of their arrival.
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second->key, a.second) < std::tie(b.first, b.second->key, b.second);
  });
  for (const auto& [name, attribute] : named) {
    if (!pairs.empty() && pairs.back().first == name) {
      pairs.back().second += ";" + attribute->value.to_text();
    } else {
      pairs.emplace_back(name, attribute->value.to_text());
    }
  }
}

void SeriesLabels::resource(const Attributes& resource) {
  resource_ = &resource;
  identity_.clear();
  promoted_.clear();
  std::string job = text_of(resource, "service.name");
  const std::string ns = text_of(resource, "service.namespace");
  if (!job.empty() && !ns.empty()) job = ns + "/" + job;
  if (!job.empty()) identity_.emplace_back("job", std::move(job));
  std::string instance = text_of(resource, "service.instance.id");
  if (!instance.empty()) identity_.emplace_back("instance", std::move(instance));
  if (settings_.promoted.empty() && !settings_.promote_all) return;
  for (const Attribute& attribute : resource) {
    if (!promoted(attribute.key)) continue;
    const std::string& name = translated(attribute.key);
    if (!name.empty()) set_missing(promoted_, name, attribute.value.to_text());
  }
}

void SeriesLabels::scope(const InstrumentationScope& scope, std::string_view schema_url) {
  scope_.clear();
  if (!settings_.scope_labels || scope.name.empty()) return;
  scope_.emplace_back("otel_scope_name", scope.name);
  scope_.emplace_back("otel_scope_version", scope.version);
  scope_.emplace_back("otel_scope_schema_url", schema_url);
  for (const auto& [key, value] : scope.attributes) {
    const std::string& name = translated("otel_scope_" + key);
    if (!name.empty()) set(scope_, name, value.to_text());
  }
}

void SeriesLabels::point(const Attributes& attributes) {
  point_.clear();
  std::vector<const Attribute*> pointers;
  pointers.reserve(attributes.size());
  for (const Attribute& attribute : attributes) pointers.push_back(&attribute);
  add_attributes(point_, pointers);
  for (const Pair& pair : promoted_) set_missing(point_, pair.first, pair.second);
  for (const Pair& pair : scope_) set(point_, pair.first, pair.second);
  for (const Pair& pair : identity_) set(point_, pair.first, pair.second);
  std::sort(point_.begin(), point_.end());
}

std::string_view SeriesLabels::series(std::string_view name, std::string_view extra, std::string_view value) {
  return encode(point_, name, extra, value);
}

std::string_view SeriesLabels::target_info() {
  if (resource_ == nullptr || identity_.empty()) return {};
  std::vector<const Attribute*> told;
  bool further = false;
  for (const Attribute& attribute : *resource_) {
    if (!identifies(attribute.key)) further = true;
    if (!identifies(attribute.key) || settings_.keep_identifying_attributes) told.push_back(&attribute);
  }
  if (!further) return {};
  Pairs pairs;
  add_attributes(pairs, told);
  for (const Pair& pair : identity_) set(pairs, pair.first, pair.second);
  std::sort(pairs.begin(), pairs.end());
  return encode(pairs, "target_info", {}, {});
}

std::string_view SeriesLabels::encode(const Pairs& pairs, std::string_view name, std::string_view extra,
                                      std::string_view value) {
  std::size_t bytes =
      metric_name_label.size() + name.size() + extra.size() + value.size() + 2 * label_overhead;
  for (const Pair& pair : pairs) bytes += pair.first.size() + pair.second.size() + label_overhead;
  std::string& out = arena_.room(bytes);
  // The two that are no pairs take their places in the order of names.
  Label further[] = {{metric_name_label, name}, {extra, value}};
  if (!extra.empty() && extra < metric_name_label) std::swap(further[0], further[1]);
  std::size_t next = 0;
  const auto put = [&](std::string_view n, std::string_view v) {
    if (!n.empty() && !v.empty()) append_label(out, n, v);
  };
  for (const Pair& pair : pairs) {
    while (next < 2 && further[next].name <= pair.first) {
      put(further[next].name, further[next].value);
      ++next;
    }
    if (pair.first == metric_name_label || pair.first == extra) continue;
    put(pair.first, pair.second);
  }
  for (; next < 2; ++next) put(further[next].name, further[next].value);
  return arena_.done();
}

}  // namespace aloft::telemetry::otlp
