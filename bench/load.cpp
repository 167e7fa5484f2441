// A load generator for the API server: many clients that create objects, one that reads a long list, many
// that watch. Prints one line of JSON; bench/run.py starts it and measures the server beside it.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "http/client.h"
#include "io/channel.h"
#include "io/file.h"
#include "io/scope.h"

namespace aloft::bench {
namespace {

using Moment = std::chrono::steady_clock::time_point;

Moment now() { return std::chrono::steady_clock::now(); }
double seconds_since(Moment begin) { return std::chrono::duration<double>(now() - begin).count(); }

// A pod of common size: three and a half kilobytes once it is stored with defaults and managed fields.
constexpr std::string_view pod_text =
    R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"@","labels":{"app":"load",)"
    R"("tier":"backend","pod-template-hash":"5f6b7c8d9e"}},"spec":{"schedulerName":"nobody",)"
    R"("containers":[{"name":"main","image":"registry.example/load:1.2.3",)"
    R"("command":["/bin/server","--port=8080"],"ports":[{"name":"http","containerPort":8080}],)"
    R"("env":[{"name":"MODE","value":"production"},{"name":"POD_NAME",)"
    R"("valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],)"
    R"("resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":"500m",)"
    R"("memory":"256Mi"}},"volumeMounts":[{"name":"config","mountPath":"/etc/load"}],)"
    R"("readinessProbe":{"httpGet":{"path":"/ready","port":8080},"periodSeconds":5}}],)"
    R"("volumes":[{"name":"config","configMap":{"name":"load"}}]}})";
constexpr std::string_view config_map_text =
    R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"@","labels":{"group":"#"}},)"
    R"("data":{"key":"value"}})";

struct Options {
  std::map<std::string, std::string> texts;
  std::string text(const std::string& name, std::string fallback = "") const {
    const auto found = texts.find(name);
    return found == texts.end() ? std::move(fallback) : found->second;
  }
  long number(const std::string& name, long fallback) const {
    const std::string value = text(name);
    long out = fallback;
    if (!value.empty()) std::from_chars(value.data(), value.data() + value.size(), out);
    return out;
  }
};

Result<http::ClientSettings> settings_of(const Options& options) {
  http::ClientSettings settings;
  TRY(address, io::parse_address(options.text("address")));
  settings.address = std::move(address);
  http::TlsContext::ClientSettings tls;
  TRY(authority, io::read_file(options.text("ca")));
  TRY(certificate, io::read_file(options.text("cert")));
  TRY(key, io::read_file(options.text("key")));
  tls.authorities_pem = std::move(authority);
  tls.key_pair = http::KeyPair{std::move(certificate), std::move(key)};
  tls.protocols = {options.text("protocol", "http/1.1")};
  TRY(context, http::TlsContext::client(tls));
  settings.tls = std::move(context);
  return settings;
}

http::RequestHead request(std::string method, std::string target) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  head.headers.add("User-Agent", "aloft-load");
  head.headers.add("Accept", "application/json");
  if (head.method == "POST") head.headers.add("Content-Type", "application/json");
  return head;
}

std::string collection(const Options& options) {
  return fmt::format("/api/v1/namespaces/{}/{}", options.text("namespace", "default"),
                     options.text("objects", "pods"));
}

// `group` is the value of a label by which watches can select.
std::string object_named(const Options& options, const std::string& name, long group = 0) {
  std::string text(options.text("objects", "pods") == "pods" ? pod_text : config_map_text);
  text.replace(text.find('@'), 1, name);
  const std::size_t at = text.find('#');
  if (at != std::string::npos) text.replace(at, 1, std::to_string(group));
  return text;
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

// Creates objects from several connections at once until the time or the number is used up.
struct Creation {
  const Options& options;
  std::string target;
  std::string prefix;
  long limit;
  double seconds;
  Moment begin;
  long started = 0;
  long done = 0;
  long failed = 0;
  std::string first_failure;
  std::vector<double> latencies;

  explicit Creation(const Options& o)
      : options(o),
        target(collection(o)),
        prefix(o.text("prefix", "load")),
        limit(o.number("count", 1'000'000'000)),
        seconds(static_cast<double>(o.number("seconds", 3600))),
        begin(now()) {}

  io::Task<> client(http::Client& connection) {
    while (started < limit && seconds_since(begin) < seconds) {
      const std::string name = fmt::format("{}-{}", prefix, started++);
      http::RequestHead head = request("POST", target);
      const Moment sent = now();
      auto answer = co_await connection.send(std::move(head), object_named(options, name));
      std::string why;
      if (!answer) {
        why = answer.error().message();
      } else {
        auto body = co_await (*answer)->read_whole_body();
        if (!body) {
          why = body.error().message();
        } else if ((*answer)->head().status != 201) {
          why = *body;
        }
      }
      latencies.push_back(seconds_since(sent));
      why.empty() ? ++done : ++failed;
      if (first_failure.empty()) first_failure = why;
    }
  }
};

io::Task<Result<>> create(io::EpollLoop& loop, const Options& options) {
  TRY_CO(settings, settings_of(options));
  std::vector<std::unique_ptr<http::Client>> clients;
  for (long i = 0; i < options.number("clients", 32); ++i)
    clients.push_back(http::Client::make(loop, settings));
  Creation work(options);
  io::Scope scope(loop);
  for (const auto& client : clients) scope.spawn(work.client(*client));
  co_await scope.finish();
  const double took = seconds_since(work.begin);
  if (work.failed > 0) fmt::print(stderr, "first failure: {}\n", work.first_failure);
  fmt::print(R"({{"done":{},"failed":{},"seconds":{:.4f},"p50_ms":{:.3f},"p99_ms":{:.3f}}})"
             "\n",
             work.done, work.failed, took, percentile(work.latencies, 0.5) * 1e3,
             percentile(work.latencies, 0.99) * 1e3);
  co_return Result<>();
}

io::Task<Result<>> list(io::EpollLoop& loop, const Options& options) {
  TRY_CO(settings, settings_of(options));
  auto client = http::Client::make(loop, settings);
  // The handshake is not part of the list.
  {
    http::RequestHead head = request("GET", "/version");
    TRY_CO(answer, co_await client->send(std::move(head)));
    TRY_CO_DO(co_await answer->read_whole_body());
  }
  const Moment begin = now();
  http::RequestHead head = request("GET", options.text("path", "/api/v1/pods"));
  TRY_CO(answer, co_await client->send(std::move(head)));
  const double first = seconds_since(begin);
  std::size_t bytes = 0;
  for (;;) {
    TRY_CO(piece, co_await answer->read_body());
    if (piece.empty()) break;
    bytes += piece.size();
  }
  fmt::print(R"({{"status":{},"bytes":{},"first_seconds":{:.4f},"seconds":{:.4f}}})"
             "\n",
             answer->head().status, bytes, first, seconds_since(begin));
  co_return Result<>();
}

// Watches of one collection, and the time from the request that makes an object to its event at each.
struct Watching {
  explicit Watching(io::EpollLoop& loop) : progress(loop) {}
  io::Event progress;
  long open = 0;
  long received = 0;
  long failed = 0;
  long wanted = 0;
  Moment sent;
  std::vector<double> latencies;

  void check(long count) {
    if (count >= wanted) progress.set();
  }

  io::Task<> watcher(http::Client& client, std::string target) {
    http::RequestHead head = request("GET", std::move(target));
    auto answer = co_await client.send(std::move(head));
    if (!answer || (*answer)->head().status != 200) {
      if (!answer) fmt::print(stderr, "watch: {}\n", answer.error().message());
      ++failed;
      progress.set();
      co_return;
    }
    check(++open);
    for (;;) {
      auto piece = co_await (*answer)->read_body();
      if (!piece || piece->empty()) co_return;
      if (!piece->ends_with("\n")) continue;
      latencies.push_back(seconds_since(sent));
      check(++received);
    }
  }

  io::Task<> until(long count) {
    wanted = count;
    progress.reset();
    co_await progress.wait();
  }
};

io::Task<Result<>> watch(io::EpollLoop& loop, const Options& options) {
  TRY_CO(settings, settings_of(options));
  const long count = options.number("watchers", 1000);
  const long events = options.number("events", 100);
  // With several groups each event is for the watches of one of them.
  const long groups = options.number("groups", 1);
  // Over HTTP/2 several watches can share a connection, as those of one program do.
  const long connections = options.number("connections", count);
  const std::string target = collection(options);
  auto writer = http::Client::make(loop, settings);
  http::RequestHead first = request("GET", target + "?limit=1");
  TRY_CO(listed, co_await writer->send(std::move(first)));
  TRY_CO(text, co_await listed->read_whole_body());
  const std::size_t at = text.find("\"resourceVersion\":\"") + 19;
  const std::string revision = text.substr(at, text.find('"', at) - at);

  std::vector<std::unique_ptr<http::Client>> clients;
  Watching watching(loop);
  io::Scope scope(loop);
  for (long i = 0; i < count; ++i) {
    if (i < connections) clients.push_back(http::Client::make(loop, settings));
    const auto mine = static_cast<std::size_t>(i % connections);
    std::string query = "?watch=true&resourceVersion=" + revision;
    if (groups > 1) query += fmt::format("&labelSelector=group%3D{}", i % groups);
    scope.spawn(watching.watcher(*clients[mine], target + query));
    // Not all handshakes at once: the server's limits are not what is measured.
    if (i % 50 == 49 || i + 1 == count) co_await watching.until(i + 1);
    if (watching.failed > 0) co_return fail(Code::unavailable, "a watch was refused");
  }
  fmt::print(R"({{"watching":{}}})"
             "\n",
             watching.open);
  std::fflush(stdout);
  // The caller measures the server and says when to go on.
  while (std::getchar() != '\n') {
  }
  watching.latencies.reserve(static_cast<std::size_t>(count * events));
  std::vector<double> answers;
  for (long i = 0; i < events; ++i) {
    http::RequestHead head = request("POST", target);
    std::string object =
        object_named(options, fmt::format("{}-{}", options.text("prefix", "event"), i), i % groups);
    watching.sent = now();
    auto answer = co_await writer->send(std::move(head), std::move(object));
    if (!answer || (*answer)->head().status != 201)
      co_return fail(Code::unavailable, "an object could not be made");
    answers.push_back(seconds_since(watching.sent));
    TRY_CO_DO(co_await (*answer)->read_whole_body());
    const long expected = (i + 1) * (count / groups);
    if (watching.received < expected) co_await watching.until(expected);
  }
  fmt::print(R"({{"events":{},"deliveries":{},"answer_p50_ms":{:.3f},"p50_ms":{:.3f},"p99_ms":{:.3f}}})"
             "\n",
             events, watching.received, percentile(answers, 0.5) * 1e3,
             percentile(watching.latencies, 0.5) * 1e3, percentile(watching.latencies, 0.99) * 1e3);
  std::fflush(stdout);
  co_return Result<>();
}

int run(int count, char** words) {
  const std::string verb = count > 1 ? words[1] : "";
  Options options;
  for (int i = 2; i + 1 < count; i += 2) options.texts[std::string(words[i]).substr(2)] = words[i + 1];
  std::signal(SIGPIPE, SIG_IGN);
  io::EpollLoop loop;
  Result<> done =
      fail(Code::invalid, "usage: aloft_load create | list | watch --address A --ca F --cert F --key F ...");
  if (verb == "create") done = loop.run_until_done(create(loop, options));
  if (verb == "list") done = loop.run_until_done(list(loop, options));
  if (verb == "watch") done = loop.run_until_done(watch(loop, options));
  if (done) return 0;
  fmt::print(stderr, "aloft_load: {}\n", done.error().message());
  return 1;
}

}  // namespace
}  // namespace aloft::bench

int main(int count, char** words) { return aloft::bench::run(count, words); }
