// One API request on its way through the handlers, and the ways to answer it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/negotiation.h"
#include "api/request_info.h"
#include "api/user.h"
#include "base/bytes.h"
#include "base/result.h"
#include "http/handler.h"
#include "io/task.h"

namespace aloft::api {

// Lives while the request is handled.
struct Exchange {
  http::Request& request;
  http::Responder& responder;
  RequestInfo info;
  http::Query query;
  User user;
};

// Answers. Each sends once; what fails after that is the peer's going away, which needs no handling.
io::Task<> answer_text(Exchange& exchange, int status, std::string content_type, std::string body);
io::Task<> answer_json(Exchange& exchange, int status, std::string body,
                       std::vector<std::string> warnings = {});
// True where a person reads: by ?pretty=true, and by default for curl, Wget and browsers.
bool wants_indent(const Exchange& exchange);
io::Task<> answer_error(Exchange& exchange, const Error& error);
// JSON text in the format that was negotiated (JSON as it is, or YAML).
io::Task<> answer_document(Exchange& exchange, int status, std::string json, AnswerFormat format,
                           std::vector<std::string> warnings = {});

// A document that clients keep, with the hash by which they ask whether it has changed.
struct TaggedText {
  std::string hash;
  SharedBytes text;
};
TaggedText make_tagged(std::string text);
// Answers 304 to a client that has the document. `expires` is an HTTP date, or empty.
io::Task<> answer_tagged(Exchange& exchange, const TaggedText& document, std::string content_type,
                         std::string_view cache_control, std::string_view expires = {});

// The whole body. Error: too_large with upstream's words beyond the limit.
io::Task<Result<std::string>> read_body(Exchange& exchange);

}  // namespace aloft::api
