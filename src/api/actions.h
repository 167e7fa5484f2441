// Requests that are no plain write of an object: binding a pod to a node, eviction, tokens, and the reviews
// that answer questions about access. Over HTTP and in process alike.
#pragma once

#include <string>

#include "api/authentication.h"
#include "api/registry.h"

namespace aloft::api {

struct ActionAnswer {
  int status = 201;
  std::string json;  // complete, with kind and apiVersion
};

// Lives on the API's loop.
class Actions {
 public:
  Actions(Registry& registry, const Authentication& authentication)
      : registry_(registry), authentication_(authentication) {}
  // True for resources and subresources that perform() knows.
  static bool has(const Resource& resource, std::string_view subresource);
  // POST of `body` to the resource, or to the subresource of an object.
  io::Task<Result<ActionAnswer>> perform(const Resource& resource, std::string ns, std::string name,
                                         std::string body, WriteOptions options);

 private:
  io::Task<Result<ActionAnswer>> bind(std::string ns, std::string name, std::string body,
                                      WriteOptions options);
  io::Task<Result<ActionAnswer>> evict(std::string ns, std::string name, std::string body,
                                       WriteOptions options);
  Result<ActionAnswer> make_token(const std::string& ns, const std::string& name, const std::string& body,
                                  const WriteOptions& options);
  Result<ActionAnswer> review(const Resource& resource, const std::string& ns, const std::string& body,
                              const WriteOptions& options);

  Registry& registry_;
  const Authentication& authentication_;
};

}  // namespace aloft::api
