// One tag byte and a payload for each value.
#include "telemetry/traces/store/value_codec.h"

#include <bit>

#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

enum ValueTag : char {
  tag_empty,
  tag_string,
  tag_false,
  tag_true,
  tag_int,
  tag_double,
  tag_bytes,
  tag_list,
  tag_map
};

void put_tag(std::string& out, ValueTag tag) { out.push_back(static_cast<char>(tag)); }

AttributeValue read_value(ByteReader& in, int depth);

Attributes read_attributes(ByteReader& in, int depth) {
  Attributes attributes;
  const std::uint64_t count = in.bounded(in.left());
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string key(in.run());
    attributes.push_back({std::move(key), read_value(in, depth)});
  }
  return attributes;
}

AttributeValue read_value(ByteReader& in, int depth) {
  AttributeValue value;
  if (depth > value_depth_limit) {
    in.spoil();
    return value;
  }
  switch (in.fixed<std::uint8_t>()) {
    case tag_empty:
      break;
    case tag_string:
      value.data = std::string(in.run());
      break;
    case tag_false:
      value.data = false;
      break;
    case tag_true:
      value.data = true;
      break;
    case tag_int:
      value.data = in.signed_varint();
      break;
    case tag_double:
      value.data = std::bit_cast<double>(in.fixed<std::uint64_t>());
      break;
    case tag_bytes:
      value.data = AttributeBytes{std::string(in.run())};
      break;
    case tag_list: {
      AttributeList list;
      const std::uint64_t count = in.bounded(in.left());
      for (std::uint64_t i = 0; i < count && in.ok(); ++i) list.push_back(read_value(in, depth + 1));
      value.data = std::move(list);
      break;
    }
    case tag_map:
      value.data = read_attributes(in, depth + 1);
      break;
    default:
      in.spoil();
  }
  return value;
}

template <class T>
Result<T> whole(ByteReader& in, T value, std::string_view what) {
  if (!in.ok() || !in.at_end()) return fail(Code::invalid, fmt::format("malformed {}", what));
  return value;
}

}  // namespace

void put_value(std::string& out, const AttributeValue& value, int depth) {
  if (depth >= value_depth_limit && value.data.index() >= 6) {
    put_tag(out, tag_string);
    put_run(out, value.to_text());
    return;
  }
  switch (value.data.index()) {
    case 0:
      put_tag(out, tag_empty);
      break;
    case 1:
      put_tag(out, tag_string);
      put_run(out, std::get<1>(value.data));
      break;
    case 2:
      put_tag(out, std::get<2>(value.data) ? tag_true : tag_false);
      break;
    case 3:
      put_tag(out, tag_int);
      put_signed(out, std::get<3>(value.data));
      break;
    case 4:
      put_tag(out, tag_double);
      put_fixed(out, std::bit_cast<std::uint64_t>(std::get<4>(value.data)));
      break;
    case 5:
      put_tag(out, tag_bytes);
      put_run(out, std::get<5>(value.data).bytes);
      break;
    case 6: {
      const AttributeList& list = std::get<6>(value.data);
      put_tag(out, tag_list);
      put_varint(out, list.size());
      for (const AttributeValue& item : list) put_value(out, item, depth + 1);
      break;
    }
    default:
      put_tag(out, tag_map);
      put_attributes(out, std::get<7>(value.data), depth + 1);
  }
}

void put_attributes(std::string& out, const Attributes& attributes, int depth) {
  put_varint(out, attributes.size());
  for (const auto& [key, value] : attributes) {
    put_run(out, key);
    put_value(out, value, depth);
  }
}

std::string encode_attributes(const Attributes& attributes) {
  std::string out;
  put_attributes(out, attributes);
  return out;
}

std::string encode_scope(const InstrumentationScope& scope) {
  std::string out;
  put_run(out, scope.name);
  put_run(out, scope.version);
  put_attributes(out, scope.attributes);
  return out;
}

Result<AttributeValue> decode_value(std::string_view bytes) {
  ByteReader in(bytes);
  return whole(in, read_value(in, 0), "attribute value");
}

Result<Attributes> decode_attributes(std::string_view bytes) {
  ByteReader in(bytes);
  return whole(in, read_attributes(in, 0), "attributes");
}

Result<InstrumentationScope> decode_scope(std::string_view bytes) {
  ByteReader in(bytes);
  InstrumentationScope scope;
  scope.name = in.run();
  scope.version = in.run();
  scope.attributes = read_attributes(in, 0);
  return whole(in, std::move(scope), "instrumentation scope");
}

}  // namespace aloft::telemetry::traces
