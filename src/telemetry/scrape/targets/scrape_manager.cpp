// Keeping the scrape jobs as the configuration says.
#include "telemetry/scrape/targets/scrape_manager.h"

#include <fmt/format.h>

namespace aloft::telemetry::scrape {
namespace {

// The same job in every respect that scraping sees. What the document does not show comes from `global`.
bool same(const ScrapeConfig& a, const ScrapeConfig& b) {
  return a.document == b.document && a.scrape_interval == b.scrape_interval &&
         a.scrape_timeout == b.scrape_timeout && a.scrape_protocols == b.scrape_protocols &&
         a.limits.samples == b.limits.samples && a.limits.body_size == b.limits.body_size &&
         a.limits.targets == b.limits.targets && a.limits.labels == b.limits.labels &&
         a.limits.label_name_length == b.limits.label_name_length &&
         a.limits.label_value_length == b.limits.label_value_length && a.client == b.client &&
         a.scrape_native_histograms == b.scrape_native_histograms &&
         a.always_scrape_classic_histograms == b.always_scrape_classic_histograms &&
         a.extra_scrape_metrics == b.extra_scrape_metrics && a.utf8_names == b.utf8_names;
}

}  // namespace

ScrapeManager::ScrapeManager(ScrapeEnvironment environment, io::Pool& pool, FetcherFactory fetchers,
                             ProviderFactories factories)
    : environment_(environment),
      kit_{environment.loop, pool, std::move(fetchers), std::move(factories)},
      scope_(environment.loop) {}

ScrapeManager::~ScrapeManager() = default;

Result<> ScrapeManager::start_job(const ScrapeConfig& config,
                                  std::vector<std::unique_ptr<TargetProvider>> providers) {
  TRY(fetcher, kit_.fetchers(config.client));
  auto pool = std::make_unique<ScrapePool>(environment_, config, std::move(fetcher));
  auto& place = pools_[config.job_name];
  if (place != nullptr) {
    pool->inherit(*place);
    scope_.spawn(retire(std::move(place)));
  }
  place = std::move(pool);
  place->start(std::move(providers));
  return {};
}

Result<> ScrapeManager::apply(const std::vector<ScrapeConfig>& jobs) {
  Result<> first;
  std::map<std::string, bool, std::less<>> wanted;
  for (const ScrapeConfig& config : jobs) {
    wanted[config.job_name] = true;
    const auto it = pools_.find(config.job_name);
    if (it != pools_.end() && same(it->second->config(), config)) continue;
    auto providers = make_providers(kit_, config.discovery, config.job_name);
    Result<> started =
        providers ? start_job(config, std::move(*providers)) : fail(std::move(providers).error());
    if (!started && first) first = fail(started.error().at(fmt::format("job {}", config.job_name)));
  }
  for (const auto& [name, by_configuration] : configured_) {
    if (!by_configuration) wanted.try_emplace(name, false);
  }
  for (auto it = pools_.begin(); it != pools_.end();) {
    if (wanted.contains(it->first)) {
      ++it;
      continue;
    }
    scope_.spawn(retire(std::move(it->second)));
    it = pools_.erase(it);
  }
  configured_ = std::move(wanted);
  return first;
}

Result<> ScrapeManager::add_job(ScrapeConfig config, std::vector<std::unique_ptr<TargetProvider>> providers) {
  if (pools_.contains(config.job_name))
    return fail(Code::already_exists, fmt::format("there is a scrape job {} already", config.job_name));
  configured_[config.job_name] = false;
  return start_job(config, std::move(providers));
}

io::Task<> ScrapeManager::retire(std::unique_ptr<ScrapePool> pool) { co_await pool->retire(); }

std::vector<std::string> ScrapeManager::job_names() const {
  std::vector<std::string> out;
  for (const auto& [name, pool] : pools_) out.push_back(name);
  return out;
}

const ScrapePool* ScrapeManager::job(std::string_view name) const {
  const auto it = pools_.find(name);
  return it != pools_.end() ? it->second.get() : nullptr;
}

}  // namespace aloft::telemetry::scrape
