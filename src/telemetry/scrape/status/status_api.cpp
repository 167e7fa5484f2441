// Answers about the server itself.
#include "telemetry/scrape/status/status_api.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <unistd.h>

#include "telemetry/core/json_writer.h"
#include "telemetry/scrape/api_answer.h"

namespace aloft::telemetry::scrape {
namespace {

using Items = std::vector<metrics::CardinalityReport::Item>;

void write_items(JsonWriter& json, std::string_view key, const Items& items) {
  json.key(key).begin_array();
  for (const auto& item : items)
    json.begin_object().key("name").string(item.name).key("value").number(item.value).end_object();
  json.end_array();
}

std::string write_report(const metrics::CardinalityReport& report) {
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("headStats").begin_object();
  json.key("numSeries").number(report.series).key("numLabelPairs").number(report.label_pairs);
  json.key("chunkCount").number(report.chunks);
  json.key("minTime").number(report.min_time).key("maxTime").number(report.max_time).end_object();
  write_items(json, "seriesCountByMetricName", report.series_by_metric);
  write_items(json, "labelValueCountByLabelName", report.values_by_label);
  write_items(json, "memoryInBytesByLabelName", report.memory_by_label);
  write_items(json, "seriesCountByLabelValuePair", report.series_by_pair);
  // Beyond what Prometheus tells.
  write_items(json, "seriesCountByTenant", report.series_by_tenant);
  json.key("worstLabel").string(report.worst_label).end_object();
  return data;
}

// Error: bad_request for what is no number.
Result<std::int64_t> parse_limit(const http::Query& query, std::string_view name, std::int64_t fallback) {
  const auto text = query.get(name);
  if (!text || text->empty()) return fallback;
  std::int64_t limit = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size())
    return fail(Code::bad_request, fmt::format("{} must be a number", name));
  return limit;
}

std::string write_metadata(const std::vector<MetricMetadata>& all, std::size_t per_metric,
                           std::size_t limit) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  std::size_t families = 0;
  for (std::size_t i = 0; i < all.size();) {
    if (families++ == limit) break;
    std::size_t end = i;
    json.key(all[i].family).begin_array();
    for (; end < all.size() && all[end].family == all[i].family; ++end) {
      if (end - i >= per_metric) continue;
      json.begin_object().key("type").string(to_string(all[end].type));
      json.key("help").string(all[end].help).key("unit").string(all[end].unit).end_object();
    }
    json.end_array();
    i = end;
  }
  json.end_object();
  return data;
}

}  // namespace

StatusApi::StatusApi(io::Loop& loop, io::Pool& pool, const Clock& clock, metrics::Store& store,
                     SelectorParser parser, StatusSources sources)
    : loop_(loop),
      pool_(pool),
      clock_(clock),
      store_(store),
      parser_(std::move(parser)),
      sources_(std::move(sources)) {}

void StatusApi::add_routes(Router& router) {
  using Member = io::Task<> (StatusApi::*)(Exchange&);
  const auto add = [&](std::string_view methods, std::string_view path, Member member) {
    router.add(methods, path, [this, member](Exchange& exchange) { return (this->*member)(exchange); });
  };
  add("GET", "/api/v1/status/config", &StatusApi::config);
  add("GET", "/api/v1/status/flags", &StatusApi::flags);
  add("GET", "/api/v1/status/runtimeinfo", &StatusApi::runtime_info);
  add("GET", "/api/v1/status/buildinfo", &StatusApi::build_info);
  add("GET", "/api/v1/status/tsdb", &StatusApi::tsdb);
  add("GET", "/api/v1/status/walreplay", &StatusApi::wal_replay);
  add("GET", "/api/v1/features", &StatusApi::features);
  add("GET", "/api/v1/metadata", &StatusApi::metadata);
  add("GET", "/-/healthy", &StatusApi::healthy);
  add("GET", "/-/ready", &StatusApi::ready);
  add("POST,PUT", "/-/reload", &StatusApi::reload);
  add("POST,PUT", "/api/v1/admin/tsdb/snapshot", &StatusApi::snapshot);
  add("POST,PUT", "/api/v1/admin/tsdb/delete_series", &StatusApi::delete_series);
  add("POST,PUT", "/api/v1/admin/tsdb/clean_tombstones", &StatusApi::clean_tombstones);
}

io::Task<> StatusApi::config(Exchange& exchange) {
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("yaml").string(sources_.config ? sources_.config() : "").end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::flags(Exchange& exchange) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  for (const auto& [name, value] : sources_.flags) json.key(name).string(value);
  json.end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::runtime_info(Exchange& exchange) {
  StatusSources::Reload reload;
  reload.at = sources_.started;
  if (sources_.last_reload) reload = sources_.last_reload();
  auto ask = [&store = store_] { return store.status(); };
  const metrics::StoreStatus status = co_await pool_.run(loop_, std::move(ask));
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("startTime").string(format_nanos(sources_.started));
  json.key("CWD").string(sources_.working_directory).key("hostname").string(sources_.host_name);
  json.key("serverTime").string(format_nanos(clock_.wall()));
  json.key("reloadConfigSuccess").boolean(reload.succeeded);
  json.key("lastConfigTime").string(format_nanos(reload.at));
  json.key("corruptionCount")
      .number(static_cast<std::uint64_t>(status.replay.damaged + status.damage.size()));
  // Go's own numbers have no counterpart here; clients expect the fields.
  json.key("goroutineCount").number(std::int64_t{0});
  json.key("GOMAXPROCS").number(static_cast<std::int64_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  json.key("GOMEMLIMIT").number(std::numeric_limits<std::int64_t>::max());
  json.key("GOGC").string("").key("GODEBUG").string("");
  json.key("storageRetention").string(sources_.storage_retention).end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::build_info(Exchange& exchange) {
  const BuildInfo& build = sources_.build;
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("version").string(build.version).key("revision").string(build.revision);
  json.key("branch").string(build.branch).key("buildUser").string(build.build_user);
  json.key("buildDate").string(build.build_date).key("goVersion").string(build.compiler).end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::tsdb(Exchange& exchange) {
  constexpr std::int64_t most = 10'000;
  const auto limit = parse_limit(exchange.head().query(), "limit", 10);
  if (!limit || *limit < 1 || *limit > most) {
    const Error error(Code::bad_request, limit && *limit > most
                                             ? fmt::format("limit must not exceed {}", most)
                                             : std::string("limit must be a positive number"));
    co_await send_api_error(exchange, error);
    co_return;
  }
  auto work = [&store = store_, most_names = static_cast<std::size_t>(*limit)] {
    return write_report(store.cardinality(most_names));
  };
  std::string data = co_await pool_.run(loop_, std::move(work));
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::wal_replay(Exchange& exchange) {
  auto ask = [&store = store_] { return store.status(); };
  const metrics::StoreStatus status = co_await pool_.run(loop_, std::move(ask));
  std::string data;
  JsonWriter json(data);
  // The store answers only once its log has been read.
  json.begin_object().key("min").number(std::int64_t{0}).key("max").number(status.replay.records);
  json.key("current").number(status.replay.records).key("state").string("done").end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::features(Exchange& exchange) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  for (const auto& [category, features] : sources_.features) {
    json.key(category).begin_object();
    for (const auto& [name, enabled] : features) json.key(name).boolean(enabled);
    json.end_object();
  }
  json.end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::metadata(Exchange& exchange) {
  const http::Query query = exchange.head().query();
  const auto limit = parse_limit(query, "limit", -1);
  const auto per_metric = parse_limit(query, "limit_per_metric", -1);
  if (!limit || !per_metric) {
    co_await send_api_error(exchange, limit ? per_metric.error() : limit.error());
    co_return;
  }
  // A negative number is no limit; neither is zero for one metric.
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  auto work = [&store = store_, family = std::string(query.get("metric").value_or("")),
               most = *limit < 0 ? all : static_cast<std::size_t>(*limit),
               per = *per_metric < 1 ? all : static_cast<std::size_t>(*per_metric)] {
    return write_metadata(store.metadata(family, 0), per, most);
  };
  std::string data = co_await pool_.run(loop_, std::move(work));
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::healthy(Exchange& exchange) {
  co_await exchange.send(200, "text/plain; charset=utf-8", "Healthy.\n");
}

io::Task<> StatusApi::ready(Exchange& exchange) {
  const bool is_ready = !sources_.ready || sources_.ready();
  co_await exchange.send(is_ready ? 200 : 503, "text/plain; charset=utf-8",
                         is_ready ? "Ready.\n" : "Not ready yet.\n");
}

io::Task<> StatusApi::reload(Exchange& exchange) {
  if (!sources_.reload) {
    co_await exchange.send_error(Error(Code::forbidden, "reloading by HTTP is not enabled"));
    co_return;
  }
  const auto done = co_await sources_.reload();
  if (!done) {
    co_await exchange.send(500, "text/plain; charset=utf-8",
                           fmt::format("failed to reload config: {}\n", done.error().message()));
    co_return;
  }
  co_await exchange.send_nothing(200);
}

bool StatusApi::refuse_admin(Error& why) const {
  if (!sources_.admin) why = Error(Code::unavailable, "admin APIs disabled");
  return !sources_.admin;
}

io::Task<> StatusApi::snapshot(Exchange& exchange) {
  Error why(Code::internal, "");
  if (refuse_admin(why)) {
    co_await send_api_error(exchange, std::move(why));
    co_return;
  }
  auto work = [&store = store_] { return store.snapshot(); };
  auto name = co_await pool_.run(loop_, std::move(work));
  if (!name) {
    co_await send_api_error(exchange, name.error().at("create snapshot"));
    co_return;
  }
  std::string data;
  JsonWriter json(data);
  json.begin_object().key("name").string(*name).end_object();
  co_await send_data(exchange, std::move(data));
}

io::Task<> StatusApi::delete_series(Exchange& exchange) {
  Error why(Code::internal, "");
  if (refuse_admin(why)) {
    co_await send_api_error(exchange, std::move(why));
    co_return;
  }
  auto form = co_await exchange.form();
  if (!form) {
    co_await send_api_error(exchange, std::move(form).error());
    co_return;
  }
  Millis from = std::numeric_limits<Millis>::min();
  Millis to = std::numeric_limits<Millis>::max();
  Result<> read;
  for (const auto& [name, out] : {std::pair("start", &from), std::pair("end", &to)}) {
    const auto text = form->get(name);
    if (!text || text->empty()) continue;
    const auto parsed = parse_time_parameter(name, *text);
    if (parsed) {
      *out = *parsed;
    } else if (read) {
      read = fail(parsed.error());
    }
  }
  std::vector<std::vector<Matcher>> sets;
  for (const std::string_view selector : form->all("match[]")) {
    auto matchers = parser_(selector);
    if (matchers) {
      sets.push_back(std::move(*matchers));
    } else if (read) {
      read = fail(Code::bad_request,
                  fmt::format("invalid parameter \"match[]\": {}", matchers.error().message()));
    }
  }
  if (read && sets.empty()) read = fail(Code::bad_request, "no match[] parameter provided");
  if (read) {
    auto work = [&store = store_, from, to, sets = std::move(sets)] {
      return store.delete_series(from, to, sets);
    };
    read = co_await pool_.run(loop_, std::move(work));
  }
  if (!read) {
    co_await send_api_error(exchange, std::move(read).error());
    co_return;
  }
  co_await exchange.send_nothing(204);
}

io::Task<> StatusApi::clean_tombstones(Exchange& exchange) {
  Error why(Code::internal, "");
  if (refuse_admin(why)) {
    co_await send_api_error(exchange, std::move(why));
    co_return;
  }
  auto work = [&store = store_] { return store.clean_tombstones(); };
  auto done = co_await pool_.run(loop_, std::move(work));
  if (!done) {
    co_await send_api_error(exchange, std::move(done).error());
    co_return;
  }
  co_await exchange.send_nothing(204);
}

std::map<std::string, std::map<std::string, bool>> scrape_features() {
  return {{"api",
           {{"admin", true},
            {"metadata", true},
            {"targets", true},
            {"remote_read_receiver", true},
            {"remote_write_receiver", true}}},
          {"scrape",
           {{"openmetrics_text", true},
            {"prometheus_text", true},
            {"prometheus_protobuf", true},
            {"native_histograms", true},
            {"utf8_names", true}}},
          {"service_discovery_providers",
           {{"static", true}, {"file", true}, {"http", true}, {"dns", true}, {"kubernetes", true}}}};
}

}  // namespace aloft::telemetry::scrape
