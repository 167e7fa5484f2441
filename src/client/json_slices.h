// Cuts a JSON text into the texts of its parts without building a document: a list into its items, a watch
// event into type and object. It trusts that the text is JSON as far as brackets and quotes go; the parts are
// checked when they are decoded.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace aloft::client {

// The text of a member's value; nullopt when `object` is no object or has no such member. Keys with escapes
// match nothing.
std::optional<std::string_view> json_member(std::string_view object, std::string_view key);
// The texts of an array's elements; nullopt when it is no array. null counts as an empty array.
std::optional<std::vector<std::string_view>> json_elements(std::string_view array);

}  // namespace aloft::client
