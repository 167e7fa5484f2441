// Namespaces of rule groups over HTTP.
#include "telemetry/alerts/api/ruler_api.h"

#include <memory>

#include "io/file.h"
#include "telemetry/alerts/api/rules_api.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t largest_group = 4 * 1024 * 1024;

using Shared = std::shared_ptr<RulerParts>;

Answer yaml(std::string body) { return {200, std::move(body), "application/yaml"}; }
Answer refused(const Error& error) {
  const int status = error.code() == Code::not_found ? 404 : error.code() == Code::invalid ? 400 : 500;
  return {status, error.message() + "\n", "text/plain; charset=utf-8"};
}
Answer accepted() {
  return {202, R"({"status":"success","data":null,"errorType":"","error":""})", "application/json"};
}

YamlNode scalar_list(const KeptGroups::Namespace& groups) {
  YamlNode list;
  list.kind = YamlNode::Kind::list;
  for (const auto& [name, group] : groups) list.items.push_back(group);
  return list;
}

// All namespaces, or the one with that name.
Answer list_groups(const KeptGroups& kept, const std::string& only) {
  YamlNode all;
  all.kind = YamlNode::Kind::map;
  for (const auto& [name, groups] : kept.namespaces()) {
    if (only.empty() || only == name) all.members.push_back({name, scalar_list(groups), 0});
  }
  if (all.members.empty()) return refused(Error(Code::not_found, "no rule groups found"));
  return yaml(write_yaml(all));
}

Answer show_group(const KeptGroups& kept, const std::string& name, const std::string& group) {
  const auto found = kept.namespaces().find(name);
  if (found != kept.namespaces().end()) {
    if (const auto one = found->second.find(group); one != found->second.end())
      return yaml(write_yaml(one->second));
  }
  return refused(Error(Code::not_found, "group does not exist"));
}

// Puts a changed namespace in force and on the disk; on the alerts' loop.
io::Task<Answer> keep(Shared parts, io::Loop& loop, std::string name) {
  parts->changed(name);
  if (parts->folder.empty()) co_return accepted();
  auto write = [folder = parts->folder, path = KeptGroups::file_path(parts->folder, name),
                text = parts->groups.file_text(name)]() -> Result<> {
    if (text.empty()) return io::remove_tree(path);
    TRY_DO(io::make_directories(folder));
    return io::write_file(path, text);
  };
  io::Task<Result<>> writing = parts->writer.run(loop, std::move(write));
  const Result<> written = co_await std::move(writing);
  co_return written ? accepted() : refused(written.error());
}

using Change = std::function<Result<>(KeptGroups& groups)>;

io::Task<Answer> change_and_keep(Shared parts, io::Loop& loop, std::string name, Change change) {
  const Result<> done = change(parts->groups);
  if (!done) co_return refused(done.error());
  io::Task<Answer> keeping = keep(parts, loop, std::move(name));
  co_return co_await std::move(keeping);
}

io::Task<> change(Exchange& exchange, Between between, Shared parts, Change change) {
  std::string name(exchange.path("namespace"));
  std::move_only_function<io::Task<Answer>()> work = [parts, &loop = between.alerts, name = std::move(name),
                                                      change = std::move(change)]() mutable {
    return change_and_keep(parts, loop, std::move(name), std::move(change));
  };
  io::Task<Answer> working = io::run_on<Answer>(between.server, between.alerts, std::move(work));
  Answer given = co_await std::move(working);
  co_await send_answer(exchange, std::move(given));
}

io::Task<> post_group(Exchange& exchange, Between between, Shared parts) {
  io::Task<Result<std::string>> reading = exchange.body(largest_group);
  Result<std::string> body = co_await std::move(reading);
  if (!body) {
    co_await exchange.send_error(body.error());
    co_return;
  }
  Change put = [name = std::string(exchange.path("namespace")), text = std::move(*body)](KeptGroups& groups) {
    return groups.put(name, text);
  };
  co_await change(exchange, between, parts, std::move(put));
}

}  // namespace

void add_ruler_routes(Router& router, Between between, RulerParts given) {
  const Shared parts = std::make_shared<RulerParts>(std::move(given));
  const auto show = [&](std::string_view pattern, auto make) {
    router.add("GET", pattern, [between, parts, make](Exchange& exchange) {
      Compute compute = [parts, make, name = std::string(exchange.path("namespace")),
                         group = std::string(exchange.path("group"))] {
        return make(parts->groups, name, group);
      };
      return answer(exchange, between, std::move(compute));
    });
  };
  const auto list = [](const KeptGroups& kept, const std::string& name, const std::string&) {
    return list_groups(kept, name);
  };
  show("/loki/api/v1/rules", list);
  show("/loki/api/v1/rules/{namespace}", list);
  show("/loki/api/v1/rules/{namespace}/{group}", show_group);
  router.add("POST", "/loki/api/v1/rules/{namespace}",
             [between, parts](Exchange& exchange) { return post_group(exchange, between, parts); });
  router.add("DELETE", "/loki/api/v1/rules/{namespace}", [between, parts](Exchange& exchange) {
    Change remove = [name = std::string(exchange.path("namespace"))](KeptGroups& groups) {
      return groups.remove(name);
    };
    return change(exchange, between, parts, std::move(remove));
  });
  router.add("DELETE", "/loki/api/v1/rules/{namespace}/{group}", [between, parts](Exchange& exchange) {
    Change remove = [name = std::string(exchange.path("namespace")),
                     group = std::string(exchange.path("group"))](KeptGroups& groups) {
      return groups.remove(name, group);
    };
    return change(exchange, between, parts, std::move(remove));
  });
  add_state_routes(router, "/prometheus", between, parts->rules, RulesOf::other_languages);
}

}  // namespace aloft::telemetry::alerts
