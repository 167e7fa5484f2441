// Images on a machine without a registry: imported from archives, built from folders, and those that come
// with Aloft.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "node/containerd.h"
#include "node/image_builder.h"
#include "node/runtime.h"

namespace aloft::node {

// Works on the private containerd of a data directory, which must be running. Lives on one loop.
class Images {
 public:
  Images(io::EpollLoop& loop, io::Pool& pool, NodePaths paths);
  ~Images();

  // Reads an OCI or Docker archive (`docker save`) and gives the names of what it held.
  io::Task<Result<std::vector<std::string>>> import(std::string archive_path);
  // Builds DIRECTORY/Dockerfile. Without a tag the label org.opencontainers.image.ref.name names the image,
  // and without that the folder. An image that is there already with the same content is left alone.
  struct Built {
    std::string name;
    std::string id;
    Built(std::string n, std::string i) : name(std::move(n)), id(std::move(i)) {}
  };
  io::Task<Result<Built>> build(std::string directory, std::string tag = {});
  // Builds every folder below `directory` that holds a Dockerfile: the images that come with Aloft.
  io::Task<Result<>> build_all(std::string directory);
  io::Task<Result<std::vector<ImageInfo>>> list();

 private:
  io::Task<Result<std::string>> run_ctr(std::vector<std::string> arguments);
  io::Task<Result<std::string>> export_image(std::string name);
  io::Task<Result<>> await_image(std::string name);

  io::EpollLoop& loop_;
  io::Pool& pool_;
  NodePaths paths_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace aloft::node
