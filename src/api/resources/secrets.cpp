// Secrets: stringData is a convenience of writers that never reaches the store.
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "model/kinds/core/v1/secret.h"

namespace aloft::api {
namespace {

void fold_string_data(core::v1::Secret& secret) {
  for (auto& [key, text] : secret.stringData) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    secret.data[key] = std::vector<std::byte>(bytes.begin(), bytes.end());
  }
  secret.stringData.clear();
}

}  // namespace

std::unique_ptr<Resource> secrets(ResourceServices services) {
  auto resource = make_resource(model::type_info<core::v1::Secret>(), services);
  resource->prepare_create = [](void* object) { fold_string_data(*static_cast<core::v1::Secret*>(object)); };
  resource->prepare_update = [](void* next, const void*) {
    fold_string_data(*static_cast<core::v1::Secret*>(next));
  };
  return resource;
}

}  // namespace aloft::api
