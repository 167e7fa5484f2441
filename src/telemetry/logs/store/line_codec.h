// The compressed form of many log lines. A line is split into a template (its words) and variables (the runs
// of letters and digits that hold a digit); lines of one template share it, and the variables of one place
// stand together in a column, as differences where they are numbers. What does not split well is kept as
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry::logs {

// Appends the encoded lines to `out`. Any bytes are kept as they are. `level` is zstd's.
void encode_lines(const std::vector<std::string_view>& lines, int level, std::string& out);

// Many lines end to end; line i ends at ends[i].
struct DecodedLines {
  std::string text;
  std::vector<std::uint32_t> ends;
  std::string_view line(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(text).substr(begin, ends[i] - begin);
  }
};

// `count` lines of at most `limit_bytes` in all. Error: invalid for bytes that encode_lines() did not make.
Result<DecodedLines> decode_lines(std::string_view encoded, std::size_t count, std::size_t limit_bytes);

// Letters and digits; what the split and the token filters call a word is a run of them.
bool is_word_byte(char c);

// Used by the other columns of a block too: bytes with their sizes, compressed where that shrinks them.
void append_section(std::string& out, std::string_view bytes, int level);
class Cursor;
// Error: invalid when it is damaged or larger than `limit_bytes`.
Result<std::string> read_section(Cursor& cursor, std::size_t limit_bytes);

}  // namespace aloft::telemetry::logs
