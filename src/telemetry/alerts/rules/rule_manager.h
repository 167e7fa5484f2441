// All rule groups of the configured files, their state across restarts, and the watch on incoming samples.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/alerts/manager/state_writer.h"
#include "telemetry/alerts/rules/rule_group.h"
#include "telemetry/alerts/rules/threshold_watch.h"

namespace aloft::telemetry::alerts {

struct RuleManagerSettings {
  std::vector<std::string> files;  // patterns with * and ?
  Duration evaluation_interval = 1min;
  std::string folder;  // for the state; empty: none is kept
};

// Lives on the alerts' loop.
class RuleManager {
 public:
  // `observable` may be null: then nothing is evaluated before its turn.
  RuleManager(RuleEnvironment& environment, StateWriter& writer, metrics::Observable* observable);
  ~RuleManager();

  // Reads the state that an earlier process left. Blocks; before the first apply().
  void open(const std::string& folder);
  // Puts groups in force. Groups and rules that were there go on; the series of those that went become stale.
  void apply(std::vector<RuleGroupConfig> groups, RuleManagerSettings settings);

  // Sorted by file and name.
  const std::vector<std::unique_ptr<RuleGroup>>& groups() const { return groups_; }
  // The state for the disk.
  std::string state_json() const;
  // Writes it now; the writer finishes before it is destroyed.
  void save();

 private:
  struct Watched {
    RuleGroup* group;
    std::size_t rule;
    std::unique_ptr<ThresholdWatch> watch;
    std::unique_ptr<metrics::Observation> observation;
  };
  void watch_thresholds();
  void restore(RuleGroup& group);
  io::Task<> drain();
  io::Task<> keep_state();
  void take_crossings();
  std::uint64_t changes() const;

  RuleEnvironment& environment_;
  StateWriter& writer_;
  metrics::Observable* observable_;
  RuleManagerSettings settings_;
  std::vector<std::unique_ptr<RuleGroup>> groups_;
  std::vector<Watched> watched_;
  WallTime watching_since_;
  std::shared_ptr<CrossingQueue> crossings_;
  bool draining_ = false;
  std::uint64_t saved_changes_ = 0;
  // What was found on disk, by group and rule, until the rules take it.
  struct Earlier;
  std::unique_ptr<Earlier> earlier_;
  io::Scope scope_;
};

// The rule files that the patterns name, read and checked. Blocks. Error: invalid, with one line for each
// mistake of any file; warnings go to the log.
Result<std::vector<RuleGroupConfig>> load_rule_files(const std::vector<std::string>& patterns,
                                                     const RuleFileOptions& options = {});
// The files that a pattern names, sorted; a pattern without wildcards names itself when the file is there.
std::vector<std::string> expand_pattern(const std::string& pattern);

}  // namespace aloft::telemetry::alerts
