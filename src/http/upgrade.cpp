// The upgrade to SPDY/3.1 on both sides.
#include "http/upgrade.h"

#include <algorithm>

namespace aloft::http {

namespace {
constexpr std::string_view spdy = "SPDY/3.1";
constexpr std::string_view protocol_field = "X-Stream-Protocol-Version";
// Of a refusal's body, this much is worth showing to a person.
constexpr std::size_t refusal_bytes = 512;

Code code_of_status(int status) {
  switch (status) {
    case 400:
      return Code::bad_request;
    case 401:
      return Code::unauthorized;
    case 403:
      return Code::forbidden;
    case 404:
      return Code::not_found;
    case 405:
      return Code::method_not_allowed;
    case 429:
      return Code::too_many_requests;
    default:
      return status >= 500 && status != 503 ? Code::internal : Code::unavailable;
  }
}

}  // namespace

std::vector<std::string> list_field(const Headers& headers, std::string_view name) {
  std::vector<std::string> elements;
  for (std::string_view line : headers.all(name)) {
    while (!line.empty()) {
      const std::size_t comma = std::min(line.find(','), line.size());
      std::string_view element = line.substr(0, comma);
      line.remove_prefix(std::min(comma + 1, line.size()));
      while (!element.empty() && (element.front() == ' ' || element.front() == '\t'))
        element.remove_prefix(1);
      while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
      if (!element.empty()) elements.emplace_back(element);
    }
  }
  return elements;
}

std::string choose_protocol(const std::vector<std::string>& offered, const std::vector<std::string>& spoken) {
  for (const std::string& offer : offered) {
    if (std::find(spoken.begin(), spoken.end(), offer) != spoken.end()) return offer;
  }
  return {};
}

bool wants_spdy(const RequestHead& head) {
  return head.headers.has_token("Connection", "upgrade") && head.headers.has_token("Upgrade", spdy);
}

io::Task<Result<std::unique_ptr<SpdySession>>> accept_spdy(io::Loop& loop, const Request& request,
                                                           Responder& responder,
                                                           std::vector<std::string> spoken) {
  if (!wants_spdy(request.head()))
    co_return fail(Code::bad_request, "the request does not ask to upgrade to SPDY/3.1");
  const std::vector<std::string> offered = list_field(request.head().headers, protocol_field);
  std::string protocol = choose_protocol(offered, spoken);
  if (protocol.empty()) {
    co_return fail(
        Code::forbidden,
        fmt::format("unable to negotiate a protocol: the client offers [{}], the server speaks [{}]",
                    fmt::join(offered, ", "), fmt::join(spoken, ", ")));
  }
  ResponseHead head;
  head.status = 101;
  head.headers.add("Connection", "Upgrade");
  head.headers.add("Upgrade", std::string(spdy));
  head.headers.add(std::string(protocol_field), std::move(protocol));
  TRY_CO(stream, co_await responder.upgrade(std::move(head)));
  co_return SpdySession::make(loop, std::move(stream), SpdySession::Side::server);
}

io::Task<Result<std::unique_ptr<SpdySession>>> connect_spdy(Client& client, std::string target,
                                                            std::string protocol) {
  RequestHead head;
  head.method = "POST";
  head.target = std::move(target);
  head.headers.add("Connection", "Upgrade");
  head.headers.add("Upgrade", std::string(spdy));
  head.headers.add(std::string(protocol_field), protocol);
  TRY_CO(upgraded, co_await client.upgrade(std::move(head)));
  if (!upgraded.stream) {
    std::string_view body = std::string_view(upgraded.body).substr(0, refusal_bytes);
    while (!body.empty() && (body.back() == '\n' || body.back() == ' ')) body.remove_suffix(1);
    co_return fail(
        code_of_status(upgraded.head.status),
        fmt::format("the server refused to upgrade to SPDY/3.1 with {}: {}", upgraded.head.status, body));
  }
  const std::string_view chosen = upgraded.head.headers.get(protocol_field);
  if (chosen != protocol) {
    co_return fail(Code::unavailable,
                   fmt::format("the server chose protocol {:?}, not {:?}", chosen, protocol));
  }
  co_return SpdySession::make(client.loop(), std::move(upgraded.stream), SpdySession::Side::client);
}

}  // namespace aloft::http
