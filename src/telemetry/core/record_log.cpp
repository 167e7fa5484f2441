// The log's format: a segment file is an 8-byte magic and records, a record is a header of five little-endian
// words (marker, stored size with the compressed bit, size, CRC of the stored bytes, CRC of the header) and
// the stored bytes. The header's CRC covers the place where it stands, so bytes that look like a record
// inside another record, or that an older file left behind, are never taken for one.
#include "telemetry/core/record_log.h"

#include <cerrno>
#include <charconv>
#include <deque>

#include <unistd.h>

#include "io/file.h"
#include "io/guarded.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/disk_file.h"

namespace aloft::telemetry {
namespace {

constexpr std::string_view magic = "AlftLog1";
constexpr std::string_view suffix = ".log";
constexpr std::uint32_t marker = 0x9fa11f0c;
constexpr std::uint32_t compressed_bit = 0x80000000;
constexpr std::size_t header_bytes = 20;
// What is too small to shrink stays as it is.
constexpr std::size_t least_compressed_bytes = 128;
constexpr std::size_t scan_bytes = 64 * 1024;

struct Header {
  std::uint32_t stored = 0;
  bool compressed = false;
  std::uint32_t size = 0;
  std::uint32_t stored_crc = 0;
};

void put_word(std::string& out, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(word >> shift));
}

std::uint32_t get_word(std::string_view bytes, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i);
  }
  return word;
}

std::uint32_t header_crc(std::string_view words, LogPosition position) {
  std::string place;
  put_word(place, static_cast<std::uint32_t>(position.segment));
  put_word(place, static_cast<std::uint32_t>(position.segment >> 32));
  put_word(place, static_cast<std::uint32_t>(position.offset));
  put_word(place, static_cast<std::uint32_t>(position.offset >> 32));
  return crc32c(words, crc32c(place));
}

std::string encode_header(const Header& header, LogPosition position) {
  std::string out;
  put_word(out, marker);
  put_word(out, header.stored | (header.compressed ? compressed_bit : 0));
  put_word(out, header.size);
  put_word(out, header.stored_crc);
  put_word(out, header_crc(out, position));
  return out;
}

std::optional<Header> decode_header(std::string_view bytes, LogPosition position) {
  if (bytes.size() < header_bytes || get_word(bytes, 0) != marker) return std::nullopt;
  if (header_crc(bytes.substr(0, 16), position) != get_word(bytes, 16)) return std::nullopt;
  const std::uint32_t stored = get_word(bytes, 4);
  return Header{.stored = stored & ~compressed_bit,
                .compressed = (stored & compressed_bit) != 0,
                .size = get_word(bytes, 8),
                .stored_crc = get_word(bytes, 12)};
}

std::string segment_name(std::uint64_t number) { return fmt::format("{:016x}{}", number, suffix); }

std::optional<std::uint64_t> segment_number(std::string_view name) {
  if (name.size() != 16 + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = name.data() + 16;
  const auto parsed = std::from_chars(name.data(), end, number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

// Reads one segment, skipping what is damaged.
class SegmentReader {
 public:
  using Replay = std::function<void(LogPosition, std::string_view)>;
  SegmentReader(const DiskFile& file, std::uint64_t segment, std::uint64_t size,
                const RecordLogSettings& settings, RecordLogReport& report)
      : file_(file), segment_(segment), size_(size), settings_(settings), report_(report) {}

  Result<> run(const Replay& replay) {
    if (size_ == 0) return {};  // the process ended between creating and beginning it
    TRY_DO(file_.read(0, magic.size(), header_));
    if (header_ != magic) damaged(0, "the file does not begin as a log segment");
    std::uint64_t at = magic.size();
    while (at < size_) {
      TRY_DO(file_.read(at, header_bytes, header_));
      const auto header = decode_header(header_, {segment_, at});
      if (!header) {
        damaged(at, header_.size() < header_bytes ? "a torn record" : "a damaged record header");
        TRY(next, find_header(at + 1));
        at = next;
        continue;
      }
      TRY_DO(record(at, *header, replay));
      at += header_bytes + header->stored;
    }
    report_.bytes += size_;
    return {};
  }

 private:
  Result<> record(std::uint64_t at, const Header& header, const Replay& replay) {
    if (header.stored > settings_.record_limit_bytes || header.size > settings_.record_limit_bytes) {
      damaged(at, "a record above the size limit");
      return {};
    }
    TRY_DO(file_.read(at + header_bytes, header.stored, stored_));
    if (stored_.size() < header.stored) {
      damaged(at, "a torn record");
      return {};
    }
    if (crc32c(stored_) != header.stored_crc) {
      damaged(at, "a record whose checksum is wrong");
      return {};
    }
    if (!header.compressed) {
      ++report_.records;
      replay({segment_, at}, stored_);
      return {};
    }
    const auto plain = zstd_decompress(stored_, header.size);
    if (!plain || plain->size() != header.size) {
      damaged(at, "a record that does not decompress");
      return {};
    }
    ++report_.records;
    replay({segment_, at}, *plain);
    return {};
  }

  // The next place that holds a valid header, or the end.
  Result<std::uint64_t> find_header(std::uint64_t from) {
    std::string first;
    put_word(first, marker);
    std::string window;
    while (from + header_bytes <= size_) {
      TRY_DO(file_.read(from, scan_bytes, window));
      std::size_t found = window.find(first);
      for (; found != std::string::npos; found = window.find(first, found + 1)) {
        if (found + header_bytes > window.size()) break;
        const std::string_view candidate = std::string_view(window).substr(found, header_bytes);
        if (decode_header(candidate, {segment_, from + found})) return from + found;
      }
      if (window.size() < scan_bytes) break;
      // The last bytes are seen again: a header may lie across the border.
      from += window.size() - header_bytes + 1;
    }
    return size_;
  }

  void damaged(std::uint64_t at, std::string_view what) {
    ++report_.damaged;
    if (report_.first_damage.empty()) {
      report_.first_damage = fmt::format("{} at {}: {}", file_.path(), at, what);
    }
  }

  const DiskFile& file_;
  std::uint64_t segment_;
  std::uint64_t size_;
  const RecordLogSettings& settings_;
  RecordLogReport& report_;
  std::string header_, stored_;
};

class FileLog final : public RecordLog {
 public:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
  };
  struct State {
    std::deque<Segment> segments;    // on disk, oldest first
    std::shared_ptr<DiskFile> file;  // of the last segment, while it takes records
    std::uint64_t next_number = 1;
    std::vector<std::shared_ptr<DiskFile>> unsynced;
    bool folder_unsynced = false;
  };

  FileLog(RecordLogSettings settings, State state)
      : settings_(std::move(settings)), state_(std::move(state)) {}

  Result<LogPosition> append(std::string_view record) override {
    if (record.size() > settings_.record_limit_bytes) {
      return fail(Code::too_large, fmt::format("a log record of {} bytes is above the limit of {}",
                                               record.size(), settings_.record_limit_bytes));
    }
    std::string packed;
    std::string_view stored = record;
    if (settings_.compress && record.size() >= least_compressed_bytes) {
      packed = zstd_compress(record, 1);
      if (packed.size() < record.size()) stored = packed;
    }
    const Header header{.stored = static_cast<std::uint32_t>(stored.size()),
                        .compressed = stored.data() != record.data(),
                        .size = static_cast<std::uint32_t>(record.size()),
                        .stored_crc = crc32c(stored)};
    // Records must lie in order and whole, so appenders take turns; the write goes to the page cache only.
    return state_.with([&](State& state) { return append_to(state, header, stored); });
  }

  // One at a time: who finds nothing left to sync must not return before another's sync has ended.
  Result<> sync() override {
    return syncing_.with([this](Syncing&) { return sync_all(); });
  }

  Result<LogPosition> cut() override {
    return state_.with([](State& state) -> Result<LogPosition> {
      state.file.reset();
      return LogPosition{state.next_number, 0};
    });
  }

  Result<> drop_before(LogPosition position) override {
    return state_.with([&](State& state) -> Result<> {
      while (!state.segments.empty() && state.segments.front().number < position.segment) {
        const std::string path = settings_.folder + "/" + segment_name(state.segments.front().number);
        if (state.segments.size() == 1) return empty_last(state, path);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
          return fail(system_error("remove " + path, errno));
        }
        state.segments.pop_front();
      }
      return {};
    });
  }

  std::uint64_t bytes() const override {
    return state_.with([](State& state) {
      std::uint64_t sum = 0;
      for (const Segment& segment : state.segments) sum += segment.bytes;
      return sum;
    });
  }

 private:
  struct Syncing {};

  Result<> sync_all() {
    bool folder = false;
    std::vector<std::shared_ptr<DiskFile>> files;
    state_.with([&](State& state) {
      folder = std::exchange(state.folder_unsynced, false);
      files.swap(state.unsynced);
    });
    Result<> done;
    std::size_t synced = 0;
    while (synced < files.size() && (done = files[synced]->sync())) ++synced;
    if (done && folder) done = sync_folder(settings_.folder);
    if (done) return done;
    // The next sync does what this one could not.
    state_.with([&](State& state) {
      state.folder_unsynced = state.folder_unsynced || folder;
      state.unsynced.insert(state.unsynced.begin(), files.begin() + static_cast<std::ptrdiff_t>(synced),
                            files.end());
    });
    return done;
  }

  Result<LogPosition> append_to(State& state, const Header& header, std::string_view stored) {
    const std::size_t whole = header_bytes + stored.size();
    const bool full = state.file != nullptr && state.segments.back().bytes > magic.size() &&
                      state.segments.back().bytes + whole > settings_.segment_bytes;
    if (full) state.file.reset();
    if (state.file == nullptr) TRY_DO(begin_segment(state));
    Segment& segment = state.segments.back();
    const LogPosition position{segment.number, segment.bytes};
    const std::string head = encode_header(header, position);
    if (auto written = state.file->write(segment.bytes, {head, stored}); !written) {
      // What was written of it is taken back. Where even that fails the next record begins a new segment,
      // and a start reports the torn one here.
      if (!state.file->truncate(segment.bytes)) state.file.reset();
      return fail(std::move(written).error());
    }
    segment.bytes += whole;
    if (state.unsynced.empty() || state.unsynced.back() != state.file) state.unsynced.push_back(state.file);
    return position;
  }

  // The last segment keeps its name, so that the numbers after a restart still rise.
  static Result<> empty_last(State& state, const std::string& path) {
    state.file.reset();
    Segment& segment = state.segments.back();
    if (segment.bytes > magic.size() && ::truncate(path.c_str(), magic.size()) != 0) {
      return fail(system_error("truncate " + path, errno));
    }
    segment.bytes = magic.size();
    return {};
  }

  Result<> begin_segment(State& state) {
    const std::uint64_t number = state.next_number;
    const std::string path = settings_.folder + "/" + segment_name(number);
    TRY(file, DiskFile::create(path));
    if (auto written = file->write(0, {magic}); !written) {
      ::unlink(path.c_str());
      return written;
    }
    state.file = std::move(file);
    state.next_number = number + 1;
    state.segments.push_back({.number = number, .bytes = magic.size()});
    state.folder_unsynced = true;
    return {};
  }

  RecordLogSettings settings_;
  io::Guarded<Syncing> syncing_;  // held while the disk is waited for; taken before the state
  mutable io::Guarded<State> state_;
};

}  // namespace

Result<std::unique_ptr<RecordLog>> RecordLog::open(
    RecordLogSettings settings, const std::function<void(LogPosition, std::string_view record)>& replay,
    RecordLogReport* report) {
  RecordLogReport own;
  RecordLogReport& found = report != nullptr ? *report : own;
  TRY_DO(io::make_directories(settings.folder));
  TRY(names, io::list_directory(settings.folder));
  FileLog::State state;
  for (const std::string& name : names) {
    const auto number = segment_number(name);
    if (!number) continue;
    TRY(file, DiskFile::open(settings.folder + "/" + name));
    TRY(size, file->size());
    SegmentReader reader(*file, *number, size, settings, found);
    TRY_DO(reader.run(replay));
    state.segments.push_back({.number = *number, .bytes = size});
    state.next_number = *number + 1;
  }
  return std::make_unique<FileLog>(std::move(settings), std::move(state));
}

}  // namespace aloft::telemetry
