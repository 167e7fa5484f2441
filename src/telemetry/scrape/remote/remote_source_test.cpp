// Remote read from both ends: what one store answers another understands, in both forms.
#include "telemetry/scrape/remote/remote_source.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/loop_thread.h"
#include "telemetry/core/compression.h"
#include "telemetry/metrics/testing/memory_store.h"

namespace aloft::telemetry::scrape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

HistogramPtr histogram(double count) {
  NativeHistogram h;
  h.count = count;
  h.positive_spans = {{.offset = 0, .length = 1}};
  h.positive_buckets = {count};
  return std::make_shared<const NativeHistogram>(std::move(h));
}

// A server whose answers come from a store.
class ReadServer final : public Fetcher {
 public:
  ReadServer(const metrics::Queryable& store, Labels external, bool chunks)
      : store_(store), external_(std::move(external)), chunks_(chunks) {}
  io::Task<Result<FetchedPage>> fetch(FetchRequest request) override {
    FetchedPage page;
    page.status = status;
    const auto message = snappy_decompress(request.body, 1 << 20);
    const auto asked = decode_read_request(*message);
    if (chunks_) {
      page.headers.add("Content-Type",
                       "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
      page.body = *answer_in_chunks(store_, asked->queries, external_, {});
    } else {
      page.headers.add("Content-Type", "application/x-protobuf");
      page.body = snappy_compress(*answer_read_request(store_, asked->queries, external_, {}));
    }
    co_return page;
  }
  int status = 200;

 private:
  const metrics::Queryable& store_;
  Labels external_;
  bool chunks_;
};

class RemoteSourceTest : public ::testing::TestWithParam<bool> {
 protected:
  void connect(RemoteReadConfig config) {
    config.url = "http://other/api/v1/read";
    auto server = std::make_unique<ReadServer>(far, Labels{{"site", "b"}}, GetParam());
    server_ = server.get();
    on_loop([&] {
      auto made = RemoteSource::make(thread.loop(), std::move(config), external, std::move(server), metrics_);
      ASSERT_TRUE(made) << made.error().message();
      source = std::move(*made);
    });
    merged.add(*source);
  }
  void TearDown() override {
    on_loop([this] { source.reset(); });
  }
  // What lives on the loop is touched there.
  void on_loop(std::move_only_function<void()> work) {
    std::promise<void> done;
    thread.loop().post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  // Series with their samples, a line each.
  std::vector<std::string> ask(Millis from, Millis to, std::vector<Matcher> matchers) {
    const auto selection = merged.select(from, to, matchers, {});
    EXPECT_TRUE(selection) << selection.error().message();
    warnings = (*selection)->warnings();
    std::vector<std::string> out;
    metrics::Column column;
    for (std::size_t i = 0; i < (*selection)->size(); ++i) {
      EXPECT_TRUE((*selection)->read(i, from, to, column));
      std::string line = (*selection)->labels(i).to_string();
      for (std::size_t k = 0; k < column.size(); ++k) {
        const bool whole = !column.histograms.empty() && column.histograms[k] != nullptr;
        line +=
            fmt::format(" {}:{}", column.times[k], whole ? column.histograms[k]->count : column.values[k]);
      }
      out.push_back(std::move(line));
    }
    return out;
  }

  metrics::MemoryStore near, far;
  Labels external;
  aloft::Metrics metrics_;
  io::LoopThread thread{"remote"};
  Millis local_start = INT64_MAX;
  MergedSource merged{near, [this] { return local_start; }};
  std::unique_ptr<RemoteSource> source;
  ReadServer* server_ = nullptr;
  std::vector<std::string> warnings;
};

TEST_P(RemoteSourceTest, series_of_both_become_one_and_ours_counts) {
  const Labels a{{"__name__", "x"}, {"i", "a"}};
  near.add(a, 3000, 3);
  near.add(Labels{{"__name__", "x"}, {"i", "c"}}, 3000, 9);
  far.add(a, 1000, 1);
  far.add(a, 3000, 77);
  far.add(Labels{{"__name__", "x"}, {"i", "b"}}, 1000, 5);
  far.add(Labels{{"__name__", "h"}}, 1000, histogram(4));
  external = Labels{{"site", "b"}};
  connect({});
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}),
              ElementsAre("x{i=\"a\"} 1000:1 3000:3", "x{i=\"b\"} 1000:5", "x{i=\"c\"} 3000:9"));
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "h")}), ElementsAre("h 1000:4"));
}

TEST_P(RemoteSourceTest, external_labels_are_kept_where_they_are_not_filtered) {
  far.add(Labels{{"__name__", "x"}}, 1000, 1);
  external = Labels{{"site", "b"}};
  RemoteReadConfig config;
  config.filter_external_labels = false;
  connect(config);
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}), ElementsAre("x{site=\"b\"} 1000:1"));
}

TEST_P(RemoteSourceTest, what_we_have_ourselves_is_not_asked_for) {
  far.add(Labels{{"__name__", "x"}}, 1000, 1);
  far.add(Labels{{"__name__", "x"}}, 2500, 2);
  local_start = 2000;
  connect({});
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}), ElementsAre("x{site=\"b\"} 1000:1"));
  EXPECT_THAT(ask(2000, 5000, {Matcher::equal("__name__", "x")}), ElementsAre());
}

TEST_P(RemoteSourceTest, without_a_required_matcher_nobody_is_asked) {
  far.add(Labels{{"__name__", "x"}, {"job", "j"}}, 1000, 1);
  RemoteReadConfig config;
  config.required_matchers = {{"job", "j"}};
  connect(config);
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}), ElementsAre());
  EXPECT_EQ(ask(0, 5000, {Matcher::equal("__name__", "x"), Matcher::equal("job", "j")}).size(), 1u);
}

TEST_P(RemoteSourceTest, a_server_that_fails_is_a_warning) {
  near.add(Labels{{"__name__", "x"}}, 3000, 3);
  connect({});
  server_->status = 503;
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}), ElementsAre("x 3000:3"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("remote read from other: HTTP status 503")));
  on_loop([this] { source->close(); });
  EXPECT_THAT(ask(0, 5000, {Matcher::equal("__name__", "x")}), ElementsAre("x 3000:3"));
  EXPECT_EQ(warnings.size(), 1u) << "nobody is asked any more";
}

INSTANTIATE_TEST_SUITE_P(Forms, RemoteSourceTest, ::testing::Values(false, true));

TEST(ReadAnswer, damaged_frames_are_told) {
  metrics::MemoryStore store;
  store.add(Labels{{"__name__", "x"}}, 1000, 1);
  ReadQuery query;
  query.to = 5000;
  std::string body = *answer_in_chunks(store, {query}, Labels(), {});
  constexpr std::string_view type = "application/x-streamed-protobuf";
  ASSERT_TRUE(decode_read_answer(body, type));
  EXPECT_THAT(decode_read_answer(body.substr(0, body.size() - 1), type).error().message(),
              HasSubstr("ends early"));
  body.back() = static_cast<char>(body.back() ^ 1);
  EXPECT_THAT(decode_read_answer(body, type).error().message(), HasSubstr("checksum"));
  EXPECT_FALSE(decode_read_answer("junk", "application/x-protobuf"));
}

}  // namespace
}  // namespace aloft::telemetry::scrape
