// One kept client for each peer and configuration.
#include "telemetry/alerts/receivers/http_sender.h"

#include <optional>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "http/client.h"
#include "http/tls.h"
#include "io/file.h"
#include "io/net.h"
#include "model/json.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t http_reply_limit = 64 * 1024;
constexpr int redirect_limit = 10;
constexpr std::size_t clients_kept = 256;

std::string stripped(std::string text) {
  while (!text.empty() &&
         (text.back() == '\n' || text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
    text.pop_back();
  return text;
}

Result<std::string> secret_or_file(const Section& section, std::string_view name, std::string_view file) {
  const std::string path = section.text(file);
  if (path.empty()) return section.text(name);
  TRY(text, io::read_file(path, 1 << 20));
  return stripped(std::move(text));
}

// What must be read from files before a call can be made. Blocks.
struct Preparation {
  std::string address;
  std::shared_ptr<const http::TlsContext> tls;
  std::string authorization;
  http::Headers headers;
};

Result<std::shared_ptr<const http::TlsContext>> tls_context(const Section* client) {
  http::TlsContext::ClientSettings settings;
  settings.protocols = {"http/1.1"};
  const Section* tls = client != nullptr ? client->section("tls_config") : nullptr;
  if (client != nullptr && client->flag("enable_http2", true)) settings.protocols = {"h2", "http/1.1"};
  if (tls != nullptr) {
    settings.verify = !tls->flag("insecure_skip_verify", false);
    TRY(authorities, secret_or_file(*tls, "ca", "ca_file"));
    settings.authorities_pem = std::move(authorities);
    TRY(certificate, secret_or_file(*tls, "cert", "cert_file"));
    TRY(key, secret_or_file(*tls, "key", "key_file"));
    if (!certificate.empty()) settings.key_pair = http::KeyPair{std::move(certificate), std::move(key)};
  }
  return http::TlsContext::client(settings);
}

Result<std::string> authorization_of(const Section& client) {
  if (const Section* basic = client.section("basic_auth")) {
    TRY(user, secret_or_file(*basic, "username", "username_file"));
    TRY(password, secret_or_file(*basic, "password", "password_file"));
    return "Basic " + base64_encode(user + ":" + password);
  }
  if (const Section* authorization = client.section("authorization")) {
    TRY(credentials, secret_or_file(*authorization, "credentials", "credentials_file"));
    return authorization->text("type", "Bearer") + " " + credentials;
  }
  TRY(token, secret_or_file(client, "bearer_token", "bearer_token_file"));
  return token.empty() ? std::string() : "Bearer " + token;
}

Result<> extra_headers(const Section& client, http::Headers& out) {
  const YamlNode* headers = client.any("http_headers");
  if (headers == nullptr) return {};
  for (const auto& header : headers->members) {
    for (const std::string_view kind : {"values", "secrets", "files"}) {
      const YamlNode* values = header.value.find(kind);
      if (values == nullptr) continue;
      for (const YamlNode& value : values->items) {
        std::string text = value.text;
        if (kind == "files") {
          TRY(content, io::read_file(value.text, 1 << 20));
          text = stripped(std::move(content));
        }
        out.add(header.key, std::move(text));
      }
    }
  }
  return {};
}

Result<Preparation> prepare(const Url& url, const std::string& connect_to, const Section* client) {
  Preparation out;
  TRY(address, resolve_host(connect_to));
  out.address = std::move(address);
  if (url.scheme == "https") {
    TRY(tls, tls_context(client));
    out.tls = std::move(tls);
  }
  if (!url.user.empty()) out.authorization = "Basic " + base64_encode(url.user + ":" + url.password);
  if (client == nullptr) return out;
  TRY(authorization, authorization_of(*client));
  if (!authorization.empty()) out.authorization = std::move(authorization);
  TRY_DO(extra_headers(*client, out.headers));
  return out;
}

std::string authority_of(const Url& url) {
  const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  const std::string host = url.host.find(':') != std::string::npos ? "[" + url.host + "]" : url.host;
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

class PoolSender final : public HttpSender {
 public:
  PoolSender(io::EpollLoop& loop, io::Pool& pool) : loop_(loop), pool_(pool) {}

  io::Task<Result<HttpReply>> send(std::shared_ptr<const HttpCall> call) override {
    std::string target = call->url;
    std::string method = call->method;
    for (int hop = 0;; ++hop) {
      io::Task<Result<HttpReply>> one = send_once(call, target, method);
      Result<HttpReply> reply = co_await std::move(one);
      const bool redirect = reply && (reply->status == 301 || reply->status == 302 || reply->status == 303 ||
                                      reply->status == 307 || reply->status == 308);
      const bool follow = call->client == nullptr || call->client->flag("follow_redirects", true);
      if (!redirect || !follow) co_return reply;
      if (hop >= redirect_limit) co_return fail(Code::unavailable, "stopped after 10 redirects");
      std::string location(reply->headers.get("Location"));
      if (location.empty()) co_return reply;
      if (location.starts_with('/')) {
        const auto base = parse_url(target);
        location = base->scheme + "://" + authority_of(*base) + location;
      }
      if (reply->status == 303) method = "GET";
      target = std::move(location);
    }
  }

 private:
  io::Task<Result<HttpReply>> send_once(std::shared_ptr<const HttpCall> call, std::string target,
                                        std::string method) {
    const Result<Url> url = parse_url(target);
    if (!url) co_return fail(Code::invalid, "the URL is malformed");
    Url proxy;
    const std::string proxy_text = call->client != nullptr ? call->client->text("proxy_url") : "";
    if (!proxy_text.empty()) {
      const Result<Url> parsed = parse_url(proxy_text);
      if (!parsed) co_return fail(Code::invalid, "proxy_url is malformed");
      proxy = *parsed;
    }
    const std::string connect_to = proxy.host.empty() ? url->host : proxy.host;
    // Copied, since the configuration may be replaced while a name is looked up.
    auto work = [url = *url, connect_to,
                 client = call->client != nullptr ? std::optional(*call->client) : std::nullopt] {
      return prepare(url, connect_to, client ? &*client : nullptr);
    };
    io::Task<Result<Preparation>> preparing = pool_.run(loop_, std::move(work));
    const Result<Preparation> ready = co_await std::move(preparing);
    if (!ready) co_return fail(ready.error());
    std::string authorization = ready->authorization;
    const Section* oauth = call->client != nullptr ? call->client->section("oauth2") : nullptr;
    if (oauth != nullptr) {
      io::Task<Result<std::string>> asking = oauth_token(*oauth);
      Result<std::string> token = co_await std::move(asking);
      if (!token) co_return fail(std::move(token).error().at("oauth2"));
      authorization = "Bearer " + *token;
    }
    // Held here, for the map may let it go meanwhile.
    const std::shared_ptr<http::Client> client = client_for(*url, proxy, *ready, call->client);
    http::RequestHead head;
    head.method = method;
    const bool absolute = !proxy.host.empty() && url->scheme == "http";
    head.target = absolute ? "http://" + authority_of(*url) + url->target : url->target;
    head.headers = call->headers;
    head.headers.set("User-Agent", "Alertmanager/0.34.0");
    if (absolute) head.headers.set("Host", authority_of(*url));
    if (!authorization.empty() && !head.headers.has("Authorization"))
      head.headers.set("Authorization", authorization);
    for (const auto& [name, value] : ready->headers) head.headers.add(name, value);
    const bool has_body = method != "GET";
    io::Task<Result<std::unique_ptr<http::Response>>> sending =
        client->send(std::move(head), has_body ? call->body : std::string());
    Result<std::unique_ptr<http::Response>> response = co_await std::move(sending);
    if (!response) co_return fail(response.error());
    HttpReply reply;
    reply.status = (*response)->head().status;
    reply.headers = (*response)->head().headers;
    while (reply.body.size() < http_reply_limit) {
      io::Task<Result<std::string_view>> reading = (*response)->read_body();
      const Result<std::string_view> piece = co_await std::move(reading);
      if (!piece || piece->empty()) break;
      reply.body.append(*piece);
    }
    co_return reply;
  }

  std::shared_ptr<http::Client> client_for(const Url& url, const Url& proxy, const Preparation& ready,
                                           const Section* config) {
    // Sections live as long as their configuration, so their address names it; the address of the host may
    // change.
    std::string key = fmt::format("{}://{}:{} {} {} {}", url.scheme, url.host, url.port, ready.address,
                                  proxy.host, static_cast<const void*>(config));
    const auto found = clients_.find(key);
    if (found != clients_.end()) return found->second;
    if (clients_.size() >= clients_kept) clients_.clear();
    http::ClientSettings settings;
    settings.address = io::Address{ready.address, proxy.host.empty() ? url.port : proxy.port};
    settings.authority = authority_of(url);
    settings.server_name = url.host;
    if (config != nullptr && config->section("tls_config") != nullptr) {
      const std::string name = config->section("tls_config")->text("server_name");
      if (!name.empty()) settings.server_name = name;
    }
    settings.tls = ready.tls;
    std::unique_ptr<http::Client> client;
    if (!proxy.host.empty() && url.scheme == "https") {
      http::Connector tunnel = [this, address = settings.address,
                                authority = fmt::format("{}:{}", url.host, url.port)] {
        return open_tunnel(address, authority);
      };
      client = http::Client::make(static_cast<io::Loop&>(loop_), std::move(tunnel), std::move(settings));
    } else {
      client = http::Client::make(loop_, std::move(settings));
    }
    return clients_.emplace(std::move(key), std::move(client)).first->second;
  }

  io::Task<Result<std::unique_ptr<io::Stream>>> open_tunnel(io::Address address, std::string authority) {
    io::Task<Result<std::unique_ptr<io::Stream>>> connecting = io::connect(loop_, address);
    Result<std::unique_ptr<io::Stream>> stream = co_await std::move(connecting);
    if (!stream) co_return stream;
    const std::string request = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n\r\n", authority, authority);
    io::Task<Result<>> writing = (*stream)->write(std::string_view(request));
    const Result<> written = co_await std::move(writing);
    if (!written) co_return fail(written.error());
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      std::byte one{};
      const std::span<std::byte> into(&one, 1);
      io::Task<Result<std::size_t>> reading = (*stream)->read(into);
      const Result<std::size_t> count = co_await std::move(reading);
      if (!count || *count == 0 || head.size() > 8192)
        co_return fail(Code::unavailable, "the proxy broke off");
      head += static_cast<char>(one);
    }
    if (head.size() < 12 || head.substr(9, 1) != "2")
      co_return fail(Code::unavailable, "the proxy refused: " + head.substr(0, head.find('\r')));
    co_return stream;
  }

  // The client credentials grant (RFC 6749 section 4.4), kept until shortly before it expires.
  io::Task<Result<std::string>> oauth_token(const Section& oauth) {
    Token& token = tokens_[&oauth];
    if (!token.text.empty() && loop_.now() < token.until) co_return token.text;
    auto read = [section = oauth] { return secret_or_file(section, "client_secret", "client_secret_file"); };
    io::Task<Result<std::string>> reading = pool_.run(loop_, std::move(read));
    const Result<std::string> secret = co_await std::move(reading);
    if (!secret) co_return secret;
    http::Query form;
    form.add("grant_type", "client_credentials");
    std::string scopes;
    for (const std::string& scope : oauth.list("scopes")) scopes += (scopes.empty() ? "" : " ") + scope;
    if (!scopes.empty()) form.add("scope", scopes);
    for (const auto& [name, value] : oauth.map("endpoint_params")) form.add(name, value);
    auto call = std::make_shared<HttpCall>();
    call->url = oauth.text("token_url");
    call->headers.set("Content-Type", "application/x-www-form-urlencoded");
    call->headers.set("Authorization",
                      "Basic " + base64_encode(http::percent_encode(oauth.text("client_id")) + ":" +
                                               http::percent_encode(*secret)));
    call->body = form.to_string();
    io::Task<Result<HttpReply>> sending = send_once(call, call->url, "POST");
    const Result<HttpReply> reply = co_await std::move(sending);
    if (!reply) co_return fail(reply.error());
    const auto answer = model::parse_json(reply->body);
    if (reply->status / 100 != 2 || !answer || answer->text_at("access_token").empty())
      co_return fail(Code::unavailable, fmt::format("the token endpoint answered {}", reply->status));
    Token fresh;
    fresh.text = std::string(answer->text_at("access_token"));
    const auto* expires = answer->at("expires_in");
    const std::int64_t seconds =
        expires != nullptr && expires->if_int() != nullptr ? *expires->if_int() : 3600;
    fresh.until = loop_.now() + std::chrono::seconds(std::clamp<std::int64_t>(seconds - 10, 0, 86'400));
    tokens_[&oauth] = fresh;
    co_return fresh.text;
  }

  struct Token {
    std::string text;
    Time until;
  };
  io::EpollLoop& loop_;
  io::Pool& pool_;
  std::map<std::string, std::shared_ptr<http::Client>> clients_;
  std::map<const Section*, Token> tokens_;
};

}  // namespace

std::unique_ptr<HttpSender> make_http_sender(io::EpollLoop& loop, io::Pool& pool) {
  return std::make_unique<PoolSender>(loop, pool);
}

Result<std::string> resolve_host(const std::string& host) {
  in6_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1)
    return host;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return fail(Code::unavailable, fmt::format("lookup {}: {}", host, ::gai_strerror(error)));
  char text[INET6_ADDRSTRLEN] = {};
  std::string out;
  // IPv4 first: it is what small networks have.
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* item = found; item != nullptr && out.empty(); item = item->ai_next) {
      if (item->ai_family != family) continue;
      const void* raw =
          family == AF_INET
              ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(item->ai_addr)->sin_addr)
              : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(item->ai_addr)->sin6_addr);
      if (::inet_ntop(family, raw, text, sizeof(text)) != nullptr) out = text;
    }
  }
  ::freeaddrinfo(found);
  if (out.empty()) return fail(Code::unavailable, fmt::format("lookup {}: no address", host));
  return out;
}

}  // namespace aloft::telemetry::alerts
