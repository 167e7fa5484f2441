// JSON text: what is read, what is refused, and how it is written.
#include "model/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/testing/documents.h"

namespace aloft::model {
namespace {

std::string rewritten(std::string_view text) {
  const auto value = parse_json(text);
  return value ? to_json(*value) : value.error().message();
}

TEST(Json, a_document_keeps_its_order_and_its_numbers) {
  EXPECT_EQ(rewritten(R"( {"b" : [1, -2.50, 1e3 ,true,false,null,{}], "a":"x"} )"),
            R"({"b":[1,-2.5,1000,true,false,null,{}],"a":"x"})");
  EXPECT_EQ(rewritten("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(rewritten("-9223372036854775808"), "-9223372036854775808");
  EXPECT_TRUE(parse_json("9223372036854775808")->is_double());
  EXPECT_TRUE(parse_json("1.0")->is_double());
}

TEST(Json, doubles_are_laid_out_as_go_does) {
  EXPECT_EQ(rewritten("[0.1,1e21,1e20,123456789012345680000,1e-6,1e-7,1.5e-9,-0.0,5e-324,1e-400]"),
            "[0.1,1e+21,100000000000000000000,123456789012345680000,0.000001,1e-7,1.5e-9,-0,5e-324,0]");
}

TEST(Json, strings_are_escaped_as_go_does) {
  EXPECT_EQ(to_json(Value("<a>&\"\\\b\f\n\r\t\x01\x7f\u2028\u2029é")),
            "\"\\u003ca\\u003e\\u0026\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7f\\u2028\\u2029é\"");
  EXPECT_EQ(to_json(Value("a\xff\x62")), "\"a\\ufffdb\"");
}

TEST(Json, escapes_are_read) {
  EXPECT_EQ(parse_json(R"("\u00e9\ud83d\ude00\/\n\"")")->as_string(), "é😀/\n\"");
  EXPECT_EQ(parse_json(R"("\ud800x")")->as_string(), "\uFFFDx");
  EXPECT_EQ(parse_json(R"("\ud800\u0041")")->as_string(), "\uFFFDA");
  EXPECT_EQ(parse_json(R"("a long string whose escape \t comes after the first block")")->as_string(),
            "a long string whose escape \t comes after the first block");
}

TEST(Json, what_is_no_json_is_refused_with_the_offset) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "[1",
                           "[1,",
                           "[1,]",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "+1",
                           "tru",
                           "nul",
                           "'a'",
                           "\"",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12G4\"",
                           "\"\n\"",
                           "1 2",
                           "[1]]",
                           "NaN",
                           "1e999",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf4\x90\x80\x80\"",
                           "{\"a\":1 \"b\":2}"}) {
    EXPECT_FALSE(parse_json(text).has_value()) << text;
  }
  EXPECT_EQ(rewritten(R"({"a" 1})"), "json: offset 5: expected ':'");
  EXPECT_EQ(rewritten(R"({"a": "x)"), "json: offset 8: unexpected end of JSON input");
  EXPECT_EQ(parse_json("[1,}").error().code(), Code::bad_request);
}

TEST(Json, nesting_is_bounded) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')).has_value());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(rewritten(objects).substr(rewritten(objects).find(": ", 6)), ": exceeded max depth");
  EXPECT_TRUE(parse_json(std::string(1000, '[') + std::string(1000, ']')).has_value());
  EXPECT_FALSE(parse_json(std::string(1001, '[') + std::string(1001, ']')).has_value());
}

TEST(Json, duplicates_are_told_with_their_paths_and_the_last_counts) {
  std::vector<std::string> duplicates;
  const auto value = parse_json(R"({"a":1,"b":[{"c":1,"c":2}],"a":3})", {.duplicates = &duplicates});
  EXPECT_EQ(to_json(*value), R"({"a":3,"b":[{"c":2}]})");
  EXPECT_EQ(duplicates, (std::vector<std::string>{"b[0].c", "a"}));
}

TEST(Json, an_object_with_a_great_many_keys_is_read_in_linear_time) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += fmt::format("\"key{}\":{},", i, i);
  text += "\"key7\":\"again\"}";
  std::vector<std::string> duplicates;
  const auto value = parse_json(text, {.duplicates = &duplicates});
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->as_object().size(), 200'000U);
  EXPECT_EQ(duplicates, std::vector<std::string>{"key7"});
  EXPECT_EQ(value->at("key7")->as_string(), "again");
}

TEST(Json, every_document_reads_back_as_it_was_written) {
  EXPECT_TRUE(rc::check([] {
    const Value document = testing::random_document();
    RC_ASSERT(*parse_json(to_json(document)) == document);
    RC_ASSERT(*parse_json(to_pretty_json(document)) == document);
  }));
}

TEST(Json, no_text_at_all_upsets_the_reader) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto value = parse_json(text);
    if (value) RC_ASSERT(*parse_json(to_json(*value)) == *value);
  }));
}

TEST(Json, the_pretty_form_is_sorted_and_indented) {
  EXPECT_EQ(to_pretty_json(*parse_json(R"({"b":[1,{}],"a":{"c":[]}})")),
            "{\n  \"a\": {\n    \"c\": []\n  },\n  \"b\": [\n    1,\n    {}\n  ]\n}\n");
}

}  // namespace
}  // namespace aloft::model
