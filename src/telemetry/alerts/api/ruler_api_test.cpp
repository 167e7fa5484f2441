// Rules over logs, put in and asked for as Loki's clients do.
#include "telemetry/alerts/api/ruler_api.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "http/testing/exchange.h"
#include "telemetry/alerts/manager/manager.h"

namespace aloft::telemetry::alerts {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A language of one sentence.
RuleFileOptions one_sentence() {
  RuleLanguage language;
  language.name = "one sentence";
  language.check = [](std::string_view text) -> Result<std::string> {
    if (text != "lines are red") return fail(Code::invalid, "no such sentence");
    return "lines are red";
  };
  language.evaluate = [](std::string_view, Millis at) -> Result<std::vector<promql::Sample>> {
    promql::Sample sample;
    sample.labels = Labels{{"app", "web"}};
    sample.time = at;
    sample.value = 7;
    return std::vector<promql::Sample>{sample};
  };
  RuleFileOptions options;
  options.language = std::make_shared<const RuleLanguage>(std::move(language));
  return options;
}

class RulerTest : public testing::Test {
 protected:
  RulerTest() {
    std::string form = "/tmp/aloft-ruler-XXXXXX";
    folder_ = ::mkdtemp(form.data());
    add_ruler_routes(router_, Between{loop_, loop_},
                     {kept_, rules_, writer_, folder_ + "/rules",
                      [this](const std::string& name) { rules_.apply(kept_.groups(name), {}); }});
    client_ = server_.client();
  }
  ~RulerTest() override { std::filesystem::remove_all(folder_); }

  std::pair<int, std::string> ask(std::string method, std::string target, std::string body = "") {
    http::RequestHead head = http::testing::request(std::move(method), std::move(target));
    auto response = loop_.run_until_done(client_->send(std::move(head), std::move(body)));
    EXPECT_TRUE(response);
    auto text = loop_.run_until_done((*response)->read_whole_body());
    return {(*response)->head().status, text ? *text : ""};
  }

  std::string folder_;
  io::SimLoop loop_{WallTime{1'700'000'000s}};
  SeededRandom random_{1};
  Metrics metrics_;
  StateWriter writer_{StateWriter::Runs::at_once};
  Manager manager_{
      ManagerParts{loop_, loop_, random_, metrics_, writer_, "",
                   [](const ReceiverConfig&, const IntegrationConfig&) -> Result<std::unique_ptr<Notifier>> {
                     return fail(Code::invalid, "nobody is told");
                   }}};
  RuleEnvironment environment_{loop_,
                               loop_,
                               Worker(loop_, nullptr),
                               RuleSurroundings(),
                               [](MetricBatch) -> Result<WriteReport> { return WriteReport(); },
                               [](std::vector<Alert>) {},
                               manager_.history(),
                               metrics_};
  KeptGroups kept_{one_sentence()};
  RuleManager rules_{environment_, writer_, nullptr};
  Router router_;
  http::testing::InMemoryServer server_{loop_, router_};
  std::unique_ptr<http::Client> client_;
};

constexpr const char* red = "name: g\ninterval: 10s\nrules:\n- alert: Red\n  expr: lines are red\n";

TEST_F(RulerTest, a_group_is_put_in_evaluated_shown_and_removed) {
  EXPECT_EQ(ask("GET", "/loki/api/v1/rules").first, 404);
  EXPECT_EQ(ask("POST", "/loki/api/v1/rules/shop%2Fweb", red).first, 202);
  loop_.run_for(1min);
  EXPECT_THAT(ask("GET", "/loki/api/v1/rules").second,
              AllOf(HasSubstr("shop/web"), HasSubstr("name: g"), HasSubstr("expr: lines are red")));
  EXPECT_EQ(ask("GET", "/loki/api/v1/rules/shop%2Fweb/g").first, 200);
  EXPECT_EQ(ask("GET", "/loki/api/v1/rules/shop%2Fweb/other"),
            std::pair(404, std::string("group does not exist\n")));
  EXPECT_THAT(ask("GET", "/prometheus/api/v1/rules").second,
              AllOf(HasSubstr(R"("file":"shop/web")"), HasSubstr(R"("state":"firing")"),
                    HasSubstr(R"("query":"lines are red")")));
  EXPECT_THAT(ask("GET", "/prometheus/api/v1/alerts").second, HasSubstr(R"("app":"web")"));
  EXPECT_EQ(ask("DELETE", "/loki/api/v1/rules/shop%2Fweb/g").first, 202);
  EXPECT_EQ(ask("DELETE", "/loki/api/v1/rules/shop%2Fweb").first, 404);
  EXPECT_THAT(ask("GET", "/prometheus/api/v1/rules").second, Not(HasSubstr("shop/web")));
}

TEST_F(RulerTest, groups_are_there_after_a_restart) {
  ASSERT_EQ(ask("POST", "/loki/api/v1/rules/a", red).first, 202);
  ASSERT_EQ(ask("POST", "/loki/api/v1/rules/b", red).first, 202);
  ASSERT_EQ(ask("DELETE", "/loki/api/v1/rules/a").first, 202);
  KeptGroups later(one_sentence());
  later.load(folder_ + "/rules");
  ASSERT_EQ(later.namespaces().size(), 1u);
  EXPECT_EQ(later.groups("b").at(0).rules.at(0).name, "Red");
}

TEST_F(RulerTest, a_group_that_is_wrong_changes_nothing) {
  EXPECT_THAT(ask("POST", "/loki/api/v1/rules/a", "name: g\nrules:\n- alert: X\n  expr: lines are blue\n"),
              testing::Pair(400, HasSubstr("could not parse expression: no such sentence")));
  EXPECT_EQ(ask("POST", "/loki/api/v1/rules/a", "[1, 2]").first, 400);
  EXPECT_EQ(ask("POST", "/loki/api/v1/rules/a", "rules: []").first, 400);
  EXPECT_EQ(ask("POST", "/loki/api/v1/rules/a", "name: g\nnonsense: 1\nrules: []").first, 400);
  EXPECT_TRUE(kept_.namespaces().empty());
}

}  // namespace
}  // namespace aloft::telemetry::alerts
