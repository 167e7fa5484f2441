// Aggregations over series, operators between them, label_replace.
#include "telemetry/logs/logql/series.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {
namespace {

Column make_column(Labels labels, std::size_t size) {
  return {.labels = std::move(labels),
          .values = std::vector<double>(size, 0),
          .there = std::vector<std::uint8_t>(size, 0)};
}

Labels group_labels(const Labels& labels, const std::optional<Grouping>& grouping) {
  if (!grouping) return {};
  LabelsBuilder builder(labels);
  if (grouping->without) {
    builder.drop(grouping->labels);
  } else {
    builder.keep_only(grouping->labels);
  }
  return builder.build();
}

// NaN goes last in either direction.
bool ranks_before(double a, double b, bool highest) {
  if (std::isnan(a)) return false;
  if (std::isnan(b)) return true;
  return highest ? a > b : a < b;
}

Frame select_extremes(const Expr& expr, Frame input) {
  const bool highest = expr.vector_op != VectorOp::bottomk;
  const auto most = static_cast<std::size_t>(expr.count);
  std::map<Labels, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < input.columns.size(); ++i)
    groups[group_labels(input.columns[i].labels, expr.grouping)].push_back(i);
  for (std::size_t t = 0; t < input.times_ns.size(); ++t) {
    for (auto& [labels, members] : groups) {
      std::vector<std::size_t> present;
      for (const std::size_t i : members)
        if (input.columns[i].there[t] != 0) present.push_back(i);
      if (present.size() <= most) continue;
      std::sort(present.begin(), present.end(), [&](std::size_t a, std::size_t b) {
        const double left = input.columns[a].values[t], right = input.columns[b].values[t];
        if (ranks_before(left, right, highest)) return true;
        return !ranks_before(right, left, highest) && a < b;
      });
      for (std::size_t i = most; i < present.size(); ++i) input.columns[present[i]].there[t] = 0;
    }
  }
  std::erase_if(input.columns, [](const Column& column) {
    return std::none_of(column.there.begin(), column.there.end(),
                        [](std::uint8_t here) { return here != 0; });
  });
  // The order shows in an instant query alone.
  if (input.times_ns.size() == 1) {
    std::sort(input.columns.begin(), input.columns.end(), [&](const Column& a, const Column& b) {
      return ranks_before(a.values[0], b.values[0], highest);
    });
  }
  return input;
}

struct Moments {
  double count = 0, mean = 0, spread = 0;
};

void accumulate(VectorOp op, Column& into, std::vector<Moments>& moments, const Column& column) {
  for (std::size_t t = 0; t < column.values.size(); ++t) {
    if (column.there[t] == 0) continue;
    const double value = column.values[t];
    double& total = into.values[t];
    const bool first = into.there[t] == 0;
    into.there[t] = 1;
    Moments& m = moments[t];
    m.count += 1;
    switch (op) {
      case VectorOp::sum:
        total += value;
        break;
      case VectorOp::count:
        total += 1;
        break;
      case VectorOp::max:
        total = first || std::isnan(total) || total < value ? value : total;
        break;
      case VectorOp::min:
        total = first || std::isnan(total) || total > value ? value : total;
        break;
      default: {
        const double delta = value - m.mean;
        m.mean += delta / m.count;
        m.spread += delta * (value - m.mean);
      }
    }
  }
}

// Series that stand for one another in a binary operation.
Labels signature(const Labels& labels, const Matching& matching) {
  LabelsBuilder builder(labels);
  if (matching.on) {
    builder.keep_only(matching.labels);
  } else {
    builder.drop(matching.labels);
  }
  return builder.build();
}

Frame combine_sets(const Expr& expr, Frame left, Frame right) {
  const std::size_t size = left.times_ns.size();
  std::map<Labels, std::vector<std::uint8_t>> there;
  const Frame& other = expr.binary_op == BinaryOp::either ? left : right;
  for (const Column& column : other.columns) {
    auto& any = there[signature(column.labels, expr.matching)];
    any.resize(size, 0);
    for (std::size_t t = 0; t < size; ++t) any[t] |= column.there[t];
  }
  // Keeps of `columns` what stands beside the other side, or what does not.
  const auto keep = [&](std::vector<Column>& columns, bool beside) {
    for (Column& column : columns) {
      const auto found = there.find(signature(column.labels, expr.matching));
      for (std::size_t t = 0; t < size; ++t) {
        const bool present = found != there.end() && found->second[t] != 0;
        if (present != beside) column.there[t] = 0;
      }
    }
  };
  if (expr.binary_op == BinaryOp::either) {
    keep(right.columns, false);
    for (Column& column : right.columns) {
      const auto same = std::find_if(left.columns.begin(), left.columns.end(),
                                     [&](const Column& known) { return known.labels == column.labels; });
      if (same == left.columns.end()) {
        left.columns.push_back(std::move(column));
        continue;
      }
      for (std::size_t t = 0; t < size; ++t) {
        if (column.there[t] == 0) continue;
        same->values[t] = column.values[t];
        same->there[t] = 1;
      }
    }
  } else {
    keep(left.columns, expr.binary_op == BinaryOp::both);
  }
  return left;
}

// One value out of two; false when a comparison drops it.
bool merge(const Expr& expr, double left, double right, double kept, double& value) {
  value = apply(expr.binary_op, left, right);
  if (!is_comparison(expr.binary_op) || expr.returns_bool) return true;
  if (value == 0) return false;
  value = kept;
  return true;
}

Frame combine_scalar(const Expr& expr, Frame left, Frame right) {
  const bool swapped = left.scalar;
  const double constant = swapped ? left.columns[0].values[0] : right.columns[0].values[0];
  Frame& series = swapped ? right : left;
  for (Column& column : series.columns) {
    for (std::size_t t = 0; t < column.values.size(); ++t) {
      if (column.there[t] == 0) continue;
      const double own = column.values[t];
      if (!merge(expr, swapped ? constant : own, swapped ? own : constant, own, column.values[t]))
        column.there[t] = 0;
    }
  }
  return std::move(series);
}

// Of the side that has one series for many, no two may stand for the same at one instant.
Result<> check_unique(const Frame& side, const std::map<Labels, std::vector<std::size_t>>& members,
                      std::string_view name) {
  for (const auto& [labels, columns] : members) {
    for (std::size_t t = 0; columns.size() > 1 && t < side.times_ns.size(); ++t) {
      const auto present = std::count_if(columns.begin(), columns.end(),
                                         [&](std::size_t i) { return side.columns[i].there[t] != 0; });
      if (present > 1) {
        return fail(
            Code::bad_request,
            fmt::format("found duplicate series on the {} hand-side;many-to-many matching not allowed: "
                        "matching labels must be unique on one side",
                        name));
      }
    }
  }
  return {};
}

Labels result_labels(const Expr& expr, const Labels& many, const Labels& one) {
  const Matching& matching = expr.matching;
  LabelsBuilder builder(many);
  if (matching.cardinality == Matching::Cardinality::one_to_one && matching.labels_given) {
    if (matching.on) {
      builder.keep_only(matching.labels);
    } else {
      builder.drop(matching.labels);
    }
  }
  for (const std::string& name : matching.include) builder.set(name, one.get(name));
  return builder.build();
}

}  // namespace

double apply(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::add:
      return left + right;
    case BinaryOp::subtract:
      return left - right;
    case BinaryOp::multiply:
      return left * right;
    // Other than elsewhere a division by zero is never infinite.
    case BinaryOp::divide:
      return right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
    case BinaryOp::modulo:
      return right == 0 ? std::numeric_limits<double>::quiet_NaN() : std::fmod(left, right);
    case BinaryOp::power:
      return std::pow(left, right);
    case BinaryOp::equal:
      return left == right ? 1 : 0;
    case BinaryOp::not_equal:
      return left != right ? 1 : 0;
    case BinaryOp::greater:
      return left > right ? 1 : 0;
    case BinaryOp::greater_equal:
      return left >= right ? 1 : 0;
    case BinaryOp::less:
      return left < right ? 1 : 0;
    case BinaryOp::less_equal:
      return left <= right ? 1 : 0;
    case BinaryOp::either:
    case BinaryOp::both:
    case BinaryOp::unless:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Frame aggregate(const Expr& expr, Frame input) {
  const VectorOp op = expr.vector_op;
  if (op == VectorOp::topk || op == VectorOp::bottomk || op == VectorOp::approx_topk)
    return select_extremes(expr, std::move(input));
  if (op == VectorOp::sort || op == VectorOp::sort_desc) {
    if (input.times_ns.size() == 1) {
      std::sort(input.columns.begin(), input.columns.end(), [&](const Column& a, const Column& b) {
        return ranks_before(a.values[0], b.values[0], op == VectorOp::sort_desc);
      });
    }
    return input;
  }
  Frame out{.times_ns = input.times_ns, .columns = {}};
  const std::size_t size = input.times_ns.size();
  std::map<Labels, std::size_t> groups;
  std::vector<std::vector<Moments>> moments;
  for (const Column& column : input.columns) {
    Labels labels = group_labels(column.labels, expr.grouping);
    const auto [at, added] = groups.try_emplace(labels, out.columns.size());
    if (added) {
      out.columns.push_back(make_column(std::move(labels), size));
      moments.emplace_back(size);
    }
    accumulate(op, out.columns[at->second], moments[at->second], column);
  }
  for (std::size_t i = 0; i < out.columns.size(); ++i) {
    for (std::size_t t = 0; t < size; ++t) {
      const Moments& m = moments[i][t];
      double& value = out.columns[i].values[t];
      if (op == VectorOp::avg) value = m.mean;
      if (op == VectorOp::stdvar) value = m.spread / m.count;
      if (op == VectorOp::stddev) value = std::sqrt(m.spread / m.count);
    }
  }
  return out;
}

Result<Frame> combine(const Expr& expr, Frame left, Frame right) {
  if (is_set_operator(expr.binary_op)) return combine_sets(expr, std::move(left), std::move(right));
  if (left.scalar || right.scalar) return combine_scalar(expr, std::move(left), std::move(right));
  const bool swapped = expr.matching.cardinality == Matching::Cardinality::one_to_many;
  const bool one_to_one = expr.matching.cardinality == Matching::Cardinality::one_to_one;
  Frame& many = swapped ? right : left;
  Frame& one = swapped ? left : right;
  const std::size_t size = left.times_ns.size();
  std::map<Labels, std::vector<std::size_t>> ones;
  for (std::size_t i = 0; i < one.columns.size(); ++i)
    ones[signature(one.columns[i].labels, expr.matching)].push_back(i);
  TRY_DO(check_unique(one, ones, swapped ? "left" : "right"));
  Frame out{.times_ns = left.times_ns, .columns = {}};
  std::map<Labels, std::size_t> results;
  for (const Column& column : many.columns) {
    const auto found = ones.find(signature(column.labels, expr.matching));
    if (found == ones.end()) continue;
    for (std::size_t t = 0; t < size; ++t) {
      if (column.there[t] == 0) continue;
      const Column* partner = nullptr;
      for (const std::size_t i : found->second)
        if (one.columns[i].there[t] != 0) partner = &one.columns[i];
      if (partner == nullptr) continue;
      const double a = swapped ? partner->values[t] : column.values[t];
      const double b = swapped ? column.values[t] : partner->values[t];
      double value = 0;
      const bool kept = merge(expr, a, b, a, value);
      Labels labels = result_labels(expr, column.labels, partner->labels);
      const auto [at, added] = results.try_emplace(labels, out.columns.size());
      if (added) out.columns.push_back(make_column(std::move(labels), size));
      Column& into = out.columns[at->second];
      // A dropped comparison takes the place too.
      if (into.there[t] != 0) {
        return fail(Code::bad_request,
                    one_to_one ? "multiple matches for labels: many-to-one matching must be explicit "
                                 "(group_left/group_right)"
                               : "multiple matches for labels: grouping labels must ensure unique "
                                 "matches");
      }
      into.values[t] = value;
      into.there[t] = kept ? 1 : 2;
    }
  }
  for (Column& column : out.columns)
    for (std::uint8_t& there : column.there) there = there == 1 ? 1 : 0;
  return out;
}

Frame replace_label(const Expr& expr, Frame input) {
  std::vector<std::string_view> groups;
  for (Column& column : input.columns) {
    const std::string source(column.labels.get(expr.source));
    if (!expr.compiled->find(source, 0, groups)) continue;
    LabelsBuilder builder(column.labels);
    builder.set(expr.destination, expr.compiled->expand(expr.replacement, groups));
    column.labels = builder.build();
  }
  return input;
}

}  // namespace aloft::telemetry::logs::logql
