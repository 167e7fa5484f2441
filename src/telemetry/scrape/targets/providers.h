// The sources of targets: the configuration itself, files, HTTP, DNS, and a cluster where there is one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

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
// Records of A, AAAA, SRV, MX and NS by the system's resolver.
std::unique_ptr<TargetProvider> make_dns_provider(io::Loop& loop, io::Pool& pool, DnsDiscovery settings);

// What a job gets its targets from beside what this module can do itself. Null: not available, which is an
// error for jobs that want it.
struct ProviderFactories {
  // One entry of kubernetes_sd_configs, as it stands in the file.
  std::function<Result<std::unique_ptr<TargetProvider>>(const model::Value& settings, const std::string& job)>
      kubernetes;
};

// What providers are made with. A copy shares; loop and pool outlive the providers.
struct ProviderKit {
  io::Loop& loop;
  io::Pool& pool;
  FetcherFactory fetchers;
  ProviderFactories factories;
};
// One for each source of the configuration; `job` names who wants them. Error: a source that cannot be set
// up.
Result<std::vector<std::unique_ptr<TargetProvider>>> make_providers(const ProviderKit& kit,
                                                                    const DiscoveryConfig& from,
                                                                    const std::string& job);

}  // namespace aloft::telemetry::scrape
