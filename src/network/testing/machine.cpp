// Network namespaces, devices between them and small conversations, for tests.
#include "network/testing/machine.h"

#include <array>
#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ensure.h"
#include "io/process.h"

namespace aloft::network {
namespace {

constexpr const char* own_network = "/proc/thread-self/ns/net";
constexpr int patience_ms = 20'000;  // far beyond what any answer takes

sockaddr_in to_socket(const std::string& address, int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  ensure(inet_pton(AF_INET, address.c_str(), &out.sin_addr) == 1, "an address of a test");
  return out;
}

std::string text_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return text.data();
}

// The index of the first descriptor that has something to say; nullopt when none has for a long time.
std::optional<std::size_t> wait_for(const std::vector<int>& fds, short events) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back(pollfd{fd, events, 0});
  if (poll(polled.data(), polled.size(), patience_ms) <= 0) return std::nullopt;
  for (std::size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].revents != 0) return i;
  }
  return std::nullopt;
}

int error_of(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

bool is_stream(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
  return type == SOCK_STREAM;
}

// Takes one byte from the client at the server and sends one back.
std::string answer(int server) {
  sockaddr_in from{};
  socklen_t size = sizeof from;
  auto* who = reinterpret_cast<sockaddr*>(&from);
  char byte = 0;
  if (!is_stream(server)) {
    if (recvfrom(server, &byte, 1, 0, who, &size) == 1) (void)sendto(server, &byte, 1, 0, who, size);
    return text_of(from);
  }
  const OwnedFd connection(accept4(server, who, &size, SOCK_CLOEXEC));
  if (wait_for({connection.get()}, POLLIN) && recv(connection.get(), &byte, 1, 0) == 1) {
    (void)send(connection.get(), &byte, 1, MSG_NOSIGNAL);
  }
  return text_of(from);
}

}  // namespace

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) close(fd_);
}

NetworkNamespace::NetworkNamespace() {
  const OwnedFd home(open(own_network, O_RDONLY | O_CLOEXEC));
  ensure(unshare(CLONE_NEWNET) == 0, "namespaces can be made here");
  fd_ = OwnedFd(open(own_network, O_RDONLY | O_CLOEXEC));
  ensure(setns(home.get(), CLONE_NEWNET) == 0, "the way back home");
}

NetworkNamespace::Inside::Inside(const NetworkNamespace& there)
    : home_(open(own_network, O_RDONLY | O_CLOEXEC)) {
  ensure(setns(there.fd(), CLONE_NEWNET) == 0, "a namespace that was made here");
}

NetworkNamespace::Inside::~Inside() { ensure(setns(home_.get(), CLONE_NEWNET) == 0, "the way back home"); }

std::optional<std::string> reason_against_namespaces() {
  if (geteuid() != 0) return "network namespaces need root";
  const OwnedFd home(open(own_network, O_RDONLY | O_CLOEXEC));
  if (home.get() < 0 || unshare(CLONE_NEWNET) != 0) return "network namespaces cannot be made here";
  ensure(setns(home.get(), CLONE_NEWNET) == 0, "the way back home");
  if (access("/proc/sys/net/ipv4/ip_forward", W_OK) != 0) return "kernel settings cannot be changed here";
  if (access("/proc/sys/net/bridge", F_OK) != 0) return "the kernel module br_netfilter is missing";
  io::EpollLoop loop;
  for (const std::string program : {"nft", "ip"}) {
    io::Command command;
    command.arguments = {program, program == "ip" ? "-Version" : "--version"};
    auto result = loop.run_until_done(io::run_command(loop, std::move(command)));
    if (!result || result->status.code != 0) return "the program " + program + " is missing";
  }
  return std::nullopt;
}

TestMachine::TestMachine() {
  run(node_, {"ip", "link", "set", "lo", "up"});
  const NetworkNamespace::Inside inside(node_);
  auto made = loop_.run_until_done(prepare_pod_network(loop_, network_));
  EXPECT_TRUE(made) << made.error().message();
}

const NetworkNamespace& TestMachine::add_pod(const std::string& address) {
  const NetworkNamespace& pod = *pods_.emplace_back(std::make_unique<NetworkNamespace>());
  const std::string outer = fmt::format("pod{}", pods_.size());
  const std::string there = fmt::format("/proc/{}/fd/{}", getpid(), pod.fd());
  run(node_, {"ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", there});
  run(node_, {"ip", "link", "set", outer, "master", network_.bridge, "up"});
  // As the plugin of the pod network does it.
  run(node_, {"ip", "link", "set", outer, "type", "bridge_slave", "hairpin", "on"});
  run(pod, {"ip", "-batch", "-"},
      fmt::format("link set lo up\naddress add {}/24 dev eth0\nlink set eth0 up\nroute add default via {}\n",
                  address, gateway_address(network_.node_range)));
  return pod;
}

void TestMachine::load(const std::string& script) { run(node_, {"nft", "-f", "-"}, script); }

std::string TestMachine::run(const NetworkNamespace& where, std::vector<std::string> arguments,
                             std::string input) {
  const NetworkNamespace::Inside inside(where);
  io::Command command;
  command.arguments = std::move(arguments);
  auto result = loop_.run_until_done(io::run_command(loop_, std::move(command), input));
  EXPECT_TRUE(result) << result.error().message();
  if (!result) return {};
  EXPECT_EQ(result->status.code, 0) << result->output << "\nfor\n" << input;
  return result->output;
}

OwnedFd make_client(const NetworkNamespace& where, int type) {
  const NetworkNamespace::Inside inside(where);
  return OwnedFd(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

OwnedFd serve(const NetworkNamespace& where, int type, const std::string& address, int port) {
  const NetworkNamespace::Inside inside(where);
  OwnedFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in bound = to_socket(address, port);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0) << address;
  EXPECT_TRUE(type != SOCK_STREAM || listen(fd.get(), 16) == 0) << address;
  return fd;
}

Outcome talk(const OwnedFd& client, const std::string& address, int port,
             const std::vector<const OwnedFd*>& servers) {
  Outcome outcome;
  sockaddr_in target = to_socket(address, port);
  // A datagram socket is connected too, so that it learns of refusals.
  if (connect(client.get(), reinterpret_cast<sockaddr*>(&target), sizeof target) != 0 &&
      errno != EINPROGRESS) {
    outcome.error = errno;
    return outcome;
  }
  if (is_stream(client.get()) && !wait_for({client.get()}, POLLOUT)) outcome.error = ETIMEDOUT;
  if (outcome.error == 0) outcome.error = error_of(client.get());
  if (outcome.error == 0 && send(client.get(), "x", 1, MSG_NOSIGNAL) != 1) outcome.error = errno;
  if (outcome.error != 0) return outcome;
  std::vector<int> waiting;
  for (const OwnedFd* server : servers) waiting.push_back(server->get());
  waiting.push_back(client.get());
  const auto ready = wait_for(waiting, POLLIN);
  if (ready && *ready < servers.size()) {
    outcome.server = *ready;
    outcome.client_seen = answer(servers[*ready]->get());
  }
  char byte = 0;
  if (!wait_for({client.get()}, POLLIN)) {
    outcome.error = ETIMEDOUT;
  } else if (recv(client.get(), &byte, 1, 0) != 1) {
    outcome.error = errno;
  }
  return outcome;
}

}  // namespace aloft::network
