// One byte says which form a run of numbers has.
#include "telemetry/traces/store/column_codec.h"

#include <bit>

#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {
namespace {

enum Form : std::uint8_t { form_dictionary, form_differences, form_planes };

// A dictionary of at most 256 values, in order of first use.
class SmallDictionary {
 public:
  // False when the value would be the 257th.
  bool add(std::uint64_t value, std::string& indexes) {
    if (!values_.empty() && values_[last_] == value) {
      indexes += static_cast<char>(last_);
      return true;
    }
    std::size_t slot = mix64(value) & 1023;
    for (; slots_[slot] != 0; slot = (slot + 1) & 1023) {
      if (values_[slots_[slot] - 1] != value) continue;
      last_ = static_cast<std::uint8_t>(slots_[slot] - 1);
      indexes += static_cast<char>(last_);
      return true;
    }
    if (values_.size() == 256) return false;
    values_.push_back(value);
    slots_[slot] = static_cast<std::uint16_t>(values_.size());
    last_ = static_cast<std::uint8_t>(values_.size() - 1);
    indexes += static_cast<char>(last_);
    return true;
  }
  const std::vector<std::uint64_t>& values() const { return values_; }

 private:
  std::vector<std::uint64_t> values_;
  std::array<std::uint16_t, 1024> slots_{};
  std::uint8_t last_ = 0;
};

int width_of(std::uint64_t value) {
  return value == 0 ? 1 : (static_cast<int>(std::bit_width(value)) + 7) / 8;
}

void put_planes(std::string& out, const std::vector<std::uint64_t>& values, std::uint64_t base, int width) {
  out += static_cast<char>(form_planes);
  put_varint(out, base);
  out += static_cast<char>(width);
  for (int plane = 0; plane < width; ++plane) {
    for (const std::uint64_t value : values) out += static_cast<char>((value - base) >> (8 * plane));
  }
}

// `values` compare as unsigned numbers; the caller maps signed ones so that near ones stay near.
void put_numbers(std::string& out, const std::vector<std::uint64_t>& values) {
  SmallDictionary dictionary;
  std::string indexes;
  indexes.reserve(values.size());
  bool few = true;
  for (const std::uint64_t value : values) {
    if (!dictionary.add(value, indexes)) {
      few = false;
      break;
    }
  }
  const std::size_t distinct = dictionary.values().size();
  if (few && (distinct <= 16 || distinct * 2 < values.size())) {
    out += static_cast<char>(form_dictionary);
    put_varint(out, distinct);
    for (const std::uint64_t value : dictionary.values()) put_varint(out, value);
    // A single value needs no indexes.
    if (distinct > 1) out += indexes;
    return;
  }
  std::uint64_t least = ~std::uint64_t{0};
  std::uint64_t most = 0;
  std::uint64_t before = 0;
  std::size_t differences = 0;
  for (const std::uint64_t value : values) {
    least = std::min(least, value);
    most = std::max(most, value);
    differences += varint_size(zigzag(static_cast<std::int64_t>(value - before)));
    before = value;
  }
  if (values.empty()) least = 0;
  const int width = width_of(values.empty() ? 0 : most - least);
  if (differences > values.size() * static_cast<std::size_t>(width)) {
    put_planes(out, values, least, width);
    return;
  }
  out += static_cast<char>(form_differences);
  before = 0;
  for (const std::uint64_t value : values) {
    put_signed(out, static_cast<std::int64_t>(value - before));
    before = value;
  }
}

// Calls f(value) `count` times unless the bytes are malformed.
template <class F>
void each_number(ByteReader& in, std::size_t count, F f) {
  switch (in.fixed<std::uint8_t>()) {
    case form_dictionary: {
      std::vector<std::uint64_t> values(in.bounded(256));
      for (std::uint64_t& value : values) value = in.varint();
      if (count > 0 && values.empty()) in.spoil();
      if (!in.ok()) return;
      if (values.size() <= 1) {
        for (std::size_t i = 0; i < count; ++i) f(values[0]);
        return;
      }
      for (const char index : in.take(count)) {
        const auto at = static_cast<std::uint8_t>(index);
        if (at >= values.size()) return in.spoil();
        f(values[at]);
      }
      return;
    }
    case form_differences: {
      std::uint64_t value = 0;
      if (count > in.left()) return in.spoil();
      for (std::size_t i = 0; i < count && in.ok(); ++i) {
        value += static_cast<std::uint64_t>(in.signed_varint());
        f(value);
      }
      return;
    }
    case form_planes: {
      const std::uint64_t base = in.varint();
      const auto width = in.fixed<std::uint8_t>();
      if (width < 1 || width > 8 || in.left() / width < count) return in.spoil();
      const std::string_view planes = in.take(count * width);
      for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t value = 0;
        for (std::size_t plane = 0; plane < width; ++plane) {
          value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(planes[plane * count + i]))
                   << (8 * plane);
        }
        f(base + value);
      }
      return;
    }
    default:
      in.spoil();
  }
}

// Maps signed to unsigned keeping the order.
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

}  // namespace

void put_ids(std::string& out, const std::vector<std::uint32_t>& values) {
  put_numbers(out, std::vector<std::uint64_t>(values.begin(), values.end()));
}

void put_integers(std::string& out, const std::vector<std::int64_t>& values) {
  std::vector<std::uint64_t> mapped;
  mapped.reserve(values.size());
  for (const std::int64_t value : values) mapped.push_back(static_cast<std::uint64_t>(value) ^ sign_bit);
  put_numbers(out, mapped);
}

void put_reals(std::string& out, const std::vector<double>& values) {
  std::vector<std::uint64_t> mapped;
  mapped.reserve(values.size());
  for (const double value : values) mapped.push_back(std::bit_cast<std::uint64_t>(value));
  put_numbers(out, mapped);
}

void put_small(std::string& out, const std::vector<std::uint8_t>& values) {
  out.append(values.begin(), values.end());
}

std::vector<std::uint32_t> get_ids(ByteReader& in, std::size_t count, std::uint64_t limit) {
  std::vector<std::uint32_t> values;
  values.reserve(count);
  bool within = true;
  each_number(in, count, [&](std::uint64_t value) {
    within &= value < limit;
    values.push_back(static_cast<std::uint32_t>(value));
  });
  if (!within) in.spoil();
  return values;
}

std::vector<std::int64_t> get_integers(ByteReader& in, std::size_t count) {
  std::vector<std::int64_t> values;
  values.reserve(count);
  each_number(in, count,
              [&](std::uint64_t value) { values.push_back(static_cast<std::int64_t>(value ^ sign_bit)); });
  return values;
}

std::vector<double> get_reals(ByteReader& in, std::size_t count) {
  std::vector<double> values;
  values.reserve(count);
  each_number(in, count, [&](std::uint64_t value) { values.push_back(std::bit_cast<double>(value)); });
  return values;
}

std::vector<std::uint8_t> get_small(ByteReader& in, std::size_t count, std::uint8_t limit) {
  const std::string_view bytes = in.take(count);
  std::vector<std::uint8_t> values(bytes.begin(), bytes.end());
  for (const std::uint8_t value : values) {
    if (value > limit) in.spoil();
  }
  return values;
}

}  // namespace aloft::telemetry::traces
