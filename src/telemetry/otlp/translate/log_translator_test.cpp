// Which streams and entries an export of logs becomes.
#include "telemetry/otlp/translate/log_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aloft::telemetry::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Attribute text(std::string key, std::string value) {
  Attribute out;
  out.key = std::move(key);
  out.value.data = std::move(value);
  return out;
}

LogsData one(LogRecord record, Attributes resource = {}) {
  LogsData logs;
  logs.resources.emplace_back().resource = std::move(resource);
  logs.resources[0].scopes.emplace_back().records.push_back(std::move(record));
  return logs;
}

TEST(LogTranslator, selected_resource_attributes_name_the_stream) {
  LogRecord record;
  record.time_ns = 7;
  record.body.data = std::string("hello");
  const LogBatch batch =
      translate(one(record, {text("service.name", "shop"), text("host.name", "h1")}), {}, WallTime{});
  ASSERT_EQ(batch.streams.size(), 1u);
  EXPECT_EQ(batch.streams[0].labels.to_string(), R"({service_name="shop"})");
  const LogEntry& entry = batch.streams[0].entries[0];
  EXPECT_EQ(entry.time_ns, 7);
  EXPECT_EQ(entry.line, "hello");
  EXPECT_THAT(entry.fields, ElementsAre(Pair("host_name", "h1")));
}

TEST(LogTranslator, a_stream_without_a_service_gets_a_name_all_the_same) {
  LogRecord record;
  record.body.data = std::string("x");
  EXPECT_EQ(translate(one(record), {}, WallTime{}).streams[0].labels.to_string(),
            R"({service_name="unknown_service"})");
  EXPECT_EQ(
      translate(one(record, {text("k8s.container.name", "c")}), {}, WallTime{}).streams[0].labels.to_string(),
      R"({k8s_container_name="c", service_name="c"})");
}

TEST(LogTranslator, what_else_a_record_tells_becomes_fields) {
  LogRecord record;
  record.observed_ns = 5;
  record.severity_number = 9;
  record.severity_text = "INFO";
  record.trace_id[15] = 0xab;
  record.span_id[7] = 1;
  record.attributes.push_back(text("http.method", "GET"));
  Attribute nested;
  nested.key = "user";
  nested.value.data = AttributeMap{text("id", "7")};
  record.attributes.push_back(nested);
  AttributeMap body = {text("a", "b")};
  record.body.data = body;
  const LogBatch batch = translate(one(record), {}, WallTime{});
  const LogEntry& entry = batch.streams[0].entries[0];
  EXPECT_EQ(entry.line, R"({"a":"b"})");
  EXPECT_EQ(entry.time_ns, 5);
  EXPECT_THAT(
      entry.fields,
      ElementsAre(Pair("http_method", "GET"), Pair("observed_timestamp", "5"), Pair("severity_number", "9"),
                  Pair("severity_text", "INFO"), Pair("span_id", "0000000000000001"),
                  Pair("trace_id", "000000000000000000000000000000ab"), Pair("user_id", "7")));
}

TEST(LogTranslator, resources_of_one_stream_share_it) {
  LogRecord record;
  record.body.data = std::string("x");
  LogsData logs = one(record, {text("service.name", "a"), text("pid", "1")});
  LogsData more = one(record, {text("service.name", "a"), text("pid", "2")});
  logs.resources.push_back(more.resources[0]);
  const LogBatch batch = translate(std::move(logs), {}, WallTime{3s});
  ASSERT_EQ(batch.streams.size(), 1u);
  ASSERT_EQ(batch.streams[0].entries.size(), 2u);
  EXPECT_THAT(batch.streams[0].entries[1].fields, ElementsAre(Pair("pid", "2")));
  EXPECT_EQ(batch.streams[0].entries[0].time_ns, 3'000'000'000);
}

}  // namespace
}  // namespace aloft::telemetry::otlp
