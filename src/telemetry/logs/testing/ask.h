// Queries over a store whose answers are short texts, for tests.
#pragma once

#include <string>
#include <vector>

#include "io/pool.h"
#include "telemetry/logs/logql/engine.h"
#include "telemetry/logs/testing/temporary_store.h"

namespace aloft::telemetry::logs {

class Ask {
 public:
  using Texts = std::vector<std::string>;

  explicit Ask(TemporaryStore& data) : data_(data) {}
  // "{name=value,...} line" for each entry, in the order of the answer; or the error alone.
  Texts logs(std::string query);
  Texts logs(logql::QueryRequest request);
  // The lines alone, by time.
  Texts lines(std::string query);
  // "{labels} value@seconds ..." for each series, every `step` seconds or, without one, at `start` alone.
  Texts metric(std::string query, std::int64_t start, std::int64_t end, std::int64_t step);
  Texts at(std::string query, std::int64_t time) { return metric(std::move(query), time, time, 0); }
  // What a template makes of the line "" with these labels.
  std::string format(const std::string& form);

  logql::QueryLimits limits;

 private:
  TemporaryStore& data_;
  io::Pool pool_{3};
};

}  // namespace aloft::telemetry::logs
