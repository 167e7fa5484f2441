// One round of the election is: read the lease unless we hold it, decide, write it with the version that was
// read.
#include "client/leader.h"

#include "base/bytes.h"
#include "client/log.h"
#include "client/typed.h"
#include "io/timeout.h"
#include "model/kinds/coordination/v1/lease.h"

namespace aloft::client {

namespace {

using coordination::v1::Lease;
using coordination::v1::LeaseSpec;

constexpr double jitter = 1.2;

}  // namespace

// The lease as we last saw or wrote it.
struct LeaderElection::Observed {
  Lease lease;
  Time at{};  // when its spec was last seen to change
  bool exists = false;
  std::string holder() const { return lease.spec.holderIdentity.value_or(""); }
};

LeaderElection::LeaderElection(io::Loop& loop, const Clock& clock, Client& client, LeaderOptions options,
                               std::function<void()> started, std::function<void()> stopped)
    : loop_(loop),
      clock_(clock),
      client_(client),
      options_(std::move(options)),
      started_(std::move(started)),
      stopped_(std::move(stopped)),
      observed_(std::make_unique<Observed>()),
      scope_(loop) {}

LeaderElection::~LeaderElection() = default;

void LeaderElection::start() { scope_.spawn(run()); }

io::Task<> LeaderElection::run() {
  for (;;) {
    co_await acquire();
    set_leading(true);
    co_await hold();
    set_leading(false);
  }
}

void LeaderElection::set_leading(bool leading) {
  if (leading_ == leading) return;
  leading_ = leading;
  log.info("{} {} the lease {}", options_.identity, leading ? "took" : "lost", options_.lease.to_string());
  if (leading) {
    started_();
  } else {
    stopped_();
  }
}

// Spread by the identity, so that those who wait for one lease do not all ask at once.
Duration LeaderElection::retry_pause() {
  const std::uint64_t hash = stable_hash(fmt::format("{}/{}", options_.identity, attempts_++));
  const double share = static_cast<double>(hash >> 11) * 0x1p-53;
  const auto extra = static_cast<double>(options_.retry_period.count()) * jitter * share;
  return options_.retry_period + Duration(static_cast<std::int64_t>(extra));
}

io::Task<> LeaderElection::acquire() {
  for (;;) {
    auto attempt = io::within(loop_, options_.renew_deadline, try_acquire_or_renew());
    const std::optional<bool> acquired = co_await std::move(attempt);
    if (acquired.value_or(false)) co_return;
    const Duration pause = retry_pause();
    co_await loop_.sleep(pause);
  }
}

// Returns when the lease could not be renewed for the whole deadline.
io::Task<> LeaderElection::hold() {
  for (;;) {
    co_await loop_.sleep(options_.retry_period);
    const Time deadline = loop_.now() + options_.renew_deadline;
    bool renewed = false;
    while (!renewed) {
      auto attempt = io::within(loop_, deadline - loop_.now(), try_acquire_or_renew());
      const std::optional<bool> done = co_await std::move(attempt);
      renewed = done.value_or(false);
      if (renewed) break;
      if (loop_.now() + options_.retry_period >= deadline) {
        co_await loop_.sleep_until(deadline);
        co_return;
      }
      co_await loop_.sleep(options_.retry_period);
    }
  }
}

bool LeaderElection::held_by_other() const {
  const std::string holder = observed_->holder();
  if (holder.empty() || holder == options_.identity) return false;
  const auto seconds = observed_->lease.spec.leaseDurationSeconds.value_or(0);
  return loop_.now() < observed_->at + std::chrono::seconds(seconds);
}

io::Task<bool> LeaderElection::try_acquire_or_renew() {
  // The holder knows the lease and need not read it; when that write fails somebody else may have written.
  if (leading_ && observed_->holder() == options_.identity) {
    const bool renewed = co_await write();
    if (renewed) co_return true;
  }
  auto found = co_await client::get<Lease>(client_, options_.lease);
  if (!found && found.error().code() != Code::not_found) {
    log.warning("reading the lease {}: {}", options_.lease.to_string(), found.error().message());
    co_return false;
  }
  if (!found) {
    *observed_ = Observed();
  } else {
    if (!observed_->exists || observed_->lease.spec != found->spec) observed_->at = loop_.now();
    observed_->lease = std::move(*found);
    observed_->exists = true;
  }
  if (held_by_other()) co_return false;
  const bool written = co_await write();
  co_return written;
}

// Makes us the holder from now on.
io::Task<bool> LeaderElection::write() {
  Lease lease = observed_->lease;
  const bool was_ours = observed_->exists && observed_->holder() == options_.identity;
  lease.metadata.name = options_.lease.name;
  lease.metadata.namespace_ = options_.lease.ns;
  const model::MicroTimestamp now(clock_.wall());
  lease.spec.holderIdentity = options_.identity;
  lease.spec.leaseDurationSeconds = static_cast<std::int32_t>(options_.lease_duration / 1s);
  lease.spec.renewTime = now;
  if (!was_ours) {
    lease.spec.acquireTime = now;
    const auto transitions = lease.spec.leaseTransitions.value_or(0);
    lease.spec.leaseTransitions = observed_->exists ? transitions + 1 : 0;
  }
  WriteOptions write_options;
  io::Task<Result<Lease>> writing = observed_->exists
                                        ? client::update(client_, lease, std::move(write_options))
                                        : client::create(client_, lease, std::move(write_options));
  auto written = co_await std::move(writing);
  if (!written) {
    log.debug("writing the lease {}: {}", options_.lease.to_string(), written.error().message());
    co_return false;
  }
  observed_->lease = std::move(*written);
  observed_->exists = true;
  observed_->at = loop_.now();
  co_return true;
}

io::Task<> LeaderElection::release() {
  scope_.cancel();
  // Our work ends before another's begins.
  set_leading(false);
  if (observed_->holder() == options_.identity) {
    Lease lease = observed_->lease;
    const model::MicroTimestamp now(clock_.wall());
    lease.spec.holderIdentity = "";
    lease.spec.leaseDurationSeconds = 1;
    lease.spec.renewTime = now;
    lease.spec.acquireTime = now;
    WriteOptions write_options;
    auto written = co_await client::update(client_, lease, std::move(write_options));
    if (!written)
      log.warning("giving back the lease {}: {}", options_.lease.to_string(), written.error().message());
    *observed_ = Observed();
  }
}

}  // namespace aloft::client
