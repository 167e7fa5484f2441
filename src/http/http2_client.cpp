// The HTTP/2 side of the client.
#include "http/http2_client.h"

#include "http/http2_connection.h"
#include "io/scope.h"

namespace aloft::http::detail {
namespace {

class RunningHttp2Client final : public Http2Connection,
                                 public Http2Client,
                                 public std::enable_shared_from_this<RunningHttp2Client> {
 public:
  RunningHttp2Client(io::Loop& loop, std::unique_ptr<io::Stream> transport, std::string scheme,
                     std::string authority);

  bool usable() const override { return !going_away_ && !lost_; }
  bool idle() const override { return streams_.empty(); }
  Time idle_since() const override { return idle_since_; }
  io::Task<Result<std::unique_ptr<Response>>> send(const RequestHead& head, SharedBytes body,
                                                   bool& unprocessed) override;
  Client::Exchange open(const RequestHead& head) override;

 private:
  std::shared_ptr<Http2Stream> make_stream() override { return std::make_shared<Http2Stream>(loop_); }
  void on_head(const std::shared_ptr<Http2Stream>&) override {}
  void on_close(const std::shared_ptr<Http2Stream>&) override {
    if (streams_.empty()) idle_since_ = loop_.now();
  }
  void on_goaway() override { going_away_ = true; }
  bool finished() const override { return going_away_ && streams_.empty(); }

  enum class Body { none, follows };
  std::shared_ptr<Http2Stream> submit(const RequestHead& head, Body body, std::optional<std::size_t> size);
  static io::Task<Result<std::unique_ptr<Response>>> await_head(std::shared_ptr<RunningHttp2Client> self,
                                                                std::shared_ptr<Http2Stream> stream);

  std::string scheme_;
  std::string authority_;
  bool going_away_ = false;
  Time idle_since_;
  io::Scope scope_;
};

Http2Limits client_limits() {
  Http2Limits limits;
  limits.header_bytes = 256 * 1024;
  limits.stream_window = 1024 * 1024;
  limits.connection_window = 4 * 1024 * 1024;
  return limits;
}

class Http2Response final : public Response {
 public:
  Http2Response(std::shared_ptr<RunningHttp2Client> connection, std::shared_ptr<Http2Stream> stream)
      : connection_(std::move(connection)), stream_(std::move(stream)) {
    head_.status = stream_->status;
    head_.headers = std::move(stream_->headers);
  }
  ~Http2Response() override {
    connection_->discard_input(*stream_);
    connection_->reset(*stream_, NGHTTP2_CANCEL);
  }

  const ResponseHead& head() const override { return head_; }
  const Headers& trailers() const override { return stream_->trailers; }
  io::Task<Result<std::string_view>> read_body() override { return connection_->read_body(*stream_, piece_); }

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
  std::shared_ptr<RunningHttp2Client> connection_;
  std::shared_ptr<Http2Stream> stream_;
  ResponseHead head_;
  std::string piece_;
};

class Http2Writer final : public RequestWriter {
 public:
  Http2Writer(std::shared_ptr<RunningHttp2Client> connection, std::shared_ptr<Http2Stream> stream)
      : connection_(std::move(connection)), stream_(std::move(stream)) {}
  ~Http2Writer() override {
    // A request whose body breaks off must not look complete.
    if (!finished_) connection_->reset(*stream_, NGHTTP2_CANCEL);
  }
  io::Task<Result<>> write(std::string_view bytes) override {
    return connection_->write_body(*stream_, SharedBytes(std::string(bytes)));
  }
  io::Task<Result<>> finish() override {
    finished_ = true;
    Headers none;
    connection_->finish_body(*stream_, std::move(none));
    co_return Result<>();
  }

 private:
  std::shared_ptr<RunningHttp2Client> connection_;
  std::shared_ptr<Http2Stream> stream_;
  bool finished_ = false;
};

RunningHttp2Client::RunningHttp2Client(io::Loop& loop, std::unique_ptr<io::Stream> transport,
                                       std::string scheme, std::string authority)
    : Http2Connection(loop, std::move(transport), Side::client, client_limits()),
      scheme_(std::move(scheme)),
      authority_(std::move(authority)),
      idle_since_(loop.now()),
      scope_(loop) {
  Buffer nothing;
  scope_.spawn(run(std::move(nothing)));
}

std::shared_ptr<Http2Stream> RunningHttp2Client::submit(const RequestHead& head, Body body,
                                                        std::optional<std::size_t> size) {
  const std::string_view host = head.headers.get("host");
  Headers rest = head.headers;
  rest.remove("host");
  FieldBlock fields;
  fields.add_pseudo(":method", head.method);
  fields.add_pseudo(":scheme", scheme_);
  fields.add_pseudo(":authority", host.empty() ? std::string_view(authority_) : host);
  fields.add_pseudo(":path", head.target);
  fields.add(rest);
  if (size && !rest.has("content-length")) {
    fields.add("content-length", std::string(fmt::format_int(*size).c_str()));
  }
  auto stream = make_stream();
  const nghttp2_data_provider data = provider(*stream);
  stream->id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                                      body == Body::follows ? &data : nullptr, nullptr);
  if (stream->id < 0) {
    // The identifiers of this connection are used up; the next request opens another.
    going_away_ = true;
    stream->closed = true;
    stream->error = NGHTTP2_REFUSED_STREAM;
    return stream;
  }
  streams_[stream->id] = stream;
  wake_writer();
  return stream;
}

io::Task<Result<std::unique_ptr<Response>>> RunningHttp2Client::await_head(
    std::shared_ptr<RunningHttp2Client> self, std::shared_ptr<Http2Stream> stream) {
  // Dropping the task before the head came cancels the exchange, as dropping the answer does later.
  struct Guard {
    RunningHttp2Client& client;
    Http2Stream& stream;
    bool armed = true;
    ~Guard() {
      if (!armed) return;
      client.discard_input(stream);
      client.reset(stream, NGHTTP2_CANCEL);
    }
  };
  Guard guard{*self, *stream};
  while (!stream->head_complete && !stream->closed) co_await stream->came.wait();
  guard.armed = false;
  if (!stream->head_complete) co_return fail(self->failure(*stream));
  if (stream->head_too_large) {
    self->discard_input(*stream);
    self->reset(*stream, NGHTTP2_CANCEL);
    co_return fail(Code::too_large, "response: the head is too large");
  }
  std::unique_ptr<Response> out = std::make_unique<Http2Response>(std::move(self), std::move(stream));
  co_return out;
}

io::Task<Result<std::unique_ptr<Response>>> RunningHttp2Client::send(const RequestHead& head,
                                                                     SharedBytes body, bool& unprocessed) {
  unprocessed = false;
  const bool sized = !body.empty() || head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
  std::optional<std::size_t> size;
  if (sized) size = body.size();
  auto self = shared_from_this();
  auto stream = submit(head, body.empty() ? Body::none : Body::follows, size);
  if (!body.empty() && !stream->closed) {
    stream->out_ended = true;
    stream->out_bytes = body.size();
    Http2Stream::Slice slice;
    slice.bytes = std::move(body);
    stream->out.push_back(std::move(slice));
  }
  auto response = co_await await_head(self, stream);
  if (!response)
    unprocessed = stream->error == NGHTTP2_REFUSED_STREAM || (stream->connection_lost && !received_anything_);
  co_return response;
}

Client::Exchange RunningHttp2Client::open(const RequestHead& head) {
  auto stream = submit(head, Body::follows, std::nullopt);
  Client::Exchange out;
  auto self = shared_from_this();
  out.writer = std::make_unique<Http2Writer>(self, stream);
  out.response = [self, stream] { return await_head(self, stream); };
  return out;
}

}  // namespace

std::shared_ptr<Http2Client> Http2Client::make(io::Loop& loop, std::unique_ptr<io::Stream> transport,
                                               std::string scheme, std::string authority) {
  return std::make_shared<RunningHttp2Client>(loop, std::move(transport), std::move(scheme),
                                              std::move(authority));
}

}  // namespace aloft::http::detail
