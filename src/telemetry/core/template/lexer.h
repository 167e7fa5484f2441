// Cuts a template into text and the words of its actions. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::telemetry::templates::detail {

struct Token {
  enum class Kind : unsigned char {
    text,        // between actions, trimmed
    open,        // {{
    close,       // }}
    identifier,  // a name, keyword or constant word
    field,       // .Name
    variable,    // $ or $name
    dot,
    number,
    character,  // 'c'
    string,     // "..." or `...`, as written
    declare,    // :=
    assign,     // =
    comma,
    pipe,
    left,
    right,
    end
  };
  Kind kind = Kind::end;
  std::string_view text;
  std::size_t position = 0;
  bool spaced = false;  // white space stands before it
};

// Error: invalid; the message is without place, `failed_at` tells it.
Result<std::vector<Token>> lex(std::string_view source, std::size_t& failed_at);

}  // namespace aloft::telemetry::templates::detail
