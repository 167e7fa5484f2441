// The footer of a block as bytes. For the sources of this folder only.
#pragma once

#include <string>
#include <vector>

#include "telemetry/traces/store/block.h"
#include "telemetry/traces/store/bloom.h"

namespace aloft::telemetry::traces {

inline constexpr std::string_view block_magic = "ATraces1";

struct GroupPlace {
  GroupInfo info;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
struct BlockFooter {
  BlockFacts facts;
  std::vector<GroupPlace> places;
  TraceBloom bloom;
  PartSummary summary;
};

std::string encode_footer(const BlockFooter& footer);
// `end`: where the groups end in the file; places beyond are a mistake. Error: invalid.
Result<BlockFooter> decode_footer(std::string_view bytes, std::uint64_t end);

}  // namespace aloft::telemetry::traces
