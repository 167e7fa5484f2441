// aloft status: asks the running cloud of a data directory how it is.
#include <cstdio>

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
  if (call.get("output") == "json") {
    model::Object all{{"version", std::string(document.text_at("gitVersion"))},
                      {"roles", roles},
                      {"endpoints", std::move(endpoints)}};
    fmt::print("{}\n", model::to_pretty_json(model::Value(std::move(all))));
    return {};
  }
  fmt::print("version   {}\n", document.text_at("gitVersion"));
  for (const auto& [name, url] : endpoints.as_object()) fmt::print("{:<9} {}\n", name, url.as_string());
  for (const auto& [name, state] : roles) fmt::print("{:<9} {}\n", name, state.as_string());
  return {};
}

}  // namespace aloft::app
