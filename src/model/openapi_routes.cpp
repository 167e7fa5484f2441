// Paths, names and parameters of operations as kube-apiserver lays them out, so that clients made from the
// document fit both.
#include "model/openapi_routes.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

namespace aloft::model {
namespace {

using Parameters = std::vector<OpenApiParameter>;

OpenApiParameter query(std::string_view name, std::string_view type, std::string description) {
  return {name, type, std::move(description), false};
}

OpenApiParameter pretty() {
  return query("pretty", "string", "Whether to indent the answer; by default only for people's tools.");
}
OpenApiParameter dry_run() {
  return query("dryRun", "string",
               "With All, everything is checked and nothing is stored. There is no other value.");
}
OpenApiParameter field_manager() {
  return query(
      "fieldManager", "string",
      "Who makes the change, for the record of who owns which field: up to 128 printable characters.");
}
OpenApiParameter field_validation() {
  return query("fieldValidation", "string",
               "What becomes of fields that are unknown or stand twice: Ignore drops them, Warn also tells, "
               "Strict refuses "
               "the request. Warn when unset.");
}

Parameters write_parameters() { return {dry_run(), field_manager(), field_validation()}; }

Parameters patch_parameters() {
  Parameters all = write_parameters();
  all.push_back(query("force", "boolean", "For apply patches: take fields over that another manager owns."));
  return all;
}

Parameters delete_parameters() {
  return {dry_run(),
          query("gracePeriodSeconds", "integer", "How long the object may take to finish; 0 is at once."),
          query("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean",
                "Delete what can be read no longer, without finalizers and preconditions. Dangerous."),
          query("orphanDependents", "boolean", "An older way to say propagationPolicy=Orphan."),
          query("propagationPolicy", "string",
                "What becomes of objects that belong to this one: Orphan leaves them, Background deletes "
                "them after it, "
                "Foreground before it.")};
}

Parameters list_parameters() {
  return {query("allowWatchBookmarks", "boolean",
                "A watch may send bookmarks: events that carry only a resource version."),
          query("continue", "string", "Where a list goes on, as the part before it told."),
          query("fieldSelector", "string", "Only objects whose fields fit, as metadata.name=x."),
          query("labelSelector", "string", "Only objects whose labels fit."),
          query("limit", "integer", "At most so many objects in one answer; the rest follows by continue."),
          query("resourceVersion", "string",
                "The version the answer must be as new as, or after which a watch begins."),
          query("resourceVersionMatch", "string",
                "Whether a list is to be of exactly that version or may be newer: Exact or "
                "NotOlderThan."),
          query("sendInitialEvents", "boolean",
                "A watch begins with all objects there are, closed by a bookmark."),
          query("timeoutSeconds", "integer", "How long a list or watch may take."),
          query("watch", "boolean", "Send changes as they come instead of a list.")};
}

Parameters log_parameters() {
  return {query("container", "string", "The container; needed when there are several."),
          query("follow", "boolean", "Go on as lines are written."),
          query("insecureSkipTLSVerifyBackend", "boolean", "Do not check the certificate of the node."),
          query("limitBytes", "integer", "Stop after so many bytes."),
          query("previous", "boolean", "The container as it ran before its last restart."),
          query("sinceSeconds", "integer", "Only lines of so many past seconds."),
          query("stream", "string", "All, Stdout or Stderr."),
          query("tailLines", "integer", "So many lines from the end."),
          query("timestamps", "boolean", "A time in front of each line.")};
}

Parameters stream_parameters(std::string_view name) {
  if (name == "portforward") return {query("ports", "integer", "The ports to forward.")};
  if (name == "proxy") return {query("path", "string", "The path to ask the other side for.")};
  Parameters all{query("container", "string", "The container; needed when there are several."),
                 query("stderr", "boolean", "Send what is written to standard error."),
                 query("stdin", "boolean", "Feed standard input."),
                 query("stdout", "boolean", "Send what is written to standard output."),
                 query("tty", "boolean", "Give the process a terminal.")};
  if (name == "exec")
    all.push_back(query("command", "string", "The command and its arguments, one parameter each."));
  return all;
}

Parameters path_parameters(const OpenApiResource& resource, bool item, bool across = false) {
  Parameters all;
  if (item) all.push_back({"name", "string", fmt::format("The name of the {}.", resource.gvk.kind), true});
  if (resource.namespaced && !across)
    all.push_back({"namespace", "string", "The namespace of the object.", true});
  all.push_back(pretty());
  return all;
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

std::string_view group_word(const GroupVersionKind& gvk) {
  const std::string_view group = gvk.group.empty() ? std::string_view("core") : std::string_view(gvk.group);
  return group.substr(0, group.find('.'));
}

std::string group_version_title(const GroupVersionKind& gvk) {
  return capitalised(group_word(gvk)) + capitalised(gvk.version);
}

std::string base_path(const GroupVersionKind& gvk) {
  return gvk.group.empty() ? "/api/" + gvk.version : fmt::format("/apis/{}/{}", gvk.group, gvk.version);
}

bool has(const std::vector<std::string>& verbs, std::string_view verb) {
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

// Makes the operations of one resource or subresource.
class Operations {
 public:
  Operations(const OpenApiResource& resource, const OpenApiResource::Sub* sub)
      : resource_(resource), gvk_(sub != nullptr && !sub->gvk.kind.empty() ? sub->gvk : resource.gvk) {
    const Schema* schema = sub != nullptr ? sub->schema : resource.schema;
    if (schema != nullptr) schema_ = openapi_component(gvk_, *schema);
    scope_ = resource.namespaced ? "Namespaced" : "";
    what_ = resource.gvk.kind + (sub != nullptr ? capitalised(sub->name) : "");
    noun_ = sub != nullptr ? fmt::format("the {} of a {}", sub->name, resource.gvk.kind)
                           : "a " + resource.gvk.kind;
  }

  OpenApiOperation make(std::string method, std::string_view verb, std::string_view action,
                        std::string description) const {
    OpenApiOperation operation;
    operation.method = std::move(method);
    operation.id = fmt::format("{}{}{}{}", verb, group_version_title(resource_.gvk), scope_, what_);
    operation.description = std::move(description);
    operation.action = action;
    operation.gvk = gvk_;
    operation.schema = schema_;
    operation.codes = {"200"};
    return operation;
  }
  OpenApiOperation read() const { return make("get", "read", "get", fmt::format("Gives {}.", noun_)); }
  OpenApiOperation create() const {
    auto operation = make("post", "create", "post", fmt::format("Creates {}.", noun_));
    operation.parameters = write_parameters();
    operation.body = OpenApiOperation::Body::object;
    operation.codes = {"200", "201", "202"};
    return operation;
  }
  OpenApiOperation replace() const {
    auto operation = make("put", "replace", "put", fmt::format("Replaces {}.", noun_));
    operation.parameters = write_parameters();
    operation.body = OpenApiOperation::Body::object;
    operation.codes = {"200", "201"};
    return operation;
  }
  OpenApiOperation patch() const {
    auto operation = make("patch", "patch", "patch", fmt::format("Changes parts of {}.", noun_));
    operation.parameters = patch_parameters();
    operation.body = OpenApiOperation::Body::patch;
    operation.codes = {"200", "201"};
    return operation;
  }
  OpenApiOperation remove() const {
    auto operation = make("delete", "delete", "delete", fmt::format("Deletes {}.", noun_));
    operation.parameters = delete_parameters();
    operation.body = OpenApiOperation::Body::delete_options;
    operation.answer = OpenApiOperation::Answer::status;
    operation.codes = {"200", "202"};
    return operation;
  }
  OpenApiOperation list(bool across) const {
    auto operation = make("get", "list", "list",
                          fmt::format("Lists objects of kind {}, or watches them.", resource_.gvk.kind));
    if (across)
      operation.id = fmt::format("list{}{}ForAllNamespaces", group_version_title(resource_.gvk), what_);
    operation.parameters = list_parameters();
    operation.answer = OpenApiOperation::Answer::list;
    return operation;
  }
  OpenApiOperation remove_all() const {
    auto operation =
        make("delete", "delete", "deletecollection",
             fmt::format("Deletes all objects of kind {} that the selectors choose.", resource_.gvk.kind));
    operation.id = fmt::format("delete{}Collection{}{}", group_version_title(resource_.gvk), scope_, what_);
    operation.parameters = delete_parameters();
    for (auto& parameter : list_parameters()) {
      if (parameter.name != "watch" && parameter.name != "allowWatchBookmarks")
        operation.parameters.push_back(parameter);
    }
    operation.body = OpenApiOperation::Body::delete_options;
    operation.answer = OpenApiOperation::Answer::status;
    return operation;
  }
  OpenApiOperation connect(std::string_view method) const {
    auto operation = make(std::string(method), "connect", "connect", fmt::format("Connects to {}.", noun_));
    operation.id = fmt::format("connect{}{}{}{}", group_version_title(resource_.gvk), capitalised(method),
                               scope_, what_);
    operation.answer = OpenApiOperation::Answer::stream;
    return operation;
  }

 private:
  const OpenApiResource& resource_;
  GroupVersionKind gvk_;
  std::string schema_;
  std::string_view scope_;
  std::string what_;
  std::string noun_;
};

OpenApiPath sub_path(const OpenApiResource& resource, const OpenApiResource::Sub& sub,
                     const std::string& item) {
  OpenApiPath path{item + "/" + sub.name, path_parameters(resource, true), {}};
  const Operations make(resource, &sub);
  if (sub.schema == nullptr && sub.name == "log") {
    auto operation = make.read();
    operation.answer = OpenApiOperation::Answer::text;
    operation.parameters = log_parameters();
    path.operations.push_back(std::move(operation));
  } else if (sub.schema == nullptr) {
    for (const std::string_view method : {"get", "post"}) {
      path.operations.push_back(make.connect(method));
      path.operations.back().parameters = stream_parameters(sub.name);
    }
  } else {
    if (has(sub.verbs, "get")) path.operations.push_back(make.read());
    if (has(sub.verbs, "patch")) path.operations.push_back(make.patch());
    if (has(sub.verbs, "create")) path.operations.push_back(make.create());
    if (has(sub.verbs, "update")) path.operations.push_back(make.replace());
  }
  return path;
}

}  // namespace

std::string openapi_tag(const GroupVersionKind& gvk) {
  return fmt::format("{}_{}", group_word(gvk), gvk.version);
}

std::string openapi_component(const GroupVersionKind& gvk, const Schema& schema) {
  if (!schema.name.empty()) return schema.name;
  // A custom resource: its group from the back, as in com.example.v1.Backup.
  std::string name;
  std::string_view rest = gvk.group;
  while (!rest.empty()) {
    const std::size_t dot = rest.rfind('.');
    name.append(rest.substr(dot == std::string_view::npos ? 0 : dot + 1)).append(".");
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  return name + gvk.version + "." + gvk.kind;
}

std::string_view openapi_code_phrase(std::string_view code) {
  return code == "200" ? "OK" : code == "201" ? "Created" : code == "202" ? "Accepted" : "Unauthorized";
}

std::vector<OpenApiPath> openapi_paths(const OpenApiResource& resource) {
  const std::string base = base_path(resource.gvk);
  const std::string collection =
      fmt::format("{}{}/{}", base, resource.namespaced ? "/namespaces/{namespace}" : "", resource.plural);
  const std::string item = collection + "/{name}";
  const auto& verbs = resource.verbs;
  const Operations make(resource, nullptr);
  std::vector<OpenApiPath> paths;
  if (resource.namespaced && has(verbs, "list")) {
    paths.push_back(
        {base + "/" + resource.plural, path_parameters(resource, false, true), {make.list(true)}});
  }
  OpenApiPath all{collection, path_parameters(resource, false), {}};
  if (has(verbs, "deletecollection")) all.operations.push_back(make.remove_all());
  if (has(verbs, "list")) all.operations.push_back(make.list(false));
  if (has(verbs, "create")) all.operations.push_back(make.create());
  OpenApiPath one{item, path_parameters(resource, true), {}};
  if (has(verbs, "delete")) one.operations.push_back(make.remove());
  if (has(verbs, "get")) one.operations.push_back(make.read());
  if (has(verbs, "patch")) one.operations.push_back(make.patch());
  if (has(verbs, "update")) one.operations.push_back(make.replace());
  if (!all.operations.empty()) paths.push_back(std::move(all));
  if (!one.operations.empty()) paths.push_back(std::move(one));
  for (const auto& sub : resource.subresources) paths.push_back(sub_path(resource, sub, item));
  return paths;
}

std::vector<OpenApiPath> openapi_paths(const std::vector<OpenApiResource>& resources) {
  std::vector<OpenApiPath> paths;
  std::set<std::string> bases;
  for (const auto& resource : resources) {
    for (auto& path : openapi_paths(resource)) paths.push_back(std::move(path));
    if (!bases.insert(base_path(resource.gvk)).second) continue;
    OpenApiOperation operation;
    operation.method = "get";
    operation.id = fmt::format("get{}APIResources", group_version_title(resource.gvk));
    operation.description = "Lists the resources of this group and version.";
    operation.gvk = {resource.gvk.group, resource.gvk.version, {}};
    operation.schema = SchemaSet::openapi_name("meta::v1::APIResourceList");
    operation.codes = {"200"};
    paths.push_back({base_path(resource.gvk) + "/", {}, {std::move(operation)}});
  }
  std::sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return paths;
}

}  // namespace aloft::model
