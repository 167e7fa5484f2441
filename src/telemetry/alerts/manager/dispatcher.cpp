// One task for each group waits for the group's time and flushes it.
#include "telemetry/alerts/manager/dispatcher.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/timeout.h"
#include "telemetry/alerts/log.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr Duration least_time_to_send = 10s;
constexpr Duration first_retry = 500ms;
constexpr Duration slowest_retry = 60s;

}  // namespace

struct Dispatcher::Group {
  Group(io::Loop& loop, const Route& r) : route(&r), changed(loop) {}
  const Route* route;
  LabelMap labels;
  std::string key;
  std::map<std::uint64_t, AlertPtr> alerts;
  Time next{};
  bool flushed = false;
  Time last_sent{};   // of a notification, or of the first flush
  bool sent = false;  // by the flush that runs
  io::WaitList changed;
};

// By kind of receiver where that matters.
struct Dispatcher::Numbers {
  explicit Numbers(Metrics& m)
      : metrics(m),
        suppressed(metrics.counter("alertmanager_notifications_suppressed_total",
                                   "Alerts that were muted when their group was flushed.")),
        held_back(metrics.counter("alertmanager_notifications_held_back_total",
                                  "Notifications beyond a receiver's limit.")),
        groups(metrics.gauge("alertmanager_dispatcher_aggregation_groups", "Groups of alerts.")) {}
  Counter& of(std::string_view name, std::string_view help, std::string_view kind) {
    return metrics.counter(name, help, {{"integration", std::string(kind)}});
  }
  void begun(std::string_view kind) {
    of("alertmanager_notifications_total", "Notifications that were attempted.", kind).add();
  }
  void failed(std::string_view kind) {
    of("alertmanager_notifications_failed_total", "Notifications that were given up.", kind).add();
  }
  void asked(std::string_view kind, bool good, Duration took) {
    of("alertmanager_notification_requests_total", "Attempts to notify.", kind).add();
    if (!good) of("alertmanager_notification_requests_failed_total", "Attempts that failed.", kind).add();
    metrics
        .histogram("alertmanager_notification_latency_seconds", "How long an attempt takes.",
                   {0.1, 0.3, 1, 3, 10, 30}, {{"integration", std::string(kind)}})
        .observe(std::chrono::duration<double>(took).count());
  }
  Metrics& metrics;
  Counter& suppressed;
  Counter& held_back;
  Gauge& groups;
};

Dispatcher::Dispatcher(DispatcherParts parts, const ManagerConfig& config, std::vector<Receiver> receivers)
    : parts_(std::move(parts)),
      root_(config.route),
      intervals_(config.time_intervals),
      receivers_(std::move(receivers)),
      numbers_(std::make_unique<Numbers>(parts_.metrics)),
      scope_(parts_.loop) {}

Dispatcher::~Dispatcher() = default;

void Dispatcher::put(const AlertPtr& alert) {
  const WallTime now = parts_.clock.wall();
  for (const Route* route : root_.match(alert->labels)) {
    LabelMap labels = route->group_labels(alert->labels);
    std::string key = fmt::format("{}:{}", route->key(), labels_text(labels));
    auto found = groups_.find(key);
    if (found == groups_.end()) {
      // Nobody has heard of it, so nobody needs to hear that it is over; unless an earlier process told them.
      auto group = std::make_shared<Group>(parts_.loop, *route);
      group->labels = std::move(labels);
      group->key = key;
      group->next = parts_.loop.now() + route->group_wait();
      group->alerts.emplace(alert->fingerprint, alert);
      found = groups_.emplace(std::move(key), group).first;
      numbers_->groups.set(static_cast<double>(groups_.size()));
      schedule(*group, alert, true);
      scope_.spawn(run(group));
      continue;
    }
    Group& group = *found->second;
    const auto known = group.alerts.find(alert->fingerprint);
    const bool changed = known == group.alerts.end() || known->second->resolved(now) != alert->resolved(now);
    group.alerts.insert_or_assign(alert->fingerprint, alert);
    schedule(group, alert, changed);
  }
}

void Dispatcher::nudge(std::uint64_t fingerprint) {
  for (const auto& [key, group] : groups_) {
    const auto found = group->alerts.find(fingerprint);
    if (found != group->alerts.end()) schedule(*group, found->second, true);
  }
}

// A group that has been quiet for its interval need not wait for the next tick: it takes news after
// group_wait, as a new group does.
void Dispatcher::schedule(Group& group, const AlertPtr& alert, bool changed) {
  const Time now = parts_.loop.now();
  const Duration wait = group.route->group_wait();
  Time next = group.next;
  if (!group.flushed) {
    if (alert->starts_at + wait < parts_.clock.wall()) next = std::min(next, now);
  } else if (changed) {
    next = std::min(next, std::max(now + wait, group.last_sent + group.route->group_interval()));
  }
  if (next == group.next) return;
  group.next = next;
  group.changed.notify_all();
}

io::Task<> Dispatcher::run(std::shared_ptr<Group> group) {
  // The first look comes after everything that arrived together.
  co_await parts_.loop.yield();
  for (;;) {
    while (parts_.loop.now() < group->next) co_await group->changed.wait_until(group->next);
    group->next = parts_.loop.now() + group->route->group_interval();
    const bool first = !std::exchange(group->flushed, true);
    if (first) group->last_sent = parts_.loop.now();
    const bool keep = co_await flush(group);
    if (!keep) break;
  }
  groups_.erase(group->key);
  numbers_->groups.set(static_cast<double>(groups_.size()));
}

// False when the group is empty and over.
io::Task<bool> Dispatcher::flush(std::shared_ptr<Group> group) {
  const WallTime now = parts_.clock.wall();
  const std::map<std::uint64_t, AlertPtr> before = group->alerts;
  auto alerts = std::make_shared<std::vector<AlertPtr>>();
  for (const auto& [fingerprint, alert] : before) {
    if (parts_.muted(alert->labels, now)) {
      numbers_->suppressed.add();
    } else {
      alerts->push_back(alert);
    }
  }
  sort_alerts(*alerts);
  bool good = true;
  group->sent = false;
  const Receiver* receiver = receiver_named(group->route->receiver());
  if (receiver != nullptr && !alerts->empty() && interval_mutes(*group->route, now).empty()) {
    const std::shared_ptr<const std::vector<AlertPtr>> shared = alerts;
    io::Scope sending(parts_.loop);
    for (const Receiver::Integration& integration : receiver->integrations) {
      sending.spawn(notify(group, integration, shared, good));
    }
    co_await sending.finish();
  }
  if (group->sent) group->last_sent = parts_.loop.now();
  if (good) {
    // What changed while the notification was under way stays for the next flush.
    for (const auto& [fingerprint, alert] : before) {
      const auto found = group->alerts.find(fingerprint);
      const bool same = found != group->alerts.end() && found->second == alert;
      if (same && alert->resolved(now) && !parts_.storm.is_held(fingerprint, parts_.loop.now()))
        group->alerts.erase(found);
    }
  }
  co_return !group->alerts.empty();
}

io::Task<> Dispatcher::notify(std::shared_ptr<Group> group, const Receiver::Integration& integration,
                              std::shared_ptr<const std::vector<AlertPtr>> alerts, bool& good) {
  const Time begun = parts_.loop.now();
  const std::string& receiver = group->route->receiver();
  const std::string log_key = fmt::format("{}/{}/{}", receiver, integration.kind, integration.index);
  auto message = std::make_shared<Notification>();
  message->now = parts_.clock.wall();
  NotificationLog::Entry entry;
  const NotificationLog::Entry* last = parts_.log.find(group->key, log_key);
  for (const AlertPtr& alert : *alerts) {
    const std::uint64_t fingerprint = alert->fingerprint;
    const bool resolved = alert->resolved(message->now);
    bool told_firing = !resolved;
    if (parts_.storm.is_held(fingerprint, begun)) {
      // While it flaps, the receiver goes on believing what it was told last.
      told_firing =
          last != nullptr && std::binary_search(last->firing.begin(), last->firing.end(), fingerprint);
      if (!told_firing) continue;
      entry.firing.push_back(fingerprint);
      if (!resolved) message->alerts.push_back(alert);
      continue;
    }
    (told_firing ? entry.firing : entry.resolved).push_back(fingerprint);
    if (told_firing || integration.send_resolved) message->alerts.push_back(alert);
  }
  std::sort(entry.firing.begin(), entry.firing.end());
  std::sort(entry.resolved.begin(), entry.resolved.end());
  const Duration repeat = group->route->repeat_interval();
  message->reason =
      needs_notification(last, entry.firing, entry.resolved, integration.send_resolved, repeat, message->now);
  if (message->reason == NotifyReason::none) co_return;
  // What a group's first notification left behind holds until the group has been quiet.
  if (last != nullptr && message->reason != NotifyReason::first) message->notes = last->notes;
  entry.notes = message->notes;
  if (!message->alerts.empty() && (integration.send_resolved || !entry.firing.empty())) {
    message->receiver = receiver;
    message->group_key = group->key;
    message->group_labels = group->labels;
    message->route_labels = route_labels(*group, *alerts, message->now);
    if (!parts_.storm.admit(receiver, begun)) {
      numbers_->held_back.add();
      remember(*message, integration.kind, "held", "more notifications than the receiver's limit");
      if (parts_.storm.hold_back(receiver, group->key, message->alerts.size()))
        scope_.spawn(summarize(receiver));
      good = false;
      co_return;
    }
    const Time deadline = begun + std::max(group->route->group_interval(), least_time_to_send);
    const Delivery outcome = co_await deliver(integration, message, deadline);
    if (!outcome.delivered) {
      good = false;
      co_return;
    }
    for (const auto& [name, value] : outcome.notes) entry.notes.insert_or_assign(name, value);
  }
  group->sent = true;
  entry.sent_at = message->now;
  // Kept for as long as it can matter: a repeat that never comes ends the group's memory.
  entry.expires_at = message->now + std::max<Duration>(2 * repeat, 120h);
  parts_.log.put(group->key, log_key, std::move(entry));
}

io::Task<Delivery> Dispatcher::deliver(const Receiver::Integration& integration,
                                       std::shared_ptr<const Notification> message, Time deadline) {
  Duration pause = first_retry;
  numbers_->begun(integration.kind);
  for (int attempt = 1;; ++attempt) {
    const Time begun = parts_.loop.now();
    io::Task<Delivery> sending = integration.notifier->send(message);
    std::optional<Delivery> answer = co_await io::within(parts_.loop, deadline - begun, std::move(sending));
    Delivery outcome = answer ? std::move(*answer) : Delivery::failed(false, "it took too long");
    numbers_->asked(integration.kind, outcome.delivered, parts_.loop.now() - begun);
    if (outcome.delivered) {
      remember(*message, integration.kind, "sent", to_string(message->reason));
      co_return outcome;
    }
    // Half of the pause is chance, so that many groups do not come back together.
    const auto half = static_cast<std::uint64_t>(pause.count() / 2);
    const Duration wait = Duration(static_cast<std::int64_t>(half + parts_.random.below(half + 1)));
    if (!outcome.retry || parts_.loop.now() + wait >= deadline) {
      numbers_->failed(integration.kind);
      log.warning("receiver \"{}\": {}[{}]: notify failed after {} attempts: {}", message->receiver,
                  integration.kind, integration.index, attempt, outcome.error);
      remember(*message, integration.kind, "failed", outcome.error);
      co_return outcome;
    }
    if (attempt == 1)
      log.info("receiver \"{}\": {}[{}]: trying again: {}", message->receiver, integration.kind,
               integration.index, outcome.error);
    co_await parts_.loop.sleep(wait);
    pause = std::min(pause * 3 / 2, slowest_retry);
  }
}

// One message instead of all that were held back.
io::Task<> Dispatcher::summarize(std::string name) {
  co_await parts_.loop.sleep(parts_.storm.summary_delay());
  const StormGuard::HeldBack held = parts_.storm.take_held_back(name);
  const Receiver* receiver = receiver_named(name);
  if (held.notifications == 0 || receiver == nullptr) co_return;
  auto alert = std::make_shared<Alert>();
  alert->labels = {{"alertname", "NotificationsHeldBack"}, {"receiver", name}, {"severity", "warning"}};
  std::string groups;
  for (const std::string& group : held.groups) groups += (groups.empty() ? "" : "\n") + group;
  const StormConfig& limits = parts_.storm.config();
  alert->annotations = {
      {"summary",
       fmt::format("{} notifications about {} alerts were held back", held.notifications, held.alerts)},
      {"description",
       fmt::format("Receiver {} may get {} notifications in {}. Held back, among others:\n{}", name,
                   limits.receiver_limit, format_duration(limits.receiver_window), groups)}};
  alert->fingerprint = fingerprint_of(alert->labels);
  alert->starts_at = alert->updated_at = parts_.clock.wall();
  auto message = std::make_shared<Notification>();
  message->receiver = name;
  message->group_key = fmt::format("storm:{}", labels_text(alert->labels));
  message->group_labels = alert->labels;
  message->alerts.push_back(alert);
  message->now = alert->starts_at;
  const Time deadline = parts_.loop.now() + least_time_to_send;
  for (const Receiver::Integration& integration : receiver->integrations) {
    (void)co_await deliver(integration, message, deadline);
  }
}

std::vector<std::string> Dispatcher::interval_mutes(const Route& route, WallTime now) const {
  const auto inside = [&](const std::string& name) {
    const auto found = intervals_.find(name);
    return found != intervals_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                    [now](const TimeInterval& i) { return i.contains(now); });
  };
  std::vector<std::string> out;
  const auto& active = route.active_time_intervals();
  if (!active.empty() && std::none_of(active.begin(), active.end(), inside)) out = active;
  for (const std::string& name : route.mute_time_intervals()) {
    if (inside(name)) out.push_back(name);
  }
  return out;
}

const Receiver* Dispatcher::receiver_named(std::string_view name) const {
  for (const Receiver& receiver : receivers_) {
    if (receiver.name == name) return &receiver;
  }
  return nullptr;
}

LabelMap Dispatcher::route_labels(const Group& group, const std::vector<AlertPtr>& alerts,
                                  WallTime now) const {
  const LabelMap& labels = group.route->labels();
  if (labels.empty() || parts_.route_labels == nullptr) return labels;
  Notification message;
  message.receiver = group.route->receiver();
  message.group_labels = group.labels;
  message.route_labels = labels;
  message.alerts = alerts;
  message.now = now;
  return parts_.route_labels(labels, message);
}

std::vector<std::string> Dispatcher::receivers_of(const LabelMap& labels) const {
  std::vector<std::string> out;
  for (const Route* route : root_.match(labels)) out.push_back(route->receiver());
  return out;
}

void Dispatcher::remember(const Notification& message, std::string_view kind, std::string_view outcome,
                          std::string_view why) {
  HistoryEvent event;
  event.time = message.now;
  event.kind = HistoryEvent::Kind::notification;
  event.from = message.firing() ? "firing" : "resolved";
  event.to = std::string(outcome);
  event.labels = std::make_shared<const LabelMap>(message.group_labels);
  event.detail =
      fmt::format("receiver {} ({}), {} alerts: {}", message.receiver, kind, message.alerts.size(), why);
  parts_.history.add(std::move(event));
}

std::vector<Dispatcher::GroupView> Dispatcher::groups() const {
  std::vector<GroupView> out;
  const WallTime now = parts_.clock.wall();
  for (const auto& [key, group] : groups_) {
    GroupView view;
    view.route = group->route;
    view.labels = group->labels;
    view.key = key;
    for (const auto& [fingerprint, alert] : group->alerts) view.alerts.push_back(alert);
    sort_alerts(view.alerts);
    view.muted_by = interval_mutes(*group->route, now);
    view.route_labels = route_labels(*group, view.alerts, now);
    out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(), [](const GroupView& a, const GroupView& b) {
    if (a.labels != b.labels) return a.labels < b.labels;
    return a.route->receiver() < b.route->receiver();
  });
  return out;
}

void sort_alerts(std::vector<AlertPtr>& alerts) {
  struct Keyed {
    std::string_view job;
    std::string_view instance;
    AlertPtr alert;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(alerts.size());
  for (AlertPtr& alert : alerts) {
    const LabelMap& labels = alert->labels;
    keyed.push_back({label_of(labels, "job"), label_of(labels, "instance"), std::move(alert)});
  }
  std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
    if (a.job != b.job) return a.job < b.job;
    if (a.instance != b.instance) return a.instance < b.instance;
    return a.alert->labels < b.alert->labels;
  });
  for (std::size_t i = 0; i < alerts.size(); ++i) alerts[i] = std::move(keyed[i].alert);
}

}  // namespace aloft::telemetry::alerts
