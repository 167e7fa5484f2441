// The Alertmanager: takes alerts, keeps silences, decides who is notified of what and when.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "io/scope.h"
#include "telemetry/alerts/manager/dispatcher.h"
#include "telemetry/alerts/manager/history.h"
#include "telemetry/alerts/manager/inhibitor.h"
#include "telemetry/alerts/manager/silences.h"
#include "telemetry/alerts/manager/state_writer.h"
#include "telemetry/core/record_log.h"

namespace aloft::telemetry::alerts {

struct ManagerParts {
  io::Loop& loop;
  const Clock& clock;
  Random& random;
  Metrics& metrics;
  StateWriter& writer;
  // For silences, the notification log and the history; empty: nothing is kept on disk.
  std::string folder;
  // Makes what notifies a receiver; asked when a configuration is applied.
  NotifierFactory notifiers;
  RouteLabelRenderer route_labels;  // null: they stand as they are written
};

struct AlertStatus {
  std::vector<std::string> silenced_by;   // ids of silences
  std::vector<std::string> inhibited_by;  // fingerprints
  bool suppressed() const { return !silenced_by.empty() || !inhibited_by.empty(); }
};

// Lives on one loop, but for open(), which blocks and comes first.
class Manager {
 public:
  explicit Manager(ManagerParts parts);
  ~Manager();

  // Reads what the folder holds. Damaged files are reported in the log and left aside; they never stop a
  // start.
  Result<> open();
  // Puts a configuration in force; the alerts are dispatched anew by it. Error: invalid, from a receiver; the
  // configuration in force stays.
  Result<> apply(std::shared_ptr<const ManagerConfig> config);
  bool configured() const { return config_ != nullptr; }
  const ManagerConfig& config() const { return *config_; }

  // Alerts as a client posts them: times that are missing are filled in, alerts without a label are refused.
  // Valid ones count even when others are refused. Error: invalid, naming each refused one.
  Result<> post(std::vector<Alert> alerts);
  // Alerts of our own rules: labels are good, times are set.
  void put(std::vector<Alert> alerts);

  // Durable when they resume. Errors: as Silences, and from the disk.
  io::Task<Result<std::string>> set_silence(Silence silence);
  io::Task<Result<>> expire_silence(std::string id);
  const Silences& silences() const { return silences_; }

  // Every alert that has not ended, sorted by fingerprint.
  std::vector<AlertPtr> alerts() const;
  AlertStatus status_of(const LabelMap& labels) const;
  const Dispatcher& dispatcher() const { return *dispatcher_; }
  History& history() { return history_; }
  const History& history() const { return history_; }
  WallTime started_at() const { return started_at_; }
  io::Loop& loop() const { return parts_.loop; }
  const Clock& clock() const { return parts_.clock; }

 private:
  struct Held {
    AlertPtr alert;
    bool firing = false;  // as last looked at
  };
  void accept(Alert alert, WallTime now);
  void changed(const Held& held, bool firing, WallTime now);
  io::Task<> tend();
  void tend_once();
  io::Task<Result<>> save_silences();
  io::Task<> keep_history_soon();
  void keep_history();
  Result<> open_log(std::string_view name, std::unique_ptr<RecordLog>& log, std::size_t segment_bytes,
                    const std::function<bool(std::string_view)>& replay);
  void compact_notifications();

  ManagerParts parts_;
  std::shared_ptr<const ManagerConfig> config_;
  std::unordered_map<std::uint64_t, Held> alerts_;
  Silences silences_;
  NotificationLog log_;
  History history_;
  std::unique_ptr<Inhibitor> inhibitor_;
  std::unique_ptr<StormGuard> storm_;
  // Where the history's segments began.
  struct HistoryCuts {
    std::uint64_t since = 0;  // bytes after the last one
    std::vector<LogPosition> positions;
  };
  // Used on the writer's thread once open() is done.
  std::shared_ptr<RecordLog> notification_file_;
  std::shared_ptr<RecordLog> history_file_;
  std::shared_ptr<HistoryCuts> history_cuts_ = std::make_shared<HistoryCuts>();
  std::vector<HistoryEvent> events_;  // not yet on their way to the disk
  WallTime started_at_;
  std::uint64_t ticks_ = 0;
  Gauge& active_;
  Gauge& suppressed_;
  Counter &received_firing_, &received_resolved_, &invalid_;
  std::unique_ptr<Dispatcher> dispatcher_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::alerts
