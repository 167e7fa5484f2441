// The wire format of protocol buffers: tags, varints and length-delimited runs. For this module's sources
// only.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aloft::model {

enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  bytes = 2,
  group_start = 3,
  group_end = 4,
  fixed32 = 5
};

inline void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}
inline void append_tag(std::string& out, std::uint32_t number, WireType type) {
  append_varint(out, std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
}
// Little endian.
template <class T>
void append_fixed(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i));
}
inline void append_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_tag(out, number, WireType::bytes);
  append_varint(out, bytes.size());
  out += bytes;
}

// A length-delimited field whose length shows when its content has been written: one byte is kept for the
// length, and the rest moves up in the rarer case that it needs more.
class LengthPrefix {
 public:
  LengthPrefix(std::string& out, std::uint32_t number) : out_(out) {
    append_tag(out, number, WireType::bytes);
    at_ = out.size();
    out += '\0';
  }
  LengthPrefix(const LengthPrefix&) = delete;
  LengthPrefix& operator=(const LengthPrefix&) = delete;
  ~LengthPrefix() {
    const std::size_t length = out_.size() - at_ - 1;
    if (length < 0x80) {
      out_[at_] = static_cast<char>(length);
      return;
    }
    std::string prefix;
    append_varint(prefix, length);
    out_.replace(at_, 1, prefix);
  }

 private:
  std::string& out_;
  std::size_t at_ = 0;
};

// Reads fields one after another from a message. After the first mistake everything gives false, and `what()`
// says why.
class WireReader {
 public:
  struct Field {
    std::uint32_t number = 0;
    WireType type = WireType::varint;
    std::uint64_t value = 0;  // varint, fixed32, fixed64
    std::string_view bytes;   // bytes
  };

  // `whole` is the input that the message stands in, so that errors tell the offset in it.
  WireReader(std::string_view message, std::string_view whole)
      : at_(message.data()), end_(message.data() + message.size()), whole_(whole) {}

  bool at_end() const { return at_ == end_; }
  // The next field, with its value; groups are passed over.
  bool next(Field& field);
  bool varint(std::uint64_t& value);
  bool fixed(std::size_t size, std::uint64_t& value);
  bool fail(const char* what) {
    what_ = what;
    return false;
  }
  const char* what() const { return what_; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - whole_.data()); }

 private:
  bool value_of(Field& field);
  bool skip_group(std::uint32_t number);

  const char* at_;
  const char* end_;
  std::string_view whole_;
  const char* what_ = nullptr;
};

}  // namespace aloft::model
