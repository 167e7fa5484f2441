// SPDY sessions: streams, their buffers and windows, and the loop that reads the connection.
#include "http/spdy.h"

#include <deque>
#include <map>

#include "base/bytes.h"
#include "http/frame_writer.h"
#include "http/spdy_codec.h"
#include "io/event.h"

namespace aloft::http {

namespace {

constexpr std::int64_t default_window_bytes = 64 * 1024;
constexpr std::size_t stream_buffer_limit = 256 * 1024;
constexpr std::size_t session_buffer_limit = 4 * 1024 * 1024;
constexpr std::size_t stream_count_limit = 1000;
constexpr std::size_t data_frame_bytes = 32 * 1024;  // a larger write is cut, so that streams take turns
// Answers that wait behind a peer that asks without reading; beyond this the session ends.
constexpr std::size_t answer_backlog_bytes = 1024 * 1024;

// What session and stream know together.
struct State {
  State(io::Loop& loop, std::uint32_t stream_id, Headers opened)
      : id(stream_id), headers(std::move(opened)), changed(loop) {}

  std::size_t unread() const { return buffer.size() - start; }
  bool finished() const { return error.has_value() || (remote_closed && local_closed); }

  std::uint32_t id;
  Headers headers;
  std::string buffer;
  std::size_t start = 0;
  bool replied = false;
  bool remote_closed = false;
  bool local_closed = false;
  bool dropped = false;  // nobody will read
  std::optional<Error> error;
  std::int64_t send_window = default_window_bytes;
  std::int64_t receive_window = default_window_bytes;
  std::size_t consumed = 0;  // not yet announced
  io::WaitList changed;
};
using StatePointer = std::shared_ptr<State>;

class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(io::Loop& loop, std::unique_ptr<io::Stream> transport, SpdySession::Side side)
      : loop_(loop),
        next_id_(side == SpdySession::Side::client ? 1 : 2),
        transport_(std::move(transport)),
        writer_(loop, *transport_),
        opened_(loop),
        room_(loop) {}

  io::Task<Result<std::unique_ptr<SpdyStream>>> open(Headers headers);
  io::Task<std::unique_ptr<SpdyStream>> accept();
  io::Task<Result<>> run();
  void close();
  io::Task<> flush() { co_await writer_.drain(); }
  // Fails everything and lets go of the connection.
  void end(const Error& why);

  // What streams ask for.
  std::size_t take(State& state, std::span<std::byte> into);
  io::Task<Result<>> write(State& state, std::span<const std::byte> bytes);
  void finish(State& state);
  void abandon(State& state);

 private:
  Result<> handle(SpdyFrame& frame);
  Result<> on_syn_stream(SpdySynStream& frame);
  Result<> on_data(SpdyData& frame);
  void on_reply(const SpdySynReply& frame);
  void on_reset(const SpdyReset& frame);
  void on_window(const SpdyWindowUpdate& frame);
  void on_settings(const SpdySettings& frame);
  void on_goaway(const SpdyGoAway& frame);
  Result<> handle_all();
  bool full() const;
  StatePointer find(std::uint32_t id) const;
  void remote_end(State& state);
  void fail_stream(State& state, Error why);
  void reset(std::uint32_t id, std::uint32_t status);
  void forget(const State& state) {
    if (state.finished()) streams_.erase(state.id);
  }
  void send(const SpdyFrame& frame) { writer_.post(serializer_.serialize(frame)); }
  bool peer_id(std::uint32_t id) const { return (id & 1) != (next_id_ & 1); }

  io::Loop& loop_;
  std::uint32_t next_id_;
  std::uint32_t last_peer_id_ = 0;
  bool windows_managed_ = false;
  bool peer_ignores_windows_ = false;
  std::int64_t initial_window_ = default_window_bytes;
  bool going_away_ = false;  // the peer takes no more streams
  bool closed_ = false;      // this side sends no more
  bool ended_ = false;
  std::size_t buffered_ = 0;
  StatePointer last_fed_;
  SpdyParser parser_;
  SpdySerializer serializer_;
  std::map<std::uint32_t, StatePointer> streams_;
  std::deque<StatePointer> arrived_;
  std::unique_ptr<io::Stream> transport_;
  FrameWriter writer_;
  io::WaitList opened_;
  io::WaitList room_;
};

class StreamHandle final : public SpdyStream {
 public:
  StreamHandle(std::shared_ptr<Core> core, StatePointer state)
      : core_(std::move(core)), state_(std::move(state)) {}
  ~StreamHandle() override { core_->abandon(*state_); }

  io::Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    co_await readable();
    if (state_->unread() > 0) co_return core_->take(*state_, into);
    if (state_->remote_closed) co_return std::size_t{0};
    co_return fail(*state_->error);
  }
  io::Task<Result<>> wait_readable() override {
    co_await readable();
    co_return Result<>{};
  }
  io::Task<Result<>> write(std::span<const std::byte> bytes) override { return core_->write(*state_, bytes); }
  void shutdown_write() override { core_->finish(*state_); }
  const Headers& headers() const override { return state_->headers; }
  void reset() override { core_->abandon(*state_); }

 private:
  io::Task<> readable() {
    while (state_->unread() == 0 && !state_->remote_closed && !state_->error) co_await state_->changed.wait();
  }

  std::shared_ptr<Core> core_;
  StatePointer state_;
};

io::Task<Result<std::unique_ptr<SpdyStream>>> Core::open(Headers headers) {
  if (ended_ || closed_ || going_away_)
    co_return fail(Code::unavailable, "SPDY: the session takes no more streams");
  if (next_id_ > 0x7fff'ffff)
    co_return fail(Code::unavailable, "SPDY: the session has used up its stream numbers");
  if (streams_.size() >= stream_count_limit) {
    co_return fail(Code::too_many_requests, fmt::format("SPDY: {} streams are open", streams_.size()));
  }
  auto state = std::make_shared<State>(loop_, next_id_, std::move(headers));
  next_id_ += 2;
  state->send_window = initial_window_;
  streams_.emplace(state->id, state);
  SpdySynStream frame;
  frame.stream = state->id;
  frame.headers = state->headers;
  send(frame);
  // Dropped while it waits, the handle resets the stream.
  auto stream = std::make_unique<StreamHandle>(shared_from_this(), state);
  while (!state->replied && !state->error) co_await state->changed.wait();
  if (!state->replied) co_return fail(*state->error);
  co_return std::unique_ptr<SpdyStream>(std::move(stream));
}

io::Task<std::unique_ptr<SpdyStream>> Core::accept() {
  for (;;) {
    while (arrived_.empty() && !ended_) co_await opened_.wait();
    if (arrived_.empty()) co_return nullptr;
    StatePointer state = std::move(arrived_.front());
    arrived_.pop_front();
    if (state->error) {  // reset before anybody took it
      abandon(*state);
      continue;
    }
    state->replied = true;
    SpdySynReply frame;
    frame.stream = state->id;
    send(frame);
    co_return std::make_unique<StreamHandle>(shared_from_this(), std::move(state));
  }
}

bool Core::full() const {
  const bool stream_full = last_fed_ && !last_fed_->dropped && last_fed_->unread() >= stream_buffer_limit;
  return stream_full || buffered_ >= session_buffer_limit;
}

io::Task<Result<>> Core::run() {
  std::vector<std::byte> incoming(16 * 1024);
  Result<> outcome;
  for (;;) {
    outcome = handle_all();
    if (!outcome) break;
    if (full()) {
      co_await room_.wait();
      continue;
    }
    if (ended_) break;
    const auto size = co_await transport_->read(incoming);
    if (!size) outcome = fail(size.error());
    if (!size || *size == 0) break;
    parser_.add(as_text(std::span(incoming).first(*size)));
  }
  if (!outcome && !closed_ &&
      (outcome.error().code() == Code::bad_request || outcome.error().code() == Code::too_large)) {
    SpdyGoAway away;
    away.last_good_stream = last_peer_id_;
    away.status = SpdyGoAway::protocol_error;
    send(away);
    co_await writer_.drain();
  }
  end(outcome ? Error(Code::unavailable, "SPDY: the connection has ended") : outcome.error());
  co_return outcome;
}

// Handles what has come until a buffer is full; the rest stays in the parser.
Result<> Core::handle_all() {
  while (!full()) {
    TRY(frame, parser_.next());
    if (!frame) return {};
    TRY_DO(handle(*frame));
    if (writer_.posted_bytes() > answer_backlog_bytes) {
      return fail(Code::too_many_requests, "SPDY: the peer asks without reading the answers");
    }
  }
  return {};
}

Result<> Core::handle(SpdyFrame& frame) {
  if (auto* data = std::get_if<SpdyData>(&frame)) return on_data(*data);
  if (auto* syn = std::get_if<SpdySynStream>(&frame)) return on_syn_stream(*syn);
  if (auto* reply = std::get_if<SpdySynReply>(&frame)) on_reply(*reply);
  if (auto* more = std::get_if<SpdyHeaders>(&frame)) {
    if (const StatePointer state = find(more->stream); state && more->fin) remote_end(*state);
  }
  if (auto* gone = std::get_if<SpdyReset>(&frame)) on_reset(*gone);
  if (auto* update = std::get_if<SpdyWindowUpdate>(&frame)) on_window(*update);
  if (auto* all = std::get_if<SpdySettings>(&frame)) on_settings(*all);
  if (auto* away = std::get_if<SpdyGoAway>(&frame)) on_goaway(*away);
  if (auto* ping = std::get_if<SpdyPing>(&frame); ping != nullptr && peer_id(ping->id)) send(*ping);
  return {};
}

Result<> Core::on_syn_stream(SpdySynStream& frame) {
  if (!peer_id(frame.stream) || frame.stream <= last_peer_id_) {
    return fail(Code::bad_request, fmt::format("SPDY: stream {} cannot be opened now", frame.stream));
  }
  last_peer_id_ = frame.stream;
  if (closed_) return {};
  if (streams_.size() >= stream_count_limit) {
    reset(frame.stream, SpdyReset::refused_stream);
    return {};
  }
  auto state = std::make_shared<State>(loop_, frame.stream, std::move(frame.headers));
  state->remote_closed = frame.fin;
  state->local_closed = frame.unidirectional;
  state->send_window = initial_window_;
  if (!state->finished()) streams_.emplace(state->id, state);
  arrived_.push_back(std::move(state));
  opened_.notify_one();
  return {};
}

void Core::on_reply(const SpdySynReply& frame) {
  const StatePointer state = find(frame.stream);
  if (!state) return;
  if (peer_id(frame.stream) || state->replied) {
    reset(frame.stream, SpdyReset::protocol_error);
    fail_stream(*state, Error(Code::bad_request, "SPDY: a reply where none was due"));
    return;
  }
  state->replied = true;
  state->changed.notify_all();
  if (frame.fin) remote_end(*state);
}

Result<> Core::on_data(SpdyData& frame) {
  const StatePointer state = find(frame.stream);
  if (!state) {
    // A stream that has just been closed may still be sent to; one that never was may not.
    const bool known = peer_id(frame.stream) ? frame.stream <= last_peer_id_ : frame.stream < next_id_;
    if (!known) reset(frame.stream, SpdyReset::invalid_stream);
    return {};
  }
  if (state->remote_closed) {
    reset(frame.stream, SpdyReset::stream_already_closed);
    fail_stream(*state, Error(Code::bad_request, "SPDY: the peer sent data after its end"));
    return {};
  }
  state->receive_window -= static_cast<std::int64_t>(frame.bytes.size());
  if (state->receive_window < 0) peer_ignores_windows_ = true;
  if (state->start > 0) {
    state->buffer.erase(0, state->start);
    state->start = 0;
  }
  state->buffer += frame.bytes;
  buffered_ += frame.bytes.size();
  last_fed_ = state;
  if (frame.fin) remote_end(*state);
  state->changed.notify_all();
  return {};
}

void Core::on_reset(const SpdyReset& frame) {
  if (const StatePointer state = find(frame.stream)) {
    fail_stream(*state,
                Error(Code::cancelled, fmt::format("SPDY: the peer reset the stream with {}", frame.status)));
  }
}

void Core::on_window(const SpdyWindowUpdate& frame) {
  windows_managed_ = true;
  const StatePointer state = find(frame.stream);
  if (!state) return;
  state->send_window += frame.delta;
  if (state->send_window > 0x7fff'ffff) {
    reset(frame.stream, SpdyReset::flow_control_error);
    fail_stream(*state, Error(Code::bad_request, "SPDY: the peer opened its window too far"));
    return;
  }
  state->changed.notify_all();
}

void Core::on_settings(const SpdySettings& frame) {
  for (const SpdySettings::Entry& entry : frame.entries) {
    if (entry.id != SpdySettings::initial_window_size || entry.value > 0x7fff'ffff) continue;
    windows_managed_ = true;
    for (auto& [id, state] : streams_) {
      state->send_window += entry.value - initial_window_;
      state->changed.notify_all();
    }
    initial_window_ = entry.value;
  }
}

void Core::on_goaway(const SpdyGoAway& frame) {
  going_away_ = true;
  const auto streams = streams_;
  for (const auto& [id, state] : streams) {
    if (!peer_id(id) && id > frame.last_good_stream && !state->replied) {
      fail_stream(*state, Error(Code::unavailable, "SPDY: the peer goes away"));
    }
  }
}

StatePointer Core::find(std::uint32_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void Core::remote_end(State& state) {
  state.remote_closed = true;
  state.changed.notify_all();
  forget(state);
}

void Core::fail_stream(State& state, Error why) {
  if (!state.error) state.error = std::move(why);
  state.changed.notify_all();
  forget(state);
}

void Core::reset(std::uint32_t id, std::uint32_t status) {
  SpdyReset frame;
  frame.stream = id;
  frame.status = status;
  send(frame);
}

std::size_t Core::take(State& state, std::span<std::byte> into) {
  const std::size_t size = std::min(into.size(), state.unread());
  const auto piece = as_bytes(std::string_view(state.buffer).substr(state.start, size));
  std::copy(piece.begin(), piece.end(), into.begin());
  state.start += size;
  buffered_ -= size;
  room_.notify_all();
  state.consumed += size;
  // A peer that keeps to windows waits when it has used all of one. The others must be told nothing: they
  // close without having read it, and then their kernel throws away what it has not sent yet.
  const bool waits =
      state.receive_window <= 0 || (windows_managed_ && state.consumed >= default_window_bytes / 2);
  if (!peer_ignores_windows_ && waits && !state.remote_closed && !state.error) {
    SpdyWindowUpdate frame;
    frame.stream = state.id;
    frame.delta = static_cast<std::uint32_t>(std::exchange(state.consumed, 0));
    state.receive_window += frame.delta;
    send(frame);
  }
  return size;
}

io::Task<Result<>> Core::write(State& state, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    while (windows_managed_ && state.send_window <= 0 && !state.error && !state.local_closed) {
      co_await state.changed.wait();
    }
    if (state.error) co_return fail(*state.error);
    if (state.local_closed) co_return fail(Code::unavailable, "SPDY: the stream is closed for writing");
    std::size_t size = std::min(bytes.size(), data_frame_bytes);
    if (windows_managed_) size = std::min(size, static_cast<std::size_t>(state.send_window));
    state.send_window -= static_cast<std::int64_t>(size);
    TRY_CO_DO(co_await writer_.write(spdy_data_frame(state.id, as_text(bytes.first(size)), false)));
    bytes = bytes.subspan(size);
  }
  co_return Result<>{};
}

void Core::finish(State& state) {
  if (state.local_closed || state.error) return;
  state.local_closed = true;
  writer_.post(spdy_data_frame(state.id, {}, true));
  forget(state);
}

// Resets a stream that is still open, and drops what nobody will read.
void Core::abandon(State& state) {
  if (!std::exchange(state.dropped, true)) {
    buffered_ -= state.unread();
    state.buffer.clear();
    state.start = 0;
    room_.notify_all();
  }
  if (state.finished()) return;
  reset(state.id, SpdyReset::cancel);
  fail_stream(state, Error(Code::cancelled, "SPDY: the stream was reset"));
}

void Core::close() {
  if (std::exchange(closed_, true) || ended_) return;
  SpdyGoAway away;
  away.last_good_stream = last_peer_id_;
  send(away);
  writer_.shut_down();
}

void Core::end(const Error& why) {
  if (std::exchange(ended_, true)) return;
  writer_.abort(why);
  const auto streams = std::exchange(streams_, {});
  for (const auto& [id, state] : streams) fail_stream(*state, why);
  last_fed_.reset();
  opened_.notify_all();
  room_.notify_all();
  transport_.reset();
}

class Session final : public SpdySession {
 public:
  Session(io::Loop& loop, std::unique_ptr<io::Stream> transport, Side side)
      : core_(std::make_shared<Core>(loop, std::move(transport), side)) {}
  ~Session() override { core_->end(Error(Code::unavailable, "SPDY: the session was closed")); }

  io::Task<Result<std::unique_ptr<SpdyStream>>> open(Headers headers) override {
    return core_->open(std::move(headers));
  }
  io::Task<std::unique_ptr<SpdyStream>> accept() override { return core_->accept(); }
  io::Task<Result<>> run() override { return core_->run(); }
  void close() override { core_->close(); }
  io::Task<> flush() override { return core_->flush(); }

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace

std::unique_ptr<SpdySession> SpdySession::make(io::Loop& loop, std::unique_ptr<io::Stream> transport,
                                               Side side) {
  return std::make_unique<Session>(loop, std::move(transport), side);
}

}  // namespace aloft::http
