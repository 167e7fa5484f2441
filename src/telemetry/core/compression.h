// Compressed bodies and blocks. Every decoder bounds what it gives out, so a small body cannot become a large
// one unnoticed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::telemetry {

// The block form of snappy (no framing), as remote write and Loki push use it. Error: invalid for damaged
// bytes, too_large beyond the limit.
std::string snappy_compress(std::string_view bytes);
Result<std::string> snappy_decompress(std::string_view bytes, std::size_t limit_bytes);

// gzip and zlib streams (Content-Encoding gzip, deflate). Error: as above.
std::string gzip_compress(std::string_view bytes, int level = 6);
Result<std::string> gzip_decompress(std::string_view bytes, std::size_t limit_bytes);

// One zstd frame. Error: as above.
std::string zstd_compress(std::string_view bytes, int level = 1);
void zstd_compress_append(std::string& out, std::string_view bytes, int level = 1);
Result<std::string> zstd_decompress(std::string_view bytes, std::size_t limit_bytes);

// By Content-Encoding: "", identity, gzip, deflate, snappy, zstd. Error: unsupported_media_type for others.
Result<std::string> decode_content(std::string_view encoding, std::string body, std::size_t limit_bytes);

// CRC-32C (Castagnoli), as blocks and logs on disk carry it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t start = 0);

}  // namespace aloft::telemetry
