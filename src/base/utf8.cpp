// Reading and writing of single UTF-8 sequences.
#include "base/utf8.h"

#include "base/bytes.h"

namespace aloft {
namespace {

// By the first byte alone; 0 where it begins no sequence.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = sequence_length(lead);
  if (length == 1) {
    ++at;
    return lead;
  }
  const std::string_view sequence = text.substr(at, length);
  if (length == 0 || sequence.size() < length || !is_utf8(sequence)) {
    ++at;
    return replacement_character;
  }
  char32_t point = lead & (0x7fU >> length);
  for (const char c : sequence.substr(1)) point = (point << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  at += length;
  return point;
}

void append_utf8(std::string& out, char32_t code_point) {
  const char32_t point = is_code_point(code_point) ? code_point : replacement_character;
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
    return;
  }
  if (point < 0x800) {
    put(0xc0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      put(0xe0 | (point >> 12));
    } else {
      put(0xf0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3f));
    }
    put(0x80 | ((point >> 6) & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

}  // namespace aloft
