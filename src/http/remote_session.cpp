// Sessions over SPDY on both sides, the choice of transport, and the proxy between the two ends.
#include "http/remote_session.h"

#include <array>

#include "base/bytes.h"
#include "http/channels.h"
#include "http/spdy.h"
#include "http/upgrade.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/timeout.h"

namespace aloft::http {

namespace {

constexpr std::string_view channel_protocol = "v4.channel.k8s.io";
constexpr std::string_view type_field = "streamtype";
constexpr Duration session_opening_limit = 30s;
constexpr Duration leaving_limit = 5s;
constexpr std::size_t status_limit_bytes = 1024 * 1024;
constexpr std::size_t pump_bytes = 32 * 1024;

// The streams of a session in the order in which clients open them.
enum Slot : std::size_t { error_slot, stdin_slot, stdout_slot, stderr_slot, resize_slot, slot_count };
constexpr std::array<std::string_view, slot_count> slot_names{"error", "stdin", "stdout", "stderr", "resize"};

std::array<bool, slot_count> wanted_slots(const RemoteOptions& options) {
  return {true, options.with_stdin, options.with_stdout, options.has_stderr(), options.tty};
}

using Streams = std::array<std::unique_ptr<SpdyStream>, slot_count>;

class SpdyRemoteSession final : public RemoteSession {
 public:
  SpdyRemoteSession(io::Loop& loop, std::unique_ptr<SpdySession> session, RemoteOptions options)
      : loop_(loop),
        options_(options),
        session_(std::move(session)),
        changed_(loop),
        ended_(loop),
        scope_(loop) {
    scope_.spawn(run());
    scope_.spawn(collect());
  }
  ~SpdyRemoteSession() override { scope_.cancel(); }

  // True when all streams are there, false when the connection ended before.
  io::Task<bool> opened() {
    while (!complete() && !ended_.is_set()) co_await changed_.wait();
    co_return complete();
  }

  const RemoteOptions& options() const override { return options_; }

  io::Task<Result<std::size_t>> read_stdin(std::span<std::byte> into) override {
    if (!streams_[stdin_slot]) co_return std::size_t{0};
    auto size = co_await streams_[stdin_slot]->read(into);
    if (!size) co_return fail(Code::cancelled, "the client has gone: " + size.error().message());
    co_return size;
  }
  io::Task<Result<>> write_stdout(std::string_view bytes) override { return write(stdout_slot, bytes); }
  io::Task<Result<>> write_stderr(std::string_view bytes) override { return write(stderr_slot, bytes); }

  io::Task<std::optional<TerminalSize>> next_resize() override {
    std::array<std::byte, 512> incoming;
    while (streams_[resize_slot] && !finishing_) {
      const auto size = sizes_.next();
      if (!size) break;
      if (size->has_value()) co_return *size;
      const auto count = co_await streams_[resize_slot]->read(incoming);
      if (!count || *count == 0) break;
      sizes_.add(as_text(std::span(incoming).first(*count)));
    }
    co_await ended_.wait();
    co_return std::nullopt;
  }

  io::Task<Result<>> finish(std::string status_json) override {
    finishing_ = true;
    if (!status_json.empty()) TRY_CO_DO(co_await write(error_slot, status_json));
    for (const Slot slot : {stdout_slot, stderr_slot, error_slot, stdin_slot, resize_slot}) {
      if (streams_[slot]) streams_[slot]->shutdown_write();
    }
    // What the client still sends is dropped instead of filling a buffer.
    for (const Slot slot : {stdin_slot, resize_slot}) {
      if (streams_[slot]) streams_[slot]->reset();
    }
    session_->close();
    static_cast<void>(co_await io::within(loop_, leaving_limit, leave()));
    co_return Result<>{};
  }

 private:
  bool complete() const {
    const auto wanted = wanted_slots(options_);
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
      if (wanted[slot] && !streams_[slot]) return false;
    }
    return true;
  }

  io::Task<bool> leave() {
    co_await session_->flush();
    co_await ended_.wait();
    co_return true;
  }

  io::Task<> run() {
    static_cast<void>(co_await session_->run());
    ended_.set();
    changed_.notify_all();
  }

  // Streams that nobody asked for, and second ones of a kind, are reset where they are dropped.
  io::Task<> collect() {
    for (;;) {
      auto stream = co_await session_->accept();
      if (!stream) co_return;
      const auto wanted = wanted_slots(options_);
      for (std::size_t slot = 0; slot < slot_count; ++slot) {
        if (!wanted[slot] || streams_[slot]) continue;
        if (stream->headers().get(type_field) != slot_names[slot]) continue;
        streams_[slot] = std::move(stream);
        break;
      }
      changed_.notify_all();
    }
  }

  io::Task<Result<>> write(Slot slot, std::string_view bytes) {
    if (!streams_[slot] || bytes.empty()) co_return Result<>{};
    io::Stream& stream = *streams_[slot];
    auto sent = co_await stream.write(bytes);
    if (!sent) co_return fail(Code::cancelled, "the client has gone: " + sent.error().message());
    co_return Result<>{};
  }

  io::Loop& loop_;
  RemoteOptions options_;
  std::unique_ptr<SpdySession> session_;
  Streams streams_;
  bool finishing_ = false;
  TerminalSizeParser sizes_;
  io::WaitList changed_;
  io::Event ended_;
  io::Scope scope_;
};

class SpdyRemoteClient final : public RemoteClient {
 public:
  SpdyRemoteClient(io::Loop& loop, std::unique_ptr<SpdySession> session, RemoteOptions options)
      : options_(options), session_(std::move(session)), scope_(loop) {
    scope_.spawn(run());
  }
  ~SpdyRemoteClient() override { scope_.cancel(); }

  io::Task<Result<>> open_streams() {
    const auto wanted = wanted_slots(options_);
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
      if (!wanted[slot]) continue;
      Headers headers;
      headers.add(std::string(type_field), std::string(slot_names[slot]));
      TRY_CO(stream, co_await session_->open(std::move(headers)));
      streams_[slot] = std::move(stream);
    }
    co_return Result<>{};
  }

  const RemoteOptions& options() const override { return options_; }

  io::Task<Result<>> write_stdin(std::string_view bytes) override {
    if (!streams_[stdin_slot]) co_return Result<>{};
    io::Stream& stream = *streams_[stdin_slot];
    co_return co_await stream.write(bytes);
  }
  void close_stdin() override {
    if (streams_[stdin_slot]) streams_[stdin_slot]->shutdown_write();
  }
  io::Task<Result<std::size_t>> read_stdout(std::span<std::byte> into) override {
    return read(stdout_slot, into);
  }
  io::Task<Result<std::size_t>> read_stderr(std::span<std::byte> into) override {
    return read(stderr_slot, into);
  }

  io::Task<Result<>> resize(TerminalSize size) override {
    if (!streams_[resize_slot]) co_return Result<>{};
    io::Stream& stream = *streams_[resize_slot];
    const std::string text = terminal_size_json(size);
    co_return co_await stream.write(std::string_view(text));
  }

  io::Task<Result<std::string>> wait_status() override {
    std::string status;
    std::vector<std::byte> incoming(4096);
    for (;;) {
      TRY_CO(size, co_await read(error_slot, incoming));
      if (size == 0) co_return status;
      status += as_text(std::span(incoming).first(size));
      if (status.size() > status_limit_bytes)
        co_return fail(Code::too_large, "the outcome of a command is too long");
    }
  }

 private:
  // Servers end their streams by resetting them, too: a reset after the data is an end like any other.
  io::Task<Result<std::size_t>> read(Slot slot, std::span<std::byte> into) {
    if (!streams_[slot]) co_return std::size_t{0};
    auto size = co_await streams_[slot]->read(into);
    if (!size && size.error().code() == Code::cancelled) co_return std::size_t{0};
    co_return size;
  }

  io::Task<> run() {
    // Its end shows in every stream.
    static_cast<void>(co_await session_->run());
  }

  RemoteOptions options_;
  std::unique_ptr<SpdySession> session_;
  Streams streams_;
  io::Scope scope_;
};

io::Task<Result<std::unique_ptr<RemoteSession>>> accept_channels(io::Loop& loop, Request& request,
                                                                 Responder& responder, RemoteOptions options,
                                                                 Random& random) {
  const std::vector<std::string> offered = offered_protocols(request.head());
  const std::string protocol = choose_protocol(offered, channel_protocols());
  const auto version = channel_version(protocol);
  if (!version) {
    co_return fail(
        Code::forbidden,
        fmt::format("unable to negotiate a protocol: the client offers [{}], the server speaks [{}]",
                    fmt::join(offered, ", "), fmt::join(channel_protocols(), ", ")));
  }
  TRY_CO(socket, co_await accept_websocket(loop, request, responder, protocol, random));
  co_return make_channel_session(loop, std::move(socket), options, *version);
}

}  // namespace

io::Task<Result<std::unique_ptr<RemoteSession>>> accept_remote_session(io::Loop& loop, Request& request,
                                                                       Responder& responder,
                                                                       RemoteOptions options,
                                                                       Random& random) {
  if (wants_websocket(request.head())) {
    co_return co_await accept_channels(loop, request, responder, options, random);
  }
  std::vector<std::string> spoken{std::string(channel_protocol)};
  TRY_CO(spdy, co_await accept_spdy(loop, request, responder, std::move(spoken)));
  auto session = std::make_unique<SpdyRemoteSession>(loop, std::move(spdy), options);
  const auto opened = co_await io::within(loop, session_opening_limit, session->opened());
  if (!opened) co_return fail(Code::timeout, "the client did not open the streams of its session in time");
  if (!*opened)
    co_return fail(Code::cancelled, "the client went before it opened the streams of its session");
  co_return std::unique_ptr<RemoteSession>(std::move(session));
}

io::Task<Result<std::unique_ptr<RemoteClient>>> connect_remote_session(Client& client, std::string target,
                                                                       RemoteOptions options) {
  std::string protocol(channel_protocol);
  TRY_CO(spdy, co_await connect_spdy(client, std::move(target), std::move(protocol)));
  auto session = std::make_unique<SpdyRemoteClient>(client.loop(), std::move(spdy), options);
  auto opened = co_await io::within(client.loop(), session_opening_limit, session->open_streams());
  if (!opened) co_return fail(Code::timeout, "the runtime did not accept the streams of a session in time");
  if (!*opened) co_return fail(opened->error());
  co_return std::unique_ptr<RemoteClient>(std::move(session));
}

namespace {

// The pumps of one proxied session. What one of them meets decides how the session goes on.
class Proxy {
 public:
  Proxy(io::Loop& loop, RemoteSession& server, RemoteClient& client)
      : server_(server), client_(client), changed_(loop), scope_(loop) {}

  io::Task<Result<>> run() {
    scope_.spawn(pump_stdin());
    scope_.spawn(pump_resizes());
    scope_.spawn(pump_output(stdout_slot));
    scope_.spawn(pump_output(stderr_slot));
    scope_.spawn(take_status());
    while (!problem_ && !(status_ && outputs_ == 0)) co_await changed_.wait();
    scope_.cancel();
    if (problem_) co_return fail(*problem_);
    co_return co_await server_.finish(std::move(*status_));
  }

 private:
  void stop(const Error& why) {
    if (!problem_) problem_ = why;
    changed_.notify_all();
  }

  io::Task<> pump_stdin() {
    std::vector<std::byte> buffer(pump_bytes);
    bool taken = true;
    for (;;) {
      const auto size = co_await server_.read_stdin(buffer);
      if (!size) {
        stop(size.error());
        co_return;
      }
      if (*size == 0) break;
      // A command that no longer reads its input goes on; the rest of the input is dropped.
      if (!taken) continue;
      const auto sent = co_await client_.write_stdin(as_text(std::span(buffer).first(*size)));
      taken = sent.has_value();
    }
    client_.close_stdin();
  }

  io::Task<> pump_resizes() {
    for (;;) {
      const auto size = co_await server_.next_resize();
      if (!size) break;
      static_cast<void>(co_await client_.resize(*size));
    }
    stop(Error(Code::cancelled, "the client has gone"));
  }

  io::Task<> pump_output(Slot slot) {
    std::vector<std::byte> buffer(pump_bytes);
    for (;;) {
      auto reading = slot == stdout_slot ? client_.read_stdout(buffer) : client_.read_stderr(buffer);
      auto size = co_await std::move(reading);
      if (!size) {
        stop(size.error());
        co_return;
      }
      if (*size == 0) break;
      const std::string_view bytes = as_text(std::span(buffer).first(*size));
      auto writing = slot == stdout_slot ? server_.write_stdout(bytes) : server_.write_stderr(bytes);
      const auto sent = co_await std::move(writing);
      if (!sent) {
        stop(sent.error());
        co_return;
      }
    }
    --outputs_;
    changed_.notify_all();
  }

  io::Task<> take_status() {
    auto status = co_await client_.wait_status();
    if (!status) {
      stop(status.error());
      co_return;
    }
    status_ = std::move(*status);
    changed_.notify_all();
  }

  RemoteSession& server_;
  RemoteClient& client_;
  int outputs_ = 2;
  std::optional<std::string> status_;
  std::optional<Error> problem_;
  io::WaitList changed_;
  io::Scope scope_;
};

}  // namespace

io::Task<Result<>> proxy_remote_session(io::Loop& loop, RemoteSession& server, RemoteClient& client) {
  Proxy proxy(loop, server, client);
  co_return co_await proxy.run();
}

}  // namespace aloft::http
