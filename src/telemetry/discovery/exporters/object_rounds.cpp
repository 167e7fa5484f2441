// Objects in portions, and what two rounds differ in.
#include "telemetry/discovery/exporters/object_rounds.h"

#include <algorithm>
#include <set>
#include <string>

namespace aloft::telemetry::discovery {
namespace {

// A pod has 13 to 40 series of some 200 bytes, so a batch takes a few megabytes at most.
constexpr std::size_t objects_a_batch = 512;

void export_objects(Objects<core::v1::Node> nodes, Families& out) { export_nodes(nodes, out); }
void export_objects(Objects<core::v1::Namespace> namespaces, Families& out) {
  export_namespaces(namespaces, out);
}
void export_objects(Objects<core::v1::Pod> pods, Families& out) {
  export_pods(pods, out);
  export_pod_details(pods, out);
  export_containers(pods, out);
}
void export_objects(Objects<apps::v1::Deployment> deployments, Families& out) {
  export_deployments(deployments, out);
}
void export_objects(Objects<apps::v1::ReplicaSet> replica_sets, Families& out) {
  export_replica_sets(replica_sets, out);
}
void export_objects(Objects<core::v1::Service> services, Families& out) { export_services(services, out); }
void export_objects(Objects<core::v1::Endpoints> endpoints, Families& out) {
  export_endpoints(endpoints, out);
}

void export_objects(Objects<::aloft::discovery::v1::EndpointSlice> slices, Families& out) {
  export_endpoint_slices(slices, out);
}
void export_objects(Objects<core::v1::ConfigMap> config_maps, Families& out) {
  export_config_maps(config_maps, out);
}
void export_objects(Objects<core::v1::Secret> secrets, Families& out) { export_secrets(secrets, out); }
void export_objects(Objects<coordination::v1::Lease> leases, Families& out) { export_leases(leases, out); }

template <class T>
std::strong_ordering compare(const T& a, const T& b) {
  if (const auto order = a.metadata.namespace_ <=> b.metadata.namespace_; order != 0) return order;
  return a.metadata.name <=> b.metadata.name;
}

// Of two snapshots: the objects that are not in `now` as they were, and their successors.
template <class T>
void differences(const ObjectSnapshot<T>& before, const ObjectSnapshot<T>& now, ObjectSnapshot<T>& were,
                 ObjectSnapshot<T>& became) {
  auto next = now.begin();
  for (const auto& old : before) {
    while (next != now.end() && compare(**next, *old) < 0) ++next;
    const bool there = next != now.end() && compare(**next, *old) == 0;
    if (there && *next == old) continue;
    were.push_back(old);
    if (there) became.push_back(*next);
  }
}

template <class T>
MetricBatch batch_of(Objects<T> objects, LabelsView labels, Millis at) {
  Families families;
  export_objects(objects, families);
  return families.to_batch(labels, at);
}

template <class T>
void end_series(const ObjectSnapshot<T>& before, const ObjectSnapshot<T>& now, LabelsView labels, Millis at,
                const std::function<void(MetricBatch)>& write) {
  ObjectSnapshot<T> were;
  ObjectSnapshot<T> became;
  differences(before, now, were, became);
  if (were.empty()) return;
  const MetricBatch current = batch_of<T>(became, labels, at);
  std::set<std::string_view> kept;
  for (const SampleRef& sample : current.samples) kept.insert(sample.labels);
  MetricBatch old = batch_of<T>(were, labels, at);
  old.metadata.clear();
  std::erase_if(old.samples, [&](const SampleRef& sample) { return kept.contains(sample.labels); });
  if (old.samples.empty()) return;
  for (SampleRef& sample : old.samples) sample.value = stale_nan();
  write(std::move(old));
}

template <class T>
std::size_t write_kind(const ObjectStates& now, LabelsView labels, Millis at,
                       const std::function<void(MetricBatch)>& write) {
  std::size_t count = 0;
  const Objects<T> all = now.of<T>();
  for (std::size_t begin = 0; begin < all.size(); begin += objects_a_batch) {
    MetricBatch batch =
        batch_of<T>(all.subspan(begin, std::min(objects_a_batch, all.size() - begin)), labels, at);
    count += batch.samples.size();
    write(std::move(batch));
  }
  return count;
}

}  // namespace

std::size_t ObjectRounds::write(std::shared_ptr<const ObjectStates> now, LabelsView labels, Millis at,
                                const std::function<void(MetricBatch)>& write) {
  std::size_t count = 0;
  const auto one = [&]<class T>(const ObjectSnapshot<T>& objects) {
    count += write_kind<T>(*now, labels, at, write);
    if (before_ != nullptr) end_series<T>(before_->of<T>(), objects, labels, at, write);
  };
  std::apply([&](const auto&... kinds) { (one(kinds), ...); }, now->kinds);
  before_ = std::move(now);
  return count;
}

}  // namespace aloft::telemetry::discovery
