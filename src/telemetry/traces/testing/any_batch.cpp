// All of a random span follows from its numbers, so a repeated one is the same.
#include "telemetry/traces/testing/any_batch.h"

#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces::testing {
namespace {

AttributeValue value_of(std::uint64_t seed) {
  switch (seed % 8) {
    case 0:
      return AttributeValue(std::string("text ") + std::to_string(seed % 5));
    case 1:
      return AttributeValue(seed % 3 == 0);
    case 2:
      return AttributeValue(static_cast<std::int64_t>(seed * 0x9e3779b97f4a7c15ULL));
    case 3:
      return AttributeValue(static_cast<double>(seed) / 7);
    case 4:
      return AttributeValue(AttributeBytes{std::string("\0\1", 2)});
    case 5:
      return AttributeValue(AttributeList{AttributeValue(std::string("a")), AttributeValue(std::int64_t{1})});
    case 6:
      return AttributeValue(AttributeMap{{"inner", AttributeValue(true)}});
    default:
      return {};
  }
}

Attributes attributes_of(std::uint64_t seed, std::size_t most) {
  Attributes attributes;
  for (std::size_t i = 0; i < seed % (most + 1); ++i) {
    attributes.push_back({"key." + std::to_string((seed + i) % 9), value_of(seed / 3 + i)});
  }
  std::sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return attributes;
}

// All of a span follows from its numbers.
Span any_span(std::uint64_t trace, std::uint64_t number) {
  const std::uint64_t seed = trace * 131 + number * 7919;
  Span span = make_span(trace, number, "op " + std::to_string(seed % 4), seed % 3 == 0 ? 0 : seed % 12);
  span.kind = static_cast<SpanKind>(seed % 6);
  span.status = static_cast<SpanStatus>(seed % 3);
  if (seed % 5 == 0) span.status_message = "message";
  if (seed % 7 == 0) span.trace_state = "a=b";
  if (seed % 6 == 0) span.flags = 257;
  if (seed % 11 == 0) span.dropped_attributes = 3;
  if (seed % 13 == 0) span.end_ns = span.start_ns - 5;
  if (seed % 17 == 0) span.start_ns = std::numeric_limits<std::int64_t>::max();
  if (seed % 19 == 0) span.start_ns = std::numeric_limits<std::int64_t>::min();
  span.attributes = attributes_of(seed, 6);
  for (std::uint64_t i = 0; i < seed % 3; ++i) {
    span.events.push_back({static_cast<std::int64_t>(static_cast<std::uint64_t>(span.start_ns) + i), "event",
                           attributes_of(seed + i, 2)});
  }
  if (seed % 4 == 0) span.links.push_back({trace_id(9), span_id(9), "", attributes_of(seed, 2)});
  return span;
}

}  // namespace

rc::Gen<SpanBatch> any_batch() {
  return rc::gen::map(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<std::uint8_t, std::uint8_t>>>(
          rc::gen::pair(rc::gen::inRange<std::uint8_t>(1, 9), rc::gen::inRange<std::uint8_t>(1, 30)))),
      [](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& numbers) {
        std::vector<Span> spans;
        for (const auto& [trace, number] : numbers) spans.push_back(any_span(trace, number));
        SpanBatch batch = batch_of(std::move(spans), "service " + std::to_string(numbers.size() % 3));
        batch.resources[0].scopes[0].scope.name = "library";
        return batch;
      });
}

}  // namespace aloft::telemetry::traces::testing
