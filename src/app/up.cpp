// aloft up: the cloud in the foreground, until a signal.
#include <csignal>
#include <cstdio>

#include "app/cloud.h"
#include "app/commands.h"
#include "app/log_options.h"
#include "app/signals.h"
#include "app/telemetry/settings.h"
#include "app/telemetry/traces_settings.h"
#include "io/file.h"

namespace aloft::app {
namespace {

io::Task<Result<>> run(io::EpollLoop& loop, CloudSettings settings, Signals& signals) {
  auto started = co_await Cloud::start(loop, std::move(settings));
  if (!started) co_return std::unexpected<Error>(started.error());
  std::unique_ptr<Cloud> cloud = std::move(*started);
  fmt::print("{}\n", cloud->ready_line());
  std::fflush(stdout);
  co_await signals.wait();
  co_await cloud->stop();
  co_return Result<>();
}

}  // namespace

Result<> run_up(const Invocation& invocation) {
  Invocation call = invocation;
  if (const std::string path = call.get("config"); !path.empty()) {
    auto text = io::read_file(path);
    if (!text) return std::unexpected<Error>(text.error().at("--config"));
    if (auto used = use_configuration(call, *text); !used)
      return std::unexpected<Error>(used.error().at(path));
  }
  const std::string telemetry = call.get("telemetry");
  if (telemetry != "on" && telemetry != "off")
    return fail(Code::invalid, fmt::format("--telemetry {}: expected on or off", telemetry));
  std::shared_ptr<LogTap> tap;
  if (telemetry == "on") tap = std::make_shared<LogTap>(std::make_shared<const SystemClock>());
  TRY_DO(set_up_log(call, tap != nullptr ? tapped_output(tap) : nullptr));

  CloudSettings settings;
  settings.data_dir = call.get("data-dir");
  settings.listen = call.get("listen");
  settings.advertise = call.get("advertise");
  settings.store = call.get("store");
  settings.runtime = call.get("runtime");
  settings.node_name = call.get("node-name");
  settings.service_range = call.get("service-range");
  settings.pod_range = call.get("pod-range");
  settings.cluster_domain = call.get("cluster-domain");
  settings.token_file = call.get("token-auth-file");
  settings.log_tap = std::move(tap);
  TRY(telemetry_options, telemetry_settings_in_cloud(call));
  // A mistake in the file is told here; later it would only keep telemetry from starting.
  TRY_DO(load_sampling(telemetry_options.traces_config));
  settings.telemetry = std::move(telemetry_options);
  settings.telemetry_for_pods = call.get("telemetry-for-pods");
  if (const std::string& mode = settings.telemetry_for_pods;
      mode != "write" && mode != "all" && mode != "nothing")
    return fail(Code::invalid, fmt::format("--telemetry-for-pods {}: expected write, all or nothing", mode));
  if (settings.runtime != "cri" && settings.runtime != "none") {
    return fail(Code::invalid, fmt::format("--runtime {}: expected cri or none", settings.runtime));
  }
  // Writing to a peer that has gone is an error of that write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  io::EpollLoop loop;
  Signals signals(loop);
  return loop.run_until_done(run(loop, std::move(settings), signals));
}

}  // namespace aloft::app
