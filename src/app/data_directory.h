// Where a cloud keeps what it must not lose, and what tells others how to reach it. All paths stand here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"

namespace aloft::app {

// A folder that one running cloud owns. A value; making it does not touch the disk.
class DataDirectory {
 public:
  explicit DataDirectory(std::string root) : root_(std::move(root)) {}
  const std::string& root() const { return root_; }
  std::string path(std::string_view name) const { return root_ + "/" + std::string(name); }
  std::string state() const { return path("state.db"); }
  std::string keys() const { return path("pki"); }
  std::string kubeconfig() const { return path("kubeconfig"); }
  std::string endpoints() const { return path("endpoints.json"); }
  std::string lock() const { return path("lock"); }

  // Makes the folders. Errors name the path.
  Result<> make() const;
  // Writes endpoints.json, a map of service name to URL.
  Result<> write_endpoints(const std::map<std::string, std::string>& urls) const;

 private:
  std::string root_;
};

// Held while a cloud runs over the folder; released when the process ends in whatever way.
class DirectoryLock {
 public:
  // Error: conflict, when another process holds it.
  static Result<DirectoryLock> take(const DataDirectory& directory);
  // The process that holds it now; nullopt when none does.
  static std::optional<pid_t> holder(const DataDirectory& directory);
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace aloft::app
