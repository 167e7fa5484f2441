// Header fields, queries and escapes as a handler sees them.
#include "http/message.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::http {
namespace {

TEST(Headers, are_found_whatever_the_case_of_their_name) {
  const Headers headers = {{"Content-Type", "text/plain"}, {"X-One", "1"}, {"x-one", "2"}};
  EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
  EXPECT_EQ(headers.all("X-ONE"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(headers.get("absent"), "");
  EXPECT_FALSE(headers.has("absent"));
}

TEST(Headers, set_replaces_every_field_of_the_name) {
  Headers headers = {{"a", "1"}, {"b", "2"}, {"A", "3"}};
  headers.set("a", "4");
  EXPECT_EQ(headers, (Headers{{"b", "2"}, {"a", "4"}}));
}

TEST(Headers, tokens_of_a_list_are_found_one_by_one) {
  const Headers headers = {{"Connection", "keep-alive, Upgrade"}, {"Connection", "x"}};
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("connection", "X"));
  EXPECT_FALSE(headers.has_token("connection", "keep"));
}

TEST(Query, keeps_order_and_repetition_and_decodes_both_parts) {
  const Query query = Query::parse("labelSelector=a%3Db&x&x=1+2&&y=%zz");
  EXPECT_EQ(query.get("labelSelector"), "a=b");
  EXPECT_EQ(query.all("x"), (std::vector<std::string_view>{"", "1 2"}));
  EXPECT_EQ(query.get("y"), "%zz");
  EXPECT_EQ(query.get("z"), std::nullopt);
}

TEST(Query, a_switch_is_off_only_where_it_says_so) {
  const Query query = Query::parse("a&b=True&c=1&d=perhaps&e=0&f=FALSE&g=false");
  for (const char* key : {"a", "b", "c", "d"}) EXPECT_TRUE(query.on(key)) << key;
  for (const char* key : {"e", "f", "g", "h"}) EXPECT_FALSE(query.on(key)) << key;
}

TEST(Query, what_was_encoded_is_read_back) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::string, std::string>>& fields) {
    Query query;
    for (const auto& [key, value] : fields) query.add(key, value);
    const Query again = Query::parse(query.to_string());
    std::vector<std::pair<std::string, std::string>> read(again.begin(), again.end());
    RC_ASSERT(read == fields);
  }));
}

TEST(RequestHead, splits_its_target_into_decoded_path_and_query) {
  RequestHead head;
  head.target = "/api/v1/a%20b+c?watch=true";
  EXPECT_EQ(head.path(), "/api/v1/a b+c");
  EXPECT_EQ(head.query().get("watch"), "true");
}

TEST(StatusText, names_what_is_registered) {
  EXPECT_EQ(status_text(200), "OK");
  EXPECT_EQ(status_text(511), "Network Authentication Required");
  EXPECT_EQ(status_text(299), "Unknown");
}

}  // namespace
}  // namespace aloft::http
