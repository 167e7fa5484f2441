// Running the same work over many series at once, on whatever threads there are.
#pragma once

#include <cstddef>
#include <functional>

#include "io/pool.h"

namespace aloft::telemetry::promql {

class ParallelFor {
 public:
  virtual ~ParallelFor() = default;
  // How many calls may run at once; at least 1.
  virtual std::size_t width() const = 0;
  // Calls `body(i)` once for each i < count, in any order and from several threads at once, and returns when
  // all have returned. May be called from inside a body.
  virtual void run(std::size_t count, const std::function<void(std::size_t)>& body) = 0;
};

// All on the calling thread.
class SerialFor final : public ParallelFor {
 public:
  std::size_t width() const override { return 1; }
  void run(std::size_t count, const std::function<void(std::size_t)>& body) override;
};

// On the calling thread and up to `width - 1` threads of a pool. The caller never waits for a pool thread
// that has not begun, so a busy pool makes it slower and never stuck.
class PoolFor final : public ParallelFor {
 public:
  PoolFor(io::Pool& pool, std::size_t width) : pool_(pool), width_(width == 0 ? 1 : width) {}
  std::size_t width() const override { return width_; }
  void run(std::size_t count, const std::function<void(std::size_t)>& body) override;

 private:
  io::Pool& pool_;
  std::size_t width_;
};

}  // namespace aloft::telemetry::promql
