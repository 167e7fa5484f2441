// The words of a query one after another, as the parsers of its parts share them. For the sources of this
// folder only.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/traces/traceql/lexer.h"

namespace aloft::telemetry::traces::traceql {

// Used by one thread.
class TokenCursor {
 public:
  explicit TokenCursor(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  const Token& here() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool accept(std::string_view word) {
    if (!here().is(word)) return false;
    take();
    return true;
  }
  // Error: invalid, with the place.
  Result<> expect(std::string_view word) {
    if (accept(word)) return {};
    return unexpected(word);
  }
  std::unexpected<Error> unexpected(std::string_view expecting = {}) const;
  std::unexpected<Error> too_deep() const;
  static std::unexpected<Error> unexpected_at(const Token& token);

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

// Counts nesting for as long as it lives; whoever walks a tree uses the stack.
class Depth {
 public:
  static constexpr int limit = 100;
  explicit Depth(int& depth) : depth_(depth) { ++depth_; }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  bool too_deep() const { return depth_ > limit; }

 private:
  int& depth_;
};

// Levels of operators as in Tempo's grammar: && and || are one, then comparisons and relations, + -, * / %, ^
// (from the right).
inline constexpr int logic_level = 1;
inline constexpr int comparison_level = 2;
inline constexpr int sum_level = 3;
inline constexpr int unary_level = 4;
inline constexpr int product_level = 5;
inline constexpr int power_level = 6;

struct Infix {
  Op op = Op::add;
  int level = 0;  // 0: no infix operator
};
Infix infix_of(const Token& token);

bool is_literal(const Token& token);
// The text of strings is borrowed from the token.
Value literal_of(const Token& token);
// Becomes the literal of the opposite sign, for numbers.
void negate(Value& value);

}  // namespace aloft::telemetry::traces::traceql
