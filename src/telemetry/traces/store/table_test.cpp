// Tables as bytes and back: lossless for all values, columns one by one, damage found.
#include "telemetry/traces/store/table.h"

#include <bit>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/traces/store/column_codec.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/store/table_builder.h"
#include "telemetry/traces/store/table_codec.h"
#include "telemetry/traces/store/value_codec.h"
#include "telemetry/traces/testing/any_batch.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

SpanTable table_of(const SpanBatch& batch) {
  Trimmed trimmed;
  return build_table(batch, {}, {}, trimmed);
}

std::map<TraceId, std::map<SpanId, Span>> spans_of(const SpanBatch& batch) {
  std::map<TraceId, std::map<SpanId, Span>> spans;
  testing::remember(batch, spans);
  return spans;
}

TEST(ColumnCodec, integers_and_ids_of_any_shape_come_back) {
  EXPECT_TRUE(rc::check([] {
    const auto base = *rc::gen::arbitrary<std::int64_t>();
    const auto spread =
        *rc::gen::element<std::int64_t>(1, 3, 200, 70'000, std::numeric_limits<std::int64_t>::max());
    std::vector<std::int64_t> values;
    for (const std::int64_t step :
         *rc::gen::container<std::vector<std::int64_t>>(rc::gen::arbitrary<std::int64_t>())) {
      values.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(base) +
                                                 static_cast<std::uint64_t>(step % spread)));
    }
    std::string bytes;
    put_integers(bytes, values);
    ByteReader in(bytes);
    RC_ASSERT(get_integers(in, values.size()) == values);
    RC_ASSERT(in.ok() && in.at_end());

    std::vector<std::uint32_t> ids;
    for (const std::int64_t value : values) ids.push_back(static_cast<std::uint32_t>(value));
    bytes.clear();
    put_ids(bytes, ids);
    ByteReader again(bytes);
    RC_ASSERT(get_ids(again, ids.size(), std::uint64_t{1} << 32) == ids);
  }));
}

TEST(ColumnCodec, doubles_keep_all_bits) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint64_t>& bits) {
    std::vector<double> values;
    for (const std::uint64_t one : bits) values.push_back(std::bit_cast<double>(one));
    std::string bytes;
    put_reals(bytes, values);
    ByteReader in(bytes);
    const std::vector<double> back = get_reals(in, values.size());
    RC_ASSERT(back.size() == bits.size());
    for (std::size_t i = 0; i < bits.size(); ++i) RC_ASSERT(std::bit_cast<std::uint64_t>(back[i]) == bits[i]);
  }));
}

TEST(ColumnCodec, few_distinct_values_take_a_byte_each) {
  std::vector<std::int64_t> codes;
  for (int i = 0; i < 1000; ++i) codes.push_back(i % 7 == 0 ? 500 : 200);
  std::string bytes;
  put_integers(bytes, codes);
  EXPECT_LT(bytes.size(), 1050U);
  bytes.clear();
  put_integers(bytes, std::vector<std::int64_t>(1000, 42));
  EXPECT_LT(bytes.size(), 20U);
}

TEST(ValueCodec, values_of_every_type_come_back) {
  const Attributes attributes = {
      {"empty", {}},
      {"text", AttributeValue(std::string("a\0b", 3))},
      {"flag", AttributeValue(false)},
      {"int", AttributeValue(std::numeric_limits<std::int64_t>::min())},
      {"real", AttributeValue(-0.0)},
      {"bytes", AttributeValue(AttributeBytes{"\xff"})},
      {"list", AttributeValue(AttributeList{AttributeValue(true), AttributeValue(AttributeList{})})},
      {"map", AttributeValue(AttributeMap{{"inner", AttributeValue(std::string("x"))}})}};
  EXPECT_EQ(*decode_attributes(encode_attributes(attributes)), attributes);
  EXPECT_FALSE(decode_attributes(encode_attributes(attributes) + "x"));
  AttributeValue deep(std::string("bottom"));
  for (int i = 0; i < 100; ++i) deep = AttributeValue(AttributeList{deep});
  std::string bytes;
  put_value(bytes, deep);
  EXPECT_TRUE(decode_value(bytes)) << "what is too deep became text";
}

TEST(SpanTable, is_the_same_after_encoding) {
  EXPECT_TRUE(rc::check([] {
    const SpanBatch batch = *testing::any_batch();
    const SpanTable table = table_of(batch);
    for (const Packing packing : {Packing::raw, Packing::zstd}) {
      const auto back = decode_table(encode_table(table, packing));
      RC_ASSERT(back.has_value());
      RC_ASSERT(back->rows() == batch.span_count());
      RC_ASSERT(spans_of(*read_table(*back)) == spans_of(batch));
    }
  }));
}

TEST(SpanTable, merging_joins_traces_and_drops_duplicates) {
  EXPECT_TRUE(rc::check([] {
    std::vector<SpanTable> tables;
    std::map<TraceId, std::map<SpanId, Span>> expected;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const SpanBatch batch = *testing::any_batch();
      testing::remember(batch, expected);
      tables.push_back(table_of(batch));
    }
    std::vector<TableSlice> slices;
    for (const SpanTable& table : tables) slices.push_back({&table, 0, table.rows()});
    const SpanTable merged = merge_tables(slices);
    RC_ASSERT(std::is_sorted(merged.trace_ids.begin(), merged.trace_ids.end()));
    std::size_t count = 0;
    for (const auto& [id, spans] : expected) count += spans.size();
    RC_ASSERT(merged.rows() == count);
    RC_ASSERT(spans_of(*read_table(merged)) == expected);
  }));
}

TEST(SpanTable, a_reader_gets_the_columns_it_asks_for) {
  Span span = testing::make_span(1, 1, "x");
  span.attributes = {{"wanted", AttributeValue(std::int64_t{1})}, {"other", AttributeValue(std::int64_t{2})}};
  span.events.push_back({span.start_ns, "event", {}});
  const std::string bytes = encode_table(table_of(testing::one_span(span)), Packing::zstd);
  ColumnChoice choice;
  choice.everything = false;
  choice.span_keys.insert("wanted");
  const auto table = decode_table(bytes, choice);
  ASSERT_TRUE(table);
  const Span back = *read_span(*table, 0);
  EXPECT_EQ(back.attributes, (Attributes{{"wanted", AttributeValue(std::int64_t{1})}}));
  EXPECT_EQ(back.name, "x");
  EXPECT_TRUE(back.events.empty());
}

TEST(SpanTable, tells_by_its_ids_alone_which_traces_it_holds) {
  const SpanTable table =
      table_of(testing::batch_of({testing::make_span(1, 1, "a"), testing::make_span(3, 2, "b")}));
  const std::string bytes = encode_table(table, Packing::zstd);
  EXPECT_EQ(table_holds(bytes, testing::trace_id(1)), true);
  EXPECT_EQ(table_holds(bytes, testing::trace_id(2)), false);
  EXPECT_EQ(table_holds(bytes, testing::trace_id(3)), true);
  EXPECT_FALSE(table_holds(bytes.substr(0, 20), testing::trace_id(1)).has_value());
}

TEST(SpanTable, a_changed_byte_is_found_wherever_it_is) {
  const std::string bytes =
      encode_table(table_of(testing::one_span(testing::make_span(1, 1, "x"))), Packing::raw);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x20);
    EXPECT_FALSE(decode_table(damaged)) << "offset " << i;
    EXPECT_FALSE(decode_table(std::string_view(bytes).substr(0, i))) << "cut at " << i;
  }
}

}  // namespace
}  // namespace aloft::telemetry::traces
