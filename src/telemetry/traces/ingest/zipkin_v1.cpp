// Zipkin's first format as its second: what core annotations (cs, sr, ...) said became fields, and one span
// that both sides wrote becomes two.
#include "model/json.h"
#include "telemetry/traces/ingest/zipkin.h"

namespace aloft::telemetry::traces {
namespace {

using model::Object;
using model::Value;

struct Core {
  std::string_view value;
  std::string_view kind;
  bool begins = false;
};
constexpr std::array<Core, 6> cores = {{{"cs", "CLIENT", true},
                                        {"cr", "CLIENT", false},
                                        {"sr", "SERVER", true},
                                        {"ss", "SERVER", false},
                                        {"ms", "PRODUCER", true},
                                        {"mr", "CONSUMER", true}}};

// One side of a span, as its core annotations tell it.
struct Side {
  const Value* begin = nullptr;
  const Value* end = nullptr;
  const Value* endpoint = nullptr;
  bool seen = false;
};

const model::Array& list_of(const Object& span, std::string_view field) {
  static const model::Array none;
  const Value* found = span.find(field);
  const model::Array* list = found != nullptr ? found->if_array() : nullptr;
  return list != nullptr ? *list : none;
}

double number_of(const Value* value) {
  return value != nullptr && value->is_number() ? value->as_double() : 0;
}

class Converter {
 public:
  explicit Converter(const Object& span) : span_(span) { read(); }

  void append_to(model::Array& out) const {
    bool any = false;
    for (const auto& [kind, side] : sides_) {
      any = true;
      out.emplace_back(converted(kind, side));
    }
    if (!any) out.emplace_back(converted("", Side()));
  }

 private:
  void read() {
    for (const Value& annotation : list_of(span_, "annotations")) {
      const std::string_view value = annotation.text_at("value");
      const auto core =
          std::find_if(cores.begin(), cores.end(), [&](const Core& one) { return one.value == value; });
      if (core == cores.end()) {
        annotations_.push_back(annotation);
        continue;
      }
      Side& side = sides_[core->kind];
      (core->begins ? side.begin : side.end) = annotation.at("timestamp");
      if (const Value* endpoint = annotation.at("endpoint")) side.endpoint = endpoint;
    }
    for (const Value& binary : list_of(span_, "binaryAnnotations")) {
      const std::string_view key = binary.text_at("key");
      const Value* value = binary.at("value");
      const Value* endpoint = binary.at("endpoint");
      if ((key == "sa" || key == "ca") && endpoint != nullptr) {
        (key == "sa" ? server_ : client_) = endpoint;
        continue;
      }
      if (any_endpoint_ == nullptr) any_endpoint_ = endpoint;
      if (key != "lc" && value != nullptr) tags_.set(key, *value);
    }
  }

  Object converted(std::string_view kind, const Side& side) const {
    Object out;
    for (const char* field : {"traceId", "id", "parentId", "name", "timestamp", "duration"}) {
      if (const Value* value = span_.find(field)) out.set(field, *value);
    }
    if (!kind.empty()) out.set("kind", Value(kind));
    // A span that both sides wrote has the client's times.
    const bool server_of_two = kind == "SERVER" && sides_.size() > 1;
    if (side.begin != nullptr && (server_of_two || !out.contains("timestamp")))
      out.set("timestamp", *side.begin);
    const double length = number_of(side.end) - number_of(side.begin);
    if (side.begin != nullptr && side.end != nullptr && length > 0 &&
        (server_of_two || !out.contains("duration"))) {
      out.set("duration", Value(length));
    }
    const Value* local = side.endpoint != nullptr ? side.endpoint : any_endpoint_;
    if (local != nullptr) out.set("localEndpoint", *local);
    const Value* remote = kind == "SERVER" || kind == "CONSUMER" ? client_ : server_;
    if (remote != nullptr) out.set("remoteEndpoint", *remote);
    if (!annotations_.empty()) out.set("annotations", Value(annotations_));
    if (!tags_.empty()) out.set("tags", Value(tags_));
    return out;
  }

  const Object& span_;
  std::map<std::string_view, Side> sides_;
  model::Array annotations_;
  Object tags_;
  const Value* any_endpoint_ = nullptr;
  const Value* server_ = nullptr;
  const Value* client_ = nullptr;
};

}  // namespace

Result<SpanBatch> decode_zipkin_v1_json(std::string_view body) {
  TRY(document, model::parse_json(body));
  const model::Array* spans = document.if_array();
  if (spans == nullptr) return fail(Code::invalid, "zipkin: an array of spans was expected");
  model::Array converted;
  for (std::size_t i = 0; i < spans->size(); ++i) {
    const Object* object = (*spans)[i].if_object();
    if (object == nullptr)
      return fail(Code::invalid, fmt::format("zipkin span {}: an object was expected", i));
    Converter(*object).append_to(converted);
  }
  return read_zipkin_spans(converted);
}

}  // namespace aloft::telemetry::traces
