// A slice belongs to the service that its label names.
#include "controllers/service_slices.h"

#include "controllers/owners.h"
#include "controllers/service_pods.h"

namespace aloft::controllers {

using client::ObjectKey;
using discovery::v1::EndpointSlice;

const model::KindInfo& slice_kind() { return client::kind_of(model::type_info<EndpointSlice>()); }

bool is_managed_by(const EndpointSlice& slice, std::string_view manager) {
  const auto found = slice.metadata.labels.find(std::string(managed_by_label));
  return found != slice.metadata.labels.end() && found->second == manager;
}

client::Index by_service_index() {
  client::Index index;
  index.name = by_service;
  index.values = [](const void* object) {
    const auto& slice = *static_cast<const EndpointSlice*>(object);
    std::vector<std::string> values;
    const auto found = slice.metadata.labels.find(std::string(service_name_label));
    if (found != slice.metadata.labels.end()) {
      values.push_back(ObjectKey(slice.metadata.namespace_, found->second).to_string());
    }
    return values;
  };
  return index;
}

std::vector<ObjectKey> service_of_slice(const client::World&, const client::Notice& notice) {
  std::vector<ObjectKey> keys;
  for (const auto& object : {notice.old, notice.now}) {
    if (object == nullptr) continue;
    const auto& labels = metadata_of(object).labels;
    const auto found = labels.find(std::string(service_name_label));
    if (found == labels.end()) continue;
    ObjectKey key(notice.key.ns, found->second);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace aloft::controllers
