// What queries mean, on small traces whose answers can be counted by hand.
#include "telemetry/traces/traceql/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/traces/testing/any_batch.h"
#include "telemetry/traces/testing/spans.h"
#include "telemetry/traces/traceql/evaluate.h"

namespace aloft::telemetry::traces::traceql {
namespace {

using testing::base_time_ns;
using testing::batch_of;
using testing::make_span;
using testing::TestStore;

// Trace 1: front(1) -> api(2) -> {db(3), db(4) failed, cache(5)}; db(4) -> retry(6). Trace 2: one span.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    std::vector<Span> shop = {make_span(1, 1, "front"), make_span(1, 2, "api", 1)};
    shop[0].kind = SpanKind::server;
    shop[0].attributes.push_back({"http.status_code", AttributeValue(std::int64_t{500})});
    shop[0].attributes.push_back({"http.method", AttributeValue(std::string("GET"))});
    shop[0].attributes.push_back({"flag", AttributeValue(true)});
    shop[1].attributes.push_back({"list", AttributeValue(AttributeList{AttributeValue(std::string("x")),
                                                                       AttributeValue(std::string("y"))})});
    shop[1].events.push_back(
        {shop[1].start_ns + 500, "exception", {{"type", AttributeValue(std::string("oops"))}}});
    shop[1].links.push_back({testing::trace_id(2), testing::span_id(9), "", {}});
    std::vector<Span> data = {make_span(1, 3, "query", 2), make_span(1, 4, "query", 2),
                              make_span(1, 5, "get", 2), make_span(1, 6, "retry", 4)};
    data[1].status = SpanStatus::error;
    data[1].status_message = "refused";
    data[0].attributes.push_back({"rows", AttributeValue(std::int64_t{3})});
    data[1].attributes.push_back({"rows", AttributeValue(std::int64_t{5})});
    data[2].attributes.push_back({"ratio", AttributeValue(0.25)});
    write(batch_of(std::move(shop), "shop"));
    write(batch_of(std::move(data), "data"));
    write(batch_of({make_span(2, 9, "alone")}, "other"));
  }
  void write(const SpanBatch& batch) { ASSERT_TRUE(test_.store().write(batch)); }

  SearchResult search(std::string_view text, std::size_t spans = 100) {
    const auto query = parse_query(text);
    EXPECT_TRUE(query) << text << ": " << query.error().message();
    SearchRequest request;
    request.spans_per_set = spans;
    return *Engine(test_.store(), test_.pool(), 2).search(*query, request);
  }
  // Span numbers of all matching sets; sets apart by "|", traces by "/".
  std::string found(std::string_view text) {
    std::string out;
    for (const TraceMatch& trace : search(text).traces) {
      if (!out.empty()) out += "/";
      for (std::size_t i = 0; i < trace.sets.size(); ++i) {
        if (i > 0) out += "|";
        for (const SpanMatch& span : trace.sets[i].spans) out += std::to_string(to_number(span.id));
      }
    }
    return out;
  }
  MetricsResult metrics(std::string_view text, std::int64_t step_ns = 0) {
    const auto query = parse_query(text);
    EXPECT_TRUE(query) << text << ": " << query.error().message();
    MetricsRequest request;
    request.start_ns = base_time_ns;
    request.end_ns = base_time_ns + 10'000'000;
    request.step_ns = step_ns;
    return *Engine(test_.store(), test_.pool(), 2).metrics(*query, request);
  }
  // "label=value: v v v" for each series.
  std::vector<std::string> shown(const MetricsResult& result) {
    std::vector<std::string> out;
    for (const Series& series : result.series) {
      std::string& line = out.emplace_back();
      for (const auto& [key, value] : series.labels) line += key + "=" + value.to_text() + " ";
      line += ":";
      for (const SeriesPoint& point : series.points) line += fmt::format(" {:.4g}", point.value);
    }
    return out;
  }
  TestStore test_;
};

TEST_F(EngineTest, selectors) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{ name = \"query\" }", "34"},
      {"{ resource.service.name = \"shop\" }", "12"},
      {"{ .service.name = \"shop\" && name != \"api\" }", "1"},
      {"{ span.http.status_code = 500 }", "1"},
      {"{ span.http.status_code >= 500.0 }", "1"},
      {"{ .http.status_code > 499 && .http.status_code < 501 }", "1"},
      {"{ 499 < .http.status_code }", "1"},
      {"{ .http.status_code = \"500\" }", ""},
      {"{ .http.method =~ \"G.*\" }", "1"},
      {"{ .http.method =~ \"G\" }", ""},
      {"{ .http.method !~ \"P.*\" }", "1"},
      {"{ .http.method != \"POST\" }", "1"},
      {"{ .http.method = nil && resource.service.name = \"shop\" }", "2"},
      {"{ .http.method != nil }", "1"},
      {"{ .flag }", "1"},
      {"{ .flag || .rows = 5 }", "14"},
      {"{ !.flag }", ""},
      {"{ status = error }", "4"},
      {"{ statusMessage = \"refused\" }", "4"},
      {"{ kind = server }", "1"},
      {"{ duration = 3ms }", "3"},
      {"{ duration > 2ms * 2 && duration <= 6ms }", "56"},
      {"{ .ratio = 0.25 }", "5"},
      {"{ .rows + 2 = 5 }", "3"},
      {"{ -.rows = -5 }", "4"},
      {"{ .list = \"y\" }", "2"},
      {"{ .list != \"z\" }", "2"},
      {"{ .list != \"x\" }", ""},
      {"{ .list =~ \"[xz]\" }", "2"},
      {"{ event:name = \"exception\" }", "2"},
      {"{ event.type = \"oops\" && event:timeSinceStart = 500ns }", "2"},
      {"{ link:traceID = \"2\" && link:spanID = \"9\" }", "2"},
      {"{ trace:id = \"00000000000000000000000000000002\" }", "9"},
      {"{ span:id = \"3\" }", "3"},
      {"{ span:parentID = \"2\" }", "345"},
      {"{ parent = nil }", "9/1"},
      {"{ parent.name = nil && parent.http.status_code = 500 }", "2"},
      {"{ span:childCount = 3 }", "2"},
      {"{ nestedSetParent < 0 }", "9/1"},
      {"{ nestedSetLeft = 1 }", "9/1"},
      {"{ rootName = \"front\" && name = \"get\" }", "5"},
      {"{ trace:rootService = \"other\" }", "9"},
      {"{ traceDuration > 10ms }", "123456"},
      {"{ name = \"nothing\" }", ""},
      {"{ .http.method >= \"GA\" && .http.method < \"GF\" }", "1"},
      {"{ event.type = nil && resource.service.name = \"shop\" }", "1"},
      {"{ event.type != \"else\" }", "2"},
      {"{ event:timeSinceStart > -5s }", "2"},
      {"{ link:spanID = nil && resource.service.name = \"shop\" }", "1"},
      {"{ .rows > minInt && .rows != maxInt }", "34"},
      {"{ resource.service.name = \"other\" && true }", "9"},
      {"{ span.http.method = \"GET\" && status != ok }", "1"},
      {"{ span.service.name = \"shop\" }", ""},
      {"{ !(name = \"query\") && resource.service.name = \"data\" }", "56"},
  };
  for (int round = 0; round < 2; ++round) {
    for (const auto& [query, spans] : cases) EXPECT_EQ(found(query), spans) << query << " round " << round;
    ASSERT_TRUE(test_.store().flush());
  }
}

TEST_F(EngineTest, sets_and_relations) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{ name = \"front\" } && { name = \"get\" }", "15"},
      {"{ name = \"front\" } && { name = \"alone\" }", ""},
      {"{ name = \"alone\" } || { name = \"get\" }", "9/5"},
      {"{ name = \"api\" } > { }", "345"},
      {"{ name = \"front\" } > { name = \"query\" }", ""},
      {"{ name = \"front\" } >> { name = \"query\" }", "34"},
      {"{ name = \"retry\" } < { }", "4"},
      {"{ name = \"retry\" } << { }", "124"},
      {"{ name = \"get\" } ~ { name = \"query\" }", "34"},
      {"{ name = \"get\" } ~ { name = \"get\" }", ""},
      {"{ } !< { name = \"query\" }", "3"},
      {"{ name = \"api\" } !> { resource.service.name = \"data\" }", "6"},
      {"{ name = \"query\" } !>> { resource.service.name = \"data\" }", "345"},
      {"{ name = \"retry\" } !<< { }", "9/356"},
      {"{ name = \"get\" } !~ { resource.service.name = \"data\" }", "56"},
      {"{ name = \"api\" } &> { name = \"get\" }", "25"},
      {"{ name = \"front\" } &>> { status = error }", "14"},
      {"{ name = \"retry\" } &< { }", "46"},
      {"{ name = \"retry\" } &<< { name = \"front\" }", "16"},
      {"{ name = \"get\" } &~ { status = error }", "45"},
      {"{ name = \"front\" } > { name = \"api\" } > { status = error }", "4"},
  };
  for (const auto& [query, spans] : cases) EXPECT_EQ(found(query), spans) << query;
}

TEST_F(EngineTest, pipelines) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{ } | count() > 1", "123456"},
      {"{ name = \"query\" } | count() = 2", "34"},
      {"{ name = \"query\" } | avg(.rows) = 4", "34"},
      {"{ name = \"query\" } | max(.rows) > 5", ""},
      {"{ } | sum(duration) = 21ms", "123456"},
      {"{ } | min(.rows) + 1 = 4", "123456"},
      {"{ } | max(.nothing) < 5", ""},
      {"{ } | by(resource.service.name) | count() > 2", "3456"},
      {"{ } | by(name) | count() = 2", "34"},
      {"{ } | by(resource.service.name) | coalesce() | count() = 6", "123456"},
      {"{ name = \"get\" } | { .ratio < 1 }", "5"},
      {"({ name = \"query\" } | count() = 2) && ({ } | count() > 5)", "123456"},
      {"({ name = \"query\" } | count()) > ({ name = \"get\" } | count())", "345"},
      {"count() = 1", "9"},
  };
  for (const auto& [query, spans] : cases) EXPECT_EQ(found(query), spans) << query;
}

TEST_F(EngineTest, an_answer_names_groups_aggregates_and_selected_fields) {
  const SearchResult result =
      search("{ .rows > 0 } | by(name) | count() > 1 | select(resource.service.name, status)");
  ASSERT_EQ(result.traces.size(), 1U);
  const TraceMatch& trace = result.traces[0];
  EXPECT_EQ(trace.root_service, "shop");
  EXPECT_EQ(trace.root_name, "front");
  EXPECT_EQ(trace.duration_ns, 11'000'000);
  EXPECT_EQ(trace.services.at("data").spans, 4U);
  EXPECT_EQ(trace.services.at("data").errors, 1U);
  ASSERT_EQ(trace.sets.size(), 1U);
  EXPECT_EQ(trace.sets[0].attributes[0].first, "by(name)");
  EXPECT_EQ(trace.sets[0].attributes[1].second.to_text(), "2");
  std::map<std::string, std::string> attributes;
  for (const auto& [key, value] : trace.sets[0].spans[1].attributes) attributes[key] = value.to_text();
  EXPECT_EQ(attributes, (std::map<std::string, std::string>{
                            {"rows", "5"}, {"service.name", "data"}, {"status", "error"}}));
}

TEST_F(EngineTest, the_newest_traces_come_first_and_the_limit_holds) {
  for (std::uint64_t i = 10; i < 40; ++i) write(batch_of({make_span(i, i, "many")}));
  const auto query = parse_query("{ name = \"many\" }");
  SearchRequest request;
  request.limit = 3;
  const auto result = Engine(test_.store(), test_.pool(), 2).search(*query, request);
  ASSERT_EQ(result->traces.size(), 3U);
  EXPECT_EQ(result->traces[0].id, testing::trace_id(39));
  EXPECT_EQ(result->traces[2].id, testing::trace_id(37));
}

TEST_F(EngineTest, counts_and_measures_become_series) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(shown(metrics("{ } | count_over_time()")), (Lines{"__name__=count_over_time : 7"}));
  EXPECT_EQ(shown(metrics("{ } | rate()")), (Lines{"__name__=rate : 700"}));
  EXPECT_EQ(shown(metrics("{ } | count_over_time() by (resource.service.name)")),
            (Lines{"resource.service.name=data : 4", "resource.service.name=other : 1",
                   "resource.service.name=shop : 2"}));
  EXPECT_EQ(shown(metrics("{ } | count_over_time()", 5'000'000)), (Lines{"__name__=count_over_time : 4 3"}));
  EXPECT_EQ(shown(metrics("{ } | max_over_time(duration)")), (Lines{"__name__=max_over_time : 0.009"}));
  EXPECT_EQ(shown(metrics("{ } | min_over_time(.rows) by (name)")), (Lines{"name=query : 3"}));
  EXPECT_EQ(shown(metrics("{ } | avg_over_time(.rows)")), (Lines{"__name__=avg_over_time : 4"}));
  EXPECT_EQ(shown(metrics("{ } | sum_over_time(.rows)")), (Lines{"__name__=sum_over_time : 8"}));
  EXPECT_EQ(shown(metrics("{ } | histogram_over_time(.rows)")), (Lines{"__bucket=4 : 1", "__bucket=8 : 1"}));
  EXPECT_EQ(shown(metrics("{ } | count_over_time() by (resource.service.name) | topk(1)")),
            (Lines{"resource.service.name=data : 4"}));
  EXPECT_EQ(shown(metrics("{ } | count_over_time() by (resource.service.name) | bottomk(1)")),
            (Lines{"resource.service.name=other : 1"}));
  EXPECT_EQ(shown(metrics("{ } | count_over_time() by (resource.service.name) > 1")).size(), 2U);
  EXPECT_EQ(shown(metrics("{ } | count_over_time() by (.rows)")),
            (Lines{".rows=nil : 5", ".rows=3 : 1", ".rows=5 : 1"}));
}

TEST_F(EngineTest, quantiles_are_near_the_true_ones) {
  std::vector<Span> spans;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    Span span = make_span(50 + i, 1, "timed");
    span.end_ns = span.start_ns + static_cast<std::int64_t>(i) * 1'000'000;
    spans.push_back(span);
  }
  write(batch_of(std::move(spans)));
  const MetricsResult result = metrics("{ name = \"timed\" } | quantile_over_time(duration, .5, .99)");
  ASSERT_EQ(result.series.size(), 2U);
  EXPECT_NEAR(result.series[0].points[0].value, 0.050, 0.002);
  EXPECT_NEAR(result.series[1].points[0].value, 0.099, 0.004);
  EXPECT_EQ(result.series[1].labels.back().second.to_text(), "0.99");
}

TEST_F(EngineTest, compare_tells_selection_from_baseline) {
  const auto lines = shown(metrics("{ name = \"query\" } | compare({ status = error }, 2)"));
  const auto has = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  EXPECT_TRUE(has("__meta_type=selection status=error : 1"));
  EXPECT_TRUE(has("__meta_type=baseline status=unset : 1"));
  EXPECT_TRUE(has("__meta_type=selection span.rows=5 : 1"));
  EXPECT_TRUE(has("__meta_type=baseline_total span.rows=nil : 1"));
}

TEST_F(EngineTest, values_and_dependencies) {
  const Engine engine(test_.store(), test_.pool(), 2);
  FieldName field;
  field.name = "service.name";
  const auto values = engine.values(field, nullptr, {}, 10);
  EXPECT_EQ(values.size(), 3U);
  const auto filter = parse_query("{ status = error }");
  EXPECT_EQ(engine.values(field, &*filter, {}, 10),
            (std::set<std::pair<ValueType, std::string>>{{ValueType::string, "data"}}));
  const auto calls = engine.dependencies({}, {});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls.at({"shop", "data"}), 3U);
}

// ---- Properties ----

std::vector<std::uint32_t> naive(Relation relation, RelationMode mode, const std::vector<std::uint32_t>& left,
                                 const std::vector<std::uint32_t>& right,
                                 const std::vector<std::uint32_t>& parents) {
  const auto descends = [&](std::uint32_t span, std::uint32_t from) {
    for (std::uint32_t at = parents[span]; at != no_span; at = parents[at]) {
      if (at == from) return true;
    }
    return false;
  };
  const auto holds = [&](std::uint32_t l, std::uint32_t r) {
    switch (relation) {
      case Relation::child:
        return parents[r] == l;
      case Relation::parent:
        return parents[l] == r;
      case Relation::descendant:
        return descends(r, l);
      case Relation::ancestor:
        return descends(l, r);
      default:
        return l != r && parents[l] != no_span && parents[l] == parents[r];
    }
  };
  std::set<std::uint32_t> out;
  for (const std::uint32_t r : right) {
    bool any = false;
    for (const std::uint32_t l : left) {
      if (!holds(l, r)) continue;
      any = true;
      if (mode == RelationMode::united) out.insert(l);
    }
    if (any != (mode == RelationMode::negated)) out.insert(r);
  }
  return {out.begin(), out.end()};
}

TEST(TraceqlRelations, agree_with_their_definition) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::uint32_t>(1, 25);
    std::vector<std::uint32_t> parents;
    std::vector<Span> spans;
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool root = i == 0 || *rc::gen::inRange(0, 8) == 0;
      parents.push_back(root ? no_span : *rc::gen::inRange<std::uint32_t>(0, i));
      spans.push_back(make_span(1, i + 1, "x", root ? 0 : parents.back() + 1));
    }
    Trimmed trimmed;
    const auto table =
        std::make_shared<const SpanTable>(build_table(batch_of(std::move(spans)), {}, {}, trimmed));
    const BoundTable bound(table, {});
    std::vector<SpanRef> refs;
    for (std::uint32_t row = 0; row < count; ++row) refs.push_back({&bound, row});
    const TraceView trace(testing::trace_id(1), std::move(refs));
    const auto any_set = [count] {
      std::vector<std::uint32_t> set;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (*rc::gen::inRange(0, 3) == 0) set.push_back(i);
      }
      return set;
    };
    const auto left = any_set();
    const auto right = any_set();
    for (const auto relation :
         {Relation::child, Relation::parent, Relation::descendant, Relation::ancestor, Relation::sibling}) {
      for (const auto mode : {RelationMode::plain, RelationMode::negated, RelationMode::united}) {
        RC_ASSERT(relate(relation, mode, left, right, trace) == naive(relation, mode, left, right, parents));
      }
    }
  }));
}

TEST(TraceqlEngine, every_accepted_span_is_found_by_search) {
  EXPECT_TRUE(rc::check([] {
    TraceStoreSettings settings;
    settings.group_rows = 8;
    TestStore test(settings);
    std::map<TraceId, std::map<SpanId, Span>> written;
    for (int i = *rc::gen::inRange(1, 12); i > 0; --i) {
      if (*rc::gen::inRange(0, 4) == 0) RC_ASSERT(test.store().flush().has_value());
      const SpanBatch batch = *testing::any_batch();
      RC_ASSERT(test.store().write(batch).has_value());
      testing::remember(batch, written);
    }
    const Engine engine(test.store(), test.pool(), 2);
    for (const auto& [id, spans] : written) {
      for (const auto& [number, span] : spans) {
        auto query = parse_query(fmt::format("{{ trace:id = \"{}\" && span:id = \"{}\" && name = \"{}\" }}",
                                             to_hex(id), to_hex(number), span.name));
        RC_ASSERT(query.has_value());
        const auto found = engine.search(*query, {});
        RC_ASSERT(found->traces.size() == 1);
        RC_ASSERT(found->traces[0].sets[0].matched == 1);
      }
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::traces::traceql
