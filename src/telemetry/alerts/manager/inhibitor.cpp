// Sources are kept by the values of the labels that must be equal, so asking costs little however many there
// are.
#include "telemetry/alerts/manager/inhibitor.h"

#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {
namespace {

std::string equal_values(const std::vector<std::string>& names, const LabelMap& labels) {
  std::string out;
  for (const std::string& name : names) {
    const std::string_view value = label_of(labels, name);
    out.append(value).append(1, '\xff');
  }
  return out;
}

}  // namespace

Inhibitor::Inhibitor(std::vector<InhibitRule> rules) {
  for (InhibitRule& rule : rules) {
    Rule entry;
    entry.config = std::move(rule);
    rules_.push_back(std::move(entry));
  }
}

void Inhibitor::update(const AlertPtr& alert) {
  for (Rule& rule : rules_) {
    if (!matches_labels(rule.config.source, alert->labels)) continue;
    rule.sources[equal_values(rule.config.equal, alert->labels)].insert_or_assign(alert->fingerprint, alert);
  }
}

void Inhibitor::forget(const Alert& alert) {
  for (Rule& rule : rules_) {
    const auto found = rule.sources.find(equal_values(rule.config.equal, alert.labels));
    if (found == rule.sources.end()) continue;
    found->second.erase(alert.fingerprint);
    if (found->second.empty()) rule.sources.erase(found);
  }
}

std::vector<std::uint64_t> Inhibitor::muted_by(const LabelMap& labels, WallTime now) const {
  std::vector<std::uint64_t> out;
  for (const Rule& rule : rules_) {
    if (!matches_labels(rule.config.target, labels)) continue;
    const auto found = rule.sources.find(equal_values(rule.config.equal, labels));
    if (found == rule.sources.end()) continue;
    const bool two_sided = matches_labels(rule.config.source, labels);
    for (const auto& [fingerprint, source] : found->second) {
      if (source->resolved(now)) continue;
      if (two_sided && matches_labels(rule.config.target, source->labels)) continue;
      out.push_back(fingerprint);
      break;
    }
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
