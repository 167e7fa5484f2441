// Fetching over real connections.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "http/client.h"
#include "io/file.h"
#include "telemetry/scrape/targets/fetcher.h"
#include "telemetry/scrape/targets/oauth_tokens.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr Duration name_lifetime = 30s;
constexpr Duration unused_lifetime = 10min;
constexpr int most_redirects = 10;
constexpr std::size_t secret_limit_bytes = 1024 * 1024;

// "host:port" with the scheme's port when there is none.
Result<io::Address> split_address(std::string_view scheme, std::string_view text) {
  io::Address out;
  out.port = scheme == "https" ? 443 : 80;
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return fail(Code::invalid, fmt::format("\"{}\" is no address", text));
    host = text.substr(1, close - 1);
    if (close + 1 < text.size() && text[close + 1] == ':') port = text.substr(close + 2);
  } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (!port.empty()) {
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || out.port < 1 ||
        out.port > 65535)
      return fail(Code::invalid, fmt::format("\"{}\" has no port from 1 to 65535", text));
  }
  if (host.empty()) return fail(Code::invalid, fmt::format("\"{}\" has no host", text));
  out.host = host;
  return out;
}

bool is_ip(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

// Blocks.
Result<std::string> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (error != 0 || found == nullptr)
    return fail(Code::unavailable, fmt::format("look up {}: {}", host, ::gai_strerror(error)));
  // IPv4 first: targets listen there more often.
  const addrinfo* best = found;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    if (a->ai_family == AF_INET) {
      best = a;
      break;
    }
  }
  char text[NI_MAXHOST];
  if (::getnameinfo(best->ai_addr, best->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return fail(Code::unavailable, fmt::format("look up {}: no address", host));
  return std::string(text);
}

Result<std::string> pem(const std::string& text, const std::string& file) {
  return file.empty() ? Result<std::string>(text) : io::read_file(file, secret_limit_bytes);
}

Result<std::shared_ptr<const http::TlsContext>> make_tls(const HttpClientConfig& config) {
  http::TlsContext::ClientSettings settings;
  TRY(authorities, pem(config.tls.ca, config.tls.ca_file));
  TRY(certificate, pem(config.tls.cert, config.tls.cert_file));
  TRY(key, pem(config.tls.key, config.tls.key_file));
  settings.authorities_pem = std::move(authorities);
  if (!certificate.empty()) settings.key_pair = http::KeyPair{std::move(certificate), std::move(key)};
  settings.verify = !config.tls.insecure_skip_verify;
  settings.protocols = {"http/1.1"};
  if (config.enable_http2) settings.protocols.insert(settings.protocols.begin(), "h2");
  return http::TlsContext::client(settings);
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

// The Authorization field; reads files, so on a pool thread where there are any.
Result<std::string> authorization(const HttpClientConfig& config) {
  const auto secret = [](const std::string& text, const std::string& file) -> Result<std::string> {
    if (file.empty()) return text;
    TRY(content, io::read_file(file, secret_limit_bytes));
    return std::string(trim_end(content));
  };
  if (config.basic_auth) {
    TRY(user, secret(config.basic_auth->username, config.basic_auth->username_file));
    TRY(password, secret(config.basic_auth->password, config.basic_auth->password_file));
    return "Basic " + base64_encode(user + ":" + password);
  }
  if (config.authorization) {
    TRY(credentials, secret(config.authorization->credentials, config.authorization->credentials_file));
    return config.authorization->type + " " + credentials;
  }
  return std::string();
}

bool reads_files(const HttpClientConfig& config) {
  return (config.basic_auth &&
          (!config.basic_auth->username_file.empty() || !config.basic_auth->password_file.empty())) ||
         (config.authorization && !config.authorization->credentials_file.empty());
}

class HttpFetcher final : public Fetcher {
 public:
  HttpFetcher(io::EpollLoop& loop, io::Pool& pool, HttpClientConfig config,
              std::shared_ptr<const http::TlsContext> tls, std::unique_ptr<OAuthTokens> tokens)
      : loop_(loop),
        pool_(pool),
        config_(std::move(config)),
        tls_(std::move(tls)),
        tokens_(std::move(tokens)) {}

  io::Task<Result<FetchedPage>> fetch(FetchRequest request) override {
    auto authorized = co_await authorize();
    if (!authorized) co_return fail(std::move(authorized).error());
    for (int redirects = 0;; ++redirects) {
      auto page = co_await once(request, *authorized);
      if (!page) co_return fail(page.error().at(request.scheme + "://" + request.address));
      if (page->status == 401 && tokens_ != nullptr) tokens_->drop();
      const bool redirected = page->status == 301 || page->status == 302 || page->status == 303 ||
                              page->status == 307 || page->status == 308;
      const std::string location(page->headers.get("location"));
      if (!redirected || !config_.follow_redirects || location.empty() || request.method != "GET")
        co_return page;
      if (redirects == most_redirects)
        co_return fail(Code::unavailable, fmt::format("stopped after {} redirects", most_redirects));
      const std::string before = request.scheme + request.address;
      if (location.starts_with('/')) {
        request.path = location;
      } else {
        HttpClientConfig ignored;
        auto url = parse_url(location, ignored);
        if (!url) co_return fail(std::move(url).error());
        request.scheme = url->scheme;
        request.address = url->address;
        request.path = url->path;
      }
      // Credentials are for the host that the configuration named.
      if (request.scheme + request.address != before) authorized->clear();
    }
  }

 private:
  struct Connection {
    std::unique_ptr<http::Client> client;
    Time resolved{};
    Time used{};
    std::size_t busy = 0;
  };

  io::Task<Result<std::string>> authorize() {
    if (tokens_ != nullptr) co_return co_await tokens_->authorization();
    if (!reads_files(config_)) co_return authorization(config_);
    auto work = [config = config_] { return authorization(config); };
    co_return co_await pool_.run(loop_, std::move(work));
  }

  // The client for a target; names are looked up again from time to time.
  io::Task<Result<Connection*>> connection(std::string scheme, std::string target) {
    const std::string key = scheme + "://" + target;
    Connection& connection = connections_[key];
    connection.used = loop_.now();
    if (connection.client != nullptr &&
        (connection.busy > 0 || loop_.now() - connection.resolved < name_lifetime))
      co_return &connection;
    auto address = split_address(scheme, target);
    if (!address) co_return fail(std::move(address).error());
    const std::string host = address->host;
    if (!is_ip(host)) {
      ++connection.busy;
      auto work = [host] { return look_up(host); };
      auto found = co_await pool_.run(loop_, std::move(work));
      --connection.busy;
      if (!found) co_return fail(std::move(found).error());
      address->host = std::move(*found);
    }
    connection.resolved = loop_.now();
    // Another request may have come first and be at work.
    if (connection.client != nullptr && connection.busy > 0) co_return &connection;
    if (scheme == "https" && tls_ == nullptr) {
      ++connection.busy;
      auto work = [config = config_] { return make_tls(config); };
      auto tls = co_await pool_.run(loop_, std::move(work));
      --connection.busy;
      if (!tls) co_return fail(std::move(tls).error());
      tls_ = std::move(*tls);
      if (connection.client != nullptr) co_return &connection;
    }
    if (connection.client != nullptr && address->to_string() == addresses_[key]) co_return &connection;
    addresses_[key] = address->to_string();
    http::ClientSettings settings;
    settings.address = *address;
    settings.authority = target;
    settings.server_name = config_.tls.server_name.empty() ? host : config_.tls.server_name;
    if (scheme == "https") settings.tls = tls_;
    settings.idle_connections = 2;
    // Longer than most intervals, so that a target keeps its connection from scrape to scrape.
    settings.idle_timeout = 5min;
    connection.client = http::Client::make(loop_, std::move(settings));
    co_return &connection;
  }

  io::Task<Result<FetchedPage>> once(const FetchRequest& request, const std::string& authorized) {
    drop_unused();
    auto connected = co_await connection(request.scheme, request.address);
    if (!connected) co_return fail(std::move(connected).error());
    http::RequestHead head;
    head.method = request.method;
    head.target = request.path;
    head.headers = request.headers;
    if (!authorized.empty()) head.headers.set("Authorization", authorized);
    for (const auto& [name, value] : config_.headers) head.headers.set(name, value);
    // Its client stays while an exchange is under way, whatever happens to the name meanwhile.
    const Busy busy(**connected);
    std::string body = request.body;
    auto response = co_await (*connected)->client->send(std::move(head), std::move(body));
    if (!response) co_return fail(std::move(response).error());
    FetchedPage page;
    page.status = (*response)->head().status;
    page.headers = (*response)->head().headers;
    auto whole = co_await (*response)->read_whole_body(request.body_limit_bytes);
    if (!whole) co_return fail(std::move(whole).error());
    page.body = std::move(*whole);
    co_return page;
  }

  struct Busy {
    explicit Busy(Connection& c) : connection(c) { ++connection.busy; }
    Busy(const Busy&) = delete;
    ~Busy() { --connection.busy; }
    Connection& connection;
  };

  void drop_unused() {
    if (loop_.now() - swept_ < 1min) return;
    swept_ = loop_.now();
    std::erase_if(connections_, [&](const auto& entry) {
      return entry.second.busy == 0 && loop_.now() - entry.second.used > unused_lifetime;
    });
  }

  io::EpollLoop& loop_;
  io::Pool& pool_;
  HttpClientConfig config_;
  std::shared_ptr<const http::TlsContext> tls_;
  std::unique_ptr<OAuthTokens> tokens_;
  std::map<std::string, Connection> connections_;
  std::map<std::string, std::string> addresses_;
  Time swept_{};
};

}  // namespace

Result<std::unique_ptr<Fetcher>> make_http_fetcher(io::EpollLoop& loop, io::Pool& pool,
                                                   const HttpClientConfig& config) {
  // The system's authorities cost memory; without settings of its own TLS is made when it is first needed.
  std::shared_ptr<const http::TlsContext> tls;
  if (!(config.tls == HttpTls())) {
    TRY(made, make_tls(config));
    tls = std::move(made);
  }
  std::unique_ptr<OAuthTokens> tokens;
  if (config.oauth2) {
    HttpClientConfig giver;
    giver.tls = config.oauth2->tls;
    TRY(fetcher, make_http_fetcher(loop, pool, giver));
    tokens = std::make_unique<OAuthTokens>(loop, pool, *config.oauth2, std::move(fetcher));
  }
  return std::make_unique<HttpFetcher>(loop, pool, config, std::move(tls), std::move(tokens));
}

Result<Url> parse_url(std::string_view text, HttpClientConfig& config) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return fail(Code::invalid, "the URL has no scheme");
  Url url;
  url.scheme = text.substr(0, scheme_end);
  if (url.scheme != "http" && url.scheme != "https")
    return fail(Code::invalid, fmt::format("the URL's scheme {} is neither http nor https", url.scheme));
  std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t path = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, path);
  rest.remove_prefix(path);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    const std::size_t colon = user.find(':');
    HttpBasicAuth auth;
    auth.username = http::percent_decode(user.substr(0, colon));
    if (colon != std::string_view::npos) auth.password = http::percent_decode(user.substr(colon + 1));
    if (!config.basic_auth) config.basic_auth = std::move(auth);
    authority.remove_prefix(at + 1);
  }
  if (authority.empty()) return fail(Code::invalid, "the URL has no host");
  url.address = authority;
  url.path = rest.substr(0, rest.find('#'));
  if (!url.path.starts_with('/')) url.path = "/" + url.path;
  return url;
}

}  // namespace aloft::telemetry::scrape
