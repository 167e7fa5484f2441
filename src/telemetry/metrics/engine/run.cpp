// The numbers of the series stand in the footer of the chunk file.
#include "telemetry/metrics/engine/run.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "telemetry/metrics/codec/bytes.h"

namespace aloft::telemetry::metrics {

std::string Run::file_name(std::uint64_t id) { return fmt::format("{:016x}.run", id); }

Result<std::shared_ptr<const Run>> Run::open(const std::string& path, std::shared_ptr<ChunkCache> cache) {
  TRY(file, ChunkFile::open(path, std::move(cache)));
  ByteReader in(file->extra());
  RunMeta meta;
  meta.id = in.varint();
  meta.window = in.signed_varint();
  meta.low = in.varint();
  meta.high = in.varint();
  const std::uint64_t count = in.varint();
  if (!in.ok() || count != file->totals().series || count > in.left()) {
    return fail(Code::internal, path + ": damaged: the list of series");
  }
  std::vector<SeriesRef> series;
  series.reserve(static_cast<std::size_t>(count));
  std::int64_t last = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    last += in.signed_varint();
    if (!in.ok() || last < 0 || last >= no_series) {
      return fail(Code::internal, path + ": damaged: the number of a series");
    }
    series.push_back(static_cast<SeriesRef>(last));
  }
  file->forget_extra();
  return std::make_shared<const Run>(meta, std::move(file),
                                     std::make_shared<const std::vector<SeriesRef>>(std::move(series)));
}

RunPtr share_series(RunPtr run, std::span<const RunPtr> others) {
  if (run == nullptr) return run;
  for (const RunPtr& other : others) {
    if (other->series() == run->series())
      return std::make_shared<const Run>(run->meta(), run->shared_file(), other->shared_series());
  }
  return run;
}

std::vector<std::uint32_t> Run::locate(const std::vector<RankedSeries>& wanted,
                                       const SeriesOrder& order) const {
  std::vector<std::uint32_t> out(wanted.size(), not_there);
  bool any = false;
  const std::vector<SeriesRef>& list = *series_;
  const auto rank_at = [&](std::size_t at) { return order.of(list[at]); };
  // Few series of many are looked up by halving, many by walking along.
  const bool halve = wanted.size() * 16 < list.size();
  std::size_t at = 0;
  for (std::size_t i = 0; i < wanted.size() && at < list.size(); ++i) {
    const std::uint32_t rank = wanted[i].rank;
    if (halve) {
      std::size_t end = list.size();
      while (at < end) {
        const std::size_t middle = at + (end - at) / 2;
        if (rank_at(middle) < rank) {
          at = middle + 1;
        } else {
          end = middle;
        }
      }
    } else {
      while (at < list.size() && rank_at(at) < rank) ++at;
    }
    if (at < list.size() && list[at] == wanted[i].ref) {
      out[i] = static_cast<std::uint32_t>(at++);
      any = true;
    }
  }
  if (!any) out.clear();
  return out;
}

Result<std::unique_ptr<RunWriter>> RunWriter::create(const std::string& folder, RunMeta meta,
                                                     ChunkWriter::Effort effort) {
  std::string path = folder + "/" + Run::file_name(meta.id);
  TRY(chunks, ChunkWriter::create(path + ".tmp", effort));
  return std::unique_ptr<RunWriter>(
      std::make_unique<RunWriter>(RunWriter(std::move(path), meta, std::move(chunks))));
}

Result<> RunWriter::add(SeriesRef ref, const Column& column) {
  if (column.times.empty()) return {};
  series_.push_back(ref);
  return chunks_->add(column);
}

Result<RunPtr> RunWriter::finish(std::shared_ptr<ChunkCache> cache) {
  if (series_.empty()) return RunPtr();
  std::string extra;
  put_varint(extra, meta_.id);
  put_signed(extra, meta_.window);
  put_varint(extra, meta_.low);
  put_varint(extra, meta_.high);
  put_varint(extra, series_.size());
  std::int64_t last = 0;
  for (const SeriesRef ref : series_) {
    put_signed(extra, std::int64_t{ref} - last);
    last = ref;
  }
  TRY_DO(chunks_->finish(extra));
  const std::string temporary = path_ + ".tmp";
  if (::rename(temporary.c_str(), path_.c_str()) != 0) {
    return fail(Code::unavailable, system_error("rename " + temporary, errno).message());
  }
  TRY(file, ChunkFile::open(path_, std::move(cache)));
  file->forget_extra();
  series_.shrink_to_fit();
  return std::make_shared<const Run>(meta_, std::move(file),
                                     std::make_shared<const std::vector<SeriesRef>>(std::move(series_)));
}

}  // namespace aloft::telemetry::metrics
