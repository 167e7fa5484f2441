// What form of an answer the client wants, from its Accept header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/body.h"
#include "base/result.h"
#include "http/message.h"

namespace aloft::api {

enum class AnswerFormat { json, yaml, protobuf };
enum class AnswerShape { object, table, partial_metadata };

struct Answer {
  AnswerFormat format = AnswerFormat::json;
  AnswerShape shape = AnswerShape::object;
  std::string shape_version = "v1";  // of meta.k8s.io
};

// The first thing in the client's order of preference that we can give. Protobuf is given only when nothing
// else will do. Error: not_acceptable.
Result<Answer> negotiate(const http::Headers& headers);

// Content-Type of a request body. Error: unsupported_media_type.
Result<BodyFormat> body_format(const http::Headers& headers);

// One media range: type and parameters.
struct MediaRange {
  std::string_view type;
  std::string_view as;       // as=Table
  std::string_view group;    // g=
  std::string_view version;  // v=
  double quality = 1;
};
MediaRange parse_media_range(std::string_view text);

}  // namespace aloft::api
