#include "network/pod_network.h"

#include <net/if.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "io/process.h"
#include "network/nft.h"
#include "network/service_rules.h"

namespace aloft::network {
namespace {

// Kernel settings are files; a missing one belongs to a feature that this kernel does not have.
Result<> write_setting(const std::string& name, std::string_view value) {
  const std::string path = "/proc/sys/" + name;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (file == nullptr) {
    if (errno == ENOENT) return {};
    return fail(system_error("open " + path, errno));
  }
  if (std::fwrite(value.data(), 1, value.size(), file.get()) != value.size() || std::fflush(file.get()) != 0) {
    return fail(system_error("write " + path, errno));
  }
  return {};
}

io::Task<Result<>> run_ip(io::EpollLoop& loop, std::string script) {
  io::Command command;
  command.arguments = {"ip", "-force", "-batch", "-"};
  auto result = co_await io::run_command(loop, std::move(command), std::move(script));
  if (!result) co_return std::unexpected<Error>(result.error());
  co_return Result<>();
}

std::string prefix_length(const std::string& range) { return range.substr(range.find('/') + 1); }

}  // namespace

std::string gateway_address(const std::string& range) {
  const std::string network = range.substr(0, range.find('/'));
  return network.substr(0, network.rfind('.')) + ".1";
}

io::Task<Result<>> prepare_pod_network(io::EpollLoop& loop, PodNetworkSettings settings) {
  // Each line may find its work done; what counts is that the device is there afterwards.
  std::string script = fmt::format(
      "link add {0} type bridge\n"
      "address add {1}/{2} brd + dev {0}\n"
      "link set {0} up\n"
      "route replace {3} dev {0} src {1}\n",
      settings.bridge, gateway_address(settings.node_range), prefix_length(settings.node_range), settings.service_range);
  auto made = co_await run_ip(loop, std::move(script));
  if (!made) co_return std::unexpected<Error>(made.error());
  if (if_nametoindex(settings.bridge.c_str()) == 0) {
    co_return fail(system_error(fmt::format("make the bridge {} of the pod network", settings.bridge), errno));
  }
  TRY_CO_DO(write_setting("net/ipv4/ip_forward", "1"));
  // Answers between two pods of one bridge must pass the address translation of services too.
  TRY_CO_DO(write_setting("net/bridge/bridge-nf-call-iptables", "1"));
  // Node ports answer on localhost as well.
  TRY_CO_DO(write_setting(fmt::format("net/ipv4/conf/{}/route_localnet", settings.bridge), "1"));
  co_return Result<>();
}

io::Task<Result<>> remove_pod_network(io::EpollLoop& loop, std::string bridge, std::string table) {
  auto removed = co_await load_ruleset(loop, remove_ruleset(table));
  if (!removed) co_return removed;
  co_return co_await run_ip(loop, fmt::format("link delete {}\n", bridge));
}

}  // namespace aloft::network
