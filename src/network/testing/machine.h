// A machine of one node and its pods, made of network namespaces of this process: they vanish with the last
// descriptor, so nothing stays behind even when a test is killed. Needs root, ip and nft.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/epoll_loop.h"
#include "network/pod_network.h"
#include "network/service_rules.h"

namespace aloft::network {

// A descriptor that closes itself.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd();
  int get() const { return fd_; }

 private:
  int fd_;
};

// A network of its own, with only a loopback device. Sockets that are opened and commands that are run while
// an Inside exists belong to it.
class NetworkNamespace {
 public:
  NetworkNamespace();
  int fd() const { return fd_.get(); }

  class Inside {
   public:
    explicit Inside(const NetworkNamespace& there);
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside();

   private:
    OwnedFd home_;
  };

 private:
  OwnedFd fd_;
};

// Why namespaces cannot be made here, or nothing when they can.
std::optional<std::string> reason_against_namespaces();

// What came of a connection or a datagram.
struct Outcome {
  int error = 0;            // ECONNREFUSED, ETIMEDOUT, ...; 0: answered
  std::size_t server = 0;   // which of the servers answered
  std::string client_seen;  // the client's address as that server saw it
};

class TestMachine {
 public:
  TestMachine();

  const RulesetSettings& rules() const { return rules_; }
  const PodNetworkSettings& network() const { return network_; }
  io::EpollLoop& loop() { return loop_; }
  const NetworkNamespace& node() const { return node_; }

  // Adds a pod with this address behind the bridge; gives its namespace.
  const NetworkNamespace& add_pod(const std::string& address);
  // Loads a script into the node's kernel. Fails the test with what nft says.
  void load(const std::string& script);
  // Runs a program in a namespace; gives its output. Fails the test when the program fails.
  std::string run(const NetworkNamespace& where, std::vector<std::string> arguments, std::string input = {});

 private:
  io::EpollLoop loop_;
  RulesetSettings rules_{"aloft-test", "aloft0", "10.244.0.0/16", "10.96.0.0/16"};
  PodNetworkSettings network_{"aloft0", "10.244.0.0/24", "10.96.0.0/16", "aloft-test", ""};
  NetworkNamespace node_;
  std::vector<std::unique_ptr<NetworkNamespace>> pods_;
};

// A socket that listens on an address in a namespace. `type`: SOCK_STREAM or SOCK_DGRAM.
OwnedFd serve(const NetworkNamespace& where, int type, const std::string& address, int port);
// A socket for talking from a namespace.
OwnedFd make_client(const NetworkNamespace& where, int type);
// Connects, or sends a datagram, and waits for the answer of one of the servers.
Outcome talk(const OwnedFd& client, const std::string& address, int port,
             const std::vector<const OwnedFd*>& servers);

}  // namespace aloft::network
