// Watches: the changes of a collection, filtered by selectors, in the client's form, until the time is up.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/negotiation.h"
#include "api/registry.h"
#include "base/bytes.h"
#include "base/result.h"
#include "store/store.h"

namespace aloft::api {

struct WatchQuery {
  ListQuery list;  // namespace, selectors, resourceVersion
  bool bookmarks = false;
  std::optional<bool> send_initial_events;
  Duration timeout = 30min;  // after which the watch ends and the client opens the next
};

// One event as it concerns one watcher. It is made for each of them, so it refers to what they share.
struct WatchedEvent {
  enum class Type { added, modified, removed, bookmark } type = Type::added;
  bool initial_end = false;  // a bookmark that ends the initial events
  store::Revision revision = 0;
  std::shared_ptr<const store::Change> change;  // null for initial events and bookmarks
  SharedBytes initial;                          // the object of an initial event

  // The object in the resource's form; of a removal the last state, with the revision of the removal. Not for
  // bookmarks.
  SharedBytes object(const Resource& resource) const;
};

// The text of events, made once for all watchers of a loop that want the same form. Lives on that loop.
class EventTexts {
 public:
  explicit EventTexts(const Clock& clock) : clock_(clock) {}
  // One line of the stream, newline included. `with_columns`: the first event of a Table watch names its
  // columns.
  SharedBytes line(const Resource& resource, const WatchedEvent& event, const Answer& answer,
                   bool with_columns);
  static SharedBytes error_line(const Error& error);

 private:
  std::string make(const Resource& resource, const WatchedEvent& event, const Answer& answer,
                   bool with_columns) const;
  static constexpr std::size_t kept = 512;
  using Key = std::pair<const store::Change*, int>;
  using Kept = std::pair<std::shared_ptr<const store::Change>, SharedBytes>;
  const Clock& clock_;
  std::map<Key, Kept> texts_;
  std::deque<Key> order_;
  // Watchers are served one after the other with the same event.
  Key newest_key_;
  SharedBytes newest_;
};

// The events of one watcher. Lives on the loop that it was opened for; the registry outlives it.
class WatchSession {
 public:
  // Errors: expired, timeout (a resourceVersion in the future), invalid. Opening is not opening the HTTP
  // stream: history that is gone is told inside.
  static Result<std::unique_ptr<WatchSession>> open(io::Loop& loop, const Registry& registry,
                                                    const Resource& resource, WatchQuery query);

  // At least one event, or nullopt when the time is up. Error: expired.
  io::Task<Result<std::optional<std::vector<WatchedEvent>>>> next();

  // For open() and make_unique; not usable before open() has filled it.
  WatchSession(io::Loop& loop, WatchQuery query);

 private:
  std::vector<WatchedEvent> judge(std::vector<std::shared_ptr<const store::Change>> changes) const;
  WatchedEvent bookmark(bool initial_end) const;
  io::Task<> keep_time();

  io::Loop& loop_;
  WatchQuery query_;
  std::vector<WatchedEvent> initial_;
  std::unique_ptr<store::Watch> watch_;
  Time deadline_;
  Time next_bookmark_;
  store::Revision sent_ = 0;
  bool over_ = false;
  bool bookmark_due_ = false;
  io::Task<> time_;  // one timer for the whole watch, not one for each event
};

}  // namespace aloft::api
