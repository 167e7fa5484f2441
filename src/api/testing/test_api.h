// The whole API without sockets: a registry over a memory store on a simulated loop, behind the same handler
// that serves HTTP. Tests send requests as a client would and read what a client would see.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/actions.h"
#include "api/authentication.h"
#include "api/discovery.h"
#include "api/openapi_documents.h"
#include "api/registry.h"
#include "api/resources/all.h"
#include "api/server.h"
#include "api/service_addresses.h"
#include "api/watch.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/handler.h"
#include "io/event.h"
#include "io/sim_loop.h"
#include "model/schema.h"
#include "store/store.h"

namespace aloft::api::testing {

// What came back.
struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;
  // The body as a document; null when it is no JSON.
  model::Value json() const;
  // Of a Status.
  std::string message() const { return std::string(json().text_at("message")); }
  std::string reason() const { return std::string(json().text_at("reason")); }
};

// A request that may go on for a while, as a watch does. Dropping it is hanging up.
class OpenRequest final : private http::Request, private http::Responder {
 public:
  OpenRequest(io::Loop& loop, http::Handler& handler, http::RequestHead head, std::string body);
  bool done() const { return task_.done(); }
  const Reply& reply() const { return reply_; }
  // The lines that have come since the last call, as documents.
  std::vector<model::Value> events();
  // The same as "ADDED a", "MODIFIED b", "BOOKMARK ".
  std::vector<std::string> event_names();

 private:
  const http::RequestHead& head() const override { return head_; }
  io::Task<Result<std::string_view>> read_body() override;
  io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes) override;
  const io::Address& peer() const override { return peer_; }
  const http::PeerCertificate* certificate() const override { return nullptr; }
  bool secure() const override { return true; }
  int http_major() const override { return 1; }

  using http::Responder::send;
  io::Task<Result<>> send(http::ResponseHead head, SharedBytes body) override;
  io::Task<Result<>> begin(http::ResponseHead head) override;
  io::Task<Result<>> write(SharedBytes bytes) override;
  io::Task<Result<>> finish(http::Headers trailers) override;
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(http::ResponseHead head) override;
  bool begun() const override { return begun_; }
  io::Task<> gone() override;

  http::RequestHead head_;
  std::string body_;
  bool body_read_ = false;
  io::Address peer_;
  Reply reply_;
  bool begun_ = false;
  std::size_t consumed_ = 0;
  io::Event never_;
  io::Task<> task_;
};

class TestApi {
 public:
  static constexpr std::string_view admin_token = "admin-token";
  static constexpr std::string_view nobody_token = "nobody-token";  // a user without rights

  // `usage` and `custom`, where given, are what metrics.k8s.io and custom.metrics.k8s.io show; they outlive
  // this.
  explicit TestApi(const UsageSource* usage = nullptr, CustomMetrics* custom = nullptr);
  TestApi(const TestApi&) = delete;
  TestApi& operator=(const TestApi&) = delete;

  // As the administrator, unless `headers` say who asks. Time goes on until the answer is complete.
  Reply send(std::string method, std::string target, std::string body = {}, http::Headers headers = {});
  Reply get(std::string target, http::Headers headers = {}) {
    return send("GET", std::move(target), {}, std::move(headers));
  }
  Reply post(std::string target, std::string body) {
    return send("POST", std::move(target), std::move(body));
  }
  Reply put(std::string target, std::string body) { return send("PUT", std::move(target), std::move(body)); }
  // `type` is "json", "merge", "strategic" or "apply".
  Reply patch(std::string target, std::string type, std::string body);
  Reply remove(std::string target, std::string body = {}) {
    return send("DELETE", std::move(target), std::move(body));
  }
  std::unique_ptr<OpenRequest> open(std::string method, std::string target, http::Headers headers = {});
  // A namespace with its default service account, as the controllers leave it.
  void make_namespace(const std::string& name);

  io::SimLoop loop;
  std::unique_ptr<store::Store> store = store::open_memory_store();
  SeededRandom random{1};
  model::SchemaSet schemas;
  ServiceAddresses addresses;
  Registry registry;
  ServiceAccountTokens accounts;
  ResourceTable resources;
  Authentication authentication;
  Actions actions;
  EventTexts events;
  Discovery discovery;
  OpenApiDocuments openapi;
  Metrics metrics;
  // What /readyz says of the store; empty while it is well.
  std::string store_problem;
  ApiServer server;
};

}  // namespace aloft::api::testing
