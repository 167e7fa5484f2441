// The watches of one store on one loop. Each group of commits wakes a hub once; it walks the new changes and
// hands each to the watches that the index finds for it, so watches that are not concerned cost nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/event.h"
#include "store/history.h"
#include "store/state.h"
#include "store/watch_index.h"

namespace aloft::store {

// Lives on the loop of its port and is owned by its watches.
class WatchHub : public std::enable_shared_from_this<WatchHub> {
 public:
  // The hub of `loop`, made when there is none. Call on that loop.
  static std::shared_ptr<WatchHub> of(io::Loop& loop, const std::shared_ptr<Shared>& shared);
  explicit WatchHub(std::shared_ptr<HubPort> port, std::shared_ptr<Shared> shared);
  ~WatchHub();

  // Catches up with the published state.
  void pull();
  // Up to here every live watch has been given its changes.
  const HistoryCursor& position() const { return position_; }
  Revision revision() const { return revision_; }
  io::Loop& loop() const { return port_->loop; }

  // For HubWatch: a live watch is given changes, a lagging one reads the history by itself.
  void add_live(HubWatch& watch);
  void add_lagging(HubWatch& watch);
  void remove(HubWatch& watch);

 private:
  void route(const ChangePointer& change, const HistoryCursor& here);
  void end_all(const Error& error);

  std::shared_ptr<HubPort> port_;
  std::shared_ptr<Shared> shared_;
  HistoryCursor position_;
  Revision revision_ = 0;
  WatchIndex live_;
  std::vector<HubWatch*> lagging_;
};

// One watch. While its reader keeps up it queues the changes it is given; when too many wait it lags: it
// notes its place in the history and reads from there when its reader comes back, for as long as history
// reaches back.
class HubWatch final : public Watch {
 public:
  HubWatch(std::shared_ptr<WatchHub> hub, Range range, std::optional<Pin> pin,
           std::optional<HistoryCursor> start);
  ~HubWatch() override;

  io::Task<Result<std::vector<std::shared_ptr<const Change>>>> next() override;
  void interrupt() override;
  Revision seen() const override;

  // For WatchHub and its index.
  const std::string& prefix() const { return range_.prefix; }
  const std::optional<Pin>& pin() const { return pin_; }
  // False when the queue is full: the watch lags from this change on.
  bool offer(const ChangePointer& change, const HistoryCursor& behind_it);
  bool lags_behind(Revision revision) const { return cursor_ && cursor_->passed() < revision; }
  void end(Error error);

 private:
  bool in_range(const Change& change) const;
  bool concerns(const Change& change) const;
  // Reads up to a bound of the history; true when something was found or the watch is live again.
  bool read_history();

  std::shared_ptr<WatchHub> hub_;
  Range range_;
  std::optional<Pin> pin_;
  std::vector<ChangePointer> queue_;
  std::optional<HistoryCursor> cursor_;  // set while lagging
  std::optional<Error> ended_;
  bool interrupted_ = false;
  io::Event ready_;
};

}  // namespace aloft::store
