// Amounts of resources ("500m", "1Gi", "1e3"), exact: no floating point anywhere. The rules are those of
// apimachinery's resource.Quantity: three formats, canonical output, rounding up at nano scale.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/scalars.h"

namespace aloft::model {

// An exact decimal with nine decimals that counts up to 2^63-1 in magnitude. A larger one counts as that; in
// a decimal format it still prints in full, as upstream's does. A value; zero by default.
class Quantity {
 public:
  enum class Format : std::uint8_t { decimal_si, binary_si, decimal_exponent };
  Quantity() = default;
  // White space around the text is dropped, as the wire decoder drops it; what is finer than a billionth is
  // rounded away from zero. Error: invalid; the message is upstream's: quantities must match the regular
  // expression '...'.
  static Result<Quantity> parse(std::string_view text);
  static Quantity from_units(std::int64_t units, Format format = Format::decimal_si);
  static Quantity from_milli(std::int64_t milli, Format format = Format::decimal_si);

  // Canonical form: no fraction, the largest suffix that keeps it exact. Spellings that upstream takes for
  // canonical come back as they were given ("1E3", "010", "+1").
  std::string to_string() const;
  // Drops what is finer than a thousandth, away from zero: what defaulting does to every amount in a resource
  // list.
  void round_up_to_milli();
  // Whole units, rounded up (away from zero), saturating.
  std::int64_t units() const;
  // Thousandths, rounded up, saturating.
  std::int64_t milli() const;
  Format format() const { return format_; }
  bool is_zero() const { return whole_ == 0 && nano_ == 0; }
  int sign() const;

  Quantity& operator+=(const Quantity& other);
  Quantity& operator-=(const Quantity& other);
  friend Quantity operator+(Quantity a, const Quantity& b) { return a += b; }
  friend Quantity operator-(Quantity a, const Quantity& b) { return a -= b; }
  // By amount; the format does not matter.
  std::strong_ordering operator<=>(const Quantity& other) const;
  bool operator==(const Quantity& other) const { return (*this <=> other) == 0; }

 private:
  // The amount is whole_ + nano_ / 1e9; both have the same sign.
  std::int64_t whole_ = 0;
  std::int32_t nano_ = 0;
  Format format_ = Format::decimal_si;
  Box<std::string> spelling_;  // where to_string() gives other text than the amount and the format make
};

}  // namespace aloft::model
