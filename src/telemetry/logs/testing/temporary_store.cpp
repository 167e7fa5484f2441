// Making and removing the folder.
#include "telemetry/logs/testing/temporary_store.h"

#include <cstdlib>

#include "base/ensure.h"
#include "io/file.h"
#include "telemetry/logs/logql/deletion_filter.h"

namespace aloft::telemetry::logs {

TemporaryStore::TemporaryStore() {
  const char* base = std::getenv("TMPDIR");
  std::string form = std::string(base != nullptr ? base : "/tmp") + "/logs_test_XXXXXX";
  ensure(::mkdtemp(form.data()) != nullptr, "a temporary folder can be made");
  folder_ = form;
  reopen();
}

TemporaryStore::~TemporaryStore() {
  store_.reset();
  (void)io::remove_tree(folder_);
}

void TemporaryStore::reopen() {
  store_.reset();
  StoreSettings settings;
  settings.folder = folder_;
  settings.compile_deletion = logql::compile_deletion;
  auto opened = LogStore::open(std::move(settings), clock_, metrics_);
  ensure(opened.has_value(), "the store opens");
  store_ = std::move(*opened);
}

void TemporaryStore::push(Labels labels, std::vector<Line> lines,
                          std::vector<std::pair<std::string, std::string>> fields) {
  LogBatch batch;
  LogStream& stream = batch.streams.emplace_back();
  stream.labels = std::move(labels);
  for (auto& [seconds, line] : lines)
    stream.entries.push_back({.time_ns = seconds * 1'000'000'000, .line = std::move(line), .fields = fields});
  ensure(store_->write(batch).has_value(), "the batch is taken");
}

}  // namespace aloft::telemetry::logs
