// Taking lines over HTTP.
#include "telemetry/scrape/push/influx_handler.h"

#include <fmt/format.h>

#include "telemetry/scrape/push/influx_lines.h"
#include "telemetry/scrape/push/push_answer.h"

namespace aloft::telemetry::scrape {

void InfluxHandler::add_routes(Router& router) {
  for (const char* path : {"/write", "/api/v2/write", "/influx/write", "/influx/api/v2/write"})
    router.add("POST", path, [this](Exchange& exchange) { return write(exchange); });
  for (const char* path : {"/ping", "/influx/ping"}) {
    router.add("GET,POST", path, [](Exchange& exchange) -> io::Task<> { return exchange.send_nothing(204); });
  }
}

io::Task<> InfluxHandler::write(Exchange& exchange) {
  const http::Query query = exchange.head().query();
  InfluxOptions options;
  options.now = clock_.wall().since_epoch / 1ms;
  const auto unit = influx_precision(query.get("precision").value_or(""));
  if (!unit) {
    co_await exchange.send_error(unit.error());
    co_return;
  }
  options.unit_ns = *unit;
  if (const auto db = query.get("db"); db && !db->empty()) options.labels.emplace_back("db", *db);
  auto body = co_await exchange.body();
  if (!body) {
    co_await exchange.send_error(std::move(body).error());
    co_return;
  }
  // A sample with its labels takes a few times the bytes of its line.
  auto ticket = pipeline_.admit(body->size() * 4);
  if (!ticket) {
    co_await exchange.send_error(std::move(ticket).error());
    co_return;
  }
  const auto rejections = std::make_shared<Rejections>();
  std::move_only_function<Result<MetricBatch>()> decode = [text = std::move(*body), rejections,
                                                           options = std::move(options)] {
    return read_influx_lines(text, options, *rejections);
  };
  auto report = co_await pipeline_.push<MetricBatch>(loop_, std::move(*ticket), std::move(decode));
  co_await send_push_answer(exchange, std::move(report), *rejections);
}

}  // namespace aloft::telemetry::scrape
