// The order in which people sort names with numbers in them.
#include "telemetry/promql/eval/natural_order.h"

#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace aloft::telemetry::promql {
namespace {

// The run of digits, or of anything else, that a text begins with.
std::string_view take_run(std::string_view& text) {
  std::size_t size = 1;
  while (size < text.size() && is_digit(text[size]) == is_digit(text[0])) ++size;
  const std::string_view run = text.substr(0, size);
  text.remove_prefix(size);
  return run;
}

bool to_number(std::string_view run, std::int64_t& number) {
  const auto parsed = std::from_chars(run.data(), run.data() + run.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == run.data() + run.size();
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  std::string_view left = a;
  std::string_view right = b;
  while (!left.empty() && !right.empty()) {
    const std::string_view left_run = take_run(left);
    const std::string_view right_run = take_run(right);
    std::int64_t left_number = 0;
    std::int64_t right_number = 0;
    if (to_number(left_run, left_number) && to_number(right_run, right_number)) {
      if (left_number != right_number) return left_number < right_number;
    } else if (left_run != right_run) {
      return left_run < right_run;
    }
  }
  if (left.empty() != right.empty()) return left.empty();
  return a < b;
}

}  // namespace aloft::telemetry::promql
