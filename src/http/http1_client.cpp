// The HTTP/1.1 side of the client.
#include "http/http1_client.h"

#include "http/http1_message.h"
#include "http/http1_parser.h"
#include "io/event.h"

namespace aloft::http::detail {
namespace {

constexpr std::size_t head_limit_bytes = 256 * 1024;

class Http1Response final : public Response {
 public:
  Http1Response(std::unique_ptr<Http1ClientConnection> connection, ParsedResponse parsed, GiveBack give_back)
      : connection_(std::move(connection)),
        parsed_(std::move(parsed)),
        body_(parsed_.body, head_limit_bytes),
        give_back_(std::move(give_back)) {
    finish_when_complete();
  }

  const ResponseHead& head() const override { return parsed_.head; }
  const Headers& trailers() const override { return body_.trailers(); }

  io::Task<Result<std::string_view>> read_body() override {
    for (;;) {
      if (!connection_) co_return std::string_view();
      const ChunkDecoder::Step step = body_.next(connection_->buffer);
      if (step.kind == ChunkDecoder::Step::Kind::data) co_return step.data;
      if (step.kind == ChunkDecoder::Step::Kind::malformed) {
        connection_.reset();
        co_return fail(Code::unavailable, fmt::format("response body: {}", step.why));
      }
      if (step.kind == ChunkDecoder::Step::Kind::end) {
        finish_when_complete();
        continue;
      }
      connection_->buffer.release();
      auto readable = co_await connection_->stream->wait_readable();
      if (!readable) co_return fail(std::move(readable).error());
      TRY_CO(got, co_await connection_->stream->read(connection_->buffer.room(http1_body_read_bytes)));
      connection_->buffer.commit(got);
      if (got == 0 && !body_.end_of_stream()) {
        connection_.reset();
        co_return fail(Code::unavailable,
                       "the peer closed the connection in the middle of the response body");
      }
    }
  }

  io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes) override {
    std::string whole;
    for (;;) {
      TRY_CO(piece, co_await read_body());
      if (piece.empty()) co_return whole;
      if (whole.size() + piece.size() > limit_bytes) {
        co_return fail(Code::too_large, fmt::format("the response body has more than {} bytes", limit_bytes));
      }
      whole.append(piece);
    }
  }

 private:
  void finish_when_complete() {
    if (!body_.complete() || !connection_) return;
    if (parsed_.keep_alive && connection_->buffer.empty()) {
      give_back_(std::move(connection_));
    } else {
      connection_.reset();
    }
  }

  std::unique_ptr<Http1ClientConnection> connection_;
  ParsedResponse parsed_;
  BodyDecoder body_;
  GiveBack give_back_;
};

// Shared by the two halves of an exchange; the connection passes to the answer when both are done with it.
struct OpenExchange {
  explicit OpenExchange(io::Loop& loop) : sent(loop) {}
  std::unique_ptr<Http1ClientConnection> connection;
  std::string method;
  GiveBack give_back;
  bool finished = false;
  bool abandoned = false;  // the writer went away before it finished
  io::Event sent;
};

class Http1Writer final : public RequestWriter {
 public:
  explicit Http1Writer(std::shared_ptr<OpenExchange> exchange) : exchange_(std::move(exchange)) {}
  ~Http1Writer() override {
    if (!exchange_->finished) exchange_->abandoned = true;
    exchange_->sent.set();
  }

  io::Task<Result<>> write(std::string_view bytes) override {
    if (!exchange_->connection) co_return fail(Code::unavailable, "the exchange is over");
    if (bytes.empty()) co_return Result<>();
    const std::string size = fmt::format("{:x}\r\n", bytes.size());
    const std::string_view pieces[] = {size, bytes, "\r\n"};
    co_return co_await exchange_->connection->stream->write_pieces(pieces);
  }

  io::Task<Result<>> finish() override {
    if (!exchange_->connection) co_return fail(Code::unavailable, "the exchange is over");
    auto written = co_await exchange_->connection->stream->write(std::string_view("0\r\n\r\n"));
    exchange_->finished = true;
    exchange_->sent.set();
    co_return written;
  }

 private:
  std::shared_ptr<OpenExchange> exchange_;
};

io::Task<Result<std::unique_ptr<Response>>> await_response(std::shared_ptr<OpenExchange> exchange) {
  bool nothing_came = false;
  TRY_CO(parsed, co_await read_response_head(*exchange->connection, exchange->method, nothing_came));
  // An answer that came before the request was complete leaves the writer with a connection that it still
  // uses.
  if (!exchange->finished && !exchange->abandoned) co_await exchange->sent.wait();
  if (exchange->abandoned) parsed.keep_alive = false;
  co_return make_http1_response(std::move(exchange->connection), std::move(parsed),
                                std::move(exchange->give_back));
}

}  // namespace

std::string request_head_text(const RequestHead& head, std::string_view authority, std::size_t body_size,
                              Streamed streamed) {
  std::string text;
  text.reserve(256);
  text.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
  if (!head.headers.has("host")) append_field(text, "Host", authority);
  append_fields(text, head.headers);
  const bool sized = body_size > 0 || head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
  if (streamed == Streamed::yes) {
    text.append("Transfer-Encoding: chunked\r\n");
  } else if (sized && !head.headers.has("content-length")) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", body_size);
  }
  text.append("\r\n");
  return text;
}

io::Task<Result<ParsedResponse>> read_response_head(Http1ClientConnection& connection, std::string method,
                                                    bool& nothing_came) {
  Buffer& buffer = connection.buffer;
  nothing_came = buffer.empty();
  std::size_t scanned = 0;
  for (;;) {
    const std::string_view text = buffer.view();
    const std::size_t end = find_response_head_end(text, scanned);
    if (end > 0) {
      auto parsed = parse_response_head(text.substr(0, end), method);
      if (!parsed) co_return fail(Code::unavailable, fmt::format("response: {}", parsed.error().why));
      buffer.consume(end);
      const int status = parsed->head.status;
      if (status >= 200 || status == 101) co_return std::move(*parsed);
      scanned = 0;
      continue;
    }
    if (text.size() > head_limit_bytes) co_return fail(Code::unavailable, "response: the head is too large");
    scanned = text.size();
    buffer.release();
    TRY_CO_DO(co_await connection.stream->wait_readable());
    TRY_CO(got, co_await connection.stream->read(buffer.room(http1_head_read_bytes)));
    if (got == 0) co_return fail(Code::unavailable, "the peer closed the connection before it answered");
    buffer.commit(got);
    nothing_came = false;
  }
}

std::unique_ptr<Response> make_http1_response(std::unique_ptr<Http1ClientConnection> connection,
                                              ParsedResponse parsed, GiveBack give_back) {
  return std::make_unique<Http1Response>(std::move(connection), std::move(parsed), std::move(give_back));
}

Client::Exchange make_http1_exchange(io::Loop& loop, std::unique_ptr<Http1ClientConnection> connection,
                                     std::string method, GiveBack give_back) {
  auto shared = std::make_shared<OpenExchange>(loop);
  shared->connection = std::move(connection);
  shared->method = std::move(method);
  shared->give_back = std::move(give_back);
  Client::Exchange out;
  out.writer = std::make_unique<Http1Writer>(shared);
  out.response = [shared] { return await_response(shared); };
  return out;
}

}  // namespace aloft::http::detail
