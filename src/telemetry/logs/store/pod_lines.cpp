// Units in order of time, merged where they overlap.
#include "telemetry/logs/store/pod_lines.h"

#include <algorithm>
#include <deque>
#include <optional>

namespace aloft::telemetry::logs {
namespace {

struct Line {
  std::int64_t time_ns = 0;
  std::size_t stream = 0;
  std::string_view text;
};

bool of_pod(const Row& row, const std::string& uid) {
  if (uid.empty()) return true;
  bool other = false;
  row.fields.for_each([&](std::string_view name, std::string_view value) {
    other = other || (name == "pod_uid" && value != uid);
  });
  return !other;
}

class Reader {
 public:
  Reader(const LogStore& store, const PodLinesRequest& request)
      : request_(request),
        scan_(store.scan(
            {.tenant = request.tenant,
             .matchers = {Matcher::equal("namespace", request.name_space), Matcher::equal("pod", request.pod),
                          Matcher::equal("container", request.container)},
             .start_ns = request.start_ns,
             .end_ns = request.end_ns,
             .literals = {},
             .fields = {}})) {
    for (std::size_t i = 0; i < scan_->units().size(); ++i) order_.push_back(i);
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return scan_->units()[a].min_ns < scan_->units()[b].min_ns;
    });
    // Whoever wants the last lines alone need not read what lies before them.
    if (request.tail_lines >= 0) skip_beginning(static_cast<std::uint64_t>(request.tail_lines));
  }

  Result<> read(const std::function<bool(const PodLine&)>& line) {
    std::int64_t bytes = 0;
    std::deque<Line> last;
    const auto give = [&](const Line& one) {
      if (request_.limit_bytes >= 0 && bytes >= request_.limit_bytes) return false;
      bytes += static_cast<std::int64_t>(one.text.size()) + 1;
      return line(
          {.time_ns = one.time_ns, .stream = scan_->streams()[one.stream].get("stream"), .text = one.text});
    };
    while (next_ < order_.size()) {
      TRY(lines, next_lines());
      for (const Line& one : lines) {
        if (request_.tail_lines < 0) {
          if (!give(one)) return {};
          continue;
        }
        last.push_back(one);
        if (last.size() > static_cast<std::size_t>(request_.tail_lines)) last.pop_front();
      }
      if (request_.tail_lines < 0) owners_.clear();
    }
    for (const Line& one : last)
      if (!give(one)) return {};
    return {};
  }

 private:
  // Units from the end that hold more lines than are wanted are enough; rows of other pods of that name make
  // it inexact, so there is some to spare.
  void skip_beginning(std::uint64_t lines) {
    std::uint64_t rows = 0;
    std::size_t first = order_.size();
    while (first > 0 && rows <= lines && request_.pod_uid.empty())
      rows += scan_->units()[order_[--first]].rows;
    if (!request_.pod_uid.empty()) return;
    // Everything that overlaps what is read must be read too.
    std::int64_t begin = INT64_MAX;
    for (std::size_t i = first; i < order_.size(); ++i)
      begin = std::min(begin, scan_->units()[order_[i]].min_ns);
    while (first > 0 && scan_->units()[order_[first - 1]].max_ns >= begin) --first;
    next_ = first;
  }

  // The lines of the next units that overlap each other, sorted.
  Result<std::vector<Line>> next_lines() {
    std::vector<Line> out;
    std::int64_t end = scan_->units()[order_[next_]].max_ns;
    while (next_ < order_.size() && scan_->units()[order_[next_]].min_ns <= end) {
      end = std::max(end, scan_->units()[order_[next_]].max_ns);
      TRY(rows, scan_->read(order_[next_++]));
      for (const ScanRows::Run& run : rows.runs)
        for (const Row& row : run.rows)
          if (of_pod(row, request_.pod_uid)) out.push_back({row.time_ns, run.stream, row.line});
      owners_.insert(owners_.end(), rows.owners.begin(), rows.owners.end());
    }
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    for (std::size_t i = 0; i < out.size(); ++i) order.emplace_back(out[i].time_ns, i);
    std::sort(order.begin(), order.end());
    std::vector<Line> sorted;
    for (const auto& [time, i] : order) sorted.push_back(out[i]);
    return sorted;
  }

  const PodLinesRequest& request_;
  std::unique_ptr<Scan> scan_;
  std::vector<std::size_t> order_;
  std::size_t next_ = 0;
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace

Result<> read_pod_lines(const LogStore& store, const PodLinesRequest& request,
                        const std::function<bool(const PodLine&)>& line) {
  return Reader(store, request).read(line);
}

}  // namespace aloft::telemetry::logs
