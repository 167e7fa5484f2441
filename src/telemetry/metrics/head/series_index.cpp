// Label pairs are found by hash, series by the intersection of the pairs' posting lists, the shortest first.
#include "telemetry/metrics/head/series_index.h"

#include <algorithm>
#include <bit>

#include "telemetry/metrics/codec/bytes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace aloft::telemetry::metrics {

namespace {

// What there is one of for each series grows by a quarter, not to twice its size: at a hundred thousand
// series the room to spare would be most of the index.
template <class T>
void make_room(std::vector<T>& list, std::size_t more) {
  if (list.capacity() - list.size() < more) list.reserve(list.size() + more + list.size() / 4);
}

}  // namespace

class SeriesIndex::Pairs {
 public:
  Pairs(const SeriesIndex& index, SeriesRef ref)
      : in_(std::string_view(index.records_.data(), index.records_.size()).substr(index.places_[ref])),
        left_(in_.varint()) {}
  bool next(std::uint32_t& pair) {
    if (left_ == 0) return false;
    --left_;
    pair = static_cast<std::uint32_t>(in_.varint());
    return true;
  }

 private:
  ByteReader in_;
  std::uint64_t left_;
};

char* SeriesIndex::Texts::take(std::size_t count) {
  bytes += count;
  if (count > page_bytes / 4) {
    // Its own page, below the one that is being filled.
    pages.insert(pages.end() - (pages.empty() ? 0 : 1), std::make_unique<char[]>(count));
    return pages.size() == 1 ? pages[0].get() : pages[pages.size() - 2].get();
  }
  if (pages.empty() || used + count > page_bytes) {
    pages.push_back(std::make_unique<char[]>(page_bytes));
    used = 0;
  }
  char* out = pages.back().get() + used;
  used += count;
  return out;
}

std::uint32_t SeriesIndex::name_number(std::string_view name) {
  const auto [at, is_new] =
      name_numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.push_back({.name = std::string(name), .pairs = {}});
  return at->second;
}

std::size_t SeriesIndex::pair_hash(std::uint32_t name, std::string_view value) const {
  return static_cast<std::size_t>(XXH3_64bits_withSeed(value.data(), value.size(), name));
}

std::uint32_t SeriesIndex::find_pair(std::string_view name, std::string_view value) const {
  const auto found = name_numbers_.find(std::string(name));
  if (found == name_numbers_.end() || pair_slots_.empty()) return no_place;
  const std::size_t mask = pair_slots_.size() - 1;
  for (std::size_t at = pair_hash(found->second, value) & mask;; at = (at + 1) & mask) {
    const std::uint32_t pair = pair_slots_[at];
    if (pair == no_place) return no_place;
    if (pairs_[pair].name == found->second && pairs_[pair].value() == value) return pair;
  }
}

void SeriesIndex::grow_pair_slots() {
  if ((pairs_.size() + 1) * 4 <= pair_slots_.size() * 3) return;
  pair_slots_.assign(std::max<std::size_t>(1024, pair_slots_.size() * 2), no_place);
  const std::size_t mask = pair_slots_.size() - 1;
  for (std::uint32_t pair = 0; pair < pairs_.size(); ++pair) {
    std::size_t at = pair_hash(pairs_[pair].name, pairs_[pair].value()) & mask;
    while (pair_slots_[at] != no_place) at = (at + 1) & mask;
    pair_slots_[at] = pair;
  }
}

std::uint32_t SeriesIndex::pair_number(std::string_view name, std::string_view value) {
  if (const std::uint32_t found = find_pair(name, value); found != no_place) return found;
  grow_pair_slots();
  const std::uint32_t name_at = name_number(name);
  const auto number = static_cast<std::uint32_t>(pairs_.size());
  char* text = texts_.take(value.size());
  std::copy(value.begin(), value.end(), text);
  make_room(pairs_, 1);
  pairs_.push_back(
      {.text = text, .length = static_cast<std::uint32_t>(value.size()), .name = name_at, .postings = {}});
  names_[name_at].pairs.push_back(number);
  names_[name_at].value_bytes += value.size();
  const std::size_t mask = pair_slots_.size() - 1;
  std::size_t at = pair_hash(name_at, value) & mask;
  while (pair_slots_[at] != no_place) at = (at + 1) & mask;
  pair_slots_[at] = number;
  return number;
}

SeriesRef SeriesIndex::add(LabelsView labels, std::uint16_t tenant, SeriesRef ref) {
  if (ref == no_series) {
    if (free_.empty()) {
      ref = static_cast<SeriesRef>(places_.size());
    } else {
      ref = free_.back();
      free_.pop_back();
    }
  }
  if (ref >= places_.size()) {
    make_room(places_, ref + 1 - places_.size());
    places_.resize(ref + 1, no_place);
  }
  if (tenant != 0 && ref >= tenants_.size()) {
    make_room(tenants_, ref + 1 - tenants_.size());
    tenants_.resize(ref + 1, 0);
  }
  std::string record;
  std::size_t count = 0;
  for (const Label& label : labels) {
    const std::uint32_t pair = pair_number(label.name, label.value);
    put_varint(record, pair);
    ++count;
    pairs_[pair].postings.add(ref);
  }
  places_[ref] = static_cast<std::uint32_t>(records_.size());
  std::string head;
  put_varint(head, count);
  make_room(records_, head.size() + record.size());
  records_.insert(records_.end(), head.begin(), head.end());
  records_.insert(records_.end(), record.begin(), record.end());
  if (ref < tenants_.size()) tenants_[ref] = tenant;
  if (tenant >= tenant_series_.size()) tenant_series_.resize(tenant + 1U);
  ++tenant_series_[tenant];
  ++count_;
  make_room(unsorted_, 1);
  unsorted_.push_back(ref);
  return ref;
}

void SeriesIndex::append_labels(SeriesRef ref, std::string& out) const {
  Pairs pairs(*this, ref);
  std::uint32_t pair = 0;
  while (pairs.next(pair)) append_label(out, names_[pairs_[pair].name].name, pairs_[pair].value());
}

std::uint64_t SeriesIndex::metric_series(std::string_view metric) const {
  const std::uint32_t pair = find_pair(metric_name_label, metric);
  return pair == no_place ? 0 : pairs_[pair].postings.size();
}

void SeriesIndex::for_each(const std::function<void(SeriesRef)>& visit) const {
  for (SeriesRef ref = 0; ref < places_.size(); ++ref) {
    if (places_[ref] != no_place) visit(ref);
  }
}

void SeriesIndex::mark_matching(const Name& name, const Matcher& matcher, bool wanted,
                                std::vector<bool>& marks) const {
  for (const std::uint32_t pair : name.pairs) {
    const Pair& entry = pairs_[pair];
    if (entry.postings.empty()) continue;
    const bool may = matcher.prefix().empty() || entry.value().starts_with(matcher.prefix()) ||
                     matcher.type() == MatchType::not_regex;
    const bool matches = may && matcher.matches(entry.value());
    if (matches != wanted) continue;
    entry.postings.for_each([&](SeriesRef ref) { marks[ref] = true; });
  }
}

bool SeriesIndex::carries(SeriesRef ref, std::uint32_t pair) const {
  Pairs pairs(*this, ref);
  for (std::uint32_t one = 0; pairs.next(one);) {
    if (one == pair) return true;
  }
  return false;
}

// Of few series each is asked for its labels, of many the list of the label is walked.
void SeriesIndex::keep_carriers(std::uint32_t pair, std::vector<SeriesRef>& series) const {
  const PostingList& postings = pairs_[pair].postings;
  if (postings.size() / 16 > series.size()) {
    std::erase_if(series, [&](SeriesRef ref) { return !carries(ref, pair); });
    return;
  }
  PostingList::Cursor cursor(postings);
  std::erase_if(series, [&](SeriesRef ref) { return !cursor.seek(ref) || cursor.value() != ref; });
}

std::vector<SeriesRef> SeriesIndex::select(std::span<const Matcher> matchers) const {
  std::vector<std::uint32_t> all;  // pairs that every series carries
  std::vector<std::vector<bool>> wanted;
  std::vector<std::vector<bool>> unwanted;
  for (const Matcher& matcher : matchers) {
    const auto name = name_numbers_.find(matcher.name());
    if (name == name_numbers_.end()) {
      if (!matcher.matches_empty()) return {};
      continue;
    }
    if (matcher.matches_empty()) {
      // Series without the label match too, so those that do not match are taken out.
      auto& marks = unwanted.emplace_back(places_.size());
      mark_matching(names_[name->second], matcher, false, marks);
    } else if (matcher.literals().has_value() && matcher.literals()->size() == 1) {
      const std::uint32_t pair = find_pair(matcher.name(), matcher.literals()->front());
      if (pair == no_place) return {};
      all.push_back(pair);
    } else if (matcher.literals().has_value()) {
      auto& marks = wanted.emplace_back(places_.size());
      for (const std::string& value : *matcher.literals()) {
        const std::uint32_t pair = find_pair(matcher.name(), value);
        if (pair == no_place) continue;
        pairs_[pair].postings.for_each([&](SeriesRef ref) { marks[ref] = true; });
      }
    } else {
      auto& marks = wanted.emplace_back(places_.size());
      mark_matching(names_[name->second], matcher, true, marks);
    }
  }
  const auto passes = [&](SeriesRef ref) {
    return std::ranges::all_of(wanted, [&](const auto& marks) { return marks[ref]; }) &&
           std::ranges::none_of(unwanted, [&](const auto& marks) { return marks[ref]; });
  };
  std::vector<SeriesRef> out;
  if (all.empty()) {
    for (SeriesRef ref = 0; ref < places_.size(); ++ref) {
      if (places_[ref] != no_place && passes(ref)) out.push_back(ref);
    }
    return out;
  }
  std::ranges::sort(all, {}, [this](std::uint32_t pair) { return pairs_[pair].postings.size(); });
  pairs_[all[0]].postings.for_each([&](SeriesRef ref) {
    if (passes(ref)) out.push_back(ref);
  });
  for (std::size_t i = 1; i < all.size() && !out.empty(); ++i) keep_carriers(all[i], out);
  return out;
}

void SeriesIndex::label_names(std::vector<std::string>& out) const {
  for (const Name& name : names_) {
    const bool used =
        std::ranges::any_of(name.pairs, [&](std::uint32_t pair) { return !pairs_[pair].postings.empty(); });
    if (used) out.push_back(name.name);
  }
  std::ranges::sort(out);
}

void SeriesIndex::label_values(std::string_view name, std::vector<std::string>& out) const {
  const auto found = name_numbers_.find(std::string(name));
  if (found == name_numbers_.end()) return;
  for (const std::uint32_t pair : names_[found->second].pairs) {
    if (!pairs_[pair].postings.empty()) out.emplace_back(pairs_[pair].value());
  }
  std::ranges::sort(out);
}

void SeriesIndex::label_names(std::span<const SeriesRef> series, std::vector<std::string>& out) const {
  std::vector<bool> seen(names_.size());
  for (const SeriesRef ref : series) {
    Pairs pairs(*this, ref);
    std::uint32_t pair = 0;
    while (pairs.next(pair)) seen[pairs_[pair].name] = true;
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (seen[i]) out.push_back(names_[i].name);
  }
  std::ranges::sort(out);
}

void SeriesIndex::label_values(std::string_view name, std::span<const SeriesRef> series,
                               std::vector<std::string>& out) const {
  const auto found = name_numbers_.find(std::string(name));
  if (found == name_numbers_.end()) return;
  std::vector<bool> seen(pairs_.size());
  for (const SeriesRef ref : series) {
    Pairs pairs(*this, ref);
    std::uint32_t pair = 0;
    while (pairs.next(pair)) {
      if (pairs_[pair].name == found->second) seen[pair] = true;
    }
  }
  for (const std::uint32_t pair : names_[found->second].pairs) {
    if (seen[pair]) out.emplace_back(pairs_[pair].value());
  }
  std::ranges::sort(out);
}

bool SeriesIndex::less(SeriesRef a, SeriesRef b) const {
  Pairs left(*this, a);
  Pairs right(*this, b);
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  for (;;) {
    const bool more_left = left.next(x);
    const bool more_right = right.next(y);
    if (!more_left || !more_right) return !more_left && more_right;
    if (x == y) continue;
    const Pair& one = pairs_[x];
    const Pair& other = pairs_[y];
    if (one.name != other.name) return names_[one.name].name < names_[other.name].name;
    return one.value() < other.value();
  }
}

SeriesOrderPtr SeriesIndex::order() {
  if (unsorted_.empty()) return order_;
  const auto by_labels = [this](SeriesRef a, SeriesRef b) { return less(a, b); };
  std::ranges::sort(unsorted_, by_labels);
  std::vector<SeriesRef> sorted(count_ - unsorted_.size());
  for (SeriesRef ref = 0; ref < order_->rank.size(); ++ref) {
    if (order_->rank[ref] != SeriesOrder::no_rank) sorted[order_->rank[ref]] = ref;
  }
  std::vector<SeriesRef> merged(count_);
  std::ranges::merge(sorted, unsorted_, merged.begin(), by_labels);
  unsorted_.clear();
  unsorted_.shrink_to_fit();
  auto order = std::make_shared<SeriesOrder>();
  order->rank.assign(places_.size(), SeriesOrder::no_rank);
  for (std::uint32_t rank = 0; rank < merged.size(); ++rank) order->rank[merged[rank]] = rank;
  order_ = order;
  return order;
}

void SeriesIndex::retain(const std::vector<bool>& keep) {
  std::vector<SeriesRef> dropped;
  for (SeriesRef ref = 0; ref < places_.size(); ++ref) {
    if (places_[ref] != no_place && !keep[ref]) dropped.push_back(ref);
  }
  if (dropped.empty()) return;
  SeriesIndex next;
  next.places_.assign(places_.size(), no_place);
  std::string labels;
  for (SeriesRef ref = 0; ref < places_.size(); ++ref) {
    if (places_[ref] == no_place || !keep[ref]) continue;
    labels.clear();
    append_labels(ref, labels);
    next.add(LabelsView(labels), tenant_of(ref), ref);
  }
  next.free_ = std::move(free_);
  next.retired_ = std::move(retired_);
  next.retired_.insert(next.retired_.end(), dropped.begin(), dropped.end());
  *this = std::move(next);
}

void SeriesIndex::release() {
  free_.insert(free_.end(), retired_.begin(), retired_.end());
  retired_.clear();
}

void SeriesIndex::report(std::size_t limit, CardinalityReport& report) const {
  const auto keep_top = [limit](std::vector<CardinalityReport::Item>& items) {
    std::ranges::sort(items, [](const auto& a, const auto& b) {
      return a.value != b.value ? a.value > b.value : a.name < b.name;
    });
    if (limit > 0 && items.size() > limit) items.resize(limit);
  };
  report.series = count_;
  std::uint64_t worst = 0;
  for (const Name& name : names_) {
    std::uint64_t values = 0;
    for (const std::uint32_t pair : name.pairs) {
      const Pair& entry = pairs_[pair];
      if (entry.postings.empty()) continue;
      ++values;
      report.series_by_pair.push_back(
          {.name = fmt::format("{}={}", name.name, entry.value()), .value = entry.postings.size()});
      if (name.name == metric_name_label) {
        report.series_by_metric.push_back(
            {.name = std::string(entry.value()), .value = entry.postings.size()});
      }
    }
    if (values == 0) continue;
    report.label_pairs += values;
    report.values_by_label.push_back({.name = name.name, .value = values});
    report.memory_by_label.push_back({.name = name.name, .value = name.value_bytes});
    if (values > worst && name.name != metric_name_label) {
      worst = values;
      report.worst_label = name.name;
    }
  }
  keep_top(report.series_by_metric);
  keep_top(report.values_by_label);
  keep_top(report.memory_by_label);
  keep_top(report.series_by_pair);
}

std::size_t SeriesIndex::memory() const {
  std::size_t sum = records_.capacity() + places_.capacity() * 4 + tenants_.capacity() * 2 +
                    unsorted_.capacity() * 4 + order_->rank.capacity() * 4 +
                    texts_.pages.size() * page_bytes + pair_slots_.capacity() * 4 +
                    pairs_.capacity() * sizeof(Pair);
  for (const Pair& pair : pairs_) sum += pair.postings.memory();
  for (const Name& name : names_) sum += sizeof(Name) + name.pairs.capacity() * 4 + name.name.capacity();
  return sum;
}

}  // namespace aloft::telemetry::metrics
