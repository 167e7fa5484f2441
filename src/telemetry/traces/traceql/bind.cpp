// Fields to columns, once for each table; values of spans, one after another.
#include "telemetry/traces/traceql/bind.h"

#include "telemetry/traces/store/value_codec.h"

namespace aloft::telemetry::traces::traceql {

ColumnChoice columns_of(const Query& query) {
  ColumnChoice choice;
  choice.everything = false;
  for (const FieldName& field : query.fields) {
    switch (field.scope) {
      case Scope::any:
      case Scope::span:
        choice.span_keys.insert(field.name);
        break;
      case Scope::event:
        choice.events = true;
        choice.event_keys.insert(field.name);
        break;
      case Scope::link:
        choice.links = true;
        choice.link_keys.insert(field.name);
        break;
      case Scope::intrinsic:
        choice.status_messages |= field.intrinsic == Intrinsic::status_message;
        choice.events |= field.intrinsic == Intrinsic::event_name;
        choice.events |= field.intrinsic == Intrinsic::event_time_since_start;
        choice.links |= field.intrinsic == Intrinsic::link_span_id;
        choice.links |= field.intrinsic == Intrinsic::link_trace_id;
        break;
      default:
        break;
    }
  }
  // compare() looks at every attribute of the spans.
  if (query.metrics && query.metrics->function == MetricsFunction::compare) choice.all_span_keys = true;
  return choice;
}

BoundTable::BoundTable(std::shared_ptr<const SpanTable> table, const std::vector<FieldName>& fields)
    : table_(std::move(table)) {
  for (const std::uint32_t id : table_->resources) {
    auto attributes = decode_attributes(table_->strings.at(id));
    resources_.push_back(attributes ? std::move(*attributes) : Attributes{});
  }
  for (const std::uint32_t id : table_->scopes) {
    auto scope = decode_scope(table_->strings.at(id));
    scopes_.push_back(scope ? std::move(*scope) : InstrumentationScope{});
  }
  for (const Attributes& resource : resources_) {
    const AttributeValue* service = find_attribute(resource, "service.name");
    const std::string* text = service != nullptr ? service->if_string() : nullptr;
    services_.push_back(text != nullptr ? std::string_view(*text) : std::string_view());
  }
  for (const FieldName& field : fields) {
    Bound& bound = fields_.emplace_back();
    bound.field = field;
    bind(bound);
  }
}

void BoundTable::bind(Bound& bound) const {
  const FieldName& field = bound.field;
  if (field.scope == Scope::intrinsic) return;
  const AttributeColumns* columns = nullptr;
  if (field.scope == Scope::any || field.scope == Scope::span) columns = &table_->attributes;
  if (field.scope == Scope::event) columns = &table_->events.attributes;
  if (field.scope == Scope::link) columns = &table_->links.attributes;
  if (columns != nullptr) {
    for (const AttributeColumn& column : *columns) {
      if (table_->strings.at(column.key) == field.name) bound.columns.push_back(&column);
    }
  }
  if (field.scope == Scope::any || field.scope == Scope::resource) {
    for (const Attributes& resource : resources_) {
      const AttributeValue* value = find_attribute(resource, field.name);
      bound.resources.push_back(value != nullptr ? convert(*value) : Value{});
    }
  }
  if (field.scope == Scope::instrumentation) {
    for (const InstrumentationScope& scope : scopes_) {
      const AttributeValue* value = find_attribute(scope.attributes, field.name);
      bound.scopes.push_back(value != nullptr ? convert(*value) : Value{});
    }
  }
}

Value BoundTable::convert(const AttributeValue& value) const {
  switch (value.data.index()) {
    case 0:
      return {};
    case 1:
      return string_value(std::get<1>(value.data));
    case 2:
      return boolean_value(std::get<2>(value.data));
    case 3:
      return integer_value(std::get<3>(value.data));
    case 4:
      return real_value(std::get<4>(value.data));
    case 6: {
      std::vector<Value> items;
      for (const AttributeValue& item : std::get<6>(value.data)) items.push_back(convert(item));
      Value list;
      list.type = ValueType::list;
      list.list = &lists_.emplace_back(std::move(items));
      return list;
    }
    default:
      return string_value(texts_.emplace_back(value.to_text()));
  }
}

Value BoundTable::column_value(const AttributeColumn& column, std::uint32_t place) const {
  switch (column.type) {
    case ColumnType::string:
      return string_value(table_->strings.at(column.ids[place]));
    case ColumnType::boolean:
      return boolean_value(column.integers[place] != 0);
    case ColumnType::integer:
      return integer_value(column.integers[place]);
    case ColumnType::real:
      return real_value(column.reals[place]);
    case ColumnType::other:
      break;
  }
  const std::uint32_t id = column.ids[place];
  const auto known = others_.find(id);
  if (known != others_.end()) return known->second;
  auto value = decode_value(table_->strings.at(id));
  const Value converted = value ? convert(decoded_.emplace_back(std::move(*value))) : Value{};
  others_.emplace(id, converted);
  return converted;
}

Value BoundTable::nested(const Bound& bound, std::uint32_t begin, std::uint32_t end,
                         std::deque<std::vector<Value>>& lists) const {
  std::vector<Value> items;
  for (std::uint32_t item = begin; item < end; ++item) {
    for (const AttributeColumn* column : bound.columns) {
      const std::uint32_t place = column->present.place(item);
      if (place != no_row) items.push_back(column_value(*column, place));
    }
  }
  if (items.empty()) return {};
  if (items.size() == 1) return items[0];
  Value list;
  list.type = ValueType::list;
  list.list = &lists.emplace_back(std::move(items));
  return list;
}

Value BoundTable::attribute(std::uint32_t row, std::uint32_t slot,
                            std::deque<std::vector<Value>>& lists) const {
  const Bound& bound = fields_[slot];
  switch (bound.field.scope) {
    case Scope::event:
      if (table_->events.first.empty()) return {};
      return nested(bound, table_->events.first[row], table_->events.first[row + 1], lists);
    case Scope::link:
      if (table_->links.first.empty()) return {};
      return nested(bound, table_->links.first[row], table_->links.first[row + 1], lists);
    case Scope::resource:
      return bound.resources[table_->resource_of[row]];
    case Scope::instrumentation:
      return bound.scopes[table_->scope_of[row]];
    case Scope::intrinsic:
      return {};
    case Scope::any:
    case Scope::span:
      break;
  }
  for (const AttributeColumn* column : bound.columns) {
    const std::uint32_t place = column->present.place(row);
    if (place != no_row) return column_value(*column, place);
  }
  return bound.field.scope == Scope::any ? bound.resources[table_->resource_of[row]] : Value{};
}

}  // namespace aloft::telemetry::traces::traceql
