// Tokens of LogQL, with the positions that error messages name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry::logs::logql {

enum class Token : std::uint8_t {
  end,
  identifier,
  string,
  number,
  duration,
  bytes,
  range,
  flag,
  keyword,
  unknown,  // what may stand nowhere, and is called an identifier in messages
  error
};

struct Lexeme {
  Token token = Token::end;
  // The text of an identifier, a number or a flag; the value of a string; of a keyword or operator its
  // name in lower case.
  std::string text;
  Duration duration{};  // duration, range
  double bytes = 0;
  int line = 1, column = 1;
  bool is(std::string_view keyword) const { return token == Token::keyword && text == keyword; }
  // As messages of Loki name it: IDENTIFIER, STRING, $end, }, SUM.
  std::string name() const;
};

// Reads one lexeme after another; after an error or the end it stays there.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Lexeme next();

 private:
  void skip_blanks();
  void advance(std::size_t bytes);
  bool followed_by_call(std::size_t at) const;
  Lexeme number(Lexeme lexeme);
  Lexeme quoted(Lexeme lexeme);
  Lexeme range(Lexeme lexeme);
  Lexeme word(Lexeme lexeme);
  Lexeme symbol(Lexeme lexeme);
  bool duration_at(std::size_t begin, std::size_t number_end, Lexeme& lexeme);
  bool bytes_at(std::size_t begin, std::size_t number_end, Lexeme& lexeme);
  static Lexeme error(Lexeme lexeme, std::string message);
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

}  // namespace aloft::telemetry::logs::logql
