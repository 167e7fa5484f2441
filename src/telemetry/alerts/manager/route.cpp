// Routes inherit what they do not say from their parents.
#include "telemetry/alerts/manager/route.h"

#include "telemetry/alerts/manager/matcher_syntax.h"

namespace aloft::telemetry::alerts {

Route::Route(const RouteConfig& config, const Route* parent) {
  if (parent != nullptr) {
    key_ = parent->key_ + "/";
    receiver_ = parent->receiver_;
    group_by_all_ = parent->group_by_all_;
    group_by_ = parent->group_by_;
    group_wait_ = parent->group_wait_;
    group_interval_ = parent->group_interval_;
    repeat_interval_ = parent->repeat_interval_;
    labels_ = parent->labels_;
  }
  key_ += matchers_text(config.matchers);
  if (!config.receiver.empty()) receiver_ = config.receiver;
  if (config.group_by) {
    group_by_ = std::set<std::string, std::less<>>(config.group_by->begin(), config.group_by->end());
    group_by_all_ = config.group_by_all;
  }
  group_wait_ = config.group_wait.value_or(group_wait_);
  group_interval_ = config.group_interval.value_or(group_interval_);
  repeat_interval_ = config.repeat_interval.value_or(repeat_interval_);
  for (const auto& [name, value] : config.labels) labels_.insert_or_assign(name, value);
  matchers_ = config.matchers;
  goes_on_ = config.goes_on;
  mute_time_intervals_ = config.mute_time_intervals;
  active_time_intervals_ = config.active_time_intervals;
  for (const RouteConfig& child : config.routes) {
    children_.push_back(std::make_unique<Route>(child, this));
  }
}

std::vector<const Route*> Route::match(const LabelMap& labels) const {
  std::vector<const Route*> out;
  if (!matches_labels(matchers_, labels)) return out;
  for (const auto& child : children_) {
    const auto found = child->match(labels);
    out.insert(out.end(), found.begin(), found.end());
    if (!found.empty() && !child->goes_on_) break;
  }
  if (out.empty()) out.push_back(this);
  return out;
}

void Route::visit(const std::function<void(const Route&)>& f) const {
  f(*this);
  for (const auto& child : children_) child->visit(f);
}

LabelMap Route::group_labels(const LabelMap& alert) const {
  if (group_by_all_) return alert;
  LabelMap out;
  for (const std::string& name : group_by_) {
    const auto found = alert.find(name);
    if (found != alert.end()) out.insert(*found);
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
