// A controller is a pure function from what is known to the changes to make; the runner queues keys, calls
// plan(), carries the changes out, waits until the cache shows its own writes, and tries again after
// failures. Level-triggered: plan() sees states, never events, and may be called twice for the same state.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "client/client.h"
#include "client/informer.h"
#include "client/typed.h"
#include "client/work_queue.h"
#include "io/scope.h"

namespace aloft::client {

// An event to show to people beside the object (kubectl describe); the runner counts repetitions into one
// Event object.
struct Announcement {
  std::string kind;  // of the object: "Deployment"
  std::string api_version;
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  bool warning = false;
  std::string reason;  // "ScalingReplicaSet"
  std::string message;
  std::string field_path;  // the part of the object, "spec.containers{web}"; empty for all of it
};

// One write that a plan asks for.
struct Change {
  // verify_absent writes nothing: it asks the server itself, not the cache, and ends the plan with a
  // conflict, to be planned again, when the object exists with the uid in delete_options.
  enum class Verb { create, update, patch, remove, verify_absent } verb = Verb::create;
  Resource resource;
  ObjectKey key;
  std::string body;  // an object or a patch
  PatchType patch_type = PatchType::merge;
  WriteOptions options;
  DeleteOptions delete_options;
  // not_found on update, patch, remove and already_exists on create count as done.
  bool ignore_absent = true;
  // Made once the change has been carried out, not when it only counts as done.
  std::optional<Announcement> announcement = {};
};
template <class T>
Change create_change(const T& object) {
  Change change;
  change.verb = Change::Verb::create;
  change.resource = resource_of<T>();
  change.key = ObjectKey(object.metadata.namespace_, object.metadata.name);
  change.body = encode_object(object);
  return change;
}
// Carries the object's resourceVersion, so that it fails with conflict, and is planned again, when somebody
// else wrote meanwhile.
template <class T>
Change update_change(const T& object, std::string subresource = {}) {
  Change change = create_change(object);
  change.verb = Change::Verb::update;
  change.options.subresource = std::move(subresource);
  return change;
}
template <class T>
Change patch_change(ObjectKey key, PatchType type, std::string patch, std::string subresource = {}) {
  Change change;
  change.verb = Change::Verb::patch;
  change.resource = resource_of<T>();
  change.key = std::move(key);
  change.body = std::move(patch);
  change.patch_type = type;
  change.options.subresource = std::move(subresource);
  return change;
}
template <class T>
Change remove_change(ObjectKey key, DeleteOptions options = {}) {
  Change change;
  change.verb = Change::Verb::remove;
  change.resource = resource_of<T>();
  change.key = std::move(key);
  change.delete_options = std::move(options);
  return change;
}

struct Plan {
  std::vector<Change> changes;              // carried out in order; the first failure ends it
  std::vector<Announcement> announcements;  // made after the changes
  std::optional<Duration> again;            // plan this key again after so long
  // What to do instead of the rest when a change fails with anything but a conflict, such as telling people;
  // the key is tried again all the same.
  std::function<Plan(const Change&, const Error&)> on_failure = {};
};

// What a plan may read: listers over the informers of one loop, wall time, nothing else.
class World {
 public:
  World(const std::map<const model::TypeInfo*, InformerCore*>& informers, WallTime now)
      : informers_(informers), now_(now) {}
  WallTime now() const { return now_; }
  const InformerCore& informer(const model::TypeInfo& type) const;
  template <class T>
  std::shared_ptr<const T> get(const ObjectKey& key) const {
    return std::static_pointer_cast<const T>(informer(model::type_info<T>()).get(key));
  }
  // Every object, in key order; `ns` empty: of all namespaces.
  template <class T>
  std::vector<std::shared_ptr<const T>> list(std::string_view ns = {}) const {
    std::vector<std::shared_ptr<const T>> found;
    const InformerCore& source = informer(model::type_info<T>());
    if (ns.empty()) {
      found.reserve(source.all().size());
      for (const auto& [key, cached] : source.all())
        found.push_back(std::static_pointer_cast<const T>(cached.object));
    } else {
      for (const auto& object : source.in_namespace(ns))
        found.push_back(std::static_pointer_cast<const T>(object));
    }
    return found;
  }
  template <class T>
  std::vector<std::shared_ptr<const T>> by_index(std::string_view index, std::string_view value) const {
    std::vector<std::shared_ptr<const T>> found;
    for (const auto& object : informer(model::type_info<T>()).by_index(index, value)) {
      found.push_back(std::static_pointer_cast<const T>(object));
    }
    return found;
  }

 private:
  const std::map<const model::TypeInfo*, InformerCore*>& informers_;
  WallTime now_;
};

// Groups the objects of a kind by values computed from each, for World::by_index(). Controllers that use the
// same index give it the same name.
struct Index {
  std::string name;
  std::function<std::vector<std::string>(const void* object)> values;
};

// One kind that a controller watches and which keys a change of one of its objects concerns.
struct Source {
  const model::TypeInfo* type = nullptr;
  // Keys to plan for a notice; old or now may be null.
  std::function<std::vector<ObjectKey>(const World&, const Notice&)> keys;
  // Indexes that plan() or `keys` ask for.
  std::vector<Index> indexes = {};
};
// The usual mappings.
Source own_source(const model::TypeInfo& type);  // the object itself
Source owner_source(const model::TypeInfo& type, std::string owner_kind,
                    std::string owner_api_version);  // its controller owner
// Kinds that plan() reads but whose changes concern no key.
Source read_source(const model::TypeInfo& type);

class Controller {
 public:
  virtual ~Controller() = default;
  virtual std::string_view name() const = 0;
  virtual std::vector<Source> sources() const = 0;
  virtual Result<Plan> plan(const World& world, const ObjectKey& key) = 0;
};

// Informers of one loop, one per kind, shared by the controllers there.
class InformerSet {
 public:
  InformerSet(io::Loop& loop, Client& client, Random& random);
  ~InformerSet();
  InformerCore& of(const model::TypeInfo& type);
  template <class T>
  InformerCore& of() {
    return of(model::type_info<T>());
  }
  const std::map<const model::TypeInfo*, InformerCore*>& all() const { return by_type_; }
  void start();
  io::Task<> synced();

 private:
  io::Loop& loop_;
  Client& client_;
  Random& random_;
  std::vector<std::unique_ptr<InformerCore>> owned_;
  std::map<const model::TypeInfo*, InformerCore*> by_type_;
};

struct RunnerOptions {
  int workers = 4;  // plans in progress at once, of different keys
  Backoff backoff;
  Duration own_writes_timeout = 5s;
};

// Runs one controller. Lives on the informers' loop; construct before InformerSet::start().
class Runner {
 public:
  Runner(io::Loop& loop, const Clock& clock, Client& client, InformerSet& informers, Controller& controller,
         Random& random, Metrics& metrics, RunnerOptions options = {});
  ~Runner();
  // Begins once the informers have synced.
  void start();
  void add(const ObjectKey& key);
  // Nothing queued, nothing in progress; for tests.
  bool idle_for_test() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aloft::client
