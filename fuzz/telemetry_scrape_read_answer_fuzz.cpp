// Answers to remote reads in both forms, and chunks of every encoding: the first byte chooses.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "telemetry/scrape/chunks/chunk.h"
#include "telemetry/scrape/remote/read_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  using namespace aloft::telemetry::scrape;
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] >= 4) {
    const bool chunks = data[0] % 2 == 0;
    (void)decode_read_answer(rest, chunks ? "application/x-streamed-protobuf" : "application/x-protobuf",
                             {.bytes = 1 << 20, .samples = 1 << 20});
    return 0;
  }
  metrics::Column column;
  if (!decode_chunk(static_cast<ChunkEncoding>(data[0]), rest, column)) return 0;
  // What was read is written so that it reads back.
  metrics::Column again;
  for (const Chunk& chunk : encode_chunks(column)) {
    if (!decode_chunk(chunk.encoding, chunk.data, again)) std::abort();
  }
  if (again.times != column.times) std::abort();
  return 0;
}
