// A small cloud for tests of controllers: the API server in memory, informers, the runners, a clock that
// jumps, and a node agent that starts and ends pods when told. Worlds are built from plain structs by put().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "client/reconcile.h"
#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::controllers {

// Lives on its own loop. 2026-01-01T00:00:00Z at first.
class Simulation {
 public:
  Simulation();
  ~Simulation();

  // Adds a controller; before the first plan or run.
  template <class C, class... A>
  C& add(A&&... arguments) {
    auto made = std::make_unique<C>(std::forward<A>(arguments)...);
    C& controller = *made;
    take(std::move(made));
    return controller;
  }
  void take(std::unique_ptr<client::Controller> controller);

  template <class T>
  T put(const T& object) {
    return api_.put(object);
  }
  template <class T>
  std::optional<T> find(const client::ObjectKey& key) const {
    return api_.find<T>(key);
  }
  template <class T>
  std::vector<T> all() const {
    return api_.all<T>();
  }
  template <class T>
  void erase(const client::ObjectKey& key) {
    api_.erase<T>(key);
  }
  // As a client's DELETE.
  template <class T>
  void remove(const client::ObjectKey& key, std::string propagation = {}) {
    remove_object(client::resource_of<T>(), key, std::move(propagation));
  }

  // What the controller would do now; nothing is carried out.
  client::Plan plan(client::Controller& controller, const client::ObjectKey& key);
  // Runs every controller for so long.
  void run_for(Duration duration);
  void settle() { run_for(1s); }
  // The writes that the controllers make when every key is planned once more; a state that has converged has
  // none.
  std::vector<std::string> unrest();

  // The node agent: binds pods, lets them run and be ready, and ends those that are being removed; at most
  // `limit` pods are touched. Gives how many were.
  int run_pods(int limit = 1 << 30);
  // Messages of events of one reason, in the order of their first happening; "*3" behind those that happened
  // more often.
  std::vector<std::string> events(std::string_view reason) const;

  client::FakeClient& api() { return api_; }
  io::SimLoop& loop() { return loop_; }
  WallTime now() const { return loop_.wall(); }

 private:
  void start_informers();
  void start_runners();
  void remove_object(client::Resource resource, client::ObjectKey key, std::string propagation);
  bool run_pod(core::v1::Pod pod);
  void queue_everything();

  io::SimLoop loop_;
  SeededRandom random_{1};
  Metrics metrics_;
  client::FakeClient api_{loop_, loop_};
  client::InformerSet informers_{loop_, api_, random_};
  std::vector<std::unique_ptr<client::Controller>> controllers_;
  std::vector<std::unique_ptr<client::Runner>> runners_;
  bool started_ = false;
  bool running_ = false;
  int addresses_ = 0;
};

}  // namespace aloft::controllers
