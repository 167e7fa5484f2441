// One pass over the format; each verb reads its flags, width and precision and writes one argument.
#include "telemetry/core/template/printf.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/go_quote.h"
#include "base/utf8.h"
#include "telemetry/core/template/escape.h"

namespace aloft::telemetry::templates {
namespace {

constexpr int number_limit = 1000;

struct Spec {
  bool plus = false;
  bool minus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  int width = -1;
  int precision = -1;
  char32_t verb = 0;
};

std::size_t runes(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
  return count;
}

void pad(std::string& out, std::string_view text, const Spec& spec, bool numeric) {
  const std::size_t length = runes(text);
  const std::size_t width = spec.width > 0 ? static_cast<std::size_t>(spec.width) : 0;
  if (length >= width) {
    out.append(text);
  } else if (spec.minus) {
    out.append(text).append(width - length, ' ');
  } else if (spec.zero && numeric) {
    const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
    if (sign) out += text[0];
    out.append(width - length, '0').append(text.substr(sign ? 1 : 0));
  } else {
    out.append(width - length, ' ').append(text);
  }
}

std::string with_sign(std::string text, const Spec& spec) {
  if (!text.empty() && text[0] != '-' && text[0] != '+') {
    if (spec.plus)
      text.insert(0, "+");
    else if (spec.space)
      text.insert(0, " ");
  }
  return text;
}

std::string to_base(std::uint64_t value, int base, bool upper) {
  char buffer[65];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, base);
  std::string out(buffer, end.ptr);
  if (upper) {
    for (char& c : out) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return out;
}

// False when the verb does not fit an integer.
bool write_integer(std::string& out, std::int64_t value, const Spec& spec) {
  const bool negative = value < 0;
  const std::uint64_t size =
      negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  std::string text;
  switch (spec.verb) {
    case 'v':
    case 'd':
      text = to_base(size, 10, false);
      break;
    case 'b':
      text = (spec.sharp ? "0b" : "") + to_base(size, 2, false);
      break;
    case 'o':
    case 'O':
      text = (spec.verb == 'O' ? "0o" : spec.sharp ? "0" : "") + to_base(size, 8, false);
      break;
    case 'x':
      text = (spec.sharp ? "0x" : "") + to_base(size, 16, false);
      break;
    case 'X':
      text = (spec.sharp ? "0X" : "") + to_base(size, 16, true);
      break;
    case 'c':
      append_utf8(text, static_cast<char32_t>(value));
      pad(out, text, spec, false);
      return true;
    case 'q':
      text = "'";
      append_utf8(text, static_cast<char32_t>(value));
      pad(out, text + "'", spec, false);
      return true;
    case 'U':
      pad(out, fmt::format("U+{:04X}", size), spec, false);
      return true;
    default:
      return false;
  }
  if (spec.precision > 0 && text.size() < static_cast<std::size_t>(spec.precision)) {
    text.insert(0, static_cast<std::size_t>(spec.precision) - text.size(), '0');
  }
  pad(out, with_sign(negative ? "-" + text : text, spec), spec, true);
  return true;
}

bool write_real(std::string& out, double value, const Spec& spec) {
  std::string text;
  switch (spec.verb) {
    case 'v':
      text = format_go_float(value, 'g', spec.precision);
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
      text = format_go_float(value, static_cast<char>(spec.verb), spec.precision < 0 ? 6 : spec.precision);
      break;
    case 'g':
    case 'G':
      text = format_go_float(value, static_cast<char>(spec.verb), spec.precision);
      break;
    default:
      return false;
  }
  Spec padding = spec;
  const bool finite = text.find_first_of("NI") == std::string::npos;
  if (!finite) padding.zero = false;
  if (!spec.plus && text.starts_with("+Inf")) text = "+Inf";
  pad(out, with_sign(std::move(text), spec), padding, true);
  return true;
}

bool write_text(std::string& out, std::string_view text, const Spec& spec) {
  std::string cut(text);
  if (spec.precision >= 0 && spec.verb != 'x' && spec.verb != 'X') {
    std::size_t at = 0;
    for (int i = 0; i < spec.precision && at < cut.size(); ++i) next_code_point(cut, at);
    cut.resize(at);
  }
  switch (spec.verb) {
    case 'v':
    case 's':
      pad(out, spec.verb == 'v' && spec.sharp ? go_quote(cut) : cut, spec, false);
      return true;
    case 'q':
      pad(out, spec.sharp && cut.find('`') == std::string::npos ? "`" + cut + "`" : go_quote(cut), spec,
          false);
      return true;
    case 'x':
    case 'X': {
      std::string hex;
      for (const char c : cut) {
        const auto byte = static_cast<unsigned char>(c);
        hex += spec.verb == 'x' ? fmt::format("{:02x}", byte) : fmt::format("{:02X}", byte);
      }
      pad(out, hex, spec, false);
      return true;
    }
    default:
      return false;
  }
}

void write_bad_verb(std::string& out, const Value& value, const Spec& spec) {
  out += "%!";
  append_utf8(out, spec.verb);
  out += '(';
  if (value.is_nil()) {
    out += "<nil>";
  } else {
    out.append(value.type_name()).append("=");
    value.append_to(out);
  }
  out += ')';
}

void write_value(std::string& out, const Value& value, const Spec& spec, std::size_t limit) {
  if (out.size() > limit) return;
  if (spec.verb == 'T') return pad(out, value.type_name(), spec, false);
  switch (value.kind()) {
    case Value::Kind::nil:
      if (spec.verb == 'v')
        pad(out, "<nil>", spec, false);
      else
        write_bad_verb(out, value, spec);
      return;
    case Value::Kind::boolean:
      if (spec.verb == 'v' || spec.verb == 't')
        pad(out, *value.if_bool() ? "true" : "false", spec, false);
      else
        write_bad_verb(out, value, spec);
      return;
    case Value::Kind::integer:
      if (!write_integer(out, *value.if_int(), spec)) write_bad_verb(out, value, spec);
      return;
    case Value::Kind::real:
      if (!write_real(out, *value.if_real(), spec)) write_bad_verb(out, value, spec);
      return;
    case Value::Kind::text:
      if (!write_text(out, *value.if_text(), spec)) write_bad_verb(out, value, spec);
      return;
    case Value::Kind::list: {
      out += '[';
      bool first = true;
      for (const Value& item : *value.if_list()) {
        if (!std::exchange(first, false)) out += ' ';
        write_value(out, item, spec, limit);
      }
      out += ']';
      return;
    }
    case Value::Kind::map: {
      const bool structure = value.missing() == Value::Missing::error;
      out += structure ? "{" : "map[";
      bool first = true;
      Spec key_spec = spec;
      for (const auto& [key, member] : *value.if_map()) {
        if (!std::exchange(first, false)) out += ' ';
        if (!structure || spec.plus) {
          if (!write_text(out, key, key_spec)) write_bad_verb(out, Value(key), spec);
          out += ':';
        }
        write_value(out, member, spec, limit);
      }
      out += structure ? '}' : ']';
      return;
    }
    case Value::Kind::record:
    case Value::Kind::time:
      if (!write_text(out, value.to_string(), spec)) write_bad_verb(out, value, spec);
      return;
  }
}

// Walks a format and takes arguments in order.
class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> arguments, std::size_t limit)
      : format_(format), arguments_(arguments), limit_(limit) {}

  std::string run() {
    while (at_ < format_.size() && out_.size() <= limit_) {
      const std::size_t percent = format_.find('%', at_);
      out_.append(format_.substr(at_, percent - at_));
      if (percent == std::string_view::npos) break;
      at_ = percent + 1;
      directive();
    }
    if (!indexed_ && next_ < arguments_.size()) extra();
    if (out_.size() > limit_) out_.resize(limit_);
    return std::move(out_);
  }

 private:
  void directive() {
    Spec spec;
    flags(spec);
    index();
    spec.width = number(true);
    if (spec.width < -1) {
      spec.minus = true;
      spec.width = -spec.width;
    }
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      index();
      spec.precision = std::max(0, number(false));
    }
    index();
    if (at_ >= format_.size()) {
      out_ += "%!(NOVERB)";
      return;
    }
    spec.verb = next_code_point(format_, at_);
    if (spec.minus) spec.zero = false;
    if (spec.verb == '%') {
      out_ += '%';
    } else if (bad_index_) {
      out_ += "%!";
      append_utf8(out_, spec.verb);
      out_ += "(BADINDEX)";
      bad_index_ = false;
    } else if (next_ >= arguments_.size()) {
      out_ += "%!";
      append_utf8(out_, spec.verb);
      out_ += "(MISSING)";
    } else {
      write_value(out_, arguments_[next_++], spec, limit_);
    }
  }
  void flags(Spec& spec) {
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '+':
          spec.plus = true;
          break;
        case '-':
          spec.minus = true;
          break;
        case '#':
          spec.sharp = true;
          break;
        case ' ':
          spec.space = true;
          break;
        case '0':
          spec.zero = true;
          break;
        default:
          return;
      }
    }
  }
  // An explicit argument number such as [1].
  void index() {
    if (at_ >= format_.size() || format_[at_] != '[') return;
    const std::size_t end = format_.find(']', at_);
    indexed_ = true;
    std::size_t value = 0;
    if (end == std::string_view::npos) {
      bad_index_ = true;
      ++at_;
      return;
    }
    const auto read = std::from_chars(format_.data() + at_ + 1, format_.data() + end, value);
    const bool whole = read.ec == std::errc() && read.ptr == format_.data() + end;
    if (whole && value >= 1 && value <= arguments_.size())
      next_ = value - 1;
    else
      bad_index_ = true;
    at_ = end + 1;
  }
  int number(bool negative_allowed) {
    if (at_ < format_.size() && format_[at_] == '*') {
      ++at_;
      const auto* whole = next_ < arguments_.size() ? arguments_[next_++].if_int() : nullptr;
      if (whole == nullptr) {
        out_ += negative_allowed ? "%!(BADWIDTH)" : "%!(BADPREC)";
        return -1;
      }
      return static_cast<int>(
          std::clamp<std::int64_t>(*whole, negative_allowed ? -number_limit : -1, number_limit));
    }
    int value = -1;
    for (; at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      value = std::min(number_limit, std::max(value, 0) * 10 + (format_[at_] - '0'));
    }
    return value;
  }
  void extra() {
    out_ += "%!(EXTRA ";
    for (std::size_t i = next_; i < arguments_.size(); ++i) {
      if (i > next_) out_ += ", ";
      if (arguments_[i].is_nil()) {
        out_ += "<nil>";
      } else {
        out_.append(arguments_[i].type_name()).append("=");
        arguments_[i].append_to(out_, limit_);
      }
    }
    out_ += ')';
  }

  std::string_view format_;
  std::span<const Value> arguments_;
  std::size_t limit_;
  std::string out_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool indexed_ = false;
  bool bad_index_ = false;
};

}  // namespace

std::string format_go(std::string_view format, std::span<const Value> arguments, std::size_t limit) {
  return Formatter(format, arguments, limit).run();
}

std::string print_go(std::span<const Value> arguments) {
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool texts = i > 0 && (arguments[i].if_text() != nullptr || arguments[i - 1].if_text() != nullptr);
    if (i > 0 && !texts) out += ' ';
    arguments[i].append_to(out);
  }
  return out;
}

std::string println_go(std::span<const Value> arguments) {
  std::string out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) out += ' ';
    arguments[i].append_to(out);
  }
  return out + '\n';
}

}  // namespace aloft::telemetry::templates
