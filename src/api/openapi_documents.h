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
#include "io/loop.h"

namespace aloft::api {

// Documents are made on one loop and stay; requests come from any.
class OpenApiDocuments {
 public:
  OpenApiDocuments(io::Loop& home, const ResourceTable& resources) : home_(home), resources_(resources) {}
  // /openapi/v2, /openapi/v3 and /openapi/v3/...; with ETag and 304, and far Expires for a URL that carries
  // the right hash. A URL with a hash that has passed leads to the present one.
  // `here` is the loop of the exchange.
  io::Task<> handle(io::Loop& here, Exchange& exchange);

 private:
  using Document = TaggedText;
  enum class Lifetime { revalidate, immutable };

  // What find() takes beside the path of a group-version of v3.
  static constexpr std::string_view index_name = "index";
  static constexpr std::string_view v2_name = "v2";
  static constexpr std::string_view v2_protobuf_name = "v2 protobuf";

  // Made at home when it is asked for first; null when there is none.
  io::Task<const Document*> find(io::Loop& here, std::string name);
  io::Task<const Document*> find_here(std::string name);
  // Of "api/v1" or "apis/apps/v1"; null when there is none.
  const Document* v3(std::string_view path);
  const Document& index();
  const Document& v2();
  const Document& v2_protobuf();
  io::Task<> handle_v2(io::Loop& here, Exchange& exchange);
  io::Task<> handle_v3(io::Loop& here, Exchange& exchange, std::string_view path);
  io::Task<> send(Exchange& exchange, const Document& document, std::string content_type, Lifetime lifetime);

  io::Loop& home_;
  const ResourceTable& resources_;
  // Touched at home only; what stands in them does not move.
  std::map<std::string, Document, std::less<>> v3_;
  std::optional<Document> index_;
  std::optional<Document> v2_;
  std::optional<Document> v2_protobuf_;
};

}  // namespace aloft::api
