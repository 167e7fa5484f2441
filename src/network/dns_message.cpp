#include "network/dns_message.h"

#include <arpa/inet.h>

#include <map>

namespace aloft::network {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::size_t name_limit = 255;
constexpr std::size_t label_limit = 63;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t edns_type = 41;
constexpr std::size_t edns_limit = 1232;  // what crosses the internet without fragments
constexpr std::uint32_t negative_ttl_seconds = 5;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }
  std::size_t position() const { return at_; }

  std::uint16_t u16() {
    if (at_ + 2 > bytes_.size()) return fail_with<std::uint16_t>();
    const auto value = static_cast<std::uint16_t>((byte(at_) << 8) | byte(at_ + 1));
    at_ += 2;
    return value;
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return (high << 16) | u16();
  }
  void skip(std::size_t count) {
    if (count > bytes_.size() - at_) {
      failed_ = true;
    } else {
      at_ += count;
    }
  }
  // Names in queries are not compressed by any client, but they may be; pointers only lead backwards, so this ends.
  std::string name() {
    std::string out;
    std::size_t at = at_;
    bool jumped = false;
    std::size_t floor = at_;
    for (;;) {
      if (at >= bytes_.size()) return fail_with<std::string>();
      const std::uint8_t length = byte(at);
      if ((length & 0xc0) == 0xc0) {
        if (at + 2 > bytes_.size()) return fail_with<std::string>();
        const std::size_t target = (static_cast<std::size_t>(length & 0x3f) << 8) | byte(at + 1);
        if (!jumped) at_ = at + 2;
        jumped = true;
        if (target >= floor) return fail_with<std::string>();
        floor = at = target;
        continue;
      }
      if (length > label_limit || at + 1 + length > bytes_.size()) return fail_with<std::string>();
      if (length == 0) break;
      if (!out.empty()) out += '.';
      for (std::size_t i = 0; i < length; ++i) {
        const char c = bytes_[at + 1 + i];
        out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      }
      if (out.size() > name_limit) return fail_with<std::string>();
      at += 1 + length;
    }
    if (!jumped) at_ = at + 1;
    return out;
  }

 private:
  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(bytes_[at]); }
  template <class T>
  T fail_with() {
    failed_ = true;
    return T();
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

class Writer {
 public:
  std::string bytes;
  void u16(std::size_t value) {
    bytes += static_cast<char>((value >> 8) & 0xff);
    bytes += static_cast<char>(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }
  void put_u16(std::size_t at, std::size_t value) {
    bytes[at] = static_cast<char>((value >> 8) & 0xff);
    bytes[at + 1] = static_cast<char>(value & 0xff);
  }
  // With a pointer to where the same ending stands already.
  void name(std::string_view text) {
    while (!text.empty()) {
      const auto known = places_.find(std::string(text));
      if (known != places_.end()) {
        u16(0xc000 | known->second);
        return;
      }
      if (bytes.size() < 0x3fff) places_.emplace(text, bytes.size());
      const std::size_t dot = text.find('.');
      const std::string_view label = text.substr(0, std::min(dot, text.size())).substr(0, label_limit);
      bytes += static_cast<char>(label.size());
      bytes += label;
      text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    }
    bytes += '\0';
  }
  // Forgets everything behind `size`.
  void cut(std::size_t size) {
    bytes.resize(size);
    std::erase_if(places_, [size](const auto& place) { return place.second >= size; });
  }

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
};

void write_data(Writer& writer, const DnsRecord& record) {
  switch (record.type) {
    case DnsType::a: {
      in_addr address{};
      inet_pton(AF_INET, record.data.c_str(), &address);
      writer.bytes.append(reinterpret_cast<const char*>(&address), sizeof address);
      return;
    }
    case DnsType::aaaa: {
      in6_addr address{};
      inet_pton(AF_INET6, record.data.c_str(), &address);
      writer.bytes.append(reinterpret_cast<const char*>(&address), sizeof address);
      return;
    }
    case DnsType::srv:
      writer.u16(record.priority);
      writer.u16(record.weight);
      writer.u16(record.port);
      writer.name(record.data);
      return;
    case DnsType::txt:
      writer.bytes += static_cast<char>(std::min<std::size_t>(record.data.size(), 255));
      writer.bytes += record.data.substr(0, 255);
      return;
    default:
      writer.name(record.data);
  }
}

void write_record(Writer& writer, const DnsRecord& record) {
  writer.name(record.name);
  writer.u16(static_cast<std::uint16_t>(record.type));
  writer.u16(class_in);
  writer.u32(record.ttl_seconds);
  const std::size_t length_at = writer.bytes.size();
  writer.u16(0);
  write_data(writer, record);
  writer.put_u16(length_at, writer.bytes.size() - length_at - 2);
}

void write_soa(Writer& writer, std::string_view zone) {
  writer.name(zone);
  writer.u16(static_cast<std::uint16_t>(DnsType::soa));
  writer.u16(class_in);
  writer.u32(negative_ttl_seconds);
  const std::size_t length_at = writer.bytes.size();
  writer.u16(0);
  writer.name(fmt::format("ns.dns.{}", zone));
  writer.name(fmt::format("hostmaster.{}", zone));
  for (const std::uint32_t number : {1U, 7200U, 1800U, 86400U, negative_ttl_seconds}) writer.u32(number);
  writer.put_u16(length_at, writer.bytes.size() - length_at - 2);
}

}  // namespace

Result<DnsQuery> read_dns_query(std::string_view message) {
  const auto malformed = [](std::string_view why) { return fail(Code::bad_request, fmt::format("dns query: {}", why)); };
  if (message.size() < header_bytes) return malformed("shorter than a header");
  Reader reader(message);
  DnsQuery query;
  query.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  if ((flags & 0x8000) != 0) return malformed("it is an answer");
  if (((flags >> 11) & 15) != 0) return malformed("not a plain query");
  query.recursion_desired = (flags & 0x0100) != 0;
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  const std::uint16_t authorities = reader.u16();
  const std::uint16_t additional = reader.u16();
  if (questions != 1 || answers != 0 || authorities != 0) return malformed("expected one question and nothing else");
  query.name = reader.name();
  query.type = static_cast<DnsType>(reader.u16());
  query.class_ = reader.u16();
  for (std::uint16_t i = 0; i < additional && !reader.failed(); ++i) {
    reader.name();
    const std::uint16_t type = reader.u16();
    const std::uint16_t size = reader.u16();
    reader.u32();
    reader.skip(reader.u16());
    if (type == edns_type) {
      query.has_edns = true;
      query.answer_limit = std::clamp<std::size_t>(size, 512, edns_limit);
    }
  }
  if (reader.failed()) return malformed("cut short");
  return query;
}

std::string write_dns_answer(const DnsQuery& query, const DnsAnswer& answer, std::size_t limit_bytes) {
  Writer writer;
  writer.u16(query.id);
  std::uint16_t flags = 0x8080;  // an answer, recursion available
  if (answer.authoritative) flags |= 0x0400;
  if (query.recursion_desired) flags |= 0x0100;
  flags = static_cast<std::uint16_t>(flags | static_cast<std::uint16_t>(answer.status));
  writer.u16(flags);
  writer.u16(1);
  writer.u16(0);
  writer.u16(0);
  writer.u16(0);
  writer.name(query.name);
  writer.u16(static_cast<std::uint16_t>(query.type));
  writer.u16(query.class_);
  constexpr std::size_t edns_bytes = 11;
  const std::size_t room = limit_bytes - (query.has_edns ? edns_bytes : 0);
  std::size_t answers = 0;
  bool truncated = false;
  for (const DnsRecord& record : answer.answers) {
    const std::size_t before = writer.bytes.size();
    write_record(writer, record);
    if (writer.bytes.size() > room) {
      writer.cut(before);
      truncated = true;
      break;
    }
    ++answers;
  }
  std::size_t authorities = 0;
  if (answer.answers.empty() && !answer.zone.empty()) {
    write_soa(writer, answer.zone);
    authorities = 1;
  }
  std::size_t additional = 0;
  for (const DnsRecord& record : answer.additional) {
    const std::size_t before = writer.bytes.size();
    write_record(writer, record);
    if (truncated || writer.bytes.size() > room) {
      writer.cut(before);
      break;
    }
    ++additional;
  }
  if (query.has_edns) {
    writer.bytes += '\0';
    writer.u16(edns_type);
    writer.u16(edns_limit);
    writer.u32(0);
    writer.u16(0);
    ++additional;
  }
  if (truncated) writer.put_u16(2, flags | 0x0200U);
  writer.put_u16(6, answers);
  writer.put_u16(8, authorities);
  writer.put_u16(10, additional);
  return std::move(writer.bytes);
}

std::string write_dns_failure(std::string_view message, DnsStatus status) {
  std::string out(header_bytes, '\0');
  if (message.size() >= 2) out.replace(0, 2, message.substr(0, 2));
  out[2] = static_cast<char>(0x80);
  out[3] = static_cast<char>(static_cast<std::uint8_t>(status));
  return out;
}

}  // namespace aloft::network
