// Quantities: a scanner that follows upstream's rules to the letter, and exact integer arithmetic behind it.
#include "model/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/text.h"

namespace aloft::model {
namespace {

using Int128 = __int128;
using Format = Quantity::Format;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t nanos_in_one = 1'000'000'000;
constexpr std::size_t fast_digits = 18;  // fit an int64 whatever they are

constexpr std::array<std::int64_t, 19> powers_of_ten = [] {
  std::array<std::int64_t, 19> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr std::string_view format_message =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr std::string_view number_message = "unable to parse numeric part of quantity";
constexpr std::string_view suffix_message = "unable to parse quantity's suffix";

// A text taken apart. Views into it.
struct Parts {
  bool negative = false;
  std::string_view whole;     // digits before the point, without leading zeros
  std::string_view fraction;  // digits after it
  std::string_view suffix;
  bool has_digits = false;  // upstream's big-number path refuses a number without any
};

struct Suffix {
  bool binary = false;
  int exponent = 0;
  Format format = Format::decimal_si;
};

std::string_view take_digits(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(start, at - start);
}

// False when characters are left that cannot stand in a quantity.
bool split(std::string_view text, Parts& parts) {
  std::size_t at = 0;
  if (text[0] == '-' || text[0] == '+') {
    parts.negative = text[0] == '-';
    ++at;
  }
  const std::size_t zeros = at;
  while (at < text.size() && text[at] == '0') ++at;
  parts.whole = take_digits(text, at);
  parts.has_digits = at > zeros;
  if (at < text.size() && text[at] == '.') {
    ++at;
    parts.fraction = take_digits(text, at);
    parts.has_digits = parts.has_digits || !parts.fraction.empty();
  }
  const std::size_t suffix = at;
  while (at < text.size() && std::string_view("eEinumkKMGTP").find(text[at]) != std::string_view::npos) ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  take_digits(text, at);
  parts.suffix = text.substr(suffix);
  return at == text.size();
}

bool interpret_exponent(std::string_view text, Suffix& out) {
  if (text.front() == '+') {
    text.remove_prefix(1);
    if (text.empty() || text.front() == '-') return false;
  }
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  // Far beyond anything that counts; the bound keeps sums of exponents and digits within an int.
  out.exponent = static_cast<int>(std::clamp<std::int64_t>(exponent, -1'000'000'000, 1'000'000'000));
  out.format = Format::decimal_exponent;
  return true;
}

bool interpret(std::string_view text, Suffix& out) {
  if (text.empty()) return true;
  if (text.size() == 1) {
    constexpr std::string_view names = "numkMGTPE";
    constexpr std::array<int, 9> exponents{-9, -6, -3, 3, 6, 9, 12, 15, 18};
    const std::size_t at = names.find(text[0]);
    if (at == std::string_view::npos) return false;
    out.exponent = exponents[at];
    return true;
  }
  if (text.size() == 2 && text[1] == 'i') {
    const std::size_t at = std::string_view("KMGTPE").find(text[0]);
    if (at == std::string_view::npos) return false;
    out = {true, static_cast<int>(10 * (at + 1)), Format::binary_si};
    return true;
  }
  return (text[0] == 'e' || text[0] == 'E') && interpret_exponent(text.substr(1), out);
}

void append_suffix(std::string& out, int exponent, Format format) {
  if (exponent == 0) return;
  if (format == Format::decimal_si && exponent >= -9 && exponent <= 18) {
    const int at = exponent / 3 + 3;
    out += std::string_view("num kMGTPE")[static_cast<std::size_t>(at)];
    return;
  }
  out += 'e';
  out += std::to_string(exponent);
}

// The canonical form of a decimal given by its digits, for amounts that count as the largest but print in
// full.
std::string canonical_digits(bool negative, std::string digits, std::int64_t exponent, Format format) {
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  while (exponent % 3 != 0) {
    digits += '0';
    --exponent;
  }
  std::string out = negative ? "-" : "";
  out += digits;
  append_suffix(out, static_cast<int>(exponent), format);
  return out;
}

void append_int128(std::string& out, Int128 value) {
  std::array<char, 40> buffer;
  std::size_t at = buffer.size();
  do {
    buffer[--at] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  out.append(buffer.data() + at, buffer.size() - at);
}

void append_int64(std::string& out, std::int64_t value) {
  std::array<char, 20> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
}

void append_decimal(std::string& out, std::int64_t whole, std::int32_t nano, Format format) {
  Int128 mantissa = whole;
  int exponent = 0;
  if (nano != 0) {
    mantissa = Int128{whole} * nanos_in_one + nano;
    exponent = -9;
  }
  while (mantissa % 1000 == 0) {
    mantissa /= 1000;
    exponent += 3;
  }
  if (mantissa <= largest) {
    append_int64(out, static_cast<std::int64_t>(mantissa));
  } else {
    append_int128(out, mantissa);
  }
  append_suffix(out, exponent, format);
}

void append_binary(std::string& out, std::int64_t whole) {
  std::size_t step = 0;
  while (whole % 1024 == 0) {
    whole /= 1024;
    ++step;
  }
  append_int64(out, whole);
  if (step > 0) out.append({"KMGTPE"[step - 1], 'i'});
}

struct Amount {
  std::int64_t whole = 0;
  std::int32_t nano = 0;
  bool capped = false;
};

Amount capped() { return {largest, 0, true}; }

Amount round_nano(std::int64_t whole, std::int32_t nano, bool more) {
  if (more && ++nano == nanos_in_one) return whole == largest ? capped() : Amount{whole + 1, 0, false};
  return {whole, nano, false};
}

// Digits times ten to the exponent, without their sign, of any length.
Amount decimal_amount(std::string_view whole, std::string_view fraction, int exponent) {
  const std::size_t digits = whole.size() + fraction.size();
  const auto digit = [&](std::size_t i) {
    return i < whole.size() ? whole[i] - '0' : (i < digits ? fraction[i - whole.size()] - '0' : 0);
  };
  std::size_t first = 0;
  while (first < digits && digit(first) == 0) ++first;
  if (first == digits) return {};
  // Where the point stands, counted in digits from the first one that is not zero.
  const std::int64_t point =
      static_cast<std::int64_t>(whole.size()) + exponent - static_cast<std::int64_t>(first);
  if (point > 19) return capped();
  std::uint64_t units = 0;
  for (std::int64_t i = 0; i < point; ++i) {
    units = units * 10 + static_cast<std::uint64_t>(digit(first + static_cast<std::size_t>(i)));
  }
  if (units > static_cast<std::uint64_t>(largest)) return capped();
  std::int32_t nano = 0;
  for (std::int64_t i = point; i < point + 9; ++i) {
    nano = nano * 10 + (i < 0 ? 0 : digit(first + static_cast<std::size_t>(i)));
  }
  bool more = false;
  for (auto i = static_cast<std::size_t>(std::max<std::int64_t>(point + 9, 0)); !more && first + i < digits;
       ++i) {
    more = digit(first + i) != 0;
  }
  return round_nano(static_cast<std::int64_t>(units), nano, more);
}

// The fraction as limbs of nine digits times two to the exponent; gives the carry into the units.
std::uint64_t shift_fraction(std::vector<std::uint64_t>& limbs, int exponent) {
  std::uint64_t units = 0;
  for (int left = exponent; left > 0;) {
    const int step = std::min(left, 30);
    std::uint64_t carry = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      const std::uint64_t value = (limbs[i] << step) + carry;
      limbs[i] = value % nanos_in_one;
      carry = value / nanos_in_one;
    }
    units = (units << step) + carry;
    left -= step;
  }
  return units;
}

Amount binary_amount(std::string_view whole, std::string_view fraction, int exponent) {
  if (whole.size() > 19) return capped();
  std::uint64_t units = 0;
  for (const char c : whole) units = units * 10 + static_cast<std::uint64_t>(c - '0');
  if (Int128{units} << exponent > largest) return capped();
  if (fraction.empty()) return {static_cast<std::int64_t>(units << exponent), 0, false};
  std::vector<std::uint64_t> limbs((fraction.size() + 8) / 9);
  for (std::size_t i = 0; i < limbs.size() * 9; ++i) {
    limbs[i / 9] =
        limbs[i / 9] * 10 + (i < fraction.size() ? static_cast<std::uint64_t>(fraction[i] - '0') : 0);
  }
  const std::uint64_t sum = (units << exponent) + shift_fraction(limbs, exponent);
  if (sum > static_cast<std::uint64_t>(largest)) return capped();
  const bool more = std::any_of(limbs.begin() + 1, limbs.end(), [](std::uint64_t limb) { return limb != 0; });
  return round_nano(static_cast<std::int64_t>(sum), static_cast<std::int32_t>(limbs[0]), more);
}

// Few digits and a small exponent, which is what nearly every quantity has.
bool fast_amount(const Parts& parts, const Suffix& suffix, Amount& out) {
  const std::size_t digits = parts.whole.size() + parts.fraction.size();
  const int scale = suffix.exponent - static_cast<int>(parts.fraction.size());
  if (digits > fast_digits || scale < -9 || scale > 18) return false;
  std::int64_t value = 0;
  for (const char c : parts.whole) value = value * 10 + (c - '0');
  for (const char c : parts.fraction) value = value * 10 + (c - '0');
  if (scale >= 0) {
    const Int128 scaled = Int128{value} * powers_of_ten[static_cast<std::size_t>(scale)];
    out = scaled > largest ? capped() : Amount{static_cast<std::int64_t>(scaled), 0, false};
  } else {
    const std::int64_t unit = powers_of_ten[static_cast<std::size_t>(-scale)];
    out.whole = value / unit;
    const int missing = 9 + scale;
    out.nano = static_cast<std::int32_t>(value % unit * powers_of_ten[static_cast<std::size_t>(missing)]);
  }
  return true;
}

// Upstream keeps the text of a short number that passes its quick test for being canonical.
bool keeps_spelling(const Parts& parts, const Suffix& suffix) {
  if (suffix.binary) {
    const int precision =
        14 - static_cast<int>(std::max<std::size_t>(parts.whole.size(), 1)) - suffix.exponent * 3 / 10;
    return precision >= 0 && parts.fraction.empty() && !parts.whole.empty() &&
           std::strtoull(std::string(parts.whole).c_str(), nullptr, 10) % 8 != 0;
  }
  const std::size_t digits = std::max<std::size_t>(parts.whole.size(), 1) + parts.fraction.size();
  const int scale = suffix.exponent - static_cast<int>(parts.fraction.size());
  if (digits > fast_digits || scale < -9 || scale % 3 != 0 || parts.whole.empty()) return false;
  std::string shifted(parts.whole);
  return !shifted.append(parts.fraction).ends_with("000");
}

// True when the text is what the amount and format print as anyway: digits without leading zero, no point.
bool is_plainly_canonical(std::string_view text, const Parts& parts, const Suffix& suffix) {
  return parts.fraction.empty() && !parts.whole.empty() && parts.whole.data() == text.data() &&
         parts.whole.size() + parts.suffix.size() == text.size() &&
         suffix.format != Format::decimal_exponent && parts.whole.size() < 4;
}

std::int64_t clamp(Int128 value) {
  return static_cast<std::int64_t>(std::clamp<Int128>(value, -Int128{largest}, largest));
}

Int128 divide_away_from_zero(Int128 value, Int128 unit) {
  const Int128 quotient = value / unit;
  if (value % unit == 0) return quotient;
  return value > 0 ? quotient + 1 : quotient - 1;
}

Int128 in_nanos(std::int64_t whole, std::int32_t nano) { return Int128{whole} * nanos_in_one + nano; }

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  text = trim(text, ascii_whitespace);
  Parts parts;
  if (text.empty() || !split(text, parts)) return fail(Code::invalid, std::string(format_message));
  Suffix suffix;
  if (!interpret(parts.suffix, suffix)) return fail(Code::invalid, std::string(suffix_message));
  Amount amount;
  if (suffix.binary) {
    // Upstream takes this path by its estimate of the digits, and there an empty number is an error.
    if (!parts.has_digits && suffix.exponent > 40) return fail(Code::invalid, std::string(number_message));
    amount = binary_amount(parts.whole, parts.fraction, suffix.exponent);
  } else if (!fast_amount(parts, suffix, amount)) {
    if (!parts.has_digits && suffix.exponent < -9) return fail(Code::invalid, std::string(number_message));
    amount = decimal_amount(parts.whole, parts.fraction, suffix.exponent);
  }
  Quantity out;
  out.format_ = suffix.format;
  out.whole_ = parts.negative ? -amount.whole : amount.whole;
  out.nano_ = parts.negative ? -amount.nano : amount.nano;
  if (suffix.binary && !parts.negative && amount.whole == 0 && amount.nano != 0)
    out.format_ = Format::decimal_si;
  if (out.is_zero() || is_plainly_canonical(text, parts, suffix)) return out;
  if (keeps_spelling(parts, suffix)) {
    if (amount.capped || out.to_string() != text) out.spelling_ = std::string(text);
  } else if (amount.capped && !suffix.binary) {
    const auto exponent = std::int64_t{suffix.exponent} - static_cast<std::int64_t>(parts.fraction.size());
    std::string digits(parts.whole);
    digits += parts.fraction;
    digits.erase(0, digits.find_first_not_of('0'));
    out.spelling_ = canonical_digits(parts.negative, std::move(digits), exponent, suffix.format);
  }
  return out;
}

Quantity Quantity::from_units(std::int64_t units, Format format) {
  Quantity out;
  out.whole_ = std::max(units, -largest);
  out.format_ = format;
  return out;
}

Quantity Quantity::from_milli(std::int64_t milli, Format format) {
  Quantity out;
  out.whole_ = milli / 1000;
  out.nano_ = static_cast<std::int32_t>(milli % 1000 * 1'000'000);
  out.format_ = format;
  return out;
}

std::string Quantity::to_string() const {
  if (spelling_) return *spelling_;
  if (is_zero()) return "0";
  std::string out;
  const bool negative = sign() < 0;
  if (negative) out += '-';
  const std::int64_t whole = negative ? -whole_ : whole_;
  const std::int32_t nano = negative ? -nano_ : nano_;
  if (format_ == Format::binary_si && nano == 0 && whole >= 1024) {
    append_binary(out, whole);
  } else {
    append_decimal(out, whole, nano, format_ == Format::binary_si ? Format::decimal_si : format_);
  }
  return out;
}

void Quantity::round_up_to_milli() {
  constexpr std::int32_t unit = 1'000'000;
  if (nano_ % unit == 0) return;
  spelling_.reset();
  const Int128 milli = divide_away_from_zero(in_nanos(whole_, nano_), unit);
  whole_ = static_cast<std::int64_t>(milli / 1000);
  nano_ = static_cast<std::int32_t>(milli % 1000) * unit;
}

std::int64_t Quantity::units() const {
  return clamp(divide_away_from_zero(in_nanos(whole_, nano_), nanos_in_one));
}

std::int64_t Quantity::milli() const {
  return clamp(divide_away_from_zero(in_nanos(whole_, nano_), 1'000'000));
}

int Quantity::sign() const {
  if (is_zero()) return 0;
  return whole_ > 0 || nano_ > 0 ? 1 : -1;
}

Quantity& Quantity::operator+=(const Quantity& other) {
  if (is_zero()) format_ = other.format_;
  const Int128 limit = Int128{largest} * nanos_in_one;
  const Int128 sum = std::clamp(in_nanos(whole_, nano_) + in_nanos(other.whole_, other.nano_), -limit, limit);
  whole_ = static_cast<std::int64_t>(sum / nanos_in_one);
  nano_ = static_cast<std::int32_t>(sum % nanos_in_one);
  spelling_.reset();
  return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) {
  Quantity negated = other;
  negated.whole_ = -negated.whole_;
  negated.nano_ = -negated.nano_;
  return *this += negated;
}

std::strong_ordering Quantity::operator<=>(const Quantity& other) const {
  if (const auto order = whole_ <=> other.whole_; order != 0) return order;
  return nano_ <=> other.nano_;
}

}  // namespace aloft::model
