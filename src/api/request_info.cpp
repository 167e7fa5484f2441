// The grammar of API paths.
#include "api/request_info.h"

#include <vector>

namespace aloft::api {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const auto part = path.substr(0, slash); !part.empty()) parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

std::string verb_of(std::string_view method, bool one, const http::Query& query) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return one ? "delete" : "deletecollection";
  if (method == "GET" || method == "HEAD") {
    if (query.on("watch")) return "watch";
    return one ? "get" : "list";
  }
  std::string lower(method);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

}  // namespace

RequestInfo read_request(std::string_view method, std::string_view path, const http::Query& query) {
  RequestInfo info;
  info.path = path;
  std::vector<std::string_view> parts = split(path);
  const bool legacy = !parts.empty() && parts[0] == "api";
  const bool grouped = !parts.empty() && parts[0] == "apis";
  const std::size_t prefix = legacy ? 2 : 3;
  if ((!legacy && !grouped) || parts.size() <= prefix) {
    info.verb = verb_of(method, true, query);
    if (method == "POST" || method == "PUT" || method == "DELETE" || method == "PATCH") {
      info.verb = method == "POST"     ? "post"
                  : method == "PUT"    ? "put"
                  : method == "DELETE" ? "delete"
                                       : "patch";
    }
    return info;
  }
  info.is_resource = true;
  if (grouped) info.group = parts[1];
  info.version = parts[prefix - 1];
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(prefix));

  // The form of watches before there was a parameter; it names one object or a collection.
  const bool old_watch = parts[0] == "watch" && parts.size() > 1 && method == "GET";
  if (old_watch) parts.erase(parts.begin());

  if (parts[0] == "namespaces" && parts.size() > 1) {
    info.ns = parts[1];
    // namespaces/x, namespaces/x/status and namespaces/x/finalize are about the namespace itself.
    const bool itself =
        parts.size() == 2 || (parts.size() == 3 && (parts[2] == "status" || parts[2] == "finalize"));
    if (!itself) parts.erase(parts.begin(), parts.begin() + 2);
  }
  info.resource = parts[0];
  if (parts.size() > 1) info.name = parts[1];
  if (parts.size() > 2) info.subresource = parts[2];
  for (std::size_t i = 3; i < parts.size(); ++i) info.rest.append("/").append(parts[i]);
  info.verb = verb_of(method, !info.name.empty(), query);
  if (info.verb == "watch" && !info.name.empty()) info.verb = "get";
  if (old_watch && info.subresource.empty()) info.verb = "watch";
  return info;
}

}  // namespace aloft::api
