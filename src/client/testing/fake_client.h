// An API server in memory, for tests of what talks to one: versions, conflicts, finalizers, the status
// subresource, generations, graceful pod deletion, selectors, watches with history. Faults come on demand.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "client/client.h"
#include "client/typed.h"
#include "io/event.h"
#include "io/loop.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::client {

// Lives on one loop. Writes show at once; every call yields to the loop once, or takes `latency`.
class FakeClient final : public Client {
 public:
  // What was asked, in order: "create", "update", ... with the instant of the request.
  struct Call {
    Time at;
    std::string verb;
    std::string resource;
    ObjectKey key;
    std::string subresource;
    std::string to_string() const;  // "create pods default/a", "update pods/status default/a"
  };

  FakeClient(io::Loop& loop, const Clock& clock);
  ~FakeClient() override;

  io::Task<Result<SharedBytes>> get(Resource resource, ObjectKey key) override;
  io::Task<Result<RawList>> list(Resource resource, ListOptions options) override;
  io::Task<Result<SharedBytes>> create(Resource resource, ObjectKey key, std::string object,
                                       WriteOptions options) override;
  io::Task<Result<SharedBytes>> update(Resource resource, ObjectKey key, std::string object,
                                       WriteOptions options) override;
  io::Task<Result<SharedBytes>> patch(Resource resource, ObjectKey key, PatchType type, std::string patch,
                                      WriteOptions options) override;
  io::Task<Result<SharedBytes>> remove(Resource resource, ObjectKey key, DeleteOptions options) override;
  io::Task<Result<std::unique_ptr<EventStream>>> watch(Resource resource, WatchOptions options) override;

  // What stands in the fake, for arranging and asserting. put() makes or replaces an object with its status
  // and gives it back as stored.
  template <class T>
  T put(const T& object) {
    return from_text<T>(put_text(resource_of<T>(), encode_object(object)));
  }
  template <class T>
  std::optional<T> find(const ObjectKey& key) const {
    const std::string text = text_of(resource_of<T>(), key);
    if (text.empty()) return std::nullopt;
    return from_text<T>(text);
  }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> objects;
    for (const ObjectKey& key : keys(resource_of<T>())) objects.push_back(*find<T>(key));
    return objects;
  }
  template <class T>
  void erase(const ObjectKey& key) {
    erase_object(resource_of<T>(), key);
  }
  std::vector<ObjectKey> keys(const Resource& resource) const;
  std::int64_t revision() const { return revision_; }

  // Faults.
  void fail_next(const std::string& verb, Error error, int times = 1);
  void set_latency(Duration latency) { latency_ = latency; }
  // Watches from before now are told that history is gone; open ones too.
  void forget_history();
  // Ends open watches in order, as a server's time-out does, or with an error.
  void end_watches();
  void break_watches(const Error& error);
  void send_bookmarks();

  const std::vector<Call>& calls() const { return calls_; }
  // The writes among the calls as text.
  std::vector<std::string> writes() const;
  void clear_calls() { calls_.clear(); }

 private:
  friend class FakeEventStream;
  struct Recorded {
    std::int64_t revision;
    Resource resource;
    ObjectKey key;
    std::optional<model::Value> old;
    std::optional<model::Value> now;  // for a removal the last state with its revision
    bool removed = false;
  };
  using Objects = std::map<ObjectKey, model::Value>;

  io::Task<Result<>> arrive(std::string verb, const Resource& resource, const ObjectKey& key,
                            const std::string& subresource);
  Result<model::Value> store(const Resource& resource, const ObjectKey& key, model::Value next);
  Result<SharedBytes> replace(const Resource& resource, const ObjectKey& key, model::Value next,
                              const std::string& subresource);
  Result<SharedBytes> create_subresource(const Resource& resource, const ObjectKey& key,
                                         const model::Value& body, const std::string& subresource);
  void erase_object(const Resource& resource, const ObjectKey& key);
  std::string put_text(const Resource& resource, std::string text);
  std::string text_of(const Resource& resource, const ObjectKey& key) const;
  model::Value* find_value(const Resource& resource, const ObjectKey& key);
  template <class T>
  static T from_text(const std::string& text) {
    auto object = model::from_json<T>(text);
    ensure(object.has_value(), "the fake holds objects that decode");
    return std::move(*object);
  }

  io::Loop& loop_;
  const Clock& clock_;
  Duration latency_{};
  std::int64_t revision_ = 0;
  std::int64_t compacted_ = 0;
  std::int64_t objects_made_ = 0;
  std::map<Resource, Objects> objects_;
  std::vector<Recorded> history_;
  std::list<class FakeEventStream*> streams_;
  std::map<std::string, std::deque<Error>> failures_;
  std::vector<Call> calls_;
  model::SchemaSet schemas_;
};

}  // namespace aloft::client
