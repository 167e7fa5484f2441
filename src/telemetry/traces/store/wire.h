// Bytes of blocks and records: varints, fixed integers, runs with a length. The reader never reads past its
// end: after the first mistake everything it gives is zero and ok() is false.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aloft::telemetry::traces {

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}
inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
inline void put_signed(std::string& out, std::int64_t value) { put_varint(out, zigzag(value)); }
// Little endian.
template <class T>
void put_fixed(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i));
}
inline void put_run(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out += bytes;
}
inline std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  // For mistakes that the caller finds.
  void spoil() {
    ok_ = false;
    at_ = end_;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const auto byte = static_cast<std::uint8_t>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    spoil();
    return 0;
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  // A varint that must not be above `limit`.
  std::uint64_t bounded(std::uint64_t limit) {
    const std::uint64_t value = varint();
    if (value <= limit) return value;
    spoil();
    return 0;
  }
  template <class T>
  T fixed() {
    if (left() < sizeof(T)) {
      spoil();
      return T{};
    }
    T value{};
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value = static_cast<T>(value |
                             static_cast<T>(static_cast<T>(static_cast<std::uint8_t>(at_[i])) << (8 * i)));
    }
    at_ += sizeof(T);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (left() < size) {
      spoil();
      return {};
    }
    const std::string_view taken(at_, size);
    at_ += size;
    return taken;
  }
  std::string_view run() { return take(bounded(left())); }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace aloft::telemetry::traces
