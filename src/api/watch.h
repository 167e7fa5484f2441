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
  std::optional<Duration> timeout;
};

// One event as it concerns one watcher.
struct WatchedEvent {
  enum class Type { added, modified, removed, bookmark } type = Type::added;
  store::Entry entry;                           // of a removal: the last state
  std::shared_ptr<const store::Change> change;  // null for initial events and bookmarks
  bool initial_end = false;                     // a bookmark that ends the initial events
};

// The text of events, made once for all watchers that want the same form. Lives on the API's loop.
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
  const Clock& clock_;
  std::map<Key, std::pair<std::shared_ptr<const store::Change>, SharedBytes>> texts_;
  std::deque<Key> order_;
};

// The events of one watcher. Lives on the API's loop; the registry outlives it.
class WatchSession {
 public:
  // Errors: expired, timeout (a resourceVersion in the future), invalid. Opening is not opening the HTTP
  // stream: history that is gone is told inside.
  static Result<std::unique_ptr<WatchSession>> open(Registry& registry, const Resource& resource,
                                                    WatchQuery query);

  // At least one event, or nullopt when the time is up. Error: expired.
  io::Task<Result<std::optional<std::vector<WatchedEvent>>>> next();

  // For open() and make_unique; not usable before open() has filled it.
  WatchSession(Registry& registry, const Resource& resource, WatchQuery query);

 private:
  std::vector<WatchedEvent> judge(const std::vector<std::shared_ptr<const store::Change>>& changes) const;
  WatchedEvent bookmark(bool initial_end) const;

  Registry& registry_;
  const Resource& resource_;
  WatchQuery query_;
  std::vector<WatchedEvent> initial_;
  std::unique_ptr<store::Watch> watch_;
  Time deadline_;
  Time next_bookmark_;
  store::Revision sent_ = 0;
};

}  // namespace aloft::api
