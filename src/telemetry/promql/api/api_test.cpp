// The query interface over HTTP.
#include "telemetry/promql/api.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/sim_loop.h"
#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/promql/api/request.h"
#include "telemetry/promql/api/result_json.h"

namespace aloft::telemetry::promql {
namespace {

using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class FixedClock final : public Clock {
 public:
  WallTime wall() const override { return {std::chrono::seconds(300)}; }
};

struct QueryApiTest : ::testing::Test {
  QueryApiTest() {
    for (Millis t = 0; t <= 300'000; t += 60'000) {
      store.add(Labels{{"__name__", "up"}, {"job", "a"}}, t, 1);
      store.add(Labels{{"__name__", "up"}, {"job", "b"}}, t, 0.5);
    }
    store.add_exemplar(Labels{{"__name__", "up"}, {"job", "a"}}, {Labels{{"trace_id", "x"}}, 2, 1500});
    api.add_routes(router);
  }
  // The body of the answer to a GET, and its status before it.
  std::string get(const std::string& target) {
    return talk(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", target));
  }
  std::string post(const std::string& target, const std::string& form) {
    return talk(
        fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    target, form.size(), form));
  }
  std::string talk(const std::string& request) {
    http::testing::RawConnection connection(loop, router);
    std::string answer = connection.talk(request);
    // The pool's thread answers when it is done.
    while (answer.empty()) {
      std::this_thread::yield();
      answer = connection.talk("");
    }
    return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
  }
  io::SimLoop loop;
  metrics::MemoryStore store;
  SerialFor serial;
  Engine engine{{}, serial};
  FixedClock clock;
  io::Pool pool{2};
  QueryApi api{loop, pool, store, engine, clock};
  Router router;
};

TEST_F(QueryApiTest, an_instant_query_gives_a_vector_at_the_time_asked_for) {
  EXPECT_EQ(get("/api/v1/query?query=up&time=120.5"),
            R"(200 {"status":"success","data":{"resultType":"vector","result":[)"
            R"({"metric":{"__name__":"up","job":"a"},"value":[120.500,"1"]},)"
            R"({"metric":{"__name__":"up","job":"b"},"value":[120.500,"0.5"]}]}})");
  EXPECT_THAT(get("/api/v1/query?query=1%2B1"), HasSubstr(R"("resultType":"scalar","result":[300,"2"])"));
  EXPECT_THAT(get("/api/v1/query?query=%22x%22&time=1970-01-01T00:01:00Z"),
              HasSubstr(R"("resultType":"string","result":[60,"x"])"));
  EXPECT_THAT(post("/api/v1/query", "query=sum(up)"), HasSubstr(R"([{"metric":{},"value":[300,"1.5"]}])"));
}

TEST_F(QueryApiTest, scalars_have_no_exponent_and_samples_do) {
  EXPECT_THAT(get("/api/v1/query?query=1e21"), HasSubstr(R"("result":[300,"1000000000000000000000"])"));
  EXPECT_THAT(get("/api/v1/query?query=1e-7"), HasSubstr(R"("result":[300,"0.0000001"])"));
  EXPECT_THAT(get("/api/v1/query?query=vector(1e21)"), HasSubstr(R"("value":[300,"1e+21"])"));
}

TEST_F(QueryApiTest, a_range_query_gives_a_matrix) {
  EXPECT_EQ(get("/api/v1/query_range?query=up{job=%22b%22}&start=0&end=60&step=30s"),
            R"(200 {"status":"success","data":{"resultType":"matrix","result":[)"
            R"({"metric":{"__name__":"up","job":"b"},"values":[[0,"0.5"],[30,"0.5"],[60,"0.5"]]}]}})");
  EXPECT_THAT(get("/api/v1/query?query=up{job=%22b%22}[2m]"),
              HasSubstr(R"("values":[[240,"0.5"],[300,"0.5"]])"));
}

TEST_F(QueryApiTest, what_is_wrong_with_a_parameter_is_said_in_prometheus_words) {
  EXPECT_EQ(get("/api/v1/query?query=up{"),
            R"(400 {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: )"
            R"(parse error: unexpected end of input inside braces"})");
  EXPECT_THAT(get("/api/v1/query?query=up&time=x"),
              HasSubstr(R"(invalid time value for 'time': cannot parse \"x\" to a valid timestamp)"));
  EXPECT_THAT(get("/api/v1/query_range?query=up&start=5&end=1&step=1"),
              HasSubstr(R"(invalid parameter \"end\": end timestamp must not be before start time)"));
  EXPECT_THAT(
      get("/api/v1/query_range?query=up&start=0&end=1&step=0"),
      HasSubstr("zero or negative query resolution step widths are not accepted. Try a positive integer"));
  EXPECT_THAT(
      get("/api/v1/query_range?query=up&start=0&end=11001&step=1"),
      HasSubstr("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
                "resolution (?step=XX)"));
  EXPECT_THAT(get("/api/v1/query_range?query=up[5m]&start=0&end=1&step=1"),
              HasSubstr(R"(invalid expression type \"range vector\" for range query)"));
  EXPECT_THAT(get("/api/v1/query?query=up&limit=-1"), HasSubstr("limit must be non-negative"));
  EXPECT_THAT(get("/api/v1/query?query=up{job=~%22(%22}"),
              HasSubstr("1:4: parse error: error parsing regexp: missing closing ): `(`"));
  EXPECT_THAT(get("/api/v1/query?query=up{job=~%22a**%22}"),
              HasSubstr("error parsing regexp: invalid nested repetition operator: `**`"));
  EXPECT_THAT(get("/api/v1/series"), HasSubstr("no match[] parameter provided"));
  EXPECT_THAT(get("/api/v1/series?match[]={a=%22%22}"),
              HasSubstr("match[] must contain at least one non-empty matcher"));
}

TEST_F(QueryApiTest, a_query_that_cannot_be_executed_is_a_422) {
  EXPECT_THAT(get("/api/v1/query?query=up%20%2B%20on()%20up"),
              StartsWith(R"(422 {"status":"error","errorType":"execution")"));
}

TEST_F(QueryApiTest, damaged_storage_is_a_500_and_a_query_that_takes_too_long_a_503) {
  store.fail_reads(Error(Code::internal, "block 7 is damaged"));
  EXPECT_THAT(get("/api/v1/query?query=up"), StartsWith(R"(500 {"status":"error","errorType":"internal")"));
  store.fail_reads(std::nullopt);
  EXPECT_THAT(get("/api/v1/query?query=up&timeout=0"),
              StartsWith(R"(503 {"status":"error","errorType":"timeout")"));
}

TEST_F(QueryApiTest, queries_beyond_the_concurrency_wait_their_turn) {
  QueryApiOptions options;
  options.concurrency = 1;
  options.waiting = 1;
  QueryApi narrow(loop, pool, store, engine, clock, options);
  Router other;
  narrow.add_routes(other);
  std::vector<std::unique_ptr<http::testing::RawConnection>> connections;
  for (int i = 0; i < 3; ++i) {
    connections.push_back(std::make_unique<http::testing::RawConnection>(loop, other));
    connections.back()->send("GET /api/v1/query?query=sum(up) HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  std::vector<std::string> answers(3);
  const auto missing = [&] { return std::count(answers.begin(), answers.end(), ""); };
  while (missing() > 0) {
    std::this_thread::yield();
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (answers[i].empty()) answers[i] = connections[i]->talk("");
  }
  // The pool may have answered the first one before the third came.
  const auto served = std::count_if(answers.begin(), answers.end(), [](const std::string& answer) {
    return answer.find("\"1.5\"") != std::string::npos;
  });
  EXPECT_GE(served, 2);
  for (const std::string& answer : answers)
    EXPECT_THAT(answer, AnyOf(HasSubstr("\"1.5\""), HasSubstr("query timed out in query queue")));
}

TEST_F(QueryApiTest, warnings_and_infos_come_beside_the_data) {
  EXPECT_THAT(get("/api/v1/query?query=rate(up[2m])"),
              HasSubstr(R"-("infos":["PromQL info: metric might not be a counter, name does not end in )-"
                        R"-(_total/_sum/_count/_bucket: \"up\" (1:6)"])-"));
  EXPECT_THAT(get("/api/v1/query?query=up&limit=1"),
              EndsWith(R"(,"warnings":["results truncated due to limit"]})"));
}

TEST_F(QueryApiTest, statistics_come_when_asked_for) {
  EXPECT_THAT(get("/api/v1/query?query=up&stats=true"),
              HasSubstr(R"("samples":{"totalQueryableSamples":2,"samplesRead":2,"peakSamples":)"));
}

TEST_F(QueryApiTest, the_lookback_can_be_set) {
  EXPECT_THAT(get("/api/v1/query?query=up&time=330&lookback_delta=10s"), HasSubstr(R"("result":[])"));
}

TEST_F(QueryApiTest, series_labels_and_values_are_listed) {
  EXPECT_EQ(get("/api/v1/series?match[]=up&match[]={job=%22a%22}"),
            R"(200 {"status":"success","data":[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]})");
  EXPECT_EQ(get("/api/v1/labels"), R"(200 {"status":"success","data":["__name__","job"]})");
  EXPECT_EQ(get("/api/v1/label/job/values?match[]=up"), R"(200 {"status":"success","data":["a","b"]})");
  EXPECT_EQ(get("/api/v1/label/U__job/values"), R"(200 {"status":"success","data":["a","b"]})");
  EXPECT_EQ(get("/api/v1/label/job/values?limit=1"),
            R"(200 {"status":"success","data":["a"],"warnings":["results truncated due to limit"]})");
}

TEST_F(QueryApiTest, exemplars_are_found_by_the_selectors_of_an_expression) {
  EXPECT_EQ(get("/api/v1/query_exemplars?query=rate(up{job=%22a%22}[5m])"),
            R"(200 {"status":"success","data":[{"seriesLabels":{"__name__":"up","job":"a"},"exemplars":[)"
            R"({"labels":{"trace_id":"x"},"value":"2","timestamp":1.500}]}]})");
}

TEST_F(QueryApiTest, an_expression_without_selectors_has_no_exemplars) {
  EXPECT_EQ(get("/api/v1/query_exemplars?query=1"), "204 ");
}

TEST_F(QueryApiTest, expressions_are_formatted_and_taken_apart) {
  EXPECT_EQ(get("/api/v1/format_query?query=sum(up)by(job)"),
            R"-(200 {"status":"success","data":"sum by (job) (up)"})-");
  EXPECT_EQ(get("/api/v1/parse_query?query=1"),
            R"(200 {"status":"success","data":{"type":"numberLiteral","val":"1"}})");
}

TEST(QueryApiParameters, times_and_durations_come_in_several_forms) {
  EXPECT_EQ(*api::parse_timestamp("1.0006"), 1001);
  EXPECT_EQ(*api::parse_timestamp("-1.5"), -1500);
  EXPECT_EQ(*api::parse_timestamp("2015-07-01T20:10:51.781Z"), 1435781451781);
  EXPECT_EQ(*api::parse_timestamp("-292273086-05-16T16:47:06Z"), api::earliest_time);
  EXPECT_FALSE(api::parse_timestamp("NaN").has_value());
  EXPECT_EQ(*api::parse_step("1h30m"), 5'400'000);
  EXPECT_EQ(*api::parse_step("0.5"), 500);
  EXPECT_FALSE(api::parse_step("5 m").has_value());
  EXPECT_EQ(api::unescape_label("U__my_2e_name__x"), "my.name_x");
  EXPECT_EQ(api::unescape_label("plain"), "plain");
}

TEST(QueryApiNumbers, are_printed_as_prometheus_prints_them) {
  const auto text = [](double value) {
    std::string out;
    api::append_number(out, value);
    return out;
  };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(-0.0), "-0");
  EXPECT_EQ(text(123456789), "123456789");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e20), "100000000000000000000");
  EXPECT_EQ(text(1e21), "1e+21");
  EXPECT_EQ(text(1e-7), "1e-07");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace aloft::telemetry::promql
