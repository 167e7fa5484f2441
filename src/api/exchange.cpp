// Answers: heads, warnings, formats.
#include "api/exchange.h"

#include <algorithm>
#include <cctype>

#include "api/object_text.h"
#include "api/status.h"
#include "http/tls.h"
#include "model/json.h"
#include "model/yaml.h"

namespace aloft::api {
namespace {

// Upstream's bound for one object: three megabytes and the JSON around them.
constexpr std::size_t body_limit_bytes = 3 * 1024 * 1024;

http::ResponseHead head_of(int status, std::string content_type) {
  http::ResponseHead head;
  head.status = status;
  head.headers.add("Content-Type", std::move(content_type));
  head.headers.add("Cache-Control", "no-cache, private");
  return head;
}

// RFC 7234 section 5.5: 299 is a lasting warning, the agent is left out, the text is quoted.
std::string warning_header(std::string_view text) {
  std::string value = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') value += '\\';
    value += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  value += '"';
  return value;
}

// JSON ends a line, as it does where upstream's encoder writes it.
SharedBytes json_body(const Exchange& exchange, std::string body) {
  if (wants_indent(exchange)) body = indented(body);
  if (!body.ends_with('\n')) body += '\n';
  return SharedBytes(std::move(body));
}

}  // namespace

bool wants_indent(const Exchange& exchange) {
  if (exchange.query.get("pretty")) return exchange.query.on("pretty");
  const std::string_view agent = exchange.request.head().headers.get("User-Agent");
  return agent.starts_with("curl") || agent.starts_with("Wget") || agent.starts_with("Mozilla/5.0");
}

TaggedText make_tagged(std::string text) {
  TaggedText document;
  document.hash = hex_encode(http::sha512(text));
  std::ranges::transform(document.hash, document.hash.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  document.text = SharedBytes(std::move(text));
  return document;
}

io::Task<> answer_tagged(Exchange& exchange, const TaggedText& document, std::string content_type,
                         std::string_view cache_control, std::string_view expires) {
  const std::string tag = "\"" + document.hash + "\"";
  const http::Headers& asked = exchange.request.head().headers;
  const bool known = asked.get("If-None-Match") == "*" || asked.has_token("If-None-Match", tag);
  http::ResponseHead head;
  head.status = known ? 304 : 200;
  if (!known) head.headers.add("Content-Type", std::move(content_type));
  head.headers.add("Cache-Control", std::string(cache_control));
  head.headers.add("Etag", tag);
  head.headers.add("Vary", "Accept");
  if (!expires.empty()) head.headers.add("Expires", std::string(expires));
  SharedBytes body = known ? SharedBytes() : document.text;
  auto sent = co_await exchange.responder.send(std::move(head), std::move(body));
  (void)sent;
}

io::Task<> answer_text(Exchange& exchange, int status, std::string content_type, std::string body) {
  auto sent = co_await exchange.responder.send(head_of(status, std::move(content_type)), std::move(body));
  (void)sent;
}

io::Task<> answer_json(Exchange& exchange, int status, std::string body, std::vector<std::string> warnings) {
  http::ResponseHead head = head_of(status, "application/json");
  for (const std::string& warning : warnings) head.headers.add("Warning", warning_header(warning));
  SharedBytes text = json_body(exchange, std::move(body));
  auto sent = co_await exchange.responder.send(std::move(head), std::move(text));
  (void)sent;
}

io::Task<> answer_error(Exchange& exchange, const Error& error) {
  http::ResponseHead head = head_of(status_code(error), "application/json");
  if (error.retry_after_seconds() > 0)
    head.headers.add("Retry-After", std::to_string(error.retry_after_seconds()));
  if (error.code() == Code::unauthorized) head.headers.add("WWW-Authenticate", "Bearer realm=\"aloft\"");
  SharedBytes text = json_body(exchange, status_json(error));
  auto sent = co_await exchange.responder.send(std::move(head), std::move(text));
  (void)sent;
}

io::Task<> answer_document(Exchange& exchange, int status, std::string json, AnswerFormat format,
                           std::vector<std::string> warnings) {
  if (format == AnswerFormat::yaml) {
    auto document = model::parse_json(json);
    http::ResponseHead head = head_of(status, "application/yaml");
    for (const std::string& warning : warnings) head.headers.add("Warning", warning_header(warning));
    if (document) json = model::to_yaml(*document);
    auto sent = co_await exchange.responder.send(std::move(head), std::move(json));
    (void)sent;
    co_return;
  }
  co_await answer_json(exchange, status, std::move(json), std::move(warnings));
}

io::Task<Result<std::string>> read_body(Exchange& exchange) {
  auto body = co_await exchange.request.read_whole_body(body_limit_bytes);
  if (!body && body.error().code() == Code::too_large) {
    co_return fail(Code::too_large, fmt::format("Request entity too large: limit is {}", body_limit_bytes));
  }
  co_return body;
}

}  // namespace aloft::api
