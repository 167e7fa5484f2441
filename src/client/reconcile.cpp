// Carrying plans out: one key at a time per worker, the plan's writes in order, then waiting until the cache
// shows them, so that the next plan of the same key cannot repeat them from an old state.
#include "client/reconcile.h"

#include <charconv>

#include "base/ensure.h"
#include "client/log.h"
#include "client/recorder.h"
#include "client/status.h"
#include "model/json.h"
#include "model/kinds/meta/v1/object_meta.h"

namespace aloft::client {
namespace {

const meta::v1::ObjectMeta& metadata_of(const std::shared_ptr<const void>& object) {
  return *static_cast<const meta::v1::ObjectMeta*>(object.get());
}

ObjectKey parse_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return ObjectKey("", std::string(text));
  return ObjectKey(std::string(text.substr(0, slash)), std::string(text.substr(slash + 1)));
}

void add_owner(const Notice& notice, const std::shared_ptr<const void>& object, std::string_view kind,
               std::string_view api_version, std::vector<ObjectKey>& keys) {
  if (object == nullptr) return;
  for (const auto& owner : metadata_of(object).ownerReferences) {
    if (!owner.controller.value_or(false) || owner.kind != kind || owner.apiVersion != api_version) continue;
    ObjectKey key(notice.key.ns, owner.name);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  }
}

std::int64_t version_in(const SharedBytes& answer) {
  const auto document = model::parse_json(answer.view());
  if (!document) return 0;
  const std::string_view text = document->text_at("metadata", "resourceVersion");
  std::int64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

bool counts_as_done(const Change& change, const Error& error) {
  if (!change.ignore_absent) return false;
  if (change.verb == Change::Verb::create) return error.code() == Code::already_exists;
  return error.code() == Code::not_found;
}

std::string_view verb_name(Change::Verb verb) {
  switch (verb) {
    case Change::Verb::create:
      return "create";
    case Change::Verb::update:
      return "update";
    case Change::Verb::patch:
      return "patch";
    case Change::Verb::remove:
      return "remove";
    case Change::Verb::verify_absent:
      return "verify absence of";
  }
  return "";
}

// What the cache must show before the key is planned again.
struct OwnWrite {
  InformerCore* informer = nullptr;
  std::int64_t version = 0;
  // For a removal: the object that must be gone or going, whatever the version.
  bool removal = false;
  ObjectKey key;
  std::string uid;
};

bool is_gone_or_going(const OwnWrite& write) {
  const auto object = write.informer->get(write.key);
  if (object == nullptr) return true;
  const auto& metadata = metadata_of(object);
  return metadata.deletionTimestamp.has_value() || metadata.uid != write.uid;
}

}  // namespace

const InformerCore& World::informer(const model::TypeInfo& type) const {
  const auto found = informers_.find(&type);
  ensure(found != informers_.end(), "a controller names every kind that it reads as a source");
  return *found->second;
}

Source own_source(const model::TypeInfo& type) {
  Source source;
  source.type = &type;
  source.keys = [](const World&, const Notice& notice) { return std::vector<ObjectKey>(1, notice.key); };
  return source;
}

Source owner_source(const model::TypeInfo& type, std::string owner_kind, std::string owner_api_version) {
  Source source;
  source.type = &type;
  source.keys = [kind = std::move(owner_kind), version = std::move(owner_api_version)](const World&,
                                                                                       const Notice& notice) {
    std::vector<ObjectKey> keys;
    add_owner(notice, notice.old, kind, version, keys);
    add_owner(notice, notice.now, kind, version, keys);
    return keys;
  };
  return source;
}

Source read_source(const model::TypeInfo& type) {
  Source source;
  source.type = &type;
  return source;
}

InformerSet::InformerSet(io::Loop& loop, Client& client, Random& random)
    : loop_(loop), client_(client), random_(random) {}

InformerSet::~InformerSet() = default;

InformerCore& InformerSet::of(const model::TypeInfo& type) {
  InformerCore*& known = by_type_[&type];
  if (known == nullptr) {
    owned_.push_back(std::make_unique<InformerCore>(loop_, client_, random_, kind_of(type), WatchOptions()));
    known = owned_.back().get();
  }
  return *known;
}

void InformerSet::start() {
  for (const auto& informer : owned_) informer->start();
}

io::Task<> InformerSet::synced() {
  for (std::size_t i = 0; i < owned_.size(); ++i) co_await owned_[i]->synced();
}

struct Runner::State {
  State(io::Loop& l, const Clock& c, Client& cl, InformerSet& i, Controller& co, Random& random,
        Metrics& metrics, RunnerOptions o)
      : loop(l),
        clock(c),
        client(cl),
        informers(i),
        controller(co),
        options(o),
        queue(l, o.backoff),
        recorder(l, c, cl, random, std::string(co.name()), ""),
        planned(metrics.counter("aloft_client_plans_total", "Plans carried out.", labels())),
        failed(metrics.counter("aloft_client_plan_failures_total", "Plans that failed and are tried again.",
                               labels())),
        depth(metrics.gauge("aloft_client_queue_keys", "Keys that wait to be planned.", labels())),
        scope(l) {}

  Labels labels() const { return {{"controller", std::string(controller.name())}}; }
  void listen();
  io::Task<> run();
  io::Task<> work();
  io::Task<bool> process(ObjectKey key, std::string text);
  io::Task<Result<SharedBytes>> carry_out(const Change& change);
  io::Task<Result<>> carry_out_all(const Plan& plan, std::vector<OwnWrite>& writes);
  io::Task<Result<>> carry_out_one(const Change& change, std::vector<OwnWrite>& writes);
  io::Task<Result<>> verify_absent(const Change& change);
  io::Task<> see_own_writes(std::vector<OwnWrite> writes);
  std::optional<OwnWrite> expect_removal(const Change& change) const;
  InformerCore* informer_of(const Resource& resource) const;

  io::Loop& loop;
  const Clock& clock;
  Client& client;
  InformerSet& informers;
  Controller& controller;
  RunnerOptions options;
  WorkQueue queue;
  EventRecorder recorder;
  Counter& planned;
  Counter& failed;
  Gauge& depth;
  // Informers outlive the runner and keep its handlers; what they hold weakly tells them that it has gone.
  std::shared_ptr<State*> alive = std::make_shared<State*>(this);
  io::Scope scope;
};

void Runner::State::listen() {
  for (Source& source : controller.sources()) {
    InformerCore& informer = informers.of(*source.type);
    for (Index& index : source.indexes) informer.add_index(std::move(index.name), std::move(index.values));
    if (!source.keys) continue;
    informer.add_handler(
        [weak = std::weak_ptr<State*>(alive), keys = std::move(source.keys)](const Notice& notice) {
          const auto self = weak.lock();
          if (self == nullptr) return;
          State& state = **self;
          const World world(state.informers.all(), state.clock.wall());
          for (const ObjectKey& key : keys(world, notice)) state.queue.add(key.to_string());
        });
  }
}

io::Task<> Runner::State::run() {
  co_await informers.synced();
  for (int i = 0; i < options.workers; ++i) scope.spawn(work());
}

io::Task<> Runner::State::work() {
  for (;;) {
    const std::optional<std::string> text = co_await queue.next();
    if (!text) co_return;
    depth.set(static_cast<double>(queue.size()));
    const bool done = co_await process(parse_key(*text), *text);
    planned.add();
    if (done) {
      queue.forget(*text);
    } else {
      failed.add();
      queue.add_rate_limited(*text);
    }
    queue.done(*text);
  }
}

// False when the key must be tried again.
io::Task<bool> Runner::State::process(ObjectKey key, std::string text) {
  const World world(informers.all(), clock.wall());
  auto plan = controller.plan(world, key);
  if (!plan) {
    log.warning("{}: planning {}: {}", controller.name(), text, plan.error().message());
    co_return false;
  }
  std::vector<OwnWrite> writes;
  const Result<> done = co_await carry_out_all(*plan, writes);
  if (done) {
    for (Announcement& announcement : plan->announcements) recorder.announce(std::move(announcement));
  } else if (done.error().code() == Code::conflict || is_namespace_ending(done.error())) {
    log.debug("{}: {}: {}", controller.name(), text, done.error().message());
  } else {
    log.warning("{}: {}: {}", controller.name(), text, done.error().message());
  }
  co_await see_own_writes(std::move(writes));
  if (done && plan->again) queue.add_after(text, *plan->again);
  co_return done.has_value();
}

io::Task<Result<>> Runner::State::carry_out_all(const Plan& plan, std::vector<OwnWrite>& writes) {
  for (const Change& change : plan.changes) {
    Result<> done = co_await carry_out_one(change, writes);
    if (done) continue;
    if (plan.on_failure && done.error().code() != Code::conflict) {
      const Plan instead = plan.on_failure(change, done.error());
      for (const Change& other : instead.changes) {
        const Result<> other_done = co_await carry_out_one(other, writes);
        if (!other_done) break;
      }
      for (const Announcement& announcement : instead.announcements) recorder.announce(announcement);
    }
    co_return fail(std::move(done.error().at(
        fmt::format("{} {} {}", verb_name(change.verb), change.resource.plural, change.key.to_string()))));
  }
  co_return Result<>();
}

io::Task<Result<>> Runner::State::carry_out_one(const Change& change, std::vector<OwnWrite>& writes) {
  if (change.verb == Change::Verb::verify_absent) co_return co_await verify_absent(change);
  std::optional<OwnWrite> removal = expect_removal(change);
  const Result<SharedBytes> answer = co_await carry_out(change);
  if (!answer) {
    if (counts_as_done(change, answer.error())) co_return Result<>();
    co_return std::unexpected<Error>(answer.error());
  }
  if (change.announcement) recorder.announce(*change.announcement);
  OwnWrite write;
  write.informer = informer_of(change.resource);
  if (removal) {
    writes.push_back(std::move(*removal));
  } else if (write.informer != nullptr && change.verb != Change::Verb::remove) {
    write.version = version_in(*answer);
    writes.push_back(std::move(write));
  }
  co_return Result<>();
}

io::Task<Result<>> Runner::State::verify_absent(const Change& change) {
  Resource resource = change.resource;
  ObjectKey key = change.key;
  const Result<SharedBytes> answer = co_await client.get(std::move(resource), std::move(key));
  if (!answer && answer.error().code() == Code::not_found) co_return Result<>();
  if (!answer) co_return std::unexpected<Error>(answer.error());
  const auto document = model::parse_json(answer->view());
  if (document && document->text_at("metadata", "uid") != change.delete_options.uid) co_return Result<>();
  co_return fail(Code::conflict, "the object exists");
}

io::Task<Result<SharedBytes>> Runner::State::carry_out(const Change& change) {
  // Copies are named before they are handed over; see the rule for statements that await.
  Resource resource = change.resource;
  ObjectKey key = change.key;
  io::Task<Result<SharedBytes>> running;
  switch (change.verb) {
    case Change::Verb::create:
      running = client.create(std::move(resource), std::move(key), change.body, change.options);
      break;
    case Change::Verb::update:
      running = client.update(std::move(resource), std::move(key), change.body, change.options);
      break;
    case Change::Verb::patch:
      running =
          client.patch(std::move(resource), std::move(key), change.patch_type, change.body, change.options);
      break;
    case Change::Verb::remove:
      running = client.remove(std::move(resource), std::move(key), change.delete_options);
      break;
    case Change::Verb::verify_absent:
      ensure(false, "verify_absent is no write");
  }
  co_return co_await std::move(running);
}

std::optional<OwnWrite> Runner::State::expect_removal(const Change& change) const {
  if (change.verb != Change::Verb::remove) return std::nullopt;
  OwnWrite write;
  write.removal = true;
  write.informer = informer_of(change.resource);
  if (write.informer == nullptr) return std::nullopt;
  const auto object = write.informer->get(change.key);
  if (object == nullptr) return std::nullopt;
  write.key = change.key;
  write.uid = metadata_of(object).uid;
  return write;
}

io::Task<> Runner::State::see_own_writes(std::vector<OwnWrite> writes) {
  const Time end = loop.now() + options.own_writes_timeout;
  for (const OwnWrite& write : writes) {
    bool seen = true;
    if (write.removal) {
      while (seen && !is_gone_or_going(write)) {
        const std::int64_t next = write.informer->resource_version() + 1;
        seen = co_await write.informer->seen(next, end - loop.now());
      }
    } else {
      seen = co_await write.informer->seen(write.version, end - loop.now());
    }
    if (!seen) {
      log.warning("{}: the cache of {} does not show our own writes after {}", controller.name(),
                  write.informer->kind().plural, format_duration(options.own_writes_timeout));
      co_return;
    }
  }
}

InformerCore* Runner::State::informer_of(const Resource& resource) const {
  for (const auto& [type, informer] : informers.all()) {
    const model::KindInfo& kind = informer->kind();
    if (kind.plural == resource.plural && kind.group == resource.group && kind.version == resource.version) {
      return informer;
    }
  }
  return nullptr;
}

Runner::Runner(io::Loop& loop, const Clock& clock, Client& client, InformerSet& informers,
               Controller& controller, Random& random, Metrics& metrics, RunnerOptions options)
    : state_(std::make_unique<State>(loop, clock, client, informers, controller, random, metrics, options)) {
  state_->listen();
}

Runner::~Runner() = default;

void Runner::start() { state_->scope.spawn(state_->run()); }

void Runner::add(const ObjectKey& key) { state_->queue.add(key.to_string()); }

bool Runner::idle_for_test() const { return state_->queue.size() == 0 && state_->queue.working() == 0; }

}  // namespace aloft::client
