// Protobuf from anybody, bare or in the envelope of Kubernetes: what is read must be written and read again
// as the same, and be good JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/core/v1/pod.h"

namespace {

using namespace aloft::model;

void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
void read(std::string_view bytes) {
  const auto object = from_protobuf<T>(bytes);
  if (!object) return;
  for (const Presence presence : {Presence::proto2_kubernetes, Presence::proto3}) {
    const std::string written = to_protobuf(*object, presence);
    const auto again = from_protobuf<T>(written);
    require(again.has_value() && to_protobuf(*again, presence) == written);
  }
  require(parse_json(to_json(*object)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto envelope = open_protobuf_envelope(bytes)) bytes = envelope->raw;
  read<aloft::core::v1::Pod>(bytes);
  read<aloft::apps::v1::Deployment>(bytes);
  return 0;
}
