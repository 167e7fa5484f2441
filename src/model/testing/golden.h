// Recordings of a real kube-apiserver, where they are at hand. Only for tests, which know where to look.
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "model/json.h"
#include "model/value.h"

namespace aloft::model::testing {

// Text of a file below the recordings' folder; nullopt when there is none.
inline std::optional<std::string> read_recording(const std::string& name) {
  std::ifstream file(std::string(ALOFT_SHARED_DIR) + "/k8s/" + name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline std::optional<Value> read_golden(const std::string& name) {
  const auto text = read_recording("golden/" + name);
  if (!text) return std::nullopt;
  auto value = parse_json(*text);
  return value ? std::optional(std::move(*value)) : std::nullopt;
}

}  // namespace aloft::model::testing

// Binds the recording to `name` or skips the test.
#define ALOFT_GOLDEN(name, file)                                \
  const auto name = ::aloft::model::testing::read_golden(file); \
  if (!name) GTEST_SKIP() << "the recording " file " is not on this machine"
