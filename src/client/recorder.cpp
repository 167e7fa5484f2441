// Which announcements become a new Event, which a higher count of an old one, and which are too many. The
// numbers are those of client-go's event correlator.
#include "client/recorder.h"

#include "client/log.h"
#include "client/status.h"
#include "client/typed.h"
#include "io/channel.h"
#include "model/json.h"
#include "model/kinds/core/v1/event.h"

namespace aloft::client {
namespace {

using core::v1::Event;

// Announcements that may wait to be written; further ones are dropped.
constexpr std::size_t waiting_limit = 1000;
// More different messages for one object and reason within this time are told as one.
constexpr std::size_t similar_limit = 10;
constexpr Duration similar_time = 600s;
// Events that one object may have at once, and how long it takes to earn another.
constexpr double burst = 25;
constexpr double seconds_per_event = 300;
constexpr std::size_t memory_limit = 4096;
constexpr int tries = 12;
constexpr Duration retry_pause = 10s;
constexpr std::size_t name_limit = 253;

std::string object_key(const Announcement& what) {
  return fmt::format("{}\n{}\n{}\n{}", what.api_version, what.kind, what.key.to_string(), what.uid);
}

// Room for at most `memory_limit` keys: those not used for long go first, then all.
template <class Map>
void keep_small(Map& map, Time now) {
  if (map.size() < memory_limit) return;
  std::erase_if(map, [now](const auto& entry) { return now - entry.second.used > similar_time; });
  if (map.size() >= memory_limit) map.clear();
}

bool may_pass(const Error& error) {
  return error.code() == Code::unavailable || error.code() == Code::timeout ||
         error.code() == Code::too_many_requests || error.code() == Code::internal;
}

}  // namespace

struct EventRecorder::State {
  struct Known {
    std::string ns;
    std::string name;
    std::int32_t count = 0;
    Time used{};
  };
  struct Similar {
    std::set<std::string> messages;
    Time used{};
  };
  struct Allowance {
    double events = burst;
    Time used{};
  };

  State(io::Loop& l, const Clock& c, Client& cl, Random& r, std::string comp, std::string h)
      : loop(l),
        clock(c),
        client(cl),
        random(r),
        component(std::move(comp)),
        host(std::move(h)),
        waiting(l, waiting_limit),
        scope(l) {
    scope.spawn(run());
  }

  io::Task<> run();
  io::Task<> write(Announcement what);
  io::Task<Result<>> count_up(const Known& known, const std::string& message);
  io::Task<Result<>> create(const Announcement& what, Known& known);
  bool allowed(const std::string& object);
  void fold_similar(Announcement& what, const std::string& object);
  std::string new_name(const std::string& object_name);

  io::Loop& loop;
  const Clock& clock;
  Client& client;
  Random& random;
  std::string component;
  std::string host;
  std::map<std::string, Known> known_events;
  std::map<std::string, Similar> similar_events;
  std::map<std::string, Allowance> allowances;
  io::Channel<Announcement> waiting;
  io::Scope scope;
};

EventRecorder::EventRecorder(io::Loop& loop, const Clock& clock, Client& client, Random& random,
                             std::string component, std::string host)
    : state_(std::make_unique<State>(loop, clock, client, random, std::move(component), std::move(host))) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::announce(Announcement announcement) {
  const std::string object = object_key(announcement);
  const std::string reason = announcement.reason;
  if (!state_->allowed(object) || !state_->waiting.try_push(std::move(announcement))) {
    log.debug("an event {} is left out: there are too many", reason);
  }
}

bool EventRecorder::State::allowed(const std::string& object) {
  keep_small(allowances, loop.now());
  auto [entry, made] = allowances.try_emplace(object);
  Allowance& allowance = entry->second;
  if (!made) {
    const double seconds = std::chrono::duration<double>(loop.now() - allowance.used).count();
    allowance.events = std::min(burst, allowance.events + seconds / seconds_per_event);
  }
  allowance.used = loop.now();
  if (allowance.events < 1) return false;
  allowance.events -= 1;
  return true;
}

void EventRecorder::State::fold_similar(Announcement& what, const std::string& object) {
  keep_small(similar_events, loop.now());
  Similar& similar = similar_events[fmt::format("{}\n{}\n{}", object, what.warning, what.reason)];
  if (loop.now() - similar.used > similar_time) similar.messages.clear();
  similar.used = loop.now();
  similar.messages.insert(what.message);
  if (similar.messages.size() < similar_limit) return;
  // One that is folded already needs no room, so that the set stays at its limit.
  similar.messages.erase(what.message);
  similar.messages.insert("");
  what.message = "(combined from similar events): " + what.message;
}

std::string EventRecorder::State::new_name(const std::string& object_name) {
  // Upstream's names end in the time in nanoseconds; its last bits, about a millisecond, are made random
  // here, since several recorders may share one clock.
  constexpr std::uint64_t spread = std::uint64_t{1} << 20;
  const auto now = static_cast<std::uint64_t>(clock.wall().since_epoch.count());
  const std::string suffix = fmt::format(".{:x}", (now & ~(spread - 1)) | random.below(spread));
  return object_name.substr(0, name_limit - suffix.size()) + suffix;
}

io::Task<> EventRecorder::State::run() {
  for (;;) {
    std::optional<Announcement> what = co_await waiting.pop();
    if (!what) co_return;
    co_await write(std::move(*what));
  }
}

io::Task<> EventRecorder::State::write(Announcement what) {
  const std::string object = object_key(what);
  const std::string plain_message = what.message;
  fold_similar(what, object);
  // Folded announcements share one Event whatever they say.
  const bool folded = what.message != plain_message;
  keep_small(known_events, loop.now());
  Known& known = known_events[fmt::format("{}\n{}\n{}\n{}\n{}", object, what.field_path, what.warning,
                                          what.reason, folded ? std::string() : what.message)];
  known.used = loop.now();
  for (int attempt = 1;; ++attempt) {
    Result<> done;
    if (known.count > 0) {
      done = co_await count_up(known, what.message);
      if (!done && done.error().code() == Code::not_found) known.count = 0;
    }
    if (known.count == 0) done = co_await create(what, known);
    if (done) {
      ++known.count;
      co_return;
    }
    if (attempt == tries || !may_pass(done.error())) {
      if (is_namespace_ending(done.error())) co_return;
      log.warning("an event {} about {} {} is lost: {}", what.reason, what.kind, what.key.to_string(),
                  done.error().message());
      co_return;
    }
    co_await loop.sleep(retry_pause);
  }
}

io::Task<Result<>> EventRecorder::State::count_up(const Known& known, const std::string& message) {
  model::Object patch;
  patch.set("count", model::Value(static_cast<std::int64_t>(known.count) + 1));
  patch.set("lastTimestamp", model::Value(format_seconds(clock.wall())));
  patch.set("message", model::Value(message));
  Resource resource = resource_of<Event>();
  ObjectKey key(known.ns, known.name);
  std::string text = model::to_json(model::Value(std::move(patch)));
  WriteOptions options;
  auto patching = client.patch(std::move(resource), std::move(key), PatchType::merge, std::move(text),
                               std::move(options));
  const Result<SharedBytes> done = co_await std::move(patching);
  TRY_CO_DO(done);
  co_return Result<>();
}

io::Task<Result<>> EventRecorder::State::create(const Announcement& what, Known& known) {
  known.ns = what.key.ns.empty() ? "default" : what.key.ns;
  known.name = new_name(what.key.name);
  Event event;
  event.metadata.namespace_ = known.ns;
  event.metadata.name = known.name;
  event.involvedObject.kind = what.kind;
  event.involvedObject.apiVersion = what.api_version;
  event.involvedObject.namespace_ = what.key.ns;
  event.involvedObject.name = what.key.name;
  event.involvedObject.uid = what.uid;
  event.involvedObject.resourceVersion = what.resource_version;
  event.involvedObject.fieldPath = what.field_path;
  event.reason = what.reason;
  event.message = what.message;
  event.source.component = component;
  event.source.host = host;
  event.reportingComponent = component;
  event.reportingInstance = host;
  event.firstTimestamp = model::Timestamp(clock.wall());
  event.lastTimestamp = event.firstTimestamp;
  event.count = 1;
  event.type = what.warning ? "Warning" : "Normal";
  WriteOptions options;
  const Result<Event> done = co_await client::create(client, event, std::move(options));
  TRY_CO_DO(done);
  co_return Result<>();
}

}  // namespace aloft::client
