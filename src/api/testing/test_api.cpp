// Requests and answers that never leave the process, and the parts of an API put together.
#include "api/testing/test_api.h"

#include "base/ensure.h"
#include "http/tls.h"
#include "model/json.h"

namespace aloft::api::testing {
namespace {

constexpr WallTime start_of_tests{1'767'225'600s};  // 2026-01-01T00:00:00Z

ServiceAddresses make_addresses(Random& random) {
  auto addresses = ServiceAddresses::make({}, random);
  ensure(addresses.has_value(), "the usual service range is good");
  return std::move(*addresses);
}

StaticTokens make_tokens() {
  StaticTokens tokens;
  User admin;
  admin.name = "admin";
  admin.uid = "admin-uid";
  admin.groups = {"system:masters", "system:authenticated"};
  tokens.add(std::string(TestApi::admin_token), admin);
  User nobody;
  nobody.name = "nobody";
  nobody.groups = {"system:authenticated"};
  tokens.add(std::string(TestApi::nobody_token), nobody);
  return tokens;
}

ServiceAccountTokens make_accounts() {
  auto key = http::make_private_key();
  ensure(key.has_value(), "a test can make a key");
  auto accounts = ServiceAccountTokens::with_key(std::move(*key));
  ensure(accounts.has_value(), "a new key is good");
  return std::move(*accounts);
}

http::RequestHead head_of(std::string method, std::string target, http::Headers headers) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  head.headers = std::move(headers);
  if (!head.headers.has("Authorization"))
    head.headers.add("Authorization", fmt::format("Bearer {}", TestApi::admin_token));
  if (!head.headers.has("User-Agent")) head.headers.add("User-Agent", "tester/1.0");
  return head;
}

}  // namespace

model::Value Reply::json() const {
  auto document = model::parse_json(body);
  return document ? std::move(*document) : model::Value();
}

OpenRequest::OpenRequest(io::Loop& loop, http::Handler& handler, http::RequestHead head, std::string body)
    : head_(std::move(head)), body_(std::move(body)), never_(loop), task_(handler.handle(*this, *this)) {
  task_.start();
}

std::vector<model::Value> OpenRequest::events() {
  std::vector<model::Value> documents;
  for (;;) {
    const std::size_t end = reply_.body.find('\n', consumed_);
    if (end == std::string::npos) return documents;
    auto document = model::parse_json(std::string_view(reply_.body).substr(consumed_, end - consumed_));
    documents.push_back(document ? std::move(*document) : model::Value());
    consumed_ = end + 1;
  }
}

std::vector<std::string> OpenRequest::event_names() {
  std::vector<std::string> names;
  for (const model::Value& event : events()) {
    names.push_back(fmt::format("{} {}", event.text_at("type"), event.text_at("object", "metadata", "name")));
  }
  return names;
}

io::Task<Result<std::string_view>> OpenRequest::read_body() {
  if (body_read_) co_return std::string_view();
  body_read_ = true;
  co_return std::string_view(body_);
}

io::Task<Result<std::string>> OpenRequest::read_whole_body(std::size_t limit_bytes) {
  if (body_.size() > limit_bytes) co_return fail(Code::too_large, "the body is too large");
  co_return body_;
}

io::Task<Result<>> OpenRequest::send(http::ResponseHead head, SharedBytes body) {
  ensure(!begun_, "a request is answered once");
  begun_ = true;
  reply_.status = head.status;
  reply_.headers = std::move(head.headers);
  reply_.body = body.view();
  co_return Result<>();
}

io::Task<Result<>> OpenRequest::begin(http::ResponseHead head) {
  ensure(!begun_, "a request is answered once");
  begun_ = true;
  reply_.status = head.status;
  reply_.headers = std::move(head.headers);
  co_return Result<>();
}

io::Task<Result<>> OpenRequest::write(SharedBytes bytes) {
  reply_.body += bytes.view();
  co_return Result<>();
}

io::Task<Result<>> OpenRequest::finish(http::Headers) { co_return Result<>(); }

io::Task<Result<std::unique_ptr<io::Stream>>> OpenRequest::upgrade(http::ResponseHead) {
  co_return fail(Code::bad_request, "there is no connection to upgrade");
}

io::Task<> OpenRequest::gone() { co_await never_.wait(); }

TestApi::TestApi(const UsageSource* usage, CustomMetrics* custom)
    : loop(start_of_tests),
      addresses(make_addresses(random)),
      registry(loop, *store, loop, random),
      accounts(make_accounts()),
      resources(make_resources(
          {schemas, addresses, usage, std::make_shared<const ServiceAccountTokens>(accounts)})),
      authentication(registry, loop, make_tokens(), accounts),
      actions(registry, authentication),
      events(loop),
      discovery(resources, "10.10.10.10:6443", custom != nullptr),
      openapi(loop, resources),
      server({loop,
              random,
              registry,
              authentication,
              actions,
              events,
              discovery,
              openapi,
              nullptr,
              metrics,
              {{"store", [this] { return store_problem; }}},
              custom}) {
  registry.serve(resources);
}

std::unique_ptr<OpenRequest> TestApi::open(std::string method, std::string target, http::Headers headers) {
  auto request = std::make_unique<OpenRequest>(
      loop, server, head_of(std::move(method), std::move(target), std::move(headers)), std::string());
  loop.settle();
  return request;
}

Reply TestApi::send(std::string method, std::string target, std::string body, http::Headers headers) {
  OpenRequest request(loop, server, head_of(std::move(method), std::move(target), std::move(headers)),
                      std::move(body));
  loop.settle();
  // Nothing answers later than a watch, which lasts an hour at most unless it says otherwise.
  for (int second = 0; !request.done() && second < 4000; ++second) loop.run_for(1s);
  ensure(request.done(), "a request is answered");
  return request.reply();
}

Reply TestApi::patch(std::string target, std::string type, std::string body) {
  const std::string media = type == "apply"       ? "application/apply-patch+yaml"
                            : type == "strategic" ? "application/strategic-merge-patch+json"
                                                  : "application/" + type + "-patch+json";
  return send("PATCH", std::move(target), std::move(body), {{"Content-Type", media}});
}

void TestApi::make_namespace(const std::string& name) {
  const Reply made = post("/api/v1/namespaces", fmt::format(R"({{"metadata":{{"name":"{}"}}}})", name));
  ensure(made.status == 201, "a namespace can be made");
  const Reply account =
      post(fmt::format("/api/v1/namespaces/{}/serviceaccounts", name), R"({"metadata":{"name":"default"}})");
  ensure(account.status == 201, "a service account can be made");
}

}  // namespace aloft::api::testing
