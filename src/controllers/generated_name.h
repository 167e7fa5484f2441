// Names that controllers give: unlike any word, and the same again for the same question, so that a plan made
// twice from one state makes one object, not two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aloft::controllers {

// A number in the letters that generated names use, as pod-template-hash looks: 8 to 10 of them.
std::string encode_hash(std::uint32_t hash);

// `prefix` and five letters that follow from `seed`; the prefix is cut so that the name has at most 63
// characters.
std::string generated_name(std::string_view prefix, std::string_view seed);

}  // namespace aloft::controllers
