// Quantities from outside: whatever parses prints to a text that parses to the same amount and prints the
// same.
#include "base/ensure.h"
#include "model/quantity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using aloft::ensure;
  using aloft::model::Quantity;
  auto first = Quantity::parse({reinterpret_cast<const char*>(data), size});
  if (!first) return 0;
  const auto second = Quantity::parse(first->to_string());
  ensure(second.has_value(), "a printed quantity parses");
  ensure(*second == *first, "it is the same amount");
  ensure(second->to_string() == first->to_string(), "it prints the same");
  const auto before = *first;
  first->round_up_to_milli();
  ensure(before.sign() < 0 ? *first <= before : *first >= before, "rounding goes away from zero");
  return 0;
}
