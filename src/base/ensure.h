// Invariants. ensure() states what must be true whatever the outside world does; it stays on in release
// builds and ends the process with the place and the reason, because going on from a broken invariant loses
// data.
#pragma once

#include <source_location>
#include <string_view>

namespace aloft {

[[noreturn]] void ensure_failed(std::string_view what, const std::source_location& where);

// Ends the process when `condition` is false. For bugs only; bad input and failing I/O are Results.
inline void ensure(bool condition, std::string_view what,
                   const std::source_location& where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    ensure_failed(what, where);
}

}  // namespace aloft
