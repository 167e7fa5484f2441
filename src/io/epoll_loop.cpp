// How epoll drives the loop: one wait, then events, posts, ready tasks and timers, in that order.
#include "io/epoll_loop.h"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/ensure.h"

namespace aloft::io {
namespace {

Time monotonic_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return {std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec)};
}

constexpr int events_per_turn = 256;

}  // namespace

Descriptor::Descriptor(EpollLoop& loop, int fd) : loop_(loop), fd_(fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  watched_ = epoll_ctl(loop.epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
  ensure(watched_ || errno == EPERM, "epoll takes any descriptor but a regular file");
}

Descriptor::~Descriptor() {
  ensure(reader_ == nullptr && writer_ == nullptr, "nobody waits for a descriptor that goes away");
  const int fd = release();
  if (fd >= 0) close(fd);
}

int Descriptor::release() {
  if (watched_) {
    epoll_ctl(loop_.epoll_, EPOLL_CTL_DEL, fd_, nullptr);
    watched_ = false;
    for (Descriptor*& pending : loop_.in_flight_) {
      if (pending == this) pending = nullptr;
    }
  }
  return std::exchange(fd_, -1);
}

void Descriptor::Wait::await_suspend(std::coroutine_handle<> h) {
  ensure(owner.*slot == nullptr, "one task waits for one direction of a descriptor");
  node.handle = h;
  if (owner.watched_) {
    owner.*slot = this;
  } else {
    owner.loop_.make_ready(node);
  }
}

void Descriptor::on_events(std::uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (broken || (events & EPOLLRDHUP) != 0) hung_up_ = true;
  if (broken || (events & (EPOLLIN | EPOLLRDHUP)) != 0) {
    readable_ = true;
    if (reader_ != nullptr) loop_.make_ready(std::exchange(reader_, nullptr)->node);
  }
  if (broken || (events & EPOLLOUT) != 0) {
    writable_ = true;
    if (writer_ != nullptr) loop_.make_ready(std::exchange(writer_, nullptr)->node);
  }
}

EpollLoop::EpollLoop() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  ensure(epoll_ >= 0 && wake_ >= 0, "the process has descriptors left for an event loop");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  ensure(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0, "epoll takes an eventfd");
  now_ = monotonic_now();
}

EpollLoop::~EpollLoop() {
  close(wake_);
  close(epoll_);
}

void EpollLoop::post(std::move_only_function<void()> f) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(f));
  }
  if (first) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
  }
}

void EpollLoop::run_posted() {
  std::vector<std::move_only_function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (auto& f : batch) f();
}

void EpollLoop::stop() {
  post([this] { stopping_ = true; });
}

void EpollLoop::run() {
  stopping_ = false;
  while (!stopping_) turn(true);
}

void EpollLoop::turn(bool may_wait) {
  int timeout_ms = -1;
  if (!may_wait || anything_ready()) {
    timeout_ms = 0;
  } else if (has_timer()) {
    const auto left = next_timer() - monotonic_now();
    // Rounded up: waking early would only mean waiting again.
    timeout_ms =
        left <= Duration::zero()
            ? 0
            : static_cast<int>(std::min<std::int64_t>((left.count() + 999'999) / 1'000'000, 1'000'000));
  }
  epoll_event events[events_per_turn];
  const int count = epoll_wait(epoll_, events, events_per_turn, timeout_ms);
  now_ = monotonic_now();
  bool woken = false;
  in_flight_.clear();
  for (int i = 0; i < count; ++i) in_flight_.push_back(static_cast<Descriptor*>(events[i].data.ptr));
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == nullptr) {
      woken = true;
    } else if (in_flight_[static_cast<std::size_t>(i)] != nullptr) {
      in_flight_[static_cast<std::size_t>(i)]->on_events(events[i].events);
    }
  }
  in_flight_.clear();
  if (woken) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto got = read(wake_, &ignored, sizeof ignored);
    run_posted();
  }
  run_ready();
  run_timers(now_);
}

}  // namespace aloft::io
