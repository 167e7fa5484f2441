// Frames in and out of nghttp2's session, and the windows that hold back whoever sends too fast.
#include "http/http2_connection.h"

#include <charconv>

#include "http/http1_parser.h"
#include "io/scope.h"

namespace aloft::http::detail {
namespace {

constexpr std::size_t frames_read_bytes = 16 * 1024;
constexpr unsigned reads_a_turn = 8;
constexpr std::size_t batch_bytes = 64 * 1024;
constexpr std::size_t queue_bytes = 64 * 1024;  // what a stream may have waiting before its writer waits
// How much of a body that nobody reads is waited for behind the answer.
constexpr std::size_t discarded_bytes = 256 * 1024;
// Streams that a peer may open only to reset them: a burst, and then so many a second (CVE-2023-44487).
constexpr double reset_burst = 1000;
constexpr double resets_a_second = 33;

bool belongs_to_http1(std::string_view name) {
  for (const std::string_view one :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    if (equal_without_case(name, one)) return true;
  }
  return false;
}

std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::string_view FieldBlock::keep(std::string text) { return kept_.emplace_back(std::move(text)); }

void FieldBlock::add_pseudo(std::string_view name, std::string_view value) {
  fields_.push_back({octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
}

void FieldBlock::add(const Headers& headers) {
  fields_.reserve(fields_.size() + headers.size() + 2);
  for (const auto& [name, value] : headers) {
    if (!is_token(name) || belongs_to_http1(name)) continue;
    std::string_view lower = name;
    if (std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      std::string changed = name;
      for (char& c : changed) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
      }
      lower = keep(std::move(changed));
    }
    std::string_view safe = value;
    if (!is_field_value(value)) {
      std::string changed = value;
      for (char& c : changed) {
        if (!is_field_value(std::string_view(&c, 1))) c = ' ';
      }
      safe = keep(std::move(changed));
    }
    const bool secret = lower == "authorization" || lower == "cookie" || lower == "set-cookie";
    const auto flags = static_cast<std::uint8_t>(secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
    fields_.push_back({octets(lower), octets(safe), lower.size(), safe.size(), flags});
  }
}

void FieldBlock::add(std::string_view name, std::string value) { add_pseudo(name, keep(std::move(value))); }

// Frames on their way to the transport: heads and control frames in one string, bodies by reference.
struct Http2Connection::Batch {
  struct Piece {
    bool own = true;  // in `frames`
    std::size_t offset = 0;
    std::size_t size = 0;
    SharedBytes bytes;
  };
  void add_frame(std::string_view bytes) {
    if (pieces.empty() || !pieces.back().own) {
      Piece piece;
      piece.offset = frames.size();
      pieces.push_back(std::move(piece));
    }
    frames.append(bytes);
    pieces.back().size += bytes.size();
    total += bytes.size();
  }
  void add_body(SharedBytes bytes, std::size_t offset, std::size_t size) {
    // A copy of a few bytes costs less than another piece.
    if (size < 256) {
      add_frame(bytes.view().substr(offset, size));
      return;
    }
    Piece piece;
    piece.own = false;
    piece.offset = offset;
    piece.size = size;
    piece.bytes = std::move(bytes);
    pieces.push_back(std::move(piece));
    total += size;
  }
  std::vector<std::string_view> views() const {
    std::vector<std::string_view> out;
    out.reserve(pieces.size());
    for (const Piece& piece : pieces) {
      const std::string_view whole = piece.own ? std::string_view(frames) : piece.bytes.view();
      out.push_back(whole.substr(piece.offset, piece.size));
    }
    return out;
  }

  std::string frames;
  std::vector<Piece> pieces;
  std::size_t total = 0;
};

// nghttp2's callbacks. None of them runs a handler or drops one: that waits until the frames are taken.
struct Http2Callbacks {
  static Http2Connection& self(void* user) { return *static_cast<Http2Connection*>(user); }
  static std::shared_ptr<Http2Stream> find(Http2Connection& connection, std::int32_t id) {
    const auto found = connection.streams_.find(id);
    return found == connection.streams_.end() ? nullptr : found->second;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Connection& connection = self(user);
    if (connection.side_ == Http2Connection::Side::server && frame->hd.type == NGHTTP2_HEADERS &&
        frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      auto stream = connection.make_stream();
      stream->id = frame->hd.stream_id;
      connection.streams_[stream->id] = std::move(stream);
    }
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                    void* user) {
    Http2Connection& connection = self(user);
    const auto stream = find(connection, frame->hd.stream_id);
    if (!stream) return 0;
    stream->head_bytes += name_size + value_size + 32;
    if (stream->head_bytes > connection.limits_.header_bytes) {
      stream->head_too_large = true;
      return 0;
    }
    const std::string_view field = text_of(name, name_size);
    const std::string_view text = text_of(value, value_size);
    if (!field.starts_with(':')) {
      (stream->head_complete ? stream->trailers : stream->headers).add(std::string(field), std::string(text));
    } else if (field == ":method") {
      stream->method = text;
    } else if (field == ":path") {
      stream->path = text;
    } else if (field == ":authority") {
      stream->authority = text;
    } else if (field == ":scheme") {
      stream->scheme = text;
    } else if (field == ":status") {
      std::from_chars(text.data(), text.data() + text.size(), stream->status);
    }
    return 0;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Connection& connection = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) connection.on_goaway();
    if (frame->hd.type == NGHTTP2_RST_STREAM && !connection.allow_reset()) {
      nghttp2_session_terminate_session(connection.session_, NGHTTP2_ENHANCE_YOUR_CALM);
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    const auto stream = find(connection, frame->hd.stream_id);
    if (!stream) return 0;
    const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (last) stream->in_ended = true;
    if (frame->hd.type == NGHTTP2_HEADERS && !stream->head_complete) {
      const bool interim = connection.side_ == Http2Connection::Side::client && stream->status < 200 && !last;
      if (interim) {
        stream->headers.clear();
      } else {
        stream->head_complete = true;
        connection.on_head(stream);
      }
    }
    stream->came.notify_all();
    return 0;
  }

  static int data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* user) {
    Http2Connection& connection = self(user);
    const auto stream = find(connection, id);
    if (!stream || stream->in_unwanted) {
      nghttp2_session_consume(session, id, size);
      if (stream) {
        stream->in_discarded += size;
        stop_sender(session, *stream);
      }
      return 0;
    }
    stream->in.append(text_of(bytes, size));
    stream->came.notify_all();
    return 0;
  }

  static int stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t error, void* user) {
    Http2Connection& connection = self(user);
    const auto stream = find(connection, id);
    if (!stream) return 0;
    stream->closed = true;
    stream->error = error;
    // What was not read keeps nothing of the connection's window.
    const std::size_t held = stream->in.size() + stream->in_taken;
    if (held > 0) nghttp2_session_consume_connection(session, held);
    stream->in_taken = 0;
    stream->out.clear();
    stream->out_bytes = 0;
    connection.streams_.erase(id);
    connection.on_close(stream);
    stream->came.notify_all();
    stream->left.notify_all();
    return 0;
  }

  static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Connection& connection = self(user);
    const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                      (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends || connection.side_ == Http2Connection::Side::client) return 0;
    if (const auto stream = find(connection, frame->hd.stream_id)) {
      stream->answered = true;
      stop_sender(session, *stream);
    }
    return 0;
  }

  // A client that still sends a body nobody wants is told to stop (RFC 9113 section 8.1); not while the rest
  // of a small one may be on its way, since some clients drop the answer with the reset.
  static void stop_sender(nghttp2_session* session, const Http2Stream& stream) {
    if (!stream.answered || stream.in_ended || stream.in_discarded < discarded_bytes) return;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_NO_ERROR);
  }

  static ssize_t provide(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t room,
                         std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    const std::size_t size = std::min(room, stream.out_bytes);
    if (size == 0 && !stream.out_ended) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size == stream.out_bytes && stream.out_ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (stream.out_trailers.size() > 0) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        FieldBlock fields;
        fields.add(stream.out_trailers);
        nghttp2_submit_trailer(session, id, fields.data(), fields.size());
      }
    }
    return static_cast<ssize_t>(size);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    Http2Connection& connection = self(user);
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    Http2Connection::Batch& batch = *connection.batch_;
    if (batch.total >= batch_bytes) return NGHTTP2_ERR_WOULDBLOCK;
    batch.add_frame(text_of(frame_head, 9));
    stream.out_bytes -= size;
    while (size > 0) {
      Http2Stream::Slice& slice = stream.out.front();
      const std::size_t count = std::min(size, slice.bytes.size() - slice.offset);
      batch.add_body(slice.bytes, slice.offset, count);
      slice.offset += count;
      size -= count;
      if (slice.offset == slice.bytes.size()) stream.out.pop_front();
    }
    stream.left.notify_all();
    return 0;
  }
};

Http2Connection::Http2Connection(io::Loop& loop, std::unique_ptr<io::Stream> transport, Side side,
                                 const Http2Limits& limits)
    : loop_(loop),
      side_(side),
      limits_(limits),
      watchdog_(loop),
      transport_(std::move(transport)),
      output_wanted_(loop),
      over_(loop),
      reset_tokens_(reset_burst),
      reset_checked_(loop.now()) {
  configure();
}

Http2Connection::~Http2Connection() { nghttp2_session_del(session_); }

void Http2Connection::configure() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  ensure(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0,
         "memory is left");
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &Http2Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2Callbacks::header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Http2Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Http2Callbacks::data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Http2Callbacks::stream_closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &Http2Callbacks::frame_sent);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, &Http2Callbacks::send_data);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_settings(option, 32);

  const bool server = side_ == Side::server;
  const int made = server ? nghttp2_session_server_new2(&session_, callbacks, this, option)
                          : nghttp2_session_client_new2(&session_, callbacks, this, option);
  ensure(made == 0, "memory is left");
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);

  std::vector<nghttp2_settings_entry> settings = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.header_bytes)}};
  if (server) settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams});
  if (!server) settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, limits_.connection_window);
  output_wanted_.set();
}

io::Task<> Http2Connection::until_over(io::Task<> task) {
  co_await std::move(task);
  over_.set();
}

io::Task<> Http2Connection::run(Buffer start) {
  {
    io::Scope scope(loop_);
    scope.spawn(until_over(read_loop(std::move(start))));
    scope.spawn(until_over(write_loop()));
    scope.spawn(until_over(watchdog_.expired()));
    co_await over_.wait();
  }
  lost_ = true;
  const auto open = std::exchange(streams_, {});
  for (const auto& [id, stream] : open) {
    stream->closed = true;
    stream->connection_lost = true;
    stream->error = NGHTTP2_CONNECT_ERROR;
    on_close(stream);
    stream->came.notify_all();
    stream->left.notify_all();
  }
}

bool Http2Connection::take(std::string_view bytes) {
  const auto taken = nghttp2_session_mem_recv(session_, octets(bytes), bytes.size());
  after_read();
  wake_writer();
  return taken >= 0;
}

io::Task<> Http2Connection::read_loop(Buffer start) {
  if (!start.empty()) {
    const bool good = take(start.view());
    start.consume(start.size());
    if (!good) co_return;
  }
  unsigned reads = 0;
  for (;;) {
    start.release();
    const auto readable = co_await transport_->wait_readable();
    if (!readable) co_return;
    const auto got = co_await transport_->read(start.room(frames_read_bytes));
    if (!got || *got == 0) co_return;
    received_anything_ = true;
    start.commit(*got);
    if (!take(start.view())) co_return;
    start.consume(start.size());
    // A peer that sends faster than we read must not keep the loop from everybody else.
    if (++reads % reads_a_turn == 0) co_await loop_.yield();
  }
}

bool Http2Connection::collect(Batch& batch) {
  batch_ = &batch;
  while (batch.total < batch_bytes) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) return false;
    if (size == 0) break;
    batch.add_frame(text_of(bytes, static_cast<std::size_t>(size)));
  }
  return true;
}

io::Task<> Http2Connection::write_loop() {
  for (;;) {
    output_wanted_.reset();
    before_write();
    Batch batch;
    if (!collect(batch)) co_return;
    if (batch.total == 0) {
      if (finished() ||
          (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0)) {
        transport_->shutdown_write();
        co_return;
      }
      if (!output_wanted_.is_set()) co_await output_wanted_.wait();
      continue;
    }
    watchdog_.set(Watchdog::writing, limits_.write_timeout);
    const auto views = batch.views();
    const auto written = co_await transport_->write_pieces(views);
    watchdog_.clear(Watchdog::writing);
    if (!written) co_return;
  }
}

bool Http2Connection::allow_reset() {
  if (side_ == Side::client) return true;
  const std::chrono::duration<double> passed = loop_.now() - reset_checked_;
  reset_checked_ = loop_.now();
  reset_tokens_ = std::min(reset_burst, reset_tokens_ + passed.count() * resets_a_second) - 1;
  return reset_tokens_ >= 0;
}

Error Http2Connection::failure(const Http2Stream& stream) const {
  if (stream.connection_lost) return {Code::unavailable, "the HTTP/2 connection was closed"};
  if (stream.error == NGHTTP2_NO_ERROR) return {Code::cancelled, "the HTTP/2 stream was closed"};
  const Code code = stream.error == NGHTTP2_REFUSED_STREAM ? Code::unavailable : Code::cancelled;
  return {code, fmt::format("the HTTP/2 stream was reset: {}", nghttp2_http2_strerror(stream.error))};
}

nghttp2_data_provider Http2Connection::provider(Http2Stream& stream) {
  nghttp2_data_provider out{};
  out.source.ptr = &stream;
  out.read_callback = &Http2Callbacks::provide;
  return out;
}

io::Task<Result<std::string_view>> Http2Connection::read_body(Http2Stream& stream, std::string& piece) {
  if (stream.in_taken > 0 && !stream.closed && !lost_) {
    nghttp2_session_consume(session_, stream.id, stream.in_taken);
    wake_writer();
  }
  stream.in_taken = 0;
  piece.clear();
  const Time end = loop_.now() + limits_.body_timeout;
  while (stream.in.empty() && !stream.in_ended) {
    if (stream.closed) co_return fail(failure(stream));
    if (side_ == Side::client) {
      co_await stream.came.wait();
      continue;
    }
    const bool notified = co_await stream.came.wait_until(end);
    if (!notified) {
      reset(stream, NGHTTP2_CANCEL);
      co_return fail(Code::timeout, "the peer stopped sending in the middle of the request body");
    }
  }
  piece.swap(stream.in);
  if (!stream.closed) stream.in_taken = piece.size();
  co_return std::string_view(piece);
}

io::Task<Result<>> Http2Connection::write_body(Http2Stream& stream, SharedBytes bytes) {
  if (stream.closed) co_return fail(failure(stream));
  if (bytes.empty()) co_return Result<>();
  stream.out_bytes += bytes.size();
  Http2Stream::Slice slice;
  slice.bytes = std::move(bytes);
  stream.out.push_back(std::move(slice));
  nghttp2_session_resume_data(session_, stream.id);
  wake_writer();
  while (stream.out_bytes > queue_bytes && !stream.closed) {
    const std::size_t before = stream.out_bytes;
    const Time end = loop_.now() + limits_.write_timeout;
    const bool moved = co_await stream.left.wait_until(end);
    if (!moved && stream.out_bytes == before) {
      reset(stream, NGHTTP2_CANCEL);
      co_return fail(Code::timeout, "the peer stopped reading");
    }
  }
  if (stream.closed) co_return fail(failure(stream));
  co_return Result<>();
}

void Http2Connection::finish_body(Http2Stream& stream, Headers trailers) {
  if (stream.closed || lost_) return;
  stream.out_ended = true;
  stream.out_trailers = std::move(trailers);
  nghttp2_session_resume_data(session_, stream.id);
  wake_writer();
}

void Http2Connection::reset(Http2Stream& stream, std::uint32_t error) {
  if (stream.closed || lost_) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, error);
  wake_writer();
}

void Http2Connection::discard_input(Http2Stream& stream) {
  stream.in_unwanted = true;
  const std::size_t held = stream.in.size() + std::exchange(stream.in_taken, 0);
  stream.in = std::string();
  stream.in_discarded += held;
  if (held == 0 || stream.closed || lost_) return;
  nghttp2_session_consume(session_, stream.id, held);
  wake_writer();
}

}  // namespace aloft::http::detail
