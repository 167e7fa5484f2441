// Requests about stored objects: get, list, watch, create, update, patch, delete and deletecollection, over
// HTTP.
#pragma once

#include "api/exchange.h"
#include "api/registry.h"
#include "api/table.h"
#include "api/watch.h"

namespace aloft::api {

// Lives on the API's loop.
class ResourceHandler {
 public:
  ResourceHandler(Registry& registry, EventTexts& events) : registry_(registry), events_(events) {}
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

  Registry& registry_;
  EventTexts& events_;
};

}  // namespace aloft::api
