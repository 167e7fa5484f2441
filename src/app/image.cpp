// aloft image: images without a registry.
#include <cstdio>

#include "app/commands.h"
#include "io/pool.h"
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

}  // namespace

Result<> run_image(const Invocation& call) {
  const std::string_view action = call.verb->name.substr(6);
  io::EpollLoop loop;
  io::Pool pool(2);
  node::Images images(loop, pool, node::NodePaths(call.get("data-dir")));
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

}  // namespace aloft::app
