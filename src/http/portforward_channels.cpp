// Channels of forwarded ports: the framing, and connections on top of it.
#include "http/portforward_channels.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/bytes.h"
#include "io/event.h"
#include "io/scope.h"

namespace aloft::http {
namespace {

constexpr std::size_t port_limit = 64;
constexpr std::size_t waiting_limit_bytes = 64 * 1024;

// What the connections of one socket share. Streams may outlive the server.
struct Switchboard {
  Switchboard(io::Loop& loop, std::unique_ptr<WebSocket> s, std::size_t ports, ChannelCoding c)
      : socket(std::move(s)), coding(c), waiting(ports), dropped(ports), changed(loop), open(ports) {}

  io::Task<Result<>> send(std::size_t channel, std::string_view bytes) {
    std::string message;
    if (coding == ChannelCoding::binary) {
      message.reserve(bytes.size() + 1);
      message.push_back(static_cast<char>(channel));
      message.append(bytes);
      co_return co_await socket->write(WebSocketMessage::Kind::binary, message);
    }
    message.push_back(static_cast<char>('0' + channel));
    message += base64_encode(bytes);
    co_return co_await socket->write(WebSocketMessage::Kind::text, message);
  }

  // Takes a message apart; false when it is malformed. What comes on error channels is passed over.
  bool take(std::string_view message) {
    if (message.empty()) return true;
    auto channel = static_cast<std::size_t>(static_cast<unsigned char>(message.front()));
    message.remove_prefix(1);
    std::string decoded;
    if (coding == ChannelCoding::base64) {
      channel -= '0';
      if (!base64_decode(message, decoded)) return false;
      message = decoded;
    }
    last = channel / 2;
    if (channel % 2 != 0 || last >= waiting.size()) return true;
    if (!dropped[last]) waiting[last] += message;
    return true;
  }

  bool is_full() const { return last < waiting.size() && waiting[last].size() >= waiting_limit_bytes; }

  void drop(std::size_t port) {
    dropped[port] = true;
    waiting[port].clear();
    --open;
    changed.notify_all();
  }

  std::unique_ptr<WebSocket> socket;
  ChannelCoding coding;
  std::vector<std::string> waiting;  // for the readers, by port
  std::vector<bool> dropped;
  bool ended = false;
  std::size_t last = 0;  // the port of the newest message
  io::WaitList changed;
  std::size_t open;  // connections that have not ended
};

// One channel as a stream.
class Pipe final : public io::Stream {
 public:
  Pipe(std::shared_ptr<Switchboard> board, std::size_t channel)
      : board_(std::move(board)), channel_(channel) {}
  ~Pipe() override {
    if (is_data()) board_->drop(port());
  }

  io::Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    if (!is_data()) co_return std::size_t{0};
    std::string& waiting = board_->waiting[port()];
    while (waiting.empty() && !board_->ended) co_await board_->changed.wait();
    const std::size_t count = std::min(into.size(), waiting.size());
    std::memcpy(into.data(), waiting.data(), count);
    waiting.erase(0, count);
    board_->changed.notify_all();
    co_return count;
  }
  using io::Stream::write;
  io::Task<Result<>> write(std::span<const std::byte> bytes) override {
    if (closed_) co_return fail(Code::cancelled, "the channel was closed");
    co_return co_await board_->send(channel_, as_text(bytes));
  }
  void shutdown_write() override { closed_ = true; }

 private:
  bool is_data() const { return channel_ % 2 == 0; }
  std::size_t port() const { return channel_ / 2; }

  std::shared_ptr<Switchboard> board_;
  std::size_t channel_;
  bool closed_ = false;
};

class ChannelServer final : public PortForwardServer {
 public:
  ChannelServer(io::Loop& loop, std::unique_ptr<WebSocket> socket, std::vector<std::uint16_t> ports,
                ChannelCoding coding)
      : ports_(std::move(ports)),
        board_(std::make_shared<Switchboard>(loop, std::move(socket), ports_.size(), coding)),
        scope_(loop) {
    scope_.spawn(read_messages());
  }
  ~ChannelServer() override { scope_.cancel(); }

  io::Task<std::optional<ForwardedConnection>> accept() override {
    if (next_ < ports_.size()) {
      ForwardedConnection connection;
      connection.port = ports_[next_];
      connection.data = std::make_unique<Pipe>(board_, 2 * next_);
      connection.error = std::make_unique<Pipe>(board_, 2 * next_ + 1);
      ++next_;
      const std::string number = {static_cast<char>(connection.port & 0xff),
                                  static_cast<char>(connection.port >> 8)};
      io::Stream* const both[] = {connection.data.get(), connection.error.get()};
      for (io::Stream* stream : both) {
        auto told = co_await stream->write(std::string_view(number));
        if (!told) co_return std::nullopt;
      }
      co_return std::move(connection);
    }
    while (board_->open > 0 && !board_->ended) co_await board_->changed.wait();
    if (!board_->ended) static_cast<void>(co_await board_->socket->close(1000, ""));
    co_return std::nullopt;
  }

 private:
  io::Task<> read_messages() {
    for (;;) {
      const auto message = co_await board_->socket->read();
      if (!message || !message->has_value()) break;
      if (!board_->take((*message)->data)) {
        static_cast<void>(co_await board_->socket->close(1007, "a message is not base64"));
        break;
      }
      board_->changed.notify_all();
      while (board_->is_full()) co_await board_->changed.wait();
    }
    board_->ended = true;
    board_->changed.notify_all();
  }

  std::vector<std::uint16_t> ports_;
  std::shared_ptr<Switchboard> board_;
  std::size_t next_ = 0;
  io::Scope scope_;
};

}  // namespace

const std::vector<std::string>& portforward_channel_protocols() {
  static const std::vector<std::string> protocols{"v4.channel.k8s.io", "v4.base64.channel.k8s.io"};
  return protocols;
}

std::optional<ChannelCoding> portforward_channel_coding(std::string_view protocol) {
  if (protocol.empty() || protocol == portforward_channel_protocols()[0]) return ChannelCoding::binary;
  if (protocol == portforward_channel_protocols()[1]) return ChannelCoding::base64;
  return std::nullopt;
}

Result<std::vector<std::uint16_t>> forwarded_ports(const Query& query) {
  std::vector<std::uint16_t> ports;
  for (const auto& [key, value] : query) {
    if (key != "ports" && key != "port") continue;
    std::string_view rest = value;
    for (;;) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view text = rest.substr(0, comma);
      std::uint16_t port = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
      if (problem != std::errc() || end != text.data() + text.size() || port == 0)
        return fail(Code::bad_request, fmt::format("{}: \"{}\" is no port", key, text));
      ports.push_back(port);
      if (comma == rest.size()) break;
      rest.remove_prefix(comma + 1);
    }
  }
  if (ports.empty()) return fail(Code::bad_request, "query parameter \"port\" is required");
  if (ports.size() > port_limit)
    return fail(Code::bad_request, fmt::format("at most {} ports are forwarded at once", port_limit));
  return ports;
}

std::unique_ptr<PortForwardServer> make_channel_portforward(io::Loop& loop, std::unique_ptr<WebSocket> socket,
                                                            std::vector<std::uint16_t> ports,
                                                            ChannelCoding coding) {
  return std::make_unique<ChannelServer>(loop, std::move(socket), std::move(ports), coding);
}

}  // namespace aloft::http
