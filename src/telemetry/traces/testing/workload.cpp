// The shop: services, operations and attributes in the shares in which the OpenTelemetry demo has them.
#include "telemetry/traces/testing/workload.h"

#include <map>
#include <random>

#include "telemetry/traces/store/table.h"

namespace aloft::telemetry::traces::testing {
namespace {

constexpr std::array<std::string_view, 12> services = {"frontend", "cart",      "checkout", "payment",
                                                       "shipping", "email",     "catalog",  "currency",
                                                       "ads",      "recommend", "quote",    "accounting"};

AttributeValue text(std::string value) { return AttributeValue(std::move(value)); }
AttributeValue number(std::int64_t value) { return AttributeValue(value); }

class Shop {
 public:
  explicit Shop(std::uint64_t seed) : random_(seed) {}

  SpanBatch batch(std::size_t traces) {
    for (std::size_t i = 0; i < traces; ++i) trace();
    SpanBatch batch;
    for (auto& [service, spans] : spans_) {
      ResourceSpans& resource = batch.resources.emplace_back();
      const std::string name(services[service]);
      resource.resource = {{"service.name", text(name)},
                           {"service.version", text("1.4.2")},
                           {"service.namespace", text("shop")},
                           {"telemetry.sdk.language", text(service % 2 == 0 ? "go" : "java")},
                           {"telemetry.sdk.version", text("1.28.0")},
                           {"k8s.namespace.name", text("shop")},
                           {"k8s.pod.name", text(name + "-7d9f8b6c5-x2x" + std::to_string(service))},
                           {"k8s.node.name", text("node-" + std::to_string(service % 3))},
                           {"deployment.environment", text("production")}};
      ScopeSpans& scope = resource.scopes.emplace_back();
      scope.scope.name = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";
      scope.scope.version = "0.53.0";
      scope.spans = std::move(spans);
    }
    return batch;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void trace() {
    TraceId id{};
    const SpanId high = to_span_id(random_());
    const SpanId low = to_span_id(random_());
    std::copy(high.begin(), high.end(), id.begin());
    std::copy(low.begin(), low.end(), id.begin() + 8);
    const std::int64_t start = 1'704'067'200'000'000'000 + static_cast<std::int64_t>(below(600'000'000'000));
    call(id, SpanId{}, 0, start, 50'000'000 + static_cast<std::int64_t>(below(200'000'000)), 3);
  }

  void call(const TraceId& trace, const SpanId& parent, std::uint64_t service, std::int64_t start,
            std::int64_t duration, int depth) {
    const SpanId id = to_span_id(random_());
    spans_[service].push_back(span(trace, id, parent, service, start, duration, SpanKind::server));
    const std::uint64_t calls = depth == 0 ? 0 : 1 + below(3);
    for (std::uint64_t i = 0; i < calls; ++i) {
      const SpanId client = to_span_id(random_());
      const std::int64_t length = duration / static_cast<std::int64_t>(calls + 1);
      const std::int64_t at =
          start + length * static_cast<std::int64_t>(i) + static_cast<std::int64_t>(below(9999));
      const std::uint64_t callee = (service + 1 + below(5)) % services.size();
      if (below(3) == 0) {
        Span query = span(trace, client, id, service, at, length / 2, SpanKind::client);
        query.name = "SELECT shop.items";
        query.attributes = {{"db.system", text("postgresql")},
                            {"db.name", text("shop")},
                            {"db.statement", text("SELECT * FROM items WHERE category = $1 LIMIT 50")},
                            {"net.peer.name", text("postgres.shop.svc")},
                            {"net.peer.port", number(5432)},
                            {"db.rows", number(static_cast<std::int64_t>(below(50)))},
                            {"thread.id", number(static_cast<std::int64_t>(below(64)))}};
        spans_[service].push_back(std::move(query));
        continue;
      }
      spans_[service].push_back(span(trace, client, id, callee, at, length, SpanKind::client));
      call(trace, client, callee, at + 200'000, length - 400'000, depth - 1);
    }
  }

  Span span(const TraceId& trace, const SpanId& id, const SpanId& parent, std::uint64_t service,
            std::int64_t start, std::int64_t duration, SpanKind kind) {
    const std::uint64_t route = below(6);
    Span made;
    made.trace_id = trace;
    made.span_id = id;
    made.parent_id = parent;
    made.kind = kind;
    made.start_ns = start;
    made.end_ns =
        start + std::max<std::int64_t>(duration + static_cast<std::int64_t>(below(1'000'000)), 1000);
    const bool failed = below(50) == 0;
    const std::string path = "/api/" + std::string(services[service]) + "/v" + std::to_string(route);
    made.name = (route % 2 == 0 ? "GET " : "POST ") + path + "/{id}";
    made.attributes = {{"http.request.method", text(route % 2 == 0 ? "GET" : "POST")},
                       {"http.route", text(path + "/{id}")},
                       {"url.path", text(path + "/" + std::to_string(below(2000)))},
                       {"url.scheme", text("http")},
                       {"http.response.status_code", number(failed ? 500 : 200)},
                       {"server.address", text(std::string(services[service]) + ".shop.svc.cluster.local")},
                       {"server.port", number(8080)},
                       {"network.peer.address", text("10.42.0." + std::to_string(below(40)))},
                       {"network.peer.port", number(30000 + static_cast<std::int64_t>(below(20000)))},
                       {"network.protocol.version", text("1.1")},
                       {"user_agent.original", text("python-requests/2.31.0")},
                       {"thread.id", number(static_cast<std::int64_t>(below(64)))},
                       {"http.response.body.size", number(static_cast<std::int64_t>(below(20000)))}};
    if (failed) {
      made.status = SpanStatus::error;
      made.status_message = "upstream connect error";
      made.events.push_back({start + 1000,
                             "exception",
                             {{"exception.type", text("ConnectError")},
                              {"exception.message", text("connection refused by upstream")}}});
    }
    return made;
  }

  std::mt19937_64 random_;
  std::map<std::uint64_t, std::vector<Span>> spans_;
};

}  // namespace

SpanBatch shop_batch(std::uint64_t seed, std::size_t traces) { return Shop(seed).batch(traces); }

}  // namespace aloft::telemetry::traces::testing
