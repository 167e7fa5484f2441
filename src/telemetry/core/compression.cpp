// Compression by the libraries that define the formats, each with a bound on what comes out.
#include "telemetry/core/compression.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "http/message.h"

namespace aloft::telemetry {
namespace {

std::unexpected<Error> damaged(std::string_view format, std::string_view why) {
  return fail(Code::invalid, fmt::format("{} body: {}", format, why));
}

std::unexpected<Error> beyond(std::string_view format, std::size_t limit_bytes) {
  return fail(Code::too_large, fmt::format("{} body: more than {} bytes decompressed", format, limit_bytes));
}

// Contexts are costly to make and hold no state between calls that matters.
struct CompressorContext {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), ZSTD_freeCCtx};
};

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0x82f63b78u : value >> 1;
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> crc_table = make_crc_table();

std::uint32_t crc_portable(const unsigned char* at, std::size_t size, std::uint32_t crc) {
  for (; size > 0; --size) crc = crc >> 8 ^ crc_table[(crc ^ *at++) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_hardware(const unsigned char* at, std::size_t size,
                                                             std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (; size > 0; --size) narrow = __builtin_ia32_crc32qi(narrow, *at++);
  return narrow;
}
#endif

}  // namespace

std::string snappy_compress(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

Result<std::string> snappy_decompress(std::string_view bytes, std::size_t limit_bytes) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(bytes.data(), bytes.size(), &size))
    return damaged("snappy", "no length at its beginning");
  if (size > limit_bytes) return beyond("snappy", limit_bytes);
  std::string out(size, '\0');
  if (!snappy::RawUncompress(bytes.data(), bytes.size(), out.data())) return damaged("snappy", "damaged");
  return out;
}

std::string gzip_compress(std::string_view bytes, int level) {
  z_stream stream{};
  // 15 window bits, and 16 for a gzip header.
  if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> gzip_decompress(std::string_view bytes, std::size_t limit_bytes) {
  z_stream stream{};
  // 32 lets zlib tell gzip from zlib headers by itself.
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return fail(Code::internal, "zlib: no memory");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ending(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (;;) {
    const std::size_t have = out.size();
    const std::size_t room = std::max<std::size_t>(bytes.size() * 2, 16 * 1024);
    out.resize(std::min(have + room, limit_bytes + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream.avail_out = static_cast<uInt>(out.size() - have);
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > limit_bytes) return beyond("gzip", limit_bytes);
    if (code == Z_STREAM_END) {
      // Members may follow one another.
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return damaged("gzip", "damaged");
      continue;
    }
    if (code != Z_OK && code != Z_BUF_ERROR) return damaged("gzip", "damaged");
    if (stream.avail_in == 0 && stream.avail_out > 0) return damaged("gzip", "it ends too early");
  }
}

void zstd_compress_append(std::string& out, std::string_view bytes, int level) {
  static thread_local CompressorContext compressor;
  const std::size_t have = out.size();
  out.resize(have + ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compressCCtx(compressor.context.get(), out.data() + have, out.size() - have,
                                             bytes.data(), bytes.size(), level);
  out.resize(have + (ZSTD_isError(size) != 0 ? 0 : size));
}

std::string zstd_compress(std::string_view bytes, int level) {
  std::string out;
  zstd_compress_append(out, bytes, level);
  out.shrink_to_fit();
  return out;
}

Result<std::string> zstd_decompress(std::string_view bytes, std::size_t limit_bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR) return damaged("zstd", "no frame");
  std::string out;
  if (size != ZSTD_CONTENTSIZE_UNKNOWN) {
    if (size > limit_bytes) return beyond("zstd", limit_bytes);
    out.resize(static_cast<std::size_t>(size));
    const std::size_t got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(got) != 0) return damaged("zstd", ZSTD_getErrorName(got));
    out.resize(got);
    return out;
  }
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    const std::size_t have = out.size();
    out.resize(std::min(have + std::max<std::size_t>(bytes.size() * 2, 64 * 1024), limit_bytes + 1));
    ZSTD_outBuffer into{out.data() + have, out.size() - have, 0};
    const std::size_t left = ZSTD_decompressStream(stream.get(), &into, &in);
    out.resize(have + into.pos);
    if (ZSTD_isError(left) != 0) return damaged("zstd", ZSTD_getErrorName(left));
    if (out.size() > limit_bytes) return beyond("zstd", limit_bytes);
    if (left == 0) return out;
    if (in.pos == in.size && into.pos < into.size) return damaged("zstd", "it ends too early");
  }
}

Result<std::string> decode_content(std::string_view encoding, std::string body, std::size_t limit_bytes) {
  if (encoding.empty() || http::equal_without_case(encoding, "identity")) return body;
  if (http::equal_without_case(encoding, "gzip") || http::equal_without_case(encoding, "x-gzip") ||
      http::equal_without_case(encoding, "deflate"))
    return gzip_decompress(body, limit_bytes);
  if (http::equal_without_case(encoding, "snappy")) return snappy_decompress(body, limit_bytes);
  if (http::equal_without_case(encoding, "zstd")) return zstd_decompress(body, limit_bytes);
  return fail(Code::unsupported_media_type,
              fmt::format("Content-Encoding {}: expected gzip, deflate, snappy or zstd", encoding));
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t start) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) return ~crc_hardware(at, bytes.size(), ~start);
#endif
  return ~crc_portable(at, bytes.size(), ~start);
}

}  // namespace aloft::telemetry
