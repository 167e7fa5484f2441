// Chains run from the newest sample to the oldest.
#include "telemetry/metrics/head/sample_buffer.h"

#include <algorithm>
#include <bit>

#include <sys/mman.h>

#include "base/ensure.h"

namespace aloft::telemetry::metrics {

SampleBuffer::SampleBuffer(std::size_t capacity, std::uint64_t sequence, LogPosition log_begin)
    : sequence_(sequence),
      log_begin_(log_begin),
      capacity_(capacity),
      histograms_(capacity / page_histograms + 1) {
  const std::size_t bytes = capacity * sizeof(Entry);
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ensure(pages != MAP_FAILED, "memory for a sample buffer");
  entries_ = {static_cast<Entry*>(pages), Unmap{bytes}};
}

void SampleBuffer::Unmap::operator()(Entry* entries) const { ::munmap(entries, bytes); }

bool SampleBuffer::reserve(std::size_t count) {
  if (reserved_ + count > capacity_) return false;
  reserved_ += count;
  ++writers_;
  return true;
}

void SampleBuffer::unreserve(std::size_t count) {
  reserved_ -= count;
  --writers_;
}

void SampleBuffer::push(SeriesRef ref, Entry entry, bool in_order) {
  ensure(count_ < capacity_, "room in the sample buffer was set aside");
  if (ref >= ends_.size()) {
    // By a quarter, not by doubling: this is most of what a series costs here.
    if (ref >= ends_.capacity()) ends_.reserve(ref + 1 + ends_.size() / 4);
    ends_.resize(ref + 1, no_chain);
  }
  entry.previous = ends_[ref];
  entries_[count_] = entry;
  ends_[ref] = static_cast<ChainEnd>(count_++);
  in_order_ = in_order_ && in_order;
  min_time_ = std::min(min_time_, entry.time);
  max_time_ = std::max(max_time_, entry.time);
}

void SampleBuffer::append(SeriesRef ref, Millis time, double value, bool in_order) {
  push(ref, {.time = time, .value = value, .previous = no_chain, .is_histogram = 0}, in_order);
}

void SampleBuffer::append(SeriesRef ref, Millis time, HistogramPtr histogram, bool in_order) {
  const std::size_t number = histogram_count_++;
  auto& page = histograms_[number / page_histograms];
  if (page == nullptr) page = std::make_unique<Page>();
  (*page)[number % page_histograms] = std::move(histogram);
  push(ref,
       {.time = time,
        .value = std::bit_cast<double>(std::uint64_t{number}),
        .previous = no_chain,
        .is_histogram = 1},
       in_order);
}

void SampleBuffer::read(ChainEnd end, bool ordered, Millis from, Millis to, Column& out) const {
  const std::size_t begin = out.times.size();
  bool histograms = !out.histograms.empty();
  for (ChainEnd at = end; at != no_chain;) {
    const Entry& entry = entries_[at];
    at = entry.previous;
    if (entry.time > to) continue;
    if (entry.time < from) {
      if (ordered) break;
      continue;
    }
    out.times.push_back(entry.time);
    if (entry.is_histogram != 0 && !histograms) {
      histograms = true;
      out.histograms.resize(out.values.size());
    }
    if (entry.is_histogram != 0) {
      const auto number = static_cast<std::size_t>(std::bit_cast<std::uint64_t>(entry.value));
      out.histograms.push_back((*histograms_[number / page_histograms])[number % page_histograms]);
      out.values.push_back(0);
    } else {
      if (histograms) out.histograms.push_back(nullptr);
      out.values.push_back(entry.value);
    }
  }
  const auto from_begin = static_cast<std::ptrdiff_t>(begin);
  std::reverse(out.times.begin() + from_begin, out.times.end());
  std::reverse(out.values.begin() + from_begin, out.values.end());
  if (histograms) std::reverse(out.histograms.begin() + from_begin, out.histograms.end());
}

std::size_t SampleBuffer::memory() const {
  return count_ * sizeof(Entry) + ends_.capacity() * sizeof(ChainEnd);
}

}  // namespace aloft::telemetry::metrics
