// What sampling keeps, when it decides, and what a restart or a full disk does to what waits.
#include "telemetry/traces/derive/sampling.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "io/file.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using Kind = SamplingPolicy::Kind;
using testing::batch_of;
using testing::make_span;
using testing::one_span;

SamplingPolicy policy_of(Kind kind) {
  SamplingPolicy policy;
  policy.kind = kind;
  return policy;
}

// Takes everything over, unless it is told to refuse.
class KeptSpans final : public Exporter<SpanBatch> {
 public:
  std::string_view name() const override { return "kept"; }
  Result<WriteReport> write(const SpanBatch& batch) override {
    if (full) return fail(Code::unavailable, "no space left");
    WriteReport report;
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          spans.insert({span.trace_id, span.span_id});
          traces.insert(span.trace_id);
          ++report.accepted;
        }
      }
    }
    return report;
  }
  bool full = false;
  std::set<std::pair<TraceId, SpanId>> spans;
  std::set<TraceId> traces;
};

class SamplingTest : public ::testing::Test {
 protected:
  SamplingTest() {
    std::string form = (std::filesystem::temp_directory_path() / "aloft-sampling-XXXXXX").string();
    folder_ = ::mkdtemp(form.data());
  }
  ~SamplingTest() override { std::filesystem::remove_all(folder_); }

  void open(TailSamplingSettings settings) {
    sampling_.reset();
    SamplingSettings both;
    both.tail = std::move(settings);
    auto made = SpanSampling::open(kept_, std::move(both), folder_ + "/undecided", clock_, metrics_);
    ASSERT_TRUE(made) << made.error().to_string();
    sampling_ = std::move(*made);
  }
  std::unique_ptr<TailSampler> tail(TailSamplingSettings settings) {
    auto made = TailSampler::open(kept_, std::move(settings), clock_, metrics_);
    EXPECT_TRUE(made);
    return std::move(*made);
  }
  static TailSamplingSettings settings_with(std::vector<SamplingPolicy> policies) {
    TailSamplingSettings settings;
    settings.policies = std::move(policies);
    return settings;
  }
  bool keeps(const SamplingPolicy& policy, const SpanBatch& trace) {
    SamplingJudge judge({policy});
    return keeps(judge, trace);
  }
  static bool keeps(SamplingJudge& judge, const SpanBatch& trace) {
    const auto places = places_of(std::make_shared<SpanBatch>(trace));
    return judge.keeps(places.front().span().trace_id, places, testing::base_time_ns);
  }

  std::string folder_;
  KeptSpans kept_;
  testing::TestClock clock_;
  Metrics metrics_;
  std::unique_ptr<SpanSampling> sampling_;
};

TEST_F(SamplingTest, a_head_keeps_its_share_of_whole_traces) {
  HeadSamplingSettings settings;
  settings.probability = 0.25;
  settings.by_service["loud"] = 0;
  HeadSampler sampler(settings, clock_, metrics_);
  std::vector<Span> spans;
  for (std::uint64_t trace = 1; trace <= 4000; ++trace) {
    for (std::uint64_t i = 0; i < 2; ++i) spans.push_back(make_span(trace, i + 1, "x"));
  }
  const SpanBatch sampled = sampler.sample(batch_of(spans));
  std::map<TraceId, int> kept;
  for (const Span& span : sampled.resources[0].scopes[0].spans) ++kept[span.trace_id];
  EXPECT_NEAR(static_cast<double>(kept.size()), 1000, 120);
  for (const auto& [trace, count] : kept) EXPECT_EQ(count, 2);
  EXPECT_EQ(sampler.sample(batch_of(spans, "loud")).span_count(), 0U);
}

TEST_F(SamplingTest, a_head_takes_so_many_new_traces_a_second_and_all_of_their_spans) {
  HeadSamplingSettings settings;
  settings.traces_per_second = 10;
  HeadSampler sampler(settings, clock_, metrics_);
  const auto offer = [&](std::uint64_t span) {
    std::vector<Span> spans;
    for (std::uint64_t trace = 1; trace <= 30; ++trace) spans.push_back(make_span(trace, span, "x"));
    return sampler.sample(batch_of(spans)).span_count();
  };
  EXPECT_EQ(offer(1), 10U);
  EXPECT_EQ(offer(2), 10U);
  clock_.now = clock_.now + 1s;
  // Those that were left out stay out; new ones have room again.
  EXPECT_EQ(offer(3), 10U);
  EXPECT_EQ(sampler.sample(one_span(make_span(31, 1, "x"))).span_count(), 1U);
}

TEST_F(SamplingTest, policies_look_at_latency_status_and_attributes) {
  SamplingPolicy slow = policy_of(Kind::latency);
  slow.least = 5ms;
  EXPECT_TRUE(keeps(slow, one_span(make_span(1, 5, "x"))));
  EXPECT_FALSE(keeps(slow, one_span(make_span(1, 4, "x"))));
  slow.most = 6ms;
  EXPECT_FALSE(keeps(slow, one_span(make_span(1, 7, "x"))));

  SamplingPolicy failed = policy_of(Kind::status);
  failed.statuses = {SpanStatus::error};
  Span span = make_span(1, 1, "x");
  EXPECT_FALSE(keeps(failed, one_span(span)));
  span.status = SpanStatus::error;
  EXPECT_TRUE(keeps(failed, one_span(span)));

  SamplingPolicy text = policy_of(Kind::text);
  text.key = "service.name";
  text.values = {"shop"};
  EXPECT_TRUE(keeps(text, one_span(span)));
  EXPECT_FALSE(keeps(text, one_span(span, "other")));
  text.inverted = true;
  EXPECT_TRUE(keeps(text, one_span(span, "other")));
  text.inverted = false;
  text.values.clear();
  text.patterns.push_back(*Regex::compile("^sh", Regex::Anchor::none));
  EXPECT_TRUE(keeps(text, one_span(span)));

  SamplingPolicy number = policy_of(Kind::number);
  number.key = "size";
  number.least_number = 10;
  EXPECT_FALSE(keeps(number, one_span(span)));
  span.attributes.push_back({"size", AttributeValue(std::int64_t{10})});
  EXPECT_TRUE(keeps(number, one_span(span)));
  number.least_number = 11;
  EXPECT_FALSE(keeps(number, one_span(span)));

  SamplingPolicy state = policy_of(Kind::trace_state);
  state.key = "vendor";
  state.values = {"yes"};
  span.trace_state = "a=1, vendor=no";
  EXPECT_FALSE(keeps(state, one_span(span)));
  span.trace_state = "a=1, vendor=yes";
  EXPECT_TRUE(keeps(state, one_span(span)));
}

TEST_F(SamplingTest, policies_are_joined_turned_round_and_overruled) {
  SamplingPolicy slow = policy_of(Kind::latency);
  slow.least = 5ms;
  SamplingPolicy shop = policy_of(Kind::text);
  shop.key = "service.name";
  shop.values = {"shop"};
  SamplingPolicy both = policy_of(Kind::all);
  both.parts = {slow, shop};
  EXPECT_TRUE(keeps(both, one_span(make_span(1, 6, "x"))));
  EXPECT_FALSE(keeps(both, one_span(make_span(1, 1, "x"))));
  SamplingPolicy other = policy_of(Kind::inverse);
  other.parts = {shop};
  EXPECT_FALSE(keeps(other, one_span(make_span(1, 1, "x"))));
  EXPECT_TRUE(keeps(other, one_span(make_span(1, 1, "x"), "cart")));
  SamplingPolicy drop = both;
  drop.kind = Kind::drop;
  SamplingJudge judge({policy_of(Kind::always), drop});
  EXPECT_FALSE(keeps(judge, one_span(make_span(1, 6, "x"))));
  EXPECT_TRUE(keeps(judge, one_span(make_span(1, 1, "x"))));
}

TEST_F(SamplingTest, a_rate_limit_of_each_policy_lets_so_many_spans_through) {
  SamplingPolicy limit = policy_of(Kind::rate_limit);
  limit.spans_per_second = 10;
  const auto sampler = tail(settings_with({limit}));
  for (std::uint64_t trace = 1; trace <= 30; ++trace)
    ASSERT_TRUE(sampler->write(one_span(make_span(trace, 1, "x"))));
  sampler->decide_all();
  EXPECT_EQ(kept_.spans.size(), 10U);
}

TEST_F(SamplingTest, a_tail_decides_about_whole_traces_and_late_spans_follow) {
  SamplingPolicy failed = policy_of(Kind::status);
  failed.statuses = {SpanStatus::error};
  TailSamplingSettings settings = settings_with({failed});
  settings.decision_wait = 5s;
  const auto sampler = tail(settings);
  Span bad = make_span(1, 2, "late", 1);
  bad.status = SpanStatus::error;
  ASSERT_TRUE(sampler->write(one_span(make_span(1, 1, "first"))));
  ASSERT_TRUE(sampler->write(one_span(make_span(2, 3, "fine"))));
  clock_.now = clock_.now + 4s;
  sampler->decide_due();
  EXPECT_EQ(kept_.spans.size(), 0U);
  ASSERT_TRUE(sampler->write(one_span(bad)));
  clock_.now = clock_.now + 1s;
  sampler->decide_due();
  EXPECT_EQ(kept_.spans.size(), 2U);
  EXPECT_EQ(sampler->waiting(), 0U);
  ASSERT_TRUE(sampler->write(one_span(make_span(1, 9, "straggler"))));
  ASSERT_TRUE(sampler->write(one_span(make_span(2, 9, "straggler"))));
  EXPECT_EQ(kept_.spans.size(), 3U);
  EXPECT_EQ(kept_.traces.size(), 1U);
}

TEST_F(SamplingTest, a_root_span_may_end_the_wait) {
  TailSamplingSettings settings = settings_with({policy_of(Kind::always)});
  settings.wait_after_root = 1s;
  const auto sampler = tail(settings);
  ASSERT_TRUE(sampler->write(one_span(make_span(1, 2, "child", 1))));
  ASSERT_TRUE(sampler->write(one_span(make_span(2, 2, "child", 1))));
  ASSERT_TRUE(sampler->write(one_span(make_span(1, 1, "root"))));
  clock_.now = clock_.now + 1s;
  sampler->decide_due();
  EXPECT_EQ(kept_.spans.size(), 2U);
  EXPECT_EQ(sampler->waiting(), 1U);
}

TEST_F(SamplingTest, what_waits_is_bounded) {
  TailSamplingSettings settings = settings_with({policy_of(Kind::always)});
  settings.traces = 10;
  const auto sampler = tail(settings);
  for (std::uint64_t trace = 1; trace <= 100; ++trace) {
    ASSERT_TRUE(sampler->write(one_span(make_span(trace, 1, "x"))));
    EXPECT_LE(sampler->waiting(), 10U);
  }
  EXPECT_EQ(kept_.spans.size(), 90U);
}

TEST_F(SamplingTest, spans_without_ids_are_rejected_by_name) {
  const auto sampler = tail(settings_with({policy_of(Kind::always)}));
  Span nameless = make_span(1, 1, "x");
  nameless.span_id = {};
  const auto report = sampler->write(one_span(nameless));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rejected, 1U);
  EXPECT_EQ(sampler->waiting(), 0U);
}

TEST_F(SamplingTest, undecided_spans_and_decisions_outlive_the_process) {
  SamplingPolicy slow = policy_of(Kind::latency);
  slow.least = 5ms;
  const TailSamplingSettings settings = settings_with({slow});
  open(settings);
  ASSERT_TRUE(sampling_->write(one_span(make_span(1, 9, "slow"))));
  ASSERT_TRUE(sampling_->write(one_span(make_span(2, 1, "fast"))));
  clock_.now = clock_.now + 29s;
  ASSERT_TRUE(sampling_->write(one_span(make_span(3, 9, "later"))));
  clock_.now = clock_.now + 1s;
  sampling_->decide_due();
  EXPECT_EQ(kept_.traces, (std::set<TraceId>{testing::trace_id(1)}));
  // As after kill -9: what waited waits again, and what was decided stays so.
  open(settings);
  ASSERT_TRUE(sampling_->write(one_span(make_span(2, 99, "would be slow"))));
  ASSERT_TRUE(sampling_->write(one_span(make_span(1, 3, "straggler"))));
  EXPECT_EQ(kept_.spans.size(), 2U);
  clock_.now = clock_.now + 30s;
  sampling_->decide_due();
  EXPECT_EQ(kept_.traces, (std::set<TraceId>{testing::trace_id(1), testing::trace_id(3)}));
}

TEST_F(SamplingTest, what_waited_is_kept_when_sampling_is_turned_off) {
  open(settings_with({policy_of(Kind::always)}));
  ASSERT_TRUE(sampling_->write(one_span(make_span(1, 9, "x"))));
  sampling_.reset();
  auto plain = SpanSampling::open(kept_, {}, folder_ + "/undecided", clock_, metrics_);
  ASSERT_TRUE(plain) << plain.error().to_string();
  EXPECT_EQ(kept_.spans.size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/undecided"));
}

TEST_F(SamplingTest, the_log_shrinks_when_nothing_waits) {
  open(settings_with({policy_of(Kind::always)}));
  std::uintmax_t most = 0;
  const auto size = [&] {
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/undecided"))
      bytes += entry.file_size();
    return bytes;
  };
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::vector<Span> spans;
    for (std::uint64_t i = 0; i < 200; ++i) spans.push_back(make_span(1000 * round + i + 1, i + 1, "x"));
    ASSERT_TRUE(sampling_->write(batch_of(spans)));
    clock_.now = clock_.now + 10s;
    sampling_->decide_due();
    most = std::max(most, size());
  }
  clock_.now = clock_.now + 60s;
  sampling_->decide_due();
  EXPECT_LT(size(), most);
  EXPECT_EQ(kept_.spans.size(), 20U * 200U);
}

TEST_F(SamplingTest, kept_traces_wait_for_a_store_that_is_full) {
  TailSamplingSettings settings = settings_with({policy_of(Kind::always)});
  settings.bytes = 4000;
  open(settings);
  kept_.full = true;
  std::uint64_t taken = 0;
  for (std::uint64_t trace = 1; trace <= 100; ++trace) {
    const auto report = sampling_->write(one_span(make_span(trace, 1, "x")));
    if (!report) {
      EXPECT_EQ(report.error().code(), Code::unavailable);
      break;
    }
    ++taken;
  }
  EXPECT_LT(taken, 50U);
  kept_.full = false;
  clock_.now = clock_.now + 60s;
  sampling_->decide_due();
  EXPECT_EQ(kept_.spans.size(), taken);
}

TEST_F(SamplingTest, nothing_acknowledged_is_lost_over_any_number_of_restarts) {
  EXPECT_TRUE(rc::check([&] {
    kept_ = KeptSpans();
    std::filesystem::remove_all(folder_ + "/undecided");
    TailSamplingSettings settings = settings_with({policy_of(Kind::always)});
    settings.traces = 5;
    settings.decision_wait = 8s;
    open(settings);
    std::set<std::pair<TraceId, SpanId>> sent;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
    std::uint64_t number = 0;
    for (const int step : steps) {
      if (step == 0) {
        open(settings);
      } else if (step == 1) {
        clock_.now = clock_.now + 3s;
        sampling_->decide_due();
      } else {
        ++number;
        const Span span = make_span(static_cast<std::uint64_t>(step) + number / 10, number, "x");
        kept_.full = number % 5 == 0;
        if (sampling_->write(one_span(span))) sent.insert({span.trace_id, span.span_id});
        kept_.full = false;
      }
    }
    clock_.now = clock_.now + 60s;
    sampling_->decide_due();
    RC_ASSERT(std::includes(kept_.spans.begin(), kept_.spans.end(), sent.begin(), sent.end()));
  }));
}

TEST(SamplingConfig, is_read_as_the_collector_has_it) {
  const auto settings = parse_sampling(R"(
head_sampling:
  sampling_percentage: 50
  services: {probe: 1, checkout: 100}
  traces_per_second: 200
tail_sampling:
  decision_wait: 10s
  num_traces: 100
  expected_new_traces_per_sec: 10
  decision_cache: {sampled_cache_size: 100000, non_sampled_cache_size: 100000}
  policies:
  - {name: slow, type: latency, latency: {threshold_ms: 5000, upper_threshold_ms: 10000}}
  - {name: bad, type: status_code, status_code: {status_codes: [ERROR, UNSET]}}
  - {name: large, type: numeric_attribute, numeric_attribute: {key: key1, min_value: 50, max_value: 100}}
  - name: s
    type: string_attribute
    string_attribute: {key: k, values: [a, b.*], enabled_regex_matching: true}
  - {name: p, type: probabilistic, probabilistic: {sampling_percentage: 10}}
  - {name: r, type: rate_limiting, rate_limiting: {spans_per_second: 35}}
  - name: both
    type: and
    and:
      and_sub_policy:
      - {name: x, type: boolean_attribute, boolean_attribute: {key: key4, value: true}}
      - {name: other, type: not, not: {not_sub_policy: {type: always_sample}}}
  - {name: short, type: drop, drop: {drop_sub_policy: [{type: span_count, span_count: {min_spans: 2}}]}}
)");
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->head.probability, 0.5);
  EXPECT_EQ(settings->head.by_service.at("probe"), 0.01);
  EXPECT_EQ(settings->head.traces_per_second, 200);
  ASSERT_TRUE(settings->tail);
  EXPECT_EQ(settings->tail->decision_wait, 10s);
  EXPECT_EQ(settings->tail->traces, 100U);
  ASSERT_EQ(settings->tail->policies.size(), 8U);
  EXPECT_EQ(settings->tail->policies[0].most, 10s);
  EXPECT_EQ(settings->tail->policies[3].patterns.size(), 2U);
  EXPECT_EQ(settings->tail->policies[6].parts[1].kind, Kind::inverse);
  EXPECT_EQ(settings->tail->policies[7].kind, Kind::drop);
}

TEST(SamplingConfig, mistakes_name_the_field_and_the_value) {
  const auto message = [](std::string_view yaml) {
    const auto settings = parse_sampling(yaml);
    return settings ? std::string() : settings.error().message();
  };
  EXPECT_EQ(message("head_sampling: {sampling_percentage: 101}"),
            "head_sampling.sampling_percentage: 101 is no number from 0 to 100");
  EXPECT_EQ(message("head_sampling: {sampling_percentag: 1}"),
            "head_sampling.sampling_percentag: no such field");
  EXPECT_EQ(message("tail_sampling: {}"), "tail_sampling.policies: a list of policies is expected");
  EXPECT_EQ(message("tail_sampling: {policies: [{type: magic}]}"),
            "tail_sampling.policies[0].type: \"magic\" is no kind of policy that is known here");
  EXPECT_EQ(message("tail_sampling: {policies: [{type: status_code, status_code: {status_codes: [BAD]}}]}"),
            "tail_sampling.policies[0].status_code.status_codes: \"BAD\" is none of OK, ERROR, UNSET");
  EXPECT_EQ(message("tail_sampling: {decision_wait: soon, policies: [{type: always_sample}]}"),
            "tail_sampling.decision_wait: \"soon\" is no duration");
  EXPECT_EQ(message("tail_sampling: 7"), "tail_sampling: a mapping is expected");
  EXPECT_EQ(message("sampling: {}"), "sampling: no such field");
  EXPECT_FALSE(message("[").empty());
  EXPECT_EQ(message(""), "");
}

}  // namespace
}  // namespace aloft::telemetry::traces
