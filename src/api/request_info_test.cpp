// What paths and methods mean.
#include "api/request_info.h"

#include <gtest/gtest.h>

namespace aloft::api {
namespace {

struct Case {
  std::string_view method;
  std::string_view target;
  // verb group/version namespace resource/subresource name rest
  std::string_view meaning;
};

std::string meaning_of(std::string_view method, std::string_view target) {
  const std::size_t mark = target.find('?');
  const http::Query query = http::Query::parse(mark == std::string_view::npos ? "" : target.substr(mark + 1));
  const RequestInfo info = read_request(method, target.substr(0, mark), query);
  if (!info.is_resource) return fmt::format("{} {}", info.verb, info.path);
  return fmt::format("{} {}/{} {} {}/{} {} {}", info.verb, info.group, info.version, info.ns, info.resource,
                     info.subresource, info.name, info.rest);
}

TEST(RequestInfo, a_path_names_a_resource_and_a_method_what_to_do_with_it) {
  const Case cases[] = {
      {"GET", "/api/v1/pods", "list /v1  pods/  "},
      {"GET", "/api/v1/namespaces/n/pods", "list /v1 n pods/  "},
      {"GET", "/api/v1/namespaces/n/pods?watch=true", "watch /v1 n pods/  "},
      {"GET", "/api/v1/namespaces/n/pods?watch=True", "watch /v1 n pods/  "},
      {"GET", "/api/v1/namespaces/n/pods?watch=false", "list /v1 n pods/  "},
      {"POST", "/api/v1/namespaces/n/pods", "create /v1 n pods/  "},
      {"DELETE", "/api/v1/namespaces/n/pods", "deletecollection /v1 n pods/  "},
      {"GET", "/api/v1/namespaces/n/pods/p", "get /v1 n pods/ p "},
      {"PUT", "/api/v1/namespaces/n/pods/p/status", "update /v1 n pods/status p "},
      {"PATCH", "/apis/apps/v1/namespaces/n/deployments/d/scale", "patch apps/v1 n deployments/scale d "},
      {"DELETE", "/apis/apps/v1/namespaces/n/deployments/d", "delete apps/v1 n deployments/ d "},
      {"GET", "/api/v1/namespaces", "list /v1  namespaces/  "},
      {"GET", "/api/v1/namespaces/n", "get /v1 n namespaces/ n "},
      {"PUT", "/api/v1/namespaces/n/finalize", "update /v1 n namespaces/finalize n "},
      {"GET", "/api/v1/nodes/x/proxy/a/b", "get /v1  nodes/proxy x /a/b"},
      {"GET", "/api/v1/watch/pods", "watch /v1  pods/  "},
      {"GET", "/api/v1/watch/namespaces/n/pods/p", "watch /v1 n pods/ p "},
      {"GET", "/apis/apps/v1/watch/namespaces/n/deployments", "watch apps/v1 n deployments/  "},
      {"GET", "/api/v1/watch/namespaces/n", "watch /v1 n namespaces/ n "},
      {"GET", "/api/v1", "get /api/v1"},
      {"GET", "/apis/apps/v1", "get /apis/apps/v1"},
      {"GET", "/healthz", "get /healthz"},
      {"POST", "/healthz", "post /healthz"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(meaning_of(one.method, one.target), one.meaning) << one.method << " " << one.target;
}

}  // namespace
}  // namespace aloft::api
