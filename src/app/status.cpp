// aloft status: asks the running cloud of a data directory how it is.
#include <cstdio>
#include <sstream>

#include <unistd.h>

#include "app/commands.h"
#include "app/data_directory.h"
#include "client/http_client.h"
#include "http/client.h"
#include "io/epoll_loop.h"
#include "io/file.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::app {
namespace {

io::Task<Result<std::string>> ask(http::Client& client, std::string path) {
  http::RequestHead head;
  head.method = "GET";
  head.target = std::move(path);
  auto response = co_await client.send(std::move(head));
  if (!response) co_return std::unexpected<Error>(response.error());
  co_return co_await (*response)->read_whole_body();
}

// Every line of a verbose health report: "[+]store ok".
model::Object roles_of(std::string_view report) {
  model::Object roles;
  while (!report.empty()) {
    const std::size_t end = report.find('\n');
    std::string_view line = report.substr(0, end);
    report.remove_prefix(end == std::string_view::npos ? report.size() : end + 1);
    if (!line.starts_with("[+]") && !line.starts_with("[-]")) continue;
    const bool well = line[1] == '+';
    line.remove_prefix(3);
    const std::size_t space = line.find(' ');
    roles.set(line.substr(0, space), well ? std::string("ok") : std::string(line.substr(space + 1)));
  }
  return roles;
}

// What the process that holds the data directory uses.
struct Use {
  pid_t pid = 0;
  std::int64_t memory_bytes = 0;
  double cpu_seconds = 0;
};
Use read_use(pid_t pid) {
  Use use;
  use.pid = pid;
  // The name in the second field may hold anything, so counting begins behind its closing parenthesis.
  const auto stat = io::read_file(fmt::format("/proc/{}/stat", pid));
  const auto memory = io::read_file(fmt::format("/proc/{}/statm", pid));
  if (!stat || !memory) return use;
  std::istringstream pages(*memory);
  std::int64_t total = 0;
  std::int64_t resident = 0;
  pages >> total >> resident;
  use.memory_bytes = resident * sysconf(_SC_PAGESIZE);
  std::istringstream fields(stat->substr(stat->rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::int64_t user_ticks = 0;
  std::int64_t system_ticks = 0;
  fields >> user_ticks >> system_ticks;
  use.cpu_seconds =
      static_cast<double>(user_ticks + system_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return use;
}

}  // namespace

Result<> run_status(const Invocation& call) {
  const DataDirectory directory(call.get("data-dir"));
  auto access = client::read_kubeconfig(directory.kubeconfig());
  if (!access) return std::unexpected<Error>(access.error().at("is the cloud up?"));
  io::EpollLoop loop;
  auto client = http::Client::make(loop, access->connection);
  auto version = loop.run_until_done(ask(*client, "/version"));
  if (!version)
    return fail(Code::unavailable, fmt::format("the API does not answer: {}", version.error().message()));
  TRY(health, loop.run_until_done(ask(*client, "/readyz?verbose")));
  TRY(document, model::parse_json(*version));
  const model::Object roles = roles_of(health);
  TRY(endpoints_text, io::read_file(directory.endpoints()));
  TRY(endpoints, model::parse_json(endpoints_text));
  const Use use = read_use(DirectoryLock::holder(directory).value_or(0));
  if (call.get("output") == "json") {
    model::Object used{
        {"pid", std::int64_t{use.pid}}, {"memoryBytes", use.memory_bytes}, {"cpuSeconds", use.cpu_seconds}};
    model::Object all{{"use", std::move(used)},
                      {"version", std::string(document.text_at("gitVersion"))},
                      {"roles", roles},
                      {"endpoints", std::move(endpoints)}};
    fmt::print("{}\n", model::to_pretty_json(model::Value(std::move(all))));
    return {};
  }
  fmt::print("version     {}\n", document.text_at("gitVersion"));
  for (const auto& [name, url] : endpoints.as_object()) fmt::print("{:<11} {}\n", name, url.as_string());
  for (const auto& [name, state] : roles) fmt::print("{:<11} {}\n", name, state.as_string());
  fmt::print("{:<11} {:.1f} MiB, {:.2f} CPU seconds, process {}\n", "uses",
             static_cast<double>(use.memory_bytes) / (1024 * 1024), use.cpu_seconds, use.pid);
  return {};
}

}  // namespace aloft::app
