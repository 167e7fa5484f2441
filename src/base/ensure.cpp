// How the process ends when an invariant is broken: one line that names the place, then a core for the
// debugger.
#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace aloft {

void ensure_failed(std::string_view what, const std::source_location& where) {
  std::fprintf(stderr, "aloft: broken invariant: %.*s (%s:%u)\n", static_cast<int>(what.size()), what.data(),
               where.file_name(), where.line());
  std::abort();
}

}  // namespace aloft
