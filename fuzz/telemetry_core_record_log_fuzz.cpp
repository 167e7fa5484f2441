// A segment from anybody: a log opens over it, hands out only what has a right checksum, and takes records.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "telemetry/core/record_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / fmt::format("record_log_fuzz_{}", ::getpid());
  fs::create_directories(folder);
  std::ofstream(folder / "0000000000000001.log", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  RecordLogSettings settings{.folder = folder.string(), .record_limit_bytes = 1 << 20};
  std::size_t before = 0;
  {
    auto log = RecordLog::open(settings, [&](LogPosition, std::string_view) { ++before; });
    if (!log || !(*log)->append("more")) std::abort();
  }
  std::size_t after = 0;
  std::string last;
  const auto again = RecordLog::open(settings, [&](LogPosition, std::string_view record) {
    ++after;
    last = record;
  });
  if (!again || after != before + 1 || last != "more") std::abort();
  fs::remove_all(folder);
  return 0;
}
