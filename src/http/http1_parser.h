// Reading HTTP/1.1 from bytes: heads, how long a body is, and chunked bodies. Strict where leniency lets two
// parties see different requests in the same bytes (RFC 9112 section 11).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/buffer.h"
#include "http/message.h"

namespace aloft::http {

// Why a head is refused: the status to answer with and a sentence for a person.
struct HeadProblem {
  int status = 400;
  std::string why;
};

// How many bytes one read of a connection asks for: of a head, and of a body.
inline constexpr std::size_t http1_head_read_bytes = 8 * 1024;
inline constexpr std::size_t http1_body_read_bytes = 16 * 1024;

// How a message's body ends.
struct BodyLength {
  enum class Kind { none, length, chunked, until_close } kind = Kind::none;
  std::uint64_t length = 0;  // for Kind::length
};

struct ParsedRequest {
  RequestHead head;  // a target in absolute form is split into Host and the rest
  int minor_version = 1;
  BodyLength body;
  bool keep_alive = true;
  bool expects_continue = false;
};

struct ParsedResponse {
  ResponseHead head;
  int minor_version = 1;
  BodyLength body;
  bool keep_alive = true;
};

// The number of bytes up to and with the empty line that ends a head; 0 when it has not come yet. Lines end
// in CRLF only. Empty lines before a request count as part of the head. `scanned` is how much of the text an
// earlier call has seen.
std::size_t find_head_end(std::string_view text, std::size_t scanned = 0);

// The same for the head of a response. Programs of a few lines, which answer probes, write lines that end in
// LF alone; where the next response begins is no question there, so that these are understood, too.
std::size_t find_response_head_end(std::string_view text, std::size_t scanned = 0);

// True when the bytes so far can still become a request; tells noise (such as TLS on a clear-text port)
// early.
bool may_become_request(std::string_view text);

// `text` is a whole head with its final empty line, as find_head_end() measured it.
std::expected<ParsedRequest, HeadProblem> parse_request_head(std::string_view text);
// `text` is as find_response_head_end() measured it. `method` is that of the request, since an answer to HEAD
// has no body.
std::expected<ParsedResponse, HeadProblem> parse_response_head(std::string_view text,
                                                               std::string_view method);

// Header fields, one a line, without the final empty line; for trailers.
std::expected<Headers, HeadProblem> parse_fields(std::string_view text);

// What may stand in a field's name, and in its value.
bool is_token(std::string_view text);
bool is_field_value(std::string_view text);

// Reads a chunked body out of a buffer, piece by piece.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(std::size_t trailer_limit_bytes = 16 * 1024) : trailer_limit_(trailer_limit_bytes) {}

  struct Step {
    enum class Kind { need_more, data, end, malformed } kind = Kind::need_more;
    std::string_view data;  // points into the buffer; valid until the buffer changes
    std::string_view why;   // for malformed
  };
  // The next step; what it took is consumed from the buffer, whose memory stays in place.
  Step next(Buffer& buffer);
  const Headers& trailers() const { return trailers_; }

 private:
  enum class State { size, data, data_end, trailers, done };
  Step read_size(Buffer& buffer);
  Step read_trailers(Buffer& buffer);

  std::size_t trailer_limit_;
  State state_ = State::size;
  std::uint64_t left_ = 0;
  Headers trailers_;
};

// Reads the body of a message out of a buffer, however its length is told.
class BodyDecoder {
 public:
  BodyDecoder() = default;
  BodyDecoder(BodyLength length, std::size_t trailer_limit_bytes)
      : length_(length), chunks_(trailer_limit_bytes) {
    if (length_.kind == BodyLength::Kind::none ||
        (length_.kind == BodyLength::Kind::length && length_.length == 0)) {
      complete_ = true;
    }
  }
  ChunkDecoder::Step next(Buffer& buffer);
  // The stream has ended. True when that ends the body in order.
  bool end_of_stream();
  // Known as soon as nothing further belongs to the body.
  bool complete() const { return complete_; }
  // Bytes that are still to come; nullopt when only the future tells.
  std::optional<std::uint64_t> left() const;
  const Headers& trailers() const { return chunks_.trailers(); }

 private:
  BodyLength length_;
  ChunkDecoder chunks_;
  bool complete_ = false;
};

}  // namespace aloft::http
