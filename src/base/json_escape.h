// Escapes in JSON strings, for readers that go through a text without making a document of it.
#pragma once

#include <string>
#include <string_view>

#include "base/utf8.h"

namespace aloft {

// What stands behind a backslash in a JSON string (RFC 8259 section 7): a letter, or `u` and the four digits
// of a UTF-16 unit, twice for what lies beyond U+FFFF. `rest` begins there and ends up behind it. Half of a
// pair stands for no character and becomes `stray`. False when it is no escape; `rest` is then as it was.
bool json_unescape(std::string_view& rest, std::string& out, char32_t stray = replacement_character);

}  // namespace aloft
