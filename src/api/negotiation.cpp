// Media ranges of Accept and Content-Type.
#include "api/negotiation.h"

#include <charconv>

#include "base/text.h"

namespace aloft::api {
namespace {

// Calls visit for each part between separators.
template <class Visit>
void each_part(std::string_view text, char separator, Visit visit) {
  while (true) {
    const std::size_t end = text.find(separator);
    visit(trim(text.substr(0, end), spaces_and_tabs));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

constexpr std::string_view protobuf_type = "application/vnd.kubernetes.protobuf";

std::optional<AnswerFormat> format_of(std::string_view type) {
  if (type == "application/json" || type == "*/*" || type == "application/*" || type.empty())
    return AnswerFormat::json;
  if (type == "application/yaml") return AnswerFormat::yaml;
  if (type == protobuf_type) return AnswerFormat::protobuf;
  return std::nullopt;
}

std::optional<AnswerShape> shape_of(const MediaRange& range) {
  if (range.as.empty()) return AnswerShape::object;
  if (range.group != "meta.k8s.io" || (range.version != "v1" && range.version != "v1beta1"))
    return std::nullopt;
  if (range.as == "Table") return AnswerShape::table;
  if (range.as == "PartialObjectMetadata" || range.as == "PartialObjectMetadataList")
    return AnswerShape::partial_metadata;
  return std::nullopt;
}

}  // namespace

MediaRange parse_media_range(std::string_view text) {
  MediaRange range;
  bool first = true;
  each_part(text, ';', [&](std::string_view part) {
    if (first) {
      range.type = part;
      first = false;
      return;
    }
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (name == "as") range.as = value;
    if (name == "g") range.group = value;
    if (name == "v") range.version = value;
    if (name == "q") {
      // A malformed weight counts as none.
      double quality = 1;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), quality);
      if (error == std::errc() && end == value.data() + value.size()) range.quality = quality;
    }
  });
  return range;
}

Result<Answer> negotiate(const http::Headers& headers) {
  const std::string_view accept = headers.get("Accept");
  if (accept.empty()) return Answer{};
  std::optional<Answer> best;
  double best_quality = 0;
  std::optional<Answer> protobuf;
  each_part(accept, ',', [&](std::string_view part) {
    const MediaRange range = parse_media_range(part);
    const auto format = format_of(range.type);
    const auto shape = shape_of(range);
    if (!format || !shape || range.quality <= 0) return;
    Answer answer{*format, *shape, range.version.empty() ? "v1" : std::string(range.version)};
    if (answer.format == AnswerFormat::protobuf) {
      if (!protobuf) protobuf = std::move(answer);
      return;
    }
    if (!best || range.quality > best_quality) {
      best = std::move(answer);
      best_quality = range.quality;
    }
  });
  if (best) return *best;
  if (protobuf) return *protobuf;
  return fail(Code::not_acceptable,
              "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
              "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
              "application/vnd.kubernetes.protobuf;stream=watch");
}

Result<BodyFormat> body_format(const http::Headers& headers) {
  const MediaRange range = parse_media_range(headers.get("Content-Type"));
  if (range.type.empty() || range.type == "application/json" || range.type == "*/*") return BodyFormat::json;
  if (range.type == "application/yaml") return BodyFormat::yaml;
  if (range.type == protobuf_type) return BodyFormat::protobuf;
  return fail(Code::unsupported_media_type,
              "the body of the request was in an unknown format - accepted media types include: "
              "application/json, application/yaml, "
              "application/vnd.kubernetes.protobuf");
}

}  // namespace aloft::api
