// Sockets over the epoll loop: addresses, connecting, listening, and the stream over a descriptor.
#include "io/net.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace aloft::io {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<SocketAddress> to_socket_address(const Address& address) {
  SocketAddress out;
  if (address.is_unix()) {
    auto* local = reinterpret_cast<sockaddr_un*>(&out.storage);
    if (address.host.empty() || address.host.size() >= sizeof local->sun_path) {
      return fail(Code::invalid, fmt::format("{}: a unix socket's path has 1 to {} bytes",
                                             address.to_string(), sizeof local->sun_path - 1));
    }
    local->sun_family = AF_UNIX;
    std::memcpy(local->sun_path, address.host.data(), address.host.size());
    out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.host.size() + 1);
    return out;
  }
  const auto port = htons(static_cast<std::uint16_t>(address.port));
  auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = port;
    out.size = sizeof *four;
    return out;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET6, address.host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    out.size = sizeof *six;
    return out;
  }
  return fail(Code::invalid, fmt::format("{}: not an IP address", address.host));
}

Address from_socket_address(const sockaddr_storage& storage, socklen_t size) {
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    return {text, ntohs(four.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
      inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    }
    return {text, ntohs(six.sin6_port)};
  }
  const auto& local = reinterpret_cast<const sockaddr_un&>(storage);
  const std::size_t length =
      size > offsetof(sockaddr_un, sun_path) ? size - offsetof(sockaddr_un, sun_path) : 0;
  return Address::unix_socket(std::string(local.sun_path, strnlen(local.sun_path, length)));
}

void set_socket_options(int fd, const Address& address) {
  if (address.is_unix()) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A peer whose machine vanished is noticed after two minutes instead of never.
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const int idle_seconds = 60;
  const int interval_seconds = 10;
  const int probes = 6;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

// A socket, pipe or terminal as a stream.
class DescriptorStream final : public Stream {
 public:
  enum class Kind { socket, pipe, other };

  DescriptorStream(EpollLoop& loop, int fd, Kind kind) : kind_(kind), descriptor_(std::in_place, loop, fd) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    for (;;) {
      if (!descriptor_) co_return std::size_t{0};
      const ssize_t count = ::read(descriptor_->fd(), into.data(), into.size());
      if (count >= 0) {
        const auto got = static_cast<std::size_t>(count);
        if (kind_ == Kind::socket && got < into.size()) descriptor_->note_short_read();
        co_return got;
      }
      if (errno == EINTR) continue;
      // A terminal whose other side has gone reports an error where a pipe reports its end.
      if (errno == EIO && kind_ == Kind::other) co_return std::size_t{0};
      if (errno != EAGAIN) co_return fail(system_error("read", errno));
      descriptor_->clear_readable();
      co_await descriptor_->readable();
    }
  }

  Task<Result<>> wait_readable() override {
    if (descriptor_) co_await descriptor_->readable();
    co_return Result<>();
  }

  using Stream::write;
  Task<Result<>> write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      iovec one = {const_cast<std::byte*>(bytes.data()), bytes.size()};
      const ssize_t count = send(&one, 1);
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return fail(system_error("write", errno));
      descriptor_->clear_writable();
      co_await descriptor_->writable();
    }
    co_return Result<>();
  }

  Task<Result<>> write_pieces(std::span<const std::string_view> pieces) override {
    std::size_t first = 0;   // the first piece that is not wholly written
    std::size_t offset = 0;  // what of it is
    while (first < pieces.size()) {
      iovec vector[16];
      std::size_t used = 0;
      for (std::size_t i = first; i < pieces.size() && used < std::size(vector); ++i) {
        const std::string_view rest = pieces[i].substr(i == first ? offset : 0);
        vector[used++] = {const_cast<char*>(rest.data()), rest.size()};
      }
      const ssize_t count = send(vector, used);
      if (count < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return fail(system_error("write", errno));
        descriptor_->clear_writable();
        co_await descriptor_->writable();
        continue;
      }
      auto left = static_cast<std::size_t>(count);
      while (first < pieces.size() && left >= pieces[first].size() - offset) {
        left -= pieces[first].size() - offset;
        offset = 0;
        ++first;
      }
      offset += left;
    }
    co_return Result<>();
  }

  void shutdown_write() override {
    if (!descriptor_) return;
    if (kind_ == Kind::socket) ::shutdown(descriptor_->fd(), SHUT_WR);
    if (kind_ == Kind::pipe) descriptor_.reset();
  }

 private:
  ssize_t send(iovec* vector, std::size_t count) {
    if (!descriptor_) {
      errno = EPIPE;
      return -1;
    }
    if (kind_ != Kind::socket) return ::writev(descriptor_->fd(), vector, static_cast<int>(count));
    msghdr message{};
    message.msg_iov = vector;
    message.msg_iovlen = count;
    return ::sendmsg(descriptor_->fd(), &message, MSG_NOSIGNAL);
  }

  Kind kind_;
  std::optional<Descriptor> descriptor_;
};

class SocketListener final : public Listener {
 public:
  SocketListener(EpollLoop& loop, int fd, Address address)
      : descriptor_(loop, fd), address_(std::move(address)) {}
  ~SocketListener() override {
    if (address_.is_unix()) ::unlink(address_.host.c_str());
  }

  const Address& address() const override { return address_; }

  Task<Result<Accepted>> accept() override {
    auto incoming = co_await accept_socket();
    if (!incoming) co_return std::unexpected<Error>(incoming.error());
    auto stream = std::make_unique<DescriptorStream>(descriptor_.loop(), incoming->socket.release(),
                                                     DescriptorStream::Kind::socket);
    co_return Accepted(std::move(stream), std::move(incoming->peer));
  }

  Task<Result<Incoming>> accept_socket() override {
    for (;;) {
      sockaddr_storage storage{};
      socklen_t size = sizeof storage;
      const int fd = ::accept4(descriptor_.fd(), reinterpret_cast<sockaddr*>(&storage), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        set_socket_options(fd, address_);
        co_return Incoming(OwnedDescriptor(fd), from_socket_address(storage, size));
      }
      // A connection that broke before it was accepted says nothing about the next one.
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO || errno == ENETDOWN ||
          errno == EHOSTUNREACH) {
        continue;
      }
      if (errno != EAGAIN) co_return fail(system_error("accept " + address_.to_string(), errno));
      descriptor_.clear_readable();
      co_await descriptor_.readable();
    }
  }

 private:
  Descriptor descriptor_;
  Address address_;
};

// A socket file that nobody listens on is left from a process that died.
void remove_stale_socket(const Address& address, const SocketAddress& target) {
  struct stat info{};
  if (::lstat(address.host.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return;
  if (::connect(probe, target.get(), target.size) != 0 && errno == ECONNREFUSED)
    ::unlink(address.host.c_str());
  ::close(probe);
}

}  // namespace

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = other.release();
  return *this;
}

OwnedDescriptor::~OwnedDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string Address::to_string() const {
  if (is_unix()) return "unix:" + host;
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

Result<Address> parse_address(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(Code::invalid,
                fmt::format("\"{}\": {}; expected HOST:PORT, [IPv6]:PORT or unix:PATH", text, why));
  };
  if (text.starts_with("unix:")) {
    if (text.size() == 5) return wrong("the path is missing");
    return Address::unix_socket(std::string(text.substr(5)));
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    in6_addr ignored{};
    if (inet_pton(AF_INET6, std::string(host).c_str(), &ignored) != 1) return wrong("not an IPv6 address");
  } else if (host.find_first_of(":[]/ ") != std::string_view::npos) {
    return wrong("not a host");
  }
  if (host.empty()) return wrong("the host is missing");
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || problem != std::errc() || end != digits.data() + digits.size()) {
    return wrong("the port is not a number from 0 to 65535");
  }
  return Address{std::string(host), port};
}

Task<Result<std::unique_ptr<Stream>>> connect(EpollLoop& loop, Address address) {
  TRY_CO(target, to_socket_address(address));
  const int fd = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return fail(system_error("socket", errno));
  set_socket_options(fd, address);
  const int outcome = ::connect(fd, target.get(), target.size);
  const int problem = outcome == 0 ? 0 : errno;
  if (problem == EINPROGRESS) {
    Descriptor pending(loop, fd);
    pending.clear_writable();
    co_await pending.writable();
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) co_return fail(system_error("connect " + address.to_string(), error));
    pending.release();
  } else if (problem != 0) {
    ::close(fd);
    // A full backlog of a unix socket; more connections are taken as soon as the listener catches up.
    if (problem == EAGAIN)
      co_return fail(Code::unavailable, "connect " + address.to_string() + ": backlog is full");
    co_return fail(system_error("connect " + address.to_string(), problem));
  }
  std::unique_ptr<Stream> stream =
      std::make_unique<DescriptorStream>(loop, fd, DescriptorStream::Kind::socket);
  co_return stream;
}

Result<std::unique_ptr<Listener>> Listener::listen(EpollLoop& loop, const Address& address) {
  TRY(target, to_socket_address(address));
  const std::string what = "listen " + address.to_string();
  const int fd = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(system_error(what, errno));
  if (address.is_unix()) {
    remove_stale_socket(address, target);
  } else {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  if (::bind(fd, target.get(), target.size) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    const int problem = errno;
    ::close(fd);
    return fail(system_error(what, problem));
  }
  Address bound = address;
  if (!address.is_unix()) {
    SocketAddress real;
    real.size = sizeof real.storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&real.storage), &real.size);
    bound = from_socket_address(real.storage, real.size);
  }
  return std::make_unique<SocketListener>(loop, fd, std::move(bound));
}

std::unique_ptr<Stream> make_descriptor_stream(EpollLoop& loop, int fd) {
  struct stat info{};
  ::fstat(fd, &info);
  auto kind = DescriptorStream::Kind::other;
  if (S_ISSOCK(info.st_mode)) kind = DescriptorStream::Kind::socket;
  if (S_ISFIFO(info.st_mode)) kind = DescriptorStream::Kind::pipe;
  if (kind != DescriptorStream::Kind::socket) {
    // Writing into a pipe that nobody reads is an error of that write, not the end of this process.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  }
  return std::make_unique<DescriptorStream>(loop, fd, kind);
}

}  // namespace aloft::io
