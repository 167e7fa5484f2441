// What a request path means: /apis/apps/v1/namespaces/ns/deployments/d/scale is the subresource scale of an
// object.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace aloft::api {

// A value. For paths that are no resource, is_resource is false and only path and verb count.
struct RequestInfo {
  bool is_resource = false;
  std::string
      verb;  // get, list, watch, create, update, patch, delete, deletecollection; lower-case method otherwise
  std::string group;
  std::string version;
  std::string ns;  // also for the object "namespaces/x" itself
  std::string resource;
  std::string subresource;
  std::string name;
  std::string rest;  // path behind the subresource (proxy)
  std::string path;
};

// Follows upstream's rules (apiserver/pkg/endpoints/request).
RequestInfo read_request(std::string_view method, std::string_view path, const http::Query& query);

}  // namespace aloft::api
