// A load generator for telemetry: remote write, Loki push and OTLP requests are made beforehand and then only
// sent, so that a server is measured and not this. Prints "ready", waits for a line on standard input, sends,
// and prints one line of JSON. bench/telemetry/run.py drives it.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/telemetry/series_model.h"
#include "http/client.h"
#include "io/scope.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/core/wire.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::bench {
namespace {

using Moment = std::chrono::steady_clock::time_point;

Moment now() { return std::chrono::steady_clock::now(); }
double seconds_since(Moment begin) { return std::chrono::duration<double>(now() - begin).count(); }

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

// Ready-made requests, and what they hold.
struct Load {
  std::string path;
  http::Headers headers;
  std::vector<std::string> bodies;
  long items = 0;
  std::size_t raw_bytes = 0;
  std::int64_t end_ms = 0;
};

Load metrics_load(const Options& options) {
  const auto instances = static_cast<std::size_t>(options.number("instances", 100));
  const long ticks = options.number("ticks", 1000);
  const long interval = options.number("interval-ms", 15000);
  const auto batch_size = static_cast<std::size_t>(options.number("batch", 2000));
  const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  Load load;
  load.path = "/api/v1/write";
  load.headers = {{"Content-Type", "application/x-protobuf"},
                  {"Content-Encoding", "snappy"},
                  {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
  load.end_ms = wall.count();
  Fleet fleet(instances);
  telemetry::MetricBatch batch;
  const auto flush = [&] {
    const std::string raw = telemetry::scrape::encode_write_request(batch);
    load.raw_bytes += raw.size();
    load.items += static_cast<long>(batch.samples.size());
    load.bodies.push_back(telemetry::snappy_compress(raw));
    batch.samples.clear();
  };
  for (long tick = 0; tick < ticks; ++tick) {
    const std::int64_t base = load.end_ms - (ticks - 1 - tick) * interval;
    for (std::size_t i = 0; i < instances; ++i) {
      // Targets are scraped at offsets of their own, with a little jitter.
      fleet.scrape(i,
                   base - interval + static_cast<std::int64_t>(i * 7919 % 1000) +
                       (tick * 31 + static_cast<long>(i)) % 4,
                   batch);
      if (batch.samples.size() >= batch_size) flush();
    }
  }
  if (!batch.samples.empty()) flush();
  return load;
}

// Access log lines of a web service: text that compresses as real logs do.
std::string access_line(std::uint64_t n) {
  static constexpr const char* verbs[] = {"GET", "GET", "GET", "POST", "PUT", "DELETE"};
  return fmt::format(
      "level={} ts={} caller=server.go:{} msg=\"request served\" method={} path=/api/v1/orders/{} status={} "
      "duration={}ms bytes={} remote=10.{}.{}.{} trace_id={:016x}",
      n % 50 == 0 ? "error" : "info", 1'700'000'000 + n / 1000, 100 + n * 7 % 30, verbs[n % 6],
      n * 2654435761 % 100000, n % 50 == 0 ? 500 : 200, n * 7919 % 900, n * 104729 % 20000, n % 8,
      n * 31 % 256, n * 17 % 256, n * 0x9e3779b97f4a7c15ull);
}

Load logs_load(const Options& options) {
  const long lines = options.number("lines", 1'000'000);
  const long streams = options.number("streams", 50);
  const long batch_size = options.number("batch", 5000);
  const auto end = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  Load load;
  load.path = "/loki/api/v1/push";
  load.headers = {{"Content-Type", "application/x-protobuf"}};
  load.end_ms = end / 1'000'000;
  std::uint64_t n = 0;
  for (long done = 0; done < lines;) {
    // logproto.PushRequest: streams (1) of labels (1) and entries (2) of time (1) and line (2).
    std::string request;
    const long stream = static_cast<long>(load.bodies.size()) % streams;
    std::string message;
    telemetry::append_wire_bytes(message, 1,
                                 fmt::format(R"({{app="shop",pod="shop-{}",namespace="default"}})", stream));
    for (long i = 0; i < batch_size && done < lines; ++i, ++done, ++n) {
      const std::int64_t time = end - (lines - done) * 1000;
      std::string stamp;
      telemetry::append_wire_uint(stamp, 1, static_cast<std::uint64_t>(time / 1'000'000'000));
      telemetry::append_wire_uint(stamp, 2, static_cast<std::uint64_t>(time % 1'000'000'000));
      std::string entry;
      telemetry::append_wire_bytes(entry, 1, stamp);
      const std::string line = access_line(n);
      load.raw_bytes += line.size();
      telemetry::append_wire_bytes(entry, 2, line);
      telemetry::append_wire_bytes(message, 2, entry);
    }
    telemetry::append_wire_bytes(request, 1, message);
    load.bodies.push_back(telemetry::snappy_compress(request));
    load.items = done;
  }
  return load;
}

telemetry::Span span_of(std::uint64_t trace, std::uint64_t index, std::int64_t start) {
  telemetry::Span span;
  for (std::size_t i = 0; i < 8; ++i) {
    span.trace_id[i] = static_cast<std::uint8_t>(trace * 0x9e3779b97f4a7c15ull >> (8 * i));
    span.trace_id[8 + i] = static_cast<std::uint8_t>(trace >> (8 * i));
    span.span_id[i] = static_cast<std::uint8_t>((trace * 64 + index + 1) * 0xbf58476d1ce4e5b9ull >> (8 * i));
    if (index > 0)
      span.parent_id[i] =
          static_cast<std::uint8_t>((trace * 64 + (index - 1) / 2 + 1) * 0xbf58476d1ce4e5b9ull >> (8 * i));
  }
  span.name = index == 0 ? "GET /orders" : index % 2 == 0 ? "SELECT orders" : "orders.Find";
  span.kind = index == 0 ? telemetry::SpanKind::server : telemetry::SpanKind::client;
  span.start_ns = start + static_cast<std::int64_t>(index * 1'000'000);
  span.end_ns = span.start_ns + static_cast<std::int64_t>(500'000 + trace * 7919 % 40'000'000);
  if (trace % 100 == 0) span.status = telemetry::SpanStatus::error;
  const auto text = [](std::string value) { return telemetry::AttributeValue(std::move(value)); };
  span.attributes.push_back({"http.request.method", text("GET")});
  span.attributes.push_back({"http.route", text("/orders/{id}")});
  span.attributes.push_back(
      {"http.response.status_code", telemetry::AttributeValue(std::int64_t{trace % 100 == 0 ? 500 : 200})});
  span.attributes.push_back({"user.id", text(fmt::format("user-{}", trace * 31 % 5000))});
  span.attributes.push_back({"net.peer.name", text(fmt::format("db-{}.internal", index % 3))});
  return span;
}

Load spans_load(const Options& options) {
  const long spans = options.number("spans", 300'000);
  const long per_trace = options.number("per-trace", 10);
  const long batch_size = options.number("batch", 1000);
  const auto end = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  Load load;
  load.path = "/v1/traces";
  load.headers = {{"Content-Type", "application/x-protobuf"}};
  load.end_ms = end / 1'000'000;
  std::uint64_t trace = 1;
  for (long done = 0; done < spans;) {
    telemetry::SpanBatch batch;
    for (const char* service : {"frontend", "orders", "database"}) {
      telemetry::ResourceSpans& resource = batch.resources.emplace_back();
      resource.resource.push_back({"service.name", telemetry::AttributeValue(std::string(service))});
      resource.resource.push_back({"host.name", telemetry::AttributeValue(std::string("node-1"))});
      resource.scopes.emplace_back().scope.name = "bench";
    }
    for (long i = 0; i < batch_size / per_trace; ++i, ++trace) {
      const std::int64_t start = end - (spans - done) * 10'000;
      for (long k = 0; k < per_trace; ++k, ++done) {
        auto& into = batch.resources[k == 0 ? 0 : k % 2 == 1 ? 1 : 2].scopes.front().spans;
        into.push_back(span_of(trace, static_cast<std::uint64_t>(k), start));
      }
    }
    std::string body = telemetry::otlp::encode(batch);
    load.raw_bytes += body.size();
    load.bodies.push_back(std::move(body));
    load.items = done;
  }
  return load;
}

struct Sending {
  const Load& load;
  std::size_t next = 0;
  long failed = 0;
  long held_back = 0;  // answers of 429, after which the request was sent again
  std::string first_failure;
  std::vector<double> latencies;

  // Gives why the request failed; empty when it was taken.
  io::Task<std::string> post(http::Client& connection, const std::string& body) {
    for (;;) {
      http::RequestHead head;
      head.method = "POST";
      head.target = load.path;
      head.headers = load.headers;
      auto answer = co_await connection.send(std::move(head), body);
      if (!answer) co_return answer.error().message();
      auto text = co_await (*answer)->read_whole_body();
      const int status = (*answer)->head().status;
      if (status / 100 == 2) co_return std::string();
      if (status != 429) co_return text ? *text : text.error().message();
      ++held_back;
      co_await connection.loop().sleep(50ms);
    }
  }

  io::Task<> client(http::Client& connection) {
    while (next < load.bodies.size()) {
      const std::string& body = load.bodies[next++];
      const Moment sent = now();
      const std::string why = co_await post(connection, body);
      latencies.push_back(seconds_since(sent));
      if (why.empty()) continue;
      ++failed;
      if (first_failure.empty()) first_failure = why;
    }
  }
};

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

io::Task<Result<>> send(io::EpollLoop& loop, const Options& options, const Load& load) {
  http::ClientSettings settings;
  TRY_CO(address, io::parse_address(options.text("address")));
  settings.address = std::move(address);
  std::vector<std::unique_ptr<http::Client>> clients;
  for (long i = 0; i < options.number("connections", 2); ++i)
    clients.push_back(http::Client::make(loop, settings));
  Sending sending{load};
  io::Scope scope(loop);
  const Moment begin = now();
  for (const auto& client : clients) scope.spawn(sending.client(*client));
  co_await scope.finish();
  const double took = seconds_since(begin);
  if (sending.failed > 0) fmt::print(stderr, "first failure: {}\n", sending.first_failure);
  fmt::print(R"({{"items":{},"raw_bytes":{},"end_ms":{},"requests":{},"held_back":{},"failed":{},)"
             R"("seconds":{:.4f},"p99_ms":{:.3f}}})"
             "\n",
             load.items, load.raw_bytes, load.end_ms, load.bodies.size(), sending.held_back, sending.failed,
             took, percentile(sending.latencies, 0.99) * 1e3);
  co_return Result<>();
}

int run(int count, char** words) {
  const std::string verb = count > 1 ? words[1] : "";
  Options options;
  for (int i = 2; i + 1 < count; i += 2) options.texts[std::string(words[i]).substr(2)] = words[i + 1];
  std::signal(SIGPIPE, SIG_IGN);
  Load load;
  if (verb == "metrics") load = metrics_load(options);
  if (verb == "logs") load = logs_load(options);
  if (verb == "spans") load = spans_load(options);
  if (load.bodies.empty()) {
    fmt::print(stderr, "usage: aloft_telemetry_load metrics | logs | spans --address HOST:PORT ...\n");
    return 2;
  }
  fmt::print("ready\n");
  std::fflush(stdout);
  if (std::getchar() == EOF) return 1;
  io::EpollLoop loop;
  const auto done = loop.run_until_done(send(loop, options, load));
  if (done) return 0;
  fmt::print(stderr, "aloft_telemetry_load: {}\n", done.error().message());
  return 1;
}

}  // namespace
}  // namespace aloft::bench

int main(int count, char** words) { return aloft::bench::run(count, words); }
