// The HTTP interfaces over a real loop and pool, with a store in memory behind them.
#include <gtest/gtest.h>

#include "http/testing/exchange.h"
#include "io/epoll_loop.h"
#include "model/json.h"
#include "telemetry/core/compression.h"
#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/scrape/api_answer.h"
#include "telemetry/scrape/exposition/federate.h"
#include "telemetry/scrape/exposition/import_handler.h"
#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/remote/remote_read.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/remote/write_handler.h"
#include "telemetry/scrape/targets/targets_api.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

// name="value" or a bare name.
Result<std::vector<Matcher>> parse_selector(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return fail(Code::bad_request, "1:1: parse error");
  return std::vector<Matcher>{Matcher::equal("__name__", std::string(text))};
}

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

class HandlersTest : public testing::Test {
 protected:
  HandlersTest() {
    pipeline.add(store);
    write.add_routes(router);
    import.add_routes(router);
    federate.add_routes(router);
    read.add_routes(router);
    targets.add_routes(router);
  }
  Answer ask(std::string method, std::string target, std::string body = {}, http::Headers headers = {}) {
    http::RequestHead head = http::testing::request(std::move(method), std::move(target));
    head.headers = std::move(headers);
    auto response = loop.run_until_done(client->send(std::move(head), std::move(body)));
    EXPECT_TRUE(response);
    Answer out;
    if (!response) return out;
    out.status = (*response)->head().status;
    out.headers = (*response)->head().headers;
    out.body = *loop.run_until_done((*response)->read_whole_body());
    return out;
  }
  // "series value@time" of everything in the store, sorted.
  std::vector<std::string> stored() {
    std::vector<std::string> out;
    const std::vector<Matcher> all = {*Matcher::make(MatchType::regex, "__name__", ".+")};
    const auto selection = store.select(0, 4'000'000'000'000, all, {});
    metrics::Column column;
    for (std::size_t i = 0; i < (*selection)->size(); ++i) {
      EXPECT_TRUE((*selection)->read(i, 0, 4'000'000'000'000, column));
      for (std::size_t k = 0; k < column.size(); ++k)
        out.push_back(
            fmt::format("{} {}@{}", (*selection)->labels(i).to_string(), column.values[k], column.times[k]));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string one_sample(std::string_view name, double value, Millis time) {
    MetricBatch batch;
    const auto labels = batch.own(std::string(Labels({{"__name__", name}}).encoded()));
    batch.samples.push_back({labels, time, value});
    return encode_write_request(batch);
  }
  using Lines = std::vector<std::string>;

  io::EpollLoop loop;
  io::Pool pool{2};
  Metrics metrics;
  SystemClock clock;
  Pipeline pipeline{pool, {.bytes_under_way = 1 << 20, .retry_after_seconds = 3}, metrics};
  metrics::MemoryStore store;
  Router router;
  WriteHandler write{loop, pipeline, metrics};
  ImportHandler import{loop, pipeline, clock};
  FederateHandler federate{loop,  pool,
                           store, parse_selector,
                           clock, {.external_labels = [] {
                             return Labels({{"cluster", "c"}}); }}};
  ReadHandler read{loop, pool, store, [] { return Labels({{"cluster", "c"}}); }};
  struct NoSink final : ScrapeSink {
    io::Task<Result<WriteReport>> take(std::size_t, std::move_only_function<Result<MetricBatch>()>) override {
      co_return WriteReport();
    }
  } sink;
  struct NoFetcher final : Fetcher {
    io::Task<Result<FetchedPage>> fetch(FetchRequest) override { co_return FetchedPage(); }
  };
  ScrapeManager manager{{loop, clock, sink},
                        pool,
                        [](const HttpClientConfig&) -> Result<std::unique_ptr<Fetcher>> {
                          return std::make_unique<NoFetcher>();
                        },
                        {}};
  TargetsApi targets{manager, parse_selector};
  http::testing::InMemoryServer server{loop, router};
  std::unique_ptr<http::Client> client = server.client();
};

TEST_F(HandlersTest, remote_write_stores_and_answers_204) {
  const Answer answer = ask("POST", "/api/v1/write", snappy_compress(one_sample("x", 1.5, 5000)),
                            {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(stored(), Lines{"x 1.5@5000"});
}

TEST_F(HandlersTest, remote_write_2_tells_what_was_written) {
  MetricBatch batch;
  const auto labels = batch.own(std::string(Labels({{"__name__", "x"}}).encoded()));
  batch.samples = {{labels, 1000, 1}, {labels, 2000, 2}};
  const http::Headers headers = {
      {"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
      {"Content-Encoding", "snappy"}};
  const Answer answer =
      ask("POST", "/api/v1/write", snappy_compress(encode_write_request_v2(batch)), headers);
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.get("X-Prometheus-Remote-Write-Samples-Written"), "2");
  EXPECT_EQ(answer.headers.get("X-Prometheus-Remote-Write-Histograms-Written"), "0");
  EXPECT_EQ(answer.headers.get("X-Prometheus-Remote-Write-Exemplars-Written"), "0");
}

TEST_F(HandlersTest, remote_write_refuses_what_it_cannot_read) {
  const std::string body = snappy_compress(one_sample("x", 1, 1));
  EXPECT_EQ(ask("POST", "/api/v1/write", body, {{"Content-Type", "application/json"}}).status, 415);
  EXPECT_EQ(ask("POST", "/api/v1/write", body, {{"Content-Type", "application/x-protobuf;proto=a.B"}}).status,
            415);
  EXPECT_EQ(ask("POST", "/api/v1/write", body,
                {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "br"}})
                .status,
            415);
  EXPECT_EQ(ask("POST", "/api/v1/write", "not snappy", {{"Content-Type", "application/x-protobuf"}}).status,
            400);
  EXPECT_EQ(ask("POST", "/api/v1/write", snappy_compress("\x0a\x7fxx"),
                {{"Content-Type", "application/x-protobuf"}})
                .status,
            400);
  EXPECT_EQ(ask("GET", "/api/v1/write").status, 405);
  EXPECT_TRUE(stored().empty());
}

TEST_F(HandlersTest, remote_write_beyond_the_budget_is_429_with_a_time_to_wait) {
  const auto blocking = pipeline.admit(1 << 20);
  ASSERT_TRUE(blocking);
  const Answer answer = ask("POST", "/api/v1/write", snappy_compress(one_sample("x", 1, 1)),
                            {{"Content-Type", "application/x-protobuf"}});
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.get("Retry-After"), "3");
}

TEST_F(HandlersTest, import_takes_text_with_extra_labels_compressed_or_not) {
  EXPECT_EQ(
      ask("POST", "/api/v1/import/prometheus?extra_label=a%3Db&timestamp=7000", "x{a=\"own\"} 1\ny 2 8000\n")
          .status,
      204);
  EXPECT_EQ(
      ask("POST", "/api/v1/import/prometheus", gzip_compress("z 3 9000\n"), {{"Content-Encoding", "gzip"}})
          .status,
      204);
  EXPECT_EQ(ask("PUT", "/api/v1/import/prometheus/metrics/job/batch/instance/i", "w 4 9000\n").status, 204);
  EXPECT_EQ(stored(), (Lines{"w{instance=\"i\", job=\"batch\"} 4@9000", "x{a=\"b\"} 1@7000",
                             "y{a=\"b\"} 2@8000", "z 3@9000"}));
}

TEST_F(HandlersTest, import_names_a_damaged_line_and_takes_the_others) {
  const Answer answer = ask("POST", "/api/v1/import/prometheus", "x 1 1000\n???\ny 2 1000\n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "1 of 3 not taken: line 2, column 1: expected a metric name\n");
  EXPECT_EQ(stored(), (Lines{"x 1@1000", "y 2@1000"}));
  EXPECT_EQ(ask("POST", "/api/v1/import/prometheus?extra_label=x", "x 1\n").status, 400);
}

TEST_F(HandlersTest, federation_gives_the_newest_sample_with_external_labels) {
  const Millis now = clock.wall().since_epoch / 1ms;
  store.add(Labels({{"__name__", "x"}, {"l", "a\"b"}}), now - 60'000, 1);
  store.add(Labels({{"__name__", "x"}, {"l", "a\"b"}}), now - 30'000, 2.5);
  store.add(Labels({{"__name__", "x"}, {"l", "stale"}}), now - 30'000, stale_nan());
  store.add(Labels({{"__name__", "x"}, {"l", "old"}}), now - 900'000, 1);
  store.add(Labels({{"__name__", "a"}, {"instance", "i"}}), now - 1000, 3);
  const Answer answer = ask("GET", "/federate?match[]=x&match[]=a");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            fmt::format("# TYPE a untyped\na{{instance=\"i\",cluster=\"c\"}} 3 {}\n# TYPE x untyped\n"
                        "x{{l=\"a\\\"b\",cluster=\"c\",instance=\"\"}} 2.5 {}\n",
                        now - 1000, now - 30'000));
  EXPECT_EQ(ask("GET", "/federate?match[]=%7Bx%3D1").status, 400);
}

TEST_F(HandlersTest, federation_gives_custom_buckets_as_classic_ones) {
  NativeHistogram histogram;
  histogram.schema = NativeHistogram::custom_schema;
  histogram.count = 7;
  histogram.sum = 1e6;
  histogram.custom_bounds = {0.5, 1, 2e6};
  histogram.positive_spans = {{0, 1}, {1, 2}};
  histogram.positive_buckets = {3, 2.5, 1.5};
  const Millis now = clock.wall().since_epoch / 1ms;
  store.add(Labels({{"__name__", "h"}, {"l", "v"}}), now, std::make_shared<NativeHistogram>(histogram));
  store.add(Labels({{"__name__", "h"}, {"m", "v"}}), now, 1);
  histogram = {};
  store.add(Labels({{"__name__", "h"}, {"n", "v"}}), now, std::make_shared<NativeHistogram>(histogram));
  std::string expected = "# TYPE h histogram\n";
  const auto line = [&](std::string_view text) { expected += fmt::format("{} {}\n", text, now); };
  line(R"(h_bucket{l="v",cluster="c",instance="",le="0.5"} 3)");
  line(R"(h_bucket{l="v",cluster="c",instance="",le="1"} 3)");
  line(R"(h_bucket{l="v",cluster="c",instance="",le="2e+06"} 5.5)");
  line(R"(h_bucket{l="v",cluster="c",instance="",le="+Inf"} 7)");
  line(R"(h_sum{l="v",cluster="c",instance=""} 1e+06)");
  line(R"(h_count{l="v",cluster="c",instance=""} 7)");
  expected += "# TYPE h untyped\n";
  line(R"(h{m="v",cluster="c",instance=""} 1)");
  EXPECT_EQ(ask("GET", "/federate?match[]=h").body, expected);
}

TEST_F(HandlersTest, federation_gives_native_histograms_to_those_that_prefer_protobuf) {
  const Millis now = clock.wall().since_epoch / 1ms;
  NativeHistogram native;
  native.schema = 3;
  native.count = 6.5;
  native.sum = -2;
  native.zero_threshold = 0.001;
  native.zero_count = 1;
  native.positive_spans = {{-2, 1}, {1, 1}};
  native.positive_buckets = {3, 0.5};
  native.negative_spans = {{4, 1}};
  native.negative_buckets = {2};
  NativeHistogram gauge;
  gauge.reset_hint = NativeHistogram::ResetHint::gauge;
  NativeHistogram custom;
  custom.schema = NativeHistogram::custom_schema;
  custom.count = 3;
  custom.sum = 4;
  custom.custom_bounds = {1, 2};
  custom.positive_spans = {{1, 2}};
  custom.positive_buckets = {2, 1};
  store.add(Labels({{"__name__", "c"}}), now, std::make_shared<NativeHistogram>(custom));
  store.add(Labels({{"__name__", "g"}}), now, std::make_shared<NativeHistogram>(gauge));
  store.add(Labels({{"__name__", "n"}}), now, std::make_shared<NativeHistogram>(native));
  store.add(Labels({{"__name__", "u"}, {"l", "v"}}), now - 5, 1.5);
  constexpr std::string_view protobuf =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  const auto with = [&](std::string_view quality) {
    return ask("GET", "/federate?match[]=c&match[]=g&match[]=n&match[]=u", {},
               {{"Accept", fmt::format("text/plain;version=0.0.4;q=0.5, {}{}", protobuf, quality)}});
  };
  EXPECT_TRUE(with(";q=0.3").headers.get("Content-Type").starts_with("text/plain"));
  const Answer answer = with(";q=0.6");
  EXPECT_TRUE(answer.headers.get("Content-Type").starts_with("application/vnd.google.protobuf"));
  const auto reader = make_protobuf_reader(answer.body);
  Lines floats;
  std::vector<NativeHistogram> histograms;
  ExpositionItem item;
  while (*reader->next(item)) {
    if (item.kind == ExpositionItem::Kind::metadata) continue;
    const std::string series = reader->labels()->to_string();
    EXPECT_EQ(item.time, now - (series.starts_with("u") ? 5 : 0));
    if (item.kind == ExpositionItem::Kind::histogram) {
      histograms.push_back(*item.histogram);
    } else {
      floats.push_back(fmt::format("{} {}", series, item.value));
    }
  }
  EXPECT_EQ(floats, (Lines{R"(c_bucket{cluster="c", le="1.0"} 0)", R"(c_bucket{cluster="c", le="2.0"} 2)",
                           R"(c_bucket{cluster="c", le="+Inf"} 3)", R"(c_sum{cluster="c"} 4)",
                           R"(c_count{cluster="c"} 3)", R"(u{cluster="c", l="v"} 1.5)"}));
  ASSERT_EQ(histograms.size(), 2u);
  EXPECT_EQ(histograms[0].reset_hint, NativeHistogram::ResetHint::gauge);
  EXPECT_EQ(histograms[0].count, 0);
  EXPECT_EQ(histograms[1], native);
}

TEST_F(HandlersTest, remote_read_gives_samples_as_a_write_request_would) {
  store.add(Labels({{"__name__", "x"}, {"l", "1"}}), 1000, 1);
  store.add(Labels({{"__name__", "x"}, {"l", "1"}}), 2000, 2);
  store.add(Labels({{"__name__", "y"}}), 1000, 9);
  ReadQuery query;
  query.from = 0;
  query.to = 1500;
  query.matchers = {Matcher::equal("__name__", "x"), Matcher::equal("cluster", "c")};
  const Answer answer = ask("POST", "/api/v1/read", snappy_compress(encode_read_request({{query}, {}})));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("Content-Encoding"), "snappy");
  const auto message = snappy_decompress(answer.body, 1 << 20);
  ASSERT_TRUE(message);
  WireCursor in(*message);
  std::uint64_t field = 0;
  std::string_view result;
  ASSERT_TRUE(in.varint(field) && in.bytes(result));
  Rejections rejections;
  const auto batch = decode_write_request(std::string(result), rejections);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->samples.size(), 1u);
  EXPECT_EQ(LabelsView(batch->samples[0].labels).to_string(), "x{cluster=\"c\", l=\"1\"}");
  EXPECT_EQ(batch->samples[0].time, 1000);
  EXPECT_EQ(ask("POST", "/api/v1/read", "junk").status, 400);
}

TEST_F(HandlersTest, targets_are_shown_as_prometheus_shows_them) {
  const auto config = parse_config(R"(
scrape_configs:
- job_name: j
  scrape_interval: 1h
  static_configs: [{targets: ['a:1', 'drop:1'], labels: {x: y}}]
  relabel_configs: [{action: drop, source_labels: [__address__], regex: 'drop.*'}]
)",
                                   "");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_TRUE(manager.apply(config->scrape_configs));
  const Answer answer = ask("GET", "/api/v1/targets");
  const auto document = model::parse_json(answer.body);
  ASSERT_TRUE(document) << answer.body;
  const model::Array& active = document->at("data", "activeTargets")->as_array();
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active[0].text_at("labels", "instance"), "a:1");
  EXPECT_EQ(active[0].text_at("labels", "x"), "y");
  EXPECT_EQ(active[0].text_at("discoveredLabels", "__address__"), "a:1");
  EXPECT_EQ(active[0].text_at("scrapeUrl"), "http://a:1/metrics");
  EXPECT_EQ(active[0].text_at("health"), "unknown");
  EXPECT_EQ(active[0].text_at("lastScrape"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(active[0].text_at("scrapeInterval"), "1h");
  EXPECT_EQ(document->at("data", "droppedTargets")->as_array().size(), 1u);
  EXPECT_EQ(document->at("data", "droppedTargetCounts", "j")->as_int(), 1);
  EXPECT_EQ(ask("GET", "/api/v1/scrape_pools").body, R"({"status":"success","data":{"scrapePools":["j"]}})");
  EXPECT_EQ(ask("GET", "/api/v1/targets/metadata").body, R"({"status":"success","data":[]})");
  EXPECT_EQ(ask("GET", "/api/v1/targets/metadata?limit=x").status, 400);
}

TEST(TimeParameters, are_seconds_or_rfc_3339) {
  EXPECT_EQ(parse_time_parameter("start", "1.5"), 1500);
  EXPECT_EQ(parse_time_parameter("start", "1970-01-01T00:00:02Z"), 2000);
  EXPECT_FALSE(parse_time_parameter("start", "NaN"));
  EXPECT_FALSE(parse_time_parameter("start", "x"));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
