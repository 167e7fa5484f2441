// Objects in the forms that clients ask for instead of the whole: Table (what kubectl prints) and
// PartialObjectMetadata.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/negotiation.h"
#include "api/resource.h"
#include "base/time.h"

namespace aloft::api {

enum class IncludeObject { none, metadata, object };

struct ListFacts {
  std::string resource_version;
  std::string continue_token;
  std::optional<std::size_t> remaining;
};

// Appends a Table of the stored objects. Objects that do not decode show as a row with their name only.
void append_table(std::string& out, const Resource& resource, const std::vector<std::string_view>& stored,
                  const ListFacts& facts, const Answer& answer, WallTime now, bool with_columns,
                  IncludeObject include);

// Appends {"kind":"PartialObjectMetadata",...} of a stored object.
void append_partial_metadata(std::string& out, std::string_view stored, const Answer& answer);

// `"metadata":{"resourceVersion":"5","continue":"...","remainingItemCount":3}` of lists.
void append_list_metadata(std::string& out, const ListFacts& facts);

}  // namespace aloft::api
