// Reading and writing WebSocket frames.
#include "http/websocket_codec.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/ensure.h"

namespace aloft::http {

namespace {

constexpr int protocol_error = 1002;
constexpr int not_utf8 = 1007;
constexpr int too_big = 1009;
constexpr int no_code = 1005;
constexpr std::size_t control_limit = 125;

std::unexpected<WebSocketViolation> violation(int code, std::string why) {
  return std::unexpected(WebSocketViolation{code, std::move(why)});
}

bool is_control(WebSocketOpcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

}  // namespace

void apply_websocket_mask(std::span<char> data, const WebSocketMask& mask, std::size_t offset) {
  std::array<char, 8> rotated;
  for (std::size_t i = 0; i < rotated.size(); ++i) rotated[i] = mask[(offset + i) % mask.size()];
  std::uint64_t key = 0;
  std::memcpy(&key, rotated.data(), sizeof key);
  std::size_t i = 0;
  for (; i + sizeof key <= data.size(); i += sizeof key) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data() + i, sizeof word);
    word ^= key;
    std::memcpy(data.data() + i, &word, sizeof word);
  }
  for (; i < data.size(); ++i) data[i] = static_cast<char>(data[i] ^ rotated[i % rotated.size()]);
}

std::string websocket_frame(WebSocketOpcode opcode, std::string_view data, bool final,
                            const std::optional<WebSocketMask>& mask) {
  ensure(!is_control(opcode) || (final && data.size() <= control_limit),
         "a control frame is short and whole");
  std::string frame;
  frame.reserve(data.size() + 14);
  frame.push_back(static_cast<char>((final ? 0x80 : 0) | static_cast<int>(opcode)));
  const int mask_bit = mask ? 0x80 : 0;
  if (data.size() <= control_limit) {
    frame.push_back(static_cast<char>(mask_bit | static_cast<int>(data.size())));
  } else if (data.size() <= 0xffff) {
    frame.push_back(static_cast<char>(mask_bit | 126));
    append_big_endian(frame, data.size(), 2);
  } else {
    frame.push_back(static_cast<char>(mask_bit | 127));
    append_big_endian(frame, data.size(), 8);
  }
  if (mask) frame.append(mask->data(), mask->size());
  const std::size_t payload = frame.size();
  frame.append(data);
  if (mask) apply_websocket_mask(std::span(frame).subspan(payload), *mask, 0);
  return frame;
}

std::string websocket_close_payload(int code, std::string_view reason) {
  std::string payload;
  append_big_endian(payload, static_cast<std::uint64_t>(code), 2);
  std::size_t size = std::min(reason.size(), control_limit - 2);
  // Bytes 10xxxxxx continue a character; a cut goes in front of one that does not fit whole.
  while (size > 0 && size < reason.size() && (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80)
    --size;
  return payload.append(reason.substr(0, size));
}

bool is_websocket_close_code(int code) {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

void WebSocketParser::add(std::string_view bytes) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

WebSocketParser::Outcome WebSocketParser::next() {
  for (;;) {
    if (!in_frame_) {
      const auto complete = read_head();
      if (!complete) return std::unexpected(complete.error());
      if (!*complete) return std::nullopt;
    }
    take_payload();
    if (left_ > 0) return std::nullopt;
    in_frame_ = false;
    auto event = finish_frame();
    if (!event || event->has_value()) return event;
  }
}

// False while the head is incomplete; nothing is consumed then.
std::expected<bool, WebSocketViolation> WebSocketParser::read_head() {
  const std::string_view bytes = std::string_view(buffer_).substr(start_);
  if (bytes.size() < 2) return false;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & 0x70) != 0) return violation(protocol_error, "reserved bits are set without an extension");
  const int code = first & 0x0f;
  if (code > 10 || (code > 2 && code < 8)) return violation(protocol_error, "unknown opcode");
  const bool masked = (second & 0x80) != 0;
  if (masked != (frames_ == Frames::masked)) {
    return violation(protocol_error,
                     masked ? "a server's frame is masked" : "a client's frame is not masked");
  }
  std::size_t at = 2;
  std::uint64_t length = second & 0x7f;
  if (length >= 126) {
    const std::size_t size = length == 126 ? 2 : 8;
    if (bytes.size() < at + size) return false;
    const std::uint64_t least = length == 126 ? 126 : 0x1'0000;
    length = big_endian(bytes.substr(at, size));
    at += size;
    if (length < least) return violation(protocol_error, "a length is not in its shortest form");
    if (length >> 63 != 0) return violation(protocol_error, "a length has its highest bit set");
  }
  if (masked) {
    if (bytes.size() < at + mask_.size()) return false;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), mask_.size(), mask_.begin());
    at += mask_.size();
  }
  final_ = (first & 0x80) != 0;
  opcode_ = static_cast<WebSocketOpcode>(code);
  left_ = length;
  if (const auto checked = check_head(); !checked) return std::unexpected(checked.error());
  if (opcode_ == WebSocketOpcode::text || opcode_ == WebSocketOpcode::binary) message_kind_ = opcode_;
  mask_offset_ = 0;
  start_ += at;
  in_frame_ = true;
  return true;
}

std::expected<void, WebSocketViolation> WebSocketParser::check_head() const {
  if (is_control(opcode_)) {
    if (!final_) return violation(protocol_error, "a control frame is fragmented");
    if (left_ > control_limit) return violation(protocol_error, "a control frame is longer than 125 bytes");
    return {};
  }
  if (opcode_ == WebSocketOpcode::continuation && !message_kind_) {
    return violation(protocol_error, "a continuation without a message");
  }
  if (opcode_ != WebSocketOpcode::continuation && message_kind_) {
    return violation(protocol_error, "a message begins inside another one");
  }
  if (left_ > limit_ - message_.size()) return violation(too_big, "a message is longer than the limit");
  return {};
}

void WebSocketParser::take_payload() {
  const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size() - start_));
  if (size == 0) return;
  std::span<char> piece(buffer_.data() + start_, size);
  if (frames_ == Frames::masked) apply_websocket_mask(piece, mask_, mask_offset_);
  (is_control(opcode_) ? control_ : message_).append(piece.data(), piece.size());
  mask_offset_ = (mask_offset_ + size) % mask_.size();
  start_ += size;
  left_ -= size;
}

WebSocketParser::Outcome WebSocketParser::finish_frame() {
  if (is_control(opcode_)) return finish_control();
  if (!final_) return std::nullopt;
  WebSocketEvent event;
  event.opcode = *std::exchange(message_kind_, std::nullopt);
  event.data = std::exchange(message_, {});
  if (event.opcode == WebSocketOpcode::text && !is_utf8(event.data)) {
    return violation(not_utf8, "a text message is not UTF-8");
  }
  return event;
}

WebSocketParser::Outcome WebSocketParser::finish_control() {
  WebSocketEvent event;
  event.opcode = opcode_;
  event.data = std::exchange(control_, {});
  if (opcode_ != WebSocketOpcode::close) return event;
  event.close_code = no_code;
  if (event.data.empty()) return event;
  if (event.data.size() == 1) return violation(protocol_error, "a close frame with half a code");
  event.close_code = static_cast<int>(big_endian(std::string_view(event.data).substr(0, 2)));
  event.data.erase(0, 2);
  if (!is_websocket_close_code(event.close_code))
    return violation(protocol_error, "a close code that nobody may send");
  if (!is_utf8(event.data)) return violation(not_utf8, "a close reason is not UTF-8");
  return event;
}

}  // namespace aloft::http
