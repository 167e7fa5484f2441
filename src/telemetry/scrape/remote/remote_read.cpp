// Answering remote read requests.
#include "telemetry/scrape/remote/remote_read.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/core/compression.h"
#include "telemetry/scrape/remote/histogram_wire.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::size_t request_limit_bytes = 16 * 1024 * 1024;

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

class Answer {
 public:
  Answer(const metrics::Queryable& store, LabelsView external, const ReadLimits& limits)
      : store_(store), external_(external), limits_(limits) {}

  Result<> query(const ReadQuery& query) {
    std::string result;
    TRY_DO(fill(query, result));
    add_bytes_field(out_, 1, result);
    return {};
  }
  std::string take() { return std::move(out_); }

 private:
  // Series here carry no external labels; who reads sees them as if they did.
  bool satisfied_outside(const Matcher& matcher) const {
    const std::string_view value = external_.get(matcher.name());
    return !value.empty() && matcher.type() == MatchType::equal && matcher.value() == value;
  }

  Result<> fill(const ReadQuery& query, std::string& result) {
    std::vector<Matcher> matchers;
    for (const Matcher& m : query.matchers) {
      if (!satisfied_outside(m)) matchers.push_back(m);
    }
    TRY(selection, store_.select(query.from, query.to, matchers, query.hints));
    metrics::Column column;
    std::string series;
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
      series.assign(labels.build().encoded());
      encode_column(column, series);
      add_bytes_field(result, 1, series);
      if (out_.size() + result.size() > limits_.answer_bytes)
        return fail(Code::too_large, fmt::format("the answer has more than {} bytes", limits_.answer_bytes));
    }
    return {};
  }

  const metrics::Queryable& store_;
  LabelsView external_;
  const ReadLimits& limits_;
  std::size_t samples_ = 0;
  std::string out_;
};

}  // namespace

Result<std::vector<ReadQuery>> decode_read_request(std::string_view message) {
  std::vector<ReadQuery> queries;
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return damaged();
    if (field == tag(1, Wire::bytes)) {
      if (!in.bytes(inner)) return damaged();
      TRY(query, decode_query(inner));
      queries.push_back(std::move(query));
    } else if (!in.skip(field)) {
      return damaged();
    }
  }
  return queries;
}

std::string encode_read_request(const std::vector<ReadQuery>& queries) {
  std::string out, query, inner;
  for (const ReadQuery& q : queries) {
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
    add_bytes_field(out, 1, query);
  }
  return out;
}

Result<std::string> answer_read_request(const metrics::Queryable& store,
                                        const std::vector<ReadQuery>& queries, LabelsView external,
                                        const ReadLimits& limits) {
  Answer answer(store, external, limits);
  for (const ReadQuery& query : queries) TRY_DO(answer.query(query));
  return answer.take();
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
  auto work = [&store = store_, limits = limits_, body = std::move(*body),
               external = external_labels_ ? external_labels_() : Labels()]() -> Result<std::string> {
    auto message = snappy_decompress(body, request_limit_bytes);
    if (!message) return fail(Code::bad_request, message.error().message());
    TRY(queries, decode_read_request(*message));
    TRY(answer, answer_read_request(store, queries, external, limits));
    return snappy_compress(answer);
  };
  auto answer = co_await pool_.run(loop_, std::move(work));
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.code() == Code::too_large) error = Error(Code::bad_request, error.message());
    co_await exchange.send_error(std::move(error));
    co_return;
  }
  http::ResponseHead head;
  head.headers.add("Content-Type", "application/x-protobuf");
  head.headers.add("Content-Encoding", "snappy");
  (void)co_await exchange.responder().send(std::move(head), std::move(*answer));
}

}  // namespace aloft::telemetry::scrape
