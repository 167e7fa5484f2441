// Moving alerts between their states.
#include "telemetry/alerts/rules/alerting_state.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace aloft::telemetry::alerts {
namespace {

// A resolved alert is told again for so long, should the manager have missed it.
constexpr Duration resolved_retention = 15min;

bool zero(WallTime time) { return time == WallTime{}; }

Labels series_labels(const LabelMap& labels, std::string_view name, std::string_view state) {
  std::vector<std::pair<std::string, std::string>> pairs;
  pairs.reserve(labels.size() + 2);
  for (const auto& [label, value] : labels) pairs.emplace_back(label, value);
  pairs.emplace_back(std::string(metric_name_label), std::string(name));
  if (!state.empty()) pairs.emplace_back("alertstate", std::string(state));
  return Labels(pairs);
}

}  // namespace

std::string_view to_string(AlertState state) {
  return state == AlertState::firing ? "firing" : state == AlertState::pending ? "pending" : "inactive";
}

EvaluatedAlert expand_alert(const RuleConfig& rule, LabelsView labels, double value,
                            const TemplateContext& context) {
  EvaluatedAlert out;
  out.value = value;
  for (const Label& label : labels) {
    if (label.name != metric_name_label)
      out.labels.emplace(std::string(label.name), std::string(label.value));
  }
  const auto varies = [](const auto& text) { return text.second.varies(); };
  const bool data_needed =
      std::any_of(rule.label_templates.begin(), rule.label_templates.end(), varies) ||
      std::any_of(rule.annotation_templates.begin(), rule.annotation_templates.end(), varies);
  const templates::Value data =
      data_needed ? alert_template_data(labels, value, context) : templates::Value();
  for (const auto& [name, text] : rule.label_templates) {
    std::string expanded = text.expand(data, context);
    if (expanded.empty())
      out.labels.erase(name);
    else
      out.labels.insert_or_assign(name, std::move(expanded));
  }
  out.labels.insert_or_assign("alertname", rule.name);
  for (const auto& [name, text] : rule.annotation_templates)
    out.annotations.emplace(name, text.expand(data, context));
  return out;
}

Result<std::vector<EvaluatedAlert>> expand_alerts(const RuleConfig& rule,
                                                  const std::vector<promql::Sample>& vector,
                                                  const TemplateContext& context) {
  std::vector<EvaluatedAlert> out;
  out.reserve(vector.size());
  std::vector<std::uint64_t> seen;
  seen.reserve(vector.size());
  for (const promql::Sample& sample : vector) {
    out.push_back(expand_alert(rule, sample.labels, sample.value, context));
    seen.push_back(fingerprint_of(out.back().labels));
  }
  std::sort(seen.begin(), seen.end());
  if (std::adjacent_find(seen.begin(), seen.end()) != seen.end())
    return fail(Code::invalid, "vector contains metrics with the same labelset after applying alert labels");
  return out;
}

void AlertingState::change(ActiveAlert& alert, AlertState to) {
  if (alert.state == to) return;
  const AlertState from = std::exchange(alert.state, to);
  if (changed_) changed_(alert, from, to);
}

// A new alert is pending first, unless its rule asks for no time.
void AlertingState::begin(ActiveAlert& alert, WallTime at) {
  const bool at_once = rule_->hold == Duration::zero();
  if (at_once) alert.fired_at = at;
  change(alert, at_once ? AlertState::firing : AlertState::pending);
}

void AlertingState::advance(ActiveAlert& alert, WallTime at) {
  const bool long_enough = at - alert.active_at >= rule_->hold;
  if (alert.state == AlertState::pending && long_enough) {
    alert.fired_at = at;
    change(alert, AlertState::firing);
  } else if (alert.state == AlertState::firing && !long_enough && !alert.restored) {
    // The rule asks for more time than it did.
    alert.fired_at = alert.last_sent_at = alert.keep_firing_since = WallTime{};
    change(alert, AlertState::pending);
  }
}

Result<> AlertingState::update(const std::vector<EvaluatedAlert>& found, WallTime at, WallTime asked,
                               std::int64_t limit) {
  const auto unseen = [&](const ActiveAlert& alert) { return alert.told_at > at || alert.told_when > asked; };
  std::map<std::uint64_t, const EvaluatedAlert*> present;
  for (const EvaluatedAlert& alert : found) present.emplace(fingerprint_of(alert.labels), &alert);
  for (const auto& [fingerprint, alert] : present) {
    const auto known = alerts_.find(fingerprint);
    if (known != alerts_.end()) {
      ActiveAlert& active = known->second;
      // A sample that came after this evaluation's time has said that it is over.
      if (unseen(active) && !active.told_holds) continue;
      if (active.state != AlertState::inactive) {
        active.value = alert->value;
        active.annotations = alert->annotations;
        continue;
      }
    }
    ActiveAlert fresh;
    fresh.labels = alert->labels;
    fresh.annotations = alert->annotations;
    fresh.value = alert->value;
    fresh.active_at = at;
    fresh.state = AlertState::inactive;
    begin(alerts_.insert_or_assign(fingerprint, std::move(fresh)).first->second, at);
  }
  std::size_t active = 0;
  for (auto item = alerts_.begin(); item != alerts_.end();) {
    ActiveAlert& alert = item->second;
    const bool told_over = unseen(alert) && !alert.told_holds;
    const bool told_on = unseen(alert) && alert.told_holds;
    if ((present.contains(item->first) && !told_over) || told_on) {
      alert.keep_firing_since = WallTime{};
      ++active;
      advance(alert, at);
      alert.restored = false;
      ++item;
    } else {
      absent(item, at, active);
    }
  }
  if (limit > 0 && active > static_cast<std::size_t>(limit)) {
    for (auto& [fingerprint, alert] : alerts_) change(alert, AlertState::inactive);
    alerts_.clear();
    return fail(Code::invalid, fmt::format("exceeded limit of {} with {} alerts", limit, active));
  }
  return {};
}

// An alert that the evaluation did not find; moves the iterator on.
void AlertingState::absent(std::map<std::uint64_t, ActiveAlert>::iterator& item, WallTime at,
                           std::size_t& active) {
  ActiveAlert& alert = item->second;
  if (alert.restored) {
    alert.restored = false;
    ++active;
    ++item;
    return;
  }
  bool keep = false;
  if (alert.state == AlertState::firing && rule_->keep_firing_for > Duration::zero()) {
    if (zero(alert.keep_firing_since)) alert.keep_firing_since = at;
    keep = at - alert.keep_firing_since < rule_->keep_firing_for;
  }
  if (keep) {
    ++active;
    advance(alert, at);
    ++item;
    return;
  }
  const bool forget = alert.state == AlertState::pending ||
                      (!zero(alert.resolved_at) && at - alert.resolved_at > resolved_retention);
  if (alert.state != AlertState::inactive) {
    alert.resolved_at = at;
    change(alert, AlertState::inactive);
  }
  item = forget ? alerts_.erase(item) : std::next(item);
}

bool AlertingState::tell(const EvaluatedAlert& told, bool holds, WallTime at, WallTime now) {
  const std::uint64_t fingerprint = fingerprint_of(told.labels);
  auto known = alerts_.find(fingerprint);
  if (known != alerts_.end() && known->second.told_at > at) return false;
  if (!holds) {
    if (known == alerts_.end()) return false;
    ActiveAlert& alert = known->second;
    alert.told_at = at;
    alert.told_when = now;
    alert.told_holds = false;
    // keep_firing_for is counted by evaluations.
    if (alert.state == AlertState::firing && rule_->keep_firing_for > Duration::zero()) return false;
    if (alert.state == AlertState::inactive) return false;
    const bool pending = alert.state == AlertState::pending;
    alert.resolved_at = now;
    change(alert, AlertState::inactive);
    if (pending) alerts_.erase(known);
    return true;
  }
  const AlertState before = known == alerts_.end() ? AlertState::inactive : known->second.state;
  if (before == AlertState::inactive) {
    ActiveAlert fresh;
    fresh.labels = told.labels;
    fresh.annotations = told.annotations;
    fresh.active_at = std::min(at, now);
    fresh.state = AlertState::inactive;
    known = alerts_.insert_or_assign(fingerprint, std::move(fresh)).first;
    begin(known->second, now);
  }
  ActiveAlert& alert = known->second;
  alert.value = told.value;
  alert.told_at = at;
  alert.told_when = now;
  alert.told_holds = true;
  advance(alert, at);
  if (before != AlertState::firing && alert.state == AlertState::firing) alert.fired_at = now;
  return before != alert.state;
}

std::vector<RuleSample> AlertingState::samples(WallTime data_time) const {
  std::vector<RuleSample> out;
  const Millis time = data_time.since_epoch / 1ms;
  for (const auto& [fingerprint, alert] : alerts_) {
    if (alert.state == AlertState::inactive) continue;
    out.push_back({series_labels(alert.labels, "ALERTS", to_string(alert.state)), time, 1, nullptr});
    const auto seconds = static_cast<double>(alert.active_at.since_epoch / 1s);
    out.push_back({series_labels(alert.labels, "ALERTS_FOR_STATE", ""), time, seconds, nullptr});
  }
  return out;
}

std::vector<Alert> AlertingState::to_send(WallTime at, Duration resend_delay, Duration interval,
                                          const std::string& generator_url) {
  std::vector<Alert> out;
  for (auto& [fingerprint, alert] : alerts_) {
    if (alert.state == AlertState::pending) continue;
    const bool resolved_since = alert.resolved_at > alert.last_sent_at;
    const bool due = zero(alert.last_sent_at) || alert.last_sent_at + resend_delay <= at;
    if (!resolved_since && !due) continue;
    alert.last_sent_at = at;
    alert.valid_until = at + 4 * std::max(interval, resend_delay);
    Alert sent;
    sent.labels = alert.labels;
    sent.annotations = alert.annotations;
    sent.starts_at = alert.fired_at;
    sent.ends_at = alert.state == AlertState::inactive ? alert.resolved_at : alert.valid_until;
    sent.generator_url = generator_url;
    out.push_back(std::move(sent));
  }
  return out;
}

std::optional<WallTime> AlertingState::next_due() const {
  std::optional<WallTime> out;
  for (const auto& [fingerprint, alert] : alerts_) {
    if (alert.state != AlertState::pending) continue;
    const WallTime due = alert.active_at + rule_->hold;
    if (!out || due < *out) out = due;
  }
  return out;
}

AlertState AlertingState::state() const {
  AlertState out = AlertState::inactive;
  for (const auto& [fingerprint, alert] : alerts_) out = std::max(out, alert.state);
  return out;
}

void AlertingState::restore(ActiveAlert alert, WallTime down_at, WallTime up_at) {
  const std::uint64_t fingerprint = fingerprint_of(alert.labels);
  const auto known = alerts_.find(fingerprint);
  if (known != alerts_.end() && known->second.state == AlertState::firing) return;
  alert.remembered = true;
  if (alert.state == AlertState::pending) {
    const Duration held = std::max(down_at - alert.active_at, Duration::zero());
    alert.active_at = held >= rule_->hold ? alert.active_at : up_at - held;
    if (known == alerts_.end())
      alerts_.emplace(fingerprint, std::move(alert));
    else if (known->second.state == AlertState::pending)
      known->second.active_at = std::min(known->second.active_at, alert.active_at);
    return;
  }
  alert.restored = alert.state == AlertState::firing;
  alert.last_sent_at = WallTime{};
  alert.told_at = WallTime{};
  alerts_.insert_or_assign(fingerprint, std::move(alert));
}

void AlertingState::resume(std::uint64_t fingerprint, WallTime active_at) {
  const auto known = alerts_.find(fingerprint);
  if (known == alerts_.end() || known->second.state != AlertState::pending || known->second.remembered)
    return;
  known->second.active_at = active_at;
}

void AlertingState::confirm(const std::vector<EvaluatedAlert>& found) {
  std::set<std::uint64_t> present;
  for (const EvaluatedAlert& alert : found) present.insert(fingerprint_of(alert.labels));
  for (auto item = alerts_.begin(); item != alerts_.end();) {
    ActiveAlert& alert = item->second;
    const bool over =
        alert.remembered && alert.state == AlertState::pending && !present.contains(item->first);
    if (over) change(alert, AlertState::inactive);
    item = over ? alerts_.erase(item) : std::next(item);
  }
}

bool AlertingState::has_untold(WallTime since) const {
  return std::any_of(alerts_.begin(), alerts_.end(), [since](const auto& item) {
    return item.second.state != AlertState::inactive && item.second.told_when < since;
  });
}

bool AlertingState::has_remembered() const {
  return std::any_of(alerts_.begin(), alerts_.end(), [](const auto& item) {
    return item.second.remembered && item.second.state == AlertState::pending;
  });
}

}  // namespace aloft::telemetry::alerts
