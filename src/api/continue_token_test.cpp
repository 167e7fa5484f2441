// Tokens of cut lists.
#include "api/continue_token.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"

namespace aloft::api {
namespace {

TEST(ContinueToken, what_was_written_is_read_back) {
  EXPECT_TRUE(rc::check([] {
    ContinueToken token;
    token.revision = *rc::gen::inRange<store::Revision>(1, 1'000'000'000);
    token.after = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('!', '~')));
    const auto read = ContinueToken::parse(token.to_string());
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->revision == token.revision);
    RC_ASSERT(read->after == token.after);
  }));
}

TEST(ContinueToken, anything_else_is_a_bad_request) {
  for (const std::string& text :
       {std::string("xyz"), std::string("!"), base64url_encode("{}"), base64url_encode("[1]"),
        base64url_encode(R"({"v":"meta.k8s.io/v2","rv":5,"start":"a"})"),
        base64url_encode(R"({"v":"meta.k8s.io/v1","rv":0,"start":"a"})"),
        base64url_encode(R"({"v":"meta.k8s.io/v1","rv":5,"start":""})")}) {
    const auto token = ContinueToken::parse(text);
    ASSERT_FALSE(token.has_value()) << text;
    EXPECT_EQ(token.error().code(), Code::bad_request);
    EXPECT_TRUE(token.error().message().starts_with("invalid continue token: ")) << token.error().message();
  }
}

}  // namespace
}  // namespace aloft::api
