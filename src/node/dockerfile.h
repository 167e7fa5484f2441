// The part of the Dockerfile language that needs nothing to run: an image made of local files and settings.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aloft::node {

// One COPY or ADD.
struct CopyStep {
  std::vector<std::string> sources;  // relative to the folder that is built, may hold * and ?
  std::string target;                // absolute; with a trailing slash when it names a folder
  std::optional<int> mode;           // --chmod
  std::int64_t uid = 0;              // --chown, numeric
  std::int64_t gid = 0;
  bool operator==(const CopyStep&) const = default;
};

// What a Dockerfile says, in the order in which it matters.
struct Dockerfile {
  std::string base;  // empty for scratch
  std::vector<CopyStep> copies;
  std::vector<std::pair<std::string, std::string>> environment;
  std::map<std::string, std::string> labels;
  std::vector<std::string> ports;  // "8080/tcp"
  std::vector<std::string> volumes;
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> command;
  std::string working_directory;
  std::string user;
  std::string stop_signal;
};

// FROM, COPY, ADD, ENV, LABEL, WORKDIR, USER, EXPOSE, VOLUME, STOPSIGNAL, ENTRYPOINT, CMD; $NAME and ${NAME}
// of earlier ENV lines are replaced. Error: invalid, as "Dockerfile:3: RUN: ..."; RUN is refused because
// nothing is run while an image is built.
Result<Dockerfile> parse_dockerfile(std::string_view text);

}  // namespace aloft::node
