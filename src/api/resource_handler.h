// Requests about stored objects: get, list, watch, create, update, patch, delete and deletecollection, over
// HTTP.
#pragma once

#include "api/exchange.h"
#include "api/registry.h"
#include "api/table.h"
#include "api/watch.h"
#include "io/cross.h"

namespace aloft::api {

// Lives on the loop of its connections: what reads is served there, what writes hops to the registry's loop.
class ResourceHandler {
 public:
  ResourceHandler(io::Loop& loop, Random& random, Registry& registry, EventTexts& events)
      : loop_(loop), random_(random), registry_(registry), events_(events) {}
  // The verb and the resource are known to be served.
  io::Task<> handle(Exchange& exchange, const Resource& resource);

 private:
  io::Task<> refuse_verb(Exchange& exchange);
  io::Task<> get(Exchange& exchange, const Resource& resource);
  io::Task<> list(Exchange& exchange, const Resource& resource);
  io::Task<> send_list(Exchange& exchange, const Resource& resource, const Listed& listed,
                       const ListFacts& facts);
  struct OpenWatch {
    Answer answer;
    std::unique_ptr<WatchSession> session;  // null when the revision asked for is too old
    SharedBytes last_line;                  // why the watch ends
  };
  // Inlined, their temporaries would stay in the frame of the watch.
  [[gnu::noinline]] Result<OpenWatch> open_watch(const Exchange& exchange, const Resource& resource);
  io::Task<> watch(Exchange& exchange, const Resource& resource);
  [[gnu::noinline]] io::Task<> send_events(Exchange& exchange, const Resource& resource, OpenWatch& open);
  io::Task<> create(Exchange& exchange, const Resource& resource);
  io::Task<> update(Exchange& exchange, const Resource& resource);
  io::Task<> patch(Exchange& exchange, const Resource& resource);
  io::Task<> remove(Exchange& exchange, const Resource& resource);
  io::Task<> remove_collection(Exchange& exchange, const Resource& resource);
  io::Task<> answer_written(Exchange& exchange, const Resource& resource, Result<Written> written);
  io::Task<> answer_object(Exchange& exchange, const Resource& resource, const model::KindInfo& kind,
                           std::string_view stored, const Answer& answer, int status,
                           std::vector<std::string> warnings);

  // Runs what writes where the registry lives.
  template <class T>
  io::Task<T> at_registry(std::move_only_function<io::Task<T>()> work) {
    return io::run_on<T>(loop_, registry_.loop(), std::move(work));
  }

  io::Loop& loop_;
  Random& random_;
  Registry& registry_;
  EventTexts& events_;
};

}  // namespace aloft::api
