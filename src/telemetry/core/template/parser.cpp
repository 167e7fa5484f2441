// From words to the tree of a template, with the checks that Go makes while parsing: functions and variables
// must be known, actions must be balanced.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "base/utf8.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/template/escape.h"
#include "telemetry/core/template/lexer.h"
#include "telemetry/core/template/nodes.h"

namespace aloft::telemetry::templates {
namespace detail {

std::pair<std::size_t, std::size_t> place_of(std::string_view source, std::size_t offset) {
  const std::string_view before = source.substr(0, std::min(offset, source.size()));
  std::size_t line = 1;
  for (const char c : before) line += c == '\n' ? 1 : 0;
  const std::size_t last = before.rfind('\n');
  return {line, last == std::string_view::npos ? before.size() : before.size() - last - 1};
}

namespace {

using Kind = Token::Kind;

constexpr std::size_t depth_limit = 200;

// Undoes Go's escapes in a string or character literal; false for a wrong one.
bool unquote(std::string_view literal, std::string& out) {
  const char quote = literal.front();
  literal = literal.substr(1, literal.size() - 2);
  if (quote == '`') {
    for (const char c : literal) {
      if (c != '\r') out += c;
    }
    return true;
  }
  while (!literal.empty()) {
    const char c = literal.front();
    literal.remove_prefix(1);
    if (c != '\\') {
      out += c;
    } else if (!go_unescape(literal, std::string_view(&quote, 1), out)) {
      return false;
    }
  }
  return true;
}

class Parser {
 public:
  Parser(Parsed& out, const Functions& functions) : out_(out), functions_(functions) {}

  Result<> run() {
    std::size_t failed_at = 0;
    auto tokens = lex(out_.source, failed_at);
    if (!tokens) return fail_at(failed_at, tokens.error().message());
    tokens_ = std::move(*tokens);
    out_.root.name = out_.name;
    out_.root.owner = &out_;
    scopes_.emplace_back("");
    Ending ending;
    TRY_DO(list(out_.root.nodes, ending));
    if (ending.word.empty()) return {};
    return fail_at(ending.position, fmt::format("unexpected {{{{{}}}}}", ending.word));
  }

 private:
  // What ended a list: nothing (the end of the text), "end" or "else" with what follows it.
  struct Ending {
    std::string_view word;
    std::size_t position = 0;
  };

  std::unexpected<Error> fail_at(std::size_t position, std::string_view message) const {
    const auto [line, column] = place_of(out_.source, position);
    return fail(Code::invalid, fmt::format("template: {}:{}: {}", out_.name, line, message));
  }
  const Token& peek() const { return tokens_[next_]; }
  const Token& take() { return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_]; }
  bool is_word(std::string_view word) const { return peek().kind == Kind::identifier && peek().text == word; }
  std::unexpected<Error> unexpected(const Token& token, std::string_view context) const {
    if (token.kind == Kind::end) return fail_at(token.position, "unexpected EOF");
    const std::string_view shown = token.kind == Kind::close ? "\"}}\"" : token.text;
    const std::string quoted = token.kind == Kind::close || token.kind == Kind::string
                                   ? std::string(shown)
                                   : fmt::format("\"{}\"", shown);
    constexpr std::array<std::string_view, 12> keywords = {"if",    "with",     "range", "else",
                                                           "end",   "define",   "block", "template",
                                                           "break", "continue", "nil",   "dot"};
    if (token.kind == Kind::identifier &&
        std::find(keywords.begin(), keywords.end(), token.text) != keywords.end())
      return fail_at(token.position, fmt::format("unexpected <{}> in {}", token.text, context));
    return fail_at(token.position, fmt::format("unexpected {} in {}", quoted, context));
  }
  Result<> expect_close(std::string_view context) {
    if (peek().kind != Kind::close) return unexpected(peek(), context);
    take();
    return {};
  }

  Result<> list(std::vector<Node>& nodes, Ending& ending) {
    if (++depth_ > depth_limit) return fail_at(peek().position, "template is nested too deeply");
    for (;;) {
      const Token& token = take();
      if (token.kind == Kind::end) {
        ending = {{}, token.position};
        break;
      }
      if (token.kind == Kind::text) {
        Node node;
        node.text = std::string(token.text);
        node.position = token.position;
        nodes.push_back(std::move(node));
        continue;
      }
      TRY_DO(action(nodes, ending));
      if (!ending.word.empty()) break;
    }
    --depth_;
    return {};
  }

  Result<> action(std::vector<Node>& nodes, Ending& ending) {
    const Token word = peek();
    Node node;
    node.position = word.position;
    if (word.kind == Kind::identifier) {
      if (word.text == "end" || word.text == "else") {
        take();
        ending = {word.text, word.position};
        return word.text == "end" ? expect_close("end") : Result<>();
      }
      if (word.text == "define") return define();
      if (word.text == "if") return branch(nodes, Node::Kind::branch_if);
      if (word.text == "with") return branch(nodes, Node::Kind::branch_with);
      if (word.text == "range") return branch(nodes, Node::Kind::range);
      if (word.text == "template") return invoke(nodes);
      if (word.text == "block") return block(nodes);
      const bool stops = word.text == "break";
      if ((stops || word.text == "continue") && functions_.find(word.text) == nullptr) {
        take();
        if (loops_ == 0)
          return fail_at(word.position, fmt::format("{{{{{}}}}} outside {{{{range}}}}", word.text));
        node.kind = stops ? Node::Kind::break_loop : Node::Kind::next_loop;
        nodes.push_back(std::move(node));
        return expect_close(word.text);
      }
    }
    node.kind = Node::Kind::action;
    TRY(parsed, pipeline("command", Kind::close, false));
    node.pipeline = std::move(parsed);
    nodes.push_back(std::move(node));
    return {};
  }

  Result<> branch(std::vector<Node>& nodes, Node::Kind kind) {
    const Token word = take();
    Node node;
    node.kind = kind;
    node.position = word.position;
    const std::size_t scope = scopes_.size();
    TRY(parsed, pipeline(word.text, Kind::close, kind == Node::Kind::range));
    node.pipeline = std::move(parsed);
    if (kind == Node::Kind::range) ++loops_;
    Ending ending;
    TRY_DO(list(node.body, ending));
    if (kind == Node::Kind::range) --loops_;
    if (ending.word == "else") {
      node.has_otherwise = true;
      // {{else if x}} is {{else}}{{if x}} that shares its {{end}}.
      const bool chained = (kind == Node::Kind::branch_if && is_word("if")) ||
                           (kind == Node::Kind::branch_with && is_word("with"));
      if (chained) {
        if (++depth_ > depth_limit) return fail_at(peek().position, "template is nested too deeply");
        TRY_DO(branch(node.otherwise, kind));
        --depth_;
        scopes_.resize(scope);
        nodes.push_back(std::move(node));
        return {};
      }
      TRY_DO(expect_close("else"));
      ending = {};
      TRY_DO(list(node.otherwise, ending));
      if (ending.word == "else") return fail_at(ending.position, "expected end; found {{else}}");
    }
    if (ending.word.empty()) return fail_at(ending.position, "unexpected EOF");
    scopes_.resize(scope);
    nodes.push_back(std::move(node));
    return {};
  }

  Result<std::string> name(std::string_view context) {
    const Token token = take();
    std::string text;
    if (token.kind != Kind::string) return unexpected(token, fmt::format("{} clause", context));
    if (!unquote(token.text, text)) return fail_at(token.position, "invalid syntax");
    return text;
  }

  // The body of a definition knows no variables of its surroundings.
  Result<> definition(std::string definition_name) {
    std::vector<std::string> outer = std::exchange(scopes_, {""});
    const int loops = std::exchange(loops_, 0);
    Block block;
    block.owner = &out_;
    block.name = definition_name;
    Ending ending;
    TRY_DO(list(block.nodes, ending));
    if (ending.word.empty()) return fail_at(ending.position, "unexpected EOF");
    if (ending.word == "else") return fail_at(ending.position, "unexpected {{else}} in define clause");
    scopes_ = std::move(outer);
    loops_ = loops;
    out_.definitions.insert_or_assign(std::move(definition_name), std::move(block));
    return {};
  }

  Result<> define() {
    take();
    TRY(definition_name, name("define"));
    TRY_DO(expect_close("define clause"));
    return definition(std::move(definition_name));
  }

  Result<> invoke(std::vector<Node>& nodes) {
    Node node;
    node.kind = Node::Kind::invoke;
    node.position = take().position;
    TRY(template_name, name("template"));
    node.text = std::move(template_name);
    if (peek().kind == Kind::close) {
      take();
    } else {
      TRY(parsed, pipeline("template clause", Kind::close, false));
      node.pipeline = std::move(parsed);
    }
    nodes.push_back(std::move(node));
    return {};
  }

  Result<> block(std::vector<Node>& nodes) {
    Node node;
    node.kind = Node::Kind::invoke;
    node.position = take().position;
    TRY(block_name, name("block"));
    node.text = block_name;
    TRY(parsed, pipeline("block clause", Kind::close, false));
    node.pipeline = std::move(parsed);
    nodes.push_back(std::move(node));
    return definition(std::move(block_name));
  }

  Result<std::unique_ptr<Pipeline>> pipeline(std::string_view context, Kind end, bool is_range) {
    auto out = std::make_unique<Pipeline>();
    out->position = peek().position;
    if (++depth_ > depth_limit) return fail_at(peek().position, "template is nested too deeply");
    TRY_DO(declarations(*out, context, is_range));
    for (;;) {
      if (peek().kind == end) {
        out->end = peek().position;
        take();
        break;
      }
      Command command;
      TRY_DO(operands(command, context, end));
      out->commands.push_back(std::move(command));
      if (peek().kind == Kind::pipe) {
        take();
        if (peek().kind == end) return fail_at(peek().position, fmt::format("missing value for {}", context));
      }
    }
    --depth_;
    if (out->commands.empty()) return fail_at(out->position, fmt::format("missing value for {}", context));
    TRY_DO(check_commands(*out));
    return out;
  }

  // A value that nothing can be piped into stands only at the start.
  Result<> check_commands(const Pipeline& parsed) {
    for (std::size_t i = 1; i < parsed.commands.size(); ++i) {
      const Operand& first = parsed.commands[i].operands.front();
      const bool fixed =
          first.kind == Operand::Kind::constant || (first.kind == Operand::Kind::dot && first.fields.empty());
      if (fixed)
        return fail_at(first.position, fmt::format("non executable command in pipeline stage {}", i + 1));
    }
    return {};
  }

  Result<> declarations(Pipeline& out, std::string_view context, bool is_range) {
    if (peek().kind != Kind::variable) return {};
    const auto kind_at = [this](std::size_t ahead) {
      return next_ + ahead < tokens_.size() ? tokens_[next_ + ahead].kind : Kind::end;
    };
    const bool two = is_range && kind_at(1) == Kind::comma && kind_at(2) == Kind::variable;
    const Kind mark = kind_at(two ? 3 : 1);
    if (mark != Kind::declare && mark != Kind::assign) {
      if (kind_at(1) == Kind::comma)
        return fail_at(peek().position, fmt::format("too many declarations in {}", context));
      return {};
    }
    out.assigns = mark == Kind::assign;
    for (int i = 0; i < (two ? 2 : 1); ++i) {
      const Token token = take();
      std::string variable(token.text.substr(1));
      if (out.assigns && !known(variable))
        return fail_at(token.position, fmt::format("undefined variable \"{}\"", token.text));
      out.variables.push_back(std::move(variable));
      take();
    }
    // Known from here on; Go also allows the name inside its own declaration.
    if (!out.assigns) scopes_.insert(scopes_.end(), out.variables.begin(), out.variables.end());
    return {};
  }

  bool known(std::string_view variable) const {
    return std::find(scopes_.begin(), scopes_.end(), variable) != scopes_.end();
  }

  Result<> operands(Command& command, std::string_view context, Kind end) {
    for (;;) {
      const Token& token = peek();
      if (token.kind == end || token.kind == Kind::pipe) break;
      if (!command.operands.empty() && !token.spaced && token.kind != Kind::left)
        return unexpected(token, "operand");
      TRY(read, operand(context));
      command.operands.push_back(std::move(read));
    }
    if (command.operands.empty()) return fail_at(peek().position, "empty command");
    return {};
  }

  Result<Operand> operand(std::string_view context) {
    const Token token = take();
    Operand out;
    out.position = token.position;
    switch (token.kind) {
      case Kind::dot:
        out.kind = Operand::Kind::dot;
        break;
      case Kind::field:
        out.kind = Operand::Kind::field;
        out.fields.emplace_back(token.text.substr(1));
        break;
      case Kind::variable:
        out.kind = Operand::Kind::variable;
        out.name = std::string(token.text.substr(1));
        if (!known(out.name))
          return fail_at(token.position, fmt::format("undefined variable \"{}\"", token.text));
        break;
      case Kind::left: {
        out.kind = Operand::Kind::pipeline;
        TRY(inner, pipeline("parenthesized pipeline", Kind::right, false));
        out.inner = std::move(inner);
        break;
      }
      case Kind::identifier: {
        TRY_DO(word(token, out));
        break;
      }
      case Kind::number:
      case Kind::character:
      case Kind::string: {
        TRY_DO(constant(token, out));
        break;
      }
      default:
        return unexpected(token, context);
    }
    TRY_DO(chain(out));
    out.end = tokens_[next_ - 1].position + tokens_[next_ - 1].text.size();
    return out;
  }

  Result<> word(const Token& token, Operand& out) {
    if (token.text == "true" || token.text == "false" || token.text == "nil") {
      out.kind = Operand::Kind::constant;
      if (token.text != "nil") out.constant = Value(token.text == "true");
      return {};
    }
    out.kind = Operand::Kind::function;
    out.name = std::string(token.text);
    out.function = functions_.find(token.text);
    if (out.function == nullptr) out.function = Functions::builtin().find(token.text);
    constexpr std::array<std::string_view, 8> keywords = {"if",  "with",   "range", "else",
                                                          "end", "define", "block", "template"};
    if (out.function == nullptr && std::find(keywords.begin(), keywords.end(), token.text) != keywords.end())
      return unexpected(token, "operand");
    if (out.function == nullptr)
      return fail_at(token.position, fmt::format("function \"{}\" not defined", token.text));
    return {};
  }

  Result<> constant(const Token& token, Operand& out) {
    out.kind = Operand::Kind::constant;
    if (token.kind == Kind::number) return number(token, out);
    std::string text;
    if (!unquote(token.text, text)) {
      const bool character = token.kind == Kind::character;
      return fail_at(token.position, character ? fmt::format("malformed character constant: {}", token.text)
                                               : "invalid syntax");
    }
    if (token.kind == Kind::string) {
      out.constant = Value(std::move(text));
      return {};
    }
    std::size_t at = 0;
    if (text.empty())
      return fail_at(token.position, fmt::format("malformed character constant: {}", token.text));
    const char32_t code_point = next_code_point(text, at);
    if (at != text.size())
      return fail_at(token.position, fmt::format("malformed character constant: {}", token.text));
    out.constant = Value(static_cast<std::int64_t>(code_point));
    return {};
  }

  Result<> number(const Token& token, Operand& out) {
    std::string digits;
    for (const char c : token.text) {
      if (c != '_') digits += c;
    }
    std::string_view rest = digits;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    int base = 10;
    if (rest.size() > 1 && rest[0] == '0') {
      const char letter = static_cast<char>(rest[1] | 0x20);
      base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
      if (letter == 'x' || letter == 'b' || letter == 'o') rest.remove_prefix(2);
    }
    std::uint64_t whole = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), whole, base);
    const std::uint64_t largest = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
    if (read.ec == std::errc() && read.ptr == rest.data() + rest.size() && !rest.empty()) {
      if (whole > largest)
        return fail_at(token.position, fmt::format("integer overflow: \"{}\"", token.text));
      out.constant = Value(static_cast<std::int64_t>(negative ? ~whole + 1 : whole));
      return {};
    }
    double real = 0;
    const bool word = digits.find_first_of("iInN") != std::string::npos;
    if (word || !parse_float(digits, real))
      return fail_at(token.position, fmt::format("bad number syntax: \"{}\"", token.text));
    out.constant = Value(real);
    return {};
  }

  Result<> chain(Operand& out) {
    bool first = true;
    while (peek().kind == Kind::field && !peek().spaced) {
      const Token field = take();
      if (out.kind == Operand::Kind::constant && first)
        return fail_at(field.position,
                       fmt::format("unexpected . after term \"{}\"", out.constant.to_string()));
      first = false;
      if (out.kind == Operand::Kind::dot) return unexpected(field, "operand");
      out.fields.emplace_back(field.text.substr(1));
    }
    return {};
  }

  Parsed& out_;
  const Functions& functions_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  int loops_ = 0;
  std::vector<std::string> scopes_;  // names of the variables in view
};

}  // namespace

Result<std::shared_ptr<const Parsed>> parse_template(std::string name, std::string_view text,
                                                     const Functions& functions) {
  auto parsed = std::make_shared<Parsed>();
  parsed->name = std::move(name);
  parsed->source = std::string(text);
  TRY_DO(Parser(*parsed, functions).run());
  return std::shared_ptr<const Parsed>(std::move(parsed));
}

}  // namespace detail
}  // namespace aloft::telemetry::templates
