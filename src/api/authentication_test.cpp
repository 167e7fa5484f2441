// Who signs in with what.
#include "api/authentication.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "base/bytes.h"

namespace aloft::api::testing {
namespace {

TEST(StaticTokens, each_line_of_the_file_is_a_user) {
  const auto tokens = StaticTokens::parse("t1,alice,1,\"system:masters,dev\"\r\n\n t2 , bob , 2\n");
  ASSERT_TRUE(tokens.has_value());
  const auto alice = tokens->find("t1");
  ASSERT_TRUE(alice.has_value());
  EXPECT_EQ(alice->name, "alice");
  EXPECT_EQ(alice->uid, "1");
  EXPECT_EQ(alice->groups, (std::vector<std::string>{"system:masters", "dev", "system:authenticated"}));
  EXPECT_EQ(tokens->find("t2")->name, "bob");
  EXPECT_FALSE(tokens->find("t3").has_value());
  EXPECT_FALSE(tokens->find("").has_value());
}

TEST(StaticTokens, a_bad_line_is_named_but_its_token_is_not) {
  for (const char* text : {"ok,a,1\nsecret,b\n", "ok,a,1\nsecret,\"b,2\n", "ok,a,1\n,secret,2\n"}) {
    const auto tokens = StaticTokens::parse(text);
    ASSERT_FALSE(tokens.has_value()) << text;
    EXPECT_NE(tokens.error().message().find("line 2"), std::string::npos);
    EXPECT_EQ(tokens.error().message().find("secret"), std::string::npos);
  }
}

class AccountTokens : public ::testing::Test {
 protected:
  AccountTokens() { api_.make_namespace("n"); }
  std::string token(std::string_view spec = "{}") {
    const Reply reply = api_.post("/api/v1/namespaces/n/serviceaccounts/default/token",
                                  fmt::format(R"({{"spec":{}}})", spec));
    EXPECT_EQ(reply.status, 201) << reply.body;
    return std::string(reply.json().text_at("status", "token"));
  }
  int sign_in(const std::string& token) {
    return api_.get("/api", {{"Authorization", "Bearer " + token}}).status;
  }
  TestApi api_;
};

TEST_F(AccountTokens, a_token_signs_its_account_in) {
  const Reply who = api_.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}",
                              {{"Authorization", "Bearer " + token()}});
  EXPECT_EQ(who.status, 201) << who.body;
  EXPECT_EQ(who.json().text_at("status", "userInfo", "username"), "system:serviceaccount:n:default");
}

TEST_F(AccountTokens, a_secret_holds_one_that_lasts_as_long_as_it_does) {
  const std::string secrets = "/api/v1/namespaces/n/secrets";
  const Reply made = api_.post(
      secrets, R"({"metadata":{"name":"t","annotations":{"kubernetes.io/service-account.name":"default"}},)"
               R"("type":"kubernetes.io/service-account-token"})");
  ASSERT_EQ(made.status, 201) << made.body;
  std::string token;
  ASSERT_TRUE(base64_decode(made.json().text_at("data", "token"), token));
  api_.loop.run_for(std::chrono::hours(24 * 365));
  EXPECT_EQ(sign_in(token), 200);
  const std::string bound =
      this->token(R"({"boundObjectRef":{"apiVersion":"v1","kind":"Secret","name":"t"}})");
  EXPECT_EQ(sign_in(bound), 200);
  EXPECT_EQ(api_.remove(secrets + "/t").status, 200);
  EXPECT_EQ(sign_in(token), 401);
  EXPECT_EQ(sign_in(bound), 401);
}

TEST_F(AccountTokens, a_token_of_a_pod_names_the_pod_and_its_node) {
  ASSERT_EQ(api_.post("/api/v1/nodes", R"({"metadata":{"name":"m"}})").status, 201);
  ASSERT_EQ(api_.post("/api/v1/namespaces/n/pods", R"({"metadata":{"name":"p"},"spec":{"nodeName":"m",)"
                                                   R"("containers":[{"name":"c","image":"i"}]}})")
                .status,
            201);
  const std::string bound = token(R"({"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"p"}})");
  const model::Value who = api_.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}",
                                     {{"Authorization", "Bearer " + bound}})
                               .json();
  const model::Value* extra = who.at("status", "userInfo", "extra");
  ASSERT_NE(extra, nullptr);
  const auto first = [extra](std::string_view name) {
    const model::Value* list = extra->at(name);
    return list == nullptr ? std::string() : *list->as_array().at(0).if_string();
  };
  EXPECT_EQ(first("authentication.kubernetes.io/pod-name"), "p");
  EXPECT_EQ(first("authentication.kubernetes.io/node-name"), "m");
  EXPECT_EQ(first("authentication.kubernetes.io/node-uid"),
            api_.get("/api/v1/nodes/m").json().text_at("metadata", "uid"));
}

TEST_F(AccountTokens, who_checks_tokens_finds_the_issuer_and_its_keys) {
  const model::Value document = api_.get("/.well-known/openid-configuration").json();
  EXPECT_EQ(document.text_at("issuer"), ServiceAccountTokens::issuer);
  EXPECT_TRUE(document.text_at("jwks_uri").ends_with("/openid/v1/jwks"));
  EXPECT_EQ(api_.get("/openid/v1/jwks").status, 200);
}

TEST_F(AccountTokens, a_token_ends_when_it_said_it_would) {
  const std::string token_of_ten_minutes = token(R"({"expirationSeconds":600})");
  api_.loop.run_for(599s);
  EXPECT_EQ(sign_in(token_of_ten_minutes), 200);
  api_.loop.run_for(1s);
  EXPECT_EQ(sign_in(token_of_ten_minutes), 401);
}

TEST_F(AccountTokens, a_changed_token_is_refused_wherever_it_was_changed) {
  const std::string good = token();
  ASSERT_EQ(sign_in(good), 200);
  for (std::size_t i = 0; i < good.size(); i += 7) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(sign_in(bad), 401) << i;
  }
  // A token without a signature, as some libraries once took.
  const std::string payload = good.substr(good.find('.'), good.rfind('.') - good.find('.'));
  EXPECT_EQ(sign_in(base64url_encode(R"({"alg":"none"})") + payload + "."), 401);
}

TEST_F(AccountTokens, a_token_for_somebody_else_does_not_open_the_api) {
  EXPECT_EQ(sign_in(token(R"({"audiences":["vault"]})")), 401);
}

TEST_F(AccountTokens, a_token_dies_with_its_account) {
  const std::string old = token();
  EXPECT_EQ(api_.remove("/api/v1/namespaces/n/serviceaccounts/default").status, 200);
  EXPECT_EQ(sign_in(old), 401);
  EXPECT_EQ(api_.post("/api/v1/namespaces/n/serviceaccounts", R"({"metadata":{"name":"default"}})").status,
            201);
  EXPECT_EQ(sign_in(old), 401) << "an account of the same name is another account";
}

TEST_F(AccountTokens, short_tokens_are_not_made) {
  const Reply reply =
      api_.post("/api/v1/namespaces/n/serviceaccounts/default/token", R"({"spec":{"expirationSeconds":5}})");
  EXPECT_EQ(reply.status, 422);
}

TEST(Authentication, a_certificate_counts_more_than_a_token) {
  TestApi api;
  http::PeerCertificate certificate;
  certificate.common_name = "system:node:n1";
  certificate.organizations = {"system:nodes"};
  const auto user = api.authentication.authenticate({{"Authorization", "Bearer admin-token"}}, &certificate);
  EXPECT_EQ(user->name, "system:node:n1");
  EXPECT_TRUE(user->in_group("system:nodes"));
  EXPECT_EQ(api.authentication.authenticate({{"Authorization", "bearer admin-token"}}, nullptr)->name,
            "admin");
  EXPECT_EQ(api.authentication.authenticate({}, nullptr).error().code(), Code::unauthorized);
  EXPECT_EQ(api.authentication.authenticate({{"Authorization", "Basic YTpi"}}, nullptr).error().code(),
            Code::unauthorized);
}

}  // namespace
}  // namespace aloft::api::testing
