// Groups slices by the label that names their service.
#include "network/slices_by_service.h"

namespace aloft::network {

std::map<client::ObjectKey, std::vector<const discovery::v1::EndpointSlice*>> slices_by_service(
    const client::InformerCore& slices) {
  using discovery::v1::EndpointSlice;
  static constexpr std::string_view service_name_label = "kubernetes.io/service-name";
  std::map<client::ObjectKey, std::vector<const EndpointSlice*>> found;
  for (const auto& [key, cached] : slices.all()) {
    const auto& slice = *static_cast<const EndpointSlice*>(cached.object.get());
    const auto label = slice.metadata.labels.find(std::string(service_name_label));
    if (label != slice.metadata.labels.end())
      found[client::ObjectKey(key.ns, label->second)].push_back(&slice);
  }
  return found;
}

}  // namespace aloft::network
