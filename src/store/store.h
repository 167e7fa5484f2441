// The state of the cloud: keys, bytes, and one revision that grows with every commit. All reads come from
// memory and never wait for the writer; a commit is answered when it is durable. Watches replay history and
// then follow.
//
// Engines differ only in where commits become durable (memory: nowhere; SQLite: a database file); the
// contract test in store_contract_test.cpp runs over all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::store {

// Grows by one with every commit, never with reads; the first commit makes 1. Shared by all keys of a store.
using Revision = std::int64_t;

// One key as it stands at some revision. Copying shares the bytes.
struct Entry {
  std::string key;
  SharedBytes value;
  Revision created = 0;   // the commit that made the key (since its last removal)
  Revision modified = 0;  // the commit that wrote this value
};

// What a commit does to one key.
struct Write {
  std::string key;
  // The new value; nullopt removes the key.
  std::optional<std::string> value;
  // Where in `value` to insert the decimal revision of this commit. The writer assigns revisions, so an
  // object that carries its own revision can be encoded only once, before it is known.
  std::optional<std::size_t> revision_at;
  // The revision at which the key must have been modified last; 0: it must not exist; nullopt: whatever.
  std::optional<Revision> expected;
  // True: do nothing but check `expected`.
  bool check_only = false;
};

struct Committed {
  Revision revision = 0;
  // One for each write, in order: the entry as written (with its revision inserted); for a removal the entry
  // removed, for a check the entry as it stands (for either, an entry of revision 0 when the key does not
  // exist).
  std::vector<Entry> entries;
};

// Keys that start with `prefix`, after `after` when that is not empty.
struct Range {
  std::string prefix;
  std::string after;
};

struct ListOptions {
  Revision at = 0;        // 0: now
  std::size_t limit = 0;  // 0: all
};

struct Page {
  std::vector<Entry> entries;
  Revision revision = 0;      // the state that the page shows
  bool more = false;          // entries after the last one exist
  std::size_t remaining = 0;  // how many, when more
};

struct Change {
  enum class Type { put, removed } type = Type::put;
  // After the change; for a removal the key with the revision of the removal and no value.
  Entry entry;
  // Before the change, when the key existed.
  std::optional<Entry> previous;
};

// What watches of one prefix tell each other apart by: a property of values, read once a change for all of
// them ("the node that the pod is on"). Facets of one name read the same property.
struct Facet {
  std::string name;
  // nullopt: the entry does not have the property. Called on the loops of watches.
  std::function<std::optional<std::string>(const Entry&)> read;
};

// For a watch that wants a change only when the facet has this value before it or after it.
struct Pin {
  std::shared_ptr<const Facet> facet;
  std::string value;
};

// Changes in revision order from one point on. Lives on the loop that it was opened for. A watcher that falls
// too far behind is ended with Code::expired and must list again; it never slows the writer.
class Watch {
 public:
  virtual ~Watch() = default;
  // At least one change: all that are ready, up to an internal bound; none when it was interrupted. Errors:
  // expired (history gone), cancelled (the store closes). The changes of one commit come in one batch or in
  // consecutive ones.
  virtual io::Task<Result<std::vector<std::shared_ptr<const Change>>>> next() = 0;
  // Makes the next() that waits, or the next one that would, return without changes. It costs nothing while
  // changes come, as a time limit on each next() would.
  virtual void interrupt() = 0;
  // Every change up to this revision has been handed out by next().
  virtual Revision seen() const = 0;
};

// Thread safe: any loop may call; a Task resumes on `loop`, the caller's own. A loop that commits outlives
// close(); one that only watches outlives its watches. Watches may outlive the store.
class Store {
 public:
  virtual ~Store() = default;

  // Reads do not wait and do not fail but for `at` (list): Code::expired once compacted, Code::invalid in the
  // future.
  virtual std::optional<Entry> get(std::string_view key) const = 0;
  virtual Result<Page> list(const Range& range, const ListOptions& options) const = 0;
  virtual Revision revision() const = 0;
  // The oldest revision at which list() and watch() still work.
  virtual Revision compacted() const = 0;

  // All or nothing, in one revision; answered when durable. Errors: conflict (an `expected` does not hold;
  // the message names the key), invalid (a key stands twice), unavailable (the engine cannot write: disk
  // full, closing). A commit that would change nothing makes no revision. When the task is dropped the commit
  // may or may not happen.
  virtual io::Task<Result<Committed>> commit(io::Loop& loop, std::vector<Write> writes) = 0;

  // Changes after `after` in the range; 0 means from now on. Code::expired when history no longer reaches
  // back, Code::invalid for a revision in the future, Code::cancelled when the store is closed. With a `pin`
  // the watch costs nothing while changes do not concern it.
  virtual Result<std::unique_ptr<Watch>> watch(io::Loop& loop, Range range, Revision after,
                                               std::optional<Pin> pin = std::nullopt) = 0;

  // Forgets history up to `revision`. The engines also do so by themselves, keeping a bounded history.
  virtual io::Task<Result<>> compact(io::Loop& loop, Revision revision) = 0;

  // Waits for what is being written; further commits fail with unavailable, watches end. Reads go on.
  virtual void close() = 0;
};

struct HistoryLimits {
  std::size_t changes = 100'000;
  std::size_t bytes = 64 * 1024 * 1024;
};

// Durable nowhere; for tests, simulation and `--store memory`.
std::unique_ptr<Store> open_memory_store(HistoryLimits limits = {});

struct SqliteOptions {
  std::string path;  // a database file; made when missing
  HistoryLimits history;
  std::size_t batch_writes = 512;  // commits that may share one transaction and so one fsync
};
// WAL with full sync: what commit() answered survives kill -9 and power loss. Errors: unavailable naming the
// path (in use, not a database, no space).
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

}  // namespace aloft::store
