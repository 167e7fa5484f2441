// Answering /federate.
#include "telemetry/scrape/exposition/federate.h"

#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "telemetry/scrape/exposition/federate_page.h"

namespace aloft::telemetry::scrape {
namespace {

struct Newest {
  std::string labels;
  Millis time = 0;
  double value = 0;
  HistogramPtr histogram;  // null for a float
};

struct Question {
  std::vector<std::vector<Matcher>> sets;
  Millis from = 0, to = 0;
  Labels external;
  std::string accept;
  std::size_t limit = 0;
};

Result<> gather(const metrics::Queryable& store, const Question& question, std::vector<Newest>& out) {
  std::set<std::string> seen;
  metrics::Column column;
  for (const auto& matchers : question.sets) {
    TRY(selection, store.select(question.from, question.to, matchers, {}));
    for (std::size_t i = 0; i < selection->size(); ++i) {
      const LabelsView labels = selection->labels(i);
      if (question.sets.size() > 1 && !seen.emplace(labels.encoded()).second) continue;
      TRY_DO(selection->read(i, question.from, question.to, column));
      if (column.times.empty()) continue;
      const std::size_t last = column.times.size() - 1;
      HistogramPtr histogram = column.histograms.empty() ? nullptr : column.histograms[last];
      if (is_stale(histogram != nullptr ? histogram->sum : column.values[last])) continue;
      out.push_back(
          {std::string(labels.encoded()), column.times[last], column.values[last], std::move(histogram)});
    }
  }
  return {};
}

struct FederatedPage {
  std::string_view content_type;
  std::string body;
};

Result<FederatedPage> write_page(const metrics::Queryable& store, const Question& question) {
  std::vector<Newest> newest;
  TRY_DO(gather(store, question, newest));
  const auto name = [](const Newest& n) { return LabelsView(n.labels).metric_name(); };
  std::sort(newest.begin(), newest.end(), [&](const Newest& a, const Newest& b) {
    return std::pair(name(a), std::string_view(a.labels)) < std::pair(name(b), std::string_view(b.labels));
  });
  const auto page = make_federate_page(question.accept, question.external);
  for (const Newest& n : newest) {
    page->add({LabelsView(n.labels), n.time, n.value, n.histogram.get()});
    if (page->size() > question.limit)
      return fail(Code::too_large,
                  fmt::format("the page has more than {} bytes; select fewer series", question.limit));
  }
  return FederatedPage{page->content_type(), page->finish()};
}

}  // namespace

FederateHandler::FederateHandler(io::Loop& loop, io::Pool& pool, const metrics::Queryable& store,
                                 SelectorParser parser, const Clock& clock, FederateSettings settings)
    : loop_(loop),
      pool_(pool),
      store_(store),
      parser_(std::move(parser)),
      clock_(clock),
      settings_(std::move(settings)) {}

void FederateHandler::add_routes(Router& router) {
  router.add("GET", "/federate", [this](Exchange& exchange) { return federate(exchange); });
}

io::Task<> FederateHandler::federate(Exchange& exchange) {
  Question question;
  question.to = clock_.wall().since_epoch / 1ms;
  question.from = question.to - settings_.lookback / 1ms;
  question.limit = settings_.page_limit_bytes;
  question.accept = std::string(exchange.head().headers.get("Accept"));
  if (settings_.external_labels) question.external = settings_.external_labels();
  const http::Query query = exchange.head().query();
  for (const std::string_view text : query.all("match[]")) {
    auto matchers = parser_(text);
    if (!matchers) {
      co_await exchange.send_error(Error(Code::bad_request, matchers.error().message()));
      co_return;
    }
    question.sets.push_back(std::move(*matchers));
  }
  auto work = [&store = store_, question = std::move(question)] { return write_page(store, question); };
  auto page = co_await pool_.run(loop_, std::move(work));
  if (!page) {
    co_await exchange.send_error(std::move(page).error());
    co_return;
  }
  co_await exchange.send(200, page->content_type, std::move(page->body));
}

}  // namespace aloft::telemetry::scrape
