// Archives from anywhere (images that others are built on): read or refused, never a crash, and what was read
// can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::node;
  const auto entries = read_tar(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!entries) return 0;
  std::vector<TarEntry> copies;
  for (const TarView& view : *entries) {
    TarEntry entry;
    entry.type = view.type;
    entry.path = view.path;
    entry.content = view.content;
    entry.mode = view.mode;
    // An empty path, or one with a NUL or a line end inside, has no second form.
    const std::string_view breaks("\0\n", 2);
    if (entry.path.empty() || entry.path.find_first_of(breaks) != std::string::npos) return 0;
    copies.push_back(std::move(entry));
  }
  if (!read_tar(write_tar(copies))) std::abort();
  return 0;
}
