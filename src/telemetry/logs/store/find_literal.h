// Finding a literal in text at the speed of memory: the inner loop of line filters.
#pragma once

#include <cstddef>
#include <string_view>

namespace aloft::telemetry::logs {

// The first offset at or after `from`; npos when there is none. An empty literal is found at once.
std::size_t find_literal(std::string_view text, std::string_view literal, std::size_t from = 0);

inline bool holds_literal(std::string_view text, std::string_view literal) {
  return find_literal(text, literal) != std::string_view::npos;
}

}  // namespace aloft::telemetry::logs
