// The targets pages.
#include "telemetry/scrape/targets/targets_api.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/scrape/api_answer.h"

namespace aloft::telemetry::scrape {
namespace {

void write_labels(JsonWriter& json, LabelsView labels) {
  std::string text;
  labels.append_json(text);
  json.raw(text);
}

void write_target(JsonWriter& json, const TargetStatus& status, const std::string& pool) {
  const ScrapeTarget& target = status.target;
  json.begin_object().key("discoveredLabels");
  write_labels(json, target.discovered);
  json.key("labels");
  write_labels(json, target.shown);
  json.key("scrapePool").string(pool);
  json.key("scrapeUrl").string(target.url());
  json.key("globalUrl").string(target.url());
  json.key("lastError").string(status.last_error);
  json.key("lastScrape")
      .string(status.last_scrape ? format_nanos(*status.last_scrape) : "0001-01-01T00:00:00Z");
  json.key("lastScrapeDuration").number(std::chrono::duration<double>(status.last_duration).count());
  json.key("health").string(to_string(status.health));
  json.key("scrapeInterval").string(target.labels.get(scrape_interval_label));
  json.key("scrapeTimeout").string(target.labels.get(scrape_timeout_label));
  json.end_object();
}

bool matches(const std::vector<Matcher>& matchers, LabelsView labels) {
  return std::ranges::all_of(matchers, [&](const Matcher& m) { return m.matches(labels.get(m.name())); });
}

void write_metadata(JsonWriter& json, const TargetStatus& target, const MetricMetadata& m, bool with_name) {
  json.begin_object().key("target");
  write_labels(json, target.target.shown);
  if (with_name) json.key("metric").string(m.family);
  json.key("type").string(to_string(m.type)).key("help").string(m.help).key("unit").string(m.unit);
  json.end_object();
}

}  // namespace

TargetsApi::TargetsApi(const ScrapeManager& manager, SelectorParser parser)
    : manager_(manager), parser_(std::move(parser)) {}

void TargetsApi::add_routes(Router& router) {
  router.add("GET", "/api/v1/targets", [this](Exchange& exchange) { return targets(exchange); });
  router.add("GET", "/api/v1/targets/metadata", [this](Exchange& exchange) { return metadata(exchange); });
  router.add("GET", "/api/v1/scrape_pools", [this](Exchange& exchange) { return pools(exchange); });
}

io::Task<> TargetsApi::targets(Exchange& exchange) {
  const http::Query query = exchange.head().query();
  const std::string pool(query.get("scrapePool").value_or(""));
  const std::string_view state = query.get("state").value_or("");
  const bool any = state.empty() || state == "any";
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("activeTargets").begin_array();
  const auto each = [&](const auto& visit) {
    for (const std::string& name : manager_.job_names())
      if (pool.empty() || pool == name) visit(name, *manager_.job(name));
  };
  if (any || state == "active")
    each([&](const std::string& name, const ScrapePool& job) {
      for (const TargetStatus* status : job.active()) write_target(json, *status, name);
    });
  json.end_array().key("droppedTargets").begin_array();
  const bool dropped = any || state == "dropped";
  if (dropped)
    each([&](const std::string& name, const ScrapePool& job) {
      for (const Labels& labels : job.dropped()) {
        json.begin_object().key("discoveredLabels");
        write_labels(json, labels);
        json.key("scrapePool").string(name).end_object();
      }
    });
  json.end_array().key("droppedTargetCounts");
  if (dropped) {
    json.begin_object();
    for (const std::string& name : manager_.job_names())
      json.key(name).number(static_cast<std::uint64_t>(manager_.job(name)->dropped_count()));
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> TargetsApi::metadata(Exchange& exchange) {
  const http::Query query = exchange.head().query();
  std::size_t left = std::numeric_limits<std::size_t>::max();
  if (const auto text = query.get("limit"); text && !text->empty()) {
    std::int64_t limit = 0;
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size()) {
      co_await send_api_error(exchange, Error(Code::bad_request, "limit must be a number"));
      co_return;
    }
    if (limit >= 0) left = static_cast<std::size_t>(limit);
  }
  std::vector<Matcher> matchers;
  if (const auto text = query.get("match_target"); text && !text->empty()) {
    auto parsed = parser_(*text);
    if (!parsed) {
      const std::string why = fmt::format("invalid parameter \"match_target\": {}", parsed.error().message());
      co_await send_api_error(exchange, Error(Code::bad_request, why));
      co_return;
    }
    matchers = std::move(*parsed);
  }
  const std::string metric(query.get("metric").value_or(""));
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const std::string& name : manager_.job_names()) {
    for (const TargetStatus* status : manager_.job(name)->active()) {
      if (left == 0) break;
      if (!matches(matchers, status->target.shown)) continue;
      for (const MetricMetadata& m : status->metadata) {
        if (left == 0 || (!metric.empty() && m.family != metric)) continue;
        write_metadata(json, *status, m, metric.empty());
        --left;
      }
    }
  }
  json.end_array();
  co_await send_data(exchange, std::move(data));
}

io::Task<> TargetsApi::pools(Exchange& exchange) {
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("scrapePools").begin_array();
  for (const std::string& name : manager_.job_names()) json.string(name);
  json.end_array().end_object();
  co_await send_data(exchange, std::move(data));
}

}  // namespace aloft::telemetry::scrape
