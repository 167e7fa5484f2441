// From the path to objects, and from numbers to quantities.
#include "api/custom_metrics.h"

#include <cmath>

#include "api/status.h"
#include "model/json.h"
#include "model/quantity.h"

namespace aloft::api {
namespace {

using model::Object;
using model::Value;

// Metrics describe objects of the core group and of the groups that plural names are unique in.
const Resource* find_resource(const Registry& registry, std::string_view plural) {
  for (const auto& resource : registry.resources().all()) {
    const std::string_view kind = resource->kind->plural;
    const bool qualified = plural.find('.') != std::string_view::npos &&
                           plural == fmt::format("{}.{}", kind, resource->kind->group);
    if ((kind == plural || qualified) && !resource->kind->computed) return resource.get();
  }
  return nullptr;
}

Result<std::vector<std::string>> object_names(const Registry& registry, const Resource& resource,
                                              const Exchange& exchange) {
  const RequestInfo& info = exchange.info;
  if (info.name != "*") return std::vector<std::string>{info.name};
  ListQuery query;
  query.ns = info.ns;
  if (const auto selector = exchange.query.get("labelSelector")) {
    TRY(labels, model::LabelSelector::parse(*selector));
    query.labels = std::move(labels);
  }
  TRY(listed, registry.list(resource, query));
  std::vector<std::string> names;
  for (const store::Entry& entry : listed.entries) {
    TRY(document, model::parse_json(entry.value.view()));
    names.emplace_back(document.text_at("metadata", "name"));
  }
  return names;
}

// An exact number of thousandths, which is as fine as autoscalers compare.
std::string quantity(double value) {
  constexpr double most = 9e15;
  const double milli = std::round(std::min(std::max(value, -most), most) * 1000);
  return model::Quantity::from_milli(static_cast<std::int64_t>(milli)).to_string();
}

Value item_of(const RequestInfo& info, const Resource& resource, const CustomMetricValue& value) {
  Object described{{"kind", resource.kind->kind}};
  if (!info.ns.empty()) described.set("namespace", info.ns);
  described.set("name", value.name);
  described.set("apiVersion", resource.kind->group.empty() ? "/v1" : resource.kind->gvk().api_version());
  Object item{{"describedObject", std::move(described)}};
  if (info.version == "v1beta1") {
    item.set("metricName", info.subresource);
  } else {
    item.set("metric", Object{{"name", info.subresource}, {"selector", nullptr}});
  }
  item.set("timestamp", format_seconds(value.time));
  item.set("value", quantity(value.value));
  if (info.version == "v1beta1") item.set("selector", nullptr);
  return item;
}

Result<CustomMetricQuery> read_query(const Exchange& exchange, const Registry& registry,
                                     const Resource& resource) {
  CustomMetricQuery query;
  query.metric = exchange.info.subresource;
  query.ns = exchange.info.ns;
  query.object_label = resource.kind->singular;
  TRY(names, object_names(registry, resource, exchange));
  query.names = std::move(names);
  if (const auto selector = exchange.query.get("metricLabelSelector")) {
    TRY(labels, model::LabelSelector::parse(*selector));
    query.selector = std::move(labels);
  }
  return query;
}

}  // namespace

io::Task<> answer_custom_metrics(Exchange& exchange, const Registry& registry, io::Loop& here,
                                 CustomMetrics& metrics) {
  const RequestInfo& info = exchange.info;
  const Resource* resource = find_resource(registry, info.resource);
  if (resource == nullptr || info.subresource.empty() || info.verb != "get") {
    const Error error(Code::not_found, "the server could not find the requested resource");
    co_await answer_error(exchange, error);
    co_return;
  }
  auto query = read_query(exchange, registry, *resource);
  if (!query) {
    co_await answer_error(exchange, query.error());
    co_return;
  }
  auto found = co_await metrics.values(here, std::move(*query));
  if (found && found->empty()) {
    found = fail(Code::not_found, fmt::format("the server could not find the metric {} for {}",
                                              info.subresource, info.resource));
  }
  if (!found) {
    co_await answer_error(exchange, found.error());
    co_return;
  }
  model::Array items;
  for (const CustomMetricValue& value : *found) items.push_back(item_of(info, *resource, value));
  const Value list(Object{{"kind", "MetricValueList"},
                          {"apiVersion", fmt::format("{}/{}", custom_metrics_group, info.version)},
                          {"metadata", Object{}},
                          {"items", std::move(items)}});
  co_await answer_json(exchange, 200, model::to_json(list));
}

}  // namespace aloft::api
