// SIGINT and SIGTERM through a descriptor.
#include "app/signals.h"

#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

#include "base/ensure.h"

namespace aloft::app {
namespace {

int open_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  const int fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  ensure(fd >= 0, "the process has a descriptor left for its signals");
  return fd;
}

}  // namespace

Signals::Signals(io::EpollLoop& loop) : descriptor_(loop, open_signals()) {}

io::Task<> Signals::wait() {
  for (;;) {
    signalfd_siginfo info{};
    if (read(descriptor_.fd(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) co_return;
    descriptor_.clear_readable();
    co_await descriptor_.readable();
  }
}

}  // namespace aloft::app
