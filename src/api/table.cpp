// The Table and PartialObjectMetadata forms of stored objects.
#include "api/table.h"

#include "api/object_text.h"
#include "api/text_query.h"
#include "model/codec.h"
#include "model/json.h"

namespace aloft::api {
namespace {

void append_columns(std::string& out, const TableForm& table) {
  out.append("\"columnDefinitions\":[");
  bool first = true;
  for (const Column& column : table.columns) {
    if (!first) out.append(",");
    first = false;
    out.append("{\"name\":");
    model::append_json_string(out, column.name);
    out.append(",\"type\":");
    model::append_json_string(out, column.type);
    out.append(",\"format\":");
    model::append_json_string(out, column.format);
    out.append(",\"description\":");
    model::append_json_string(out, column.description);
    out.append(fmt::format(",\"priority\":{}}}", column.priority));
  }
  out.append("],");
}

void append_row(std::string& out, const Resource& resource, std::string_view stored, const Answer& answer,
                WallTime now, IncludeObject include) {
  const auto object = resource.kind->make();
  model::Array cells;
  model::Array conditions;
  if (model::decode_json(*resource.kind->type, stored, object.get())) {
    cells = resource.table.cells(object.get(), now);
    if (resource.table.conditions != nullptr) conditions = resource.table.conditions(object.get());
  } else {
    cells.emplace_back(find_text(stored, "metadata.name"));
    while (cells.size() < resource.table.columns.size()) cells.emplace_back("<unknown>");
  }
  out.append("{\"cells\":");
  model::append_json(out, model::Value(std::move(cells)));
  if (!conditions.empty()) {
    out.append(",\"conditions\":");
    model::append_json(out, model::Value(std::move(conditions)));
  }
  if (include == IncludeObject::metadata) {
    out.append(",\"object\":");
    append_partial_metadata(out, stored, answer);
  } else if (include == IncludeObject::object) {
    out.append(",\"object\":");
    append_with_kind(out, *resource.kind, stored);
  } else {
    out.append(",\"object\":null");
  }
  out.append("}");
}

}  // namespace

void append_list_metadata(std::string& out, const ListFacts& facts) {
  out.append("\"metadata\":{\"resourceVersion\":\"").append(facts.resource_version).append("\"");
  if (!facts.continue_token.empty()) {
    out.append(",\"continue\":");
    model::append_json_string(out, facts.continue_token);
    if (facts.remaining) out.append(fmt::format(",\"remainingItemCount\":{}", *facts.remaining));
  }
  out.append("}");
}

void append_table(std::string& out, const Resource& resource, const std::vector<std::string_view>& stored,
                  const ListFacts& facts, const Answer& answer, WallTime now, bool with_columns,
                  IncludeObject include) {
  out.append("{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/").append(answer.shape_version).append("\",");
  append_list_metadata(out, facts);
  out.append(",");
  if (with_columns) {
    append_columns(out, resource.table);
  } else {
    out.append("\"columnDefinitions\":null,");
  }
  out.append("\"rows\":[");
  bool first = true;
  for (const std::string_view object : stored) {
    if (!first) out.append(",");
    first = false;
    append_row(out, resource, object, answer, now, include);
  }
  out.append("]}");
}

void append_partial_metadata(std::string& out, std::string_view stored, const Answer& answer) {
  out.append("{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/")
      .append(answer.shape_version)
      .append("\",\"metadata\":");
  out.append(find_raw(stored, "metadata").value_or("{}"));
  out.append("}");
}

}  // namespace aloft::api
