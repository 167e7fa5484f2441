// Taking pages that are pushed.
#include "telemetry/scrape/exposition/import_handler.h"

#include <charconv>
#include <memory>
#include <unordered_map>

#include <fmt/format.h>

#include "telemetry/core/compression.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {
namespace {

struct ImportRequest {
  std::string body;
  std::string encoding;
  std::optional<ExpositionFormat> format;
  Millis now = 0;
  std::vector<std::pair<std::string, std::string>> extra_labels;
};

// "job/api/instance/a" behind .../metrics/ are labels.
Result<> labels_of_path(std::string_view rest, std::vector<std::pair<std::string, std::string>>& out) {
  if (rest.empty()) return {};
  if (!rest.starts_with("metrics/")) return fail(Code::not_found, fmt::format("no import at {}", rest));
  rest.remove_prefix(8);
  std::vector<std::string> parts;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    parts.emplace_back(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  if (parts.size() % 2 != 0)
    return fail(Code::bad_request, "label names and values in the path come in pairs");
  for (std::size_t i = 0; i < parts.size(); i += 2) out.emplace_back(parts[i], parts[i + 1]);
  return {};
}

Result<> read_parameters(const http::Query& query, ImportRequest& out) {
  for (const std::string_view pair : query.all("extra_label")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(Code::bad_request, fmt::format("extra_label={}: expected name=value", pair));
    out.extra_labels.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  if (const auto text = query.get("timestamp")) {
    const auto parsed = std::from_chars(text->data(), text->data() + text->size(), out.now);
    if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size())
      return fail(Code::bad_request, fmt::format("timestamp={}: expected milliseconds", *text));
  }
  return {};
}

// Rewrites every label set once; samples of one series share it.
void add_labels(MetricBatch& batch, const std::vector<std::pair<std::string, std::string>>& extra) {
  std::unordered_map<std::string_view, std::string_view> rewritten;
  const auto rewrite = [&](std::string_view& labels) {
    const auto [it, fresh] = rewritten.try_emplace(labels);
    if (fresh) {
      LabelsBuilder builder{LabelsView(labels)};
      for (const auto& [name, value] : extra) builder.set(name, value);
      it->second = batch.own(std::string(builder.build().encoded()));
    }
    labels = it->second;
  };
  for (SampleRef& sample : batch.samples) rewrite(sample.labels);
  for (HistogramRef& histogram : batch.histograms) rewrite(histogram.labels);
  for (ExemplarRef& exemplar : batch.exemplars) rewrite(exemplar.series);
}

Result<MetricBatch> read(ImportRequest request, std::size_t limit, Rejections& rejections) {
  TRY(page, decode_content(request.encoding, std::move(request.body), limit));
  const auto reader = make_reader(request.format.value_or(ExpositionFormat::text_0_0_4), page);
  TRY(batch, read_page(*reader, {.now = request.now, .skip_damaged_lines = true}, rejections));
  if (!request.extra_labels.empty()) add_labels(batch, request.extra_labels);
  return batch;
}

}  // namespace

ImportHandler::ImportHandler(io::Loop& loop, Pipeline& pipeline, const Clock& clock, ImportSettings settings)
    : loop_(loop), pipeline_(pipeline), clock_(clock), settings_(settings) {}

void ImportHandler::add_routes(Router& router) {
  const auto route = [this](Exchange& exchange) { return import(exchange); };
  router.add("POST,PUT", "/api/v1/import/prometheus", route);
  router.add("POST,PUT", "/api/v1/import/prometheus/{rest...}", route);
}

io::Task<> ImportHandler::import(Exchange& exchange) {
  ImportRequest request;
  request.now = clock_.wall().since_epoch / 1ms;
  request.encoding = exchange.head().headers.get("content-encoding");
  request.format = format_of(exchange.head().headers.get("content-type"));
  Result<> parameters = read_parameters(exchange.head().query(), request);
  if (parameters) parameters = labels_of_path(exchange.path("rest"), request.extra_labels);
  if (!parameters) {
    co_await exchange.send_error(std::move(parameters).error());
    co_return;
  }
  auto body = co_await exchange.request().read_whole_body(settings_.body_limit_bytes);
  if (!body) {
    co_await exchange.send_error(std::move(body).error());
    co_return;
  }
  auto ticket = pipeline_.admit(body->size() * (request.encoding.empty() ? 2 : 8));
  if (!ticket) {
    co_await exchange.send_error(std::move(ticket).error());
    co_return;
  }
  request.body = std::move(*body);
  const auto rejections = std::make_shared<Rejections>();
  std::move_only_function<Result<MetricBatch>()> decode = [request = std::move(request), rejections,
                                                           limit = settings_.page_limit_bytes]() mutable {
    return read(std::move(request), limit, *rejections);
  };
  auto report = co_await pipeline_.push<MetricBatch>(loop_, std::move(*ticket), std::move(decode));
  if (!report) {
    Error error = std::move(report).error();
    if (error.code() == Code::invalid) error = Error(Code::bad_request, error.message());
    co_await exchange.send_error(std::move(error));
    co_return;
  }
  if (report->rejected == 0 && rejections->count == 0) {
    co_await exchange.send_nothing(204);
    co_return;
  }
  const bool retry = report->rejected > 0 && !report->permanent;
  std::string text = fmt::format("{} of {} not taken: {}\n", report->rejected + rejections->count,
                                 report->accepted + report->rejected + rejections->count,
                                 rejections->count > 0 ? rejections->first : report->first_rejection);
  co_await exchange.send(retry ? 503 : 400, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace aloft::telemetry::scrape
