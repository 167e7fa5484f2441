// The HTTP/1.1 parser. One table classifies bytes; every rule of refusal names itself in the answer.
#include "http/http1_parser.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace aloft::http {
namespace {

enum Class : unsigned char { token = 1, target = 2, value = 4, host = 8 };

constexpr std::array<unsigned char, 256> make_classes() {
  std::array<unsigned char, 256> out{};
  for (int c = 0; c < 256; ++c) {
    unsigned char& bits = out[static_cast<std::size_t>(c)];
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric) bits = token | target | value | host;
    if (c > 0x20 && c < 0x7f) bits |= target | value;
    if (c == ' ' || c == '\t' || c >= 0x80) bits |= value;
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) out[static_cast<unsigned char>(c)] |= token;
  for (const char c : std::string_view("-._~:[]%!$&'()*+,;=")) out[static_cast<unsigned char>(c)] |= host;
  return out;
}

constexpr auto classes = make_classes();

bool all_of_class(std::string_view text, Class wanted) {
  for (const char c : text) {
    if ((classes[static_cast<unsigned char>(c)] & wanted) == 0) return false;
  }
  return true;
}

std::unexpected<HeadProblem> problem(int status, std::string_view why) {
  return std::unexpected<HeadProblem>(HeadProblem{status, std::string(why)});
}

constexpr std::size_t field_count_limit = 256;
constexpr std::size_t chunk_line_limit = 1024;
constexpr std::size_t method_limit = 64;

// The rest of the text after the line, whose CRLF is dropped. The text holds complete lines.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? text.size() : end + 2));
  return line;
}

// The minor version of "HTTP/1.x"; -1 for another major version, -2 for something else.
int minor_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return -2;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!digit(text[5]) || !digit(text[7])) return -2;
  return text[5] == '1' ? text[7] - '0' : -1;
}

// What the fields say about connection and body, gathered while they are read.
struct Framing {
  std::string_view content_length;
  std::string_view transfer_encoding;
  std::string_view host;
  std::string_view expect;
  int content_lengths = 0;
  int transfer_encodings = 0;
  int hosts = 0;
};

void note(Framing& framing, std::string_view name, std::string_view text) {
  switch (name.size()) {
    case 4:
      if (equal_without_case(name, "host")) {
        framing.host = text;
        ++framing.hosts;
      }
      break;
    case 6:
      if (equal_without_case(name, "expect")) framing.expect = text;
      break;
    case 14:
      if (equal_without_case(name, "content-length")) {
        framing.content_length = text;
        ++framing.content_lengths;
      }
      break;
    case 17:
      if (equal_without_case(name, "transfer-encoding")) {
        framing.transfer_encoding = text;
        ++framing.transfer_encodings;
      }
      break;
    default:
      break;
  }
}

std::optional<HeadProblem> read_fields(std::string_view text, Headers& headers, Framing& framing) {
  headers.reserve(12);
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty()) return HeadProblem{400, "an empty line stands between header fields"};
    if (line.front() == ' ' || line.front() == '\t') {
      return HeadProblem{400, "a header field is folded over several lines"};
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return HeadProblem{400, "a header line has no colon"};
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name))
      return HeadProblem{400, "a header field's name holds characters that are not allowed"};
    const std::string_view content = trim(line.substr(colon + 1), spaces_and_tabs);
    if (!is_field_value(content)) return HeadProblem{400, "a header field's value holds control characters"};
    if (headers.size() >= field_count_limit) return HeadProblem{431, "there are too many header fields"};
    note(framing, name, content);
    headers.add(std::string(name), std::string(content));
  }
  return std::nullopt;
}

std::expected<BodyLength, HeadProblem> declared_length(const Framing& framing, int minor) {
  if (framing.transfer_encodings > 0) {
    if (framing.content_lengths > 0)
      return problem(400, "both Content-Length and Transfer-Encoding are given");
    if (minor == 0) return problem(400, "Transfer-Encoding is not part of HTTP/1.0");
    if (framing.transfer_encodings > 1 || !equal_without_case(framing.transfer_encoding, "chunked")) {
      return problem(501, "only the transfer coding \"chunked\" is understood");
    }
    return BodyLength{BodyLength::Kind::chunked, 0};
  }
  if (framing.content_lengths == 0) return BodyLength{};
  if (framing.content_lengths > 1) return problem(400, "Content-Length is given more than once");
  std::uint64_t length = 0;
  const std::string_view digits = framing.content_length;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return problem(400, "Content-Length is not a number");
  }
  return BodyLength{BodyLength::Kind::length, length};
}

// Checks the target and turns the absolute form into Host and origin form (RFC 9112 section 3.2.2).
std::optional<HeadProblem> settle_target(RequestHead& head) {
  if (head.target.starts_with('/')) return std::nullopt;
  if (head.target == "*" && head.method == "OPTIONS") return std::nullopt;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_without_case(std::string_view(head.target).substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = std::string_view(head.target).substr(scheme.size());
    const std::size_t path = rest.find_first_of("/?");
    const std::string authority(rest.substr(0, path));
    if (authority.empty() || !all_of_class(authority, host)) break;
    std::string origin = path == std::string_view::npos ? "/" : std::string(rest.substr(path));
    if (origin.starts_with('?')) origin.insert(0, "/");
    head.headers.set("Host", authority);
    head.target = std::move(origin);
    return std::nullopt;
  }
  if (head.method == "CONNECT") return HeadProblem{405, "CONNECT is not offered here"};
  return HeadProblem{400, "the request target is neither a path nor a URL"};
}

bool wants_keep_alive(const Headers& headers, int minor) {
  if (headers.has_token("connection", "close")) return false;
  return minor > 0 || headers.has_token("connection", "keep-alive");
}

bool has_bare_line_end(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

std::string with_usual_line_ends(std::string_view text) {
  std::string out;
  char before = '\0';
  for (const char c : text) {
    if (c == '\n' && before != '\r') out += '\r';
    out += c;
    before = c;
  }
  return out;
}

ChunkDecoder::Step bad_chunk(std::string_view why) {
  ChunkDecoder::Step step;
  step.kind = ChunkDecoder::Step::Kind::malformed;
  step.why = why;
  return step;
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && all_of_class(text, token); }
bool is_field_value(std::string_view text) { return all_of_class(text, value); }

std::size_t find_head_end(std::string_view text, std::size_t scanned) {
  std::size_t start = 0;
  while (text.substr(start).starts_with("\r\n")) start += 2;
  const std::size_t from = std::max(start, scanned < 3 ? std::size_t{0} : scanned - 3);
  const std::size_t end = text.find("\r\n\r\n", from);
  return end == std::string_view::npos ? 0 : end + 4;
}

std::size_t find_response_head_end(std::string_view text, std::size_t scanned) {
  std::size_t line_end = text.find('\n', scanned < 3 ? std::size_t{0} : scanned - 3);
  for (; line_end != std::string_view::npos; line_end = text.find('\n', line_end + 1)) {
    const std::string_view rest = text.substr(line_end + 1);
    if (rest.starts_with('\n')) return line_end + 2;
    if (rest.starts_with("\r\n")) return line_end + 3;
  }
  return 0;
}

bool may_become_request(std::string_view text) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  if (text == "\r") return true;
  const std::size_t space = text.find(' ');
  const std::string_view method = text.substr(0, space);
  if (method.size() > method_limit) return false;
  return method.empty() ? text.empty() : is_token(method);
}

std::expected<ParsedRequest, HeadProblem> parse_request_head(std::string_view text) {
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  text.remove_suffix(std::min<std::size_t>(text.size(), 2));
  ParsedRequest out;
  const std::string_view line = next_line(text);
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return problem(400, "the request line is not METHOD TARGET VERSION");
  const std::string_view method = line.substr(0, first);
  const std::string_view where = line.substr(first + 1, second - first - 1);
  if (method.size() > method_limit) return problem(400, "the request method is too long");
  if (!is_token(method)) return problem(400, "the request method holds characters that are not allowed");
  if (where.empty() || !all_of_class(where, target)) {
    return problem(400, "the request target holds characters that are not allowed");
  }
  out.minor_version = minor_version(line.substr(second + 1));
  if (out.minor_version == -1) return problem(505, "only HTTP/1.0 and HTTP/1.1 are understood here");
  if (out.minor_version < 0) return problem(400, "the request line does not end in an HTTP version");
  out.head.method = method;
  out.head.target = where;

  Framing framing;
  if (auto wrong = read_fields(text, out.head.headers, framing)) return std::unexpected(std::move(*wrong));
  if (framing.hosts > 1 || (framing.hosts == 0 && out.minor_version > 0)) {
    return problem(400, "exactly one Host field is required");
  }
  if (!all_of_class(framing.host, host)) return problem(400, "the Host field is not a host");
  auto length = declared_length(framing, out.minor_version);
  if (!length) return std::unexpected(std::move(length).error());
  out.body = *length;
  out.keep_alive = wants_keep_alive(out.head.headers, out.minor_version);
  if (!framing.expect.empty() && out.minor_version > 0) {
    if (!equal_without_case(framing.expect, "100-continue"))
      return problem(417, "the expectation is not understood");
    out.expects_continue =
        out.body.kind != BodyLength::Kind::none && out.body.kind != BodyLength::Kind::until_close;
  }
  if (auto wrong = settle_target(out.head)) return std::unexpected(std::move(*wrong));
  return out;
}

std::expected<ParsedResponse, HeadProblem> parse_response_head(std::string_view text,
                                                               std::string_view method) {
  if (has_bare_line_end(text)) return parse_response_head(with_usual_line_ends(text), method);
  text.remove_suffix(std::min<std::size_t>(text.size(), 2));
  ParsedResponse out;
  const std::string_view line = next_line(text);
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return problem(502, "the status line is malformed");
  }
  out.minor_version = minor_version(line.substr(0, 8));
  if (out.minor_version < 0) return problem(502, "the answer is not HTTP/1.1");
  const std::string_view digits = line.substr(9, 3);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 3, out.head.status);
  if (error != std::errc() || end != digits.data() + 3 || out.head.status < 100) {
    return problem(502, "the status is not a number of three digits");
  }
  Framing framing;
  if (auto wrong = read_fields(text, out.head.headers, framing)) {
    return std::unexpected(HeadProblem{502, std::move(wrong->why)});
  }
  out.keep_alive = wants_keep_alive(out.head.headers, out.minor_version);
  const int status = out.head.status;
  if (method == "HEAD" || status < 200 || status == 204 || status == 304) return out;
  auto length = declared_length(framing, out.minor_version);
  if (!length) return std::unexpected(HeadProblem{502, std::move(length.error().why)});
  out.body = *length;
  if (out.body.kind == BodyLength::Kind::none) {
    out.body.kind = BodyLength::Kind::until_close;
    out.keep_alive = false;
  }
  return out;
}

std::expected<Headers, HeadProblem> parse_fields(std::string_view text) {
  Headers headers;
  Framing ignored;
  if (auto wrong = read_fields(text, headers, ignored)) return std::unexpected(std::move(*wrong));
  return headers;
}

ChunkDecoder::Step ChunkDecoder::next(Buffer& buffer) {
  if (state_ == State::data_end) {
    const std::string_view text = buffer.view();
    if (text.size() < 2) {
      return text.empty() || text == "\r" ? Step() : bad_chunk("a chunk does not end in CRLF");
    }
    if (!text.starts_with("\r\n")) return bad_chunk("a chunk does not end in CRLF");
    buffer.consume(2);
    state_ = State::size;
  }
  if (state_ == State::size) {
    const Step step = read_size(buffer);
    if (state_ == State::size) return step;
  }
  if (state_ == State::data) {
    if (buffer.empty()) return {};
    Step step;
    step.kind = Step::Kind::data;
    step.data =
        buffer.view().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size())));
    left_ -= step.data.size();
    buffer.consume(step.data.size());
    if (left_ == 0) state_ = State::data_end;
    return step;
  }
  if (state_ == State::trailers) return read_trailers(buffer);
  Step step;
  step.kind = Step::Kind::end;
  return step;
}

ChunkDecoder::Step ChunkDecoder::read_size(Buffer& buffer) {
  const std::string_view text = buffer.view();
  const std::size_t end = text.substr(0, chunk_line_limit).find("\r\n");
  if (end == std::string_view::npos) {
    return text.size() < chunk_line_limit ? Step() : bad_chunk("a chunk's first line is too long");
  }
  const std::string_view line = text.substr(0, end);
  const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() || stop != digits.data() + digits.size()) {
    return bad_chunk("a chunk's size is not a hexadecimal number");
  }
  // Extensions mean nothing to us, but what stands there must be one (RFC 9112 section 7.1.1).
  const std::string_view rest = trim(line.substr(digits.size()), spaces_and_tabs);
  if (!is_field_value(rest) || (!rest.empty() && rest.front() != ';'))
    return bad_chunk("a chunk extension is malformed");
  buffer.consume(end + 2);
  state_ = left_ == 0 ? State::trailers : State::data;
  return {};
}

ChunkDecoder::Step ChunkDecoder::read_trailers(Buffer& buffer) {
  Step step;
  const std::string_view text = buffer.view();
  if (!text.starts_with("\r\n")) {
    const std::size_t end = find_head_end(text);
    if (end == 0 && text.size() < trailer_limit_) return {};
    if (end == 0 || end > trailer_limit_) return bad_chunk("the trailers are too large");
    auto fields = parse_fields(text.substr(0, end - 2));
    if (!fields) return bad_chunk("the trailers are malformed");
    trailers_ = std::move(*fields);
    buffer.consume(end);
  } else {
    buffer.consume(2);
  }
  state_ = State::done;
  step.kind = Step::Kind::end;
  return step;
}

ChunkDecoder::Step BodyDecoder::next(Buffer& buffer) {
  ChunkDecoder::Step step;
  if (complete_) {
    step.kind = ChunkDecoder::Step::Kind::end;
    return step;
  }
  if (length_.kind == BodyLength::Kind::chunked) {
    step = chunks_.next(buffer);
    if (step.kind == ChunkDecoder::Step::Kind::end) complete_ = true;
    return step;
  }
  if (buffer.empty()) return step;
  step.kind = ChunkDecoder::Step::Kind::data;
  step.data = buffer.view();
  if (length_.kind == BodyLength::Kind::length) {
    step.data =
        step.data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(length_.length, buffer.size())));
    length_.length -= step.data.size();
    complete_ = length_.length == 0;
  }
  buffer.consume(step.data.size());
  return step;
}

bool BodyDecoder::end_of_stream() {
  if (length_.kind == BodyLength::Kind::until_close) complete_ = true;
  return complete_;
}

std::optional<std::uint64_t> BodyDecoder::left() const {
  if (complete_) return 0;
  if (length_.kind == BodyLength::Kind::length) return length_.length;
  return std::nullopt;
}

}  // namespace aloft::http
