// Generators, from the leaves up. Sizes stay small: what matters is that every field occurs in every state.
#include "telemetry/otlp/testing/arbitrary.h"

#include "base/random.h"

namespace aloft::telemetry::otlp::testing {
namespace {

// A source of choices from one seed, which shrinks to small messages by its size.
class Maker {
 public:
  Maker(std::uint64_t seed, int size) : random_(seed), size_(size) {}

  bool flip() { return below(2) == 0; }
  std::uint64_t below(std::uint64_t end) { return random_.next() % end; }
  std::uint64_t bits() { return flip() ? below(100) : random_.next(); }
  std::string text() {
    static constexpr std::string_view pieces[] = {"",   "a",           "http.method", "ü",
                                                  "\"", "line\nbreak", "日本",        "_"};
    std::string out(pieces[below(std::size(pieces))]);
    if (flip()) out += pieces[below(std::size(pieces))];
    return out;
  }
  double real() {
    static constexpr double some[] = {0, 1, -1.5, 1e300, 5e-324, std::numeric_limits<double>::infinity()};
    return flip() ? some[below(std::size(some))] : static_cast<double>(below(1'000'000)) / 128;
  }
  std::optional<double> maybe_real() { return flip() ? std::optional<double>(real()) : std::nullopt; }
  template <class Id>
  Id id() {
    Id out{};
    if (flip()) {
      for (auto& byte : out) byte = static_cast<std::uint8_t>(below(256));
    }
    return out;
  }
  template <class T>
  std::vector<T> several(auto&& make) {
    std::vector<T> out;
    const std::uint64_t count = below(static_cast<std::uint64_t>(std::min(size_ / 20, 3)) + 2);
    for (std::uint64_t i = 0; i < count; ++i) out.push_back(make());
    return out;
  }
  AttributeValue value(int depth = 0) {
    AttributeValue out;
    switch (below(depth < 2 ? 8 : 6)) {
      case 0:
        break;
      case 1:
        out.data = text();
        break;
      case 2:
        out.data = flip();
        break;
      case 3:
        out.data = static_cast<std::int64_t>(bits());
        break;
      case 4:
        out.data = real();
        break;
      case 5:
        out.data = AttributeBytes{text()};
        break;
      case 6:
        out.data = several<AttributeValue>([&] { return value(depth + 1); });
        break;
      default:
        out.data = attributes(depth + 1);
    }
    return out;
  }
  Attributes attributes(int depth = 0) {
    return several<Attribute>([&] {
      Attribute attribute;
      attribute.key = text();
      attribute.value = value(depth);
      return attribute;
    });
  }
  InstrumentationScope scope() {
    InstrumentationScope out;
    out.name = text();
    out.version = text();
    out.attributes = attributes();
    return out;
  }
  Number number() {
    switch (below(3)) {
      case 0:
        return {};
      case 1:
        return real();
      default:
        return static_cast<std::int64_t>(bits());
    }
  }
  Exemplar exemplar() {
    Exemplar out;
    out.time_ns = bits();
    out.value = number();
    out.trace_id = id<TraceId>();
    out.span_id = id<SpanId>();
    out.attributes = attributes();
    return out;
  }
  std::vector<Exemplar> exemplars() {
    return several<Exemplar>([&] { return exemplar(); });
  }
  std::vector<std::uint64_t> counts() {
    return several<std::uint64_t>([&] { return bits(); });
  }
  template <class Point>
  Point begin_point() {
    Point out;
    out.attributes = attributes();
    out.start_ns = bits();
    out.time_ns = bits();
    out.flags = static_cast<std::uint32_t>(below(2));
    return out;
  }
  NumberPoint number_point() {
    auto out = begin_point<NumberPoint>();
    out.value = number();
    out.exemplars = exemplars();
    return out;
  }
  HistogramPoint histogram_point() {
    auto out = begin_point<HistogramPoint>();
    out.count = bits();
    out.sum = maybe_real();
    out.bucket_counts = counts();
    out.bounds = several<double>([&] { return real(); });
    out.exemplars = exemplars();
    out.min = maybe_real();
    out.max = maybe_real();
    return out;
  }
  Buckets buckets() {
    Buckets out;
    out.offset = static_cast<std::int32_t>(bits());
    out.counts = counts();
    return out;
  }
  ExponentialPoint exponential_point() {
    auto out = begin_point<ExponentialPoint>();
    out.count = bits();
    out.sum = maybe_real();
    out.scale = static_cast<std::int32_t>(below(24)) - 4;
    out.zero_count = bits();
    out.positive = buckets();
    out.negative = buckets();
    out.exemplars = exemplars();
    out.min = maybe_real();
    out.max = maybe_real();
    out.zero_threshold = real();
    return out;
  }
  SummaryPoint summary_point() {
    auto out = begin_point<SummaryPoint>();
    out.count = bits();
    out.sum = real();
    out.quantiles = several<QuantileValue>([&] {
      QuantileValue quantile;
      quantile.quantile = real();
      quantile.value = real();
      return quantile;
    });
    return out;
  }
  Metric metric() {
    Metric out;
    out.name = text();
    out.description = text();
    out.unit = text();
    const auto temporality = static_cast<Temporality>(below(3));
    switch (below(6)) {
      case 0:
        break;
      case 1:
        out.data = GaugeData{several<NumberPoint>([&] { return number_point(); })};
        break;
      case 2:
        out.data = SumData{several<NumberPoint>([&] { return number_point(); }), temporality, flip()};
        break;
      case 3:
        out.data = HistogramData{several<HistogramPoint>([&] { return histogram_point(); }), temporality};
        break;
      case 4:
        out.data =
            ExponentialData{several<ExponentialPoint>([&] { return exponential_point(); }), temporality};
        break;
      default:
        out.data = SummaryData{several<SummaryPoint>([&] { return summary_point(); })};
    }
    return out;
  }
  Span span() {
    Span out;
    out.trace_id = id<TraceId>();
    out.span_id = id<SpanId>();
    out.parent_id = id<SpanId>();
    out.trace_state = text();
    out.flags = static_cast<std::uint32_t>(bits());
    out.name = text();
    out.kind = static_cast<SpanKind>(below(6));
    out.start_ns = static_cast<std::int64_t>(bits() >> 1);
    out.end_ns = static_cast<std::int64_t>(bits() >> 1);
    out.status = static_cast<SpanStatus>(below(3));
    out.status_message = text();
    out.attributes = attributes();
    out.events = several<SpanEvent>([&] {
      SpanEvent event;
      event.time_ns = static_cast<std::int64_t>(bits() >> 1);
      event.name = text();
      event.attributes = attributes();
      return event;
    });
    out.links = several<SpanLink>([&] {
      SpanLink link;
      link.trace_id = id<TraceId>();
      link.span_id = id<SpanId>();
      link.trace_state = text();
      link.attributes = attributes();
      return link;
    });
    out.dropped_attributes = static_cast<std::uint32_t>(below(3));
    out.dropped_events = static_cast<std::uint32_t>(below(3));
    out.dropped_links = static_cast<std::uint32_t>(below(3));
    return out;
  }
  LogRecord record() {
    LogRecord out;
    out.time_ns = bits();
    out.observed_ns = bits();
    out.severity_number = static_cast<std::int32_t>(below(25));
    out.severity_text = text();
    out.body = value();
    out.attributes = attributes();
    out.dropped_attributes = static_cast<std::uint32_t>(below(3));
    out.flags = static_cast<std::uint32_t>(bits());
    out.trace_id = id<TraceId>();
    out.span_id = id<SpanId>();
    out.event_name = text();
    return out;
  }

 private:
  SeededRandom random_;
  int size_;
};

template <class T>
rc::Gen<T> generate(T (*make)(Maker&)) {
  return rc::gen::withSize([make](int size) {
    return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [make, size](std::uint64_t seed) {
      Maker maker(seed, size);
      return make(maker);
    });
  });
}

}  // namespace

rc::Gen<SpanBatch> any_spans() {
  return generate<SpanBatch>([](Maker& m) {
    SpanBatch out;
    out.resources = m.several<ResourceSpans>([&] {
      ResourceSpans resource;
      resource.resource = m.attributes();
      resource.scopes = m.several<ScopeSpans>([&] {
        ScopeSpans scope;
        scope.scope = m.scope();
        scope.spans = m.several<Span>([&] { return m.span(); });
        return scope;
      });
      return resource;
    });
    return out;
  });
}

rc::Gen<MetricsData> any_metrics() {
  return generate<MetricsData>([](Maker& m) {
    MetricsData out;
    out.resources = m.several<ResourceMetrics>([&] {
      ResourceMetrics resource;
      resource.resource = m.attributes();
      resource.scopes = m.several<ScopeMetrics>([&] {
        ScopeMetrics scope;
        scope.scope = m.scope();
        scope.schema_url = m.text();
        scope.metrics = m.several<Metric>([&] { return m.metric(); });
        return scope;
      });
      return resource;
    });
    return out;
  });
}

rc::Gen<LogsData> any_logs() {
  return generate<LogsData>([](Maker& m) {
    LogsData out;
    out.resources = m.several<ResourceLogs>([&] {
      ResourceLogs resource;
      resource.resource = m.attributes();
      resource.scopes = m.several<ScopeLogs>([&] {
        ScopeLogs scope;
        scope.scope = m.scope();
        scope.records = m.several<LogRecord>([&] { return m.record(); });
        return scope;
      });
      return resource;
    });
    return out;
  });
}

}  // namespace aloft::telemetry::otlp::testing
