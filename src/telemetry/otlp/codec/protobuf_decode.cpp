// OTLP from protobuf. Each incoming field is offered to the description of its message, which compiles to a
// chain of comparisons; nothing but the result is allocated.
#include "base/bytes.h"
#include "telemetry/core/wire.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/codec/fields.h"
#include "telemetry/otlp/codec/utf8.h"

namespace aloft::telemetry::otlp {
namespace {

constexpr int attribute_depth_limit = 64;
// A message of two bytes may stand for a struct of hundreds; what a request unfolds to is bounded by its
// size.
constexpr std::size_t unfold_factor = 24;
constexpr std::size_t unfold_free_bytes = 1024 * 1024;

// What the fields of one request share.
struct Decoding {
  explicit Decoding(std::string_view bytes)
      : origin(bytes.data()), left(unfold_free_bytes + unfold_factor * bytes.size()) {}
  const char* origin;
  std::size_t left;
  int depth = 0;
  const char* what = nullptr;
  std::size_t offset = 0;
  Code code = Code::invalid;

  bool fail(const char* why, const char* at) {
    if (what == nullptr) {
      what = why;
      offset = static_cast<std::size_t>(at - origin);
    }
    return false;
  }
  bool fail(const char* why, std::string_view field) {
    const char* const at = field.data();
    return fail(why, at);
  }
  bool take(std::size_t bytes, std::string_view field) {
    if (bytes > left) {
      code = Code::too_large;
      return fail("the request unfolds to many times its size", field);
    }
    left -= bytes;
    return true;
  }
};

template <class T>
bool decode_message(Decoding& d, std::string_view bytes, T& out);
bool decode_value(Decoding& d, std::string_view bytes, AttributeValue& out);
bool decode_attribute(Decoding& d, std::string_view bytes, Attributes& out);

bool decode_packed(Decoding& d, const WireField& field, auto&& add, bool fixed) {
  if (field.wire != Wire::bytes) {
    if (field.wire == (fixed ? Wire::fixed64 : Wire::varint)) add(field.value);
    return true;
  }
  if (fixed) {
    if (field.bytes.size() % 8 != 0) return d.fail("a packed field is cut off", field.bytes);
    for (std::size_t at = 0; at < field.bytes.size(); at += 8) {
      std::uint64_t value = 0;
      std::memcpy(&value, field.bytes.data() + at, 8);
      add(value);
    }
    return true;
  }
  WireCursor cursor(field.bytes);
  while (!cursor.at_end()) {
    std::uint64_t value = 0;
    if (!cursor.varint(value)) return d.fail("a packed field is cut off", cursor.at());
    add(value);
  }
  return true;
}

// The archive: takes the one field if it is the one that the description asks for.
class FieldReader {
 public:
  FieldReader(Decoding& decoding, const WireField& field) : d_(decoding), field_(field) {}
  bool good() const { return good_; }

  void text(std::uint32_t number, std::string_view, std::string& out) {
    if (!is(number, Wire::bytes)) return;
    assign_utf8(out, field_.bytes);
  }
  template <std::size_t N>
  void id(std::uint32_t number, std::string_view, std::array<std::uint8_t, N>& out) {
    if (!is(number, Wire::bytes)) return;
    if (field_.bytes.empty()) {
      out = {};
    } else if (field_.bytes.size() == N) {
      std::memcpy(out.data(), field_.bytes.data(), N);
    } else {
      good_ = d_.fail(N == 16 ? "a trace id has not 16 bytes" : "a span id has not 8 bytes", field_.bytes);
    }
  }
  void flag(std::uint32_t number, std::string_view, bool& out) {
    if (is(number, Wire::varint)) out = field_.value != 0;
  }
  void uint32(std::uint32_t number, std::string_view, std::uint32_t& out) {
    if (is(number, Wire::varint)) out = static_cast<std::uint32_t>(field_.value);
  }
  void sint32(std::uint32_t number, std::string_view, std::int32_t& out) {
    if (is(number, Wire::varint)) out = static_cast<std::int32_t>(field_.as_zigzag());
  }
  template <class T>
  void fixed64(std::uint32_t number, std::string_view, T& out) {
    if (is(number, Wire::fixed64)) out = static_cast<T>(field_.value);
  }
  void fixed32(std::uint32_t number, std::string_view, std::uint32_t& out) {
    if (is(number, Wire::fixed32)) out = static_cast<std::uint32_t>(field_.value);
  }
  template <class E>
  void enumeration(std::uint32_t number, std::string_view, E& out, std::span<const std::string_view> names) {
    if (!is(number, Wire::varint)) return;
    if constexpr (std::is_enum_v<E>) {
      out = static_cast<E>(field_.value < names.size() ? field_.value : 0);
    } else {
      out = static_cast<E>(field_.value);
    }
  }
  void real(std::uint32_t number, std::string_view, double& out) {
    if (is(number, Wire::fixed64)) out = field_.as_double();
  }
  void optional_real(std::uint32_t number, std::string_view, std::optional<double>& out) {
    if (is(number, Wire::fixed64)) out = field_.as_double();
  }
  void number(std::uint32_t real_number, std::string_view, std::uint32_t int_number, std::string_view,
              Number& out) {
    if (is(real_number, Wire::fixed64)) out = field_.as_double();
    if (is(int_number, Wire::fixed64)) out = field_.as_int();
  }
  void fixed64s(std::uint32_t number, std::string_view, std::vector<std::uint64_t>& out) {
    if (field_.number != number) return;
    good_ = decode_packed(d_, field_, [&](std::uint64_t value) { out.push_back(value); }, true);
  }
  void varints(std::uint32_t number, std::string_view, std::vector<std::uint64_t>& out) {
    if (field_.number != number) return;
    good_ = decode_packed(d_, field_, [&](std::uint64_t value) { out.push_back(value); }, false);
  }
  void reals(std::uint32_t number, std::string_view, std::vector<double>& out) {
    if (field_.number != number) return;
    good_ = decode_packed(
        d_, field_, [&](std::uint64_t value) { out.push_back(std::bit_cast<double>(value)); }, true);
  }
  template <class T>
  void message(std::uint32_t number, std::string_view, T& out) {
    if (is(number, Wire::bytes)) good_ = decode_message(d_, field_.bytes, out);
  }
  template <class T>
  void repeated(std::uint32_t number, std::string_view, std::vector<T>& out) {
    if (!is(number, Wire::bytes)) return;
    good_ = d_.take(sizeof(T), field_.bytes) && decode_message(d_, field_.bytes, out.emplace_back());
  }
  template <class T, class Variant>
  void alternative(std::uint32_t number, std::string_view, Variant& out) {
    if (!is(number, Wire::bytes)) return;
    if (!std::holds_alternative<T>(out)) out.template emplace<T>();
    good_ = decode_message(d_, field_.bytes, std::get<T>(out));
  }
  void attributes(std::uint32_t number, std::string_view, Attributes& out) {
    if (is(number, Wire::bytes)) good_ = decode_attribute(d_, field_.bytes, out);
  }
  void value(std::uint32_t number, std::string_view, AttributeValue& out) {
    if (is(number, Wire::bytes)) good_ = decode_value(d_, field_.bytes, out);
  }

 private:
  // A field of another wire type is unknown, as protobuf has it.
  bool is(std::uint32_t number, Wire wire) const { return field_.number == number && field_.wire == wire; }

  Decoding& d_;
  const WireField& field_;
  bool good_ = true;
};

// Calls `each(field)` for every field; false at the first mistake.
bool each_field(Decoding& d, std::string_view bytes, auto&& each) {
  WireCursor cursor(bytes);
  WireField field;
  while (!cursor.at_end()) {
    if (!cursor.next(field)) return d.fail("a field is cut off or malformed", cursor.at());
    if (!each(field)) return false;
  }
  return true;
}

template <class T>
bool decode_message(Decoding& d, std::string_view bytes, T& out) {
  return each_field(d, bytes, [&](const WireField& field) {
    FieldReader reader(d, field);
    fields(reader, out);
    return reader.good();
  });
}

// ArrayValue and KeyValueList: field 1, repeated.
bool decode_list(Decoding& d, std::string_view bytes, AttributeList& out) {
  return each_field(d, bytes, [&](const WireField& field) {
    if (field.number != 1 || field.wire != Wire::bytes) return true;
    return d.take(sizeof(AttributeValue), field.bytes) && decode_value(d, field.bytes, out.emplace_back());
  });
}
bool decode_map(Decoding& d, std::string_view bytes, AttributeMap& out) {
  return each_field(d, bytes, [&](const WireField& field) {
    if (field.number != 1 || field.wire != Wire::bytes) return true;
    return decode_attribute(d, field.bytes, out);
  });
}

bool take_value_field(Decoding& d, const WireField& field, AttributeValue& out) {
  switch (field.number) {
    case 1:
      if (field.wire == Wire::bytes) assign_utf8(out.data.emplace<std::string>(), field.bytes);
      return true;
    case 2:
      if (field.wire == Wire::varint) out.data.emplace<bool>(field.value != 0);
      return true;
    case 3:
      if (field.wire == Wire::varint) out.data.emplace<std::int64_t>(field.as_int());
      return true;
    case 4:
      if (field.wire == Wire::fixed64) out.data.emplace<double>(field.as_double());
      return true;
    case 5:
      return field.wire != Wire::bytes || decode_list(d, field.bytes, out.data.emplace<AttributeList>());
    case 6:
      return field.wire != Wire::bytes || decode_map(d, field.bytes, out.data.emplace<AttributeMap>());
    case 7:
      if (field.wire == Wire::bytes) out.data.emplace<AttributeBytes>().bytes = field.bytes;
      return true;
    default:
      return true;
  }
}

bool decode_value(Decoding& d, std::string_view bytes, AttributeValue& out) {
  if (++d.depth > attribute_depth_limit) return d.fail("attributes are nested too deeply", bytes);
  const bool good =
      each_field(d, bytes, [&](const WireField& field) { return take_value_field(d, field, out); });
  --d.depth;
  return good;
}

bool decode_attribute(Decoding& d, std::string_view bytes, Attributes& out) {
  if (!d.take(sizeof(Attribute), bytes)) return false;
  Attribute& attribute = out.emplace_back();
  return each_field(d, bytes, [&](const WireField& field) {
    if (field.wire != Wire::bytes) return true;
    if (field.number == 1) assign_utf8(attribute.key, field.bytes);
    return field.number != 2 || decode_value(d, field.bytes, attribute.value);
  });
}

template <class T>
Result<T> decode(std::string_view bytes, const char* name) {
  T out;
  Decoding d(bytes);
  if (!decode_message(d, bytes, out))
    return fail(d.code, fmt::format("{}: offset {}: {}", name, d.offset, d.what));
  return out;
}

}  // namespace

Result<SpanBatch> decode_spans(std::string_view protobuf) {
  return decode<SpanBatch>(protobuf, "ExportTraceServiceRequest");
}
Result<MetricsData> decode_metrics(std::string_view protobuf) {
  return decode<MetricsData>(protobuf, "ExportMetricsServiceRequest");
}
Result<LogsData> decode_logs(std::string_view protobuf) {
  return decode<LogsData>(protobuf, "ExportLogsServiceRequest");
}

Result<PartialSuccess> decode_answer(std::string_view protobuf) {
  PartialSuccess out;
  Decoding d(protobuf);
  const bool good = each_field(d, protobuf, [&](const WireField& field) {
    if (field.number != 1 || field.wire != Wire::bytes) return true;
    return each_field(d, field.bytes, [&](const WireField& inner) {
      if (inner.number == 1 && inner.wire == Wire::varint) out.rejected = inner.as_int();
      if (inner.number == 2 && inner.wire == Wire::bytes) assign_utf8(out.message, inner.bytes);
      return true;
    });
  });
  if (!good) return fail(Code::invalid, fmt::format("export answer: offset {}: {}", d.offset, d.what));
  return out;
}

}  // namespace aloft::telemetry::otlp
