// From the store's report to a status.
#include "telemetry/scrape/push/push_answer.h"

#include <fmt/format.h>

namespace aloft::telemetry::scrape {

io::Task<> send_push_answer(Exchange& exchange, Result<WriteReport> report, Rejections rejections,
                            int taken) {
  if (!report) {
    Error error = std::move(report).error();
    if (error.code() == Code::invalid) error = Error(Code::bad_request, error.message());
    co_await exchange.send_error(std::move(error));
    co_return;
  }
  if (report->rejected == 0 && rejections.count == 0) {
    co_await exchange.send_nothing(taken);
    co_return;
  }
  const bool retry = report->rejected > 0 && !report->permanent;
  std::string text = fmt::format("{} of {} not taken: {}\n", report->rejected + rejections.count,
                                 report->accepted + report->rejected + rejections.count,
                                 rejections.count > 0 ? rejections.first : report->first_rejection);
  co_await exchange.send(retry ? 503 : 400, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace aloft::telemetry::scrape
