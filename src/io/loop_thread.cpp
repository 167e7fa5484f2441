// Starting and joining the thread of a loop.
#include "io/loop_thread.h"

#include <pthread.h>

namespace aloft::io {

LoopThread::LoopThread(std::string name)
    : thread_([this, name = std::move(name)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        loop_.run();
      }) {}

LoopThread::~LoopThread() {
  loop_.stop();
  thread_.join();
}

}  // namespace aloft::io
