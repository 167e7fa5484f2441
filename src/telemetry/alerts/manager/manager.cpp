// Alerts in memory, silences and logs on disk, and the dispatcher over them.
#include "telemetry/alerts/manager/manager.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "io/file.h"
#include "telemetry/alerts/log.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr Duration silence_retention = 120h;
constexpr Duration resolved_kept = 15min;
constexpr std::size_t history_segment_bytes = 8 * 1024 * 1024;
constexpr std::uint64_t history_bytes = 64 * 1024 * 1024;
constexpr std::uint64_t notification_bytes = 32 * 1024 * 1024;

std::string invalid_reason(const Alert& alert) {
  if (alert.labels.empty()) return "at least one label pair required";
  for (const auto* labels : {&alert.labels, &alert.annotations}) {
    const std::string_view what = labels == &alert.labels ? "label set" : "annotations";
    for (const auto& [name, value] : *labels) {
      if (name.empty() || !is_utf8(name)) return fmt::format("invalid {}: invalid name \"{}\"", what, name);
      if (!is_utf8(value)) return fmt::format("invalid {}: invalid value \"{}\" of {}", what, value, name);
    }
  }
  if (alert.ends_at < alert.starts_at) return "start time must be before end time";
  return "";
}

}  // namespace

Manager::Manager(ManagerParts parts)
    : parts_(std::move(parts)),
      silences_(parts_.random),
      started_at_(parts_.clock.wall()),
      active_(parts_.metrics.gauge("alertmanager_alerts", "Alerts by state.", {{"state", "active"}})),
      suppressed_(parts_.metrics.gauge("alertmanager_alerts", "Alerts by state.", {{"state", "suppressed"}})),
      received_firing_(parts_.metrics.counter("alertmanager_alerts_received_total", "Alerts received.",
                                              {{"status", "firing"}, {"version", "v2"}})),
      received_resolved_(parts_.metrics.counter("alertmanager_alerts_received_total", "Alerts received.",
                                                {{"status", "resolved"}, {"version", "v2"}})),
      invalid_(parts_.metrics.counter("alertmanager_alerts_invalid_total",
                                      "Alerts received that were refused.", {{"version", "v2"}})),
      scope_(parts_.loop) {}

Manager::~Manager() {
  scope_.cancel();
  keep_history();
  dispatcher_.reset();
}

Result<> Manager::open_log(std::string_view name, std::unique_ptr<RecordLog>& out, std::size_t segment_bytes,
                           const std::function<bool(std::string_view)>& replay) {
  RecordLogSettings settings;
  settings.folder = fmt::format("{}/{}", parts_.folder, name);
  settings.segment_bytes = segment_bytes;
  RecordLogReport report;
  std::uint64_t strange = 0;
  TRY(opened, RecordLog::open(
                  settings, [&](LogPosition, std::string_view record) { strange += replay(record) ? 0 : 1; },
                  &report));
  if (report.damaged + strange > 0)
    log.warning("{}: {} records could not be read: {}", settings.folder, report.damaged + strange,
                report.first_damage);
  out = std::move(opened);
  return {};
}

Result<> Manager::open() {
  if (parts_.folder.empty()) return {};
  TRY_DO(io::make_directories(parts_.folder, 0700));
  const std::string path = parts_.folder + "/silences.json";
  if (const auto text = io::read_file(path)) {
    if (auto loaded = silences_.load(*text); !loaded) log.warning("{}: {}", path, loaded.error().message());
  } else if (text.error().code() != Code::not_found) {
    return fail(text.error());
  }
  std::unique_ptr<RecordLog> notifications;
  TRY_DO(open_log("notifications", notifications, 4 * 1024 * 1024,
                  [this](std::string_view record) { return log_.replay(record); }));
  notification_file_ = std::move(notifications);
  log_.collect(parts_.clock.wall());
  compact_notifications();
  std::unique_ptr<RecordLog> history;
  TRY_DO(open_log("history", history, history_segment_bytes,
                  [this](std::string_view record) { return history_.replay(record); }));
  history_file_ = std::move(history);
  log_.set_sink([this](std::string record) {
    parts_.writer.submit([file = notification_file_, bytes = std::move(record)] {
      if (auto done = file->append(bytes); !done) log.error("notification log: {}", done.error().message());
    });
  });
  history_.set_sink([this](const HistoryEvent& event) {
    events_.push_back(event);
    if (events_.size() == 1) scope_.spawn(keep_history_soon());
  });
  return {};
}

// What comes in one turn of the loop is written together, so that a storm costs few writes.
io::Task<> Manager::keep_history_soon() {
  co_await parts_.loop.yield();
  keep_history();
}

void Manager::keep_history() {
  if (events_.empty() || history_file_ == nullptr) return;
  parts_.writer.submit([file = history_file_, cuts = history_cuts_, events = std::exchange(events_, {})] {
    std::string bytes;
    for (const HistoryEvent& event : events) bytes += History::record_of(event) + "\n";
    if (auto done = file->append(bytes); !done) log.error("alert history: {}", done.error().message());
    cuts->since += bytes.size();
    if (cuts->since < history_segment_bytes) return;
    cuts->since = 0;
    if (const auto position = file->cut()) cuts->positions.push_back(*position);
    // The segments are dropped from the oldest on.
    while (file->bytes() > history_bytes && !cuts->positions.empty()) {
      if (!file->drop_before(cuts->positions.front())) break;
      cuts->positions.erase(cuts->positions.begin());
    }
  });
}

// Rewrites the log as what it stands for. On the writer's thread, or before there is one.
void Manager::compact_notifications() {
  auto write = [file = notification_file_, records = log_.records()] {
    const auto position = file->cut();
    if (!position) return;
    for (const std::string& record : records) {
      if (!file->append(record)) return;
    }
    if (file->sync()) static_cast<void>(file->drop_before(*position));
  };
  parts_.writer.submit(std::move(write));
}

Result<> Manager::apply(std::shared_ptr<const ManagerConfig> config) {
  std::vector<Receiver> receivers;
  for (const ReceiverConfig& described : config->receivers) {
    Receiver receiver;
    receiver.name = described.name;
    for (const IntegrationConfig& integration : described.integrations) {
      auto made = parts_.notifiers(described, integration);
      if (!made)
        return fail(
            std::move(made).error().at(fmt::format("receiver \"{}\": {}", described.name, integration.kind)));
      Receiver::Integration entry;
      entry.kind = integration.kind;
      entry.index = integration.index;
      entry.send_resolved = integration.send_resolved;
      entry.notifier = std::move(*made);
      receiver.integrations.push_back(std::move(entry));
    }
    receivers.push_back(std::move(receiver));
  }
  const bool first = config_ == nullptr;
  dispatcher_.reset();
  storm_ = std::make_unique<StormGuard>(config->storm);
  inhibitor_ = std::make_unique<Inhibitor>(config->inhibit_rules);
  config_ = std::move(config);
  DispatcherParts parts{parts_.loop,
                        parts_.clock,
                        parts_.random,
                        log_,
                        *storm_,
                        history_,
                        parts_.metrics,
                        [this](const LabelMap& labels, WallTime now) {
                          return !silences_.silenced_by(labels, now).empty() ||
                                 !inhibitor_->muted_by(labels, now).empty();
                        },
                        parts_.route_labels};
  dispatcher_ = std::make_unique<Dispatcher>(std::move(parts), *config_, std::move(receivers));
  for (const auto& [fingerprint, held] : alerts_) inhibitor_->update(held.alert);
  for (const auto& [fingerprint, held] : alerts_) dispatcher_->put(held.alert);
  if (first) scope_.spawn(tend());
  return {};
}

Result<> Manager::post(std::vector<Alert> alerts) {
  const WallTime now = parts_.clock.wall();
  std::string wrong;
  std::vector<Alert> good;
  for (Alert& alert : alerts) {
    if (alert.starts_at == WallTime{}) alert.starts_at = alert.ends_at == WallTime{} ? now : alert.ends_at;
    if (alert.ends_at == WallTime{}) {
      alert.timeout = true;
      alert.ends_at = now + config_->resolve_timeout;
    }
    (alert.resolved(now) ? received_resolved_ : received_firing_).add();
    std::erase_if(alert.labels, [](const auto& label) { return label.second.empty(); });
    const std::string reason = invalid_reason(alert);
    if (reason.empty()) {
      good.push_back(std::move(alert));
    } else {
      invalid_.add();
      wrong += (wrong.empty() ? "" : "\n") + reason;
    }
  }
  put(std::move(good));
  if (!wrong.empty()) return fail(Code::invalid, std::move(wrong));
  return {};
}

void Manager::put(std::vector<Alert> alerts) {
  const WallTime now = parts_.clock.wall();
  // Sources of inhibition first: what arrives together is judged together.
  std::vector<std::uint64_t> order;
  order.reserve(alerts.size());
  for (Alert& alert : alerts) {
    alert.fingerprint = fingerprint_of(alert.labels);
    order.push_back(alert.fingerprint);
    accept(std::move(alert), now);
  }
  for (const std::uint64_t fingerprint : order) dispatcher_->put(alerts_.at(fingerprint).alert);
}

void Manager::accept(Alert alert, WallTime now) {
  alert.updated_at = now;
  const std::uint64_t fingerprint = alert.fingerprint;
  const auto found = alerts_.find(fingerprint);
  if (found != alerts_.end()) {
    const Alert& old = *found->second.alert;
    const bool ends_inside = alert.ends_at > old.starts_at && alert.ends_at < old.ends_at;
    const bool starts_inside = alert.starts_at > old.starts_at && alert.starts_at < old.ends_at;
    if (ends_inside || starts_inside) alert = merge_alerts(old, alert);
  }
  Held held;
  const bool was_firing = found != alerts_.end() && found->second.firing;
  held.alert = std::make_shared<const Alert>(std::move(alert));
  held.firing = !held.alert->resolved(now);
  if (found == alerts_.end() ? held.firing : held.firing != was_firing) changed(held, held.firing, now);
  inhibitor_->update(held.alert);
  alerts_.insert_or_assign(fingerprint, std::move(held));
}

void Manager::changed(const Held& held, bool firing, WallTime now) {
  storm_->record_change(held.alert->fingerprint, parts_.loop.now());
  HistoryEvent event;
  event.time = now;
  event.kind = HistoryEvent::Kind::alert;
  event.from = firing ? "resolved" : "firing";
  event.to = firing ? "firing" : "resolved";
  event.labels = std::make_shared<const LabelMap>(held.alert->labels);
  history_.add(std::move(event));
}

io::Task<> Manager::tend() {
  for (;;) {
    co_await parts_.loop.sleep(1s);
    tend_once();
    if (ticks_ % 60 == 0 && silences_.collect(parts_.clock.wall(), silence_retention)) {
      const Result<> saved = co_await save_silences();
      if (!saved) log.error("silences: {}", saved.error().message());
    }
  }
}

void Manager::tend_once() {
  const WallTime now = parts_.clock.wall();
  double active = 0;
  for (auto item = alerts_.begin(); item != alerts_.end();) {
    Held& held = item->second;
    const bool firing = !held.alert->resolved(now);
    if (held.firing && !firing) {
      // Its end time has come and nobody told more.
      held.firing = false;
      changed(held, false, now);
      dispatcher_->nudge(item->first);
    }
    active += firing ? 1 : 0;
    if (!firing && held.alert->ends_at + resolved_kept <= now) {
      inhibitor_->forget(*held.alert);
      item = alerts_.erase(item);
    } else {
      ++item;
    }
  }
  active_.set(active);
  if (++ticks_ % 60 != 0) return;
  storm_->collect(parts_.loop.now());
  log_.collect(now);
  double suppressed = 0;
  for (const auto& [fingerprint, held] : alerts_)
    suppressed += held.firing && status_of(held.alert->labels).suppressed() ? 1 : 0;
  suppressed_.set(suppressed);
  if (notification_file_ != nullptr && notification_file_->bytes() > notification_bytes)
    compact_notifications();
}

io::Task<Result<>> Manager::save_silences() {
  if (parts_.folder.empty()) co_return Result<>();
  std::string path = parts_.folder + "/silences.json";
  std::string text = silences_.save(parts_.clock.wall());
  auto write = [path = std::move(path), text = std::move(text)]() -> Result<> {
    return io::write_file(path, text, 0600);
  };
  io::Task<Result<>> writing = parts_.writer.run(parts_.loop, std::move(write));
  co_return co_await std::move(writing);
}

io::Task<Result<std::string>> Manager::set_silence(Silence silence) {
  const WallTime now = parts_.clock.wall();
  HistoryEvent event;
  event.time = now;
  event.kind = HistoryEvent::Kind::silence;
  event.from = silence.id.empty() ? "" : "active";
  event.to = "active";
  event.detail = fmt::format("by {}: {}", silence.created_by, silence.comment);
  LabelMap labels;
  for (const Matcher& matcher : silence.matchers) labels.insert_or_assign(matcher.name(), matcher.value());
  event.labels = std::make_shared<const LabelMap>(std::move(labels));
  Result<std::string> id = silences_.set(std::move(silence), now);
  if (!id) co_return id;
  history_.add(std::move(event));
  const Result<> saved = co_await save_silences();
  if (!saved) co_return fail(saved.error());
  co_return id;
}

io::Task<Result<>> Manager::expire_silence(std::string id) {
  const WallTime now = parts_.clock.wall();
  const Silence* known = silences_.find(id);
  const bool over = known != nullptr && known->state(now) == SilenceState::expired;
  const Result<> expired = silences_.expire(id, now);
  if (!expired || over) co_return expired;
  HistoryEvent event;
  event.time = now;
  event.kind = HistoryEvent::Kind::silence;
  event.from = "active";
  event.to = "expired";
  event.detail = id;
  history_.add(std::move(event));
  const Result<> saved = co_await save_silences();
  co_return saved;
}

std::vector<AlertPtr> Manager::alerts() const {
  const WallTime now = parts_.clock.wall();
  std::vector<AlertPtr> out;
  for (const auto& [fingerprint, held] : alerts_) {
    if (!held.alert->resolved(now)) out.push_back(held.alert);
  }
  std::sort(out.begin(), out.end(),
            [](const AlertPtr& a, const AlertPtr& b) { return a->fingerprint < b->fingerprint; });
  return out;
}

AlertStatus Manager::status_of(const LabelMap& labels) const {
  const WallTime now = parts_.clock.wall();
  AlertStatus out;
  out.silenced_by = silences_.silenced_by(labels, now);
  if (inhibitor_ != nullptr) {
    for (const std::uint64_t fingerprint : inhibitor_->muted_by(labels, now))
      out.inhibited_by.push_back(fingerprint_text(fingerprint));
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
