// aloft down: stops the cloud of a data directory and removes what it made on this machine. Its state stays,
// so that the next start has the same objects.
#include <cerrno>
#include <csignal>
#include <cstdio>

#include <sys/syscall.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/node_loop.h"
#include "io/timeout.h"
#include "node/containerd.h"

namespace aloft::app {
namespace {

constexpr Duration stop_grace = 20s;

io::Task<bool> ended(io::Descriptor& process) {
  process.clear_readable();
  co_await process.readable();
  co_return true;
}

// Asks the process to end and waits for it; insists when it does not.
io::Task<Result<>> stop_process(io::EpollLoop& loop, pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) {
    if (errno == ESRCH) co_return Result<>();
    co_return fail(system_error(fmt::format("open process {}", pid), errno));
  }
  io::Descriptor process(loop, fd);
  ::syscall(SYS_pidfd_send_signal, fd, SIGTERM, nullptr, 0);
  auto in_time = co_await io::within(loop, stop_grace, ended(process));
  if (in_time) co_return Result<>();
  ::syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0);
  auto killed = co_await io::within(loop, stop_grace, ended(process));
  if (!killed) co_return fail(Code::timeout, fmt::format("process {} does not end", pid));
  co_return Result<>();
}

}  // namespace

Result<> run_down(const Invocation& call) {
  const DataDirectory directory(call.get("data-dir"));
  io::EpollLoop loop;
  if (const auto holder = DirectoryLock::holder(directory))
    TRY_DO(loop.run_until_done(stop_process(loop, *holder)));
  TRY_DO(loop.run_until_done(remove_network(loop, directory.root())));
  TRY_DO(loop.run_until_done(node::remove_node(loop, node::NodePaths(directory.root()))));
  ::unlink(directory.endpoints().c_str());
  fmt::print("down\n");
  return {};
}

}  // namespace aloft::app
