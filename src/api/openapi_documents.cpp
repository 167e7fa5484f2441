// Describes the served resources to the document makers, and answers with what they make.
#include "api/openapi_documents.h"

#include "api/subresources.h"
#include "io/cross.h"
#include "model/json.h"
#include "model/openapi.h"

namespace aloft::api {
namespace {

using model::OpenApiResource;

constexpr std::string_view protobuf_v2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
// The older spelling, which is no valid media type; clients still ask for it.
constexpr std::string_view protobuf_v2_old = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
// As far as a 32-bit clock reaches. Caches need a date, and what lies behind a hash never changes.
constexpr std::string_view far_future = "Mon, 18 Jan 2038 00:00:00 GMT";

const model::Schema& schema_of(model::SchemaSet& schemas, const Resource& resource) {
  return resource.kind->type != nullptr ? schemas.of(*resource.kind->type) : *resource.schema;
}

OpenApiResource::Sub subresource_of(model::SchemaSet& schemas, const Resource& resource,
                                    const SubresourceFacts& facts) {
  const bool own = facts.version.empty();
  OpenApiResource::Sub sub;
  sub.name = facts.name;
  sub.gvk.group = own ? resource.kind->group : facts.group;
  sub.gvk.version = own ? resource.kind->version : facts.version;
  sub.gvk.kind = facts.kind;
  if (facts.body != nullptr) {
    sub.schema = facts.body->type != nullptr ? &schemas.of(*facts.body->type) : resource.schema;
  }
  for (const std::string_view verb : facts.verbs) sub.verbs.emplace_back(verb);
  return sub;
}

OpenApiResource described(model::SchemaSet& schemas, const Resource& resource) {
  OpenApiResource out;
  out.gvk = resource.kind->gvk();
  out.plural = resource.kind->plural;
  out.namespaced = resource.kind->namespaced;
  out.schema = &schema_of(schemas, resource);
  out.verbs = resource.verbs;
  for (const SubresourceFacts& facts : subresources_of(resource)) {
    out.subresources.push_back(subresource_of(schemas, resource, facts));
  }
  return out;
}

std::string root_of(const model::KindInfo& kind) {
  return fmt::format("{}/{}", kind.group.empty() ? "api" : "apis", kind.gvk().api_version());
}

// "*/*" and nothing count as a wish for JSON.
bool accepts(std::string_view accept, std::string_view type) {
  if (accept.empty()) return type == "application/json";
  while (!accept.empty()) {
    const std::size_t comma = accept.find(',');
    const std::string_view range = parse_media_range(accept.substr(0, comma)).type;
    if (range == type) return true;
    if (type == "application/json" && (range == "*/*" || range == "application/*")) return true;
    if (comma == std::string_view::npos) break;
    accept.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

const OpenApiDocuments::Document* OpenApiDocuments::v3(std::string_view path) {
  if (const auto found = v3_.find(path); found != v3_.end()) return &found->second;
  // Schemas are needed only while a document is being made.
  model::SchemaSet schemas;
  std::vector<OpenApiResource> resources;
  for (const Resource* resource : in_discovery_order(resources_)) {
    if (root_of(*resource->kind) == path) resources.push_back(described(schemas, *resource));
  }
  if (resources.empty()) return nullptr;
  const model::Value document =
      model::make_openapi_v3(resources.front().gvk.group, resources.front().gvk.version, resources);
  return &v3_.emplace(path, make_tagged(model::to_json(document))).first->second;
}

const OpenApiDocuments::Document& OpenApiDocuments::index() {
  if (index_) return *index_;
  model::Object paths;
  for (const Resource* resource : in_discovery_order(resources_)) {
    const std::string root = root_of(*resource->kind);
    if (paths.contains(root)) continue;
    const std::string url = fmt::format("/openapi/v3/{}?hash={}", root, v3(root)->hash);
    paths.append(root, model::Object{{"serverRelativeURL", url}});
  }
  const model::Value document(model::Object{{"paths", std::move(paths)}});
  index_ = make_tagged(model::to_json(document));
  return *index_;
}

const OpenApiDocuments::Document& OpenApiDocuments::v2() {
  if (v2_) return *v2_;
  model::SchemaSet schemas;
  std::vector<OpenApiResource> resources;
  for (const Resource* resource : in_discovery_order(resources_))
    resources.push_back(described(schemas, *resource));
  const model::Value document = model::make_openapi_v2(resources);
  v2_ = make_tagged(model::to_json(document));
  v2_protobuf_ = make_tagged(model::openapi_v2_to_protobuf(document));
  return *v2_;
}

const OpenApiDocuments::Document& OpenApiDocuments::v2_protobuf() {
  v2();
  return *v2_protobuf_;
}

io::Task<const OpenApiDocuments::Document*> OpenApiDocuments::find_here(std::string name) {
  if (name == index_name) co_return &index();
  if (name == v2_name) co_return &v2();
  if (name == v2_protobuf_name) co_return &v2_protobuf();
  co_return v3(name);
}

io::Task<const OpenApiDocuments::Document*> OpenApiDocuments::find(io::Loop& here, std::string name) {
  std::move_only_function<io::Task<const Document*>()> work = [this, wanted = std::move(name)]() mutable {
    return find_here(std::move(wanted));
  };
  return io::run_on<const Document*>(here, home_, std::move(work));
}

io::Task<> OpenApiDocuments::send(Exchange& exchange, const Document& document, std::string content_type,
                                  Lifetime lifetime) {
  const bool immutable = lifetime == Lifetime::immutable;
  co_await answer_tagged(exchange, document, std::move(content_type),
                         immutable ? "public, immutable" : "no-cache, private",
                         immutable ? far_future : std::string_view());
}

io::Task<> OpenApiDocuments::handle_v2(io::Loop& here, Exchange& exchange) {
  const std::string_view accept = exchange.request.head().headers.get("Accept");
  if (accepts(accept, protobuf_v2) || accepts(accept, protobuf_v2_old)) {
    const Document* document = co_await find(here, std::string(v2_protobuf_name));
    co_await send(exchange, *document, std::string(protobuf_v2), Lifetime::revalidate);
  } else if (accepts(accept, "application/json")) {
    const Document* document = co_await find(here, std::string(v2_name));
    co_await send(exchange, *document, "application/json", Lifetime::revalidate);
  } else {
    co_await answer_text(exchange, 406, "text/plain; charset=utf-8", "");
  }
}

io::Task<> OpenApiDocuments::handle_v3(io::Loop& here, Exchange& exchange, std::string_view path) {
  const bool group_version = path.starts_with("api/") || path.starts_with("apis/");
  const Document* document = nullptr;
  if (group_version) document = co_await find(here, std::string(path));
  if (document == nullptr) {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
    co_return;
  }
  if (!accepts(exchange.request.head().headers.get("Accept"), "application/json")) {
    co_await answer_text(exchange, 406, "text/plain; charset=utf-8", "");
    co_return;
  }
  const auto hash = exchange.query.get("hash");
  if (hash && *hash != document->hash) {
    http::ResponseHead head;
    head.status = 301;
    head.headers.add("Location", fmt::format("/openapi/v3/{}?hash={}", path, document->hash));
    auto sent = co_await exchange.responder.send(std::move(head), std::string());
    (void)sent;
    co_return;
  }
  co_await send(exchange, *document, "application/json", hash ? Lifetime::immutable : Lifetime::revalidate);
}

io::Task<> OpenApiDocuments::handle(io::Loop& here, Exchange& exchange) {
  constexpr std::string_view v3_root = "/openapi/v3/";
  const std::string& path = exchange.info.path;
  if (path == "/openapi/v2") {
    co_await handle_v2(here, exchange);
  } else if (path == "/openapi/v3" || path == v3_root) {
    const Document* document = co_await find(here, std::string(index_name));
    co_await send(exchange, *document, "application/json", Lifetime::revalidate);
  } else if (path.starts_with(v3_root)) {
    co_await handle_v3(here, exchange, std::string_view(path).substr(v3_root.size()));
  } else {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
  }
}

}  // namespace aloft::api
