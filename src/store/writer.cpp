// Deciding and publishing commits: preconditions, revisions, what watches will see, who gets which answer.
#include "store/writer.h"

#include "base/ensure.h"
#include "store/log.h"

namespace aloft::store {
namespace {

Tree tree_of(std::vector<ItemPointer> items, std::uint64_t edit_number) {
  Tree::Edit edit(Tree(), edit_number);
  for (ItemPointer& item : items) edit.put(std::move(item));
  return std::move(edit).finish();
}

std::shared_ptr<const State> first_state(Recovered recovered, const HistoryWriter& history) {
  auto state = std::make_shared<State>();
  state->revision = recovered.revision;
  state->compacted = history.compacted();
  state->history = history.view();
  state->tree = tree_of(std::move(recovered.items), 1);
  return state;
}

SharedBytes with_revision(std::string_view text, std::size_t at, Revision revision) {
  const fmt::format_int digits(revision);
  std::string whole;
  whole.reserve(text.size() + digits.size());
  whole.append(text.substr(0, at)).append(digits.data(), digits.size()).append(text.substr(at));
  return SharedBytes(std::move(whole));
}

Result<> check(const PreparedWrite& write, const ItemPointer* before) {
  if (!write.expected) return {};
  const Revision actual = before != nullptr ? (*before)->entry.modified : 0;
  if (actual == *write.expected) return {};
  if (actual == 0)
    return fail(Code::conflict,
                fmt::format("{}: expected revision {}, does not exist", write.key, *write.expected));
  if (*write.expected == 0) return fail(Code::conflict, fmt::format("{}: already exists", write.key));
  return fail(Code::conflict,
              fmt::format("{}: expected revision {}, is at {}", write.key, *write.expected, actual));
}

void send_answers(std::span<CommitRequest> requests, std::vector<Result<Committed>>& results) {
  struct Answer {
    std::shared_ptr<CommitAnswer> to;
    Result<Committed> result;
  };
  // There are few loops, so a list is found faster than a map.
  std::vector<std::pair<io::Loop*, std::vector<Answer>>> per_loop;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto found = std::find_if(per_loop.begin(), per_loop.end(),
                              [&](const auto& other) { return other.first == requests[i].loop; });
    if (found == per_loop.end()) {
      per_loop.emplace_back(requests[i].loop, std::vector<Answer>());
      found = std::prev(per_loop.end());
    }
    found->second.push_back(Answer{std::move(requests[i].answer), std::move(results[i])});
  }
  for (auto& [loop, answers] : per_loop) {
    loop->post([arrived = std::move(answers)]() mutable {
      for (Answer& answer : arrived) {
        answer.to->result.emplace(std::move(answer.result));
        answer.to->arrived.set();
      }
    });
  }
}

}  // namespace

Result<std::vector<PreparedWrite>> prepare_writes(std::vector<Write> writes) {
  std::vector<PreparedWrite> prepared;
  prepared.reserve(writes.size());
  for (Write& write : writes) {
    PreparedWrite& next = prepared.emplace_back();
    next.key = std::move(write.key);
    next.expected = write.expected;
    if (write.check_only) {
      next.action = PreparedWrite::Action::check;
    } else if (!write.value) {
      next.action = PreparedWrite::Action::remove;
    } else if (write.revision_at) {
      if (*write.revision_at > write.value->size()) {
        return fail(Code::invalid, fmt::format("{}: no place for the revision at byte {} of {}", next.key,
                                               *write.revision_at, write.value->size()));
      }
      next.action = PreparedWrite::Action::put_with_revision;
      next.text = std::move(*write.value);
      next.revision_at = *write.revision_at;
    } else {
      next.value = SharedBytes(std::move(*write.value));
    }
  }
  if (prepared.size() > 1) {
    std::vector<std::string_view> keys;
    keys.reserve(prepared.size());
    for (const PreparedWrite& write : prepared) keys.push_back(write.key);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      return fail(Code::invalid, fmt::format("{}: stands twice in one commit", *twice));
  }
  return prepared;
}

// What one write of the engine will consist of.
struct Writer::Group {
  Group(const State& state, std::uint64_t edit_number)
      : edit(state.tree, edit_number), revision(state.revision), compact_to(state.compacted) {}
  Tree::Edit edit;
  Revision revision;
  Revision compact_to;
  std::vector<Effect> effects;
  std::vector<ChangePointer> changes;
};

Writer::Writer(std::unique_ptr<Engine> engine, Recovered recovered, HistoryLimits limits)
    : engine_(std::move(engine)),
      history_(limits, recovered.revision),
      last_id_(recovered.last_id),
      edits_(1),
      shared_(std::make_shared<Shared>(first_state(std::move(recovered), history_))) {}

void Writer::handle(std::vector<CommitRequest>& batch) {
  const auto before = shared_->state.read();
  std::vector<Result<Committed>> results;
  results.reserve(batch.size());
  if (auto done = try_together(batch, results); !done) {
    // One commit that cannot be written must not take its neighbours with it: each on its own.
    const bool alone = batch.size() == 1;
    std::vector<Result<Committed>> single;
    results.clear();
    for (CommitRequest& request : batch) {
      single.clear();
      if (!alone) done = try_together(std::span(&request, 1), single);
      if (done) {
        results.push_back(std::move(single.front()));
      } else {
        results.push_back(fail(done.error()));
      }
    }
  }
  // Whoever wrote hears of it before the thousand who watch: their events keep a loop busy for milliseconds.
  send_answers(batch, results);
  if (shared_->state.read() != before) wake_watches(*shared_);
}

Result<> Writer::try_together(std::span<CommitRequest> requests, std::vector<Result<Committed>>& results) {
  const auto state = shared_->state.read();
  Group group(*state, ++edits_);
  for (const CommitRequest& request : requests) results.push_back(apply(request, group));
  if (!group.effects.empty() && engine_ != nullptr) {
    const auto written = engine_->write(group.effects, group.revision);
    if (!written) {
      if (!failing_)
        log.error("commits fail from revision {} on: {}", state->revision, written.error().message());
      failing_ = true;
      return written;
    }
    if (failing_) log.info("commits succeed again");
    failing_ = false;
  }
  publish(group);
  return {};
}

Result<Committed> Writer::apply(const CommitRequest& request, Group& group) {
  if (request.compact) return compact(*request.compact, group);
  // Copies, since an edit moves what the tree points at.
  std::vector<ItemPointer> before;
  before.reserve(request.writes.size());
  for (const PreparedWrite& write : request.writes) {
    const ItemPointer* found = group.edit.current().find(write.key);
    TRY_DO(check(write, found));
    before.push_back(found != nullptr ? *found : nullptr);
  }
  bool changes_anything = false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto action = request.writes[i].action;
    const bool keeps = action == PreparedWrite::Action::check ||
                       (action == PreparedWrite::Action::remove && before[i] == nullptr);
    changes_anything = changes_anything || !keeps;
  }
  if (changes_anything) ++group.revision;
  Committed committed;
  committed.revision = group.revision;
  committed.entries.reserve(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    committed.entries.push_back(apply_write(request.writes[i], before[i], group));
  }
  return committed;
}

Entry Writer::apply_write(const PreparedWrite& write, const ItemPointer& before, Group& group) {
  Entry none;
  none.key = write.key;
  if (write.action == PreparedWrite::Action::check) return before != nullptr ? before->entry : none;
  auto change = std::make_shared<Change>();
  if (before != nullptr) change->previous = before->entry;
  change->entry.key = write.key;
  change->entry.created = before != nullptr ? before->entry.created : group.revision;
  change->entry.modified = group.revision;
  if (write.action == PreparedWrite::Action::remove) {
    if (before == nullptr) return none;
    change->type = Change::Type::removed;
    group.edit.remove(write.key);
    group.effects.push_back(Effect{before, nullptr});
    group.changes.push_back(std::move(change));
    return before->entry;
  }
  change->entry.value = write.action == PreparedWrite::Action::put_with_revision
                            ? with_revision(write.text, write.revision_at, group.revision)
                            : write.value;
  auto item = std::make_shared<Item>();
  item->entry = change->entry;
  item->id = before != nullptr ? before->id : ++last_id_;
  group.edit.put(item);
  group.changes.push_back(std::move(change));
  Entry entry = item->entry;
  group.effects.push_back(Effect{before, std::move(item)});
  return entry;
}

Result<Committed> Writer::compact(Revision revision, Group& group) {
  if (revision > group.revision) {
    return fail(Code::invalid,
                fmt::format("revision {} is in the future; the newest is {}", revision, group.revision));
  }
  group.compact_to = std::max(group.compact_to, revision);
  return Committed{group.revision, {}};
}

void Writer::publish(Group& group) {
  const auto old = shared_->state.read();
  const bool changed = !group.changes.empty();
  if (!changed && group.compact_to == old->compacted) return;
  // The chain first: whoever sees the new revision can walk up to it.
  if (changed) history_.append(group.revision, std::move(group.changes));
  if (group.compact_to > history_.compacted()) history_.compact(group.compact_to);
  auto state = std::make_shared<State>();
  state->tree = std::move(group.edit).finish();
  state->revision = group.revision;
  state->compacted = history_.compacted();
  state->history = history_.view();
  shared_->state.publish(std::move(state));
}

void Writer::close() {
  const auto old = shared_->state.read();
  if (old->closed) return;
  auto state = std::make_shared<State>(*old);
  state->closed = true;
  shared_->state.publish(std::move(state));
  wake_watches(*shared_);
}

}  // namespace aloft::store
