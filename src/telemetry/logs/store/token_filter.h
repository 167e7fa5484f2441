// A Bloom filter over the words and fields of a group of rows: it says for certain that a word does not
// occur, so a search need not read the group.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::telemetry::logs {

// Gathers what a group holds and makes its filter.
class TokenFilterBuilder {
 public:
  TokenFilterBuilder();
  void add_line(std::string_view line);
  void add_field(std::string_view name, std::string_view value);
  // Eight bits a word; then empty again.
  std::string finish();

 private:
  void add(std::uint64_t hash);
  void grow();
  std::vector<std::uint64_t> seen_;  // an open table of hashes; 0 is free
  std::size_t count_ = 0;
};

// What a group must hold to be worth reading. Made once for a query.
class TokenQuery {
 public:
  // The line holds `literal`. Only its whole words count, those with another byte on both sides.
  void require_literal(std::string_view literal);
  // A field has this value.
  void require_field(std::string_view name, std::string_view value);
  bool empty() const { return hashes_.empty(); }
  // False when the group behind `filter` certainly lacks something.
  bool may_match(std::string_view filter) const;

 private:
  std::vector<std::uint64_t> hashes_;
};

}  // namespace aloft::telemetry::logs
