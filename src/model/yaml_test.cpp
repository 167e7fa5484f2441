// YAML as people write it for Kubernetes, and as kubectl shows it.
#include "model/yaml.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/testing/documents.h"

namespace aloft::model {
namespace {

// The document as JSON, or what is wrong with it.
std::string json_of(std::string_view text) {
  const auto value = parse_yaml(text);
  return value ? to_json(*value) : value.error().message();
}

std::string yaml_of(std::string_view json) { return to_yaml(*parse_json(json)); }

TEST(Yaml, nothing_at_all_is_null) {
  const auto parsed = parse_yaml(std::string_view());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->is_null());
}

TEST(Yaml, plain_scalars_mean_what_yaml_1_1_says) {
  const std::pair<const char*, const char*> cases[] = {
      {"~", "null"},
      {"", "null"},
      {"Null", "null"},
      {"yes", "true"},
      {"Off", "false"},
      {"y", "true"},
      {"nO", "\"nO\""},
      {"truE", "\"truE\""},
      {"17", "17"},
      {"-17", "-17"},
      {"+17", "17"},
      {"017", "15"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"-0x1F", "-31"},
      {"0b11", "3"},
      {"08", "8"},
      {"1_000", "1000"},
      {"1e3", "1000"},
      {"1.5e-3", "0.0015"},
      {".5", "0.5"},
      {"1.", "1"},
      {"1.2.3", "\"1.2.3\""},
      {"12:30:45", "\"12:30:45\""},
      {"2001-12-14", "\"2001-12-14\""},
      {"2001-12-14T21:59:43Z", "\"2001-12-14T21:59:43Z\""},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "9223372036854776000"},
      {"'17'", "\"17\""},
      {"\"yes\"", "\"yes\""},
      {"!!str 17", "\"17\""},
      {"!!int 17", "17"},
      {"!!float 17", "17"},
      {"!!binary aGk=", "\"hi\""},
      {"!mine 17", "\"17\""},
      {"1e400", "\"1e400\""},
      {"0x", "\"0x\""},
      {"-", "[null]"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(json_of(text), expected) << text;
}

TEST(Yaml, keys_become_strings) {
  EXPECT_EQ(json_of("1: a\ntrue: b\n1.5: c\n'x': d\ny: e\n"), R"({"1":"a","true":"e","1.5":"c","x":"d"})");
  EXPECT_FALSE(parse_yaml("~: a").has_value());
  EXPECT_FALSE(parse_yaml("[a]: b").has_value());
}

TEST(Yaml, what_json_cannot_say_is_refused) {
  for (const char* text :
       {"a: .inf", "a: .nan", "a: -.INF", "!!int x", "!!bool 3", "!!binary '*'", "a: b: c", "a: [", "a: {b",
        "\t- a", "a: 'x", "*nobody", "&a [*a]", "a: @x", "\x01", "a: \xff", "- a\nb: c", "<<: 3"}) {
    EXPECT_FALSE(parse_yaml(text).has_value()) << text;
  }
  EXPECT_EQ(json_of("a: 1\nb: c: d\n"),
            "yaml: line 2: column 5: mapping values are not allowed in this context");
  EXPECT_EQ(json_of("&a [*a]"), "yaml: line 1: column 5: anchor 'a' value contains itself");
}

TEST(Yaml, anchors_and_merge_keys_are_expanded) {
  EXPECT_EQ(json_of("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\nc: *x\n"),
            R"({"a":{"p":1,"q":2},"b":{"q":3,"p":1},"c":{"p":1,"q":2}})");
  EXPECT_EQ(json_of("- &x {p: 1}\n- &y {p: 2, q: 2}\n- <<: [*x, *y]\n"),
            R"([{"p":1},{"p":2,"q":2},{"p":1,"q":2}])");
  EXPECT_EQ(json_of("'<<': 1"), R"({"\u003c\u003c":1})");
}

TEST(Yaml, a_few_lines_cannot_become_gigabytes) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 10; ++j) bomb += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  EXPECT_TRUE(json_of(bomb).ends_with("document contains excessive aliasing"));
}

TEST(Yaml, nesting_is_bounded) {
  EXPECT_FALSE(parse_yaml(std::string(100'000, '[')).has_value());
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  EXPECT_FALSE(parse_yaml(dashes).has_value());
}

TEST(Yaml, duplicates_are_told_with_their_paths_and_the_last_counts) {
  std::vector<std::string> duplicates;
  const auto value = parse_yaml("a: 1\nb:\n- c: 1\n  c: 2\na: 3\n", {.duplicates = &duplicates});
  EXPECT_EQ(to_json(*value), R"({"a":3,"b":[{"c":2}]})");
  EXPECT_EQ(duplicates, (std::vector<std::string>{"b[0].c", "a"}));
}

TEST(Yaml, a_stream_holds_many_documents) {
  const auto documents = parse_yaml_documents("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\n- c\n");
  ASSERT_TRUE(documents.has_value());
  ASSERT_EQ(documents->size(), 3U);
  EXPECT_EQ(to_json((*documents)[2]), "[\"c\"]");
  EXPECT_EQ(parse_yaml_documents("")->size(), 0U);
  EXPECT_FALSE(parse_yaml_documents("a: 1\n---\nb: [\n").has_value());
}

TEST(Yaml, json_is_yaml) {
  EXPECT_EQ(json_of(R"({"a":[1,"x\n\u00e9",null,true],"b":{}})"), "{\"a\":[1,\"x\\né\",null,true],\"b\":{}}");
}

TEST(Yaml, documents_are_laid_out_as_kubectl_does) {
  EXPECT_EQ(
      yaml_of(
          R"({"kind":"X","list":[1,{"a":1,"b":[2]},[3,[4]],[],{}],"a10":1,"a2":{"c":null},"e":{},"A":""})"),
      "A: \"\"\na2:\n  c: null\na10: 1\ne: {}\nkind: X\nlist:\n- 1\n- a: 1\n  b:\n  - 2\n- - 3\n  - - 4\n- "
      "[]\n- {}\n");
  EXPECT_EQ(yaml_of("[]"), "[]\n");
  EXPECT_EQ(yaml_of("\"a b\""), "a b\n");
  EXPECT_EQ(yaml_of("[0.5,1e21,1234567.5,0.00001,1000000.0]"),
            "- 0.5\n- 1e+21\n- 1.2345675e+06\n- 1e-05\n- 1000000\n");
}

TEST(Yaml, strings_are_quoted_only_where_they_must_be) {
  const std::pair<const char*, const char*> cases[] = {
      {"yes", "\"yes\""},
      {"1", "\"1\""},
      {"2008-01-01T01:01:01Z", "\"2008-01-01T01:01:01Z\""},
      {"12:30", "\"12:30\""},
      {"a: b", "'a: b'"},
      {"a:b", "a:b"},
      {"- a", "'- a'"},
      {"-a", "-a"},
      {"#a", "'#a'"},
      {"a #b", "'a #b'"},
      {"a#b", "a#b"},
      {"it's", "it's"},
      {"'a", "'''a'"},
      {"a\tb", "\"a\\tb\""},
      {" a", "' a'"},
      {"a ", "'a '"},
      {"é", "é"},
      {"😀", "\"\\U0001F600\""},
      {"a\nb", "|-\n  a\n  b"},
      {"a\nb\n", "|\n  a\n  b"},
      {"a\n\n", "|+\n  a\n"},
      {" a\n", "|2\n   a"},
      {"a \nb", "\"a \\nb\""},
      {"*", "'*'"},
      {"@x", "'@x'"},
      {"{}", "'{}'"},
      {"...", "'...'"},
      {"?", "'?'"},
      {"?a", "?a"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(to_yaml(Value(Object{{"k", text}})), fmt::format("k: {}\n", expected)) << text;
  }
}

TEST(Yaml, the_order_of_keys_does_not_depend_on_the_documents) {
  const Value circle(Object{{"13", 1}, {"12a", 2}, {"125", 3}});
  const Value other(Object{{"125", 3}, {"13", 1}, {"12a", 2}});
  EXPECT_EQ(to_yaml(circle), to_yaml(other));
}

TEST(Yaml, long_text_is_folded_at_spaces_and_long_keys_stand_alone) {
  const std::string sentence =
      "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No victims.";
  const Value value(Object{{"message", sentence}});
  EXPECT_EQ(to_yaml(value),
            "message: '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available:\n  "
            "3 No victims.'\n");
  EXPECT_EQ(*parse_yaml(to_yaml(value)), value);
  const Value long_key(Object{{std::string(200, 'k'), Array{1}}});
  EXPECT_EQ(to_yaml(long_key), "? " + std::string(200, 'k') + "\n: - 1\n");
}

TEST(Yaml, every_document_reads_back_as_it_was_written) {
  EXPECT_TRUE(rc::check([] {
    const Value document = testing::random_document();
    const std::string text = to_yaml(document);
    const auto back = parse_yaml(text);
    if (!back) RC_FAIL(text + back.error().message());
    if (!(*back == document)) RC_FAIL(text);
  }));
}

TEST(Yaml, upstreams_documents_come_back_byte_for_byte) {
  const std::filesystem::path folder = ALOFT_SHARED_DIR "/k8s/testdata/HEAD";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no upstream test data here";
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string text = read(entry.path());
    const auto value = parse_yaml(text);
    ASSERT_TRUE(value.has_value()) << entry.path() << value.error().message();
    EXPECT_EQ(to_yaml(*value), text) << entry.path();
    auto json_path = entry.path();
    EXPECT_EQ(*value, *parse_json(read(json_path.replace_extension(".json")))) << entry.path();
    ++seen;
  }
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace aloft::model
