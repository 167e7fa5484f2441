// How single values are spelled in JSON text, shared by the writers of documents and of structs. For this
// module's sources only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::model {

void append_json_integer(std::string& out, std::int64_t value);
void append_json_unsigned(std::string& out, std::uint64_t value);
// The shortest digits that read back the same, laid out as Go's encoding/json does: exponents below 1e-6 and
// from 1e21 on. What is no number is written as null.
void append_json_double(std::string& out, double value);
// Compact JSON text that was carried as it came, with <, > and & escaped inside its strings as everywhere
// else.
void append_raw_json(std::string& out, std::string_view text);
// Quotes the bytes in base64.
void append_json_base64(std::string& out, std::string_view bytes);

}  // namespace aloft::model
