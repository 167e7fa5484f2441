// Zipkin's fields in OpenTelemetry's model, as the OpenTelemetry specification maps them.
#include "telemetry/traces/ingest/zipkin.h"

#include "model/json.h"

namespace aloft::telemetry::traces {
namespace {

using model::Object;
using model::Value;

class SpanReader {
 public:
  SpanReader(const Object& object, std::size_t number) : object_(object), number_(number) {}

  Result<Span> read() {
    Span span;
    TRY(trace, id("traceId", true, [](std::string_view text) { return parse_trace_id(text); }));
    span.trace_id = *trace;
    TRY(own, id("id", true, [](std::string_view text) { return parse_span_id(text); }));
    span.span_id = *own;
    TRY(parent, id("parentId", false, [](std::string_view text) { return parse_span_id(text); }));
    if (parent) span.parent_id = *parent;
    TRY(name, text("name"));
    span.name = std::string(name);
    TRY(kind, text("kind"));
    TRY_DO(read_kind(kind, span));
    TRY(start, micros("timestamp"));
    TRY(duration, micros("duration"));
    span.start_ns = start;
    span.end_ns = start + duration;
    TRY_DO(read_tags(span));
    TRY_DO(read_annotations(span));
    return span;
  }

  Result<Attributes> resource() {
    Attributes attributes;
    const Value* endpoint = object_.find("localEndpoint");
    std::string_view service;
    if (endpoint != nullptr) service = endpoint->text_at("serviceName");
    attributes.push_back({"service.name", AttributeValue(std::string(service))});
    return attributes;
  }

  void add_peer(Span& span) const {
    const Value* remote = object_.find("remoteEndpoint");
    if (remote == nullptr) return;
    const auto add = [&](std::string_view key, std::string_view value) {
      if (!value.empty()) span.attributes.push_back({std::string(key), AttributeValue(std::string(value))});
    };
    add("peer.service", remote->text_at("serviceName"));
    const std::string_view v4 = remote->text_at("ipv4");
    add("net.peer.ip", v4.empty() ? remote->text_at("ipv6") : v4);
    const Value* port = remote->at("port");
    const std::int64_t* number = port != nullptr ? port->if_int() : nullptr;
    if (number != nullptr) span.attributes.push_back({"net.peer.port", AttributeValue(*number)});
  }

 private:
  std::unexpected<Error> bad(std::string_view field, std::string_view what) const {
    return fail(Code::invalid, fmt::format("zipkin span {}: {}: {}", number_, field, what));
  }

  template <class Parse>
  auto id(std::string_view field, bool required, Parse parse) const -> Result<decltype(parse(""))> {
    const Value* value = object_.find(field);
    if (value == nullptr || value->is_null()) {
      if (required) return bad(field, "missing");
      return decltype(parse(""))();
    }
    const std::string* text = value->if_string();
    if (text == nullptr)
      return bad(field, fmt::format("a string was expected, not a {}", value->type_name()));
    auto parsed = parse(*text);
    if (!parsed) return bad(field, fmt::format("{} is no id of hex digits", *text));
    return parsed;
  }

  Result<std::string_view> text(std::string_view field) const {
    const Value* value = object_.find(field);
    if (value == nullptr || value->is_null()) return std::string_view();
    const std::string* text = value->if_string();
    if (text == nullptr)
      return bad(field, fmt::format("a string was expected, not a {}", value->type_name()));
    return std::string_view(*text);
  }

  // In nanoseconds.
  Result<std::int64_t> micros(std::string_view field) const {
    const Value* value = object_.find(field);
    if (value == nullptr || value->is_null()) return std::int64_t{0};
    constexpr double most = 4e15;  // no sum of two overflows as nanoseconds
    if (!value->is_number() || value->as_double() < 0 || value->as_double() > most) {
      return bad(field, "microseconds were expected");
    }
    const std::int64_t* whole = value->if_int();
    return (whole != nullptr ? *whole : static_cast<std::int64_t>(value->as_double())) * 1000;
  }

  Result<> read_kind(std::string_view kind, Span& span) const {
    if (kind == "CLIENT") span.kind = SpanKind::client;
    if (kind == "SERVER") span.kind = SpanKind::server;
    if (kind == "PRODUCER") span.kind = SpanKind::producer;
    if (kind == "CONSUMER") span.kind = SpanKind::consumer;
    if (span.kind == SpanKind::unspecified && !kind.empty()) {
      return bad("kind", fmt::format("{} is none of CLIENT, SERVER, PRODUCER, CONSUMER", kind));
    }
    return {};
  }

  Result<> read_tags(Span& span) const {
    const Value* tags = object_.find("tags");
    if (tags == nullptr || tags->is_null()) return {};
    const Object* members = tags->if_object();
    if (members == nullptr)
      return bad("tags", fmt::format("an object was expected, not a {}", tags->type_name()));
    for (const auto& [key, value] : *members) {
      const std::string* content = value.if_string();
      const std::string tag = content != nullptr ? *content : model::to_json(value);
      if (key == "error") {
        span.status = SpanStatus::error;
        if (tag != "true") span.status_message = tag;
      } else if (key == "otel.status_code") {
        span.status = tag == "ERROR" ? SpanStatus::error : tag == "OK" ? SpanStatus::ok : span.status;
        continue;
      } else if (key == "otel.status_description") {
        span.status_message = tag;
        continue;
      }
      span.attributes.push_back({key, AttributeValue(tag)});
    }
    return {};
  }

  Result<> read_annotations(Span& span) const {
    const Value* annotations = object_.find("annotations");
    if (annotations == nullptr || annotations->is_null()) return {};
    const model::Array* list = annotations->if_array();
    if (list == nullptr) {
      return bad("annotations", fmt::format("an array was expected, not a {}", annotations->type_name()));
    }
    for (const Value& item : *list) {
      const Object* annotation = item.if_object();
      if (annotation == nullptr) return bad("annotations", "an object was expected");
      SpanReader reader(*annotation, number_);
      TRY(time, reader.micros("timestamp"));
      TRY(value, reader.text("value"));
      span.events.push_back({time, std::string(value), {}});
    }
    return {};
  }

  const Object& object_;
  std::size_t number_;
};

}  // namespace

Result<SpanBatch> decode_zipkin_json(std::string_view body) {
  TRY(document, model::parse_json(body));
  const model::Array* spans = document.if_array();
  if (spans == nullptr) return fail(Code::invalid, "zipkin: an array of spans was expected");
  return read_zipkin_spans(*spans);
}

Result<SpanBatch> read_zipkin_spans(const model::Array& spans) {
  SpanBatch batch;
  std::map<std::string, std::size_t> services;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Object* object = spans[i].if_object();
    if (object == nullptr)
      return fail(Code::invalid, fmt::format("zipkin span {}: an object was expected", i));
    SpanReader reader(*object, i);
    TRY(span, reader.read());
    reader.add_peer(span);
    TRY(resource, reader.resource());
    const auto [known, fresh] = services.emplace(resource[0].value.to_text(), batch.resources.size());
    if (fresh) {
      batch.resources.emplace_back().resource = std::move(resource);
      batch.resources.back().scopes.emplace_back();
    }
    batch.resources[known->second].scopes[0].spans.push_back(std::move(span));
  }
  return batch;
}

}  // namespace aloft::telemetry::traces
