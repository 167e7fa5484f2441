// Names of images: what a pod may write, before anybody is asked for the image.
#pragma once

#include <string_view>

#include "base/result.h"

namespace aloft::node {

// True to the grammar of references: [host[:port]/]path[:tag][@algorithm:digest]. Error: invalid, in the
// words that every client of registries uses.
Result<> check_image_name(std::string_view name);

}  // namespace aloft::node
