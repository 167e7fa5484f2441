// The SPDY/3.1 wire format without any connection: bytes in, frames out, and back. Header blocks share one
// zlib context for each direction of a session, so frames are read and written strictly in order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace aloft::http {

struct SpdySynStream {
  std::uint32_t stream = 0;
  std::uint32_t associated = 0;
  std::uint8_t priority = 0;  // 0 is the highest of 8
  bool fin = false;
  bool unidirectional = false;
  Headers headers;
};
struct SpdySynReply {
  std::uint32_t stream = 0;
  bool fin = false;
  Headers headers;
};
struct SpdyHeaders {
  std::uint32_t stream = 0;
  bool fin = false;
  Headers headers;
};
struct SpdyReset {
  static constexpr std::uint32_t protocol_error = 1, invalid_stream = 2, refused_stream = 3, cancel = 5,
                                 flow_control_error = 7, stream_already_closed = 9;
  std::uint32_t stream = 0;
  std::uint32_t status = 0;
};
struct SpdySettings {
  static constexpr std::uint32_t initial_window_size = 7;
  struct Entry {
    std::uint32_t id = 0;
    std::uint32_t value = 0;
  };
  std::vector<Entry> entries;
};
struct SpdyPing {
  std::uint32_t id = 0;
};
struct SpdyGoAway {
  static constexpr std::uint32_t ok = 0, protocol_error = 1;
  std::uint32_t last_good_stream = 0;
  std::uint32_t status = 0;
};
struct SpdyWindowUpdate {
  std::uint32_t stream = 0;
  std::uint32_t delta = 0;
};
// A piece of a DATA frame: a parser hands on what has come and never waits for the whole frame (up to 16
// MiB).
struct SpdyData {
  std::uint32_t stream = 0;
  bool fin = false;  // on the last piece
  std::string bytes;
};
using SpdyFrame = std::variant<SpdySynStream, SpdySynReply, SpdyHeaders, SpdyReset, SpdySettings, SpdyPing,
                               SpdyGoAway, SpdyWindowUpdate, SpdyData>;

// Incremental and bounded: control frames up to 64 KiB, header blocks up to 64 KiB and 256 fields once
// inflated. Unusable after an error.
class SpdyParser {
 public:
  static constexpr std::size_t control_limit_bytes = 64 * 1024;
  static constexpr std::size_t header_block_limit_bytes = 64 * 1024;
  static constexpr std::size_t header_count_limit = 256;

  SpdyParser();
  ~SpdyParser();
  SpdyParser(const SpdyParser&) = delete;
  SpdyParser& operator=(const SpdyParser&) = delete;

  void add(std::string_view bytes);
  // The next frame; nullopt when more bytes are needed. Control frames of unknown types are passed over
  // (section 2.2.1). Errors: bad_request (malformed), too_large (a limit).
  Result<std::optional<SpdyFrame>> next();

 private:
  struct Inflater;
  Result<std::optional<SpdyFrame>> next_control(std::uint32_t first_word, std::uint32_t second_word);
  Result<std::optional<SpdyFrame>> parse_control(std::uint16_t type, std::uint8_t flags,
                                                 std::string_view payload);
  Result<Headers> read_headers(std::string_view block);
  Result<SpdyFrame> read_syn_stream(std::uint8_t flags, std::string_view payload);
  Result<std::optional<SpdyFrame>> take_data();
  std::string_view waiting() const { return std::string_view(buffer_).substr(start_); }

  std::string buffer_;
  std::size_t start_ = 0;
  // The DATA frame whose payload is coming.
  bool in_data_ = false;
  bool data_fin_ = false;
  std::uint32_t data_stream_ = 0;
  std::size_t data_left_ = 0;
  std::unique_ptr<Inflater> inflater_;
};

// Makes frames. Header names are sent in lower case, values of one name joined as the protocol wants it.
class SpdySerializer {
 public:
  SpdySerializer();
  ~SpdySerializer();
  SpdySerializer(const SpdySerializer&) = delete;
  SpdySerializer& operator=(const SpdySerializer&) = delete;

  std::string serialize(const SpdyFrame& frame);

 private:
  struct Deflater;
  std::string header_block(const Headers& headers);
  std::unique_ptr<Deflater> deflater_;
};

// A DATA frame, which needs no context.
std::string spdy_data_frame(std::uint32_t stream, std::string_view bytes, bool fin);

// The dictionary that both ends put into their zlib contexts (section 2.6.10.1).
const std::string& spdy_dictionary();

}  // namespace aloft::http
