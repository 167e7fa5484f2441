// Answering remote read requests.
#include "telemetry/scrape/remote/remote_read.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/core/compression.h"
#include "telemetry/scrape/chunks/chunk.h"
#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t request_limit_bytes = 16 * 1024 * 1024;
constexpr std::size_t frame_bytes = 1024 * 1024;  // about; a frame holds whole chunks

std::unexpected<Error> damaged() {
  return fail(Code::bad_request, "the read request is no prometheus.ReadRequest");
}

Result<Matcher> decode_matcher(std::string_view message) {
  constexpr MatchType types[] = {MatchType::equal, MatchType::not_equal, MatchType::regex,
                                 MatchType::not_regex};
  std::uint64_t type = 0;
  std::string_view name, value;
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    if (!in.varint(field)) return damaged();
    bool fine = true;
    if (field == tag(1, Wire::varint)) {
      fine = in.varint(type);
    } else if (field == tag(2, Wire::bytes)) {
      fine = in.bytes(name);
    } else if (field == tag(3, Wire::bytes)) {
      fine = in.bytes(value);
    } else {
      fine = in.skip(field);
    }
    if (!fine) return damaged();
  }
  if (type >= std::size(types))
    return fail(Code::bad_request, fmt::format("the matcher type {} is not known", type));
  auto matcher = Matcher::make(types[type], std::string(name), std::string(value));
  if (!matcher) return fail(Code::bad_request, matcher.error().message());
  return matcher;
}

bool decode_hints(std::string_view message, metrics::SelectHints& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::uint64_t value = 0;
    std::string_view text;
    if (!in.varint(field)) return false;
    if (field == tag(2, Wire::bytes)) {
      if (!in.bytes(text)) return false;
      out.function = text;
    } else if (field == tag(1, Wire::varint) || field == tag(7, Wire::varint)) {
      if (!in.varint(value)) return false;
      (field >> 3 == 1 ? out.step : out.range) = static_cast<Millis>(value);
    } else if (!in.skip(field)) {
      return false;
    }
  }
  return true;
}

Result<ReadQuery> decode_query(std::string_view message) {
  ReadQuery query;
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::uint64_t value = 0;
    std::string_view inner;
    if (!in.varint(field)) return damaged();
    if (field == tag(1, Wire::varint) || field == tag(2, Wire::varint)) {
      if (!in.varint(value)) return damaged();
      (field >> 3 == 1 ? query.from : query.to) = static_cast<Millis>(value);
    } else if (field == tag(3, Wire::bytes)) {
      if (!in.bytes(inner)) return damaged();
      TRY(matcher, decode_matcher(inner));
      query.matchers.push_back(std::move(matcher));
    } else if (field == tag(4, Wire::bytes)) {
      if (!in.bytes(inner) || !decode_hints(inner, query.hints)) return damaged();
    } else if (!in.skip(field)) {
      return damaged();
    }
  }
  return query;
}

void encode_column(const metrics::Column& column, std::string& out) {
  std::string inner;
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (!column.histograms.empty() && column.histograms[i] != nullptr) continue;
    inner.clear();
    add_real_field(inner, 1, column.values[i]);
    add_varint_field(inner, 2, static_cast<std::uint64_t>(column.times[i]));
    add_bytes_field(out, 2, inner);
  }
  for (std::size_t i = 0; i < column.histograms.size(); ++i) {
    if (column.histograms[i] == nullptr) continue;
    inner.clear();
    encode_histogram(inner, *column.histograms[i], column.times[i]);
    add_bytes_field(out, 4, inner);
  }
}

// Series here carry no external labels; who reads sees them as if they did.
bool satisfied_outside(const Matcher& matcher, LabelsView external) {
  const std::string_view value = external.get(matcher.name());
  return !value.empty() && matcher.type() == MatchType::equal && matcher.value() == value;
}

// Reads what queries ask for, series by series, within the limits.
class ReadAnswer {
 public:
  ReadAnswer(const metrics::Queryable& store, LabelsView external, const ReadLimits& limits)
      : store_(store), external_(external), limits_(limits) {}

  // `take` gets each series with its samples and says how many bytes of answer there are now.
  using Take = std::function<std::size_t(const Labels& labels, const metrics::Column& column)>;
  Result<> query(const ReadQuery& query, const Take& take) {
    std::vector<Matcher> matchers;
    for (const Matcher& m : query.matchers) {
      if (!satisfied_outside(m, external_)) matchers.push_back(m);
    }
    TRY(selection, store_.select(query.from, query.to, matchers, query.hints));
    metrics::Column column;
    for (std::size_t i = 0; i < selection->size(); ++i) {
      TRY_DO(selection->read(i, query.from, query.to, column));
      if (column.times.empty()) continue;
      samples_ += column.size();
      if (samples_ > limits_.samples)
        return fail(Code::too_large, fmt::format("exceeded sample limit ({})", limits_.samples));
      LabelsBuilder labels(selection->labels(i));
      for (const Label& label : external_) {
        if (labels.get(label.name).empty()) labels.set(label.name, label.value);
      }
      if (take(labels.build(), column) > limits_.answer_bytes)
        return fail(Code::too_large, fmt::format("the answer has more than {} bytes", limits_.answer_bytes));
    }
    return {};
  }

 private:
  const metrics::Queryable& store_;
  LabelsView external_;
  const ReadLimits& limits_;
  std::size_t samples_ = 0;
};

void add_frame(std::string& out, std::string_view series, std::size_t query) {
  std::string message;
  add_bytes_field(message, 1, series);
  if (query > 0) add_varint_field(message, 2, query);
  add_varint(out, message.size());
  const std::uint32_t sum = crc32c(message);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(sum >> shift);
  out += message;
}

void add_series(std::string& out, const Labels& labels, const metrics::Column& column, std::size_t query) {
  std::string series(labels.encoded());
  const std::size_t empty = series.size();
  std::string inner;
  for (const Chunk& chunk : encode_chunks(column)) {
    inner.clear();
    add_varint_field(inner, 1, static_cast<std::uint64_t>(chunk.from));
    add_varint_field(inner, 2, static_cast<std::uint64_t>(chunk.to));
    add_varint_field(inner, 3, static_cast<std::uint64_t>(chunk.encoding));
    add_bytes_field(inner, 4, chunk.data);
    add_bytes_field(series, 2, inner);
    if (series.size() < frame_bytes) continue;
    add_frame(out, series, query);
    series.resize(empty);
  }
  if (series.size() > empty) add_frame(out, series, query);
}

bool decode_forms(WireCursor& in, bool packed, std::vector<ReadForm>& out) {
  std::uint64_t value = 0;
  std::string_view run;
  const auto keep = [&] {
    if (value <= 1) out.push_back(static_cast<ReadForm>(value));
  };
  if (!packed) {
    if (!in.varint(value)) return false;
    keep();
    return true;
  }
  if (!in.bytes(run)) return false;
  for (WireCursor inner(run); !inner.done();) {
    if (!inner.varint(value)) return false;
    keep();
  }
  return true;
}

}  // namespace

Result<ReadRequest> decode_read_request(std::string_view message) {
  ReadRequest request;
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return damaged();
    if (field == tag(1, Wire::bytes)) {
      if (!in.bytes(inner)) return damaged();
      TRY(query, decode_query(inner));
      request.queries.push_back(std::move(query));
    } else if (field == tag(2, Wire::bytes) || field == tag(2, Wire::varint)) {
      if (!decode_forms(in, field == tag(2, Wire::bytes), request.accepted)) return damaged();
    } else if (!in.skip(field)) {
      return damaged();
    }
  }
  return request;
}

std::string encode_read_request(const ReadRequest& request) {
  std::string out, query, inner;
  for (const ReadQuery& q : request.queries) {
    query.clear();
    add_varint_field(query, 1, static_cast<std::uint64_t>(q.from));
    add_varint_field(query, 2, static_cast<std::uint64_t>(q.to));
    for (const Matcher& m : q.matchers) {
      inner.clear();
      add_varint_field(inner, 1, static_cast<std::uint64_t>(m.type()));
      add_bytes_field(inner, 2, m.name());
      add_bytes_field(inner, 3, m.value());
      add_bytes_field(query, 3, inner);
    }
    inner.clear();
    add_varint_field(inner, 1, static_cast<std::uint64_t>(q.hints.step));
    add_bytes_field(inner, 2, q.hints.function);
    add_varint_field(inner, 3, static_cast<std::uint64_t>(q.from));
    add_varint_field(inner, 4, static_cast<std::uint64_t>(q.to));
    add_varint_field(inner, 7, static_cast<std::uint64_t>(q.hints.range));
    add_bytes_field(query, 4, inner);
    add_bytes_field(out, 1, query);
  }
  inner.clear();
  for (const ReadForm form : request.accepted) add_varint(inner, static_cast<std::uint64_t>(form));
  if (!inner.empty()) add_bytes_field(out, 2, inner);
  return out;
}

Result<std::string> answer_read_request(const metrics::Queryable& store,
                                        const std::vector<ReadQuery>& queries, LabelsView external,
                                        const ReadLimits& limits) {
  ReadAnswer answer(store, external, limits);
  std::string out, result, series;
  for (const ReadQuery& query : queries) {
    result.clear();
    TRY_DO(answer.query(query, [&](const Labels& labels, const metrics::Column& column) {
      series.assign(labels.encoded());
      encode_column(column, series);
      add_bytes_field(result, 1, series);
      return out.size() + result.size();
    }));
    add_bytes_field(out, 1, result);
  }
  return out;
}

Result<std::string> answer_in_chunks(const metrics::Queryable& store, const std::vector<ReadQuery>& queries,
                                     LabelsView external, const ReadLimits& limits) {
  ReadAnswer answer(store, external, limits);
  std::string out;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    TRY_DO(answer.query(queries[i], [&](const Labels& labels, const metrics::Column& column) {
      add_series(out, labels, column, i);
      return out.size();
    }));
  }
  return out;
}

ReadHandler::ReadHandler(io::Loop& loop, io::Pool& pool, const metrics::Queryable& store,
                         std::function<Labels()> external_labels, ReadLimits limits)
    : loop_(loop),
      pool_(pool),
      store_(store),
      external_labels_(std::move(external_labels)),
      limits_(limits) {}

void ReadHandler::add_routes(Router& router) {
  router.add("POST", "/api/v1/read", [this](Exchange& exchange) { return read(exchange); });
}

io::Task<> ReadHandler::read(Exchange& exchange) {
  auto body = co_await exchange.request().read_whole_body(request_limit_bytes);
  if (!body) {
    co_await exchange.send_error(std::move(body).error());
    co_return;
  }
  struct Made {
    std::string bytes;
    bool chunked = false;
  };
  auto work = [&store = store_, limits = limits_, body = std::move(*body),
               external = external_labels_ ? external_labels_() : Labels()]() -> Result<Made> {
    auto message = snappy_decompress(body, request_limit_bytes);
    if (!message) return fail(Code::bad_request, message.error().message());
    TRY(request, decode_read_request(*message));
    Made made;
    made.chunked = !request.accepted.empty() && request.accepted.front() == ReadForm::chunks;
    if (made.chunked) {
      TRY(frames, answer_in_chunks(store, request.queries, external, limits));
      made.bytes = std::move(frames);
    } else {
      TRY(samples, answer_read_request(store, request.queries, external, limits));
      made.bytes = snappy_compress(samples);
    }
    return made;
  };
  auto answer = co_await pool_.run(loop_, std::move(work));
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.code() == Code::too_large) error = Error(Code::bad_request, error.message());
    co_await exchange.send_error(std::move(error));
    co_return;
  }
  http::ResponseHead head;
  if (answer->chunked) {
    head.headers.add("Content-Type", "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
  } else {
    head.headers.add("Content-Type", "application/x-protobuf");
    head.headers.add("Content-Encoding", "snappy");
  }
  (void)co_await exchange.responder().send(std::move(head), std::move(answer->bytes));
}

}  // namespace aloft::telemetry::scrape
