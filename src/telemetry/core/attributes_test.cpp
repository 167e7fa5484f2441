// Attribute values as text, identifiers as text, and JSON that is written without a document.
#include "telemetry/core/attributes.h"

#include <gtest/gtest.h>

#include "telemetry/core/json_writer.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry {
namespace {

TEST(AttributeValue, reads_as_people_write_it) {
  EXPECT_EQ(AttributeValue(std::string("a")).to_text(), "a");
  EXPECT_EQ(AttributeValue(std::int64_t{-3}).to_text(), "-3");
  EXPECT_EQ(AttributeValue(2.5).to_text(), "2.5");
  EXPECT_EQ(AttributeValue(true).to_text(), "true");
  EXPECT_EQ(AttributeValue().to_text(), "");
  EXPECT_EQ(AttributeValue(AttributeBytes{"\x01\x02"}).to_text(), "AQI=");
  AttributeMap map;
  map.push_back({"k", AttributeValue(
                          AttributeList{AttributeValue(std::int64_t{1}), AttributeValue(std::string("x"))})});
  EXPECT_EQ(AttributeValue(map).to_text(), R"({"k":[1,"x"]})");
}

TEST(AttributeValue, is_found_by_its_key) {
  const Attributes attributes{{"a", AttributeValue(std::int64_t{1})}};
  ASSERT_NE(find_attribute(attributes, "a"), nullptr);
  EXPECT_EQ(find_attribute(attributes, "b"), nullptr);
}

TEST(TraceId, short_forms_are_padded) {
  EXPECT_EQ(to_hex(*parse_trace_id("1F")), "0000000000000000000000000000001f");
  EXPECT_EQ(to_hex(*parse_span_id("00f067aa0ba902b7")), "00f067aa0ba902b7");
  EXPECT_FALSE(parse_trace_id(""));
  EXPECT_FALSE(parse_trace_id("xyz"));
  EXPECT_FALSE(parse_span_id("00f067aa0ba902b70"));
}

TEST(JsonWriter, sets_commas_where_they_belong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("a").begin_array().number(std::int64_t{1}).number(2.5).null().end_array();
  json.key("b").string("x\n").key("c").begin_object().end_object().key("d").raw("[]").key("e").boolean(false);
  json.end_object();
  EXPECT_EQ(out, R"({"a":[1,2.5,null],"b":"x\n","c":{},"d":[],"e":false})");
}

}  // namespace
}  // namespace aloft::telemetry
