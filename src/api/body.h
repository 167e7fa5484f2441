// Request bodies to objects: JSON, YAML and protobuf, with the strictness the client asked for and upstream's
// words for what is wrong.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/kind.h"
#include "model/value.h"

namespace aloft::api {

enum class BodyFormat { json, yaml, protobuf };
enum class FieldValidation { ignore, warn, strict };

// A struct of the expected kind with defaults filled in.
struct DecodedBody {
  std::shared_ptr<void> object;
  std::vector<std::string> warnings;  // `unknown field "spec.foo"`, when asked to warn
};

// Error: bad_request with upstream's message.
Result<DecodedBody> decode_body(const model::KindInfo& kind, std::string_view body, BodyFormat format,
                                FieldValidation validation);

// Text to a document, for patches. `duplicates` collects the paths of repeated keys.
Result<model::Value> parse_document(std::string_view body, BodyFormat format,
                                    std::vector<std::string>& duplicates);

// The same for a document that exists already (the result of a patch).
Result<DecodedBody> decode_document(const model::KindInfo& kind, const model::Value& document,
                                    const std::vector<std::string>& duplicates, FieldValidation validation);

}  // namespace aloft::api
