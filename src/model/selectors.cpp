// Label selectors by upstream's grammar, token by token, so that bad ones fail at the same place with the
// same words.
#include "model/selectors.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/names.h"

namespace aloft::model {
namespace {

using Operator = LabelRequirement::Operator;

enum class Token {
  end,
  closed,
  comma,
  bang,
  double_equals,
  equals,
  greater,
  less,
  not_equals,
  open,
  in,
  not_in,
  name
};

struct Item {
  Token token = Token::end;
  std::string_view text;
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_special(char c) {
  return c == '=' || c == '!' || c == '(' || c == ')' || c == ',' || c == '>' || c == '<';
}

Token special_token(char c) {
  switch (c) {
    case '=':
      return Token::equals;
    case '!':
      return Token::bang;
    case '(':
      return Token::open;
    case ')':
      return Token::closed;
    case ',':
      return Token::comma;
    case '>':
      return Token::greater;
    default:
      return Token::less;
  }
}

// A NUL byte ends the text, as upstream's lexer takes it for the end.
std::vector<Item> scan(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  std::vector<Item> items;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text.substr(at, 2) == "==" || text.substr(at, 2) == "!=") {
      items.push_back({text[at] == '=' ? Token::double_equals : Token::not_equals, text.substr(at, 2)});
      at += 2;
    } else if (is_special(text[at])) {
      items.push_back({special_token(text[at]), text.substr(at, 1)});
      ++at;
    } else {
      const std::size_t start = at;
      while (at < text.size() && !is_special(text[at]) && !is_blank(text[at])) ++at;
      const std::string_view word = text.substr(start, at - start);
      items.push_back({word == "in" ? Token::in : word == "notin" ? Token::not_in : Token::name, word});
    }
  }
  items.emplace_back();
  return items;
}

bool parse_integer(std::string_view text, std::int64_t& out) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string invalid_value(std::string_view where, std::string_view value, std::string_view why) {
  return fmt::format("{}: Invalid value: {}: {}", where, go_quote(value), why);
}

class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : items_(scan(text)) {}

  Result<std::vector<LabelRequirement>> parse() {
    std::vector<LabelRequirement> out;
    while (true) {
      const Item first = peek();
      if (first.token == Token::end) return out;
      if (first.token != Token::name && first.token != Token::bang) {
        return refuse("found '{}', expected: !, identifier, or 'end of string'", first.text);
      }
      auto requirement = parse_requirement();
      if (!requirement) return fail(std::move(requirement.error().at("unable to parse requirement")));
      out.push_back(std::move(*requirement));
      const Item next = take();
      if (next.token == Token::end) return out;
      if (next.token != Token::comma)
        return refuse("found '{}', expected: ',' or 'end of string'", next.text);
      const Item after = peek();
      if (after.token != Token::name && after.token != Token::bang) {
        return refuse("found '{}', expected: identifier after ','", after.text);
      }
    }
  }

 private:
  template <class... Args>
  static std::unexpected<Error> refuse(fmt::format_string<Args...> format, Args&&... args) {
    return fail(Code::bad_request, fmt::format(format, std::forward<Args>(args)...));
  }

  // "in" and "notin" are words like others but where an operator is expected.
  Item peek() const {
    Item item = items_[std::min(at_, items_.size() - 1)];
    if (item.token == Token::in || item.token == Token::not_in) item.token = Token::name;
    return item;
  }
  Item take() {
    const Item item = peek();
    ++at_;
    return item;
  }
  Item take_operator() { return items_[std::min(at_++, items_.size() - 1)]; }

  Result<LabelRequirement> parse_requirement() {
    LabelRequirement out;
    Item key = take();
    const bool negated = key.token == Token::bang;
    if (negated) key = take();
    if (key.token != Token::name) return refuse("found '{}', expected: identifier", key.text);
    if (const auto wrong = check_qualified_name(key.text); !wrong.empty()) {
      return refuse("{}", invalid_value("<nil>", key.text, joined(wrong, "; ")));
    }
    out.key = std::string(key.text);
    if (const Token next = peek().token; next == Token::end || next == Token::comma) {
      out.op = negated ? Operator::does_not_exist : Operator::exists;
      return out;
    }
    if (negated) {
      // What follows "!key" is left for the caller to refuse.
      out.op = Operator::does_not_exist;
      return out;
    }
    TRY_DO(parse_operator(out));
    if (out.op == Operator::in || out.op == Operator::not_in) {
      TRY_DO(parse_values(out));
    } else {
      TRY_DO(parse_exact_value(out));
    }
    TRY_DO(check_values(out));
    return out;
  }

  Result<> parse_operator(LabelRequirement& out) {
    const Item item = take_operator();
    switch (item.token) {
      case Token::in:
        out.op = Operator::in;
        break;
      case Token::not_in:
        out.op = Operator::not_in;
        break;
      case Token::equals:
      case Token::double_equals:
        out.op = Operator::equals;
        break;
      case Token::not_equals:
        out.op = Operator::not_equals;
        break;
      case Token::greater:
        out.op = Operator::greater;
        break;
      case Token::less:
        out.op = Operator::less;
        break;
      default:
        return refuse("found '{}', expected: in, notin, =, ==, !=, gt, lt", item.text);
    }
    return {};
  }

  // "(a,b)" with empty ones: "()", "(,)", "(a,)".
  Result<> parse_values(LabelRequirement& out) {
    if (const Item open = take(); open.token != Token::open)
      return refuse("found '{}' expected: '('", open.text);
    const Item first = peek();
    if (first.token == Token::closed) {
      take();
      out.values.emplace_back();
      return {};
    }
    if (first.token != Token::name && first.token != Token::comma) {
      return refuse("found '{}', expected: ',', ')' or identifier", first.text);
    }
    while (true) {
      const Item item = take();
      const Item next = peek();
      if (item.token == Token::name) {
        out.values.emplace_back(item.text);
        if (next.token == Token::closed) break;
        if (next.token != Token::comma) return refuse("found '{}', expected: ',' or ')'", next.text);
      } else if (item.token == Token::comma) {
        if (out.values.empty() || next.token == Token::closed || next.token == Token::comma)
          out.values.emplace_back();
        if (next.token == Token::closed) break;
      } else {
        return refuse("found '{}', expected: ',', or identifier", item.text);
      }
    }
    take();
    std::sort(out.values.begin(), out.values.end());
    out.values.erase(std::unique(out.values.begin(), out.values.end()), out.values.end());
    return {};
  }

  Result<> parse_exact_value(LabelRequirement& out) {
    if (const Token next = peek().token; next == Token::end || next == Token::comma) {
      out.values.emplace_back();
      return {};
    }
    const Item item = take();
    if (item.token != Token::name) return refuse("found '{}', expected: identifier", item.text);
    out.values.emplace_back(item.text);
    return {};
  }

  Result<> check_values(const LabelRequirement& requirement) const {
    std::vector<std::string> wrong;
    if (requirement.op == Operator::greater || requirement.op == Operator::less) {
      std::int64_t ignored = 0;
      for (std::size_t i = 0; i < requirement.values.size(); ++i) {
        if (parse_integer(requirement.values[i], ignored)) continue;
        wrong.push_back(invalid_value(fmt::format("values[{}]", i), requirement.values[i],
                                      "for 'Gt', 'Lt' operators, the value must be an integer"));
      }
    }
    for (std::size_t i = 0; i < requirement.values.size(); ++i) {
      const auto messages = check_label_value(requirement.values[i]);
      if (messages.empty()) continue;
      wrong.push_back(invalid_value(fmt::format("values[{}][{}]", i, requirement.key), requirement.values[i],
                                    joined(messages, "; ")));
    }
    if (wrong.empty()) return {};
    return refuse("{}", wrong.size() == 1 ? wrong.front() : "[" + joined(wrong, ", ") + "]");
  }

  std::vector<Item> items_;
  std::size_t at_ = 0;
};

bool holds(const LabelRequirement& requirement, const std::optional<std::string_view>& value) {
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), *value) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case Operator::in:
    case Operator::equals:
      return value && listed();
    case Operator::not_in:
    case Operator::not_equals:
      return !value || !listed();
    case Operator::exists:
      return value.has_value();
    case Operator::does_not_exist:
      return !value;
    case Operator::greater:
    case Operator::less:
      break;
  }
  std::int64_t have = 0;
  std::int64_t bound = 0;
  if (!value || requirement.values.size() != 1 || !parse_integer(*value, have)) return false;
  if (!parse_integer(requirement.values.front(), bound)) return false;
  return requirement.op == Operator::greater ? have > bound : have < bound;
}

void append_requirement(std::string& out, const LabelRequirement& requirement) {
  if (requirement.op == Operator::does_not_exist) out += '!';
  out += requirement.key;
  switch (requirement.op) {
    case Operator::in:
      out += " in (";
      break;
    case Operator::not_in:
      out += " notin (";
      break;
    case Operator::equals:
      out += '=';
      break;
    case Operator::not_equals:
      out += "!=";
      break;
    case Operator::greater:
      out += '>';
      break;
    case Operator::less:
      out += '<';
      break;
    case Operator::exists:
    case Operator::does_not_exist:
      return;
  }
  auto values = requirement.values;
  std::sort(values.begin(), values.end());
  out += joined(values, ",");
  if (requirement.op == Operator::in || requirement.op == Operator::not_in) out += ')';
}

}  // namespace

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  TRY(requirements, SelectorParser(text).parse());
  std::sort(requirements.begin(), requirements.end(), [](const auto& a, const auto& b) {
    return std::tie(a.key, a.op, a.values) < std::tie(b.key, b.op, b.values);
  });
  LabelSelector out;
  out.requirements_ = std::move(requirements);
  return out;
}

LabelSelector LabelSelector::of(const std::map<std::string, std::string>& equals) {
  LabelSelector out;
  for (const auto& [key, value] : equals) out.add({Operator::equals, key, {value}});
  return out;
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const LabelRequirement& requirement) {
    const auto found = labels.find(requirement.key);
    return holds(requirement,
                 found == labels.end() ? std::nullopt : std::optional<std::string_view>(found->second));
  });
}

bool LabelSelector::matches(const LabelLookup& lookup) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const LabelRequirement& requirement) {
    return holds(requirement, lookup(requirement.key));
  });
}

std::string LabelSelector::to_string() const {
  std::string out;
  for (const auto& requirement : requirements_) {
    if (!out.empty()) out += ',';
    append_requirement(out, requirement);
  }
  return out;
}

}  // namespace aloft::model
