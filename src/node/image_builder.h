// Makes OCI images from a folder and its Dockerfile. Equal inputs give equal bytes, so an image that has not
// changed keeps its id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "node/dockerfile.h"

namespace aloft::node {

struct BuiltImage {
  std::string name;     // full: "docker.io/library/hello:1"
  std::string id;       // "sha256:...", the digest of its configuration
  std::string archive;  // an OCI archive, as `ctr images import` reads it
};

// `base_archive` is an OCI archive of the image named by FROM; empty for scratch. Blocks while it reads the
// folder. Errors: invalid or not_found, naming the file and what is wrong.
Result<BuiltImage> build_image(const Dockerfile& file, const std::string& directory, std::string_view name,
                               std::string_view base_archive);

// The name that runtimes use: "hello" becomes "docker.io/library/hello:latest".
std::string full_image_name(std::string_view name);

}  // namespace aloft::node
