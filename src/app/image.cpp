// aloft image: images without a registry.
#include <csignal>
#include <cstdio>

#include "app/commands.h"
#include "app/data_directory.h"
#include "io/pool.h"
#include "node/containerd.h"
#include "node/images.h"

namespace aloft::app {
namespace {

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

Result<> list_images(io::EpollLoop& loop, node::Images& images) {
  TRY(found, loop.run_until_done(images.list()));
  fmt::print("{:<56} {:<14} {}\n", "NAME", "ID", "SIZE");
  for (const node::ImageInfo& image : found) {
    std::string id = image.id.substr(image.id.find(':') + 1).substr(0, 12);
    for (const std::string& name : image.tags)
      fmt::print("{:<56} {:<14} {}\n", name, id, megabytes(image.size_bytes));
  }
  return {};
}

Result<> run_action(const Invocation& call, io::EpollLoop& loop, node::Images& images) {
  const std::string_view action = call.verb->name.substr(6);
  if (action == "ls") return list_images(loop, images);
  if (action == "import") {
    TRY(names, loop.run_until_done(images.import(call.arguments.front())));
    for (const std::string& name : names) fmt::print("{}\n", name);
    return {};
  }
  TRY(built, loop.run_until_done(images.build(call.arguments.front(), call.get("tag"))));
  fmt::print("{}\n", built.name);
  return {};
}

}  // namespace

Result<> run_image(const Invocation& call) {
  std::signal(SIGPIPE, SIG_IGN);
  io::EpollLoop loop;
  io::Pool pool(2);
  const node::NodePaths paths(call.get("data-dir"));
  node::Images images(loop, pool, paths);
  // A running cloud has a container runtime already; without one it is started for the moment.
  if (loop.run_until_done(images.list())) return run_action(call, loop, images);
  TRY_DO(DataDirectory(paths.data).make());
  node::Containerd containerd(loop, paths);
  TRY_DO(loop.run_until_done(containerd.start()));
  const auto done = run_action(call, loop, images);
  loop.run_until_done(containerd.stop());
  return done;
}

}  // namespace aloft::app
