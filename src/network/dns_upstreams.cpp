// Questions to other name servers, over UDP first and over TCP where an answer was cut short.
#include "network/dns_upstreams.h"

#include <array>
#include <cerrno>

#include "io/timeout.h"
#include "network/dns_message.h"
#include "network/dns_socket.h"

namespace aloft::network {
namespace {

// A header's second and third byte after the id.
bool was_truncated(std::string_view answer) { return (answer[2] & 0x02) != 0; }
bool is_refusal(std::string_view answer) {
  const auto status = static_cast<DnsStatus>(answer[3] & 15);
  return status == DnsStatus::server_failure || status == DnsStatus::not_implemented ||
         status == DnsStatus::refused;
}

bool answers(std::string_view query, std::string_view answer) {
  return answer.size() >= dns_header_bytes && answer.substr(0, 2) == query.substr(0, 2) &&
         (answer[2] & 0x80) != 0;
}

}  // namespace

DnsUpstreams::DnsUpstreams(io::EpollLoop& loop, std::vector<io::Address> servers, Duration timeout,
                           Random& random)
    : loop_(loop), servers_(std::move(servers)), timeout_(timeout), random_(random) {}

io::Task<std::string> DnsUpstreams::ask(std::string query, bool whole) {
  // Under an id of its own and from a port of its own, so that nobody who does not see it can answer.
  const std::string client_id = query.substr(0, 2);
  std::string refusal;
  const std::size_t start = first_;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const std::size_t index = (start + i) % servers_.size();
    const auto id = static_cast<std::uint16_t>(random_.below(65536));
    query[0] = static_cast<char>(id >> 8);
    query[1] = static_cast<char>(id & 255);
    auto answer = co_await io::within(loop_, timeout_, ask_one(servers_[index], query, whole));
    if (!answer || answer->empty()) continue;
    answer->replace(0, 2, client_id);
    if (is_refusal(*answer)) {
      if (refusal.empty()) refusal = std::move(*answer);
      continue;
    }
    first_ = index;
    co_return std::move(*answer);
  }
  co_return refusal;
}

io::Task<std::string> DnsUpstreams::ask_one(io::Address server, std::string query, bool whole) {
  std::string answer = co_await ask_by_datagram(server, query);
  if (!whole || answer.empty() || !was_truncated(answer)) co_return answer;
  std::string more = co_await ask_by_stream(server, query);
  co_return more.empty() ? answer : more;
}

io::Task<std::string> DnsUpstreams::ask_by_datagram(io::Address server, std::string query) {
  auto target = to_socket_address(server);
  if (!target) co_return std::string();
  const int fd = ::socket(target->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return std::string();
  io::Descriptor socket(loop_, fd);
  if (::connect(fd, target->get(), target->size) != 0) co_return std::string();
  if (::send(fd, query.data(), query.size(), 0) < 0) co_return std::string();
  std::array<char, dns_datagram_limit> buffer;
  for (;;) {
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) co_return std::string();
    if (size < 0) {
      socket.clear_readable();
      co_await socket.readable();
      continue;
    }
    const std::string_view answer(buffer.data(), static_cast<std::size_t>(size));
    if (answers(query, answer)) co_return std::string(answer);
  }
}

io::Task<std::string> DnsUpstreams::ask_by_stream(io::Address server, std::string query) {
  auto stream = co_await io::connect(loop_, server);
  if (!stream) co_return std::string();
  const std::string framed = frame_dns_message(query);
  auto written = co_await (*stream)->write(framed);
  if (!written) co_return std::string();
  std::string answer = co_await read_dns_message(**stream);
  co_return answers(query, answer) ? answer : std::string();
}

std::vector<io::Address> read_name_servers(std::string_view resolv_conf, std::string_view own) {
  constexpr std::string_view keyword = "nameserver";
  std::vector<io::Address> servers;
  while (!resolv_conf.empty()) {
    const std::size_t end = resolv_conf.find('\n');
    std::string_view line = resolv_conf.substr(0, end);
    resolv_conf.remove_prefix(end == std::string_view::npos ? resolv_conf.size() : end + 1);
    if (!line.starts_with(keyword)) continue;
    line.remove_prefix(keyword.size());
    const std::size_t from = line.find_first_not_of(" \t");
    if (from == 0 || from == std::string_view::npos) continue;
    line = line.substr(from);
    line = line.substr(0, line.find_first_of(" \t\r#;"));
    const io::Address server{std::string(line), 53};
    if (line != own && to_socket_address(server)) servers.push_back(server);
  }
  return servers;
}

}  // namespace aloft::network
