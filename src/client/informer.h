// A local copy of a collection, kept up to date: list, then watch, and again from the start when the server
// says that history is gone. Readers see structs; nobody parses an object twice.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "client/client.h"
#include "client/typed.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/scope.h"

namespace aloft::client {

// One object of an informer, shared and immutable.
struct Cached {
  ObjectKey key;
  std::int64_t resource_version = 0;
  std::shared_ptr<const void> object;  // the struct
};

// What happened to an object; old is null when it was added, now is null when it was removed.
struct Notice {
  ObjectKey key;
  std::shared_ptr<const void> old;
  std::shared_ptr<const void> now;
};

// The untyped part. Lives on one loop; callbacks run on it, after the cache shows the change.
class InformerCore {
 public:
  InformerCore(io::Loop& loop, Client& client, Random& random, const model::KindInfo& kind,
               WatchOptions options);
  ~InformerCore();

  // Starts listing and watching. Add handlers before.
  void start();
  // Called for every change, and for every object present when the handler is added later.
  void add_handler(std::function<void(const Notice&)> handler);
  // Groups objects by a value computed from each ("pods of a node"); for by_index().
  void add_index(std::string name, std::function<std::vector<std::string>(const void* object)> values);

  // co_await synced(): the first list is in the cache.
  io::Task<> synced();
  bool has_synced() const;
  // co_await seen(v): every change up to resourceVersion v is in the cache (read your writes); false after
  // `timeout`.
  io::Task<bool> seen(std::int64_t resource_version, Duration timeout);
  std::int64_t resource_version() const;

  std::shared_ptr<const void> get(const ObjectKey& key) const;
  const std::map<ObjectKey, Cached>& all() const;
  std::vector<std::shared_ptr<const void>> by_index(std::string_view name, std::string_view value) const;
  std::vector<std::shared_ptr<const void>> in_namespace(std::string_view ns) const;
  const model::KindInfo& kind() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The typed view: informer.get(key)->spec.replicas.
template <class T>
class Informer : public InformerCore {
 public:
  Informer(io::Loop& loop, Client& client, Random& random, WatchOptions options = {})
      : InformerCore(loop, client, random, kind_of(model::type_info<T>()), std::move(options)) {}
  std::shared_ptr<const T> get(const ObjectKey& key) const {
    return std::static_pointer_cast<const T>(InformerCore::get(key));
  }
  static const T& of(const std::shared_ptr<const void>& object) {
    return *static_cast<const T*>(object.get());
  }
};

}  // namespace aloft::client
