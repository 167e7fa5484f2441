// How watches are woken, fed and ended, all on their own loop.
#include "store/watch_hub.h"

#include "base/ensure.h"

namespace aloft::store {
namespace {

// Changes that may wait for a reader, and that one next() gives.
constexpr std::size_t queue_bound = 1024;
// Changes that a lagging watch looks at before it lets others run.
constexpr std::size_t read_bound = 4096;

}  // namespace

void wake_watches(Shared& shared) {
  // Posted under the lock, so that a loop may go as soon as its hub has taken its port away.
  shared.ports.with([](auto& all) {
    for (const std::shared_ptr<HubPort>& port : all) {
      if (port->posted.exchange(true)) continue;
      port->loop.post([port] {
        port->posted.exchange(false);
        if (const std::shared_ptr<WatchHub> hub = port->hub.lock()) hub->pull();
      });
    }
  });
}

std::shared_ptr<WatchHub> WatchHub::of(io::Loop& loop, const std::shared_ptr<Shared>& shared) {
  const auto known = shared->ports.with([&loop](auto& all) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&loop](const auto& port) { return &port->loop == &loop; });
    return found == all.end() ? nullptr : *found;
  });
  if (known != nullptr) return known->hub.lock();
  auto port = std::make_shared<HubPort>(loop);
  auto hub = std::make_shared<WatchHub>(port, shared);
  port->hub = hub;
  shared->ports.with([&port](auto& all) { all.push_back(port); });
  // Commits between the first look and the registration woke nobody.
  hub->pull();
  return hub;
}

WatchHub::WatchHub(std::shared_ptr<HubPort> port, std::shared_ptr<Shared> shared)
    : port_(std::move(port)), shared_(std::move(shared)) {
  const auto state = shared_->state.read();
  revision_ = state->revision;
  position_ = state->history.after(revision_);
}

WatchHub::~WatchHub() {
  shared_->ports.with([this](auto& all) { std::erase(all, port_); });
}

void WatchHub::pull() {
  const auto state = shared_->state.read();
  revision_ = state->revision;
  while (const ChangePointer* change = position_.next(revision_)) route(*change, position_);
  for (std::size_t i = lagging_.size(); i-- > 0;) {
    HubWatch& watch = *lagging_[i];
    if (!watch.lags_behind(state->compacted)) continue;
    lagging_.erase(lagging_.begin() + static_cast<std::ptrdiff_t>(i));
    watch.end(Error(Code::expired,
                    fmt::format("the watch of \"{}\" is behind the history, which begins at revision {}",
                                watch.prefix(), state->compacted)));
  }
  if (state->closed) end_all(Error(Code::cancelled, "the store is closed"));
}

void WatchHub::route(const ChangePointer& change, const HistoryCursor& here) {
  live_.offer(*change, [&](HubWatch& watch) {
    const bool kept = watch.offer(change, here);
    if (!kept) lagging_.push_back(&watch);
    return kept;
  });
}

void WatchHub::end_all(const Error& error) {
  live_.each([&error](HubWatch& watch) { watch.end(error); });
  for (HubWatch* watch : lagging_) watch->end(error);
}

void WatchHub::add_live(HubWatch& watch) { live_.add(watch); }

void WatchHub::add_lagging(HubWatch& watch) { lagging_.push_back(&watch); }

void WatchHub::remove(HubWatch& watch) {
  std::erase(lagging_, &watch);
  live_.remove(watch);
}

HubWatch::HubWatch(std::shared_ptr<WatchHub> hub, Range range, std::optional<Pin> pin,
                   std::optional<HistoryCursor> start)
    : hub_(std::move(hub)),
      range_(std::move(range)),
      pin_(std::move(pin)),
      cursor_(std::move(start)),
      ready_(hub_->loop()) {
  if (cursor_) {
    hub_->add_lagging(*this);
  } else {
    hub_->add_live(*this);
  }
}

HubWatch::~HubWatch() { hub_->remove(*this); }

bool HubWatch::in_range(const Change& change) const {
  const std::string& key = change.entry.key;
  return key.starts_with(range_.prefix) && (range_.after.empty() || key > range_.after);
}

bool HubWatch::concerns(const Change& change) const {
  if (!in_range(change)) return false;
  if (!pin_) return true;
  const auto has = [this](const Entry& entry) { return pin_->facet->read(entry) == pin_->value; };
  return (change.type == Change::Type::put && has(change.entry)) ||
         (change.previous && has(*change.previous));
}

bool HubWatch::offer(const ChangePointer& change, const HistoryCursor& behind_it) {
  if (!in_range(*change)) return true;
  if (queue_.size() == queue_bound) {
    cursor_ = behind_it;
    --cursor_->at;
    return false;
  }
  queue_.push_back(change);
  ready_.set();
  return true;
}

void HubWatch::end(Error error) {
  if (ended_) return;
  // What an expired watch missed makes what it still holds useless.
  if (error.code() == Code::expired) queue_.clear();
  cursor_.reset();
  ended_ = std::move(error);
  ready_.set();
}

bool HubWatch::read_history() {
  for (std::size_t looked = 0; looked < read_bound && queue_.size() < queue_bound; ++looked) {
    const ChangePointer* change = cursor_->next(hub_->revision());
    if (change == nullptr) {
      cursor_.reset();
      hub_->remove(*this);
      hub_->add_live(*this);
      return true;
    }
    if (concerns(**change)) queue_.push_back(*change);
  }
  return !queue_.empty();
}

io::Task<Result<std::vector<std::shared_ptr<const Change>>>> HubWatch::next() {
  for (;;) {
    if (!queue_.empty()) {
      std::vector<ChangePointer> given;
      given.swap(queue_);
      co_return given;
    }
    if (ended_) co_return fail(*ended_);
    if (cursor_) {
      if (!read_history()) co_await hub_->loop().yield();
      continue;
    }
    if (std::exchange(interrupted_, false)) co_return std::vector<ChangePointer>();
    ready_.reset();
    co_await ready_.wait();
  }
}

void HubWatch::interrupt() {
  interrupted_ = true;
  ready_.set();
}

Revision HubWatch::seen() const {
  if (!queue_.empty()) return queue_.front()->entry.modified - 1;
  return cursor_ ? cursor_->passed() : hub_->revision();
}

}  // namespace aloft::store
