// The one place where state changes: takes the commits that have gathered, checks each against the newest
// state in order, has the engine write all that hold as one, publishes the result and answers everybody.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/event.h"
#include "store/engine.h"
#include "store/state.h"

namespace aloft::store {

// Where the answer to a commit arrives. Made and destroyed on the committer's loop.
struct CommitAnswer {
  explicit CommitAnswer(io::Loop& loop) : arrived(loop) {}
  io::Event arrived;
  std::optional<Result<Committed>> result;
};

// A Write whose bytes are in their final, shared form unless a revision has yet to be inserted.
struct PreparedWrite {
  std::string key;
  enum class Action { put, put_with_revision, remove, check } action = Action::put;
  SharedBytes value;
  std::string text;  // for put_with_revision
  std::size_t revision_at = 0;
  std::optional<Revision> expected;
};

struct CommitRequest {
  io::Loop* loop = nullptr;
  std::shared_ptr<CommitAnswer> answer;
  std::vector<PreparedWrite> writes;
  std::optional<Revision> compact;  // instead of writes
};

// Error: invalid, when a key stands twice or a revision is to be inserted outside its value.
Result<std::vector<PreparedWrite>> prepare_writes(std::vector<Write> writes);

// handle() is called by one thread at a time.
class Writer {
 public:
  Writer(std::unique_ptr<Engine> engine, Recovered recovered, HistoryLimits limits);

  void handle(std::vector<CommitRequest>& batch);
  // Ends the watches. Nothing is handled afterwards.
  void close();
  const std::shared_ptr<Shared>& shared() const { return shared_; }

 private:
  struct Group;
  Result<> try_together(std::span<CommitRequest> requests, std::vector<Result<Committed>>& results);
  Result<Committed> apply(const CommitRequest& request, Group& group);
  Entry apply_write(const PreparedWrite& write, const ItemPointer& before, Group& group);
  Result<Committed> compact(Revision revision, Group& group);
  void publish(Group& group);

  std::unique_ptr<Engine> engine_;
  HistoryWriter history_;
  std::int64_t last_id_;
  std::uint64_t edits_ = 0;
  std::shared_ptr<Shared> shared_;
  bool failing_ = false;
};

}  // namespace aloft::store
