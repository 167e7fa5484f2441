// Reading the protobuf wire format with every length and number checked.
#include "model/protobuf_wire.h"

namespace aloft::model {
namespace {

constexpr std::size_t group_depth_limit = 64;

}  // namespace

bool WireReader::varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return fail("unexpected end");
    const auto byte = static_cast<unsigned char>(*at_++);
    if (shift == 63 && byte > 1) return fail("integer overflow");
    value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return fail("integer overflow");
}

bool WireReader::fixed(std::size_t size, std::uint64_t& value) {
  if (static_cast<std::size_t>(end_ - at_) < size) return fail("unexpected end");
  value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(at_[i])} << (8 * i);
  at_ += size;
  return true;
}

bool WireReader::value_of(Field& field) {
  switch (field.type) {
    case WireType::varint:
      return varint(field.value);
    case WireType::fixed64:
      return fixed(8, field.value);
    case WireType::fixed32:
      return fixed(4, field.value);
    case WireType::bytes: {
      std::uint64_t length = 0;
      if (!varint(length)) return false;
      if (length > static_cast<std::size_t>(end_ - at_)) return fail("a length goes beyond the end");
      field.bytes = std::string_view(at_, length);
      at_ += length;
      return true;
    }
    case WireType::group_start:
      return skip_group(field.number);
    case WireType::group_end:
      return fail("the end of a group that did not begin");
  }
  return fail("an unknown wire type");
}

bool WireReader::next(Field& field) {
  std::uint64_t tag = 0;
  if (!varint(tag)) return false;
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > 0x1FFFFFFF) return fail("an illegal field number");
  field.number = static_cast<std::uint32_t>(number);
  field.type = static_cast<WireType>(tag & 7);
  return value_of(field);
}

bool WireReader::skip_group(std::uint32_t number) {
  std::uint32_t open[group_depth_limit] = {number};
  std::size_t depth = 1;
  while (depth > 0) {
    std::uint64_t tag = 0;
    if (!varint(tag)) return false;
    Field inner;
    inner.number = static_cast<std::uint32_t>(tag >> 3);
    inner.type = static_cast<WireType>(tag & 7);
    if (inner.type == WireType::group_start) {
      if (depth == group_depth_limit) return fail("groups are nested too deep");
      open[depth++] = inner.number;
    } else if (inner.type == WireType::group_end) {
      if (open[--depth] != inner.number) return fail("a group ends that did not begin");
    } else if (!value_of(inner)) {
      return false;
    }
  }
  return true;
}

}  // namespace aloft::model
