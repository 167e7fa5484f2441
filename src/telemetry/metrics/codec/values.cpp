// Layout of a chunk: a byte with the kind (two bits), flags for exceptions and prediction, and the decimal
// scale (four bits); the dropped bits of the bits kind; the distance of the reference; the exceptions; the
// numbers.
#include "telemetry/metrics/codec/values.h"

#include <algorithm>
#include <array>
#include <bit>

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
  // Rounding by hand: a call of the library's costs more than all the rest.
  mantissa = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  // Not whether `scaled` is whole, but whether the value comes back, bit by bit.
  return static_cast<double>(mantissa) / power == value;
}

// More digits for what was read so far; false when a number gets too large for a mantissa.
bool rescale(std::vector<std::int64_t>& numbers, std::size_t count, std::uint8_t digits) {
  const auto factor = static_cast<std::int64_t>(powers[digits]);
  const std::int64_t most = static_cast<std::int64_t>(most_mantissa) / factor;
  for (std::size_t i = 0; i < count; ++i) {
    if (numbers[i] > most || numbers[i] < -most) return false;
    numbers[i] *= factor;
  }
  return true;
}

bool to_decimal(std::span<const double> values, ScaledValues& out) {
  out.kind = Kind::decimal;
  out.exceptions.clear();
  out.numbers.resize(values.size());
  std::uint8_t digits = 0;
  std::int64_t last = 0;
  std::size_t leading = 0;  // specials before the first ordinary value
  const std::size_t most_specials = 4 + values.size() / 16;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (digits == 0) {
      // Most series are whole numbers; zero and negative zero are told apart below.
      const bool fits = value > -most_mantissa && value < most_mantissa;
      const std::int64_t whole = fits ? static_cast<std::int64_t>(value) : 0;
      if (fits && whole != 0 && static_cast<double>(whole) == value) {
        out.numbers[i] = last = whole;
        continue;
      }
    }
    if (is_special(value)) {
      out.exceptions.emplace_back(static_cast<std::uint32_t>(i), bits_of(value));
      if (out.exceptions.size() > most_specials) return false;
      out.numbers[i] = last;
      if (leading == i) ++leading;
      continue;
    }
    std::uint8_t more = 0;
    while (!mantissa_at(value, powers[digits + more], last)) {
      if (digits + ++more > most_digits) return false;
    }
    if (more > 0 && !rescale(out.numbers, i, more)) return false;
    digits = static_cast<std::uint8_t>(digits + more);
    out.numbers[i] = last;
  }
  out.scale = digits;
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
