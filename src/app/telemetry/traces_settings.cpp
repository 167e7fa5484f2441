// One table says which ports there are.
#include "app/telemetry/traces_settings.h"

#include "io/file.h"

namespace aloft::app {
namespace {

struct KnownPort {
  std::string_view name;  // of the option, and in endpoints.json
  int usual;
  PortKind kind;
  std::string_view help;
};
constexpr std::array<KnownPort, 5> known_ports = {
    {{"tempo", 3200, PortKind::tempo, "where Tempo's interface is too, with its own shape of /api/traces/ID"},
     {"jaeger", 16686, PortKind::jaeger, "where Jaeger's query interface is too"},
     {"zipkin", 9411, PortKind::everything, "where Zipkin's clients may send spans too"},
     {"jaeger-thrift", 14268, PortKind::everything, "where Jaeger's clients may send Thrift over HTTP too"},
     {"jaeger-grpc", 14250, PortKind::grpc, "where Jaeger over gRPC is too"}}};

}  // namespace

std::vector<Option> trace_port_options() {
  std::vector<Option> options;
  for (const KnownPort& port : known_ports) options.push_back({port.name, "ADDR:PORT", "", port.help});
  return options;
}

Result<std::vector<UsualPort>> trace_ports(const Invocation& call) {
  std::vector<UsualPort> ports;
  for (const KnownPort& port : known_ports) {
    if (!call.has(port.name)) continue;
    auto address = io::parse_address(call.get(port.name));
    if (!address) return fail(Code::invalid, fmt::format("--{} {}", port.name, address.error().message()));
    ports.push_back({std::string(port.name), std::move(*address), port.kind, true});
  }
  return ports;
}

std::vector<UsualPort> usual_trace_ports() {
  std::vector<UsualPort> ports;
  for (const KnownPort& port : known_ports)
    ports.push_back({std::string(port.name), io::Address("127.0.0.1", port.usual), port.kind, false});
  return ports;
}

Result<telemetry::traces::SamplingSettings> load_sampling(const std::string& path) {
  if (path.empty()) return telemetry::traces::SamplingSettings();
  auto text = io::read_file(path);
  if (!text) return std::unexpected<Error>(text.error().at("--traces-config"));
  auto settings = telemetry::traces::parse_sampling(*text);
  if (!settings) return std::unexpected<Error>(settings.error().at(path));
  return settings;
}

}  // namespace aloft::app
