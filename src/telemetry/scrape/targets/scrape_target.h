// One endpoint to scrape: what discovery said of it, after relabelling.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/core/labels.h"
#include "telemetry/scrape/config/config.h"

namespace aloft::telemetry::scrape {

// A value; two targets are the same when labels and URL are (identity()).
struct ScrapeTarget {
  Labels discovered;  // before relabelling
  Labels labels;      // after it, with what begins with __
  Labels shown;       // of its samples: without what begins with __
  std::string scheme;
  std::string address;  // host:port
  std::string path;     // encoded, with the query
  Duration interval{};
  Duration timeout{};
  std::string url() const { return scheme + "://" + address + path; }
  std::uint64_t identity() const;
};

// What the scrape configuration adds to a target's own labels and those of its group.
Labels discovered_labels(const ScrapeConfig& config, LabelsView own, LabelsView group);
// Applies relabel_configs. nullopt: dropped by them. Error: invalid, for an address, interval or timeout that
// cannot be used.
Result<std::optional<ScrapeTarget>> make_target(const ScrapeConfig& config, LabelsView own, LabelsView group);

// How long after `now` the target is first scraped, so that targets spread over their interval and keep their
// place over restarts. `seed` differs between servers that scrape the same targets.
Duration scrape_offset(const ScrapeTarget& target, WallTime now, std::uint64_t seed);

// What scrape requests accept, by preference: "application/openmetrics-text;version=1.0.0;...;q=0.5,...".
std::string accept_header(const ScrapeConfig& config, bool want_starts = false);

}  // namespace aloft::telemetry::scrape
