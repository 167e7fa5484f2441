// See cni.h.
#include "node/cni.h"

#include "io/file.h"
#include "model/json.h"

namespace aloft::node {

using model::Array;
using model::Object;
using model::Value;

std::string cni_configuration(const NodePaths& paths, const PodNetwork& network) {
  const Object range{{"subnet", network.cidr}};
  const Object route{{"dst", "0.0.0.0/0"}};
  const Object addresses{{"type", "host-local"},
                         {"dataDir", paths.cni + "/addresses"},
                         {"ranges", Array{Value(Array{Value(range)})}},
                         {"routes", Array{Value(route)}}};
  Object bridge{{"type", "bridge"}, {"bridge", paths.bridge}, {"isGateway", true},
                {"ipMasq", false},  {"hairpinMode", true},    {"ipam", addresses}};
  if (network.mtu > 0) bridge.set("mtu", network.mtu);
  const Object ports{{"type", "portmap"}, {"capabilities", Object{{"portMappings", true}}}};
  const Object list{
      {"cniVersion", "0.4.0"}, {"name", "aloft"}, {"plugins", Array{Value(bridge), Value(ports)}}};
  return model::to_pretty_json(Value(list)) + "\n";
}

Result<> write_cni_configuration(const NodePaths& paths, const PodNetwork& network) {
  TRY_DO(io::make_directories(paths.cni + "/net.d"));
  return io::write_file(paths.cni + "/net.d/10-aloft.conflist", cni_configuration(paths, network));
}

}  // namespace aloft::node
