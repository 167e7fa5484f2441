// Answering /federate.
#include "telemetry/scrape/exposition/federate.h"

#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "telemetry/scrape/exposition/writer.h"

namespace aloft::telemetry::scrape {
namespace {

struct Newest {
  std::string labels;
  Millis time = 0;
  double value = 0;
};

struct Question {
  std::vector<std::vector<Matcher>> sets;
  Millis from = 0, to = 0;
  Labels external;
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
      const bool is_histogram = !column.histograms.empty() && column.histograms[last] != nullptr;
      if (is_histogram || is_stale(column.values[last])) continue;
      out.push_back({std::string(labels.encoded()), column.times[last], column.values[last]});
    }
  }
  return {};
}

Result<std::string> write_page(const metrics::Queryable& store, const Question& question) {
  std::vector<Newest> newest;
  TRY_DO(gather(store, question, newest));
  const auto name = [](const Newest& n) { return LabelsView(n.labels).metric_name(); };
  std::sort(newest.begin(), newest.end(), [&](const Newest& a, const Newest& b) {
    return std::pair(name(a), std::string_view(a.labels)) < std::pair(name(b), std::string_view(b.labels));
  });
  std::string page;
  TextWriter writer(page, TextStyle::prometheus);
  std::string_view family;
  for (const Newest& n : newest) {
    if (name(n).empty()) continue;
    if (name(n) != family) {
      family = name(n);
      MetricMetadata about;
      about.family = family;
      writer.family(about);
    }
    LabelsBuilder labels{LabelsView(n.labels)};
    for (const Label& label : question.external) {
      if (labels.get(label.name).empty()) labels.set(label.name, label.value);
    }
    // An empty instance keeps the scraping server from writing its own over it.
    writer.sample(labels.build(), n.value, n.time, nullptr, "instance");
    if (page.size() > question.limit)
      return fail(Code::too_large,
                  fmt::format("the page has more than {} bytes; select fewer series", question.limit));
  }
  return page;
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
  co_await exchange.send(200, "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
                         std::move(*page));
}

}  // namespace aloft::telemetry::scrape
