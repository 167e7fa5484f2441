// The Store that all engines share: reads from the published state, commits through the funnel to the writer.
#include "io/funnel.h"
#include "store/engine.h"
#include "store/watch_hub.h"
#include "store/writer.h"

namespace aloft::store {
namespace {

// The least text that is greater than every text with this prefix; empty when there is none.
std::string end_of(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

std::string begin_of(const Range& range) {
  return range.after >= range.prefix && !range.after.empty() ? range.after + '\0' : range.prefix;
}

// The keys that differ between now and an older revision, with their entries as they were then (nullptr:
// absent).
using Overlay = std::map<std::string_view, const Entry*>;

class Lister {
 public:
  Lister(const State& state, const Range& range, std::size_t limit)
      : state_(state), range_(range), begin_(begin_of(range)), end_(end_of(range.prefix)), limit_(limit) {}

  Page now() {
    overlay_.clear();
    return run(state_.revision);
  }

  Page at(Revision revision) {
    HistoryCursor cursor = state_.history.after(revision);
    while (const ChangePointer* change = cursor.next(state_.revision)) {
      const std::string_view key = (*change)->entry.key;
      if (!key.starts_with(range_.prefix) || key < begin_) continue;
      const auto& previous = (*change)->previous;
      // The first change after `revision` knows what stood before it. The state keeps all these changes
      // alive.
      overlay_.try_emplace(key, previous ? &*previous : nullptr);
    }
    return run(revision);
  }

 private:
  Page run(Revision revision) {
    Page page;
    page.revision = revision;
    const std::size_t last = end_.empty() ? state_.tree.size() : state_.tree.rank(end_);
    const std::size_t expected = last - std::min(last, state_.tree.rank(begin_));
    page.entries.reserve(limit_ == 0 ? expected : std::min(limit_, expected));
    Tree::Cursor current(state_.tree, begin_);
    auto changed = overlay_.begin();
    for (;;) {
      const ItemPointer* item = current.get();
      if (item != nullptr && !(*item)->entry.key.starts_with(range_.prefix)) item = nullptr;
      if (item == nullptr && changed == overlay_.end()) return page;
      const bool from_overlay =
          changed != overlay_.end() && (item == nullptr || changed->first <= (*item)->entry.key);
      const Entry* entry = from_overlay ? changed->second : &(*item)->entry;
      if (entry != nullptr && limit_ != 0 && page.entries.size() == limit_) {
        page.more = true;
        page.remaining = remaining(page.entries.back().key, last);
        return page;
      }
      if (entry != nullptr) page.entries.push_back(*entry);
      const bool replaces = from_overlay && item != nullptr && changed->first == (*item)->entry.key;
      if (!from_overlay || replaces) current.next();
      if (from_overlay) ++changed;
    }
  }

  std::size_t remaining(const std::string& shown, std::size_t last) const {
    const std::string from = shown + '\0';
    std::size_t count = last - state_.tree.rank(from);
    for (auto changed = overlay_.lower_bound(from); changed != overlay_.end(); ++changed) {
      if (changed->second != nullptr) ++count;
      if (state_.tree.find(changed->first) != nullptr) --count;
    }
    return count;
  }

  const State& state_;
  const Range& range_;
  std::string begin_;
  std::string end_;
  std::size_t limit_;
  Overlay overlay_;
};

Error too_old(Revision asked, Revision compacted) {
  return {Code::expired,
          fmt::format("revision {} is no longer in the history, which begins at {}", asked, compacted)};
}
Error too_new(Revision asked, Revision newest) {
  return {Code::invalid, fmt::format("revision {} is in the future; the newest is {}", asked, newest)};
}

class Core final : public Store {
 public:
  using Requests = io::Funnel<CommitRequest>;

  Core(std::unique_ptr<Engine> engine, Recovered recovered, HistoryLimits limits, std::size_t batch_writes)
      : runs_(engine != nullptr ? Requests::Runs::own_thread : Requests::Runs::submitter),
        writer_(std::move(engine), std::move(recovered), limits),
        shared_(writer_.shared()),
        funnel_(runs_, batch_writes, [this](std::vector<CommitRequest>& batch) { writer_.handle(batch); }) {}
  ~Core() override { close(); }

  std::optional<Entry> get(std::string_view key) const override {
    const auto state = shared_->state.read();
    const ItemPointer* found = state->tree.find(key);
    if (found == nullptr) return std::nullopt;
    return (*found)->entry;
  }

  Result<Page> list(const Range& range, const ListOptions& options) const override {
    const auto state = shared_->state.read();
    Lister lister(*state, range, options.limit);
    if (options.at == 0 || options.at == state->revision) return lister.now();
    if (options.at > state->revision) return fail(too_new(options.at, state->revision));
    if (options.at < state->compacted) return fail(too_old(options.at, state->compacted));
    return lister.at(options.at);
  }

  Revision revision() const override { return shared_->state.read()->revision; }
  Revision compacted() const override { return shared_->state.read()->compacted; }

  io::Task<Result<Committed>> commit(io::Loop& loop, std::vector<Write> writes) override {
    CommitRequest request;
    TRY_CO(prepared, prepare_writes(std::move(writes)));
    request.writes = std::move(prepared);
    auto asked = ask(loop, std::move(request));
    co_return co_await std::move(asked);
  }

  io::Task<Result<>> compact(io::Loop& loop, Revision revision) override {
    CommitRequest request;
    request.compact = revision;
    auto asked = ask(loop, std::move(request));
    const Result<Committed> done = co_await std::move(asked);
    TRY_CO_DO(done);
    co_return Result<>();
  }

  Result<std::unique_ptr<Watch>> watch(io::Loop& loop, Range range, Revision after,
                                       std::optional<Pin> pin) override {
    const auto state = shared_->state.read();
    if (state->closed) return fail(Code::cancelled, "the store is closed");
    if (after > state->revision) return fail(too_new(after, state->revision));
    if (after != 0 && after < state->compacted) return fail(too_old(after, state->compacted));
    const auto hub = WatchHub::of(loop, shared_);
    hub->pull();
    // Closed meanwhile: the hub told the watches that it had then. From here on it will tell this one too.
    if (shared_->state.read()->closed) return fail(Code::cancelled, "the store is closed");
    std::optional<HistoryCursor> start;
    if (after != 0 && after < hub->revision()) start = state->history.after(after);
    return std::make_unique<HubWatch>(hub, std::move(range), std::move(pin), std::move(start));
  }

  void close() override {
    funnel_.close();
    writer_.close();
  }

 private:
  io::Task<Result<Committed>> ask(io::Loop& loop, CommitRequest request) {
    auto answer = std::make_shared<CommitAnswer>(loop);
    request.loop = &loop;
    request.answer = answer;
    if (!funnel_.submit(std::move(request))) co_return fail(Code::unavailable, "the store is closed");
    co_await answer->arrived.wait();
    co_return std::move(*answer->result);
  }

  Requests::Runs runs_;
  Writer writer_;
  std::shared_ptr<Shared> shared_;
  Requests funnel_;
};

}  // namespace

std::unique_ptr<Store> make_store(std::unique_ptr<Engine> engine, Recovered recovered, HistoryLimits limits,
                                  std::size_t batch_writes) {
  return std::make_unique<Core>(std::move(engine), std::move(recovered), limits, batch_writes);
}

std::unique_ptr<Store> open_memory_store(HistoryLimits limits) {
  constexpr std::size_t batch_writes = 512;
  return make_store(nullptr, Recovered(), limits, batch_writes);
}

}  // namespace aloft::store
