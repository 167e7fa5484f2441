// The endpoints that list series, labels and exemplars.
#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/promql/api/request.h"
#include "telemetry/promql/api/result_json.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql::api {
namespace {

struct Scope {
  Millis start = 0;
  Millis end = 0;
  std::size_t limit = 0;
  std::vector<std::vector<Matcher>> matchers;
  // One more than asked for tells whether there is more.
  std::size_t hint() const { return limit == 0 ? 0 : limit + 1; }
};

Result<Scope> scope_of(const Request& request) {
  Scope scope;
  TRY(limit, limit_param(request));
  TRY(start, time_param(request, "start", earliest_time));
  TRY(end, time_param(request, "end", latest_time));
  TRY(matchers, match_params(request));
  scope.limit = limit;
  scope.start = start;
  scope.end = end;
  scope.matchers = std::move(matchers);
  return scope;
}

std::string string_array(const std::vector<std::string>& texts) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
  return out;
}

Answer list_answer(std::vector<std::string> texts, std::size_t limit) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<std::string> warnings;
  if (limit > 0 && texts.size() > limit) {
    texts.resize(limit);
    warnings.emplace_back("results truncated due to limit");
  }
  return success_answer(string_array(texts), warnings);
}

// What `look_up` finds for each set of matchers, or without any.
template <class LookUp>
Answer look_up_all(const Scope& scope, LookUp look_up) {
  std::vector<std::string> all;
  static const std::vector<Matcher> everything;
  for (std::size_t i = 0; i < std::max<std::size_t>(scope.matchers.size(), 1); ++i) {
    auto found = look_up(std::span<const Matcher>(scope.matchers.empty() ? everything : scope.matchers[i]));
    if (!found) return error_answer(found.error());
    all.insert(all.end(), std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
  }
  return list_answer(std::move(all), scope.limit);
}

Result<Answer> try_series(const metrics::Queryable& storage, const Request& request) {
  if (request.form.all("match[]").empty()) return fail(Code::bad_request, "no match[] parameter provided");
  auto scope = scope_of(request);
  if (!scope) {
    const std::string& why = scope.error().message();
    const bool named = why.starts_with("invalid parameter");
    return fail(Code::bad_request, named ? why : "invalid parameter \"match[]\": " + why);
  }
  metrics::SelectHints hints;
  hints.function = "series";
  hints.series_limit = 0;
  std::vector<std::unique_ptr<metrics::Selection>> selections;
  std::vector<LabelsView> found;
  for (const auto& matchers : scope->matchers) {
    TRY(selection, storage.select(scope->start, scope->end, matchers, hints));
    for (std::size_t i = 0; i < selection->size(); ++i) found.push_back(selection->labels(i));
    selections.push_back(std::move(selection));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::vector<std::string> warnings;
  if (scope->limit > 0 && found.size() > scope->limit) {
    found.resize(scope->limit);
    warnings.emplace_back("results truncated due to limit");
  }
  std::string data = "[";
  for (const LabelsView labels : found) {
    if (data.size() > 1) data += ',';
    labels.append_json(data);
  }
  data += ']';
  return success_answer(std::move(data), warnings);
}

void append_exemplars(std::string& out, const metrics::ExemplarSeries& series) {
  out += R"({"seriesLabels":)";
  series.labels.view().append_json(out);
  out += R"(,"exemplars":[)";
  bool first = true;
  for (const auto& exemplar : series.exemplars) {
    out += first ? R"({"labels":)" : R"(,{"labels":)";
    first = false;
    exemplar.labels.view().append_json(out);
    out += R"(,"value":")";
    append_number(out, exemplar.value);
    out += R"(","timestamp":)";
    append_time(out, exemplar.time);
    out += '}';
  }
  out += "]}";
}

Result<Answer> try_exemplars(const metrics::Queryable& storage, const Request& request) {
  TRY(start, time_param(request, "start", earliest_time));
  TRY(end, time_param(request, "end", latest_time));
  if (end < start) return fail(Code::bad_request, "end timestamp must not be before start timestamp");
  TRY(expr, parse(request.get("query")));
  std::vector<std::vector<Matcher>> sets;
  for (const VectorSelector* selector : selectors_of(*expr)) sets.push_back(selector->matchers);
  if (sets.empty()) return Answer{204, ""};
  TRY(found, storage.exemplars(start, end, sets));
  std::string data = "[";
  for (const metrics::ExemplarSeries& series : found) {
    if (data.size() > 1) data += ',';
    append_exemplars(data, series);
  }
  data += ']';
  return success_answer(std::move(data));
}

}  // namespace

Answer series(const metrics::Queryable& storage, const Request& request) {
  auto answer = try_series(storage, request);
  return answer ? std::move(*answer) : error_answer(answer.error());
}

Answer labels(const metrics::Queryable& storage, const Request& request) {
  auto scope = scope_of(request);
  if (!scope) return error_answer(scope.error());
  return look_up_all(*scope, [&](std::span<const Matcher> matchers) {
    return storage.label_names(scope->start, scope->end, matchers, scope->hint());
  });
}

Answer label_values(const metrics::Queryable& storage, const Request& request) {
  const std::string name = unescape_label(request.label);
  if (name.empty() || !is_utf8(name))
    return error_answer({Code::bad_request, fmt::format("invalid label name: {}", quote(name))});
  auto scope = scope_of(request);
  if (!scope) return error_answer(scope.error());
  return look_up_all(*scope, [&](std::span<const Matcher> matchers) {
    return storage.label_values(name, scope->start, scope->end, matchers, scope->hint());
  });
}

Answer exemplars(const metrics::Queryable& storage, const Request& request) {
  auto answer = try_exemplars(storage, request);
  return answer ? std::move(*answer) : error_answer(answer.error());
}

}  // namespace aloft::telemetry::promql::api
