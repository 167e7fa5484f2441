// Calls by their path. Requests are a handful of fields each.
#include "telemetry/traces/api/jaeger_grpc.h"

#include "http/grpc.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/grpc_message.h"
#include "telemetry/traces/api/jaeger_proto.h"
#include "telemetry/traces/each_field.h"
#include "telemetry/traces/ingest/jaeger_proto.h"
#include "telemetry/traces/traceql/value.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t spans_limit_bytes = 20 * 1024 * 1024;
constexpr std::size_t query_limit_bytes = 1024 * 1024;
// One answer's chunks in memory.
constexpr std::size_t answer_limit_bytes = 256 * 1024 * 1024;
// Zero on Jaeger's wire, which is the year 1 in Go, stands before this.
constexpr std::int64_t no_time_ns = 0;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::bad_request, fmt::format("malformed {}", what));
}

io::Task<Result<std::string>> read_query(http::Request& request) {
  auto message = co_await read_grpc_message(request, query_limit_bytes);
  if (!message) co_return std::unexpected<Error>(message.error());
  co_return decode_content(message->encoding, std::move(message->bytes), query_limit_bytes);
}

// A Timestamp or Duration in ns; what does not fit is the nearest that does.
std::int64_t read_nanos(std::string_view message) {
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  each_field(message, [&](const WireField& field) {
    if (field.wire != Wire::varint) return;
    if (field.number == 1) seconds = field.as_int();
    if (field.number == 2) nanos = field.as_int();
  });
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  return std::clamp(seconds, -most, most) * 1'000'000'000 + std::clamp<std::int64_t>(nanos, 0, 999'999'999);
}

void set_bound(std::int64_t& bound, std::string_view message) {
  if (const std::int64_t time = read_nanos(message); time > no_time_ns) bound = time;
}

Result<JaegerSearch> read_search(std::string_view message) {
  std::string_view query;
  bool whole = each_field(message, [&](const WireField& field) {
    if (field.number == 1 && field.wire == Wire::bytes) query = field.bytes;
  });
  JaegerSearch search;
  whole = whole && each_field(query, [&](const WireField& field) {
            if (field.number == 8 && field.wire == Wire::varint && field.value > 0)
              search.limit = std::min<std::uint64_t>(field.value, jaeger_search_limit);
            if (field.wire != Wire::bytes) return;
            switch (field.number) {
              case 1:
                search.service = field.bytes;
                break;
              case 2:
                search.operation = field.bytes;
                break;
              case 3: {
                std::pair<std::string, std::string> tag;
                each_field(field.bytes, [&tag](const WireField& part) {
                  if (part.wire == Wire::bytes && part.number == 1) tag.first = part.bytes;
                  if (part.wire == Wire::bytes && part.number == 2) tag.second = part.bytes;
                });
                search.tags.push_back(std::move(tag));
                break;
              }
              case 4:
                set_bound(search.range.begin, field.bytes);
                break;
              case 5:
                set_bound(search.range.end, field.bytes);
                break;
              case 6:
                if (const std::int64_t ns = read_nanos(field.bytes); ns > 0)
                  search.least_duration = Duration(ns);
                break;
              case 7:
                if (const std::int64_t ns = read_nanos(field.bytes); ns > 0)
                  search.most_duration = Duration(ns);
                break;
              default:
                break;
            }
          });
  if (!whole) return malformed("FindTracesRequest");
  return search;
}

std::string_view kind_of(const Operation& operation) {
  return operation.kind == SpanKind::unspecified ? "" : traceql::kind_name(operation.kind);
}

}  // namespace

io::Task<Result<std::string>> JaegerGrpc::post_spans(http::Request& request) {
  auto message = co_await read_grpc_message(request, spans_limit_bytes);
  if (!message) co_return std::unexpected<Error>(message.error());
  TRY_CO(ticket, pipeline_.admit(2 * message->bytes.size() + 1024));
  std::move_only_function<Result<SpanBatch>()> decode =
      [held = std::move(*message)]() mutable -> Result<SpanBatch> {
    TRY(bytes, decode_content(held.encoding, std::move(held.bytes), spans_limit_bytes));
    return decode_jaeger_proto(bytes);
  };
  const auto report = co_await pipeline_.push<SpanBatch>(loop_, std::move(ticket), std::move(decode));
  if (!report) co_return std::unexpected<Error>(report.error());
  if (report->rejected > 0)
    co_return fail(Code::invalid,
                   fmt::format("{} spans were rejected: {}", report->rejected, report->first_rejection));
  co_return std::string();
}

io::Task<Result<std::string>> JaegerGrpc::services(http::Request& request) {
  auto read = co_await read_query(request);
  if (!read) co_return std::unexpected<Error>(read.error());
  const PartSummary found = co_await queries_.summary();
  std::string answer;
  for (const auto& [service, operations] : found.services) {
    if (!service.empty()) append_wire_bytes(answer, 1, service);
  }
  co_return answer;
}

io::Task<Result<std::string>> JaegerGrpc::operations(http::Request& request) {
  auto read = co_await read_query(request);
  if (!read) co_return std::unexpected<Error>(read.error());
  std::string service;
  std::string kind;
  const bool whole = each_field(*read, [&](const WireField& field) {
    if (field.wire == Wire::bytes && field.number == 1) service = field.bytes;
    if (field.wire == Wire::bytes && field.number == 2) kind = field.bytes;
  });
  if (!whole) co_return malformed("GetOperationsRequest");
  const PartSummary found = co_await queries_.summary();
  std::string answer;
  const auto known = found.services.find(service);
  if (known == found.services.end()) co_return answer;
  std::set<std::string> names;
  for (const Operation& operation : known->second) {
    if (kind.empty() || kind == kind_of(operation)) names.insert(operation.name);
  }
  for (const std::string& name : names) append_wire_bytes(answer, 1, name);
  for (const Operation& operation : known->second) {
    if (!kind.empty() && kind != kind_of(operation)) continue;
    std::string entry;
    append_wire_bytes(entry, 1, operation.name);
    append_wire_bytes(entry, 2, kind_of(operation));
    append_wire_bytes(answer, 2, entry);
  }
  co_return answer;
}

io::Task<Result<std::string>> JaegerGrpc::dependencies(http::Request& request) {
  auto read = co_await read_query(request);
  if (!read) co_return std::unexpected<Error>(read.error());
  TimeRange range;
  range.end = clock_.wall().since_epoch.count();
  const bool whole = each_field(*read, [&](const WireField& field) {
    if (field.wire == Wire::bytes && field.number == 1) set_bound(range.begin, field.bytes);
    if (field.wire == Wire::bytes && field.number == 2) set_bound(range.end, field.bytes);
  });
  if (!whole) co_return malformed("GetDependenciesRequest");
  const JaegerQueries::Calls calls = co_await queries_.dependencies(range);
  std::string answer;
  for (const auto& [edge, count] : calls) {
    std::string link;
    append_wire_bytes(link, 1, edge.first);
    append_wire_bytes(link, 2, edge.second);
    append_wire_uint(link, 3, count);
    append_wire_bytes(answer, 1, link);
  }
  co_return answer;
}

io::Task<Result<>> JaegerGrpc::send_chunks(std::vector<std::string> chunks, http::Responder& responder) {
  auto begun = co_await http::grpc_begin(responder);
  if (!begun) co_return begun;
  for (const std::string& chunk : chunks) {
    auto sent = co_await http::grpc_send(responder, chunk);
    if (!sent) co_return sent;
  }
  Result<> good;
  co_return co_await http::grpc_finish(responder, std::move(good));
}

io::Task<Result<>> JaegerGrpc::trace(http::Request& request, http::Responder& responder) {
  auto read = co_await read_query(request);
  if (!read) co_return std::unexpected<Error>(read.error());
  TraceId id{};
  const bool whole = each_field(*read, [&id](const WireField& field) {
    if (field.wire == Wire::bytes && field.number == 1 && field.bytes.size() == id.size())
      std::copy(field.bytes.begin(), field.bytes.end(), id.begin());
  });
  if (!whole || id == TraceId{}) co_return malformed("GetTraceRequest: a trace id of 16 bytes is expected");
  const auto found = co_await queries_.trace(id);
  if (!found) {
    const bool missing = found.error().code() == Code::not_found;
    co_return fail(missing ? Error(Code::not_found, "trace not found") : found.error());
  }
  std::vector<std::string> chunks;
  encode_jaeger_chunks(*found, [&chunks](std::string chunk) {
    chunks.push_back(std::move(chunk));
    return true;
  });
  co_return co_await send_chunks(std::move(chunks), responder);
}

io::Task<Result<>> JaegerGrpc::find_traces(http::Request& request, http::Responder& responder) {
  auto read = co_await read_query(request);
  if (!read) co_return std::unexpected<Error>(read.error());
  TRY_CO(search, read_search(*read));
  struct Found {
    std::vector<std::string> chunks;
    std::size_t bytes = 0;
  };
  const auto found = std::make_shared<Found>();
  JaegerQueries::Take take = [found](const TraceId&, const SpanBatch* trace) {
    if (trace == nullptr) return true;
    encode_jaeger_chunks(*trace, [&found](std::string chunk) {
      found->bytes += chunk.size();
      found->chunks.push_back(std::move(chunk));
      return true;
    });
    return found->bytes < answer_limit_bytes;
  };
  auto done = co_await queries_.search(std::move(search), std::move(take));
  if (!done) co_return done;
  co_return co_await send_chunks(std::move(found->chunks), responder);
}

io::Task<> JaegerGrpc::handle(http::Request& request, http::Responder& responder) {
  const std::string path = request.head().path();
  if (path == "/jaeger.api_v2.QueryService/GetTrace" || path == "/jaeger.api_v2.QueryService/FindTraces") {
    const bool one = path.ends_with("GetTrace");
    auto streaming = one ? trace(request, responder) : find_traces(request, responder);
    const auto streamed = co_await std::move(streaming);
    // After the head has gone an error is that of the connection.
    if (streamed || responder.begun()) co_return;
    Result<std::string> failed = fail(streamed.error());
    (void)co_await http::grpc_answer(responder, std::move(failed));
    co_return;
  }
  Result<std::string> answer = fail(Code::method_not_allowed, fmt::format("{}: no such call", path));
  if (path == "/jaeger.api_v2.CollectorService/PostSpans") answer = co_await post_spans(request);
  if (path == "/jaeger.api_v2.QueryService/GetServices") answer = co_await services(request);
  if (path == "/jaeger.api_v2.QueryService/GetOperations") answer = co_await operations(request);
  if (path == "/jaeger.api_v2.QueryService/GetDependencies") answer = co_await dependencies(request);
  (void)co_await http::grpc_answer(responder, std::move(answer));
}

}  // namespace aloft::telemetry::traces
