// All scrape jobs of a configuration, kept alike through reloads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/pool.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/scrape_pool.h"
#include "telemetry/scrape/targets/target_group.h"

namespace aloft::telemetry::scrape {

// What a job gets its targets from beside what this module can do itself. Null: not available, which is an
// error for jobs that want it.
struct ProviderFactories {
  // One entry of kubernetes_sd_configs, as it stands in the file.
  std::function<Result<std::unique_ptr<TargetProvider>>(const model::Value& settings, const std::string& job)>
      kubernetes;
};

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
  Result<std::vector<std::unique_ptr<TargetProvider>>> providers_of(const ScrapeConfig& config);
  Result<> start_job(const ScrapeConfig& config, std::vector<std::unique_ptr<TargetProvider>> providers);
  io::Task<> retire(std::unique_ptr<ScrapePool> pool);

  ScrapeEnvironment environment_;
  io::Pool& pool_;
  FetcherFactory fetchers_;
  ProviderFactories factories_;
  std::map<std::string, std::unique_ptr<ScrapePool>, std::less<>> pools_;
  std::map<std::string, bool, std::less<>> configured_;  // false: by add_job()
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
