// All scrape jobs of a configuration, kept alike through reloads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/pool.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/providers.h"
#include "telemetry/scrape/targets/scrape_pool.h"

namespace aloft::telemetry::scrape {

// Lives on one loop. Everything it is given outlives it.
class ScrapeManager {
 public:
  ScrapeManager(ScrapeEnvironment environment, io::Pool& pool, FetcherFactory fetchers,
                ProviderFactories factories);
  ~ScrapeManager();

  // Jobs that did not change go on undisturbed; changed ones keep their targets' series; those that are gone
  // become stale. Error: a job that cannot be set up, naming it; the others run.
  Result<> apply(const std::vector<ScrapeConfig>& jobs);
  // A job that another part of the process defines (the cluster's own endpoints), with its own provider.
  Result<> add_job(ScrapeConfig config, std::vector<std::unique_ptr<TargetProvider>> providers);

  // Resumes when every job that is gone has ended its series and let go of its providers.
  io::Task<> settled() { return scope_.finish(); }

  std::vector<std::string> job_names() const;  // sorted
  const ScrapePool* job(std::string_view name) const;

 private:
  Result<> start_job(const ScrapeConfig& config, std::vector<std::unique_ptr<TargetProvider>> providers);
  io::Task<> retire(std::unique_ptr<ScrapePool> pool);

  ScrapeEnvironment environment_;
  ProviderKit kit_;
  std::map<std::string, std::unique_ptr<ScrapePool>, std::less<>> pools_;
  std::map<std::string, bool, std::less<>> configured_;  // false: by add_job()
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
