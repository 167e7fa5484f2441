// The HTTP/1.1 side of the server. One object is connection, Request and Responder at once, since a
// connection has one exchange at a time; it holds no buffer while it idles.
#include "http/http1_server.h"

#include <charconv>

#include "http/buffered_stream.h"
#include "http/http1_message.h"
#include "http/http1_parser.h"
#include "http/watchdog.h"
#include "io/scope.h"

namespace aloft::http::detail {
namespace {

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr unsigned requests_a_turn = 32;
constexpr Duration linger_time = 2s;
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;

std::optional<std::uint64_t> announced_length(const Headers& headers) {
  const std::string_view text = headers.get("content-length");
  std::uint64_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || parsed.ec != std::errc()) return std::nullopt;
  return length;
}

class Http1Connection final : public Request, public Responder, public Drainable {
 public:
  Http1Connection(Service& service, std::unique_ptr<io::Stream> stream, const Peer& peer)
      : service_(service),
        peer_(peer),
        stream_(std::move(stream)),
        watchdog_(service.loop),
        over_(service.loop),
        settled_(service.loop),
        gone_(service.loop),
        registration_(service, *this),
        scope_(service.loop) {}

  io::Task<Handover> serve();
  void drain() override {
    if (idle_) over_.set();
  }

  const RequestHead& head() const override { return request_.head; }
  io::Task<Result<std::string_view>> read_body() override;
  io::Task<Result<std::string>> read_whole_body(std::size_t limit_bytes) override;
  const io::Address& peer() const override { return peer_.address; }
  const PeerCertificate* certificate() const override {
    return peer_.certificate ? &*peer_.certificate : nullptr;
  }
  bool secure() const override { return peer_.secure; }
  int http_major() const override { return 1; }

  using Responder::send;
  io::Task<Result<>> send(ResponseHead head, SharedBytes body) override;
  io::Task<Result<>> begin(ResponseHead head) override;
  io::Task<Result<>> write(SharedBytes bytes) override;
  io::Task<Result<>> finish(Headers trailers) override;
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(ResponseHead head) override;
  bool begun() const override { return answer_ != Answer::none; }
  io::Task<> gone() override;

 private:
  enum class Answer { none, streaming, complete, upgraded };
  enum class Next { request, end, http2 };

  io::Task<> until_over(io::Task<> task);
  io::Task<> converse();
  io::Task<Next> read_head();
  // Those not to be inlined would leave their temporaries in the frame of a connection that only waits.
  [[gnu::noinline]] bool take_head(std::size_t scanned, HeadProblem& problem);
  [[gnu::noinline]] io::Task<> refuse(HeadProblem problem);
  io::Task<> exchange();
  io::Task<> run_handler();
  [[gnu::noinline]] io::Task<> conclude();
  [[gnu::noinline]] io::Task<> linger();
  io::Task<> watch_peer();
  void watch_peer_when_possible();

  io::Task<Result<>> fill(std::size_t least);
  io::Task<Result<>> write_out(std::span<const std::string_view> pieces);
  io::Task<Result<>> say_continue();
  Error too_large();
  void body_complete();
  std::string head_text(const ResponseHead& head, std::optional<std::size_t> length);
  bool body_may_be_drained() const;

  Service& service_;
  const Peer& peer_;
  std::unique_ptr<io::Stream> stream_;
  Buffer buffer_;
  Watchdog watchdog_;
  io::Event over_;  // the connection ends now
  bool idle_ = false;
  bool first_ = true;
  unsigned served_ = 0;
  bool http2_ = false;

  // The exchange under way.
  ParsedRequest request_;
  BodyDecoder body_;
  std::uint64_t body_read_ = 0;
  bool body_seen_ =
      true;  // the handler knows that the body is complete; its last piece is not in use any more
  bool body_refused_ = false;  // it is too large or malformed
  bool continue_owed_ = false;
  bool chunked_answer_ = false;
  bool no_answer_body_ = false;
  std::optional<std::uint64_t> answer_left_;  // of what Content-Length promised
  bool keep_ = true;
  bool handler_waits_ = false;
  bool handler_ended_ = false;
  Answer answer_ = Answer::none;
  int failure_status_ = 500;
  io::Event settled_;  // the handler has ended, or its peer has gone for good
  io::Event gone_;
  io::Task<> peer_watch_;

  Registration registration_;
  io::Scope scope_;
};

io::Task<Handover> Http1Connection::serve() {
  scope_.spawn(until_over(converse()));
  scope_.spawn(until_over(watchdog_.expired()));
  co_await over_.wait();
  scope_.cancel();
  Handover out;
  if (http2_) {
    out.stream = std::move(stream_);
    out.buffer = std::move(buffer_);
  }
  co_return out;
}

io::Task<> Http1Connection::until_over(io::Task<> task) {
  co_await std::move(task);
  over_.set();
}

io::Task<> Http1Connection::converse() {
  do {
    const Next next = co_await read_head();
    http2_ = next == Next::http2;
    if (next != Next::request) co_return;
    first_ = false;
    co_await exchange();
    // A peer that sends faster than we answer must not keep the loop from everybody else.
    if (++served_ % requests_a_turn == 0) co_await service_.loop.yield();
  } while (keep_);
}

io::Task<Http1Connection::Next> Http1Connection::read_head() {
  if (buffer_.empty()) {
    if (service_.draining) co_return Next::end;
    buffer_.release();
    idle_ = true;
    watchdog_.set(Watchdog::reading, service_.settings.idle_timeout);
    const auto readable = co_await stream_->wait_readable();
    idle_ = false;
    if (!readable) co_return Next::end;
  }
  watchdog_.set(Watchdog::reading, service_.settings.header_timeout);
  std::size_t scanned = 0;
  for (;;) {
    const std::string_view text = buffer_.view();
    const bool preface_so_far =
        first_ && !peer_.secure && text.starts_with(http2_preface.substr(0, text.size())) && !text.empty();
    if (preface_so_far && text.size() >= http2_preface.size()) co_return Next::http2;
    HeadProblem problem;
    problem.status = 0;
    if (!preface_so_far && take_head(scanned, problem)) co_return Next::request;
    if (problem.status != 0) {
      co_await refuse(std::move(problem));
      co_return Next::end;
    }
    scanned = text.size();
    const auto got = co_await stream_->read(buffer_.room(std::max(http1_head_read_bytes, scanned / 2)));
    if (!got || *got == 0) co_return Next::end;
    buffer_.commit(*got);
  }
}

// Takes a request head from the buffer; false when it is not whole yet, or has a problem.
bool Http1Connection::take_head(std::size_t scanned, HeadProblem& problem) {
  const std::string_view text = buffer_.view();
  const std::size_t end = find_head_end(text, scanned);
  const std::size_t limit = service_.settings.header_limit_bytes;
  if (end > limit || (end == 0 && text.size() > limit)) {
    problem = HeadProblem{431, fmt::format("the request head has more than {} bytes", limit)};
    return false;
  }
  if (end == 0) {
    if (!may_become_request(text)) problem = HeadProblem{400, "this is not an HTTP request"};
    return false;
  }
  auto parsed = parse_request_head(text.substr(0, end));
  if (!parsed) {
    problem = std::move(parsed).error();
    return false;
  }
  request_ = std::move(*parsed);
  buffer_.consume(end);
  watchdog_.clear(Watchdog::reading);
  return true;
}

io::Task<> Http1Connection::refuse(HeadProblem problem) {
  std::string text;
  append_status_line(text, problem.status);
  problem.why.push_back('\n');
  fmt::format_to(
      std::back_inserter(text),
      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      problem.why.size(), problem.why);
  const std::string_view pieces[] = {text};
  const auto written = co_await write_out(pieces);
  if (written) co_await linger();
}

// Closing with unread bytes would reset the connection and may take the answer with it before the peer reads
// it.
io::Task<> Http1Connection::linger() {
  watchdog_.set(Watchdog::reading, linger_time);
  stream_->shutdown_write();
  buffer_.consume(buffer_.size());
  for (std::size_t total = 0; total < linger_bytes;) {
    const auto got = co_await stream_->read(buffer_.room(http1_head_read_bytes));
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

io::Task<> Http1Connection::exchange() {
  body_ = BodyDecoder(request_.body, service_.settings.header_limit_bytes);
  body_read_ = 0;
  body_seen_ = body_.complete();
  body_refused_ = false;
  continue_owed_ = request_.expects_continue && !body_seen_;
  keep_ = request_.keep_alive;
  answer_ = Answer::none;
  failure_status_ = 500;
  handler_waits_ = handler_ended_ = false;
  settled_.reset();
  {
    io::Task<> work = run_handler();
    work.start();
    if (!handler_ended_) {
      handler_waits_ = true;
      watch_peer_when_possible();
      co_await settled_.wait();
      // Whoever waits in gone() runs once more before the handler is dropped.
      if (!handler_ended_) co_await service_.loop.yield();
    }
  }
  peer_watch_ = io::Task<>();
  watchdog_.clear(Watchdog::reading);
  if (!handler_ended_ || gone_.is_set()) keep_ = false;
  if (handler_ended_) co_await conclude();
}

io::Task<> Http1Connection::run_handler() {
  co_await service_.handler.handle(*this, *this);
  handler_ended_ = true;
  settled_.set();
}

// Answers where the handler did not, and makes the connection fit for the next request, or for its end.
io::Task<> Http1Connection::conclude() {
  if (answer_ == Answer::upgraded || gone_.is_set()) {
    keep_ = false;
    co_return;
  }
  if (answer_ == Answer::none) {
    ResponseHead head;
    head.status = failure_status_;
    head.headers.add("Content-Type", "text/plain; charset=utf-8");
    SharedBytes text(fmt::format("{}\n", status_text(failure_status_)));
    const auto sent = co_await send(std::move(head), std::move(text));
    if (!sent) keep_ = false;
  }
  // An answer that stays incomplete must not look complete.
  if (answer_ == Answer::streaming) keep_ = false;
  if (keep_ && body_may_be_drained()) {
    const std::uint64_t before = body_read_;
    while (!body_.complete() && body_read_ - before <= drain_limit_bytes) {
      const auto piece = co_await read_body();
      if (!piece) break;
    }
  }
  if (!body_.complete()) {
    keep_ = false;
    if (answer_ == Answer::complete && !gone_.is_set()) co_await linger();
  }
}

bool Http1Connection::body_may_be_drained() const {
  return !continue_owed_ && !body_refused_ && body_.left().value_or(0) <= drain_limit_bytes;
}

void Http1Connection::watch_peer_when_possible() {
  if (handler_waits_ && body_seen_ && answer_ != Answer::upgraded && !peer_watch_) {
    peer_watch_ = watch_peer();
    peer_watch_.start();
  }
}

// While a handler works nobody else reads: what comes is the next request, or the news that the peer has
// gone.
io::Task<> Http1Connection::watch_peer() {
  while (buffer_.size() < drain_limit_bytes) {
    buffer_.release();
    auto readable = co_await stream_->wait_readable();
    if (readable) {
      const auto got = co_await stream_->read(buffer_.room(http1_head_read_bytes));
      if (got && *got > 0) {
        buffer_.commit(*got);
        continue;
      }
      if (!got) readable = fail(got.error());
    }
    gone_.set();
    // A peer that has only finished sending may still read the answer.
    if (readable) co_await service_.loop.sleep(half_close_grace);
    settled_.set();
    co_return;
  }
}

io::Task<> Http1Connection::gone() { co_await gone_.wait(); }

void Http1Connection::body_complete() {
  body_seen_ = true;
  watchdog_.clear(Watchdog::reading);
  watch_peer_when_possible();
}

Error Http1Connection::too_large() {
  body_refused_ = true;
  failure_status_ = 413;
  return {Code::too_large,
          fmt::format("the request body has more than {} bytes", service_.settings.body_limit_bytes)};
}

io::Task<Result<>> Http1Connection::say_continue() {
  continue_owed_ = false;
  if (begun()) co_return Result<>();
  const std::string_view pieces[] = {"HTTP/1.1 100 Continue\r\n\r\n"};
  co_return co_await write_out(pieces);
}

io::Task<Result<>> Http1Connection::fill(std::size_t least) {
  if (continue_owed_) TRY_CO_DO(co_await say_continue());
  watchdog_.set(Watchdog::reading, service_.settings.body_timeout);
  TRY_CO(got, co_await stream_->read(buffer_.room(least)));
  if (got == 0) {
    failure_status_ = 400;
    gone_.set();
    co_return fail(Code::cancelled, "the peer closed the connection in the middle of the request body");
  }
  buffer_.commit(got);
  co_return Result<>();
}

io::Task<Result<std::string_view>> Http1Connection::read_body() {
  if (body_seen_) co_return std::string_view();
  if (body_.left().value_or(0) + body_read_ > service_.settings.body_limit_bytes) co_return fail(too_large());
  for (;;) {
    const ChunkDecoder::Step step = body_.next(buffer_);
    if (step.kind == ChunkDecoder::Step::Kind::malformed) {
      failure_status_ = 400;
      body_refused_ = true;
      co_return fail(Code::bad_request, fmt::format("request body: {}", step.why));
    }
    if (step.kind == ChunkDecoder::Step::Kind::end) {
      body_complete();
      co_return std::string_view();
    }
    if (step.kind == ChunkDecoder::Step::Kind::data) {
      body_read_ += step.data.size();
      if (body_read_ > service_.settings.body_limit_bytes) co_return fail(too_large());
      co_return step.data;
    }
    TRY_CO_DO(co_await fill(http1_body_read_bytes));
  }
}

io::Task<Result<std::string>> Http1Connection::read_whole_body(std::size_t limit_bytes) {
  std::string whole;
  const auto beyond = [&] {
    failure_status_ = 413;
    return fail(Code::too_large, fmt::format("the request body has more than {} bytes", limit_bytes));
  };
  const std::uint64_t announced = body_.left().value_or(0);
  if (announced > limit_bytes) co_return beyond();
  // What is announced but does not come costs little memory.
  whole.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(announced, http1_body_read_bytes * 4)));
  for (;;) {
    TRY_CO(piece, co_await read_body());
    if (piece.empty()) co_return whole;
    if (whole.size() + piece.size() > limit_bytes) co_return beyond();
    whole.append(piece);
  }
}

io::Task<Result<>> Http1Connection::write_out(std::span<const std::string_view> pieces) {
  if (!stream_) co_return fail(Code::internal, "the connection was upgraded");
  watchdog_.set(Watchdog::writing, service_.settings.write_timeout);
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  Result<> written;
  if (total <= write_slice_bytes) {
    written = co_await stream_->write_pieces(pieces);
  } else {
    for (std::string_view piece : pieces) {
      while (written && !piece.empty()) {
        const std::string_view slice = piece.substr(0, write_slice_bytes);
        piece.remove_prefix(slice.size());
        watchdog_.set(Watchdog::writing, service_.settings.write_timeout);
        written = co_await stream_->write(slice);
      }
    }
  }
  watchdog_.clear(Watchdog::writing);
  if (!written) {
    keep_ = false;
    gone_.set();
  }
  co_return written;
}

std::string Http1Connection::head_text(const ResponseHead& head, std::optional<std::size_t> length) {
  if (service_.draining || (!body_.complete() && !body_may_be_drained())) keep_ = false;
  if (head.headers.has_token("connection", "close")) keep_ = false;
  std::string text;
  text.reserve(256);
  append_status_line(text, head.status);
  append_fields(text, head.headers);
  if (const std::string& date = service_.date(); !date.empty()) append_field(text, "Date", date);
  if (length && !head.headers.has("content-length")) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", *length);
  }
  if (chunked_answer_) text.append("Transfer-Encoding: chunked\r\n");
  if (!head.headers.has("connection")) {
    if (!keep_) text.append("Connection: close\r\n");
    if (keep_ && request_.minor_version == 0) text.append("Connection: keep-alive\r\n");
  }
  text.append("\r\n");
  return text;
}

io::Task<Result<>> Http1Connection::send(ResponseHead head, SharedBytes body) {
  if (begun()) co_return fail(Code::internal, "the answer was sent already");
  answer_ = Answer::complete;
  chunked_answer_ = false;
  const bool bodiless = has_no_body(head.status);
  std::optional<std::size_t> length;
  if (!bodiless) length = body.size();
  const std::string text = head_text(head, length);
  const bool with_body = !bodiless && request_.head.method != "HEAD";
  const std::string_view pieces[] = {text, with_body ? body.view() : std::string_view()};
  co_return co_await write_out(pieces);
}

io::Task<Result<>> Http1Connection::begin(ResponseHead head) {
  if (begun()) co_return fail(Code::internal, "the answer was begun already");
  answer_ = Answer::streaming;
  no_answer_body_ = has_no_body(head.status) || request_.head.method == "HEAD";
  const bool unsized = !has_no_body(head.status) && !head.headers.has("content-length");
  chunked_answer_ = unsized && request_.minor_version > 0;
  answer_left_.reset();
  if (!unsized && !no_answer_body_) answer_left_ = announced_length(head.headers);
  // Without chunks the end of the connection is the end of the body.
  if (unsized && !chunked_answer_) keep_ = false;
  const std::string text = head_text(head, std::nullopt);
  const std::string_view pieces[] = {text};
  co_return co_await write_out(pieces);
}

io::Task<Result<>> Http1Connection::write(SharedBytes bytes) {
  if (answer_ != Answer::streaming) co_return fail(Code::internal, "no answer is being streamed");
  if (no_answer_body_ || bytes.empty()) co_return Result<>();
  if (!chunked_answer_) {
    if (answer_left_ && bytes.size() > *answer_left_) {
      co_return fail(Code::internal, "the answer is longer than its Content-Length");
    }
    if (answer_left_) *answer_left_ -= bytes.size();
    const std::string_view pieces[] = {bytes.view()};
    co_return co_await write_out(pieces);
  }
  std::array<char, 20> size{};
  const auto end = fmt::format_to_n(size.data(), size.size(), "{:x}\r\n", bytes.size());
  const std::string_view pieces[] = {std::string_view(size.data(), end.size), bytes.view(), "\r\n"};
  co_return co_await write_out(pieces);
}

io::Task<Result<>> Http1Connection::finish(Headers trailers) {
  if (answer_ != Answer::streaming) co_return fail(Code::internal, "no answer is being streamed");
  if (answer_left_.value_or(0) > 0)
    co_return fail(Code::internal, "the answer is shorter than its Content-Length");
  answer_ = Answer::complete;
  if (!chunked_answer_ || no_answer_body_) co_return Result<>();
  std::string text = "0\r\n";
  append_fields(text, trailers);
  text.append("\r\n");
  const std::string_view pieces[] = {text};
  co_return co_await write_out(pieces);
}

io::Task<Result<std::unique_ptr<io::Stream>>> Http1Connection::upgrade(ResponseHead head) {
  if (begun()) co_return fail(Code::internal, "the answer was begun already");
  if (!body_.complete()) co_return fail(Code::bad_request, "a request with a body cannot be upgraded");
  answer_ = Answer::upgraded;
  chunked_answer_ = false;
  peer_watch_ = io::Task<>();
  if (!head.headers.has("connection")) head.headers.add("Connection", "Upgrade");
  const std::string text = head_text(head, std::nullopt);
  const std::string_view pieces[] = {text};
  TRY_CO_DO(co_await write_out(pieces));
  std::unique_ptr<io::Stream> out = std::make_unique<BufferedStream>(std::move(stream_), std::move(buffer_));
  co_return out;
}

}  // namespace

io::Task<Handover> serve_http1(Service& service, std::unique_ptr<io::Stream> stream, const Peer& peer) {
  Http1Connection connection(service, std::move(stream), peer);
  co_return co_await connection.serve();
}

}  // namespace aloft::http::detail
