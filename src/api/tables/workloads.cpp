// What kubectl prints of Deployments, ReplicaSets and the revisions of workloads.
#include <algorithm>
#include <cctype>

#include "api/tables/cells.h"
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/meta/v1/selector.h"

namespace aloft::api {
namespace {

using apps::v1::ControllerRevision;
using apps::v1::Deployment;
using apps::v1::ReplicaSet;

// The columns with the template's containers and the selector, which only the wide form shows.
void add_template_columns(std::vector<Column>& columns) {
  columns.push_back({"Containers", "string", "", "Names of the template's containers.", 1});
  columns.push_back({"Images", "string", "", "Images of the template's containers.", 1});
  columns.push_back({"Selector", "string", "", "The labels of the pods that belong to it.", 1});
}
template <class Spec>
void add_template_cells(model::Array& cells, const Spec& spec) {
  cells.emplace_back(container_names(spec.template_.spec.containers));
  cells.emplace_back(container_images(spec.template_.spec.containers));
  cells.emplace_back(spec.selector ? meta::v1::to_selector_text(*spec.selector) : std::string());
}

model::Array deployment_cells(const Deployment& deployment, WallTime now) {
  const auto& status = deployment.status;
  model::Array cells = {deployment.metadata.name,
                        fmt::format("{}/{}", status.readyReplicas, deployment.spec.replicas.value_or(1)),
                        status.updatedReplicas, status.availableReplicas,
                        age_of(deployment.metadata.creationTimestamp, now)};
  add_template_cells(cells, deployment.spec);
  return cells;
}

model::Array replica_set_cells(const ReplicaSet& set, WallTime now) {
  model::Array cells = {set.metadata.name, set.spec.replicas.value_or(1), set.status.replicas,
                        set.status.readyReplicas, age_of(set.metadata.creationTimestamp, now)};
  add_template_cells(cells, set.spec);
  return cells;
}

// "daemonset.apps/name" of the owner that controls the object.
std::string controller_of(const meta::v1::ObjectMeta& metadata) {
  const auto owner = std::ranges::find_if(metadata.ownerReferences,
                                          [](const auto& o) { return o.controller.value_or(false); });
  if (owner == metadata.ownerReferences.end()) return "<none>";
  const std::size_t slash = owner->apiVersion.find('/');
  std::string kind = owner->kind;
  if (slash != std::string::npos) kind += "." + owner->apiVersion.substr(0, slash);
  std::ranges::transform(kind, kind.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind + "/" + owner->name;
}

model::Array revision_cells(const ControllerRevision& revision, WallTime now) {
  return {revision.metadata.name, controller_of(revision.metadata), revision.revision,
          age_of(revision.metadata.creationTimestamp, now)};
}

}  // namespace

TableForm deployment_table() {
  std::vector<Column> columns = {
      name_column(),
      {"Ready", "string", "", "Pods that are ready, of the number wanted."},
      {"Up-to-date", "string", "", "Pods that are made from the newest template."},
      {"Available", "string", "", "Pods that have been ready for as long as is asked."},
      age_column(),
  };
  add_template_columns(columns);
  return table_form<Deployment, &deployment_cells>(std::move(columns));
}

TableForm replica_set_table() {
  std::vector<Column> columns = {
      name_column(),
      {"Desired", "integer", "", "Pods wanted."},
      {"Current", "integer", "", "Pods that exist."},
      {"Ready", "integer", "", "Pods that are ready."},
      age_column(),
  };
  add_template_columns(columns);
  return table_form<ReplicaSet, &replica_set_cells>(std::move(columns));
}

TableForm controller_revision_table() {
  return table_form<ControllerRevision, &revision_cells>({
      name_column(),
      {"Controller", "string", "", "The workload whose state this is."},
      {"Revision", "string", "", "Grows with each change of the workload."},
      age_column(),
  });
}

}  // namespace aloft::api
