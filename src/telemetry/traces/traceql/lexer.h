// The words of a TraceQL query.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/traces/traceql/ast.h"

namespace aloft::telemetry::traces::traceql {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    word,  // keywords and operators, as they are written
    name,  // an identifier that is no keyword
    string,
    integer,
    real,
    duration,
    field  // an attribute with its scope, or an intrinsic field
  };
  Kind kind = Kind::end;
  std::string text;  // the word; what a string holds; how messages name a field
  std::int64_t number = 0;
  double real = 0;
  FieldName field;
  int line = 1;
  int column = 1;  // in characters, from 1

  bool is(std::string_view word) const { return kind == Kind::word && text == word; }
  // As messages name it: "IDENTIFIER", "$end", the word itself.
  std::string_view shown() const;
};

// Every message of the parser has this form: "parse error at line 1, col 7: ...".
Error parse_error(std::string_view what, int line, int column);

// Ends with a token of kind `end`. Error: invalid, as above.
Result<std::vector<Token>> tokenize(std::string_view query);

}  // namespace aloft::telemetry::traces::traceql
