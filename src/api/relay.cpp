// Requests on their way through.
#include "api/relay.h"

#include <algorithm>

#include "api/status.h"
#include "io/scope.h"

namespace aloft::api {
namespace {

// RFC 9110 section 7.6.1, and what names us or proves something to us.
bool is_ours(std::string_view name) {
  constexpr std::string_view ours[] = {
      "Host",           "Authorization", "Impersonate-Group", "Impersonate-Uid",  "Impersonate-User",
      "Content-Length", "Keep-Alive",    "Transfer-Encoding", "Proxy-Connection", "Proxy-Authorization"};
  constexpr std::string_view extra = "Impersonate-Extra-";
  if (http::equal_without_case(name.substr(0, extra.size()), extra)) return true;
  return std::ranges::any_of(ours,
                             [name](std::string_view own) { return http::equal_without_case(own, name); });
}

bool is_about_connection(std::string_view name) {
  constexpr std::string_view fields[] = {"Connection",       "Upgrade", "Keep-Alive", "Transfer-Encoding",
                                         "Proxy-Connection", "Te",      "Trailer"};
  return std::ranges::any_of(
      fields, [name](std::string_view field) { return http::equal_without_case(field, name); });
}

std::string moved_location(std::string_view location, const RelayRules& rules) {
  std::string_view path = location;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!path.starts_with(scheme)) continue;
    path.remove_prefix(scheme.size());
    if (!path.starts_with(rules.authority)) return std::string(location);
    path.remove_prefix(rules.authority.size());
    if (path.empty()) path = "/";
    break;
  }
  const bool absolute = path.starts_with('/') && !path.starts_with("//");
  if (!absolute || path.starts_with(rules.prefix + "/")) return std::string(location);
  return rules.prefix + std::string(path);
}

http::ResponseHead answer_head(const http::ResponseHead& theirs, const RelayRules& rules) {
  http::ResponseHead head;
  head.status = theirs.status;
  for (const auto& [name, value] : theirs.headers) {
    if (is_about_connection(name)) continue;
    const bool location = http::equal_without_case(name, "Location") && !rules.prefix.empty();
    head.headers.add(name, location ? moved_location(value, rules) : value);
  }
  return head;
}

io::Task<> refuse(Exchange& exchange, const RelayRules& rules, const Error& why) {
  const Error error(Code::unavailable, fmt::format("{}: {}", rules.what, why.message()));
  co_await answer_error(exchange, error);
}

io::Task<> pump(io::Stream& from, io::Stream& to) {
  auto copied = co_await io::copy(from, to);
  (void)copied;
}

io::Task<> relay_upgrade(io::Loop& loop, Exchange& exchange, http::Client& client, http::RequestHead head,
                         RelayRules rules) {
  auto upgraded = co_await client.upgrade(std::move(head));
  if (!upgraded) {
    co_await refuse(exchange, rules, upgraded.error());
    co_return;
  }
  if (upgraded->stream == nullptr) {
    http::ResponseHead answer = answer_head(upgraded->head, rules);
    answer.headers.remove("Content-Length");
    auto sent = co_await exchange.responder.send(std::move(answer), std::move(upgraded->body));
    (void)sent;
    co_return;
  }
  auto mine = co_await exchange.responder.upgrade(std::move(upgraded->head));
  if (mine) co_await join_streams(loop, **mine, *upgraded->stream);
}

}  // namespace

http::RequestHead relayed_head(const Exchange& exchange, std::string target) {
  http::RequestHead head;
  head.method = exchange.request.head().method;
  head.target = std::move(target);
  const bool upgrade = exchange.request.head().headers.has("Upgrade");
  for (const auto& [name, value] : exchange.request.head().headers) {
    if (is_ours(name) || (!upgrade && is_about_connection(name))) continue;
    head.headers.add(name, value);
  }
  return head;
}

io::Task<> join_streams(io::Loop& loop, io::Stream& mine, io::Stream& theirs) {
  io::Scope scope(loop);
  scope.spawn(pump(mine, theirs));
  co_await pump(theirs, mine);
  scope.cancel();
}

io::Task<> relay(io::Loop& loop, Exchange& exchange, http::Client& client, http::RequestHead head,
                 RelayRules rules) {
  if (head.headers.has("Upgrade")) {
    co_await relay_upgrade(loop, exchange, client, std::move(head), std::move(rules));
    co_return;
  }
  auto body = co_await read_body(exchange);
  if (!body) {
    co_await answer_error(exchange, body.error());
    co_return;
  }
  auto response = co_await client.send(std::move(head), std::move(*body));
  if (!response) {
    co_await refuse(exchange, rules, response.error());
    co_return;
  }
  auto begun = co_await exchange.responder.begin(answer_head((*response)->head(), rules));
  while (begun) {
    auto piece = co_await (*response)->read_body();
    // An answer that breaks off must not look complete.
    if (!piece) co_return;
    if (piece->empty()) break;
    auto written = co_await exchange.responder.write(SharedBytes(std::string(*piece)));
    if (!written) co_return;
  }
  auto finished = co_await exchange.responder.finish();
  (void)finished;
}

}  // namespace aloft::api
