// Bytes that many readers share and nobody changes: an encoded object, a watch event, a log chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aloft {

// An immutable, reference-counted run of bytes; copying shares it, from any thread. Empty by default.
class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(std::string text) : owner_(std::make_shared<const std::string>(std::move(text))) {}
  std::string_view view() const { return owner_ ? std::string_view(*owner_) : std::string_view(); }
  std::size_t size() const { return owner_ ? owner_->size() : 0; }
  bool empty() const { return size() == 0; }
  bool operator==(const SharedBytes& other) const { return view() == other.view(); }

 private:
  std::shared_ptr<const std::string> owner_;
};

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Standard base64 with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);
// Strict: padding required, line breaks allowed as Go allows them. False when the text is not base64; `out`
// is then as it was.
bool base64_decode(std::string_view text, std::string& out);
// URL-safe base64 without padding (RFC 4648 section 5), as JWT uses. Decoding accepts only what encoding
// makes: no line breaks and no stray bits at the end, so a token has one spelling.
std::string base64url_encode(std::string_view bytes);
bool base64url_decode(std::string_view text, std::string& out);

// Lower-case hexadecimal.
std::string hex_encode(std::string_view bytes);

// A stable 64-bit hash (FNV-1a): the same on every machine and in every version.
std::uint64_t stable_hash(std::string_view bytes);

// True when the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

}  // namespace aloft
