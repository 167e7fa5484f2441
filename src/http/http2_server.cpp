// The HTTP/2 side of the server: a handler task for each stream, started and dropped between reads.
#include "http/http2_server.h"

#include "http/http2_connection.h"
#include "io/scope.h"

namespace aloft::http::detail {
namespace {

class ServerConnection;

// One stream with its handler. Request and Responder in one, as the exchange is one thing on the wire.
class ServerStream final : public Http2Stream, public Request, public Responder {
 public:
  ServerStream(ServerConnection& connection, io::Loop& loop)
      : Http2Stream(loop), connection_(connection), gone_(loop) {}

  const RequestHead& head() const override { return head_; }
  io::Task<Result<std::string_view>> read_body() override;
  io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes) override;
  const io::Address& peer() const override;
  const PeerCertificate* certificate() const override;
  bool secure() const override;
  int http_major() const override { return 2; }

  using Responder::send;
  io::Task<Result<>> send(ResponseHead head, SharedBytes body) override;
  io::Task<Result<>> begin(ResponseHead head) override;
  io::Task<Result<>> write(SharedBytes bytes) override;
  io::Task<Result<>> finish(Headers last_fields) override;
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(ResponseHead) override {
    co_return fail(Code::bad_request, "HTTP/2 connections cannot be upgraded");
  }
  bool begun() const override { return answer_ != Answer::none; }
  io::Task<> gone() override { co_await gone_.wait(); }

 private:
  friend class ServerConnection;
  enum class Answer { none, streaming, complete };

  Error too_large();

  ServerConnection& connection_;
  RequestHead head_;
  std::string piece_;
  std::uint64_t body_read_ = 0;
  bool continue_owed_ = false;
  bool bodiless_answer_ = false;
  Answer answer_ = Answer::none;
  int failure_status_ = 500;
  bool ended_ = false;
  io::Event gone_;
  io::Task<> handler_;
};

class ServerConnection final : public Http2Connection, public Drainable {
 public:
  ServerConnection(Service& service, std::unique_ptr<io::Stream> stream, const Peer& peer,
                   const Http2Limits& limits)
      : Http2Connection(service.loop, std::move(stream), Side::server, limits),
        service_(service),
        peer_(peer),
        registration_(service, *this) {
    note_activity();
    if (service.draining) ServerConnection::drain();
  }

  ~ServerConnection() override { drop_handlers(); }

  io::Task<> serve(Buffer start);
  void drain() override {
    draining_ = true;
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    wake_writer();
  }

 private:
  friend class ServerStream;

  std::shared_ptr<Http2Stream> make_stream() override { return std::make_shared<ServerStream>(*this, loop_); }
  void on_head(const std::shared_ptr<Http2Stream>& stream) override {
    starting_.push_back(std::static_pointer_cast<ServerStream>(stream));
  }
  void on_close(const std::shared_ptr<Http2Stream>& stream) override;
  void after_read() override;
  void before_write() override;
  bool finished() const override { return draining_ && streams_.empty() && running_.empty(); }

  void start(const std::shared_ptr<ServerStream>& stream);
  io::Task<> run_handler(ServerStream& stream);
  void conclude(ServerStream& stream);
  void drop_handlers();
  void submit(ServerStream& stream, const ResponseHead& head, std::optional<std::size_t> length,
              bool with_body);
  void note_activity() {
    if (running_.empty()) {
      watchdog_.set(Watchdog::reading, service_.settings.idle_timeout);
    } else {
      watchdog_.clear(Watchdog::reading);
    }
  }

  Service& service_;
  const Peer& peer_;
  bool draining_ = false;
  std::vector<std::shared_ptr<ServerStream>> starting_;
  std::vector<std::shared_ptr<ServerStream>> doomed_;  // reset by the peer; dropped after one more turn
  std::vector<std::shared_ptr<ServerStream>> dying_;
  std::unordered_map<std::int32_t, std::shared_ptr<ServerStream>> running_;
  bool reap_ = false;
  Registration registration_;
};

io::Task<> ServerConnection::serve(Buffer start) {
  co_await run(std::move(start));
  // Whoever waits in gone() runs once more before the handlers are dropped.
  if (!running_.empty()) co_await loop_.yield();
  drop_handlers();
}

void ServerConnection::drop_handlers() {
  for (const auto& [id, stream] : std::exchange(running_, {})) stream->handler_ = io::Task<>();
}

void ServerConnection::on_close(const std::shared_ptr<Http2Stream>& closed) {
  auto stream = std::static_pointer_cast<ServerStream>(closed);
  stream->gone_.set();
  const bool in_order =
      stream->answer_ == ServerStream::Answer::complete && stream->error == NGHTTP2_NO_ERROR;
  if (!in_order && running_.contains(stream->id)) doomed_.push_back(std::move(stream));
}

void ServerConnection::after_read() {
  const auto ready = std::exchange(starting_, {});
  for (const auto& stream : ready) {
    if (!stream->closed) start(stream);
  }
  note_activity();
}

// Drops handlers that have ended, and those whose peer has gone, one turn after they could have noticed.
void ServerConnection::before_write() {
  for (const auto& stream : std::exchange(dying_, {})) {
    stream->handler_ = io::Task<>();
    running_.erase(stream->id);
  }
  dying_ = std::exchange(doomed_, {});
  if (!dying_.empty()) wake_writer();
  if (std::exchange(reap_, false)) {
    std::erase_if(running_, [](const auto& entry) { return entry.second->ended_; });
  }
  note_activity();
}

void ServerConnection::start(const std::shared_ptr<ServerStream>& stream) {
  RequestHead& head = stream->head_;
  head.method = std::move(stream->method);
  head.target = std::move(stream->path);
  head.headers = std::move(stream->headers);
  if (!stream->authority.empty()) head.headers.set("host", std::move(stream->authority));
  ResponseHead refusal;
  refusal.status = 0;
  if (stream->head_too_large) refusal.status = 431;
  if (refusal.status == 0 && head.method == "CONNECT") refusal.status = 405;
  if (refusal.status != 0) {
    stream->answer_ = ServerStream::Answer::complete;
    submit(*stream, refusal, 0, false);
    discard_input(*stream);
    return;
  }
  stream->continue_owed_ = !stream->in_ended && head.headers.has_token("expect", "100-continue");
  running_[stream->id] = stream;
  stream->handler_ = run_handler(*stream);
  stream->handler_.start();
}

io::Task<> ServerConnection::run_handler(ServerStream& stream) {
  co_await service_.handler.handle(stream, stream);
  conclude(stream);
  stream.ended_ = true;
  reap_ = true;
  wake_writer();
}

void ServerConnection::conclude(ServerStream& stream) {
  if (stream.closed || lost_) return;
  if (stream.answer_ == ServerStream::Answer::none) {
    ResponseHead head;
    head.status = stream.failure_status_;
    stream.answer_ = ServerStream::Answer::complete;
    submit(stream, head, 0, false);
  }
  // An answer that stays incomplete must not look complete.
  if (stream.answer_ == ServerStream::Answer::streaming) reset(stream, NGHTTP2_INTERNAL_ERROR);
  discard_input(stream);
}

void ServerConnection::submit(ServerStream& stream, const ResponseHead& head,
                              std::optional<std::size_t> length, bool with_body) {
  const auto status = fmt::format_int(head.status);
  FieldBlock fields;
  fields.add_pseudo(":status", std::string_view(status.data(), status.size()));
  fields.add(head.headers);
  if (length && !head.headers.has("content-length")) {
    fields.add("content-length", std::string(fmt::format_int(*length).c_str()));
  }
  if (const std::string& date = service_.date(); !date.empty()) fields.add_pseudo("date", date);
  const nghttp2_data_provider body = provider(stream);
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(), with_body ? &body : nullptr);
  wake_writer();
}

const io::Address& ServerStream::peer() const { return connection_.peer_.address; }
bool ServerStream::secure() const { return connection_.peer_.secure; }
const PeerCertificate* ServerStream::certificate() const {
  return connection_.peer_.certificate ? &*connection_.peer_.certificate : nullptr;
}

Error ServerStream::too_large() {
  failure_status_ = 413;
  return {Code::too_large, fmt::format("the request body has more than {} bytes",
                                       connection_.service_.settings.body_limit_bytes)};
}

io::Task<Result<std::string_view>> ServerStream::read_body() {
  if (continue_owed_ && !begun() && !closed) {
    continue_owed_ = false;
    FieldBlock fields;
    fields.add_pseudo(":status", "100");
    nghttp2_submit_headers(connection_.session_, NGHTTP2_FLAG_NONE, id, nullptr, fields.data(), fields.size(),
                           nullptr);
    connection_.wake_writer();
  }
  auto piece = co_await connection_.read_body(*this, piece_);
  if (!piece) co_return piece;
  body_read_ += piece->size();
  if (body_read_ > connection_.service_.settings.body_limit_bytes) co_return fail(too_large());
  co_return piece;
}

io::Task<Result<std::string>> ServerStream::read_whole_body(std::size_t limit_bytes) {
  std::string whole;
  for (;;) {
    TRY_CO(piece, co_await read_body());
    if (piece.empty()) co_return whole;
    if (whole.size() + piece.size() > limit_bytes) {
      failure_status_ = 413;
      co_return fail(Code::too_large, fmt::format("the request body has more than {} bytes", limit_bytes));
    }
    if (whole.empty()) {
      whole.swap(piece_);
    } else {
      whole.append(piece);
    }
  }
}

io::Task<Result<>> ServerStream::send(ResponseHead head, SharedBytes body) {
  if (begun()) co_return fail(Code::internal, "the answer was sent already");
  answer_ = Answer::complete;
  if (closed) co_return fail(connection_.failure(*this));
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304;
  const bool with_body = !bodiless && head_.method != "HEAD" && !body.empty();
  std::optional<std::size_t> length;
  if (!bodiless) length = body.size();
  connection_.submit(*this, head, length, with_body);
  if (!with_body) co_return Result<>();
  out_ended = true;
  co_return co_await connection_.write_body(*this, std::move(body));
}

io::Task<Result<>> ServerStream::begin(ResponseHead head) {
  if (begun()) co_return fail(Code::internal, "the answer was begun already");
  answer_ = Answer::streaming;
  if (closed) co_return fail(connection_.failure(*this));
  bodiless_answer_ = head_.method == "HEAD";
  connection_.submit(*this, head, std::nullopt, true);
  co_return Result<>();
}

io::Task<Result<>> ServerStream::write(SharedBytes bytes) {
  if (answer_ != Answer::streaming) co_return fail(Code::internal, "no answer is being streamed");
  if (bodiless_answer_) co_return Result<>();
  co_return co_await connection_.write_body(*this, std::move(bytes));
}

io::Task<Result<>> ServerStream::finish(Headers last_fields) {
  if (answer_ != Answer::streaming) co_return fail(Code::internal, "no answer is being streamed");
  answer_ = Answer::complete;
  if (closed) co_return fail(connection_.failure(*this));
  connection_.finish_body(*this, std::move(last_fields));
  co_return Result<>();
}

}  // namespace

io::Task<> serve_http2(Service& service, Handover start, const Peer& peer) {
  Http2Limits limits;
  limits.header_bytes = service.settings.header_limit_bytes;
  limits.streams = service.settings.streams_per_connection;
  limits.write_timeout = service.settings.write_timeout;
  limits.body_timeout = service.settings.body_timeout;
  ServerConnection connection(service, std::move(start.stream), peer, limits);
  co_await connection.serve(std::move(start.buffer));
}

}  // namespace aloft::http::detail
