// The alphabet has no vowels and no digits that read as letters, so that no words appear by chance.
#include "controllers/generated_name.h"

#include "base/bytes.h"

namespace aloft::controllers {
namespace {

constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t suffix_length = 5;
constexpr std::size_t longest_name = 63;

// FNV's low bits hang on the last bytes alone; this spreads every bit over all (the finalizer of
// MurmurHash3).
std::uint64_t spread(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33);
}

}  // namespace

std::string encode_hash(std::uint32_t hash) {
  std::string text = fmt::format("{:08}", hash);
  for (char& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
  return text;
}

std::string generated_name(std::string_view prefix, std::string_view seed) {
  std::string name(prefix.substr(0, longest_name - suffix_length));
  std::uint64_t rest = spread(stable_hash(seed));
  for (std::size_t i = 0; i < suffix_length; ++i) {
    name += alphabet[rest % alphabet.size()];
    rest /= alphabet.size();
  }
  return name;
}

}  // namespace aloft::controllers
