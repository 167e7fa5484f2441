// Evaluates info(), which adds labels of info series such as target_info to the series of a vector.
#include <algorithm>
#include <map>
#include <set>

#include "telemetry/core/regex.h"
#include "telemetry/promql/eval/evaluator.h"
#include "telemetry/promql/numbers.h"

namespace aloft::telemetry::promql {
namespace {

// The labels that an info series and what it describes have in common.
const std::vector<std::string>& identifying_labels() {
  static const std::vector<std::string> names{"instance", "job"};
  return names;
}

// Which labels of which info series are asked for.
struct InfoSelector {
  std::vector<Matcher> names;                          // of the metric name
  std::map<std::string, std::vector<Matcher>> labels;  // all others, by label
};

Result<std::vector<Matcher>> effective_names(const std::vector<Matcher>& names) {
  const bool positive = std::any_of(names.begin(), names.end(), [](const Matcher& matcher) {
    return matcher.type() == MatchType::equal || matcher.type() == MatchType::regex;
  });
  if (positive) return names;
  std::vector<Matcher> out;
  if (names.empty()) {
    out.push_back(Matcher::equal(std::string(metric_name_label), "target_info"));
    return out;
  }
  TRY(any_info, Matcher::make(MatchType::regex, std::string(metric_name_label), ".+_info"));
  out.push_back(std::move(any_info));
  out.insert(out.end(), names.begin(), names.end());
  return out;
}

// When the info series are looked at: as the first selector of the vector says.
struct When {
  std::optional<Millis> at;
  Millis offset = 0;
};

bool find_when(const Expr& expr, std::vector<const Subquery*>& around, When& when) {
  if (expr.kind == NodeKind::vector_selector) {
    const TimeModifiers& time = as<VectorSelector>(expr).time;
    when.at = time.at;
    when.offset = time.offset;
    for (auto outer = around.rbegin(); outer != around.rend() && !when.at; ++outer) {
      when.offset += (*outer)->time.offset;
      when.at = (*outer)->time.at;
    }
    return true;
  }
  if (expr.kind == NodeKind::subquery) around.push_back(&as<Subquery>(expr));
  for (const Expr* child : children_of(expr))
    if (find_when(*child, around, when)) return true;
  if (expr.kind == NodeKind::subquery) around.pop_back();
  return false;
}

class InfoJoin {
 public:
  InfoJoin(QueryContext& query, const InfoSelector& selector, const Grid& base, const Grid& info,
           const std::vector<std::uint8_t>& ignored)
      : query_(query),
        selector_(selector),
        base_(base),
        info_(info),
        ignored_(ignored),
        out_(make_grid(base.steps)),
        index_(out_) {
    for (const auto& [label, matchers] : selector.labels)
      for (const Matcher& matcher : matchers) all_match_empty_ = all_match_empty_ && matcher.matches_empty();
    number_info();
  }

  Result<Grid> run() {
    for (std::size_t s = 0; s < base_.steps; ++s) {
      if (s % 64 == 0) TRY_DO(query_.check_running());
      TRY_DO(place_info(s));
      for (std::size_t r = 0; r < base_.rows(); ++r)
        if (base_.has(r, s)) TRY_DO(join(r, s));
    }
    out_.remove_empty_rows();
    return std::move(out_);
  }

 private:
  // Info series of one metric and one identity share a slot.
  void number_info() {
    for (std::size_t i = 0; i < info_.rows(); ++i) {
      const std::string_view name = info_.labels[i].metric_name();
      const std::uint64_t identity = hash_labels_by(info_.labels[i], identifying_labels());
      const auto& [found, made] = slots_.try_emplace(std::pair(std::string(name), identity), slots_.size());
      slot_of_info_.push_back(found->second);
      names_.insert(std::string(name));
    }
    placed_.assign(slots_.size(), no_index);
  }

  Result<> place_info(std::size_t step) {
    std::fill(placed_.begin(), placed_.end(), no_index);
    for (std::size_t i = 0; i < info_.rows(); ++i) {
      if (!info_.has(i, step)) continue;
      std::size_t& placed = placed_[slot_of_info_[i]];
      // The values are the times of the samples: the newest counts.
      if (placed == no_index || info_.row(i)[step] > info_.row(placed)[step]) {
        placed = i;
      } else if (info_.row(i)[step] == info_.row(placed)[step]) {
        const auto millis = static_cast<Millis>(std::llround(info_.row(i)[step] * 1000));
        return fail(
            Code::invalid,
            fmt::format("found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                        series_text(info_.labels[placed]), millis, series_text(info_.labels[i]), millis));
      }
    }
    return {};
  }

  Result<> join(std::size_t r, std::size_t step) {
    if (ignored_[r] != 0) return put(r, step, base_.labels[r]);
    LabelsBuilder added;
    bool found = false;
    const std::uint64_t identity = hash_labels_by(base_.labels[r], identifying_labels());
    for (const std::string& name : names_) {
      const auto slot = slots_.find(std::pair(name, identity));
      if (slot == slots_.end() || placed_[slot->second] == no_index) continue;
      found = true;
      TRY_DO(gather(base_.labels[r], info_.labels[placed_[slot->second]], added));
    }
    if (!found && !all_match_empty_) return {};
    if (added.pairs().empty()) return put(r, step, base_.labels[r]);
    LabelsBuilder builder(base_.labels[r]);
    for (const auto& [name, value] : added.pairs()) builder.set(name, value);
    const Labels labels = builder.build();
    return put(r, step, query_.labels.keep(labels));
  }

  Result<> gather(LabelsView base, LabelsView info, LabelsBuilder& added) const {
    for (const Label& label : info) {
      if (label.name == metric_name_label) continue;
      if (!selector_.labels.empty() && !selector_.labels.contains(std::string(label.name))) continue;
      const std::string_view before = added.get(label.name);
      if (!before.empty() && before != label.value)
        return fail(Code::invalid, fmt::format("conflicting label: {}", label.name));
      if (!base.has(label.name)) added.set(label.name, label.value);
    }
    return {};
  }

  Result<> put(std::size_t r, std::size_t step, LabelsView labels) {
    TRY(row, index_.row_for(query_, labels, base_.drop_name[r] != 0));
    if (out_.has(row, step)) return same_labels_error();
    const HistogramPtr* histograms = base_.histogram_row(r);
    if (histograms != nullptr && histograms[step])
      out_.set(row, step, histograms[step]);
    else
      out_.set(row, step, base_.row(r)[step]);
    return {};
  }

  QueryContext& query_;
  const InfoSelector& selector_;
  const Grid& base_;
  const Grid& info_;
  const std::vector<std::uint8_t>& ignored_;
  Grid out_;
  RowIndex index_;
  bool all_match_empty_ = true;
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> slots_;
  std::vector<std::size_t> slot_of_info_;
  std::set<std::string> names_;
  std::vector<std::size_t> placed_;  // by slot: the info row of this step
};

}  // namespace

Result<Grid> Evaluator::eval_info(const Call& call) {
  When when;
  std::vector<const Subquery*> around;
  find_when(*call.args[0], around, when);
  TRY(base, eval(*call.args[0]));
  InfoSelector selector;
  if (call.args.size() > 1) {
    const Expr* arg = call.args[1].get();
    if (arg->kind == NodeKind::step_invariant) arg = as<StepInvariant>(*arg).expr.get();
    for (const Matcher& matcher : as<VectorSelector>(*arg).matchers) {
      if (matcher.name() == metric_name_label)
        selector.names.push_back(matcher);
      else
        selector.labels[matcher.name()].push_back(matcher);
    }
  }
  TRY(names, effective_names(selector.names));
  // Info series themselves are left as they are.
  std::vector<std::uint8_t> ignored(base.rows());
  std::map<std::string, std::set<std::string>> identities;
  for (std::size_t r = 0; r < base.rows(); ++r) {
    const std::string_view name = base.labels[r].metric_name();
    ignored[r] = std::all_of(names.begin(), names.end(), [&](const Matcher& m) { return m.matches(name); });
    if (ignored[r] != 0) continue;
    for (const std::string& label : identifying_labels())
      if (const std::string_view value = base.labels[r].get(label); !value.empty())
        identities[label].insert(std::string(value));
  }
  Grid info = make_grid(count());
  if (!identities.empty()) {
    auto found = std::make_unique<VectorSelector>(call.span);
    found->time.at = when.at;
    found->time.offset = when.offset;
    for (const auto& [label, values] : identities) {
      std::string alternatives;
      for (const std::string& value : values)
        alternatives += (alternatives.empty() ? "" : "|") + quote_meta(value);
      TRY(matcher, Matcher::make(MatchType::regex, label, alternatives));
      found->matchers.push_back(std::move(matcher));
    }
    for (const auto& [label, matchers] : selector.labels)
      found->matchers.insert(found->matchers.end(), matchers.begin(), matchers.end());
    found->matchers.insert(found->matchers.end(), names.begin(), names.end());
    TRY(times, selector_grid(*found, Wanted::time));
    info = std::move(times);
  }
  return InfoJoin(query_, selector, base, info, ignored).run();
}

}  // namespace aloft::telemetry::promql
