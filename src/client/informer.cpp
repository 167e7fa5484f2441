// The loop behind an informer: list, watch, resume, and list again when history is gone; and the cache it
// fills.
#include "client/informer.h"

#include <charconv>

#include "base/ensure.h"
#include "client/log.h"
#include "model/codec.h"
#include "model/kinds/meta/v1/object_meta.h"

namespace aloft::client {
namespace {

constexpr std::size_t page_objects = 500;
// As upstream's reflector: 0.8 s doubling to 30 s, each spread up to double, forgotten after two quiet
// minutes.
constexpr Duration first_delay = 800ms;
constexpr Duration longest_delay = 30s;
constexpr Duration forget_delays_after = 120s;
// A watch that ends sooner without an event counts as a failure.
constexpr Duration shortest_watch = 1s;

std::int64_t to_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const meta::v1::ObjectMeta& metadata_of(const void* object) {
  return *static_cast<const meta::v1::ObjectMeta*>(object);
}

struct GroupedObjects {
  std::function<std::vector<std::string>(const void*)> values;
  std::map<std::string, std::map<ObjectKey, std::shared_ptr<const void>>, std::less<>> groups;

  void add(const Cached& cached) {
    for (std::string& value : values(cached.object.get()))
      groups[std::move(value)][cached.key] = cached.object;
  }
  void remove(const Cached& cached) {
    for (const std::string& value : values(cached.object.get())) {
      const auto group = groups.find(value);
      if (group == groups.end()) continue;
      group->second.erase(cached.key);
      if (group->second.empty()) groups.erase(group);
    }
  }
};

}  // namespace

struct InformerCore::State {
  State(io::Loop& l, Client& c, Random& r, const model::KindInfo& k, WatchOptions o)
      : loop(l), client(c), random(r), kind(k), options(std::move(o)), synced(l), advanced(l), scope(l) {}

  enum class Ended { in_order, expired, failed };

  io::Task<> run();
  io::Task<Result<>> list_all();
  io::Task<Ended> watch_once();
  io::Task<> back_off();
  void take_list(const std::vector<SharedBytes>& items, const std::string& at);
  void take_event(const WatchEvent& event);
  std::optional<Cached> decode(const SharedBytes& bytes) const;
  void put(Cached next, std::vector<Notice>& notices);
  void erase(const ObjectKey& key, std::vector<Notice>& notices);
  void advance(std::string at);
  void tell(const std::vector<Notice>& notices);

  io::Loop& loop;
  Client& client;
  Random& random;
  const model::KindInfo& kind;
  WatchOptions options;
  std::map<ObjectKey, Cached> objects;
  std::map<std::string, GroupedObjects, std::less<>> indices;
  std::vector<std::function<void(const Notice&)>> handlers;
  std::string version_text;
  std::int64_t version = 0;
  Duration delay = first_delay;
  Time delayed_at{};
  io::Event synced;
  io::WaitList advanced;
  io::Scope scope;
};

io::Task<> InformerCore::State::run() {
  bool listed = false;
  Time listed_at{};
  for (;;) {
    if (!listed) {
      const Result<> done = co_await list_all();
      if (!done) {
        log.warning("listing {}: {}", kind.plural, done.error().message());
        co_await back_off();
        continue;
      }
      listed = true;
      listed_at = loop.now();
    }
    const Ended ended = co_await watch_once();
    listed = ended != Ended::expired;
    // Listing again helps once; a server that forgets what it has just told is given time.
    const bool useless = ended == Ended::expired && loop.now() - listed_at < shortest_watch;
    if (ended == Ended::failed || useless) co_await back_off();
  }
}

io::Task<> InformerCore::State::back_off() {
  if (loop.now() - delayed_at > forget_delays_after + delay) delay = first_delay;
  const auto spread = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(delay.count())));
  const Duration pause = delay + Duration(spread);
  delay = std::min(delay * 2, longest_delay);
  delayed_at = loop.now() + pause;
  co_await loop.sleep(pause);
}

io::Task<Result<>> InformerCore::State::list_all() {
  std::vector<SharedBytes> items;
  ListOptions wanted;
  wanted.ns = options.ns;
  wanted.label_selector = options.label_selector;
  wanted.field_selector = options.field_selector;
  wanted.limit = page_objects;
  for (;;) {
    Resource resource = resource_of(kind);
    auto page = co_await client.list(std::move(resource), wanted);
    if (!page && page.error().code() == Code::expired && !wanted.continue_token.empty()) {
      // The pages did not come fast enough; everything at once cannot expire.
      items.clear();
      wanted.continue_token.clear();
      wanted.limit = 0;
      continue;
    }
    if (!page) co_return fail(page.error());
    items.insert(items.end(), page->items.begin(), page->items.end());
    wanted.continue_token = page->continue_token;
    if (!wanted.continue_token.empty()) continue;
    take_list(items, page->resource_version);
    co_return Result<>();
  }
}

void InformerCore::State::take_list(const std::vector<SharedBytes>& items, const std::string& at) {
  std::vector<Notice> notices;
  std::map<ObjectKey, Cached> listed;
  for (const SharedBytes& item : items) {
    if (auto cached = decode(item)) {
      ObjectKey key = cached->key;
      listed.insert_or_assign(std::move(key), std::move(*cached));
    }
  }
  std::vector<ObjectKey> gone;
  for (const auto& [key, cached] : objects) {
    if (!listed.contains(key)) gone.push_back(key);
  }
  for (const ObjectKey& key : gone) erase(key, notices);
  for (auto& [key, cached] : listed) put(std::move(cached), notices);
  advance(at);
  synced.set();
  tell(notices);
}

io::Task<InformerCore::State::Ended> InformerCore::State::watch_once() {
  WatchOptions wanted = options;
  wanted.resource_version = version_text;
  const Time started = loop.now();
  Resource resource = resource_of(kind);
  auto stream = co_await client.watch(std::move(resource), std::move(wanted));
  std::size_t events = 0;
  std::optional<Error> error;
  if (!stream) error = stream.error();
  while (!error) {
    auto event = co_await (*stream)->next();
    if (!event) {
      error = event.error();
    } else if (*event) {
      ++events;
      take_event(**event);
    } else {
      const bool too_short = events == 0 && loop.now() - started < shortest_watch;
      co_return too_short ? Ended::failed : Ended::in_order;
    }
  }
  if (error->code() == Code::expired || error->code() == Code::gone) {
    log.debug("the history of {} after {} is gone; listing again", kind.plural, version_text);
    co_return Ended::expired;
  }
  log.warning("watching {}: {}", kind.plural, error->message());
  co_return Ended::failed;
}

void InformerCore::State::take_event(const WatchEvent& event) {
  auto cached = decode(event.object);
  if (!cached) return;
  std::vector<Notice> notices;
  const std::string at = metadata_of(cached->object.get()).resourceVersion;
  if (event.type == WatchEvent::Type::removed) {
    erase(cached->key, notices);
  } else if (event.type != WatchEvent::Type::bookmark) {
    put(std::move(*cached), notices);
  }
  advance(at);
  tell(notices);
}

std::optional<Cached> InformerCore::State::decode(const SharedBytes& bytes) const {
  std::shared_ptr<void> object = kind.make();
  if (const auto done = model::decode_json(*kind.type, bytes.view(), object.get()); !done) {
    log.error("an object of {} is left out: {}", kind.plural, done.error().message());
    return std::nullopt;
  }
  Cached cached;
  auto& metadata = *static_cast<meta::v1::ObjectMeta*>(object.get());
  // Who owns which field takes more room than the fields, and only the API server asks; a write that leaves
  // it out keeps it.
  metadata.managedFields = {};
  cached.key = ObjectKey(metadata.namespace_, metadata.name);
  cached.resource_version = to_number(metadata.resourceVersion);
  cached.object = std::move(object);
  return cached;
}

void InformerCore::State::put(Cached next, std::vector<Notice>& notices) {
  Notice notice;
  notice.key = next.key;
  notice.now = next.object;
  Cached& slot = objects[next.key];
  if (slot.object != nullptr) {
    if (slot.resource_version == next.resource_version) return;
    notice.old = slot.object;
    for (auto& [name, index] : indices) index.remove(slot);
  }
  slot = std::move(next);
  for (auto& [name, index] : indices) index.add(slot);
  notices.push_back(std::move(notice));
}

void InformerCore::State::erase(const ObjectKey& key, std::vector<Notice>& notices) {
  const auto found = objects.find(key);
  if (found == objects.end()) return;
  Notice notice;
  notice.key = key;
  notice.old = found->second.object;
  for (auto& [name, index] : indices) index.remove(found->second);
  objects.erase(found);
  notices.push_back(std::move(notice));
}

void InformerCore::State::advance(std::string at) {
  version = to_number(at);
  version_text = std::move(at);
  advanced.notify_all();
}

void InformerCore::State::tell(const std::vector<Notice>& notices) {
  for (const Notice& notice : notices) {
    for (const auto& handler : handlers) handler(notice);
  }
}

InformerCore::InformerCore(io::Loop& loop, Client& client, Random& random, const model::KindInfo& kind,
                           WatchOptions options)
    : state_(std::make_unique<State>(loop, client, random, kind, std::move(options))) {}

InformerCore::~InformerCore() = default;

void InformerCore::start() {
  if (state_->scope.size() == 0) state_->scope.spawn(state_->run());
}

void InformerCore::add_handler(std::function<void(const Notice&)> handler) {
  for (const auto& [key, cached] : state_->objects) {
    Notice notice;
    notice.key = key;
    notice.now = cached.object;
    handler(notice);
  }
  state_->handlers.push_back(std::move(handler));
}

void InformerCore::add_index(std::string name, std::function<std::vector<std::string>(const void*)> values) {
  GroupedObjects index;
  index.values = std::move(values);
  for (const auto& [key, cached] : state_->objects) index.add(cached);
  state_->indices.insert_or_assign(std::move(name), std::move(index));
}

io::Task<> InformerCore::synced() { co_await state_->synced.wait(); }

bool InformerCore::has_synced() const { return state_->synced.is_set(); }

io::Task<bool> InformerCore::seen(std::int64_t resource_version, Duration timeout) {
  const Time end = state_->loop.now() + timeout;
  while (state_->version < resource_version) {
    const bool advanced = co_await state_->advanced.wait_until(end);
    if (!advanced) co_return false;
  }
  co_return true;
}

std::int64_t InformerCore::resource_version() const { return state_->version; }

std::shared_ptr<const void> InformerCore::get(const ObjectKey& key) const {
  const auto found = state_->objects.find(key);
  return found == state_->objects.end() ? nullptr : found->second.object;
}

const std::map<ObjectKey, Cached>& InformerCore::all() const { return state_->objects; }

std::vector<std::shared_ptr<const void>> InformerCore::by_index(std::string_view name,
                                                                std::string_view value) const {
  const auto index = state_->indices.find(name);
  ensure(index != state_->indices.end(), "an index is added before it is asked");
  std::vector<std::shared_ptr<const void>> found;
  const auto group = index->second.groups.find(value);
  if (group == index->second.groups.end()) return found;
  for (const auto& [key, object] : group->second) found.push_back(object);
  return found;
}

std::vector<std::shared_ptr<const void>> InformerCore::in_namespace(std::string_view ns) const {
  std::vector<std::shared_ptr<const void>> found;
  for (auto at = state_->objects.lower_bound(ObjectKey(std::string(ns), "")); at != state_->objects.end();
       ++at) {
    if (at->first.ns != ns) break;
    found.push_back(at->second.object);
  }
  return found;
}

const model::KindInfo& InformerCore::kind() const { return state_->kind; }

}  // namespace aloft::client
