// Makers of spans, and the store that tests write them to.
#include "telemetry/traces/testing/spans.h"

#include <cstdlib>

#include "base/ensure.h"
#include "io/file.h"

namespace aloft::telemetry::traces::testing {
namespace {

std::string make_folder() {
  std::string folder = "/tmp/aloft-traces-XXXXXX";
  ensure(::mkdtemp(folder.data()) != nullptr, "a folder for a test");
  return folder;
}

}  // namespace

TraceId trace_id(std::uint64_t number) {
  TraceId id{};
  const SpanId low = to_span_id(number);
  std::copy(low.begin(), low.end(), id.begin() + 8);
  return id;
}

SpanId span_id(std::uint64_t number) { return to_span_id(number); }

Span make_span(std::uint64_t trace, std::uint64_t number, std::string name, std::uint64_t parent) {
  Span span;
  span.trace_id = trace_id(trace);
  span.span_id = span_id(number);
  span.parent_id = span_id(parent);
  span.name = std::move(name);
  span.start_ns = base_time_ns + static_cast<std::int64_t>(number) * 1'000'000;
  span.end_ns = span.start_ns + static_cast<std::int64_t>(number) * 1'000'000;
  return span;
}

SpanBatch batch_of(std::vector<Span> spans, std::string service) {
  SpanBatch batch;
  ResourceSpans& resource = batch.resources.emplace_back();
  resource.resource.push_back({"service.name", AttributeValue(std::move(service))});
  resource.scopes.emplace_back().spans = std::move(spans);
  return batch;
}

SpanBatch one_span(Span span, std::string service) {
  std::vector<Span> spans;
  spans.push_back(std::move(span));
  return batch_of(std::move(spans), std::move(service));
}

void remember(const SpanBatch& batch, std::map<TraceId, std::map<SpanId, Span>>& into) {
  for (const ResourceSpans& resource : batch.resources) {
    for (const ScopeSpans& scope : resource.scopes) {
      for (const Span& span : scope.spans) into[span.trace_id].emplace(span.span_id, span);
    }
  }
}

TestStore::TestStore(TraceStoreSettings settings) : settings_(std::move(settings)) {
  settings_.folder = make_folder();
  restart();
}

TestStore::~TestStore() {
  store_.reset();
  ensure(io::remove_tree(settings_.folder).has_value(), "a test's folder is removed");
}

void TestStore::restart() {
  store_.reset();
  auto opened = TraceStore::open(settings_, pool_, clock_, metrics_);
  ensure(opened.has_value(), "the store opens");
  store_ = std::move(*opened);
}

}  // namespace aloft::telemetry::traces::testing
