// The history of alerts: every change of state, kept in memory and on disk within bounds.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::alerts {

struct HistoryEvent {
  // What changed: a rule's alert (inactive, pending, firing), the manager's alert (firing, resolved), a
  // notification (sent, failed, held), a silence (created, expired).
  enum class Kind : unsigned char { rule, alert, notification, silence };
  WallTime time;
  Kind kind = Kind::alert;
  std::string from;
  std::string to;
  std::shared_ptr<const LabelMap> labels;
  std::string detail;           // the rule's group, the receiver, the silence's author
  std::optional<double> value;  // of the rule's expression
};
std::string_view to_string(HistoryEvent::Kind kind);

struct HistoryQuery {
  std::optional<WallTime> start;
  std::optional<WallTime> end;
  std::optional<HistoryEvent::Kind> kind;
  std::vector<std::vector<Matcher>> matcher_sets;  // any of them; empty: all
  std::size_t limit = 1000;
};

// Lives on one loop.
class History {
 public:
  // Given every event to keep; record_of() makes the form for the disk, from any thread.
  using Sink = std::function<void(const HistoryEvent& event)>;
  static std::string record_of(const HistoryEvent& event);
  explicit History(std::size_t limit = 50'000) : limit_(limit) {}
  void set_sink(Sink sink) { sink_ = std::move(sink); }
  void add(HistoryEvent event);
  // The newest first.
  std::vector<const HistoryEvent*> query(const HistoryQuery& query) const;
  // {"status":"success","data":{"events":[...]}}
  std::string query_json(const HistoryQuery& query) const;
  // Records of record_of(), one a line. False when one is damaged.
  bool replay(std::string_view record);
  std::size_t size() const { return events_.size(); }

 private:
  bool replay_line(std::string_view line);
  void keep(HistoryEvent event);
  std::size_t limit_;
  std::deque<HistoryEvent> events_;
  Sink sink_;
};

}  // namespace aloft::telemetry::alerts
