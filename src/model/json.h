// JSON text to documents and back (RFC 8259), in one pass and with bounds on depth, so that hostile text
// costs no more than its length.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace aloft::model {

struct ParseOptions {
  // Upstream's decoder gives up at 10,000; we need no more for any real object.
  std::size_t depth_limit = 1000;
  // Filled with the path of each key that stands twice in one object ("spec.replicas"); the last value
  // counts.
  std::vector<std::string>* duplicates = nullptr;
};

// Error: bad_request with line-free position and what was expected, as "json: offset 17: expected ':'".
// Invalid UTF-8 is an error.
Result<Value> parse_json(std::string_view text, const ParseOptions& options = {});

// Compact, keys in the document's order. Escapes as Go's encoding/json with HTML escaping (<, >, & and
// U+2028/9 as \u00XX), since that is what clients compare with.
std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);
void append_json_string(std::string& out, std::string_view text);
// With two spaces of indent and sorted keys, for files and goldens.
std::string to_pretty_json(const Value& value);

}  // namespace aloft::model
