// Reads DNS messages byte by byte, for tests.
#include "network/testing/dns_reader.h"

#include <fmt/format.h>

namespace aloft::network {
namespace {

struct Position {
  std::string_view bytes;
  std::size_t at = 0;
  bool good = true;

  unsigned byte() {
    if (at >= bytes.size()) {
      good = false;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes[at++]);
  }
  std::uint16_t two() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high * 256 + byte());
  }
  std::uint32_t four() {
    const std::uint32_t high = two();
    return high * 65536 + two();
  }
  std::string name(int jumps = 0) {
    std::string out;
    while (good) {
      const unsigned length = byte();
      if (length == 0) return out;
      if (!out.empty()) out += '.';
      if (length >= 192) {
        Position there{bytes, (length - 192) * 256 + byte()};
        out += jumps < 100 ? there.name(jumps + 1) : "";
        good = good && there.good && jumps < 100;
        return out;
      }
      good = good && length < 64;
      for (unsigned i = 0; i < length && good; ++i) out += static_cast<char>(byte());
    }
    return out;
  }
};

ReadRecord read_record(Position& in, ReadMessage& message) {
  ReadRecord record;
  record.name = in.name();
  record.type = in.two();
  const unsigned class_ = in.two();
  record.ttl = in.four();
  const std::size_t size = in.two();
  const std::size_t end = in.at + size;
  if (record.type == 41) {
    message.edns = true;
    message.status |= static_cast<int>(record.ttl >> 24) << 4;
  } else {
    in.good = in.good && class_ == 1;
  }
  if (record.type == 1) {
    for (int i = 0; i < 4; ++i) record.data += fmt::format("{}{}", i == 0 ? "" : ".", in.byte());
  } else if (record.type == 28) {
    for (int i = 0; i < 8; ++i) record.data += fmt::format("{}{:x}", i == 0 ? "" : ":", in.two());
  } else if (record.type == 33) {
    const unsigned priority = in.two();
    const unsigned weight = in.two();
    const unsigned port = in.two();
    record.data = fmt::format("{} {} {} {}", priority, weight, port, in.name());
  } else if (record.type == 2 || record.type == 5 || record.type == 12) {
    record.data = in.name();
  } else if (record.type == 16) {
    for (unsigned left = in.byte(); left > 0 && in.good; --left) record.data += static_cast<char>(in.byte());
  } else if (record.type == 6) {
    record.data = in.name();
    record.data += " " + in.name();
    for (int i = 0; i < 5; ++i) record.data += fmt::format(" {}", in.four());
  } else {
    while (in.at < end && in.good) record.data += static_cast<char>(in.byte());
  }
  in.good = in.good && in.at == end;
  return record;
}

void put_two(std::string& out, unsigned number) {
  out += static_cast<char>(number / 256 % 256);
  out += static_cast<char>(number % 256);
}

}  // namespace

ReadMessage read_message(std::string_view bytes) {
  ReadMessage message;
  Position in{bytes};
  message.id = in.two();
  const unsigned flags = in.two();
  message.answer = (flags & 0x8000) != 0;
  message.authoritative = (flags & 0x0400) != 0;
  message.truncated = (flags & 0x0200) != 0;
  message.recursion_desired = (flags & 0x0100) != 0;
  message.status = static_cast<int>(flags & 15);
  const unsigned questions = in.two();
  const unsigned answers = in.two();
  const unsigned authorities = in.two();
  const unsigned additional = in.two();
  for (unsigned i = 0; i < questions && in.good; ++i) {
    message.question = in.name();
    message.question_type = in.two();
    in.two();
  }
  for (unsigned i = 0; i < answers && in.good; ++i) message.answers.push_back(read_record(in, message));
  for (unsigned i = 0; i < authorities && in.good; ++i)
    message.authorities.push_back(read_record(in, message));
  for (unsigned i = 0; i < additional && in.good; ++i) {
    ReadRecord record = read_record(in, message);
    if (record.type != 41) message.additional.push_back(std::move(record));
  }
  message.good = in.good && in.at == bytes.size();
  return message;
}

std::string make_query(std::uint16_t id, std::string_view name, std::uint16_t type, std::uint16_t edns_size) {
  std::string out;
  for (const unsigned number : {unsigned{id}, 0x0100U, 1U, 0U, 0U, edns_size != 0 ? 1U : 0U})
    put_two(out, number);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  out += '\0';
  put_two(out, type);
  put_two(out, 1);
  if (edns_size == 0) return out;
  out += '\0';
  for (const unsigned number : {41U, unsigned{edns_size}, 0U, 0U, 0U}) put_two(out, number);
  return out;
}

}  // namespace aloft::network
