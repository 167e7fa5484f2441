// Requests of the Client interface as HTTP, and answers back.
#include "client/http_client.h"

#include "client/json_slices.h"
#include "client/status.h"
#include "io/timeout.h"
#include "model/json.h"

namespace aloft::client {
namespace {

constexpr std::size_t body_limit_bytes = 1024 * 1024 * 1024;
constexpr std::size_t event_limit_bytes = 64 * 1024 * 1024;

std::string path_of(const Resource& resource, std::string_view ns, std::string_view name,
                    std::string_view subresource) {
  std::string path = resource.group.empty() ? "/api/" + resource.version
                                            : fmt::format("/apis/{}/{}", resource.group, resource.version);
  if (!ns.empty()) path += "/namespaces/" + http::percent_encode(ns);
  path += "/" + resource.plural;
  if (!name.empty()) path += "/" + http::percent_encode(name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

void add_unless_empty(http::Query& query, std::string_view key, const std::string& value) {
  if (!value.empty()) query.add(std::string(key), value);
}

std::string with_query(std::string path, const http::Query& query) {
  if (!query.empty()) path += "?" + query.to_string();
  return path;
}

http::Query query_of(const WriteOptions& options) {
  http::Query query;
  add_unless_empty(query, "fieldManager", options.field_manager);
  if (options.dry_run) query.add("dryRun", "All");
  if (options.force) query.add("force", "true");
  return query;
}

std::string_view content_type(PatchType type) {
  switch (type) {
    case PatchType::json:
      return "application/json-patch+json";
    case PatchType::merge:
      return "application/merge-patch+json";
    case PatchType::strategic:
      return "application/strategic-merge-patch+json";
    case PatchType::apply:
      return "application/apply-patch+yaml";
  }
  return "";
}

// The text of a JSON string; empty when it is none.
std::string unquote(std::string_view text) {
  const auto value = model::parse_json(text);
  return value && value->is_string() ? value->as_string() : std::string();
}

Result<RawList> parse_list(std::string_view body) {
  RawList list;
  const auto metadata = json_member(body, "metadata");
  const auto items = json_member(body, "items");
  const auto elements = items ? json_elements(*items) : std::nullopt;
  if (!metadata || !elements) return fail(Code::internal, "the server's answer is no list");
  list.resource_version = unquote(json_member(*metadata, "resourceVersion").value_or(""));
  list.continue_token = unquote(json_member(*metadata, "continue").value_or(""));
  list.items.reserve(elements->size());
  for (const std::string_view element : *elements) list.items.push_back(SharedBytes(std::string(element)));
  return list;
}

Result<WatchEvent> parse_event(std::string_view line) {
  const std::string type = unquote(json_member(line, "type").value_or(""));
  const auto object = json_member(line, "object");
  if (!object) return fail(Code::internal, "the server sent an event without an object");
  if (type == "ERROR") return fail(error_of_status(500, *object));
  WatchEvent event;
  if (type == "ADDED") {
    event.type = WatchEvent::Type::added;
  } else if (type == "MODIFIED") {
    event.type = WatchEvent::Type::modified;
  } else if (type == "DELETED") {
    event.type = WatchEvent::Type::removed;
  } else if (type == "BOOKMARK") {
    event.type = WatchEvent::Type::bookmark;
  } else {
    return fail(Code::internal, fmt::format("the server sent an event of the unknown type \"{}\"", type));
  }
  event.object = SharedBytes(std::string(*object));
  return event;
}

// Events of a watch, one JSON text per line.
class HttpEventStream final : public EventStream {
 public:
  explicit HttpEventStream(std::unique_ptr<http::Response> response) : response_(std::move(response)) {}

  io::Task<Result<std::optional<WatchEvent>>> next() override {
    for (;;) {
      const std::size_t end = buffer_.find('\n', looked_);
      if (end != std::string::npos) {
        const std::string line = buffer_.substr(begin_, end - begin_);
        begin_ = looked_ = end + 1;
        if (line.find_first_not_of(" \r") == std::string::npos) continue;
        TRY_CO(event, parse_event(line));
        co_return std::optional<WatchEvent>(std::move(event));
      }
      buffer_.erase(0, begin_);
      begin_ = 0;
      looked_ = buffer_.size();
      if (buffer_.size() > event_limit_bytes)
        co_return fail(Code::too_large, "an event of a watch is too large");
      const Result<std::string_view> piece = co_await response_->read_body();
      TRY_CO_DO(piece);
      if (piece->empty()) co_return std::optional<WatchEvent>();
      buffer_ += *piece;
    }
  }

 private:
  std::unique_ptr<http::Response> response_;
  std::string buffer_;
  std::size_t begin_ = 0;   // of the line that is next
  std::size_t looked_ = 0;  // no line ends before
};

class HttpClient final : public Client {
 public:
  HttpClient(io::EpollLoop& loop, HttpClientOptions options)
      : loop_(loop),
        authorization_(options.bearer_token.empty() ? "" : "Bearer " + options.bearer_token),
        user_agent_(std::move(options.user_agent)),
        timeout_(options.request_timeout),
        http_(http::Client::make(loop, std::move(options.connection))) {}

  io::Task<Result<SharedBytes>> get(Resource resource, ObjectKey key) override {
    http::RequestHead head = make_head("GET", path_of(resource, key.ns, key.name, ""));
    auto asked = ask(std::move(head), "");
    co_return co_await std::move(asked);
  }

  io::Task<Result<RawList>> list(Resource resource, ListOptions options) override {
    http::Query query;
    add_unless_empty(query, "labelSelector", options.label_selector);
    add_unless_empty(query, "fieldSelector", options.field_selector);
    add_unless_empty(query, "resourceVersion", options.resource_version);
    add_unless_empty(query, "continue", options.continue_token);
    if (options.limit != 0) query.add("limit", std::to_string(options.limit));
    http::RequestHead head = make_head("GET", with_query(path_of(resource, options.ns, "", ""), query));
    auto asked = ask(std::move(head), "");
    const Result<SharedBytes> body = co_await std::move(asked);
    TRY_CO_DO(body);
    co_return parse_list(body->view());
  }

  io::Task<Result<SharedBytes>> create(Resource resource, ObjectKey key, std::string object,
                                       WriteOptions options) override {
    // Objects are posted to their collection, subresources to their object.
    const std::string name = options.subresource.empty() ? std::string() : key.name;
    http::RequestHead head = make_head(
        "POST", with_query(path_of(resource, key.ns, name, options.subresource), query_of(options)));
    head.headers.set("Content-Type", "application/json");
    auto asked = ask(std::move(head), std::move(object));
    co_return co_await std::move(asked);
  }

  io::Task<Result<SharedBytes>> update(Resource resource, ObjectKey key, std::string object,
                                       WriteOptions options) override {
    http::RequestHead head = make_head(
        "PUT", with_query(path_of(resource, key.ns, key.name, options.subresource), query_of(options)));
    head.headers.set("Content-Type", "application/json");
    auto asked = ask(std::move(head), std::move(object));
    co_return co_await std::move(asked);
  }

  io::Task<Result<SharedBytes>> patch(Resource resource, ObjectKey key, PatchType type, std::string patch,
                                      WriteOptions options) override {
    http::RequestHead head = make_head(
        "PATCH", with_query(path_of(resource, key.ns, key.name, options.subresource), query_of(options)));
    head.headers.set("Content-Type", std::string(content_type(type)));
    auto asked = ask(std::move(head), std::move(patch));
    co_return co_await std::move(asked);
  }

  io::Task<Result<SharedBytes>> remove(Resource resource, ObjectKey key, DeleteOptions options) override {
    model::Object body;
    body.set("kind", model::Value("DeleteOptions"));
    body.set("apiVersion", model::Value("v1"));
    if (options.grace_period_seconds)
      body.set("gracePeriodSeconds", model::Value(*options.grace_period_seconds));
    if (!options.propagation.empty()) body.set("propagationPolicy", model::Value(options.propagation));
    model::Object preconditions;
    if (!options.uid.empty()) preconditions.set("uid", model::Value(options.uid));
    if (!options.resource_version.empty()) {
      preconditions.set("resourceVersion", model::Value(options.resource_version));
    }
    if (!preconditions.empty()) body.set("preconditions", model::Value(std::move(preconditions)));
    http::RequestHead head = make_head("DELETE", path_of(resource, key.ns, key.name, ""));
    head.headers.set("Content-Type", "application/json");
    auto asked = ask(std::move(head), model::to_json(model::Value(std::move(body))));
    co_return co_await std::move(asked);
  }

  io::Task<Result<std::unique_ptr<EventStream>>> watch(Resource resource, WatchOptions options) override {
    http::Query query;
    query.add("watch", "true");
    add_unless_empty(query, "labelSelector", options.label_selector);
    add_unless_empty(query, "fieldSelector", options.field_selector);
    add_unless_empty(query, "resourceVersion", options.resource_version);
    if (options.bookmarks) query.add("allowWatchBookmarks", "true");
    http::RequestHead head = make_head("GET", with_query(path_of(resource, options.ns, "", ""), query));
    auto sending = http_->send(std::move(head));
    auto opening = io::within(loop_, timeout_, std::move(sending));
    auto response = co_await std::move(opening);
    if (!response) co_return fail(late());
    if (!*response) co_return fail(response->error());
    if ((**response)->head().status != 200) {
      const int status = (**response)->head().status;
      const Result<std::string> body = co_await (**response)->read_whole_body();
      TRY_CO_DO(body);
      co_return fail(error_of_status(status, *body));
    }
    std::unique_ptr<EventStream> stream = std::make_unique<HttpEventStream>(std::move(**response));
    co_return stream;
  }

 private:
  http::RequestHead make_head(std::string method, std::string target) const {
    http::RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.headers.set("Accept", "application/json");
    head.headers.set("User-Agent", user_agent_);
    if (!authorization_.empty()) head.headers.set("Authorization", authorization_);
    return head;
  }

  Error late() const {
    return {Code::timeout, fmt::format("the server did not answer within {}", format_duration(timeout_))};
  }

  io::Task<Result<SharedBytes>> ask(http::RequestHead head, std::string body) {
    auto asked = io::within(loop_, timeout_, exchange(std::move(head), std::move(body)));
    auto answer = co_await std::move(asked);
    if (!answer) co_return fail(late());
    co_return std::move(*answer);
  }

  io::Task<Result<SharedBytes>> exchange(http::RequestHead head, std::string body) {
    auto sending = http_->send(std::move(head), std::move(body));
    const auto response = co_await std::move(sending);
    if (!response) co_return fail(response.error());
    auto reading = (*response)->read_whole_body(body_limit_bytes);
    Result<std::string> text = co_await std::move(reading);
    TRY_CO(whole, std::move(text));
    const int status = (*response)->head().status;
    if (status < 200 || status > 299) co_return fail(error_of_status(status, whole));
    co_return SharedBytes(std::move(whole));
  }

  io::EpollLoop& loop_;
  std::string authorization_;
  std::string user_agent_;
  Duration timeout_;
  std::unique_ptr<http::Client> http_;
};

}  // namespace

std::unique_ptr<Client> make_http_client(io::EpollLoop& loop, HttpClientOptions options) {
  return std::make_unique<HttpClient>(loop, std::move(options));
}

}  // namespace aloft::client
