// Blocks: immutable files of spans. A block is groups of some thousand spans in the order of trace ids, each
// a table of its own, and a footer with what finds them: bounds of every group, a Bloom filter of the trace
// ids, services with their operations, and the keys of attributes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/traces/store/part.h"

namespace aloft::telemetry::traces {

// What stands in a block's footer about the block itself.
struct BlockFacts {
  std::int64_t created_ns = 0;        // the newest arrival of its spans, for retention
  std::uint32_t level = 0;            // how often its spans were compacted
  std::vector<std::string> replaces;  // file names of the blocks it was made of
};

class Block : public Part {
 public:
  // Reads the footer. Error: invalid when it is damaged, naming the file.
  static Result<std::shared_ptr<const Block>> open(const std::string& folder, const std::string& file);
  virtual const BlockFacts& facts() const = 0;
  virtual std::uint64_t bytes() const = 0;
};

// What was left out while blocks were read.
struct Damage {
  std::uint64_t groups = 0;
  std::uint64_t rows = 0;
  std::string first;
};

struct BlockPlan {
  std::string folder;
  std::string file;
  BlockFacts facts;
  std::size_t group_rows = 2048;
};
// Writes all spans of `parts` as one block, without duplicates, and makes it durable. Groups that cannot be
// read are left out and told in `damage`. Memory: one group of each part. Error: unavailable when the disk is
// full; no file is left then.
Result<std::shared_ptr<const Block>> write_block(const BlockPlan& plan,
                                                 const std::vector<std::shared_ptr<const Part>>& parts,
                                                 Damage& damage);

}  // namespace aloft::telemetry::traces
