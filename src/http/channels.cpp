// Standard streams over WebSocket messages: the framing, and the server's session on top of it.
#include "http/channels.h"

#include <charconv>

#include "base/bytes.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/timeout.h"

namespace aloft::http {

namespace {

constexpr std::uint8_t close_marker = 0xff;
constexpr std::size_t stdin_limit_bytes = 64 * 1024;
constexpr std::size_t size_limit_bytes = 1024;
constexpr Duration linger = 5s;

// The few tokens of JSON that a terminal size is made of.
class SizeReader {
 public:
  explicit SizeReader(std::string_view text) : text_(text) {}

  bool take(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<std::string_view> take_name() {
    if (!take('"')) return std::nullopt;
    const std::size_t end = text_.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view name = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return name;
  }
  std::optional<std::uint16_t> take_number() {
    skip_space();
    std::uint16_t value = 0;
    const auto [end, problem] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (problem != std::errc()) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  std::string_view rest() {
    skip_space();
    return text_;
  }

 private:
  void skip_space() {
    while (!text_.empty() && std::string_view(" \t\r\n").contains(text_.front())) text_.remove_prefix(1);
  }
  std::string_view text_;
};

std::optional<TerminalSize> read_size(SizeReader& reader) {
  TerminalSize size;
  if (!reader.take('{')) return std::nullopt;
  if (reader.take('}')) return size;
  do {
    const auto name = reader.take_name();
    if (!name || !reader.take(':')) return std::nullopt;
    const auto number = reader.take_number();
    if (!number) return std::nullopt;
    if (equal_without_case(*name, "Width")) size.width = *number;
    if (equal_without_case(*name, "Height")) size.height = *number;
  } while (reader.take(','));
  if (!reader.take('}')) return std::nullopt;
  return size;
}

class ChannelSession final : public RemoteSession {
 public:
  ChannelSession(io::Loop& loop, std::unique_ptr<WebSocket> socket, RemoteOptions options,
                 ChannelVersion version)
      : loop_(loop),
        options_(options),
        version_(version),
        socket_(std::move(socket)),
        changed_(loop),
        ended_(loop),
        scope_(loop) {
    scope_.spawn(greet());
    scope_.spawn(demultiplex());
  }

  const RemoteOptions& options() const override { return options_; }

  io::Task<Result<std::size_t>> read_stdin(std::span<std::byte> into) override {
    if (!options_.with_stdin) co_return std::size_t{0};
    while (stdin_.empty() && !stdin_closed_ && !ended_.is_set()) co_await changed_.wait();
    if (stdin_.empty() && !stdin_closed_) co_return fail(Code::cancelled, "the client has gone");
    const std::size_t size = std::min(into.size(), stdin_.size());
    const auto piece = as_bytes(std::string_view(stdin_).substr(0, size));
    std::copy(piece.begin(), piece.end(), into.begin());
    stdin_.erase(0, size);
    changed_.notify_all();
    co_return size;
  }

  io::Task<Result<>> write_stdout(std::string_view bytes) override {
    return write(Channel::stdout_bytes, options_.with_stdout, bytes);
  }
  io::Task<Result<>> write_stderr(std::string_view bytes) override {
    return write(Channel::stderr_bytes, options_.has_stderr(), bytes);
  }

  io::Task<std::optional<TerminalSize>> next_resize() override {
    while (!size_ && !ended_.is_set()) co_await changed_.wait();
    co_return std::exchange(size_, std::nullopt);
  }

  io::Task<Result<>> finish(std::string status_json) override {
    finishing_ = true;
    changed_.notify_all();
    if (!status_json.empty()) TRY_CO_DO(co_await write(Channel::status, true, status_json));
    TRY_CO_DO(co_await socket_->close(1000, ""));
    static_cast<void>(co_await io::within(loop_, linger, wait_for_end()));
    co_return Result<>{};
  }

 private:
  io::Task<Result<>> write(Channel channel, bool wanted, std::string_view bytes) {
    if (!wanted || bytes.empty()) co_return Result<>{};
    auto sent = co_await socket_->write(WebSocketMessage::Kind::binary, channel_message(channel, bytes));
    if (!sent) co_return fail(Code::cancelled, "the client has gone: " + sent.error().message());
    co_return Result<>{};
  }

  io::Task<bool> wait_for_end() {
    co_await ended_.wait();
    co_return true;
  }

  // An empty message on the first channel that is written tells the client that the session stands.
  io::Task<> greet() {
    Channel first = Channel::status;
    if (options_.has_stderr()) first = Channel::stderr_bytes;
    if (options_.with_stdout) first = Channel::stdout_bytes;
    static_cast<void>(co_await socket_->write(WebSocketMessage::Kind::binary, channel_message(first, "")));
  }

  io::Task<> demultiplex() {
    for (;;) {
      const auto message = co_await socket_->read();
      if (!message || !message->has_value()) break;
      const auto parsed = parse_channel_message((*message)->data, version_);
      if (!parsed || !take(*parsed)) {
        std::string why = "a terminal size was expected";
        if (!parsed) why = parsed.error().message();
        static_cast<void>(co_await socket_->close(1002, why));
        break;
      }
      while (stdin_.size() >= stdin_limit_bytes && !finishing_) co_await changed_.wait();
    }
    ended_.set();
    changed_.notify_all();
  }

  bool take(const std::optional<ChannelMessage>& message) {
    if (!message || finishing_) return true;
    if (message->channel == Channel::resize && options_.tty && !message->close) {
      sizes_.add(message->bytes);
      for (;;) {
        const auto size = sizes_.next();
        if (!size) return false;
        if (!size->has_value()) break;
        size_ = **size;
      }
    }
    if (message->channel == Channel::stdin_bytes && options_.with_stdin && !stdin_closed_) {
      stdin_ += message->bytes;
      stdin_closed_ = message->close;
    }
    changed_.notify_all();
    return true;
  }

  io::Loop& loop_;
  RemoteOptions options_;
  ChannelVersion version_;
  std::unique_ptr<WebSocket> socket_;
  std::string stdin_;
  bool stdin_closed_ = false;
  bool finishing_ = false;
  TerminalSizeParser sizes_;
  std::optional<TerminalSize> size_;
  io::WaitList changed_;
  io::Event ended_;
  io::Scope scope_;
};

}  // namespace

const std::vector<std::string>& channel_protocols() {
  static const std::vector<std::string> protocols{"v5.channel.k8s.io", "v4.channel.k8s.io"};
  return protocols;
}

std::optional<ChannelVersion> channel_version(std::string_view protocol) {
  if (protocol == channel_protocols()[0]) return ChannelVersion::v5;
  if (protocol == channel_protocols()[1]) return ChannelVersion::v4;
  return std::nullopt;
}

std::string channel_message(Channel channel, std::string_view bytes) {
  std::string message;
  message.reserve(bytes.size() + 1);
  message.push_back(static_cast<char>(channel));
  return message.append(bytes);
}

Result<std::optional<ChannelMessage>> parse_channel_message(std::string_view message,
                                                            ChannelVersion version) {
  if (message.empty()) return std::optional<ChannelMessage>();
  ChannelMessage parsed;
  auto channel = static_cast<std::uint8_t>(message.front());
  parsed.bytes = message.substr(1);
  if (channel == close_marker && version == ChannelVersion::v5) {
    if (parsed.bytes.size() != 1) return fail(Code::bad_request, "a close message names one channel");
    channel = static_cast<std::uint8_t>(parsed.bytes.front());
    parsed.bytes = {};
    parsed.close = true;
  }
  if (channel != static_cast<std::uint8_t>(Channel::stdin_bytes) &&
      channel != static_cast<std::uint8_t>(Channel::resize)) {
    return std::optional<ChannelMessage>();
  }
  parsed.channel = static_cast<Channel>(channel);
  return std::optional<ChannelMessage>(parsed);
}

Result<std::optional<TerminalSize>> TerminalSizeParser::next() {
  const std::size_t end = buffer_.find('}');
  if (end == std::string::npos) {
    if (buffer_.size() > size_limit_bytes)
      return fail(Code::bad_request, "a terminal size is an object of two numbers");
    return std::optional<TerminalSize>();
  }
  SizeReader reader(std::string_view(buffer_).substr(0, end + 1));
  const auto size = read_size(reader);
  if (!size || !reader.rest().empty())
    return fail(Code::bad_request, "a terminal size is an object of two numbers");
  buffer_.erase(0, end + 1);
  return size;
}

std::string terminal_size_json(const TerminalSize& size) {
  return fmt::format("{{\"Width\":{},\"Height\":{}}}\n", size.width, size.height);
}

std::unique_ptr<RemoteSession> make_channel_session(io::Loop& loop, std::unique_ptr<WebSocket> socket,
                                                    RemoteOptions options, ChannelVersion version) {
  return std::make_unique<ChannelSession>(loop, std::move(socket), options, version);
}

}  // namespace aloft::http
