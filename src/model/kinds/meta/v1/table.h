// Objects as rows of a table, as kubectl get prints them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/list_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct TableColumnDefinition {
  std::string name;
  std::string type;
  std::string format;
  std::string description;
  std::int32_t priority = 0;
  bool operator==(const TableColumnDefinition&) const = default;
};

struct TableRowCondition {
  std::string type;
  std::string status;
  std::string reason;
  std::string message;
  bool operator==(const TableRowCondition&) const = default;
};

struct TableRow {
  std::vector<model::RawJson> cells;
  std::vector<TableRowCondition> conditions;
  model::RawJson object;
  bool operator==(const TableRow&) const = default;
};

struct Table {
  ListMeta metadata;
  std::vector<TableColumnDefinition> columnDefinitions;
  std::vector<TableRow> rows;
  bool operator==(const Table&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::TableColumnDefinition)
DECLARE_TYPE(meta::v1::TableRowCondition)
DECLARE_TYPE(meta::v1::TableRow)
DECLARE_TYPE(meta::v1::Table)
