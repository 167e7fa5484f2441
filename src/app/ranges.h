// Which addresses a cloud uses for pods and services: chosen at its first start, kept in its data directory
// from then on, since objects carry them.
#pragma once

#include <optional>
#include <string>

#include "app/data_directory.h"
#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/task.h"

namespace aloft::app {

struct Ranges {
  std::string pods;
  std::string services;
  bool operator==(const Ranges&) const = default;
};

// What the first start wrote; nullopt before it. Error: names the file.
Result<std::optional<Ranges>> read_ranges(const DataDirectory& directory);
Result<> write_ranges(const DataDirectory& directory, const Ranges& ranges);

// The ranges to use: those of the data directory, else those `asked` for (empty: no wish), else the usual
// ones or, with `on_machine`, the first that no other device of this machine has; `own_device` is this
// cloud's. Error: conflict, when a wish differs from what the data directory says.
io::Task<Result<Ranges>> settle_ranges(io::EpollLoop& loop, const DataDirectory& directory, Ranges asked,
                                       bool on_machine, std::string own_device);

}  // namespace aloft::app
