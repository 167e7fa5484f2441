// Fields by number; those that are unknown or of another type are passed over.
#include "telemetry/traces/ingest/jaeger_proto.h"

#include <map>

#include "telemetry/traces/each_field.h"
#include "telemetry/traces/ingest/jaeger_model.h"

namespace aloft::telemetry::traces {
namespace {

bool is_message(const WireField& field) { return field.wire == Wire::bytes; }

// Timestamp and Duration are alike: seconds and nanoseconds.
bool read_nanos(std::string_view message, std::int64_t& nanos) {
  std::uint64_t total = 0;
  const bool whole = each_field(message, [&](const WireField& field) {
    if (field.wire != Wire::varint) return true;
    if (field.number == 1) total += field.value * 1'000'000'000ULL;
    if (field.number == 2) total += field.value;
    return true;
  });
  nanos = static_cast<std::int64_t>(total);
  return whole;
}

// Ids of 64 bits stand at the end.
template <class Id>
Id read_id(std::string_view bytes) {
  Id id{};
  const std::size_t size = std::min(bytes.size(), id.size());
  std::copy_n(bytes.end() - static_cast<std::ptrdiff_t>(size), size,
              id.end() - static_cast<std::ptrdiff_t>(size));
  return id;
}

bool read_tag(std::string_view message, Attributes& into) {
  Attribute tag;
  std::uint64_t type = 0;
  WireField values[8];
  const bool whole = each_field(message, [&](const WireField& field) {
    if (field.number == 1 && is_message(field)) tag.key = field.bytes;
    if (field.number == 2 && field.wire == Wire::varint) type = field.value;
    const bool text = field.number == 3 || field.number == 7;
    if (field.number >= 3 && field.number <= 7 && is_message(field) == text) values[field.number] = field;
    return true;
  });
  switch (type) {
    case 1:
      tag.value.data = values[4].value != 0;
      break;
    case 2:
      tag.value.data = values[5].as_int();
      break;
    case 3:
      tag.value.data = values[6].as_double();
      break;
    case 4:
      tag.value.data = AttributeBytes{std::string(values[7].bytes)};
      break;
    default:
      tag.value.data = std::string(values[3].bytes);
  }
  into.push_back(std::move(tag));
  return whole;
}

bool read_process(std::string_view message, Attributes& resource) {
  return each_field(message, [&](const WireField& field) {
    if (!is_message(field)) return true;
    if (field.number == 1) resource.push_back({"service.name", AttributeValue(std::string(field.bytes))});
    return field.number != 2 || read_tag(field.bytes, resource);
  });
}

bool read_reference(std::string_view message, Span& span) {
  SpanLink link;
  std::uint64_t type = 0;
  const bool whole = each_field(message, [&](const WireField& field) {
    if (field.number == 1 && is_message(field)) link.trace_id = read_id<TraceId>(field.bytes);
    if (field.number == 2 && is_message(field)) link.span_id = read_id<SpanId>(field.bytes);
    if (field.number == 3 && field.wire == Wire::varint) type = field.value;
    return true;
  });
  add_jaeger_reference(span, std::move(link), type == 0);
  return whole;
}

bool read_log(std::string_view message, Span& span) {
  SpanEvent event;
  const bool whole = each_field(message, [&](const WireField& field) {
    if (!is_message(field)) return true;
    if (field.number == 1) return read_nanos(field.bytes, event.time_ns);
    return field.number != 2 || read_tag(field.bytes, event.attributes);
  });
  add_jaeger_log(span, std::move(event));
  return whole;
}

// `process`: the span's own, as bytes.
bool read_span(std::string_view message, Span& span, std::string_view& process) {
  std::int64_t duration = 0;
  // References are read last, since they rely on the span's trace id.
  std::vector<std::string_view> references;
  const bool whole = each_field(message, [&](const WireField& field) {
    if (field.number == 5 && field.wire == Wire::varint)
      span.flags = static_cast<std::uint32_t>(field.value) & 0xFF;
    if (!is_message(field)) return true;
    Attributes tags;
    switch (field.number) {
      case 1:
        span.trace_id = read_id<TraceId>(field.bytes);
        return true;
      case 2:
        span.span_id = read_id<SpanId>(field.bytes);
        return true;
      case 3:
        span.name = field.bytes;
        return true;
      case 4:
        references.push_back(field.bytes);
        return true;
      case 6:
        return read_nanos(field.bytes, span.start_ns);
      case 7:
        return read_nanos(field.bytes, duration);
      case 8:
        if (!read_tag(field.bytes, tags)) return false;
        add_jaeger_tag(span, std::move(tags.front()));
        return true;
      case 9:
        return read_log(field.bytes, span);
      case 10:
        process = field.bytes;
        return true;
      default:
        return true;
    }
  });
  span.end_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(span.start_ns) +
                                          static_cast<std::uint64_t>(duration));
  return whole && std::all_of(references.begin(), references.end(), [&span](std::string_view reference) {
           return read_reference(reference, span);
         });
}

class BatchReader {
 public:
  bool read(std::string_view message) {
    std::string_view shared;
    std::vector<std::string_view> spans;
    const bool whole = each_field(message, [&](const WireField& field) {
      if (field.number == 1 && is_message(field)) spans.push_back(field.bytes);
      if (field.number == 2 && is_message(field)) shared = field.bytes;
      return true;
    });
    if (!whole) return false;
    for (const std::string_view bytes : spans) {
      Span span;
      std::string_view process;
      if (!read_span(bytes, span, process)) return false;
      ResourceSpans* resource = resource_of(process.empty() ? shared : process);
      if (resource == nullptr) return false;
      resource->scopes.front().spans.push_back(std::move(span));
    }
    return true;
  }
  SpanBatch take() { return std::move(batch_); }

 private:
  // One resource for each process that reads alike.
  ResourceSpans* resource_of(std::string_view process) {
    const auto [known, fresh] = places_.emplace(process, batch_.resources.size());
    if (fresh) {
      ResourceSpans& made = batch_.resources.emplace_back();
      made.scopes.emplace_back();
      if (!read_process(process, made.resource)) return nullptr;
    }
    return &batch_.resources[known->second];
  }

  SpanBatch batch_;
  std::map<std::string_view, std::size_t> places_;
};

}  // namespace

Result<SpanBatch> decode_jaeger_proto(std::string_view request) {
  BatchReader reader;
  const bool whole = each_field(request, [&](const WireField& field) {
    return field.number != 1 || !is_message(field) || reader.read(field.bytes);
  });
  if (!whole) return fail(Code::invalid, "jaeger protobuf: malformed or cut off batch");
  return reader.take();
}

}  // namespace aloft::telemetry::traces
