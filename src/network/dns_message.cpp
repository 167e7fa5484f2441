// Reader and writer of DNS messages, with compressed names.
#include "network/dns_message.h"

#include <algorithm>
#include <array>
#include <map>

#include <arpa/inet.h>

#include "base/text.h"

namespace aloft::network {
namespace {

constexpr std::size_t name_limit = 253;  // as text; 255 bytes with the lengths
constexpr std::size_t label_limit = 63;
constexpr std::uint16_t edns_type = 41;
constexpr std::size_t edns_limit = 1232;  // what crosses the internet without fragments
constexpr std::uint32_t negative_ttl_seconds = 5;
constexpr std::uint16_t is_answer = 0x8000;
constexpr std::uint16_t is_authoritative = 0x0400;
constexpr std::uint16_t is_truncated = 0x0200;
constexpr std::uint16_t recursion_desired = 0x0100;
constexpr std::uint16_t recursion_available = 0x0080;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }
  std::size_t position() const { return at_; }
  void go_to(std::size_t position) { at_ = position; }

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
  std::string_view take(std::size_t count) {
    if (count > bytes_.size() - at_) return fail_with<std::string_view>();
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  // As it stands. Pointers only lead backwards, so this ends. A label with a dot or a zero in it has no text
  // that means the same, and no name of ours has one.
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
        if (c == '.' || c == '\0') return fail_with<std::string>();
        out += c;
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
  static constexpr std::size_t pointer_limit = 0x3fff;
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
  // With a pointer to where the same ending stands already, in whatever letters. A label that is empty ends
  // the name, one that is too long is cut, so that every text gives a message that can be read.
  void name(std::string_view text, bool may_point = true) {
    std::size_t room = name_limit;
    while (!text.empty() && text.front() != '.') {
      const std::string key = lower(text);
      const auto known = places_.find(key);
      if (known != places_.end() && may_point) {
        u16(0xc000 | known->second);
        return;
      }
      if (known == places_.end() && bytes.size() <= pointer_limit) places_.emplace(key, bytes.size());
      const std::size_t dot = std::min(text.find('.'), text.size());
      const std::string_view label = text.substr(0, std::min(dot, label_limit));
      if (label.size() > room) break;
      room -= std::min(room, label.size() + 1);
      bytes += static_cast<char>(label.size());
      bytes += label;
      text.remove_prefix(std::min(dot + 1, text.size()));
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
      // RFC 2782 has no pointers here.
      writer.name(record.data, false);
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
  writer.u16(dns_class_internet);
  writer.u32(record.ttl_seconds);
  const std::size_t length_at = writer.bytes.size();
  writer.u16(0);
  write_data(writer, record);
  writer.put_u16(length_at, writer.bytes.size() - length_at - 2);
}

void write_soa(Writer& writer, std::string_view zone) {
  writer.name(zone);
  writer.u16(static_cast<std::uint16_t>(DnsType::soa));
  writer.u16(dns_class_internet);
  writer.u32(negative_ttl_seconds);
  const std::size_t length_at = writer.bytes.size();
  writer.u16(0);
  writer.name(fmt::format("ns.dns.{}", zone));
  writer.name(fmt::format("hostmaster.{}", zone));
  for (const std::uint32_t number : {1U, 7200U, 1800U, 86400U, negative_ttl_seconds}) writer.u32(number);
  writer.put_u16(length_at, writer.bytes.size() - length_at - 2);
}

// The records behind a query's question, of which only the one of EDNS (RFC 6891) matters.
std::string_view read_additional(Reader& reader, DnsQuery& query, std::uint16_t count) {
  for (std::uint16_t i = 0; i < count && !reader.failed(); ++i) {
    const bool at_root = reader.name().empty();
    const std::uint16_t type = reader.u16();
    const std::uint16_t size = reader.u16();
    const std::uint32_t flags = reader.u32();
    reader.take(reader.u16());
    if (type != edns_type) continue;
    if (!at_root || query.has_edns) return "EDNS more than once or with a name";
    query.has_edns = true;
    query.edns_version = static_cast<std::uint8_t>((flags >> 16) & 0xff);
    query.answer_limit = std::clamp<std::size_t>(size, 512, edns_limit);
  }
  return {};
}

void write_edns(Writer& writer, DnsStatus status) {
  writer.bytes += '\0';
  writer.u16(edns_type);
  writer.u16(edns_limit);
  writer.u32((static_cast<std::uint32_t>(status) >> 4) << 24);
  writer.u16(0);
}

// As many of the records as fit into `room` bytes; `more` says whether some did not.
std::size_t write_records(Writer& writer, const std::vector<DnsRecord>& records, std::size_t room,
                          bool& more) {
  std::size_t written = 0;
  for (const DnsRecord& record : records) {
    const std::size_t before = writer.bytes.size();
    write_record(writer, record);
    if (writer.bytes.size() > room) {
      writer.cut(before);
      more = true;
      break;
    }
    ++written;
  }
  return written;
}

std::string address_text(int family, std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

Result<DnsQuery> read_dns_query(std::string_view message) {
  const auto malformed = [](std::string_view why) {
    return fail(Code::bad_request, fmt::format("dns query: {}", why));
  };
  if (message.size() < dns_header_bytes) return malformed("shorter than a header");
  Reader reader(message);
  DnsQuery query;
  query.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  if ((flags & is_answer) != 0) return malformed("it is an answer");
  if (((flags >> 11) & 15) != 0) return malformed("not a plain query");
  query.recursion_desired = (flags & recursion_desired) != 0;
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  const std::uint16_t authorities = reader.u16();
  const std::uint16_t additional = reader.u16();
  if (questions != 1 || answers != 0 || authorities != 0)
    return malformed("expected one question and nothing else");
  query.asked = reader.name();
  query.name = lower(query.asked);
  query.type = static_cast<DnsType>(reader.u16());
  query.class_ = reader.u16();
  if (const auto wrong = read_additional(reader, query, additional); !wrong.empty()) return malformed(wrong);
  if (reader.failed()) return malformed("cut short");
  return query;
}

std::string refuse_dns_message(std::string_view message) {
  if (message.size() < dns_header_bytes) return {};
  Reader reader(message);
  Writer writer;
  writer.u16(reader.u16());
  const std::uint16_t flags = reader.u16();
  if ((flags & is_answer) != 0) return {};
  constexpr std::uint16_t operation = 0x7800;
  const DnsStatus status = (flags & operation) != 0 ? DnsStatus::not_implemented : DnsStatus::malformed;
  writer.u16(is_answer | (flags & (operation | recursion_desired)) | static_cast<std::size_t>(status));
  writer.bytes.resize(dns_header_bytes, '\0');
  return std::move(writer.bytes);
}

std::string write_dns_question(std::uint16_t id, std::string_view name, DnsType type) {
  Writer writer;
  for (const std::uint16_t number :
       {id, recursion_desired, std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{1}}) {
    writer.u16(number);
  }
  writer.name(name);
  writer.u16(static_cast<std::uint16_t>(type));
  writer.u16(dns_class_internet);
  write_edns(writer, DnsStatus::ok);
  return std::move(writer.bytes);
}

std::string write_dns_answer(const DnsQuery& query, const DnsAnswer& answer, std::size_t limit_bytes) {
  Writer writer;
  writer.u16(query.id);
  const auto status = static_cast<std::uint16_t>(answer.status);
  std::size_t flags = is_answer | recursion_available | (status & 15U);
  if (answer.authoritative) flags |= is_authoritative;
  if (query.recursion_desired) flags |= recursion_desired;
  writer.u16(flags);
  writer.u16(1);
  writer.bytes.resize(dns_header_bytes, '\0');
  writer.name(query.asked.empty() ? query.name : query.asked);
  writer.u16(static_cast<std::uint16_t>(query.type));
  writer.u16(query.class_);
  constexpr std::size_t edns_bytes = 11;
  const std::size_t room = limit_bytes - std::min(limit_bytes, query.has_edns ? edns_bytes : 0);
  bool truncated = false;
  writer.put_u16(6, write_records(writer, answer.answers, room, truncated));
  if (answer.answers.empty() && !answer.zone.empty()) {
    write_soa(writer, answer.zone);
    writer.put_u16(8, 1);
  }
  std::size_t additional = 0;
  // What does not fit here the client can ask for; that makes no truncated answer.
  bool left_out = false;
  if (!truncated) additional = write_records(writer, answer.additional, room, left_out);
  if (query.has_edns) {
    write_edns(writer, answer.status);
    ++additional;
  }
  if (truncated) writer.put_u16(2, flags | is_truncated);
  writer.put_u16(10, additional);
  return std::move(writer.bytes);
}

Result<DnsReply> read_dns_reply(std::string_view message) {
  Reader reader(message);
  reader.u16();
  const std::uint16_t flags = reader.u16();
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  reader.u32();
  DnsReply reply;
  reply.status = static_cast<DnsStatus>(flags & 15);
  reply.truncated = (flags & is_truncated) != 0;
  for (std::uint16_t i = 0; i < questions && !reader.failed(); ++i) {
    reader.name();
    reader.u32();
  }
  for (std::uint16_t i = 0; i < answers && !reader.failed(); ++i) {
    DnsRecord record;
    record.name = lower(reader.name());
    record.type = static_cast<DnsType>(reader.u16());
    const std::uint16_t record_class = reader.u16();
    record.ttl_seconds = reader.u32();
    const std::uint16_t size = reader.u16();
    const std::size_t from = reader.position();
    const std::string_view data = reader.take(size);
    if (reader.failed() || record_class != dns_class_internet) continue;
    if (record.type == DnsType::a && size == 4) {
      record.data = address_text(AF_INET, data);
    } else if (record.type == DnsType::aaaa && size == 16) {
      record.data = address_text(AF_INET6, data);
    } else if (record.type == DnsType::cname) {
      reader.go_to(from);
      record.data = lower(reader.name());
      if (reader.position() != from + size)
        return fail(Code::bad_request, "dns answer: a name is longer than its record");
    } else {
      continue;
    }
    reply.answers.push_back(std::move(record));
  }
  if (reader.failed() || (flags & is_answer) == 0) return fail(Code::bad_request, "dns answer: cut short");
  return reply;
}

}  // namespace aloft::network
