// Protobuf as Kubernetes writes it, and what of hostile bytes is refused.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "model/codec.h"
#include "model/testing/sample.h"

namespace aloft::model {
namespace {

using sample::v1::Port;
using sample::v1::Span;
using sample::v1::Spec;
using sample::v1::Thing;
using sample::v1::Tree;

template <class T>
std::string hex(const T& object, Presence presence = Presence::proto2_kubernetes) {
  return hex_encode(to_protobuf(object, presence));
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

template <class T>
std::string error_of(std::string_view input) {
  const auto decoded = from_protobuf<T>(input);
  return decoded ? "no error" : decoded.error().message();
}

TEST(Protobuf, plain_scalars_are_written_even_when_zero_and_in_the_order_of_numbers) {
  EXPECT_EQ(hex(Port()),
            "0a00"
            "1800"
            "2200"
            "2a06"
            "0800"
            "1000"
            "1a00");
  EXPECT_EQ(hex(Port{-1, "a", "", "b"}),
            "0a0161"
            "18ffffffffffffffffff01"
            "2200"
            "2a07"
            "0801"
            "1000"
            "1a0162");
}

TEST(Protobuf, proto3_leaves_zeros_out_and_packs_numbers) {
  EXPECT_EQ(hex(Span(), Presence::proto3), "");
  EXPECT_EQ(hex(Span{1, -2, 3, {1, -1}, {1.0}, ""}, Presence::proto3),
            "090100000000000000"
            "1003"
            "1d03000000"
            "220b01ffffffffffffffffff01"
            "2a08000000000000f03f"
            "3200");
}

TEST(Protobuf, numbers_are_read_packed_and_one_by_one) {
  const std::vector<std::int32_t> expected{1, 2, 3};
  EXPECT_EQ(from_protobuf<Span>(bytes({0x22, 2, 1, 2, 0x20, 3}))->numbers, expected);
}

TEST(Protobuf, a_message_in_pieces_is_merged_and_unknown_fields_are_passed_over) {
  // metadata.name, an unknown varint, an unknown group with a group inside, metadata.labels.
  const auto thing =
      from_protobuf<Thing>(bytes({0x0a, 3,    0x0a, 1,    'n', 0x78, 5, 0x7b, 0x08, 1, 0x13, 0x14,
                                  0x7c, 0x0a, 8,    0x12, 6,   0x0a, 1, 'k',  0x12, 1, 'v'}));
  ASSERT_TRUE(thing.has_value()) << thing.error().message();
  EXPECT_EQ(thing->metadata, (sample::v1::Labels{"n", {{"k", "v"}}}));
}

TEST(Protobuf, an_unset_time_is_an_empty_message) {
  Spec spec;
  EXPECT_NE(hex(spec).find("8a0100"), std::string::npos);
  EXPECT_FALSE(from_protobuf<Spec>(to_protobuf(spec, Presence::proto2_kubernetes))->created.is_set());
}

TEST(Protobuf, hostile_bytes_are_refused_with_their_offset) {
  EXPECT_EQ(error_of<Thing>(bytes({0x0a})), "proto: offset 1: unexpected end");
  EXPECT_EQ(error_of<Thing>(bytes({0x0a, 5, 1})), "proto: offset 2: a length goes beyond the end");
  EXPECT_EQ(error_of<Thing>(bytes({0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0})),
            "proto: offset 11: a length goes beyond the end");
  EXPECT_EQ(error_of<Thing>(bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})),
            "proto: offset 10: integer overflow");
  EXPECT_EQ(error_of<Thing>(bytes({0x00, 1})), "proto: offset 1: an illegal field number");
  EXPECT_EQ(error_of<Thing>(bytes({0x0a, 3, 0x0a, 1, 0xff})), "proto: offset 4: invalid UTF-8 in a string");
  EXPECT_EQ(error_of<Thing>(bytes({0x0e, 1})), "proto: offset 1: an unknown wire type");
  EXPECT_EQ(error_of<Thing>(bytes({0x7c})), "proto: offset 1: the end of a group that did not begin");
  EXPECT_EQ(error_of<Thing>(bytes({0x08, 1})),
            "proto: wrong wireType = 0 for field 1 of type sample::v1::Labels");
  EXPECT_NE(error_of<Thing>(std::string(100'000, 0x7b)), "no error");
  EXPECT_EQ(error_of<Spec>(bytes({0x7a, 3, 0x0a, 1, '{'})), "proto: offset 4: a raw value that is no JSON");
}

TEST(Protobuf, nesting_is_bounded) {
  std::string message;
  for (int i = 0; i < 200; ++i) {
    std::string outer("\x1a");
    std::size_t length = message.size();
    for (; length >= 0x80; length >>= 7) outer += static_cast<char>(length | 0x80);
    outer += static_cast<char>(length);
    message = outer + message;
  }
  EXPECT_TRUE(error_of<Tree>(message).ends_with("messages are nested too deep"));
}

TEST(Protobuf, the_envelope_carries_the_kind) {
  const std::string envelope = make_protobuf_envelope("v1", "Pod", std::string_view("\x0a\x00", 2));
  EXPECT_EQ(hex_encode(envelope),
            "6b3873000a090a027631"
            "1203506f64"
            "12020a00"
            "1a00"
            "2200");
  const auto opened = open_protobuf_envelope(envelope);
  EXPECT_EQ(opened->kind, "Pod");
  EXPECT_EQ(opened->api_version, "v1");
  EXPECT_EQ(opened->raw, std::string_view("\x0a\x00", 2));
  EXPECT_FALSE(open_protobuf_envelope("{}").has_value());
  EXPECT_FALSE(open_protobuf_envelope(envelope.substr(0, 10)).has_value());
}

Tree random_tree(int depth) {
  Tree tree;
  tree.name = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  const int children = depth == 0 ? 0 : *rc::gen::inRange(0, 4);
  for (int i = 0; i < children; ++i) tree.children.push_back(random_tree(depth - 1));
  if (depth > 0 && *rc::gen::arbitrary<bool>()) tree.twin = random_tree(depth - 1);
  return tree;
}

TEST(Protobuf, every_struct_reads_back_as_it_was_written) {
  EXPECT_TRUE(rc::check([] {
    const Presence presence = *rc::gen::element(Presence::proto2_kubernetes, Presence::proto3);
    Spec spec;
    spec.tree = random_tree(4);
    spec.big = *rc::gen::arbitrary<std::int64_t>();
    spec.groups = *rc::gen::arbitrary<std::vector<std::int64_t>>();
    spec.ratio = *rc::gen::arbitrary<double>();
    spec.replicas = *rc::gen::arbitrary<std::int32_t>();
    RC_ASSERT(from_protobuf<Spec>(to_protobuf(spec, presence)).value() == spec);
    const Span span{*rc::gen::arbitrary<std::uint64_t>(),
                    *rc::gen::arbitrary<std::int32_t>(),
                    *rc::gen::arbitrary<std::uint32_t>(),
                    *rc::gen::arbitrary<std::vector<std::int32_t>>(),
                    {},
                    {}};
    RC_ASSERT(from_protobuf<Span>(to_protobuf(span, presence)).value() == span);
  }));
}

TEST(Protobuf, no_bytes_at_all_upset_the_reader) {
  EXPECT_TRUE(rc::check([](const std::string& input) {
    const auto thing = from_protobuf<Thing>(input);
    if (!thing) return;
    const std::string written = to_protobuf(*thing, Presence::proto2_kubernetes);
    RC_ASSERT(from_protobuf<Thing>(written).value() == *thing);
  }));
}

}  // namespace
}  // namespace aloft::model
