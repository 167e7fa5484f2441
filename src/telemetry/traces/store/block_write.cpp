// Several parts into one block: their groups are read side by side in the order of trace ids, so that memory
// holds one group of each, whatever their size.
#include "io/file.h"
#include "telemetry/core/compression.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/traces/log.h"
#include "telemetry/traces/store/block.h"
#include "telemetry/traces/store/block_footer.h"
#include "telemetry/traces/store/table_builder.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

// A part being read from its first group to its last.
struct Cursor {
  std::shared_ptr<const Part> part;
  std::size_t next_group = 0;
  std::shared_ptr<const SpanTable> table;
  std::size_t trace = 0;  // in the table
  bool at_end() const { return table == nullptr; }
  bool last_group() const { return next_group >= part->groups().size(); }
};

class BlockWriter {
 public:
  BlockWriter(const BlockPlan& plan, Damage& damage) : plan_(plan), damage_(damage) {}

  Result<> write(const std::vector<std::shared_ptr<const Part>>& parts) {
    path_ = plan_.folder + "/" + plan_.file;
    TRY(file, DiskFile::create(path_ + ".tmp"));
    file_ = std::move(file);
    TRY_DO(append(block_magic));
    for (const auto& part : parts) {
      cursors_.push_back({part, 0, nullptr, 0});
      advance(cursors_.back());
    }
    for (;;) {
      std::erase_if(cursors_, [](const Cursor& cursor) { return cursor.at_end(); });
      if (cursors_.empty()) break;
      TRY_DO(step());
    }
    TRY_DO(finish_group());
    return finish();
  }
  std::size_t groups() const { return footer_.places.size(); }

 private:
  // The next group of a part that can be read.
  void advance(Cursor& cursor) {
    cursor.table = nullptr;
    cursor.trace = 0;
    while (cursor.table == nullptr && !cursor.last_group()) {
      const std::size_t group = cursor.next_group++;
      auto table = cursor.part->load(group, {});
      if (table) {
        if ((*table)->rows() > 0) cursor.table = std::move(*table);
        continue;
      }
      ++damage_.groups;
      damage_.rows += cursor.part->groups()[group].rows;
      if (damage_.first.empty()) damage_.first = table.error().to_string();
    }
  }

  // Takes traces in order until a group is full or a table has been read to its end.
  Result<> step() {
    // Beyond this id another group of some part may hold spans of the same traces.
    const TraceId* bound = nullptr;
    for (const Cursor& cursor : cursors_) {
      const TraceId& last = cursor.table->trace_ids.back();
      if (!cursor.last_group() && (bound == nullptr || last < *bound)) bound = &last;
    }
    std::vector<std::size_t> begins;
    for (const Cursor& cursor : cursors_) begins.push_back(cursor.trace);
    bool any_done = false;
    while (pending_rows_ < plan_.group_rows && !any_done) {
      const TraceId* least = nullptr;
      for (const Cursor& cursor : cursors_) {
        if (cursor.trace == cursor.table->traces()) continue;
        const TraceId& id = cursor.table->trace_ids[cursor.trace];
        if (least == nullptr || id < *least) least = &id;
      }
      if (least == nullptr || (bound != nullptr && *bound < *least)) break;
      take_trace(TraceId(*least));
      any_done = bound != nullptr && *least == *bound;
    }
    keep_slices(begins);
    if (pending_rows_ >= plan_.group_rows) TRY_DO(finish_group());
    for (Cursor& cursor : cursors_) {
      if (cursor.trace == cursor.table->traces()) advance(cursor);
    }
    return {};
  }

  void take_trace(const TraceId& id) {
    for (Cursor& cursor : cursors_) {
      if (cursor.trace == cursor.table->traces() || cursor.table->trace_ids[cursor.trace] != id) continue;
      pending_rows_ += cursor.table->trace_rows[cursor.trace + 1] - cursor.table->trace_rows[cursor.trace];
      ++cursor.trace;
    }
    footer_ids_.push_back(id);
  }

  void keep_slices(const std::vector<std::size_t>& begins) {
    for (std::size_t i = 0; i < cursors_.size(); ++i) {
      const Cursor& cursor = cursors_[i];
      if (begins[i] == cursor.trace) continue;
      pending_.push_back(
          {cursor.table.get(), cursor.table->trace_rows[begins[i]], cursor.table->trace_rows[cursor.trace]});
      keep_.push_back(cursor.table);
    }
  }

  Result<> finish_group() {
    if (pending_.empty()) return {};
    const SpanTable table = merge_tables(pending_);
    pending_.clear();
    keep_.clear();
    pending_rows_ = 0;
    footer_.summary.merge(summarize(table));
    GroupPlace place;
    place.info = describe(table);
    place.offset = size_;
    const std::string bytes = encode_table(table, Packing::zstd);
    place.size = bytes.size();
    footer_.places.push_back(place);
    return append(bytes);
  }

  Result<> finish() {
    footer_.facts = plan_.facts;
    footer_.bloom = TraceBloom(footer_ids_.size());
    for (const TraceId& id : footer_ids_) footer_.bloom.add(id);
    const std::string stored = zstd_compress(encode_footer(footer_), 3);
    std::string trailer;
    put_fixed(trailer, size_);
    put_fixed(trailer, static_cast<std::uint32_t>(stored.size()));
    put_fixed(trailer, crc32c(stored));
    trailer += block_magic;
    TRY_DO(append(stored));
    TRY_DO(append(trailer));
    TRY_DO(file_->sync());
    file_.reset();
    if (std::rename((path_ + ".tmp").c_str(), path_.c_str()) != 0) {
      return fail(Code::unavailable, fmt::format("{}: the block could not be renamed", path_));
    }
    return sync_folder(plan_.folder);
  }

  Result<> append(std::string_view bytes) {
    TRY_DO(file_->write(size_, {bytes}));
    size_ += bytes.size();
    return {};
  }

  const BlockPlan& plan_;
  Damage& damage_;
  std::string path_;
  std::shared_ptr<DiskFile> file_;
  std::uint64_t size_ = 0;
  std::vector<Cursor> cursors_;
  std::vector<TableSlice> pending_;
  std::vector<std::shared_ptr<const SpanTable>> keep_;
  std::size_t pending_rows_ = 0;
  BlockFooter footer_;
  std::vector<TraceId> footer_ids_;
};

}  // namespace

Result<std::shared_ptr<const Block>> write_block(const BlockPlan& plan,
                                                 const std::vector<std::shared_ptr<const Part>>& parts,
                                                 Damage& damage) {
  BlockWriter writer(plan, damage);
  if (auto written = writer.write(parts); !written) {
    if (auto removed = io::remove_tree(plan.folder + "/" + plan.file + ".tmp"); !removed) {
      trace_log.warning("an unfinished block stays behind: {}", removed.error().to_string());
    }
    return fail(std::move(written).error());
  }
  return Block::open(plan.folder, plan.file);
}

}  // namespace aloft::telemetry::traces
