// Request bodies to structs: which kind they must be, what a strict reader objects to, and defaults.
#include "api/body.h"

#include <algorithm>
#include <optional>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/meta/v1/type_meta.h"
#include "model/yaml.h"

namespace aloft::api {
namespace {

// One complaint of a strict reader, at a place in the document.
struct Complaint {
  std::string path;
  bool duplicate = false;
  std::size_t order = 0;
  std::string text() const {
    return fmt::format("{} field \"{}\"", duplicate ? "duplicate" : "unknown", path);
  }
};

// Numbers the paths of complaints in the order in which a reader meets them.
void number_complaints(const model::Value& value, const std::string& path, std::size_t& counter,
                       std::vector<Complaint>& complaints) {
  for (Complaint& complaint : complaints) {
    if (complaint.order == 0 && complaint.path == path) complaint.order = counter;
  }
  ++counter;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      number_complaints(member, path.empty() ? key : path + "." + key, counter, complaints);
    }
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      number_complaints((*array)[i], fmt::format("{}[{}]", path, i), counter, complaints);
    }
  }
}

std::vector<std::string> complaints_in_order(const model::Value& document,
                                             const std::vector<std::string>& duplicates,
                                             const std::vector<std::string>& unknown) {
  std::vector<Complaint> complaints;
  for (const auto& path : unknown) {
    if (path != "kind" && path != "apiVersion") complaints.push_back({path, false, 0});
  }
  for (const auto& path : duplicates) complaints.push_back({path, true, 0});
  if (complaints.size() > 1) {
    std::size_t counter = 1;
    number_complaints(document, "", counter, complaints);
    std::ranges::sort(complaints, {}, [](const Complaint& c) { return std::pair(c.order, c.duplicate); });
  }
  std::vector<std::string> texts;
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text());
  return texts;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

// Upstream names Go packages in these messages; only their first word is ours to know.
std::string_view package_of(const model::KindInfo& kind) {
  return kind.group.empty() ? "core" : kind.group.substr(0, kind.group.find('.'));
}

std::unexpected<Error> cannot_handle(std::string_view kind, std::string_view version,
                                     const model::KindInfo& expected, std::string_view why) {
  return fail(Code::bad_request, fmt::format("{} in version \"{}\" cannot be handled as a {}: {}", kind,
                                             version, expected.kind, why));
}

std::unexpected<Error> unrecognised(const model::KindInfo& expected, std::string_view why) {
  return fail(Code::bad_request, fmt::format("the object provided is unrecognized (must be of type {}): {}",
                                             expected.kind, why));
}

std::string version_part(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return std::string(slash == std::string_view::npos ? api_version : api_version.substr(slash + 1));
}

// The kind that a body says it is must be the one the path is about; saying nothing is fine.
Result<> check_kind(const model::KindInfo& expected, std::string_view api_version, std::string_view kind) {
  if (api_version.empty() && kind.empty()) return {};
  const std::string wanted_version = expected.gvk().api_version();
  if ((api_version.empty() || api_version == wanted_version) && (kind.empty() || kind == expected.kind))
    return {};
  const std::string version =
      version_part(api_version.empty() ? std::string_view(wanted_version) : api_version);
  const std::string_view said = kind.empty() ? expected.kind : kind;
  for (const model::KindInfo& known : model::all_kinds()) {
    if (known.kind == said && known.gvk().api_version() == api_version) {
      return cannot_handle(said, version, expected,
                           fmt::format("converting ({}.{}) to ({}.{}): unknown conversion", known.version,
                                       said, package_of(expected), expected.kind));
    }
  }
  return cannot_handle(
      said, version, expected,
      fmt::format(
          "no kind \"{}\" is registered for version \"{}\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
          said, api_version));
}

void fill_defaults(const model::KindInfo& kind, void* object) {
  model::apply_fallbacks(*kind.type, object);
  if (kind.rules.set_defaults != nullptr) kind.rules.set_defaults(object);
}

Result<DecodedBody> decode_protobuf_body(const model::KindInfo& kind, std::string_view body) {
  auto envelope = model::open_protobuf_envelope(body);
  if (!envelope) return unrecognised(kind, envelope.error().message());
  TRY_DO(check_kind(kind, envelope->api_version, envelope->kind));
  DecodedBody decoded;
  decoded.object = kind.make();
  if (auto done = model::decode_protobuf(*kind.type, envelope->raw, decoded.object.get()); !done) {
    return cannot_handle(kind.kind, kind.version, kind, done.error().message());
  }
  fill_defaults(kind, decoded.object.get());
  return decoded;
}

// A JSON body that a strict reader has nothing to say against, straight from text to struct; nullopt for any
// other, which is then read once more by way of a document, where the words of complaints come from.
std::optional<DecodedBody> decode_faultless_json(const model::KindInfo& kind, std::string_view body) {
  if (!body.starts_with('{')) return std::nullopt;
  meta::v1::TypeMeta said;
  if (!model::decode_json(model::type_info<meta::v1::TypeMeta>(), body, &said)) return std::nullopt;
  if (!check_kind(kind, said.apiVersion, said.kind)) return std::nullopt;
  DecodedBody decoded;
  decoded.object = kind.make();
  model::DecodeReport report;
  const auto done = model::decode_json(*kind.type, body, decoded.object.get(), &report);
  if (!done || !report.findings.empty()) return std::nullopt;
  fill_defaults(kind, decoded.object.get());
  return decoded;
}

// The text of a bad body as upstream quotes it, cut short.
std::string excerpt(std::string_view body) {
  if (body.empty()) return "<empty>";
  constexpr std::size_t limit = 256;
  return body.size() <= limit ? std::string(body) : fmt::format("{} ...", body.substr(0, limit));
}

// "json: offset 17: expected ':'" without its first two words, which upstream's messages do not have.
std::string_view without_position(std::string_view message) {
  if (!message.starts_with("json: offset ")) return message;
  const std::size_t colon = message.find(": ", std::string_view("json: offset").size());
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

}  // namespace

Result<model::Value> parse_document(std::string_view body, BodyFormat format,
                                    std::vector<std::string>& duplicates) {
  model::ParseOptions options;
  options.duplicates = &duplicates;
  return format == BodyFormat::yaml ? model::parse_yaml(body, options) : model::parse_json(body, options);
}

Result<DecodedBody> decode_document(const model::KindInfo& kind, const model::Value& document,
                                    const std::vector<std::string>& duplicates, FieldValidation validation) {
  if (!document.is_object()) {
    return unrecognised(
        kind,
        fmt::format("couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value "
                    "of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                    "\"json:\\\"kind,omitempty\\\"\" }}",
                    document.type_name()));
  }
  TRY_DO(check_kind(kind, document.text_at("apiVersion"), document.text_at("kind")));
  DecodedBody decoded;
  decoded.object = kind.make();
  model::DecodeReport report;
  if (auto done = model::decode_value(*kind.type, document, decoded.object.get(), &report); !done) {
    return cannot_handle(kind.kind, kind.version, kind, done.error().message());
  }
  if (validation != FieldValidation::ignore && (!duplicates.empty() || !report.unknown_fields.empty())) {
    auto complaints = complaints_in_order(document, duplicates, report.unknown_fields);
    if (validation == FieldValidation::strict && !complaints.empty()) {
      return cannot_handle(kind.kind, kind.version, kind, "strict decoding error: " + join(complaints));
    }
    decoded.warnings = std::move(complaints);
  }
  fill_defaults(kind, decoded.object.get());
  return decoded;
}

Result<DecodedBody> decode_body(const model::KindInfo& kind, std::string_view body, BodyFormat format,
                                FieldValidation validation) {
  if (format == BodyFormat::protobuf) return decode_protobuf_body(kind, body);
  if (format == BodyFormat::json) {
    if (auto decoded = decode_faultless_json(kind, body)) return std::move(*decoded);
  }
  std::vector<std::string> duplicates;
  auto document = parse_document(body, format, duplicates);
  if (!document) {
    return unrecognised(kind, fmt::format("couldn't get version/kind; json parse error: {} ({})",
                                          without_position(document.error().message()), excerpt(body)));
  }
  return decode_document(kind, *document, duplicates, validation);
}

}  // namespace aloft::api
