// Thrift's binary protocol is type, number and value for each field, big endian throughout; what is unknown
// is passed over.
#include "telemetry/traces/ingest/jaeger_thrift.h"

#include <bit>

#include "telemetry/traces/ingest/jaeger_model.h"
#include "telemetry/traces/store/table.h"

namespace aloft::telemetry::traces {
namespace {

constexpr int thrift_depth_limit = 32;

enum Type : std::uint8_t {
  stop = 0,
  boolean = 2,
  byte = 3,
  real = 4,
  i16 = 6,
  i32 = 8,
  i64 = 10,
  string = 11,
  structure = 12,
  map = 13,
  set = 14,
  list = 15
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t offset() const { return at_; }
  void spoil() {
    ok_ = false;
    at_ = bytes_.size();
  }

  std::uint64_t number(std::size_t size) {
    if (bytes_.size() - at_ < size) {
      spoil();
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes_[at_++]);
    return value;
  }
  std::int64_t integer(Type type) {
    switch (type) {
      case boolean:
      case byte:
        return static_cast<std::int8_t>(number(1));
      case i16:
        return static_cast<std::int16_t>(number(2));
      case i32:
        return static_cast<std::int32_t>(number(4));
      case i64:
        return static_cast<std::int64_t>(number(8));
      default:
        skip(type, 0);
        return 0;
    }
  }
  std::string_view text(Type type) {
    if (type != string) {
      skip(type, 0);
      return {};
    }
    const std::uint64_t size = number(4);
    if (bytes_.size() - at_ < size) {
      spoil();
      return {};
    }
    const std::string_view text = bytes_.substr(at_, size);
    at_ += size;
    return text;
  }

  // Calls f(number, type) for each field; f reads or skips the value.
  template <class F>
  void fields(F f) {
    while (ok_) {
      const auto type = static_cast<Type>(number(1));
      if (type == stop) return;
      const auto field = static_cast<std::int16_t>(number(2));
      if (ok_) f(field, type);
    }
  }
  // Calls f() for each element of a list of structs.
  template <class F>
  void structures(Type type, F f) {
    if (type != list) return skip(type, 0);
    const auto element = static_cast<Type>(number(1));
    const std::uint64_t count = number(4);
    // Every struct has one byte at least.
    if (element != structure || count > bytes_.size() - at_) {
      if (count != 0) spoil();
      return;
    }
    for (std::uint64_t i = 0; i < count && ok_; ++i) f();
  }
  void skip(Type type, int depth) {
    if (depth > thrift_depth_limit) return spoil();
    switch (type) {
      case boolean:
      case byte:
        number(1);
        return;
      case i16:
        number(2);
        return;
      case i32:
        number(4);
        return;
      case real:
      case i64:
        number(8);
        return;
      case string:
        text(string);
        return;
      case structure:
        fields([&](std::int16_t, Type inner) { skip(inner, depth + 1); });
        return;
      case set:
      case list: {
        const auto element = static_cast<Type>(number(1));
        const std::uint64_t count = number(4);
        if (count > bytes_.size() - at_) return spoil();
        for (std::uint64_t i = 0; i < count && ok_; ++i) skip(element, depth + 1);
        return;
      }
      case map: {
        const auto key = static_cast<Type>(number(1));
        const auto value = static_cast<Type>(number(1));
        const std::uint64_t count = number(4);
        if (count > bytes_.size() - at_) return spoil();
        for (std::uint64_t i = 0; i < count && ok_; ++i) {
          skip(key, depth + 1);
          skip(value, depth + 1);
        }
        return;
      }
      default:
        spoil();
    }
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::int64_t nanos(std::int64_t micros) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(micros) * 1000U);
}

Attribute read_tag(Reader& in) {
  Attribute tag;
  std::int64_t type = 0;
  std::string text;
  double number = 0;
  bool flag = false;
  std::int64_t whole = 0;
  std::string bytes;
  in.fields([&](std::int16_t field, Type kind) {
    switch (field) {
      case 1:
        tag.key = in.text(kind);
        break;
      case 2:
        type = in.integer(kind);
        break;
      case 3:
        text = in.text(kind);
        break;
      case 4:
        if (kind == real) {
          number = std::bit_cast<double>(in.number(8));
        } else {
          in.skip(kind, 0);
        }
        break;
      case 5:
        flag = in.integer(kind) != 0;
        break;
      case 6:
        whole = in.integer(kind);
        break;
      case 7:
        bytes = in.text(kind);
        break;
      default:
        in.skip(kind, 0);
    }
  });
  switch (type) {
    case 1:
      tag.value.data = number;
      break;
    case 2:
      tag.value.data = flag;
      break;
    case 3:
      tag.value.data = whole;
      break;
    case 4:
      tag.value.data = AttributeBytes{std::move(bytes)};
      break;
    default:
      tag.value.data = std::move(text);
  }
  return tag;
}

Attributes read_tags(Reader& in, Type type) {
  Attributes tags;
  in.structures(type, [&] { tags.push_back(read_tag(in)); });
  return tags;
}

TraceId trace_id_of(std::uint64_t high, std::uint64_t low) {
  TraceId id{};
  const SpanId front = to_span_id(high);
  const SpanId back = to_span_id(low);
  std::copy(front.begin(), front.end(), id.begin());
  std::copy(back.begin(), back.end(), id.begin() + 8);
  return id;
}

void read_reference(Reader& in, Span& span) {
  std::int64_t type = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  SpanLink link;
  in.fields([&](std::int16_t field, Type kind) {
    switch (field) {
      case 1:
        type = in.integer(kind);
        break;
      case 2:
        low = static_cast<std::uint64_t>(in.integer(kind));
        break;
      case 3:
        high = static_cast<std::uint64_t>(in.integer(kind));
        break;
      case 4:
        link.span_id = to_span_id(static_cast<std::uint64_t>(in.integer(kind)));
        break;
      default:
        in.skip(kind, 0);
    }
  });
  link.trace_id = trace_id_of(high, low);
  add_jaeger_reference(span, std::move(link), type == 0);
}

void read_log(Reader& in, Span& span) {
  SpanEvent event;
  in.fields([&](std::int16_t field, Type kind) {
    switch (field) {
      case 1:
        event.time_ns = nanos(in.integer(kind));
        break;
      case 2:
        event.attributes = read_tags(in, kind);
        break;
      default:
        in.skip(kind, 0);
    }
  });
  add_jaeger_log(span, std::move(event));
}

Span read_span(Reader& in) {
  Span span;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::int64_t duration = 0;
  in.fields([&](std::int16_t field, Type kind) {
    switch (field) {
      case 1:
        low = static_cast<std::uint64_t>(in.integer(kind));
        break;
      case 2:
        high = static_cast<std::uint64_t>(in.integer(kind));
        break;
      case 3:
        span.span_id = to_span_id(static_cast<std::uint64_t>(in.integer(kind)));
        break;
      case 4:
        span.parent_id = to_span_id(static_cast<std::uint64_t>(in.integer(kind)));
        break;
      case 5:
        span.name = in.text(kind);
        break;
      case 6:
        span.trace_id = trace_id_of(high, low);
        in.structures(kind, [&] { read_reference(in, span); });
        break;
      case 7:
        span.flags = static_cast<std::uint32_t>(in.integer(kind)) & 0xFF;
        break;
      case 8:
        span.start_ns = nanos(in.integer(kind));
        break;
      case 9:
        duration = nanos(in.integer(kind));
        break;
      case 10:
        for (Attribute& tag : read_tags(in, kind)) add_jaeger_tag(span, std::move(tag));
        break;
      case 11:
        in.structures(kind, [&] { read_log(in, span); });
        break;
      default:
        in.skip(kind, 0);
    }
  });
  span.trace_id = trace_id_of(high, low);
  span.end_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(span.start_ns) +
                                          static_cast<std::uint64_t>(duration));
  return span;
}

void read_process(Reader& in, Attributes& resource) {
  in.fields([&](std::int16_t field, Type kind) {
    switch (field) {
      case 1:
        resource.push_back({"service.name", AttributeValue(std::string(in.text(kind)))});
        break;
      case 2:
        for (Attribute& tag : read_tags(in, kind)) resource.push_back(std::move(tag));
        break;
      default:
        in.skip(kind, 0);
    }
  });
}

}  // namespace

Result<SpanBatch> decode_jaeger_thrift(std::string_view body) {
  SpanBatch batch;
  ResourceSpans& resource = batch.resources.emplace_back();
  ScopeSpans& scope = resource.scopes.emplace_back();
  Reader in(body);
  in.fields([&](std::int16_t field, Type kind) {
    if (field == 1 && kind == structure) {
      read_process(in, resource.resource);
    } else if (field == 2) {
      in.structures(kind, [&] { scope.spans.push_back(read_span(in)); });
    } else {
      in.skip(kind, 0);
    }
  });
  if (!in.ok() || !in.at_end()) return fail(Code::invalid, "jaeger thrift: malformed or cut off batch");
  return batch;
}

}  // namespace aloft::telemetry::traces
