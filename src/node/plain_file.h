// Small files that need not survive a crash of the machine: what they hold is made again from the API.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace aloft::node {

// Writes in place, without waiting for the disk; the mode is exact, whatever the umask.
Result<> write_plain_file(const std::string& path, std::string_view content, int mode);

}  // namespace aloft::node
