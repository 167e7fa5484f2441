// Looks into compact JSON text without building a document: selectors and indexes ask a stored object for one
// or two members, and a scan that skips the rest costs a fraction of a parse.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aloft::api {

// The raw text of a member's value, quotes included; nullopt when something on the way is missing. The text
// is one that our own encoder wrote, so it is well-formed.
std::optional<std::string_view> find_raw(std::string_view json, std::span<const std::string_view> path);
// The same for a dotted path of plain names, "spec.nodeName".
std::optional<std::string_view> find_raw(std::string_view json, std::string_view dotted_path);

// A scalar at a dotted path as text: strings unescaped, numbers and booleans as written; empty when missing
// or null.
std::string find_text(std::string_view json, std::string_view dotted_path);

// What every stored object says of itself.
std::string name_of(std::string_view json);
std::string namespace_of(std::string_view json);
std::string resource_version_of(std::string_view json);

// Calls visit(key, value) for each member of a raw object of strings (labels); values unescaped. Stops when
// visit gives false.
void each_string_member(std::string_view raw_object,
                        const std::function<bool(std::string_view, std::string_view)>& visit);

// The text of an object with another metadata.resourceVersion; used for the last state of a removed object.
std::string with_resource_version(std::string_view json, std::int64_t revision);

// Offset just behind the opening quote of an empty metadata.resourceVersion, where the store inserts the
// revision; npos when there is none.
std::size_t find_revision_slot(std::string_view json);

}  // namespace aloft::api
