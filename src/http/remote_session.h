// A command that runs elsewhere, with its standard streams, terminal size and outcome carried over one
// connection: the server's end that clients talk to, the client's end towards whatever runs the command, and
// the proxy between them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "http/client.h"
#include "http/handler.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::http {

struct TerminalSize {
  std::uint16_t width = 0;   // columns
  std::uint16_t height = 0;  // lines
  bool operator==(const TerminalSize&) const = default;
};

// Which streams a session has. A terminal has no stderr of its own and is the only one that is resized.
struct RemoteOptions {
  bool with_stdin = false;
  bool with_stdout = false;
  bool with_stderr = false;
  bool tty = false;
  bool has_stderr() const { return with_stderr && !tty; }
};

// The server's end. Lives on one loop; each function may be waited for by one task at a time, all of them at
// once. Error cancelled: the client has gone.
class RemoteSession {
 public:
  virtual ~RemoteSession() = default;
  virtual const RemoteOptions& options() const = 0;
  // 0 when the client has closed its side, and at once without stdin.
  virtual io::Task<Result<std::size_t>> read_stdin(std::span<std::byte> into) = 0;
  // All of it; waits while the client is slow. What a session has no stream for is dropped.
  virtual io::Task<Result<>> write_stdout(std::string_view bytes) = 0;
  virtual io::Task<Result<>> write_stderr(std::string_view bytes) = 0;
  // The newest size that was not yet given; nullopt when the connection has ended. Without a terminal it
  // waits for that end, so it always serves to notice that the client has gone.
  virtual io::Task<std::optional<TerminalSize>> next_resize() = 0;
  // Sends the outcome (empty: none, which clients take as success), ends every stream and waits at most 5 s
  // until the client has closed, so that nothing of it is lost. Call it once, with no other task waiting in
  // the session.
  virtual io::Task<Result<>> finish(std::string status_json) = 0;
};

// Upgrades as the request wants: WebSocket with v5.channel.k8s.io or v4.channel.k8s.io, or SPDY/3.1 with
// v4.channel.k8s.io, whose streams must be opened within 30 s. After an error the responder is unused unless
// responder.begun(). Errors: bad_request, forbidden (no common protocol), timeout, the transport's. `random`
// outlives it.
io::Task<Result<std::unique_ptr<RemoteSession>>> accept_remote_session(io::Loop& loop, Request& request,
                                                                       Responder& responder,
                                                                       RemoteOptions options, Random& random);

// The client's end: the same streams seen from the other side. Lives on one loop; functions as above.
class RemoteClient {
 public:
  virtual ~RemoteClient() = default;
  virtual const RemoteOptions& options() const = 0;
  virtual io::Task<Result<>> write_stdin(std::string_view bytes) = 0;
  virtual void close_stdin() = 0;
  // 0 at the end, and at once where the session has no such stream.
  virtual io::Task<Result<std::size_t>> read_stdout(std::span<std::byte> into) = 0;
  virtual io::Task<Result<std::size_t>> read_stderr(std::span<std::byte> into) = 0;
  virtual io::Task<Result<>> resize(TerminalSize size) = 0;
  // The outcome as the server sends it when the command has ended; empty when it ended its stream without
  // one, which means success (servers send none after attaching). Error: unavailable when the connection
  // broke before that.
  virtual io::Task<Result<std::string>> wait_status() = 0;
};

// Lives on the client's loop. Connects over SPDY/3.1 with v4.channel.k8s.io to the streaming address `target`
// (path and query) of a container runtime. Errors: the refusal's, timeout after 30 s, the transport's.
io::Task<Result<std::unique_ptr<RemoteClient>>> connect_remote_session(Client& client, std::string target,
                                                                       RemoteOptions options);

// Pumps both ways until the command's outcome has reached the client of `server`. Errors: cancelled when that
// client went first; anything else: the runtime's side broke and `server` is not finished, so that the caller
// can still finish() it with an outcome that says so.
io::Task<Result<>> proxy_remote_session(io::Loop& loop, RemoteSession& server, RemoteClient& client);

}  // namespace aloft::http
