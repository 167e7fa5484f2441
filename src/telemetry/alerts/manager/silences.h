// Silences: who may not be notified of, and until when.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "telemetry/alerts/manager/alert.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::alerts {

enum class SilenceState { active, pending, expired };
std::string_view to_string(SilenceState state);

struct Silence {
  std::string id;
  std::vector<Matcher> matchers;
  WallTime starts_at;
  WallTime ends_at;
  WallTime updated_at;
  std::string created_by;
  std::string comment;
  LabelMap annotations;

  SilenceState state(WallTime now) const {
    if (now < starts_at) return SilenceState::pending;
    return ends_at <= now ? SilenceState::expired : SilenceState::active;
  }
};

// The JSON of the v2 interface, also the form on disk.
std::string silence_json(const Silence& silence, WallTime now);
// What a client posts; `id` may be in it. Error: invalid, naming a field that is missing; bad_request for
// what cannot be read.
Result<Silence> parse_silence(std::string_view json);

// Lives on one loop.
class Silences {
 public:
  struct Limits {
    std::size_t count = 10'000;
    std::size_t bytes = 64 * 1024;
  };
  explicit Silences(Random& random) : Silences(random, Limits()) {}
  Silences(Random& random, Limits limits) : random_(random), limits_(limits) {}

  // Adds one, or changes the one with its id: in place where that is possible, otherwise the old one expires
  // and a new one begins. Gives the id that counts. Error: invalid; not_found for an unknown id;
  // too_many_requests beyond the limits.
  Result<std::string> set(Silence silence, WallTime now);
  // Ends it now; what has ended stays as it is. Error: not_found.
  Result<> expire(std::string_view id, WallTime now);
  const Silence* find(std::string_view id) const;
  const std::map<std::string, Silence, std::less<>>& all() const { return silences_; }
  // The ids of the active silences that match, sorted.
  std::vector<std::string> silenced_by(const LabelMap& labels, WallTime now) const;
  // Forgets what expired before now - retention. True when something went.
  bool collect(WallTime now, Duration retention);

  // One JSON document with all of them, and back. Error: invalid; those that can be read are taken.
  std::string save(WallTime now) const;
  Result<> load(std::string_view json);

 private:
  Random& random_;
  Limits limits_;
  std::map<std::string, Silence, std::less<>> silences_;
};

}  // namespace aloft::telemetry::alerts
