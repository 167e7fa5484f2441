// Layout: a byte with the predictor and flags, the first number, the first slope where it is used, the
// divisor where there is one, a byte for the size of the first residual, and the Rice code of the residuals.
#include "telemetry/metrics/codec/integers.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "telemetry/metrics/codec/rice.h"

namespace aloft::telemetry::metrics {
namespace {

enum Order : std::uint8_t {
  order_none = 0,   // the difference to the first number
  order_value = 1,  // to the last one
  order_slope = 2,  // of its step to the last step
  order_drift = 3   // of its step to the mean step: counters that rise unevenly
};
constexpr std::uint8_t order_mask = 3;
constexpr std::uint8_t flag_divisor = 4;
constexpr std::uint8_t flag_zero = 8;  // all residuals are zero and not written
constexpr std::size_t estimated_numbers = 40;

std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(as_unsigned(a) - as_unsigned(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(as_unsigned(a) + as_unsigned(b));
}
std::int64_t times(std::int64_t a, std::uint64_t b) { return static_cast<std::int64_t>(as_unsigned(a) * b); }

std::uint64_t size_of(std::int64_t value) { return value < 0 ? ~as_unsigned(value) + 1 : as_unsigned(value); }

// A multiple of what divides all steps, so that it still divides them when the mean is taken off.
std::int64_t mean_step(std::span<const std::int64_t> numbers) {
  std::uint64_t divisor = 0;
  for (std::size_t i = 1; i < numbers.size() && divisor != 1; ++i) {
    const std::uint64_t size = size_of(minus(numbers[i], numbers[i - 1]));
    if (size != 0) divisor = divisor == 0 ? size : std::gcd(divisor, size);
  }
  const std::int64_t rise = minus(numbers.back(), numbers.front());
  const std::int64_t mean = rise / static_cast<std::int64_t>(numbers.size() - 1);
  if (divisor <= 1 || divisor > static_cast<std::uint64_t>(INT64_MAX)) return divisor == 1 ? mean : 0;
  return mean / static_cast<std::int64_t>(divisor) * static_cast<std::int64_t>(divisor);
}

// About the bits that each predictor's residuals take.
Order best_order(std::span<const std::int64_t> numbers) {
  if (numbers.size() <= 2) return order_value;
  const auto bits = [](std::int64_t residual) {
    return static_cast<std::uint64_t>(std::bit_width(zigzag(residual)));
  };
  std::array<std::uint64_t, 4> cost{};
  const std::int64_t first = numbers[0];
  const std::int64_t mean = mean_step(numbers);
  std::int64_t slope = minus(numbers[1], first);
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const std::int64_t step = minus(numbers[i], numbers[i - 1]);
    cost[order_none] += bits(minus(numbers[i], first));
    cost[order_value] += bits(step);
    cost[order_slope] += bits(minus(step, slope));
    cost[order_drift] += bits(minus(step, mean));
    slope = step;
  }
  // The slope or the mean is written too.
  cost[order_slope] += 8;
  cost[order_drift] += 8 + 8 * (bits(mean) / 7);
  Order best = order_value;
  for (const Order order : {order_none, order_slope, order_drift}) {
    if (cost[order] < cost[best]) best = order;
  }
  return best;
}

// 0 when all are zero, 1 when nothing divides them all.
std::uint64_t common_divisor(std::span<const std::uint64_t> residuals) {
  std::uint64_t divisor = 0;
  for (const std::uint64_t residual : residuals) {
    const std::uint64_t size = size_of(unzigzag(residual));
    if (size != 0) divisor = divisor == 0 ? size : std::gcd(divisor, size);
    if (divisor == 1) return 1;
  }
  return divisor;
}

void divide(std::vector<std::uint64_t>& residuals, std::uint64_t divisor) {
  for (std::uint64_t& residual : residuals) {
    const std::int64_t value = unzigzag(residual);
    const auto quotient = static_cast<std::int64_t>(size_of(value) / divisor);
    residual = zigzag(value < 0 ? -quotient : quotient);
  }
}

unsigned first_bits(std::span<const std::uint64_t> residuals) {
  const std::size_t count = std::min<std::size_t>(residuals.size(), 8);
  if (count == 0) return 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += residuals[i] / count;
  const auto width = static_cast<unsigned>(std::bit_width(sum));
  return std::min(width == 0 ? 0 : width - 1, RiceModel::most_first_bits);
}

void put_residuals(std::span<const std::uint64_t> residuals, std::string& out) {
  const unsigned bits = first_bits(residuals);
  out.push_back(static_cast<char>(bits));
  RiceModel model(bits);
  BitWriter writer(out);
  for (const std::uint64_t residual : residuals) {
    writer.put_rice(residual, model.bits());
    model.add(residual);
  }
  writer.finish();
}

// Writes divisor and residuals; the flags go where the head byte stands.
void put_body(std::vector<std::uint64_t>& residuals, std::size_t head, std::string& out) {
  const std::uint64_t divisor = common_divisor(residuals);
  if (divisor == 0) {
    out[head] = static_cast<char>(out[head] | flag_zero);
    return;
  }
  if (divisor > 1) {
    out[head] = static_cast<char>(out[head] | flag_divisor);
    put_varint(out, divisor);
    divide(residuals, divisor);
  }
  put_residuals(residuals, out);
}

// Gives the residuals one after another.
class Residuals {
 public:
  Residuals(ByteReader& in, std::uint8_t head)
      : zero_((head & flag_zero) != 0),
        divisor_((head & flag_divisor) != 0 && !zero_ ? in.varint() : 1),
        model_(zero_ ? 0 : std::min<unsigned>(in.byte(), RiceModel::most_first_bits)),
        bits_(zero_ ? std::string_view() : in.rest()) {}
  std::int64_t next() {
    if (zero_) return 0;
    const std::uint64_t residual = bits_.get_rice(model_.bits());
    model_.add(residual);
    return times(unzigzag(residual), divisor_);
  }
  bool ok() const { return bits_.ok(); }

 private:
  bool zero_;
  std::uint64_t divisor_;
  RiceModel model_;
  BitReader bits_;
};

// How much larger the steps of one column are than those of another, in units of 1/65536.
std::int64_t scale_of(std::span<const std::int64_t> numbers, std::span<const std::int64_t> reference) {
  // Least squares over the steps.
  double both = 0;
  double square = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const auto x = static_cast<double>(minus(reference[i], reference[i - 1]));
    const auto y = static_cast<double>(minus(numbers[i], numbers[i - 1]));
    both += x * y;
    square += x * x;
  }
  const double scale = square > 0 ? both / square * 65536.0 : 0;
  if (!(scale > -1e9 && scale < 1e9)) return 0;
  return static_cast<std::int64_t>(scale);
}

std::int64_t scaled(std::int64_t step, std::int64_t scale) {
  return static_cast<std::int64_t>((static_cast<__int128>(step) * scale + 32768) >> 16);
}

}  // namespace

void encode_integers(std::span<const std::int64_t> numbers, IntegerScratch& scratch, std::string& out) {
  if (numbers.empty()) return;
  const Order order = best_order(numbers);
  const std::size_t head = out.size();
  out.push_back(static_cast<char>(order));
  put_signed(out, numbers[0]);
  auto& residuals = scratch.residuals;
  residuals.clear();
  std::int64_t slope = 0;
  if (order >= order_slope) {
    slope = order == order_slope ? minus(numbers[1], numbers[0]) : mean_step(numbers);
    put_signed(out, slope);
  }
  const std::size_t begin = order == order_slope ? 2 : 1;
  for (std::size_t i = begin; i < numbers.size(); ++i) {
    const std::int64_t step = minus(numbers[i], order == order_none ? numbers[0] : numbers[i - 1]);
    residuals.push_back(zigzag(minus(step, slope)));
    if (order == order_slope) slope = step;
  }
  put_body(residuals, head, out);
}

bool decode_integers(ByteReader in, std::size_t count, std::vector<std::int64_t>& out) {
  out.clear();
  if (count == 0) return true;
  const std::uint8_t head = in.byte();
  const std::uint8_t order = head & order_mask;
  const std::int64_t first = in.signed_varint();
  std::int64_t slope = order >= order_slope ? in.signed_varint() : 0;
  out.resize(count);
  out[0] = first;
  std::size_t at = 1;
  if (order == order_slope && count > 1) out[at++] = plus(first, slope);
  Residuals residuals(in, head);
  if (order == order_none) {
    for (; at < count; ++at) out[at] = plus(first, residuals.next());
  } else if (order == order_value) {
    for (; at < count; ++at) out[at] = plus(out[at - 1], residuals.next());
  } else if (order == order_drift) {
    for (; at < count; ++at) out[at] = plus(out[at - 1], plus(slope, residuals.next()));
  } else {
    for (; at < count; ++at) {
      slope = plus(slope, residuals.next());
      out[at] = plus(out[at - 1], slope);
    }
  }
  return in.ok() && residuals.ok();
}

bool encode_integers_like(std::span<const std::int64_t> numbers, std::span<const std::int64_t> reference,
                          std::size_t limit_bytes, IntegerScratch& scratch, std::string& out) {
  const std::size_t begin = out.size();
  const std::int64_t scale = scale_of(numbers, reference);
  if (scale == 0) return false;
  auto& residuals = scratch.residuals;
  residuals.clear();
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const std::int64_t step = minus(numbers[i], numbers[i - 1]);
    const std::int64_t expected = scaled(minus(reference[i], reference[i - 1]), scale);
    residuals.push_back(zigzag(minus(step, expected)));
    bits += static_cast<std::uint64_t>(std::bit_width(residuals.back()));
  }
  // A Rice code takes at least about so much; most columns that are not alike end here.
  if (bits / 8 >= limit_bytes) return false;
  out.push_back(0);
  put_signed(out, numbers[0]);
  put_signed(out, scale);
  put_body(residuals, begin, out);
  if (out.size() - begin < limit_bytes) return true;
  out.resize(begin);
  return false;
}

std::uint64_t estimate_bits(std::span<const std::int64_t> numbers) {
  const std::size_t count = std::min(numbers.size(), estimated_numbers);
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i < count; ++i) {
    bits += static_cast<std::uint64_t>(std::bit_width(zigzag(minus(numbers[i], numbers[i - 1]))));
  }
  return bits;
}

std::uint64_t estimate_like_bits(std::span<const std::int64_t> numbers,
                                 std::span<const std::int64_t> reference) {
  const std::size_t count = std::min({numbers.size(), reference.size(), estimated_numbers});
  const std::int64_t scale = scale_of(numbers.first(count), reference.first(count));
  std::uint64_t bits = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const std::int64_t expected = scaled(minus(reference[i], reference[i - 1]), scale);
    bits += static_cast<std::uint64_t>(
        std::bit_width(zigzag(minus(minus(numbers[i], numbers[i - 1]), expected))));
  }
  return bits;
}

bool decode_integers_like(ByteReader in, std::span<const std::int64_t> reference,
                          std::vector<std::int64_t>& out) {
  out.clear();
  const std::uint8_t head = in.byte();
  const std::int64_t first = in.signed_varint();
  const std::int64_t scale = in.signed_varint();
  if (reference.empty()) return in.ok();
  out.resize(reference.size());
  out[0] = first;
  Residuals residuals(in, head);
  for (std::size_t i = 1; i < reference.size(); ++i) {
    const std::int64_t expected = scaled(minus(reference[i], reference[i - 1]), scale);
    out[i] = plus(out[i - 1], plus(expected, residuals.next()));
  }
  return in.ok() && residuals.ok();
}

}  // namespace aloft::telemetry::metrics
