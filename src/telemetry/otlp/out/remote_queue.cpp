// Sending, backing off, giving up.
#include "telemetry/otlp/out/remote_queue.h"

#include <charconv>
#include <deque>
#include <optional>

#include <netdb.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "http/client.h"
#include "io/event.h"
#include "io/guarded.h"
#include "io/timeout.h"
#include "telemetry/otlp/out/log.h"

namespace aloft::telemetry::otlp {
namespace {

constexpr std::size_t answer_limit_bytes = 64 * 1024;

struct Target {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;
  std::string credentials;  // "user:password" of the URL, decoded
};

Result<Target> parse_url(std::string_view url) {
  Target target;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    target.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return fail(Code::invalid, fmt::format("\"{}\": expected http:// or https://", without_credentials(url)));
  }
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  target.path = slash == std::string_view::npos ? "/" : rest.substr(slash);
  target.port = target.tls ? "443" : "80";
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    target.credentials = http::percent_decode(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    target.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']'))
    authority = authority.substr(1, authority.size() - 2);
  target.host = authority;
  if (target.host.empty() || target.port.empty() ||
      target.port.find_first_not_of("0123456789") != std::string::npos)
    return fail(Code::invalid, fmt::format("\"{}\": expected a host and a port", without_credentials(url)));
  return target;
}

// Blocks while the name is looked up.
Result<io::Address> resolve(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found);
  if (code != 0) return fail(Code::unavailable, fmt::format("{}: {}", target.host, gai_strerror(code)));
  char host[NI_MAXHOST];
  const int named =
      getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  if (named != 0) return fail(Code::unavailable, fmt::format("{}: {}", target.host, gai_strerror(named)));
  std::int32_t port = 0;
  std::from_chars(target.port.data(), target.port.data() + target.port.size(), port);
  return io::Address(host, port);
}

// What one attempt came to.
struct Outcome {
  enum class Kind { sent, again, refused };
  Kind kind = Kind::again;
  Duration wait{};  // what the peer asked for
  std::string why;
};

// OTLP, Loki and remote write agree on which answers are worth another attempt.
Outcome outcome_of(const http::ResponseHead& head, std::string_view body) {
  Outcome outcome;
  if (head.status / 100 == 2) {
    outcome.kind = Outcome::Kind::sent;
    return outcome;
  }
  const bool again = head.status == 429 || head.status >= 500;
  outcome.kind = again ? Outcome::Kind::again : Outcome::Kind::refused;
  outcome.why = fmt::format("HTTP {}: {}", head.status, body.substr(0, 200));
  const std::string_view after = head.headers.get("retry-after");
  int seconds = 0;
  std::from_chars(after.data(), after.data() + after.size(), seconds);
  outcome.wait = std::chrono::seconds(std::clamp(seconds, 0, 3600));
  return outcome;
}

class Queue final : public RemoteQueue {
 public:
  Queue(io::EpollLoop& loop, io::Pool& pool, RemoteSettings settings, Target target, Metrics& metrics)
      : loop_(loop),
        pool_(pool),
        settings_(std::move(settings)),
        target_(std::move(target)),
        shared_(std::make_shared<Shared>(loop)),
        sent_(metrics.counter("telemetry_out_sent_total", "Requests that another system took.", labels())),
        dropped_(metrics.counter("telemetry_out_dropped_total",
                                 "Requests that were refused, waited too long or found no room.", labels())),
        retries_(metrics.counter("telemetry_out_retries_total", "Attempts that were repeated.", labels())),
        waiting_(metrics.gauge("telemetry_out_queue_bytes", "Bytes that wait to be sent.", labels())) {}

  Result<> offer(std::string body) override {
    const bool taken = shared_->state.with([&](State& state) {
      if (state.bytes + body.size() > settings_.queue_bytes) return false;
      state.bytes += body.size();
      state.items.push_back(std::move(body));
      waiting_.set(static_cast<double>(state.bytes));
      return true;
    });
    if (!taken) {
      dropped_.add();
      return fail(Code::too_many_requests, fmt::format("{}: the queue is full", settings_.name));
    }
    // The queue may be gone when the post runs; what it wakes is shared.
    loop_.post([shared = shared_] { shared->work.notify_all(); });
    return {};
  }

  io::Task<> run() override {
    for (;;) {
      std::optional<std::string> body = take();
      if (!body) {
        shared_->idle.notify_all();
        co_await shared_->work.wait();
        continue;
      }
      co_await send(std::move(*body));
    }
  }

  io::Task<> drain(Duration limit) override {
    const Time end = loop_.now() + limit;
    while (busy() && loop_.now() < end) co_await shared_->idle.wait_until(end);
  }

 private:
  struct State {
    std::deque<std::string> items;
    std::size_t bytes = 0;  // of those and of the one that is being sent
  };
  struct Shared {
    explicit Shared(io::Loop& loop) : work(loop), idle(loop) {}
    io::Guarded<State> state;
    io::WaitList work;
    io::WaitList idle;
  };

  aloft::Labels labels() const { return {{"destination", settings_.name}}; }
  bool busy() {
    return shared_->state.with([](const State& state) { return state.bytes > 0; });
  }
  std::optional<std::string> take() {
    return shared_->state.with([](State& state) -> std::optional<std::string> {
      if (state.items.empty()) return std::nullopt;
      std::optional<std::string> item(std::move(state.items.front()));
      state.items.pop_front();
      return item;
    });
  }
  void settle(std::size_t bytes) {
    shared_->state.with([&](State& state) {
      state.bytes -= bytes;
      waiting_.set(static_cast<double>(state.bytes));
    });
  }

  io::Task<> send(std::string body) {
    const Time begun = loop_.now();
    Duration backoff = settings_.least_backoff;
    for (;;) {
      auto trying = attempt(body);
      std::optional<Outcome> outcome = co_await io::within(loop_, settings_.timeout, std::move(trying));
      if (!outcome) {
        outcome.emplace();
        outcome->why = fmt::format("no answer within {}", format_duration(settings_.timeout));
        client_.reset();
      }
      if (outcome->kind == Outcome::Kind::sent) {
        sent_.add();
        told_ = false;
        break;
      }
      const bool too_old = loop_.now() - begun > settings_.give_up_after;
      if (outcome->kind == Outcome::Kind::refused || too_old) {
        log.warning("{}: a request is dropped: {}", settings_.name, outcome->why);
        dropped_.add();
        break;
      }
      if (!std::exchange(told_, true)) log.warning("{}: {}; it is tried again", settings_.name, outcome->why);
      retries_.add();
      co_await loop_.sleep(std::max(backoff, outcome->wait));
      backoff = std::min(backoff * 2, settings_.most_backoff);
    }
    settle(body.size());
  }

  // Connects when there is no connection, so that a name that moved is found again.
  io::Task<Result<>> connect() {
    if (client_ != nullptr) co_return Result<>();
    auto resolving = pool_.run(loop_, [target = target_] { return resolve(target); });
    auto address = co_await std::move(resolving);
    if (!address) co_return std::unexpected<Error>(address.error());
    http::ClientSettings client;
    client.address = *address;
    client.authority = target_.host + ":" + target_.port;
    client.server_name = target_.host;
    if (target_.tls) {
      TRY_CO(context, http::TlsContext::client(http::TlsContext::ClientSettings()));
      client.tls = std::move(context);
    }
    client_ = http::Client::make(loop_, std::move(client));
    co_return Result<>();
  }

  io::Task<Outcome> attempt(const std::string& body) {
    Outcome failed;
    const Result<> connected = co_await connect();
    if (!connected) {
      failed.why = connected.error().message();
      co_return failed;
    }
    http::RequestHead head;
    head.method = "POST";
    head.target = target_.path;
    for (const auto& [name, value] : settings_.headers) head.headers.add(name, value);
    auto response = co_await client_->send(std::move(head), body);
    if (!response) {
      failed.why = response.error().message();
      client_.reset();
      co_return failed;
    }
    auto text = co_await (*response)->read_whole_body(answer_limit_bytes);
    co_return outcome_of((*response)->head(), text ? std::move(*text) : std::string());
  }

  io::EpollLoop& loop_;
  io::Pool& pool_;
  RemoteSettings settings_;
  Target target_;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<http::Client> client_;
  bool told_ = false;  // a failure was logged and no success came since
  Counter& sent_;
  Counter& dropped_;
  Counter& retries_;
  Gauge& waiting_;
};

}  // namespace

std::string without_credentials(std::string_view url) {
  const std::size_t begin = url.find("://");
  const std::size_t host = begin == std::string_view::npos ? 0 : begin + 3;
  const std::size_t at = url.substr(0, url.find('/', host)).rfind('@');
  if (begin == std::string_view::npos || at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(at + 1));
}

Result<std::unique_ptr<RemoteQueue>> RemoteQueue::make(io::EpollLoop& loop, io::Pool& pool,
                                                       RemoteSettings settings, Metrics& metrics) {
  TRY(target, parse_url(settings.url));
  if (!target.credentials.empty())
    settings.headers.emplace_back("Authorization", "Basic " + base64_encode(target.credentials));
  return std::make_unique<Queue>(loop, pool, std::move(settings), std::move(target), metrics);
}

}  // namespace aloft::telemetry::otlp
