// Cutting a request into units: a group of a block or a few streams of the head each, and where entries of
// one stream from different places overlap in time, one unit that merges them.
#include "telemetry/logs/store/scan.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>

#include "io/guarded.h"
#include "telemetry/logs/store/find_literal.h"
#include "telemetry/logs/store/state.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t head_unit_bytes = 2 * 1024 * 1024;
constexpr std::size_t cached_groups = 8;

using Deletions = std::vector<std::shared_ptr<const ActiveDeletion>>;

// Where rows of one stream stand.
struct Segment {
  std::size_t stream = 0;
  std::int64_t min_ns = 0, max_ns = 0;
  std::shared_ptr<const Block> block;  // null: in the head
  std::size_t group = 0, run = 0;
  std::shared_ptr<const HeadStreamView> head;
  // Rows of one source are free of duplicates among themselves.
  const void* source() const { return block != nullptr ? static_cast<const void*>(block.get()) : head.get(); }
};

struct Part {
  std::vector<Segment> segments;
  bool merged = false;
};

std::span<const Row> within(std::span<const Row> rows, std::int64_t start_ns, std::int64_t end_ns) {
  const auto before = [](const Row& row, std::int64_t time) { return row.time_ns < time; };
  const auto from = std::lower_bound(rows.begin(), rows.end(), start_ns, before);
  const auto to = std::lower_bound(from, rows.end(), end_ns, before);
  return rows.subspan(static_cast<std::size_t>(from - rows.begin()), static_cast<std::size_t>(to - from));
}

class StoreScan final : public Scan {
 public:
  StoreScan(std::shared_ptr<const StoreState> state, ScanRequest request)
      : state_(std::move(state)), request_(std::move(request)) {
    for (const std::string& literal : request_.literals) query_.require_literal(literal);
    for (const auto& [name, value] : request_.fields) field_query_.require_field(name, value);
    std::sort(request_.literals.begin(), request_.literals.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
    if (const auto tenant = state_->tenants.find(request_.tenant); tenant != state_->tenants.end()) {
      deletions_ = tenant->second.deletions;
      for (const auto& block : tenant->second.blocks) add_block(block);
    }
    for (const auto& generation : state_->generations) add_heads(*generation);
    cut_into_units();
  }

  const std::vector<Labels>& streams() const override { return streams_; }
  const std::vector<Unit>& units() const override { return units_; }

  std::vector<Size> stream_sizes() const override {
    std::vector<Size> out(streams_.size());
    for (const Part& part : parts_) {
      for (const Segment& segment : part.segments) {
        Size& size = out[segment.stream];
        const auto [rows, bytes] = extent(segment);
        size.rows += rows;
        size.raw_bytes += bytes;
        ++size.pieces;
      }
    }
    return out;
  }

  Result<ScanRows> read(std::size_t unit) const override {
    const Part& part = parts_[unit];
    ScanRows out;
    if (part.merged) {
      TRY_DO(read_merged(part, out));
    } else if (part.segments.front().block != nullptr) {
      TRY_DO(read_group(part, out));
    } else {
      read_heads(part, out);
    }
    return out;
  }

 private:
  std::size_t stream_number(const Labels& labels) {
    const auto known = numbers_.find(labels.encoded());
    if (known != numbers_.end()) return known->second;
    streams_.push_back(labels);
    by_stream_.emplace_back();
    numbers_.emplace(std::string(labels.encoded()), streams_.size() - 1);
    return streams_.size() - 1;
  }

  void add_block(const std::shared_ptr<const Block>& block) {
    if (block->max_ns() < request_.start_ns || block->min_ns() >= request_.end_ns) return;
    const std::vector<std::uint32_t> selected = block->index().select(request_.matchers);
    if (selected.empty()) return;
    constexpr std::size_t none = ~std::size_t{0};
    std::vector<std::size_t> numbers(block->streams().size(), none);
    for (const std::uint32_t local : selected) numbers[local] = stream_number(block->streams()[local]);
    for (std::size_t g = 0; g < block->groups().size(); ++g) {
      const std::vector<BlockRun>& runs = block->groups()[g].runs;
      for (std::size_t r = 0; r < runs.size(); ++r) {
        if (numbers[runs[r].stream] == none || runs[r].max_ns < request_.start_ns ||
            runs[r].min_ns >= request_.end_ns)
          continue;
        by_stream_[numbers[runs[r].stream]].push_back({.stream = numbers[runs[r].stream],
                                                       .min_ns = runs[r].min_ns,
                                                       .max_ns = runs[r].max_ns,
                                                       .block = block,
                                                       .group = g,
                                                       .run = r,
                                                       .head = nullptr});
      }
    }
  }

  void add_heads(const Generation& generation) {
    const auto tenant = generation.find(request_.tenant);
    if (tenant == nullptr) return;
    for (HeadStreamView& view : tenant->streams()) {
      if (view.max_ns < request_.start_ns || view.min_ns >= request_.end_ns ||
          !matches_all(request_.matchers, view.labels))
        continue;
      const std::size_t number = stream_number(view.labels);
      auto head = std::make_shared<const HeadStreamView>(std::move(view));
      by_stream_[number].push_back(
          {.stream = number, .min_ns = head->min_ns, .max_ns = head->max_ns, .block = nullptr, .head = head});
    }
  }

  // Segments that overlap another source's go into merged units, the others to the unit of their group.
  void cut_into_units() {
    std::map<std::pair<std::uint64_t, std::size_t>, Part> groups;
    std::vector<Part> merged, heads;
    std::size_t head_bytes = head_unit_bytes;
    for (std::vector<Segment>& segments : by_stream_) {
      std::sort(segments.begin(), segments.end(),
                [](const Segment& a, const Segment& b) { return a.min_ns < b.min_ns; });
      for (std::vector<Segment>& cluster : clusters(segments)) {
        if (cluster.size() > 1) {
          merged.push_back({.segments = std::move(cluster), .merged = true});
        } else if (Segment& only = cluster.front(); only.block != nullptr) {
          groups[{only.block->id(), only.group}].segments.push_back(std::move(only));
        } else {
          if (head_bytes >= head_unit_bytes) {
            heads.emplace_back();
            head_bytes = 0;
          }
          head_bytes += only.head->raw_bytes;
          heads.back().segments.push_back(std::move(only));
        }
      }
    }
    by_stream_.clear();
    for (auto& [key, part] : groups) add_unit(std::move(part));
    for (Part& part : merged) add_unit(std::move(part));
    for (Part& part : heads) add_unit(std::move(part));
  }

  // Sets of segments that hang together by overlapping; `segments` is sorted by their beginnings.
  static std::vector<std::vector<Segment>> clusters(std::vector<Segment>& segments) {
    std::vector<std::size_t> parent(segments.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto root = [&](std::size_t i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      std::erase_if(open, [&](std::size_t j) { return segments[j].max_ns < segments[i].min_ns; });
      for (const std::size_t j : open)
        if (segments[j].source() != segments[i].source()) parent[root(i)] = root(j);
      open.push_back(i);
    }
    std::map<std::size_t, std::vector<Segment>> sets;
    std::vector<std::vector<Segment>> out;
    for (std::size_t i = 0; i < segments.size(); ++i) sets[root(i)].push_back(std::move(segments[i]));
    out.reserve(sets.size());
    for (auto& [at, set] : sets) out.push_back(std::move(set));
    return out;
  }

  // Rows and bytes of a segment, the bytes as its share of the group.
  static std::pair<std::uint64_t, std::uint64_t> extent(const Segment& segment) {
    if (segment.block == nullptr) return {segment.head->rows(), segment.head->raw_bytes};
    const BlockGroup& group = segment.block->groups()[segment.group];
    const std::uint64_t rows = group.runs[segment.run].rows;
    return {rows, group.raw_bytes * rows / std::max<std::uint64_t>(group.rows(), 1)};
  }

  void add_unit(Part part) {
    Unit unit{.min_ns = part.segments.front().min_ns, .max_ns = part.segments.front().max_ns};
    for (const Segment& segment : part.segments) {
      unit.min_ns = std::min(unit.min_ns, segment.min_ns);
      unit.max_ns = std::max(unit.max_ns, segment.max_ns);
      unit.in_head = unit.in_head || segment.block == nullptr;
      const auto [rows, bytes] = extent(segment);
      unit.rows += rows;
      unit.raw_bytes += bytes;
    }
    units_.push_back(unit);
    parts_.push_back(std::move(part));
  }

  bool wanted(std::string_view line) const {
    return std::all_of(request_.literals.begin(), request_.literals.end(),
                       [&](const std::string& literal) { return holds_literal(line, literal); });
  }

  Result<std::shared_ptr<const DecodedRows>> decoded(const Segment& segment, ScanRows& out) const {
    const std::pair key(segment.block.get(), segment.group);
    auto cached = cache_.with([&](Cache& cache) -> std::shared_ptr<const DecodedRows> {
      for (const auto& [known, rows] : cache)
        if (known == key) return rows;
      return nullptr;
    });
    if (cached != nullptr) return cached;
    TRY(rows, segment.block->read(segment.group));
    out.bytes_stored += segment.block->groups()[segment.group].bytes;
    return std::shared_ptr<const DecodedRows>(std::move(rows));
  }

  static std::span<const Row> run_rows(const Segment& segment, const DecodedRows& rows) {
    const std::vector<BlockRun>& runs = segment.block->groups()[segment.group].runs;
    std::size_t first = 0;
    for (std::size_t r = 0; r < segment.run; ++r) first += runs[r].rows;
    return std::span(rows.rows).subspan(first, runs[segment.run].rows);
  }

  // Adds the wanted ones among rows that lie end to end in `text`.
  void filter_run(std::span<const Row> rows, std::vector<Row>& kept) const {
    if (rows.empty()) return;
    const std::string& literal = request_.literals.front();
    const char* const begin = rows.front().line.data();
    const std::string_view text(
        begin, static_cast<std::size_t>(rows.back().line.data() + rows.back().line.size() - begin));
    std::size_t at = 0;
    auto row = rows.begin();
    while ((at = find_literal(text, literal, at)) != std::string_view::npos) {
      const char* const place = begin + at;
      row = std::upper_bound(row, rows.end(), place,
                             [](const char* p, const Row& r) { return p < r.line.data() + r.line.size(); });
      if (row == rows.end()) break;
      const char* const line_end = row->line.data() + row->line.size();
      if (place + literal.size() <= line_end) {
        if (wanted(row->line)) kept.push_back(*row);
        at = static_cast<std::size_t>(line_end - begin);
      } else {
        ++at;  // it lies across the border of two lines
      }
    }
  }

  bool has_deletions(const Block& block) const {
    return std::any_of(deletions_.begin(), deletions_.end(),
                       [&](const auto& deletion) { return touches(*deletion, block); });
  }

  // What is asked of a field may also be a label of the stream, which the filter does not know.
  bool may_match(const Part& part, const Block& block) const {
    const std::size_t group = part.segments.front().group;
    if (!block.may_match(group, query_)) return false;
    if (field_query_.empty()) return true;
    for (const Segment& segment : part.segments)
      for (const auto& [name, value] : request_.fields)
        if (streams_[segment.stream].has(name)) return true;
    return block.may_match(group, field_query_);
  }

  Result<> read_group(const Part& part, ScanRows& out) const {
    const Segment& first = part.segments.front();
    const Block& block = *first.block;
    if (!may_match(part, block)) {
      out.skipped = true;
      return {};
    }
    TRY(rows, decoded(first, out));
    const bool deletions = has_deletions(block);
    for (const Segment& segment : part.segments) {
      std::span<const Row> run = within(run_rows(segment, *rows), request_.start_ns, request_.end_ns);
      out.rows_read += run.size();
      for (const Row& row : run) out.bytes_read += row.line.size();
      if (!request_.literals.empty() || deletions) {
        auto kept = std::make_shared<std::vector<Row>>();
        if (request_.literals.empty()) {
          kept->assign(run.begin(), run.end());
        } else {
          filter_run(run, *kept);
        }
        if (deletions) remove_deleted(deletions_, block.id(), streams_[segment.stream], *kept);
        run = *kept;
        out.owners.push_back(std::move(kept));
      }
      if (!run.empty()) out.runs.push_back({.stream = segment.stream, .rows = run});
    }
    out.owners.push_back(std::move(rows));
    return {};
  }

  void add_head_rows(const Segment& segment, std::vector<Row>& rows, ScanRows& out) const {
    for (const Row& row : segment.head->sorted_rows()) {
      if (row.time_ns < request_.start_ns || row.time_ns >= request_.end_ns) continue;
      ++out.rows_read;
      out.bytes_read += row.line.size();
      if (wanted(row.line)) rows.push_back(row);
    }
    out.owners.push_back(segment.head);
  }

  void read_heads(const Part& part, ScanRows& out) const {
    for (const Segment& segment : part.segments) {
      auto rows = std::make_shared<std::vector<Row>>();
      add_head_rows(segment, *rows, out);
      if (!rows->empty()) out.runs.push_back({.stream = segment.stream, .rows = *rows});
      out.owners.push_back(std::move(rows));
    }
  }

  Result<> read_merged(const Part& part, ScanRows& out) const {
    auto all = std::make_shared<std::vector<Row>>();
    const std::size_t stream = part.segments.front().stream;
    for (const Segment& segment : part.segments) {
      if (segment.block == nullptr) {
        add_head_rows(segment, *all, out);
        continue;
      }
      if (!segment.block->may_match(segment.group, query_)) continue;
      TRY(rows, decoded(segment, out));
      cache_.with([&](Cache& cache) {
        cache.emplace_back(std::pair(segment.block.get(), segment.group), rows);
        if (cache.size() > cached_groups) cache.pop_front();
      });
      std::vector<Row> kept;
      for (const Row& row : within(run_rows(segment, *rows), request_.start_ns, request_.end_ns)) {
        ++out.rows_read;
        out.bytes_read += row.line.size();
        if (wanted(row.line)) kept.push_back(row);
      }
      remove_deleted(deletions_, segment.block->id(), streams_[stream], kept);
      all->insert(all->end(), kept.begin(), kept.end());
      out.owners.push_back(std::move(rows));
    }
    sort_and_deduplicate(*all);
    if (!all->empty()) out.runs.push_back({.stream = stream, .rows = *all});
    out.owners.push_back(std::move(all));
    return {};
  }

  // Groups that merged units of several streams share.
  using Cache =
      std::deque<std::pair<std::pair<const Block*, std::size_t>, std::shared_ptr<const DecodedRows>>>;
  std::shared_ptr<const StoreState> state_;
  ScanRequest request_;
  TokenQuery query_, field_query_;
  Deletions deletions_;
  std::vector<Labels> streams_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
  std::vector<std::vector<Segment>> by_stream_;
  std::vector<Unit> units_;
  std::vector<Part> parts_;
  mutable io::Guarded<Cache> cache_;
};

}  // namespace

bool touches(const ActiveDeletion& deletion, const Block& block) {
  return block.id() <= deletion.through_block && block.max_ns() >= deletion.request.start_ns &&
         block.min_ns() <= deletion.request.end_ns &&
         !block.index().select(deletion.filter->matchers).empty();
}

void remove_deleted(const Deletions& deletions, std::uint64_t block_id, LabelsView stream,
                    std::vector<Row>& rows) {
  for (const auto& deletion : deletions) {
    if (block_id > deletion->through_block || !matches_all(deletion->filter->matchers, stream)) continue;
    const RowPredicate& covers = deletion->filter->covers;
    std::erase_if(rows, [&](const Row& row) {
      return row.time_ns >= deletion->request.start_ns && row.time_ns <= deletion->request.end_ns &&
             (!covers || covers(stream, row));
    });
  }
}

std::unique_ptr<Scan> make_scan(std::shared_ptr<const StoreState> state, ScanRequest request) {
  return std::make_unique<StoreScan>(std::move(state), std::move(request));
}

std::vector<Labels> select_streams(const StoreState& state, std::string_view tenant,
                                   const std::vector<Matcher>& matchers, std::int64_t start_ns,
                                   std::int64_t end_ns) {
  std::set<Labels> found;
  if (const auto known = state.tenants.find(tenant); known != state.tenants.end()) {
    for (const auto& block : known->second.blocks) {
      if (block->max_ns() < start_ns || block->min_ns() >= end_ns) continue;
      std::vector<bool> selected(block->streams().size(), false);
      for (const std::uint32_t stream : block->index().select(matchers)) selected[stream] = true;
      for (const BlockGroup& group : block->groups()) {
        for (const BlockRun& run : group.runs) {
          if (!selected[run.stream] || run.max_ns < start_ns || run.min_ns >= end_ns) continue;
          selected[run.stream] = false;
          found.insert(block->streams()[run.stream]);
        }
      }
    }
  }
  for (const auto& generation : state.generations) {
    const auto head = generation->find(tenant);
    if (head == nullptr) continue;
    for (const HeadStreamView& view : head->streams())
      if (view.max_ns >= start_ns && view.min_ns < end_ns && matches_all(matchers, view.labels))
        found.insert(view.labels);
  }
  return {found.begin(), found.end()};
}

}  // namespace aloft::telemetry::logs
