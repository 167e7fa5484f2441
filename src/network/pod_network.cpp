// The pod network by way of the ip command and kernel settings, with a look at who else is on the machine.
#include "network/pod_network.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/process.h"
#include "network/log.h"
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
  if (std::fwrite(value.data(), 1, value.size(), file.get()) != value.size() ||
      std::fflush(file.get()) != 0) {
    return fail(system_error("write " + path, errno));
  }
  return {};
}

// What a command prints; what it means that it failed, the caller knows.
io::Task<Result<std::string>> output_of(io::EpollLoop& loop, std::vector<std::string> arguments,
                                        std::string input = {}) {
  io::Command command;
  command.arguments = std::move(arguments);
  auto result = co_await io::run_command(loop, std::move(command), std::move(input));
  if (!result) co_return std::unexpected<Error>(result.error());
  co_return std::move(result->output);
}

io::Task<Result<std::string>> run_ip(io::EpollLoop& loop, std::string script) {
  std::vector<std::string> arguments{"ip", "-force", "-batch", "-"};
  return output_of(loop, std::move(arguments), std::move(script));
}

io::Task<Result<std::string>> show(io::EpollLoop& loop, std::vector<std::string> what) {
  std::vector<std::string> arguments{"ip", "-4", "-oneline"};
  arguments.insert(arguments.end(), what.begin(), what.end());
  return output_of(loop, std::move(arguments));
}

std::string prefix_length(const std::string& range) { return range.substr(range.find('/') + 1); }

struct Range {
  std::uint32_t first = 0;
  int length = 32;
};

std::optional<Range> parse_range(std::string_view text) {
  Range range;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), range.length);
    if (parsed.ec != std::errc() || range.length < 0 || range.length > 32) return std::nullopt;
  }
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text.substr(0, slash)).c_str(), &address) != 1) return std::nullopt;
  range.first = ntohl(address.s_addr);
  return range;
}

bool contains(const Range& outer, const Range& inner) {
  if (outer.length > inner.length) return false;
  return outer.length == 0 || ((outer.first ^ inner.first) >> (32 - outer.length)) == 0;
}

// The label of a bridge: whose it is and which table goes with it.
constexpr std::string_view label_start = "aloft ";
struct Label {
  std::string table;
  std::string owner;
};
std::optional<Label> read_label(std::string_view link) {
  constexpr std::string_view word = "alias ";
  const std::size_t at = link.find(fmt::format("{}{}", word, label_start));
  if (at == std::string_view::npos) return std::nullopt;
  link.remove_prefix(at + word.size() + label_start.size());
  link = link.substr(0, link.find_first_of("\n\\"));
  const std::size_t space = link.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view owner = link.substr(space + 1);
  while (owner.ends_with(' ')) owner.remove_suffix(1);
  return Label{std::string(link.substr(0, space)), std::string(owner)};
}

// True when somebody serves DNS on the first address of a range, as every cloud does.
bool is_served(const std::string& range) {
  constexpr std::uint16_t dns_port = 53;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(dns_port);
  inet_pton(AF_INET, gateway_address(range).c_str(), &address.sin_addr);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool taken =
      fd < 0 || (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno == EADDRINUSE);
  if (fd >= 0) close(fd);
  return taken;
}

// True when the device was left behind by a cloud that is gone, and has been removed now. Otherwise `label`
// tells whose it is.
io::Task<Result<bool>> remove_left_behind(io::EpollLoop& loop, const std::vector<Route>& routes,
                                          std::string device, std::optional<Label>& label) {
  std::vector<std::string> itself{"link", "show", "dev", device};
  auto link = co_await show(loop, std::move(itself));
  if (!link) co_return std::unexpected<Error>(link.error());
  label = read_label(*link);
  if (!label || !label->owner.starts_with('/') || access(label->owner.c_str(), F_OK) == 0) co_return false;
  // A directory that is not seen from here may still be somebody's.
  const bool alive = std::ranges::any_of(
      routes, [&device](const Route& route) { return route.device == device && is_served(route.range); });
  if (alive) co_return false;
  std::vector<std::string> members{"link", "show", "master", device};
  auto ports = co_await show(loop, std::move(members));
  if (!ports) co_return std::unexpected<Error>(ports.error());
  if (!ports->empty()) co_return false;
  log.warning("removing the device {} of the cloud in {}, which is gone", device, label->owner);
  auto removed = co_await remove_pod_network(loop, device, label->table);
  if (!removed) co_return std::unexpected<Error>(removed.error());
  co_return true;
}

// Answers between two pods of one bridge must pass the address translation of services too, which they do
// with a certain kernel module.
io::Task<> require_bridge_filter(io::EpollLoop& loop) {
  constexpr const char* present = "/proc/sys/net/bridge";
  if (access(present, F_OK) == 0) co_return;
  std::vector<std::string> add_module{"modprobe", "br_netfilter"};
  auto added = co_await output_of(loop, std::move(add_module));
  if (access(present, F_OK) == 0) co_return;
  log.warning(
      "the kernel module br_netfilter is missing: pods do not reach services whose endpoint is on the same "
      "machine: {}",
      added ? *added : added.error().message());
}

// Who else has the range, in words; empty when nobody has.
io::Task<Result<std::string>> other_owner(io::EpollLoop& loop, std::string range, std::string own_device) {
  for (;;) {
    std::vector<std::string> table{"route", "show"};
    auto routes = co_await show(loop, std::move(table));
    if (!routes) co_return std::unexpected<Error>(routes.error());
    const std::vector<Route> all = read_routes(*routes);
    const auto conflict = find_conflict(all, range, own_device);
    if (!conflict) co_return std::string();
    std::optional<Label> label;
    auto removed = co_await remove_left_behind(loop, all, conflict->device, label);
    if (!removed) co_return std::unexpected<Error>(removed.error());
    if (*removed) continue;
    std::string whose = label ? fmt::format("of the cloud in {}", label->owner) : "of somebody else";
    co_return fmt::format("the addresses {} lead to the device {} {} already", range, conflict->device,
                          whose);
  }
}

// Fails when somebody else has one of our ranges.
io::Task<Result<>> claim_ranges(io::EpollLoop& loop, const PodNetworkSettings& settings) {
  const std::vector<std::string> ranges{settings.node_range, settings.service_range};
  for (const std::string& range : ranges) {
    auto owner = co_await other_owner(loop, range, settings.bridge);
    if (!owner) co_return std::unexpected<Error>(owner.error());
    if (owner->empty()) continue;
    co_return fail(Code::conflict, fmt::format("{}; start this cloud with other ranges (--pod-range, "
                                               "--service-range) or stop the other one",
                                               *owner));
  }
  co_return Result<>();
}

}  // namespace

std::string gateway_address(const std::string& range) {
  const std::string network = range.substr(0, range.find('/'));
  return network.substr(0, network.rfind('.')) + ".1";
}

std::vector<Route> read_routes(std::string_view output) {
  std::vector<Route> routes;
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    const std::string_view range = line.substr(0, line.find(' '));
    constexpr std::string_view word = " dev ";
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos || !parse_range(range)) continue;
    const std::string_view device = line.substr(at + word.size());
    routes.push_back(Route{std::string(range), std::string(device.substr(0, device.find(' ')))});
  }
  return routes;
}

std::optional<Route> find_conflict(const std::vector<Route>& routes, std::string_view range,
                                   std::string_view own_device) {
  const auto ours = parse_range(range);
  if (!ours) return std::nullopt;
  for (const Route& route : routes) {
    const auto theirs = parse_range(route.range);
    if (theirs && route.device != own_device && contains(*ours, *theirs)) return route;
  }
  return std::nullopt;
}

io::Task<Result<std::string>> find_free_range(io::EpollLoop& loop, std::vector<std::string> candidates,
                                              std::string own_device) {
  std::string first_owner;
  for (const std::string& range : candidates) {
    auto owner = co_await other_owner(loop, range, own_device);
    if (!owner) co_return std::unexpected<Error>(owner.error());
    if (owner->empty()) co_return range;
    if (first_owner.empty()) first_owner = std::move(*owner);
  }
  co_return fail(Code::conflict, fmt::format("no range of addresses is free: {}", first_owner));
}

io::Task<Result<>> prepare_pod_network(io::EpollLoop& loop, PodNetworkSettings settings) {
  auto claimed = co_await claim_ranges(loop, settings);
  if (!claimed) co_return claimed;
  // Each line may find its work done; what counts is that the device is there afterwards.
  std::string script = fmt::format(
      "link add {0} type bridge\n"
      "link set {0} type bridge nf_call_iptables 1\n"
      "address add {1}/{2} brd + dev {0}\n"
      "link set {0} up\n"
      "route replace {3} dev {0} src {1}\n",
      settings.bridge, gateway_address(settings.node_range), prefix_length(settings.node_range),
      settings.service_range);
  if (!settings.owner.empty()) {
    script += fmt::format("link set {} alias \"{}{} {}\"\n", settings.bridge, label_start, settings.table,
                          settings.owner);
  }
  auto made = co_await run_ip(loop, std::move(script));
  if (!made) co_return std::unexpected<Error>(made.error());
  std::vector<std::string> table{"route", "show"};
  auto routes = co_await show(loop, std::move(table));
  if (!routes) co_return std::unexpected<Error>(routes.error());
  const std::vector<Route> all = read_routes(*routes);
  const std::vector<std::string> ranges{settings.node_range, settings.service_range};
  for (const std::string& range : ranges) {
    const bool led = std::ranges::any_of(
        all, [&](const Route& route) { return route.device == settings.bridge && route.range == range; });
    if (!led) {
      co_return fail(Code::internal,
                     fmt::format("no route for {} by the bridge {}: {}", range, settings.bridge, *made));
    }
  }
  TRY_CO_DO(write_setting("net/ipv4/ip_forward", "1"));
  co_await require_bridge_filter(loop);
  // Node ports answer on localhost as well.
  TRY_CO_DO(write_setting(fmt::format("net/ipv4/conf/{}/route_localnet", settings.bridge), "1"));
  co_return Result<>();
}

io::Task<Result<>> remove_pod_network(io::EpollLoop& loop, std::string bridge, std::string table) {
  auto removed = co_await load_ruleset(loop, remove_ruleset(table));
  if (!removed) co_return removed;
  auto deleted = co_await run_ip(loop, fmt::format("link delete {}\n", bridge));
  if (!deleted) co_return std::unexpected<Error>(deleted.error());
  co_return Result<>();
}

}  // namespace aloft::network
