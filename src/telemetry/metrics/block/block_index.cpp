// Three kinds of groups: series (numbers of pairs), pairs (name, list, value; sorted) and posting lists
// (differences). A pair's number is its place in the sorted order, and its list has the same number.
#include "telemetry/metrics/block/block_index.h"

#include <algorithm>

namespace aloft::telemetry::metrics {
namespace {

enum ListKind : unsigned { series_kind = 0, pair_kind = 1, list_kind = 2 };
constexpr unsigned kind_shift = 60;

}  // namespace

void BlockIndexWriter::add(LabelsView labels) {
  std::string record;
  std::size_t count = 0;
  for (const Label& label : labels) {
    auto name = pairs_.find(label.name);
    if (name == pairs_.end()) name = pairs_.emplace(std::string(label.name), Values()).first;
    auto value = name->second.find(label.value);
    if (value == name->second.end()) {
      value = name->second.emplace(std::string(label.value), Pair{.number = pair_count_++}).first;
    }
    Pair& pair = value->second;
    put_varint(pair.postings, series_ - pair.last);
    pair.last = series_;
    put_varint(record, pair.number);
    ++count;
  }
  put_varint(records_, count);
  records_ += record;
  ++series_;
}

Result<> BlockIndexWriter::finish(std::string_view extra) {
  TRY(file, GroupWriter::create(path_, 3));
  OpenGroup pairs, lists, series;
  std::vector<std::uint32_t> sorted(pair_count_);  // from the order of appearance
  std::string pages;
  std::string names;
  std::uint32_t name_number = 0;
  std::uint32_t number = 0;
  for (auto& [name, values] : pairs_) {
    put_text(names, name);
    for (auto& [value, pair] : values) {
      sorted[pair.number] = number++;
      if (pairs.sizes.empty()) {
        put_varint(pages, name_number);
        put_text(pages, value);
      }
      const std::size_t begin = pairs.bytes.size();
      put_varint(pairs.bytes, name_number);
      pairs.bytes += value;
      pairs.end_record(begin);
      if (pairs.bytes.size() >= group_bytes / 4) TRY_DO(file->write(pairs));
      const std::size_t list = lists.bytes.size();
      lists.bytes += pair.postings;
      pair.postings = {};
      lists.end_record(list);
      if (lists.full()) TRY_DO(file->write(lists));
    }
    ++name_number;
  }
  ByteReader in(records_);
  while (!in.at_end()) {
    const std::size_t begin = series.bytes.size();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count; ++i) {
      put_varint(series.bytes, sorted[static_cast<std::size_t>(in.varint())]);
    }
    series.end_record(begin);
    if (series.bytes.size() >= group_bytes / 4) TRY_DO(file->write(series));
  }
  for (OpenGroup* open : {&pairs, &lists, &series}) TRY_DO(file->write(*open));
  std::string footer;
  put_varint(footer, series_);
  put_varint(footer, pair_count_);
  put_varint(footer, name_number);
  footer += names;
  put_groups(footer, series.written);
  put_groups(footer, pairs.written);
  put_groups(footer, lists.written);
  footer += pages;
  put_text(footer, extra);
  TRY_DO(file->finish(footer));
  return {};
}

Result<std::unique_ptr<BlockIndex>> BlockIndex::open(const std::string& path,
                                                     std::shared_ptr<ChunkCache> cache) {
  TRY(file, GroupFile::open(path));
  auto index = std::make_unique<BlockIndex>(Access(), std::move(file), std::move(cache));
  TRY_DO(index->read_footer());
  return index;
}

Result<> BlockIndex::read_footer() {
  const std::string footer = std::exchange(file_.footer(), {});
  ByteReader in(footer);
  series_ = in.varint();
  pairs_ = in.varint();
  const std::uint64_t names = in.varint();
  if (names > in.left() || series_ >= UINT32_MAX) return fail(file_.damaged("the footer's numbers"));
  for (std::uint64_t i = 0; i < names; ++i) names_.emplace_back(in.text());
  if (!get_groups(in, series_groups_) || !get_groups(in, pair_groups_) || !get_groups(in, list_groups_)) {
    return fail(file_.damaged("the lists of groups"));
  }
  for (std::size_t i = 0; i < pair_groups_.size(); ++i) {
    const auto name = static_cast<std::uint32_t>(in.varint());
    pair_pages_.push_back({.name = name, .value = std::string(in.text())});
  }
  extra_ = in.text();
  const bool complete = (series_ == 0 || !series_groups_.empty()) &&
                        (pairs_ == 0 || (!pair_groups_.empty() && !list_groups_.empty()));
  if (!in.ok() || !complete || !std::ranges::is_sorted(names_)) return fail(file_.damaged("the footer"));
  return {};
}

Result<CachedPartPtr> BlockIndex::part(unsigned kind, std::size_t group) const {
  const std::uint64_t key = std::uint64_t{kind} << kind_shift | group;
  if (auto found = cache_->find(number_, key)) return found;
  const GroupList& groups =
      kind == series_kind ? series_groups_ : (kind == pair_kind ? pair_groups_ : list_groups_);
  TRY(loaded, file_.load(groups[group]));
  cache_->put(number_, key, loaded);
  return loaded;
}

std::optional<std::uint32_t> BlockIndex::name_number(std::string_view name) const {
  const auto at = std::ranges::lower_bound(names_, name);
  if (at == names_.end() || *at != name) return std::nullopt;
  return static_cast<std::uint32_t>(at - names_.begin());
}

Result<BlockIndex::Pair> BlockIndex::pair_at(const CachedPart& group, std::size_t index) const {
  ByteReader in(record_of(group, index));
  Pair pair;
  pair.name = static_cast<std::uint32_t>(in.varint());
  pair.value = in.rest();
  if (!in.ok() || pair.name >= names_.size()) return fail(file_.damaged("a label pair"));
  return pair;
}

Result<> BlockIndex::for_pairs(std::uint32_t name, std::string_view from,
                               const std::function<Result<bool>(const Pair&)>& visit) const {
  // The last page that begins at or before what is wanted.
  const auto behind = std::upper_bound(pair_pages_.begin(), pair_pages_.end(), from,
                                       [name](std::string_view wanted, const PairPage& page) {
                                         return name != page.name ? name < page.name : wanted < page.value;
                                       });
  std::size_t page =
      behind == pair_pages_.begin() ? 0 : static_cast<std::size_t>(behind - pair_pages_.begin()) - 1;
  for (; page < pair_groups_.size(); ++page) {
    TRY(group, part(pair_kind, page));
    for (std::size_t i = 0; i + 1 < group->offsets.size(); ++i) {
      TRY(pair, pair_at(*group, i));
      if (pair.name > name) return {};
      if (pair.name < name || pair.value < from) continue;
      pair.postings = pair_groups_[page].first + i;
      TRY(more, visit(pair));
      if (!more) return {};
    }
  }
  return {};
}

Result<std::vector<std::uint32_t>> BlockIndex::postings(std::uint64_t list) const {
  if (list >= pairs_) return fail(file_.damaged("a posting list's number"));
  const std::size_t number = group_of(list_groups_, list);
  TRY(group, part(list_kind, number));
  const auto index = static_cast<std::size_t>(list - list_groups_[number].first);
  if (index + 1 >= group->offsets.size()) return fail(file_.damaged("a posting list"));
  ByteReader in(record_of(*group, index));
  std::vector<std::uint32_t> out;
  std::uint64_t last = 0;
  while (!in.at_end()) {
    last += in.varint();
    if (!in.ok() || last >= series_) return fail(file_.damaged("a posting list"));
    out.push_back(static_cast<std::uint32_t>(last));
  }
  return out;
}

Result<> BlockIndex::mark_matching(std::uint32_t name, const Matcher& matcher, bool wanted,
                                   Marks& marks) const {
  // A wanted prefix bounds what must be looked at.
  const std::string prefix = wanted ? matcher.prefix() : std::string();
  return for_pairs(name, prefix, [&](const Pair& pair) -> Result<bool> {
    if (!prefix.empty() && !pair.value.starts_with(prefix)) return false;
    if (matcher.matches(pair.value) != wanted) return true;
    TRY(list, postings(pair.postings));
    for (const std::uint32_t series : list) marks[series] = true;
    return true;
  });
}

Result<std::vector<std::uint32_t>> BlockIndex::select(std::span<const Matcher> matchers) const {
  std::vector<Marks> wanted, unwanted;
  std::optional<std::vector<std::uint32_t>> shortest;
  std::vector<std::uint32_t> out;
  for (const Matcher& matcher : matchers) {
    const auto name = name_number(matcher.name());
    if (!name) {
      if (!matcher.matches_empty()) return out;
      continue;
    }
    if (matcher.matches_empty()) {
      auto& marks = unwanted.emplace_back(series_);
      TRY_DO(mark_matching(*name, matcher, false, marks));
      continue;
    }
    if (!matcher.literals().has_value()) {
      auto& marks = wanted.emplace_back(series_);
      TRY_DO(mark_matching(*name, matcher, true, marks));
      continue;
    }
    std::vector<std::uint32_t> all;
    for (const std::string& value : *matcher.literals()) {
      TRY_DO(for_pairs(*name, value, [&](const Pair& pair) -> Result<bool> {
        if (pair.value != value) return false;
        TRY(list, postings(pair.postings));
        all.insert(all.end(), list.begin(), list.end());
        return false;
      }));
    }
    if (all.empty()) return out;
    if (matcher.literals()->size() > 1) std::ranges::sort(all);
    if (!shortest || all.size() < shortest->size()) shortest.emplace().swap(all);
    if (all.empty()) continue;
    auto& marks = wanted.emplace_back(series_);
    for (const std::uint32_t series : all) marks[series] = true;
  }
  const auto passes = [&](std::uint32_t series) {
    return std::ranges::all_of(wanted, [&](const Marks& marks) { return marks[series]; }) &&
           std::ranges::none_of(unwanted, [&](const Marks& marks) { return marks[series]; });
  };
  if (shortest) {
    for (const std::uint32_t series : *shortest) {
      if (passes(series)) out.push_back(series);
    }
    return out;
  }
  for (std::uint32_t series = 0; series < series_; ++series) {
    if (passes(series)) out.push_back(series);
  }
  return out;
}

Result<> BlockIndex::append_labels(std::uint32_t series, std::string& out) const {
  const std::size_t number = group_of(series_groups_, series);
  TRY(group, part(series_kind, number));
  const auto index = static_cast<std::size_t>(series - series_groups_[number].first);
  if (index + 1 >= group->offsets.size()) return fail(file_.damaged("the labels of a series"));
  ByteReader in(record_of(*group, index));
  while (!in.at_end()) {
    const std::uint64_t pair = in.varint();
    if (!in.ok() || pair >= pairs_) return fail(file_.damaged("the labels of a series"));
    const std::size_t page = group_of(pair_groups_, pair);
    TRY(pairs, part(pair_kind, page));
    const auto at = static_cast<std::size_t>(pair - pair_groups_[page].first);
    if (at + 1 >= pairs->offsets.size()) return fail(file_.damaged("a label pair"));
    TRY(found, pair_at(*pairs, at));
    append_label(out, names_[found.name], found.value);
  }
  return {};
}

Result<std::vector<std::string>> BlockIndex::label_values(std::string_view name) const {
  std::vector<std::string> out;
  const auto number = name_number(name);
  if (!number) return out;
  TRY_DO(for_pairs(*number, {}, [&](const Pair& pair) -> Result<bool> {
    out.emplace_back(pair.value);
    return true;
  }));
  return out;
}

}  // namespace aloft::telemetry::metrics
