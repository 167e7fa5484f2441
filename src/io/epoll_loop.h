// The real loop: edge-triggered epoll, timers by epoll's timeout, posts by an eventfd. One per thread; run()
// occupies the thread until stop(). Descriptors are registered once and stay until their Descriptor is
// destroyed.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::io {

class EpollLoop;

// A non-blocking file descriptor owned by a loop. At most one task waits for each direction. Closes on
// destruction. Readiness is remembered: after a short read or EAGAIN call clear_readable() and wait again.
class Descriptor {
 public:
  // Takes ownership of `fd`, makes it non-blocking and registers it. A descriptor that epoll refuses (a
  // regular file) counts as always ready.
  Descriptor(EpollLoop& loop, int fd);
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int fd() const { return fd_; }
  EpollLoop& loop() const { return loop_; }
  void clear_readable() { readable_ = false; }
  void clear_writable() { writable_ = false; }
  // After a short read of a socket: nothing is left but, perhaps, the end of stream that was announced with
  // the data.
  void note_short_read() { readable_ = hung_up_; }
  // Gives the descriptor away: it is no longer watched nor closed here.
  int release();

  struct Wait {
    Descriptor& owner;
    bool Descriptor::* flag;
    Wait* Descriptor::* slot;
    ReadyNode node{};
    Wait(Descriptor& d, bool Descriptor::* f, Wait* Descriptor::* s) : owner(d), flag(f), slot(s) {}
    Wait(const Wait&) = delete;
    ~Wait() {
      if (owner.*slot == this) owner.*slot = nullptr;
    }
    bool await_ready() const noexcept { return owner.*flag; }
    void await_suspend(std::coroutine_handle<> h);
    void await_resume() noexcept { owner.*slot = nullptr; }
  };
  // co_await d.readable(): until a read may make progress (data, end of stream or an error).
  Wait readable() { return Wait(*this, &Descriptor::readable_, &Descriptor::reader_); }
  Wait writable() { return Wait(*this, &Descriptor::writable_, &Descriptor::writer_); }

 private:
  friend class EpollLoop;
  void on_events(std::uint32_t events);

  EpollLoop& loop_;
  int fd_;
  bool watched_ = false;
  bool readable_ = true;
  bool writable_ = true;
  bool hung_up_ = false;
  Wait* reader_ = nullptr;
  Wait* writer_ = nullptr;
};

class EpollLoop final : public Loop {
 public:
  EpollLoop();
  ~EpollLoop() override;

  Time now() const override { return now_; }
  void post(std::move_only_function<void()> f) override;

  // Runs until stop(). Everything on the loop happens inside this call.
  void run();
  // Makes run() return after the current turn. Any thread.
  void stop();

  // Starts the task on this thread, runs the loop until it is done and gives its value. For main() and tests.
  template <class T>
  T run_until_done(Task<T> task) {
    task.start();
    while (!task.done()) turn(true);
    return task.result();
  }

 private:
  friend class Descriptor;
  void turn(bool may_wait);
  void run_posted();

  int epoll_ = -1;
  int wake_ = -1;
  Time now_{};
  bool stopping_ = false;
  std::vector<Descriptor*> in_flight_;  // what this turn's events still point at
  std::mutex mutex_;
  std::vector<std::move_only_function<void()>> posted_;
};

}  // namespace aloft::io
