// Talks to the API server: the same interface in process (api/local_client.h) and over HTTP (http_client.h).
// Objects are JSON text here; typed.h turns them into structs.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/task.h"

namespace aloft::client {

// A collection of the API: {"apps", "v1", "deployments"}. A value.
struct Resource {
  std::string group;  // empty for the core group
  std::string version;
  std::string plural;
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  auto operator<=>(const Resource&) const = default;
};

// An object within a collection; ns is empty for cluster-scoped kinds.
struct ObjectKey {
  std::string ns;
  std::string name;
  std::string to_string() const { return ns.empty() ? name : ns + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

struct ListOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  // "0": any recent state; empty: the newest
  std::size_t limit = 0;
  std::string continue_token;
};

struct RawList {
  std::vector<SharedBytes> items;  // without kind and apiVersion when the server leaves them out
  std::string resource_version;
  std::string continue_token;
};

struct WriteOptions {
  std::string field_manager;
  std::string subresource;  // "status", "scale", "binding", ... or empty
  bool dry_run = false;
  bool force = false;  // of an apply patch
};

enum class PatchType { json, merge, strategic, apply };

struct DeleteOptions {
  std::optional<std::int64_t> grace_period_seconds;
  std::string propagation;  // "Background", "Foreground", "Orphan" or empty
  std::string uid;          // preconditions, when not empty
  std::string resource_version;
};

struct WatchOptions {
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  // changes after it
  bool bookmarks = true;
};

struct WatchEvent {
  enum class Type { added, modified, removed, bookmark } type = Type::added;
  SharedBytes object;  // a bookmark's carries only its resourceVersion
};

// Events in order. Destroying it ends the watch.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // nullopt when the server ended the stream in order (time-out); resume from the last resourceVersion.
  // Errors: expired (list again), or the transport's.
  virtual io::Task<Result<std::optional<WatchEvent>>> next() = 0;
};

// Lives on one loop. Errors are the server's Status as Error: not_found, already_exists, conflict, invalid,
// expired, ...
class Client {
 public:
  virtual ~Client() = default;
  virtual io::Task<Result<SharedBytes>> get(Resource resource, ObjectKey key) = 0;
  virtual io::Task<Result<RawList>> list(Resource resource, ListOptions options) = 0;
  // `ns` counts where the object does not say; a subresource of an object (binding, token, eviction) needs
  // its name in `key`.
  virtual io::Task<Result<SharedBytes>> create(Resource resource, ObjectKey key, std::string object,
                                               WriteOptions options) = 0;
  virtual io::Task<Result<SharedBytes>> update(Resource resource, ObjectKey key, std::string object,
                                               WriteOptions options) = 0;
  virtual io::Task<Result<SharedBytes>> patch(Resource resource, ObjectKey key, PatchType type,
                                              std::string patch, WriteOptions options) = 0;
  virtual io::Task<Result<SharedBytes>> remove(Resource resource, ObjectKey key, DeleteOptions options) = 0;
  virtual io::Task<Result<std::unique_ptr<EventStream>>> watch(Resource resource, WatchOptions options) = 0;
};

}  // namespace aloft::client
