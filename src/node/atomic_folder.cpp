// See atomic_folder.h. The layout (..data, ..TIME folders, links at the top) is the one that programs which
// watch for changes know from Kubernetes.
#include "node/atomic_folder.h"

#include <set>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "node/plain_file.h"

namespace aloft::node {

namespace {

std::string link_target(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  target.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return target;
}

Result<> check_path(const std::string& path) {
  const bool outside = ("/" + path + "/").find("/../") != std::string::npos;
  if (path.empty() || path.starts_with('/') || path.starts_with("..") || outside) {
    return fail(Code::invalid, path + ": not a path inside the volume");
  }
  return {};
}

bool same(const std::string& folder, const FolderFiles& files) {
  for (const auto& [path, file] : files) {
    struct stat status{};
    const std::string whole = folder + "/" + path;
    if (::stat(whole.c_str(), &status) != 0 || static_cast<int>(status.st_mode & 07777U) != file.mode)
      return false;
    auto content = io::read_file(whole);
    if (!content || *content != file.content) return false;
  }
  std::size_t count = 0;
  std::vector<std::string> open{folder};
  while (!open.empty()) {
    const std::string next = open.back();
    open.pop_back();
    auto names = io::list_directory(next);
    if (!names) continue;
    for (const std::string& name : *names) {
      struct stat status{};
      const std::string whole = next + "/" + name;
      if (::lstat(whole.c_str(), &status) != 0) return false;
      if (S_ISDIR(status.st_mode))
        open.push_back(whole);
      else
        ++count;
    }
  }
  return count == files.size();
}

Result<> write_set(const std::string& folder, const FolderFiles& files, std::optional<std::int64_t> group) {
  TRY_DO(io::make_directories(folder, 0755));
  for (const auto& [path, file] : files) {
    const std::string whole = folder + "/" + path;
    TRY_DO(io::make_directories(whole.substr(0, whole.rfind('/')), 0755));
    TRY_DO(write_plain_file(whole, file.content, file.mode));
    if (group || file.uid) {
      const auto uid = file.uid ? static_cast<uid_t>(*file.uid) : static_cast<uid_t>(-1);
      const auto gid = group ? static_cast<gid_t>(*group) : static_cast<gid_t>(-1);
      if (::chown(whole.c_str(), uid, gid) != 0) return fail(system_error("chown " + whole, errno));
    }
  }
  return {};
}

}  // namespace

Result<> write_atomic_folder(const std::string& folder, const FolderFiles& files,
                             std::optional<std::int64_t> group, const std::string& version) {
  for (const auto& [path, file] : files) TRY_DO(check_path(path));
  TRY_DO(io::make_directories(folder, 0755));
  const std::string old = link_target(folder + "/..data");
  if (!old.empty() && same(folder + "/" + old, files)) return {};
  std::string fresh = "..";
  for (const char c : version) fresh.push_back(c == ':' || c == '-' || c == 'T' ? '_' : c);
  if (fresh == old) fresh += "_";
  TRY_DO(write_set(folder + "/" + fresh, files, group));
  const std::string temporary = folder + "/..data_tmp";
  ::unlink(temporary.c_str());
  if (::symlink(fresh.c_str(), temporary.c_str()) != 0)
    return fail(system_error("symlink " + temporary, errno));
  if (::rename(temporary.c_str(), (folder + "/..data").c_str()) != 0)
    return fail(system_error("rename " + temporary, errno));
  std::set<std::string> tops;
  for (const auto& [path, file] : files) tops.insert(path.substr(0, path.find('/')));
  for (const std::string& top : tops) {
    const std::string visible = folder + "/" + top;
    if (::symlink(("..data/" + top).c_str(), visible.c_str()) != 0 && errno != EEXIST) {
      return fail(system_error("symlink " + visible, errno));
    }
  }
  TRY(names, io::list_directory(folder));
  for (const std::string& name : names) {
    if (name == "..data" || name == fresh || tops.contains(name)) continue;
    TRY_DO(io::remove_tree(folder + "/" + name));
  }
  return {};
}

}  // namespace aloft::node
