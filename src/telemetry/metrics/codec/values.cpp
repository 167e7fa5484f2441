// Layout of a chunk: a byte with the kind (two bits), flags for exceptions and prediction, and the decimal
// scale (four bits); the dropped bits of the bits kind; the distance of the reference; the exceptions; the
// numbers.
#include "telemetry/metrics/codec/values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace aloft::telemetry::metrics {
namespace {

using Kind = ScaledValues::Kind;
constexpr std::uint8_t kind_mask = 3;
constexpr std::uint8_t flag_exceptions = 4;
constexpr std::uint8_t flag_like = 8;
constexpr unsigned scale_shift = 4;

constexpr std::uint8_t most_digits = 15;
constexpr std::array<double, most_digits + 1> powers{1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr double most_mantissa = 9007199254740992.0;  // 2^53
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

// NaN and infinities, and negative zero.
bool is_special(double value) {
  const std::uint64_t bits = bits_of(value);
  return (bits & 0x7ff0000000000000) == 0x7ff0000000000000 || bits == sign_bit;
}

bool mantissa_at(double value, double power, std::int64_t& mantissa) {
  const double scaled = value * power;
  if (!(scaled > -most_mantissa && scaled < most_mantissa)) return false;
  const double whole = std::nearbyint(scaled);
  mantissa = static_cast<std::int64_t>(whole);
  // Not whether `scaled` is whole, but whether the value comes back, bit by bit.
  return whole / power == value;
}

// The least number of digits that all values fit; false when some need more than there are.
bool find_digits(std::span<const double> values, std::uint8_t& digits, std::size_t& specials) {
  digits = 0;
  specials = 0;
  std::int64_t unused = 0;
  for (const double value : values) {
    if (is_special(value)) {
      ++specials;
      continue;
    }
    while (!mantissa_at(value, powers[digits], unused)) {
      if (++digits > most_digits) return false;
    }
  }
  return true;
}

bool to_decimal(std::span<const double> values, ScaledValues& out) {
  std::size_t specials = 0;
  if (!find_digits(values, out.scale, specials)) return false;
  if (specials > 4 + values.size() / 16) return false;
  out.kind = Kind::decimal;
  out.numbers.resize(values.size());
  out.exceptions.clear();
  const double power = powers[out.scale];
  std::int64_t last = 0;
  std::size_t leading = 0;  // specials before the first ordinary value
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (specials > 0 && is_special(values[i])) {
      out.exceptions.emplace_back(static_cast<std::uint32_t>(i), bits_of(values[i]));
      out.numbers[i] = last;
      if (leading == i) ++leading;
      continue;
    }
    // At more digits than it needed a large value may no longer fit.
    if (!mantissa_at(values[i], power, last)) return false;
    out.numbers[i] = last;
  }
  if (leading < values.size()) std::fill_n(out.numbers.begin(), leading, out.numbers[leading]);
  return true;
}

// Sign and magnitude as one number in the order of the values; -0 and 0 stay apart.
std::int64_t from_bits(std::uint64_t bits, unsigned dropped) {
  const auto magnitude = static_cast<std::int64_t>((bits & ~sign_bit) >> dropped);
  return (bits & sign_bit) != 0 ? ~magnitude : magnitude;
}

double to_value(std::int64_t number, unsigned dropped) {
  const std::uint64_t sign = number < 0 ? sign_bit : 0;
  const auto magnitude = static_cast<std::uint64_t>(number < 0 ? ~number : number);
  return std::bit_cast<double>(sign | ((magnitude << dropped) & ~sign_bit));
}

void to_bits(std::span<const double> values, ScaledValues& out) {
  std::uint64_t any = 0;
  for (const double value : values) any |= bits_of(value) & ~sign_bit;
  const auto dropped = static_cast<unsigned>(any == 0 ? 0 : std::countr_zero(any));
  out.kind = Kind::bits;
  out.scale = static_cast<std::uint8_t>(dropped);
  out.exceptions.clear();
  out.numbers.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) out.numbers[i] = from_bits(bits_of(values[i]), dropped);
}

bool all_same(std::span<const double> values) {
  const std::uint64_t first = bits_of(values[0]);
  return std::ranges::all_of(values, [first](double value) { return bits_of(value) == first; });
}

}  // namespace

void scale_values(std::span<const double> values, ScaledValues& out) {
  if (all_same(values)) {
    out.exceptions.clear();
    out.scale = 0;
    std::int64_t whole = 0;
    const bool integer = !is_special(values[0]) && mantissa_at(values[0], 1, whole);
    out.kind = integer ? Kind::constant_integer : Kind::constant;
    out.numbers.assign(1, integer ? whole : static_cast<std::int64_t>(bits_of(values[0])));
    return;
  }
  if (!to_decimal(values, out)) to_bits(values, out);
}

bool encode_values(const ScaledValues& values, LikeReference like, IntegerScratch& scratch,
                   std::string& out) {
  const std::size_t head = out.size();
  out.push_back(static_cast<char>(values.kind));
  if (values.kind == Kind::constant) {
    put_u64(out, static_cast<std::uint64_t>(values.numbers[0]));
    return false;
  }
  if (values.kind == Kind::constant_integer) {
    put_signed(out, values.numbers[0]);
    return false;
  }
  if (values.kind == Kind::bits) {
    out.push_back(static_cast<char>(values.scale));
  } else {
    out[head] = static_cast<char>(out[head] | values.scale << scale_shift);
  }
  std::string exceptions;
  if (!values.exceptions.empty()) {
    out[head] = static_cast<char>(out[head] | flag_exceptions);
    put_varint(exceptions, values.exceptions.size());
    for (const auto& [index, bits] : values.exceptions) {
      put_varint(exceptions, index);
      put_u64(exceptions, bits);
    }
  }
  const std::size_t numbers = out.size();
  out += exceptions;
  encode_integers(values.numbers, scratch, out);
  if (like.distance == 0) return false;
  std::string alike;
  put_varint(alike, like.distance);
  alike += exceptions;
  if (!encode_integers_like(values.numbers, like.numbers, out.size() - numbers, scratch, alike)) return false;
  if (alike.size() >= out.size() - numbers) return false;
  out.resize(numbers);
  out += alike;
  out[head] = static_cast<char>(out[head] | flag_like);
  return true;
}

ValuesHead read_values_head(ByteReader& in) {
  ValuesHead head;
  const std::uint8_t first = in.byte();
  head.kind = static_cast<Kind>(first & kind_mask);
  if (head.kind == Kind::constant || head.kind == Kind::constant_integer) {
    head.ok = in.ok() && (first & ~kind_mask) == 0;
    return head;
  }
  head.scale = head.kind == Kind::bits ? in.byte() : static_cast<std::uint8_t>(first >> scale_shift);
  if (head.kind == Kind::bits && head.scale > 63) return head;
  if ((first & flag_like) != 0) {
    head.like = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.varint(), UINT32_MAX));
    if (head.like == 0) return head;
  }
  if ((first & flag_exceptions) != 0) {
    const std::uint64_t count = in.varint();
    if (count > in.left()) return head;
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
      const std::uint64_t index = in.varint();
      head.exceptions.emplace_back(static_cast<std::uint32_t>(index), in.u64());
    }
  }
  head.ok = in.ok();
  return head;
}

bool decode_numbers(const ValuesHead& head, ByteReader in, std::size_t count,
                    std::span<const std::int64_t> reference, std::vector<std::int64_t>& numbers) {
  if (!head.ok) return false;
  if (head.kind == Kind::constant) {
    numbers.assign(1, static_cast<std::int64_t>(in.u64()));
    return in.ok();
  }
  if (head.kind == Kind::constant_integer) {
    numbers.assign(1, in.signed_varint());
    return in.ok();
  }
  if (head.like == 0) return decode_integers(in, count, numbers);
  return reference.size() == count && decode_integers_like(in, reference, numbers);
}

bool numbers_to_values(const ValuesHead& head, std::span<const std::int64_t> numbers, std::size_t count,
                       std::vector<double>& out) {
  const std::size_t begin = out.size();
  if (head.kind == Kind::constant || head.kind == Kind::constant_integer) {
    const double value = head.kind == Kind::constant
                             ? std::bit_cast<double>(static_cast<std::uint64_t>(numbers[0]))
                             : static_cast<double>(numbers[0]);
    out.resize(begin + count, value);
    return true;
  }
  if (numbers.size() < count) return false;
  out.resize(begin + count);
  double* to = out.data() + begin;
  if (head.kind == Kind::bits) {
    for (std::size_t i = 0; i < count; ++i) to[i] = to_value(numbers[i], head.scale);
    return true;
  }
  if (head.scale == 0) {
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<double>(numbers[i]);
  } else {
    const double power = powers[head.scale];
    for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<double>(numbers[i]) / power;
  }
  for (const auto& [index, bits] : head.exceptions) {
    if (index < count) to[index] = std::bit_cast<double>(bits);
  }
  return true;
}

}  // namespace aloft::telemetry::metrics
