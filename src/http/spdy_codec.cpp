// Reading and writing SPDY frames, and the header blocks inside them (zlib).
#include "http/spdy_codec.h"

#include <algorithm>
#include <array>

#include <zlib.h>

#include "base/ensure.h"

namespace aloft::http {

namespace {

constexpr std::uint32_t control_bit = 0x8000'0000;
constexpr std::uint32_t id_mask = 0x7fff'ffff;
constexpr std::uint16_t version = 3;
constexpr std::uint8_t flag_fin = 1;
constexpr std::uint8_t flag_unidirectional = 2;
constexpr std::size_t head_bytes = 8;
constexpr std::size_t length_limit = 0xff'ffff;

enum Type : std::uint16_t {
  syn_stream = 1,
  syn_reply = 2,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  headers_frame = 8,
  window_update = 9,
};

std::uint32_t word_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(at, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void append_word(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::bad_request, fmt::format("SPDY: {}", what));
}

std::string control_frame(Type type, std::uint8_t flags, std::string_view payload) {
  ensure(payload.size() <= length_limit, "a control frame fits its length field");
  std::string frame;
  frame.reserve(head_bytes + payload.size());
  append_word(frame, control_bit | std::uint32_t{version} << 16 | type);
  append_word(frame, std::uint32_t{flags} << 24 | static_cast<std::uint32_t>(payload.size()));
  return frame.append(payload);
}

Bytef* zlib_bytes(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));  // zlib only reads its input
}

// Cuts a length and that many bytes off the front of `block`.
Result<std::string_view> take_string(std::string_view& block) {
  if (block.size() < 4) return malformed("a header block ends inside a length");
  const std::size_t size = word_at(block, 0);
  block.remove_prefix(4);
  if (block.size() < size) return malformed("a header block ends inside a string");
  const std::string_view text = block.substr(0, size);
  block.remove_prefix(size);
  return text;
}

// Values of one name are joined by NUL; empty values between others are not allowed (section 2.6.10).
void add_values(Headers& headers, std::string_view name, std::string_view joined) {
  for (;;) {
    const std::size_t end = std::min(joined.find('\0'), joined.size());
    headers.add(std::string(name), std::string(joined.substr(0, end)));
    if (end == joined.size()) return;
    joined.remove_prefix(end + 1);
  }
}

Result<Headers> parse_block(std::string_view block) {
  if (block.size() < 4) return malformed("a header block without a count");
  const std::uint32_t count = word_at(block, 0);
  block.remove_prefix(4);
  if (count > SpdyParser::header_count_limit) {
    return fail(Code::too_large, fmt::format("SPDY: a header block of {} fields", count));
  }
  Headers headers;
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(name, take_string(block));
    TRY(value, take_string(block));
    if (name.empty()) return malformed("a header without a name");
    if (std::any_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '\0'; })) {
      return malformed("a header name that is not in lower case");
    }
    if (headers.has(name)) return malformed("a header name occurs twice in a block");
    if (headers.size() + static_cast<std::size_t>(std::count(value.begin(), value.end(), '\0')) >=
        SpdyParser::header_count_limit) {
      return fail(Code::too_large, "SPDY: a header block of too many values");
    }
    add_values(headers, name, value);
  }
  if (!block.empty()) return malformed("bytes behind the last field of a header block");
  return headers;
}

}  // namespace

struct SpdyParser::Inflater {
  Inflater() { ensure(inflateInit(&stream) == Z_OK, "zlib has memory for a context"); }
  ~Inflater() { inflateEnd(&stream); }

  Result<std::string> inflate_block(std::string_view compressed) {
    std::string block;
    std::array<char, 4096> piece;
    stream.next_in = zlib_bytes(compressed);
    stream.avail_in = static_cast<uInt>(compressed.size());
    for (;;) {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = static_cast<uInt>(piece.size());
      int code = inflate(&stream, Z_SYNC_FLUSH);
      if (code == Z_NEED_DICT) {
        const std::string& dictionary = spdy_dictionary();
        code = inflateSetDictionary(&stream, zlib_bytes(dictionary), static_cast<uInt>(dictionary.size()));
        if (code != Z_OK) return malformed("a header block is compressed with another dictionary");
        continue;
      }
      // No progress is possible: all input was used and all output taken.
      if (code == Z_BUF_ERROR) return block;
      if (code == Z_STREAM_END) return malformed("the compressed headers end before the session");
      if (code != Z_OK) return malformed("a header block does not decompress");
      block.append(piece.data(), piece.size() - stream.avail_out);
      if (block.size() > header_block_limit_bytes) {
        return fail(Code::too_large,
                    fmt::format("SPDY: a header block of more than {} bytes", header_block_limit_bytes));
      }
      if (stream.avail_in == 0 && stream.avail_out > 0) return block;
    }
  }

  z_stream stream{};
};

SpdyParser::SpdyParser() : inflater_(std::make_unique<Inflater>()) {}
SpdyParser::~SpdyParser() = default;

void SpdyParser::add(std::string_view bytes) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

Result<std::optional<SpdyFrame>> SpdyParser::next() {
  for (;;) {
    if (in_data_) return take_data();
    if (waiting().size() < head_bytes) return std::optional<SpdyFrame>();
    const std::uint32_t first = word_at(waiting(), 0);
    const std::uint32_t second = word_at(waiting(), 4);
    if ((first & control_bit) == 0) {
      if (first == 0) return malformed("data for stream 0");
      start_ += head_bytes;
      in_data_ = true;
      data_fin_ = (second >> 24 & flag_fin) != 0;
      data_stream_ = first;
      data_left_ = second & length_limit;
      continue;
    }
    const std::size_t length = second & length_limit;
    if (length > control_limit_bytes) {
      return fail(Code::too_large, fmt::format("SPDY: a control frame of {} bytes", length));
    }
    if (waiting().size() < head_bytes + length) return std::optional<SpdyFrame>();
    auto frame = next_control(first, second);
    start_ += head_bytes + length;
    if (!frame || frame->has_value()) return frame;
  }
}

Result<std::optional<SpdyFrame>> SpdyParser::take_data() {
  const std::size_t size = std::min(data_left_, waiting().size());
  if (size == 0 && data_left_ > 0) return std::optional<SpdyFrame>();
  SpdyData data;
  data.stream = data_stream_;
  data.bytes = waiting().substr(0, size);
  start_ += size;
  data_left_ -= size;
  in_data_ = data_left_ > 0;
  data.fin = data_fin_ && !in_data_;
  return std::optional<SpdyFrame>(std::move(data));
}

Result<std::optional<SpdyFrame>> SpdyParser::next_control(std::uint32_t first_word,
                                                          std::uint32_t second_word) {
  if ((first_word >> 16 & 0x7fff) != version) return malformed("a frame of another version than 3");
  const std::string_view payload = waiting().substr(head_bytes, second_word & length_limit);
  return parse_control(static_cast<std::uint16_t>(first_word), static_cast<std::uint8_t>(second_word >> 24),
                       payload);
}

Result<Headers> SpdyParser::read_headers(std::string_view block) {
  TRY(inflated, inflater_->inflate_block(block));
  return parse_block(inflated);
}

Result<SpdyFrame> SpdyParser::read_syn_stream(std::uint8_t flags, std::string_view payload) {
  if (payload.size() < 10) return malformed("a short SYN_STREAM");
  SpdySynStream frame;
  frame.stream = word_at(payload, 0) & id_mask;
  frame.associated = word_at(payload, 4) & id_mask;
  frame.priority = static_cast<std::uint8_t>(static_cast<unsigned char>(payload[8]) >> 5);
  frame.fin = (flags & flag_fin) != 0;
  frame.unidirectional = (flags & flag_unidirectional) != 0;
  if (frame.stream == 0) return malformed("a SYN_STREAM for stream 0");
  TRY(headers, read_headers(payload.substr(10)));
  frame.headers = std::move(headers);
  return frame;
}

namespace {

Result<SpdyFrame> read_settings(std::string_view payload) {
  if (payload.size() < 4) return malformed("a short SETTINGS");
  const std::size_t count = word_at(payload, 0);
  payload.remove_prefix(4);
  if (payload.size() % 8 != 0 || payload.size() / 8 != count)
    return malformed("SETTINGS of another length than it says");
  SpdySettings frame;
  for (; !payload.empty(); payload.remove_prefix(8)) {
    SpdySettings::Entry entry;
    entry.id = word_at(payload, 0) & length_limit;
    entry.value = word_at(payload, 4);
    frame.entries.push_back(entry);
  }
  return frame;
}

Result<SpdyFrame> read_window_update(std::string_view payload) {
  SpdyWindowUpdate frame;
  frame.stream = word_at(payload, 0) & id_mask;
  frame.delta = word_at(payload, 4) & id_mask;
  if (frame.delta == 0) return malformed("a WINDOW_UPDATE by nothing");
  return frame;
}

// Frames of two words or one; their lengths are fixed.
Result<std::optional<SpdyFrame>> read_small(std::uint16_t type, std::string_view payload) {
  const std::size_t size = type == Type::ping ? 4 : 8;
  if (payload.size() != size)
    return malformed(fmt::format("a frame of type {} of {} bytes", type, payload.size()));
  const std::uint32_t id = word_at(payload, 0);
  if (type == Type::ping) {
    SpdyPing frame;
    frame.id = id;
    return std::optional<SpdyFrame>(frame);
  }
  if (type == Type::goaway) {
    SpdyGoAway frame;
    frame.last_good_stream = id & id_mask;
    frame.status = word_at(payload, 4);
    return std::optional<SpdyFrame>(frame);
  }
  if (type == Type::window_update) {
    TRY(frame, read_window_update(payload));
    return std::optional<SpdyFrame>(frame);
  }
  SpdyReset frame;
  frame.stream = id & id_mask;
  frame.status = word_at(payload, 4);
  if (frame.stream == 0 || frame.status == 0) return malformed("a RST_STREAM without a stream or a status");
  return std::optional<SpdyFrame>(frame);
}

}  // namespace

Result<std::optional<SpdyFrame>> SpdyParser::parse_control(std::uint16_t type, std::uint8_t flags,
                                                           std::string_view payload) {
  switch (type) {
    case Type::syn_stream: {
      TRY(frame, read_syn_stream(flags, payload));
      return std::optional<SpdyFrame>(std::move(frame));
    }
    case Type::syn_reply:
    case Type::headers_frame: {
      if (payload.size() < 4) return malformed("a short SYN_REPLY or HEADERS");
      const std::uint32_t stream = word_at(payload, 0) & id_mask;
      if (stream == 0) return malformed("headers for stream 0");
      TRY(headers, read_headers(payload.substr(4)));
      const bool fin = (flags & flag_fin) != 0;
      if (type == Type::syn_reply)
        return std::optional<SpdyFrame>(SpdySynReply{stream, fin, std::move(headers)});
      return std::optional<SpdyFrame>(SpdyHeaders{stream, fin, std::move(headers)});
    }
    case Type::settings: {
      TRY(frame, read_settings(payload));
      return std::optional<SpdyFrame>(std::move(frame));
    }
    case Type::rst_stream:
    case Type::ping:
    case Type::goaway:
    case Type::window_update:
      return read_small(type, payload);
    default:
      return std::optional<SpdyFrame>();
  }
}

struct SpdySerializer::Deflater {
  Deflater() {
    // Header blocks are short: a window of 8 KiB covers the dictionary and what came before, at 40 KiB a
    // context.
    ensure(deflateInit2(&stream, 6, Z_DEFLATED, 13, 5, Z_DEFAULT_STRATEGY) == Z_OK,
           "zlib has memory for a context");
    const std::string& dictionary = spdy_dictionary();
    const int code =
        deflateSetDictionary(&stream, zlib_bytes(dictionary), static_cast<uInt>(dictionary.size()));
    ensure(code == Z_OK, "zlib takes the dictionary");
  }
  ~Deflater() { deflateEnd(&stream); }

  std::string deflate_block(std::string_view block) {
    std::string compressed;
    std::array<char, 4096> piece;
    stream.next_in = zlib_bytes(block);
    stream.avail_in = static_cast<uInt>(block.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_out = static_cast<uInt>(piece.size());
      const int code = deflate(&stream, Z_SYNC_FLUSH);
      ensure(code == Z_OK || code == Z_BUF_ERROR, "deflate goes on");
      compressed.append(piece.data(), piece.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    return compressed;
  }

  z_stream stream{};
};

SpdySerializer::SpdySerializer() : deflater_(std::make_unique<Deflater>()) {}
SpdySerializer::~SpdySerializer() = default;

std::string SpdySerializer::header_block(const Headers& headers) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& [name, value] : headers) {
    std::string lower(name);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto same =
        std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.first == lower; });
    if (same == fields.end()) {
      fields.emplace_back(std::move(lower), value);
    } else {
      same->second.append(1, '\0').append(value);
    }
  }
  std::string block;
  append_word(block, static_cast<std::uint32_t>(fields.size()));
  for (const auto& [name, value] : fields) {
    append_word(block, static_cast<std::uint32_t>(name.size()));
    block += name;
    append_word(block, static_cast<std::uint32_t>(value.size()));
    block += value;
  }
  return deflater_->deflate_block(block);
}

std::string spdy_data_frame(std::uint32_t stream, std::string_view bytes, bool fin) {
  ensure(bytes.size() <= length_limit, "a data frame fits its length field");
  std::string frame;
  frame.reserve(head_bytes + bytes.size());
  append_word(frame, stream & id_mask);
  append_word(frame, (fin ? std::uint32_t{flag_fin} << 24 : 0) | static_cast<std::uint32_t>(bytes.size()));
  return frame.append(bytes);
}

std::string SpdySerializer::serialize(const SpdyFrame& any) {
  std::string payload;
  const auto fin_flag = [](bool fin) { return fin ? flag_fin : std::uint8_t{0}; };
  if (const auto* syn = std::get_if<SpdySynStream>(&any)) {
    append_word(payload, syn->stream);
    append_word(payload, syn->associated);
    payload.push_back(static_cast<char>(syn->priority << 5));
    payload.push_back('\0');
    payload += header_block(syn->headers);
    const std::uint8_t unidirectional = syn->unidirectional ? flag_unidirectional : 0;
    return control_frame(Type::syn_stream, static_cast<std::uint8_t>(fin_flag(syn->fin) | unidirectional),
                         payload);
  }
  if (const auto* reply = std::get_if<SpdySynReply>(&any)) {
    append_word(payload, reply->stream);
    payload += header_block(reply->headers);
    return control_frame(Type::syn_reply, fin_flag(reply->fin), payload);
  }
  if (const auto* more = std::get_if<SpdyHeaders>(&any)) {
    append_word(payload, more->stream);
    payload += header_block(more->headers);
    return control_frame(Type::headers_frame, fin_flag(more->fin), payload);
  }
  if (const auto* all = std::get_if<SpdySettings>(&any)) {
    append_word(payload, static_cast<std::uint32_t>(all->entries.size()));
    for (const SpdySettings::Entry& entry : all->entries) {
      append_word(payload, entry.id);
      append_word(payload, entry.value);
    }
    return control_frame(Type::settings, 0, payload);
  }
  if (const auto* ping_frame = std::get_if<SpdyPing>(&any)) {
    append_word(payload, ping_frame->id);
    return control_frame(Type::ping, 0, payload);
  }
  const auto two_words = [&payload](Type type, std::uint32_t first, std::uint32_t second) {
    append_word(payload, first);
    append_word(payload, second);
    return control_frame(type, 0, payload);
  };
  if (const auto* reset = std::get_if<SpdyReset>(&any))
    return two_words(Type::rst_stream, reset->stream, reset->status);
  if (const auto* away = std::get_if<SpdyGoAway>(&any)) {
    return two_words(Type::goaway, away->last_good_stream, away->status);
  }
  if (const auto* update = std::get_if<SpdyWindowUpdate>(&any)) {
    return two_words(Type::window_update, update->stream, update->delta);
  }
  const auto& data = std::get<SpdyData>(any);
  return spdy_data_frame(data.stream, data.bytes, data.fin);
}

}  // namespace aloft::http
