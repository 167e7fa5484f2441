// Files with right checksums and wrong content: a group and a footer from anybody, read as a chunk file and
// as the index of a block.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include "telemetry/metrics/block/block_index.h"
#include "telemetry/metrics/block/chunk_file.h"
#include "telemetry/metrics/block/group_file.h"

namespace {

using namespace aloft::telemetry::metrics;
using aloft::telemetry::Matcher;
using aloft::telemetry::MatchType;

std::string scratch_path() {
  return (std::filesystem::temp_directory_path() / fmt::format("block_fuzz_{}", ::getpid())).string();
}

void write_file(const std::string& path, std::string_view group, std::string_view footer) {
  auto writer = GroupWriter::create(path, 1);
  if (!writer) std::abort();
  OpenGroup open;
  while (!group.empty()) {
    const auto length = std::min<std::size_t>(static_cast<std::uint8_t>(group[0]), group.size());
    const std::size_t begin = open.bytes.size();
    open.bytes += group.substr(0, length);
    open.end_record(begin);
    group.remove_prefix(std::max<std::size_t>(1, length));
  }
  if (!(*writer)->write(open)) std::abort();
  if (!(*writer)->finish(footer)) std::abort();
}

void read_chunks(const std::string& path) {
  const auto file = ChunkFile::open(path, std::make_shared<ChunkCache>(1 << 20));
  if (!file) return;
  ReadScratch scratch;
  Column column;
  const std::uint64_t series = std::min<std::uint64_t>((*file)->totals().series, 64);
  for (std::uint64_t i = 0; i < series; ++i) {
    column.clear();
    (void)(*file)->read(i, INT64_MIN, INT64_MAX, scratch, column);
  }
  ChunkFile::Scan scan(*file);
  for (std::uint64_t i = 0; i < series; ++i) (void)scan.next(column);
}

void read_index(const std::string& path) {
  const auto index = BlockIndex::open(path, std::make_shared<ChunkCache>(1 << 20));
  if (!index || (*index)->series() > 100'000) return;
  const std::vector<Matcher> matchers{*Matcher::make(MatchType::regex, "a", "b.*"),
                                      *Matcher::make(MatchType::not_equal, "c", "d")};
  (void)(*index)->select(matchers);
  (void)(*index)->label_values("a");
  std::string labels;
  for (std::uint32_t i = 0; i < std::min<std::uint64_t>((*index)->series(), 64); ++i) {
    labels.clear();
    (void)(*index)->append_labels(i, labels);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t split = 1 + static_cast<std::uint8_t>(bytes[0]) % (size - 1);
  const std::string path = scratch_path();
  write_file(path, bytes.substr(1, split - 1), bytes.substr(split));
  read_chunks(path);
  read_index(path);
  ::unlink(path.c_str());
  return 0;
}
