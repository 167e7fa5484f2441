// The pieces that cells are made of, and the making of a table from columns and a function. For this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/resource.h"
#include "base/time.h"
#include "model/kinds/core/v1/container.h"
#include "model/scalars.h"
#include "model/value.h"

namespace aloft::api {

// "5s", "3m20s"; "<unknown>" for a time that is not set.
std::string age_of(const model::Timestamp& time, WallTime now);

std::string joined(const std::vector<std::string>& parts);               // with commas
std::string text_or(std::string_view text, std::string_view otherwise);  // otherwise when empty
inline std::string or_none(std::string_view text) { return text_or(text, "<none>"); }

// "a,b,c + 2 more...": the first three of `all`.
std::string first_three(const std::vector<std::string>& all);

std::string container_names(const std::vector<core::v1::Container>& containers);
std::string container_images(const std::vector<core::v1::Container>& containers);

inline Column name_column() {
  return {"Name", "string", "name", "Name, unique among objects of this kind in the namespace."};
}
inline Column age_column() { return {"Age", "string", "", "Time since the object was created."}; }

// A table whose cells come from a function over the struct.
template <class T, model::Array (*Cells)(const T& object, WallTime now)>
TableForm table_form(std::vector<Column> columns) {
  TableForm form;
  form.columns = std::move(columns);
  form.cells = [](const void* object, WallTime now) { return Cells(*static_cast<const T*>(object), now); };
  return form;
}

// One per kind, in the files of this folder.
TableForm pod_table();
TableForm node_table();
TableForm deployment_table();
TableForm replica_set_table();
TableForm controller_revision_table();
TableForm service_table();
TableForm endpoints_table();
TableForm endpoint_slice_table();
TableForm namespace_table();
TableForm config_map_table();
TableForm secret_table();
TableForm service_account_table();
TableForm core_event_table();
TableForm event_table();
TableForm lease_table();
TableForm priority_class_table();
TableForm node_metrics_table();
TableForm pod_metrics_table();

}  // namespace aloft::api
