// The sources of targets that need no cluster: the configuration itself, files, HTTP and DNS.
#pragma once

#include <memory>

#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/fetcher.h"
#include "telemetry/scrape/targets/target_group.h"

namespace aloft::telemetry::scrape {

// Each lives on `loop`; what it is given by reference outlives it. A source that fails keeps the targets that
// it found before, and says so in the log.
std::unique_ptr<TargetProvider> make_static_provider(std::vector<TargetGroup> groups);
// Looks at the files every few seconds (and at least once per refresh_interval) and reads what has changed.
std::unique_ptr<TargetProvider> make_file_provider(io::Loop& loop, io::Pool& pool, FileDiscovery settings);
std::unique_ptr<TargetProvider> make_http_provider(io::Loop& loop, std::unique_ptr<Fetcher> fetcher,
                                                   HttpDiscovery settings);
// A and AAAA records by the system's resolver.
std::unique_ptr<TargetProvider> make_dns_provider(io::Loop& loop, io::Pool& pool, DnsDiscovery settings);

}  // namespace aloft::telemetry::scrape
