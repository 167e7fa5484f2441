// Network counters of a machine.
#include "telemetry/discovery/exporters/node_network.h"

#include <algorithm>
#include <array>

#include "io/file.h"
#include "telemetry/discovery/exporters/proc_text.h"

namespace aloft::telemetry::discovery {
namespace {

// The columns of /proc/net/dev, received then sent.
constexpr std::array<std::string_view, 16> columns{
    "receive_bytes",  "receive_packets",  "receive_errs",       "receive_drop",
    "receive_fifo",   "receive_frame",    "receive_compressed", "receive_multicast",
    "transmit_bytes", "transmit_packets", "transmit_errs",      "transmit_drop",
    "transmit_fifo",  "transmit_colls",   "transmit_carrier",   "transmit_compressed"};

// The rows that node_exporter shows by default.
constexpr std::array<std::string_view, 38> shown_counters{"Icmp_InErrors",
                                                          "Icmp_InMsgs",
                                                          "Icmp_OutMsgs",
                                                          "Icmp6_InErrors",
                                                          "Icmp6_InMsgs",
                                                          "Icmp6_OutMsgs",
                                                          "Ip_Forwarding",
                                                          "Ip6_InOctets",
                                                          "Ip6_OutOctets",
                                                          "IpExt_InOctets",
                                                          "IpExt_OutOctets",
                                                          "Tcp_ActiveOpens",
                                                          "Tcp_CurrEstab",
                                                          "Tcp_InErrs",
                                                          "Tcp_InSegs",
                                                          "Tcp_OutRsts",
                                                          "Tcp_OutSegs",
                                                          "Tcp_PassiveOpens",
                                                          "Tcp_RetransSegs",
                                                          "TcpExt_ListenDrops",
                                                          "TcpExt_ListenOverflows",
                                                          "TcpExt_SyncookiesFailed",
                                                          "TcpExt_SyncookiesRecv",
                                                          "TcpExt_SyncookiesSent",
                                                          "TcpExt_TCPSynRetrans",
                                                          "TcpExt_TCPTimeouts",
                                                          "TcpExt_TCPOFOQueue",
                                                          "TcpExt_TCPRcvQDrop",
                                                          "Udp_InDatagrams",
                                                          "Udp_InErrors",
                                                          "Udp_NoPorts",
                                                          "Udp_OutDatagrams",
                                                          "Udp_RcvbufErrors",
                                                          "Udp_SndbufErrors",
                                                          "UdpLite_InErrors",
                                                          "Udp6_InDatagrams",
                                                          "Udp6_InErrors",
                                                          "Udp6_OutDatagrams"};

void add_statistic(Families& out, std::string_view protocol, std::string_view name, std::string_view value) {
  const std::string full = fmt::format("{}_{}", protocol, name);
  if (std::find(shown_counters.begin(), shown_counters.end(), full) == shown_counters.end()) return;
  out.add("node_netstat_" + full, "Statistic " + std::string(protocol) + std::string(name) + ".",
          MetricType::unknown)
      .add(number(value).value_or(0));
}

// Two lines belong together: names, then values.
void add_pairs(Families& out, std::string_view text) {
  std::string_view names;
  each_line(text, [&](std::string_view line) {
    if (names.empty()) {
      names = line;
      return;
    }
    const auto keys = words(names);
    const auto values = words(line);
    names = {};
    if (keys.empty() || keys.size() != values.size() || keys[0] != values[0]) return;
    const std::string_view protocol = keys[0].substr(0, keys[0].size() - 1);
    for (std::size_t i = 1; i < keys.size(); ++i) add_statistic(out, protocol, keys[i], values[i]);
  });
}

std::optional<double> first_number(const std::string& path) {
  const auto text = io::read_file(path);
  if (!text) return std::nullopt;
  return number(std::string_view(*text).substr(0, text->find('\n')));
}

void add_device_facts(const std::string& root, std::string_view device, Family& up, Family& mtu,
                      Family& speed) {
  const std::string folder = fmt::format("{}/sys/class/net/{}", root, device);
  if (const auto state = io::read_file(folder + "/operstate"))
    up.add(state->starts_with("up") ? 1 : 0, {{"device", device}});
  if (const auto bytes = first_number(folder + "/mtu")) mtu.add(*bytes, {{"device", device}});
  // -1 where the device has no speed; such files may also refuse to be read.
  if (const auto megabits = first_number(folder + "/speed"); megabits && *megabits > 0)
    speed.add(*megabits * 1e6 / 8, {{"device", device}});
}

}  // namespace

Result<> collect_network_devices(const std::string& root, Families& out) {
  auto text = io::read_file(root + "/proc/1/net/dev");
  if (!text) text = io::read_file(root + "/proc/net/dev");
  if (!text) return std::unexpected<Error>(text.error());
  std::vector<Family*> families;
  for (const std::string_view column : columns)
    families.push_back(&out.counter(fmt::format("node_network_{}_total", column),
                                    fmt::format("Network device statistic {}.", column)));
  Family& up = out.gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
  Family& mtu = out.gauge("node_network_mtu_bytes", "Network device property: mtu_bytes.");
  Family& speed = out.gauge("node_network_speed_bytes", "Network device property: speed_bytes.");
  each_line(*text, [&](std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = words(line.substr(0, colon));
    const auto values = words(line.substr(colon + 1));
    if (name.empty() || values.size() < columns.size() || name[0].starts_with("veth")) return;
    for (std::size_t i = 0; i < columns.size(); ++i)
      families[i]->add(number(values[i]).value_or(0), {{"device", name[0]}});
    add_device_facts(root, name[0], up, mtu, speed);
  });
  return {};
}

Result<> collect_network_statistics(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/net/snmp"));
  add_pairs(out, text);
  if (const auto more = io::read_file(root + "/proc/net/netstat")) add_pairs(out, *more);
  if (const auto six = io::read_file(root + "/proc/net/snmp6")) {
    each_line(*six, [&](std::string_view line) {
      const auto fields = words(line);
      const std::size_t digit = fields.empty() ? std::string_view::npos : fields[0].find('6');
      if (fields.size() != 2 || digit == std::string_view::npos) return;
      add_statistic(out, fields[0].substr(0, digit + 1), fields[0].substr(digit + 1), fields[1]);
    });
  }
  return {};
}

Result<> collect_sockets(const std::string& root, Families& out) {
  TRY(text, io::read_file(root + "/proc/net/sockstat"));
  each_line(text, [&](std::string_view line) {
    const auto fields = words(line);
    if (fields.empty() || !fields[0].ends_with(':')) return;
    const std::string_view protocol = fields[0].substr(0, fields[0].size() - 1);
    for (std::size_t i = 1; i + 1 < fields.size(); i += 2) {
      const std::string name = fmt::format("node_sockstat_{}_{}", protocol, fields[i]);
      out.gauge(name, fmt::format("Number of {} sockets in state {}.", protocol, fields[i]))
          .add(number(fields[i + 1]).value_or(0));
    }
  });
  return {};
}

}  // namespace aloft::telemetry::discovery
