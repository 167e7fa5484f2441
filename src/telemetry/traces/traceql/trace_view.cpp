// A trace put together: parents, roots and nested sets, each computed when a query first needs it.
#include "telemetry/traces/traceql/bind.h"

namespace aloft::telemetry::traces::traceql {
namespace {

std::int64_t end_of(const SpanRef& span) { return end_of_span(span.start(), span.duration()); }

bool same_span(const SpanRef& a, const SpanRef& b) {
  return a.span_id() == b.span_id() && a.kind() == b.kind();
}

}  // namespace

std::string short_trace_id(const TraceId& id) {
  std::string hex = to_hex(id);
  hex.erase(0, std::min(hex.find_first_not_of('0'), hex.size() - 1));
  return hex;
}

TraceView::TraceView(const TraceId& id, std::vector<SpanRef> spans) : id_(id), spans_(std::move(spans)) {
  const auto key = [](const SpanRef& span) { return std::tuple(span.start(), span.span_id(), span.kind()); };
  std::sort(spans_.begin(), spans_.end(),
            [&](const SpanRef& a, const SpanRef& b) { return key(a) < key(b); });
  // The same span from two parts has the same start in all but hostile cases, but not always.
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> seen;
  std::vector<SpanRef> kept;
  kept.reserve(spans_.size());
  for (const SpanRef& span : spans_) {
    std::vector<std::uint32_t>& same = seen[span.span_id()];
    const bool repeated =
        std::any_of(same.begin(), same.end(), [&](std::uint32_t at) { return same_span(kept[at], span); });
    if (repeated) continue;
    same.push_back(static_cast<std::uint32_t>(kept.size()));
    kept.push_back(span);
  }
  spans_ = std::move(kept);
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    start_ = i == 0 ? spans_[i].start() : std::min(start_, spans_[i].start());
    end_ = i == 0 ? end_of(spans_[i]) : std::max(end_, end_of(spans_[i]));
  }
}

const std::vector<std::uint32_t>& TraceView::parents() const {
  if (parents_.size() == spans_.size()) return parents_;
  // Of two sides that share an id (Zipkin) the server's is the parent of what follows, and the client's is
  // the parent of the server's.
  std::unordered_map<std::uint64_t, std::uint32_t> by_id;
  std::unordered_map<std::uint64_t, std::uint32_t> clients;
  for (std::uint32_t i = 0; i < size(); ++i) {
    const auto [known, fresh] = by_id.emplace(spans_[i].span_id(), i);
    if (!fresh && spans_[i].kind() == SpanKind::server) known->second = i;
    if (spans_[i].kind() == SpanKind::client) clients.emplace(spans_[i].span_id(), i);
  }
  parents_.assign(spans_.size(), no_span);
  for (std::uint32_t i = 0; i < size(); ++i) {
    const auto twin = clients.find(spans_[i].span_id());
    if (twin != clients.end() && spans_[i].kind() == SpanKind::server) {
      parents_[i] = twin->second;
      continue;
    }
    if (spans_[i].parent_id() == 0) continue;
    const auto found = by_id.find(spans_[i].parent_id());
    if (found != by_id.end() && found->second != i) parents_[i] = found->second;
  }
  return parents_;
}

std::uint32_t TraceView::root() const {
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (spans_[i].parent_id() == 0) return i;
  }
  return no_span;
}

std::uint32_t TraceView::child_count(std::uint32_t index) const {
  if (child_counts_.size() != spans_.size()) {
    child_counts_.assign(spans_.size(), 0);
    for (const std::uint32_t parent : parents()) {
      if (parent != no_span) ++child_counts_[parent];
    }
  }
  return child_counts_[index];
}

const TraceView::Nested& TraceView::nested(std::uint32_t index) const {
  if (nested_.size() == spans_.size()) return nested_[index];
  nested_.assign(spans_.size(), {});
  std::vector<std::vector<std::uint32_t>> children(spans_.size());
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (parent(i) != no_span) children[parent(i)].push_back(i);
  }
  std::int64_t number = 1;
  std::vector<std::pair<std::uint32_t, std::size_t>> path;  // span, next child
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (spans_[i].parent_id() != 0 || parent(i) != no_span) continue;
    nested_[i].left = number++;
    nested_[i].parent = -1;
    path.emplace_back(i, 0);
    while (!path.empty()) {
      auto& [span, next] = path.back();
      if (next == children[span].size()) {
        nested_[span].right = number++;
        path.pop_back();
        continue;
      }
      const std::uint32_t child = children[span][next++];
      nested_[child].parent = nested_[span].left;
      nested_[child].left = number++;
      path.emplace_back(child, 0);
    }
  }
  return nested_[index];
}

Value TraceView::value(std::uint32_t index, const FieldName& field, std::uint32_t slot) const {
  if (field.scope == Scope::intrinsic) return intrinsic(index, field.intrinsic);
  const std::uint32_t from = field.of_parent ? parent(index) : index;
  if (from == no_span) return {};
  return spans_[from].table->attribute(spans_[from].row, slot, lists_);
}

Value TraceView::intrinsic(std::uint32_t index, Intrinsic field) const {
  const SpanRef& span = spans_[index];
  const SpanTable& table = span.table->table();
  switch (field) {
    case Intrinsic::duration:
      return duration_value(span.duration());
    case Intrinsic::name:
      return string_value(span.table->name(span.row));
    case Intrinsic::status:
      return status_value(span.status());
    case Intrinsic::status_message:
      return string_value(table.strings.at(at_or_zero(table.status_messages, span.row)));
    case Intrinsic::kind:
      return kind_value(span.kind());
    case Intrinsic::child_count:
      return integer_value(child_count(index));
    case Intrinsic::parent:
    case Intrinsic::parent_id:
      if (span.parent_id() == 0) return field == Intrinsic::parent ? Value{} : string_value("");
      return string_value(keep(to_hex(to_span_id(span.parent_id()))));
    case Intrinsic::root_name:
      return root() == no_span ? Value{} : string_value(spans_[root()].table->name(spans_[root()].row));
    case Intrinsic::root_service:
      return root() == no_span ? Value{} : string_value(spans_[root()].table->service(spans_[root()].row));
    case Intrinsic::trace_duration:
      return duration_value(end_ - start_);
    case Intrinsic::nested_set_left:
      return integer_value(nested(index).left);
    case Intrinsic::nested_set_right:
      return integer_value(nested(index).right);
    case Intrinsic::nested_set_parent:
      return integer_value(nested(index).parent);
    case Intrinsic::trace_id:
      return string_value(keep(short_trace_id(id_)));
    case Intrinsic::span_id:
      return string_value(keep(to_hex(to_span_id(span.span_id()))));
    case Intrinsic::instrumentation_name:
      return string_value(span.table->scope(span.row).name);
    case Intrinsic::instrumentation_version:
      return string_value(span.table->scope(span.row).version);
    case Intrinsic::event_name:
    case Intrinsic::event_time_since_start:
    case Intrinsic::link_trace_id:
    case Intrinsic::link_span_id:
      return nested_text(index, field);
    case Intrinsic::none:
      break;
  }
  return {};
}

Value TraceView::nested_text(std::uint32_t index, Intrinsic field) const {
  const SpanRef& span = spans_[index];
  const SpanTable& table = span.table->table();
  const bool of_event = field == Intrinsic::event_name || field == Intrinsic::event_time_since_start;
  const std::vector<std::uint32_t>& first = of_event ? table.events.first : table.links.first;
  if (first.empty()) return {};
  std::vector<Value> items;
  for (std::uint32_t i = first[span.row]; i < first[span.row + 1]; ++i) {
    switch (field) {
      case Intrinsic::event_name:
        items.push_back(string_value(table.strings.at(table.events.names[i])));
        break;
      case Intrinsic::event_time_since_start:
        items.push_back(duration_value(table.events.offsets[i]));
        break;
      case Intrinsic::link_trace_id:
        items.push_back(string_value(keep(short_trace_id(table.links.trace_ids[i]))));
        break;
      default:
        items.push_back(string_value(keep(to_hex(to_span_id(table.links.span_ids[i])))));
    }
  }
  if (items.empty()) return {};
  if (items.size() == 1) return items[0];
  Value list;
  list.type = ValueType::list;
  list.list = &lists_.emplace_back(std::move(items));
  return list;
}

}  // namespace aloft::telemetry::traces::traceql
