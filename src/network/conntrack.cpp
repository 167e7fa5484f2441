// Netlink messages of the kernel's connection tracking, as far as UDP over IPv4 needs them.
#include "network/conntrack.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aloft::network {
namespace {

constexpr std::size_t netlink_header_bytes = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));

// The value of an attribute in a chain of them, or nothing.
std::optional<std::string_view> attribute(std::string_view chain, std::uint16_t wanted) {
  while (chain.size() >= NLA_HDRLEN) {
    nlattr header{};
    std::memcpy(&header, chain.data(), sizeof header);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > chain.size()) return std::nullopt;
    if ((header.nla_type & NLA_TYPE_MASK) == wanted)
      return chain.substr(NLA_HDRLEN, header.nla_len - NLA_HDRLEN);
    chain.remove_prefix(std::min<std::size_t>(NLA_ALIGN(header.nla_len), chain.size()));
  }
  return std::nullopt;
}

std::optional<std::string_view> attribute(std::optional<std::string_view> chain, std::uint16_t wanted) {
  return chain ? attribute(*chain, wanted) : std::nullopt;
}

std::string address_text(std::optional<std::string_view> value) {
  std::array<char, INET_ADDRSTRLEN> text{};
  if (!value || value->size() != 4) return {};
  inet_ntop(AF_INET, value->data(), text.data(), text.size());
  return text.data();
}

std::uint16_t port_number(std::optional<std::string_view> value) {
  if (!value || value->size() != 2) return 0;
  return static_cast<std::uint16_t>((static_cast<std::uint8_t>((*value)[0]) << 8) |
                                    static_cast<std::uint8_t>((*value)[1]));
}

std::optional<UdpFlow> read_flow(std::string_view attributes) {
  const auto asked = attribute(attributes, CTA_TUPLE_ORIG);
  const auto answered = attribute(attributes, CTA_TUPLE_REPLY);
  const auto asked_ports = attribute(asked, CTA_TUPLE_PROTO);
  const auto protocol = attribute(asked_ports, CTA_PROTO_NUM);
  if (!protocol || *protocol != std::string_view("\x11", 1)) return std::nullopt;
  UdpFlow flow;
  flow.destination = address_text(attribute(attribute(asked, CTA_TUPLE_IP), CTA_IP_V4_DST));
  flow.port = port_number(attribute(asked_ports, CTA_PROTO_DST_PORT));
  flow.answerer = address_text(attribute(attribute(answered, CTA_TUPLE_IP), CTA_IP_V4_SRC));
  flow.answerer_port = port_number(attribute(attribute(answered, CTA_TUPLE_PROTO), CTA_PROTO_SRC_PORT));
  flow.tuple = *asked;
  if (flow.destination.empty() || flow.answerer.empty()) return std::nullopt;
  return flow;
}

std::string request(std::uint16_t type, std::uint16_t flags, std::string_view attributes) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(netlink_header_bytes + attributes.size());
  header.nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8) | type);
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  header.nlmsg_seq = 1;
  nfgenmsg family{};
  family.nfgen_family = AF_INET;
  std::string out(netlink_header_bytes, '\0');
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + NLMSG_HDRLEN, &family, sizeof family);
  return out.append(attributes);
}

std::string nested(std::uint16_t type, std::string_view value) {
  nlattr header{};
  header.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
  header.nla_type = static_cast<std::uint16_t>(type | NLA_F_NESTED);
  std::string out(NLA_HDRLEN, '\0');
  std::memcpy(out.data(), &header, sizeof header);
  out += value;
  out.resize(NLA_ALIGN(out.size()));
  return out;
}

class Socket {
 public:
  Socket() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  bool open() const { return fd_ >= 0; }

  // Sends a request and collects the flows of its answer, up to the message that ends it.
  Result<std::vector<UdpFlow>> ask(const std::string& message) {
    if (send(fd_, message.data(), message.size(), 0) < 0) return fail(system_error("ask for flows", errno));
    std::vector<UdpFlow> flows;
    for (;;) {
      const ssize_t size = recv(fd_, buffer_.data(), buffer_.size(), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return fail(system_error("read flows", errno));
      const std::string_view chunk(buffer_.data(), static_cast<std::size_t>(size));
      for (UdpFlow& flow : read_udp_flows(chunk)) flows.push_back(std::move(flow));
      if (const auto outcome = end_of(chunk)) {
        if (*outcome != 0) return fail(system_error("flows", *outcome));
        return flows;
      }
    }
  }

 private:
  // The error number of the message that ends an answer, 0 for success, if it is in this part.
  static std::optional<int> end_of(std::string_view chunk) {
    while (chunk.size() >= NLMSG_HDRLEN) {
      nlmsghdr header{};
      std::memcpy(&header, chunk.data(), sizeof header);
      if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > chunk.size()) return EBADMSG;
      if (header.nlmsg_type == NLMSG_DONE) return 0;
      if (header.nlmsg_type == NLMSG_ERROR) {
        int number = 0;
        if (header.nlmsg_len < NLMSG_HDRLEN + sizeof number) return EBADMSG;
        std::memcpy(&number, chunk.data() + NLMSG_HDRLEN, sizeof number);
        return -number;
      }
      chunk.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), chunk.size()));
    }
    return std::nullopt;
  }

  int fd_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
};

}  // namespace

std::vector<UdpFlow> read_udp_flows(std::string_view messages) {
  std::vector<UdpFlow> flows;
  while (messages.size() >= NLMSG_HDRLEN) {
    nlmsghdr header{};
    std::memcpy(&header, messages.data(), sizeof header);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > messages.size()) break;
    if (header.nlmsg_type == ((NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW) &&
        header.nlmsg_len >= netlink_header_bytes) {
      if (auto flow =
              read_flow(messages.substr(netlink_header_bytes, header.nlmsg_len - netlink_header_bytes))) {
        flows.push_back(std::move(*flow));
      }
    }
    messages.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), messages.size()));
  }
  return flows;
}

bool is_stale(const UdpFlow& flow, const std::vector<UdpService>& services) {
  const bool translated = flow.answerer != flow.destination || flow.answerer_port != flow.port;
  for (const UdpService& service : services) {
    if (service.port != flow.port) continue;
    // Not everything to a node port's number is meant for a service: only what was led somewhere.
    if (service.address.empty() ? !translated : service.address != flow.destination) continue;
    return std::ranges::none_of(service.backends, [&flow](const Backend& backend) {
      return backend.address == flow.answerer && backend.port == flow.answerer_port;
    });
  }
  return false;
}

Result<std::size_t> forget_udp_flows(const std::function<bool(const UdpFlow&)>& unwanted) {
  Socket kernel;
  if (!kernel.open()) return fail(system_error("open a netlink socket", errno));
  TRY(flows, kernel.ask(request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, {})));
  std::size_t forgotten = 0;
  for (const UdpFlow& flow : flows) {
    if (!unwanted(flow)) continue;
    auto gone = kernel.ask(request(IPCTNL_MSG_CT_DELETE, NLM_F_ACK, nested(CTA_TUPLE_ORIG, flow.tuple)));
    if (gone) {
      ++forgotten;
    } else if (gone.error().code() != Code::not_found) {
      return fail(gone.error());
    }
  }
  return forgotten;
}

}  // namespace aloft::network
