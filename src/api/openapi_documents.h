// The OpenAPI documents over HTTP: v3 per group-version behind hashes, and v2 whole, as JSON and protobuf.
// Made when first asked for, since few clients do and they are large.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/exchange.h"
#include "api/resource.h"
#include "base/bytes.h"

namespace aloft::api {

// Lives on the API's loop.
class OpenApiDocuments {
 public:
  explicit OpenApiDocuments(const ResourceTable& resources) : resources_(resources) {}
  // /openapi/v2, /openapi/v3 and /openapi/v3/...; with ETag and 304, and far Expires for a URL that carries
  // the right hash. A URL with a hash that has passed leads to the present one.
  io::Task<> handle(Exchange& exchange);

 private:
  using Document = TaggedText;
  enum class Lifetime { revalidate, immutable };

  // Of "api/v1" or "apis/apps/v1"; null when there is none.
  const Document* v3(std::string_view path);
  const Document& index();
  const Document& v2();
  const Document& v2_protobuf();
  io::Task<> handle_v2(Exchange& exchange);
  io::Task<> handle_v3(Exchange& exchange, std::string_view path);
  io::Task<> send(Exchange& exchange, const Document& document, std::string content_type, Lifetime lifetime);

  const ResourceTable& resources_;
  std::map<std::string, Document, std::less<>> v3_;
  std::optional<Document> index_;
  std::optional<Document> v2_;
  std::optional<Document> v2_protobuf_;
};

}  // namespace aloft::api
