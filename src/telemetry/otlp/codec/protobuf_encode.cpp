// OTLP as protobuf. Fields with their default value are left out, as proto3 does.
#include "base/bytes.h"
#include "telemetry/core/wire.h"
#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/codec/fields.h"

namespace aloft::telemetry::otlp {
namespace {

// A length-delimited field whose length shows when its content stands; one byte is kept for the length.
class Nested {
 public:
  Nested(std::string& out, std::uint32_t number) : out_(out), start_(out.size()) {
    append_wire_tag(out, number, Wire::bytes);
    at_ = out.size();
    out += '\0';
  }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  ~Nested() {
    const std::size_t length = out_.size() - at_ - 1;
    if (length < 0x80) {
      out_[at_] = static_cast<char>(length);
      return;
    }
    std::string prefix;
    append_wire_varint(prefix, length);
    out_.replace(at_, 1, prefix);
  }
  bool empty() const { return out_.size() == at_ + 1; }
  std::size_t start() const { return start_; }

 private:
  std::string& out_;
  std::size_t start_;
  std::size_t at_ = 0;
};

void write_value(std::string& out, const AttributeValue& value);

void write_attribute(std::string& out, std::uint32_t number, std::string_view key,
                     const AttributeValue& value) {
  const Nested pair(out, number);
  if (!key.empty()) append_wire_bytes(out, 1, key);
  const Nested inner(out, 2);
  write_value(out, value);
}

struct WireValueWriter {
  std::string& out;
  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { append_wire_bytes(out, 1, text); }
  void operator()(bool flag) const { append_wire_uint(out, 2, flag ? 1 : 0); }
  void operator()(std::int64_t number) const { append_wire_uint(out, 3, static_cast<std::uint64_t>(number)); }
  void operator()(double number) const { append_wire_double(out, 4, number); }
  void operator()(const AttributeBytes& bytes) const { append_wire_bytes(out, 7, bytes.bytes); }
  void operator()(const AttributeList& list) const {
    const Nested array(out, 5);
    for (const AttributeValue& element : list) {
      const Nested inner(out, 1);
      write_value(out, element);
    }
  }
  void operator()(const AttributeMap& map) const {
    const Nested pairs(out, 6);
    for (const auto& [key, element] : map) write_attribute(out, 1, key, element);
  }
};

void write_value(std::string& out, const AttributeValue& value) {
  std::visit(WireValueWriter{out}, value.data);
}

// The archive.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void text(std::uint32_t number, std::string_view, const std::string& value) {
    if (!value.empty()) append_wire_bytes(out_, number, value);
  }
  template <std::size_t N>
  void id(std::uint32_t number, std::string_view, const std::array<std::uint8_t, N>& value) {
    if (value == std::array<std::uint8_t, N>{}) return;
    append_wire_bytes(out_, number, std::string_view(reinterpret_cast<const char*>(value.data()), N));
  }
  void flag(std::uint32_t number, std::string_view, bool value) {
    if (value) append_wire_uint(out_, number, 1);
  }
  void uint32(std::uint32_t number, std::string_view, std::uint32_t value) {
    if (value != 0) append_wire_uint(out_, number, value);
  }
  void sint32(std::uint32_t number, std::string_view, std::int32_t value) {
    if (value != 0) append_wire_zigzag(out_, number, value);
  }
  template <class T>
  void fixed64(std::uint32_t number, std::string_view, T value) {
    if (value != 0) append_wire_fixed64(out_, number, static_cast<std::uint64_t>(value));
  }
  void fixed32(std::uint32_t number, std::string_view, std::uint32_t value) {
    if (value != 0) append_wire_fixed32(out_, number, value);
  }
  template <class E>
  void enumeration(std::uint32_t number, std::string_view, E value, std::span<const std::string_view>) {
    if (static_cast<std::int64_t>(value) != 0)
      append_wire_uint(out_, number, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  }
  void real(std::uint32_t number, std::string_view, double value) {
    // Minus zero is no default.
    if (std::bit_cast<std::uint64_t>(value) != 0) append_wire_double(out_, number, value);
  }
  void optional_real(std::uint32_t number, std::string_view, const std::optional<double>& value) {
    if (value) append_wire_double(out_, number, *value);
  }
  void number(std::uint32_t real_number, std::string_view, std::uint32_t int_number, std::string_view,
              const Number& value) {
    if (const double* real = std::get_if<double>(&value)) append_wire_double(out_, real_number, *real);
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      append_wire_fixed64(out_, int_number, static_cast<std::uint64_t>(*whole));
  }
  void fixed64s(std::uint32_t number, std::string_view, const std::vector<std::uint64_t>& values) {
    packed_fixed(number, values);
  }
  void reals(std::uint32_t number, std::string_view, const std::vector<double>& values) {
    packed_fixed(number, values);
  }
  void varints(std::uint32_t number, std::string_view, const std::vector<std::uint64_t>& values) {
    if (values.empty()) return;
    const Nested packed(out_, number);
    for (const std::uint64_t value : values) append_wire_varint(out_, value);
  }
  template <class T>
  void message(std::uint32_t number, std::string_view, T& value) {
    std::size_t start = 0;
    {
      const Nested inner(out_, number);
      fields(*this, value);
      if (!inner.empty()) return;
      start = inner.start();
    }
    out_.resize(start);
  }
  template <class T>
  void repeated(std::uint32_t number, std::string_view, const std::vector<T>& values) {
    for (const T& value : values) {
      const Nested inner(out_, number);
      fields(*this, value);
    }
  }
  template <class T, class Variant>
  void alternative(std::uint32_t number, std::string_view, const Variant& value) {
    const T* held = std::get_if<T>(&value);
    if (held == nullptr) return;
    const Nested inner(out_, number);
    fields(*this, *held);
  }
  void attributes(std::uint32_t number, std::string_view, const Attributes& values) {
    for (const auto& [key, value] : values) write_attribute(out_, number, key, value);
  }
  void value(std::uint32_t number, std::string_view, const AttributeValue& value) {
    if (std::holds_alternative<std::monostate>(value.data)) return;
    const Nested inner(out_, number);
    write_value(out_, value);
  }

 private:
  template <class T>
  void packed_fixed(std::uint32_t number, const std::vector<T>& values) {
    if (values.empty()) return;
    static_assert(sizeof(T) == 8);
    append_wire_bytes(
        out_, number,
        std::string_view(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
  }

  std::string& out_;
};

template <class T>
std::string wire_message(const T& message) {
  std::string out;
  FieldWriter writer(out);
  fields(writer, message);
  return out;
}

}  // namespace

std::string encode(const SpanBatch& spans) { return wire_message(spans); }
std::string encode(const MetricsData& metrics) { return wire_message(metrics); }
std::string encode(const LogsData& logs) { return wire_message(logs); }

std::string encode_answer(const PartialSuccess& partial) {
  std::string out;
  if (partial.rejected == 0 && partial.message.empty()) return out;
  std::string inner;
  if (partial.rejected != 0) append_wire_uint(inner, 1, static_cast<std::uint64_t>(partial.rejected));
  if (!partial.message.empty()) append_wire_bytes(inner, 2, partial.message);
  append_wire_bytes(out, 1, inner);
  return out;
}

namespace {

// google.protobuf.Any that holds google.rpc.RetryInfo.
void append_retry_info(std::string& out, int seconds) {
  const Nested any(out, 3);
  append_wire_bytes(out, 1, "type.googleapis.com/google.rpc.RetryInfo");
  const Nested info(out, 2);
  const Nested delay(out, 1);
  append_wire_uint(out, 1, static_cast<std::uint64_t>(seconds));
}

}  // namespace

std::string encode_status(int grpc_code, std::string_view message, int retry_seconds) {
  std::string out;
  if (grpc_code != 0) append_wire_uint(out, 1, static_cast<std::uint64_t>(grpc_code));
  if (!message.empty()) append_wire_bytes(out, 2, message);
  if (retry_seconds > 0) append_retry_info(out, retry_seconds);
  return out;
}

}  // namespace aloft::telemetry::otlp
