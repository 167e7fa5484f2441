// Sockets: TCP over IPv4 and IPv6, and unix sockets, as Streams.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::io {

// Where to connect or listen: an IP address with port, or the path of a unix socket. A value.
struct Address {
  std::string host;       // "127.0.0.1", "::1"; a unix path when port is unix_port
  std::int32_t port = 0;  // 0 when listening: any free port
  static constexpr std::int32_t unix_port = -1;
  static Address unix_socket(std::string path) { return {std::move(path), unix_port}; }
  bool is_unix() const { return port == unix_port; }
  // "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock".
  std::string to_string() const;
  bool operator==(const Address&) const = default;
};
// Parses what to_string() prints; the host must be an IP address or a name. Error: invalid.
Result<Address> parse_address(std::string_view text);

// Connects; a host that is not an IP address is an error here (resolve it first).
Task<Result<std::unique_ptr<Stream>>> connect(EpollLoop& loop, Address address);

// A descriptor that no loop watches yet; closed when nobody takes it.
class OwnedDescriptor {
 public:
  OwnedDescriptor() = default;
  explicit OwnedDescriptor(int fd) : fd_(fd) {}
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : fd_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
  ~OwnedDescriptor();
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// Accepts connections until destroyed. Lives on one loop.
class Listener {
 public:
  static Result<std::unique_ptr<Listener>> listen(EpollLoop& loop, const Address& address);
  virtual ~Listener() = default;
  // The bound address, with the real port.
  virtual const Address& address() const = 0;
  struct Accepted {
    std::unique_ptr<Stream> stream;
    Address peer;
    Accepted(std::unique_ptr<Stream> s, Address p) : stream(std::move(s)), peer(std::move(p)) {}
  };
  virtual Task<Result<Accepted>> accept() = 0;
  // For connections that other loops will serve: there make_descriptor_stream() makes the stream.
  struct Incoming {
    OwnedDescriptor socket;
    Address peer;
    Incoming(OwnedDescriptor s, Address p) : socket(std::move(s)), peer(std::move(p)) {}
  };
  virtual Task<Result<Incoming>> accept_socket() = 0;
};

// A stream over any descriptor that polls (socket, pipe, terminal). Takes ownership.
std::unique_ptr<Stream> make_descriptor_stream(EpollLoop& loop, int fd);

}  // namespace aloft::io
