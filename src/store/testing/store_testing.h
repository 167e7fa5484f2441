// What tests of stores share: a folder that goes away by itself, and writes as tests like to read them.
#pragma once

#include <filesystem>
#include <string>

#include "base/ensure.h"
#include "store/store.h"

namespace aloft::store {

// Made for one test, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aloft-store-XXXXXX").string();
    ensure(mkdtemp(name.data()) != nullptr, "a test can make a folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Write put(std::string key, std::string value, std::optional<Revision> expected = std::nullopt) {
  Write write;
  write.key = std::move(key);
  write.value = std::move(value);
  write.expected = expected;
  return write;
}
inline Write removal(std::string key, std::optional<Revision> expected = std::nullopt) {
  Write write;
  write.key = std::move(key);
  write.expected = expected;
  return write;
}
inline Write check(std::string key, Revision expected) {
  Write write;
  write.key = std::move(key);
  write.expected = expected;
  write.check_only = true;
  return write;
}

}  // namespace aloft::store
