// Small files and folders, by plain system calls.
#include "io/file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aloft::io {
namespace {

// Closes a descriptor at the end of a block.
class Opened {
 public:
  explicit Opened(int fd) : fd_(fd) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Result<> write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail(system_error("write " + path, errno));
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::vector<std::string>> names_in(DIR* folder, const std::string& path) {
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return fail(system_error("read folder " + path, errno));
  std::ranges::sort(names);
  return names;
}

Result<struct statx> describe(int folder, const char* name, const std::string& path) {
  struct statx info{};
  if (::statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID,
              &info) != 0) {
    return fail(system_error("stat " + path, errno));
  }
  return info;
}

bool same_mount(const struct statx& a, const struct statx& b) {
  if ((a.stx_mask & b.stx_mask & STATX_MNT_ID) != 0 && a.stx_mnt_id != b.stx_mnt_id) return false;
  return a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

// Empties and removes `name` inside the open folder `parent`; `path` is for messages.
Result<> remove_below(int parent, const std::string& name, const std::string& path,
                      const struct statx& home) {
  auto info = describe(parent, name.c_str(), path);
  if (!info) return info.error().code() == Code::not_found ? Result<>() : fail(std::move(info).error());
  const bool is_folder = S_ISDIR(info->stx_mode);
  if (!same_mount(*info, home)) {
    return fail(Code::conflict, fmt::format("remove {}: something is mounted there", path));
  }
  if (is_folder) {
    Opened opened(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened.ok()) return fail(system_error("open " + path, errno));
    const Folder folder(::fdopendir(opened.get()));
    if (!folder) return fail(system_error("open " + path, errno));
    opened.release();
    TRY(names, names_in(folder.get(), path));
    for (const std::string& child : names) {
      TRY_DO(remove_below(::dirfd(folder.get()), child, path + "/" + child, home));
    }
  }
  if (::unlinkat(parent, name.c_str(), is_folder ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT) {
    return fail(system_error("remove " + path, errno));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit_bytes) {
  const Opened file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return fail(system_error("open " + path, errno));
  std::string content;
  std::size_t used = 0;
  for (;;) {
    // Files of /proc and /sys have no size before they are read.
    if (content.size() - used < 4096) content.resize(std::max<std::size_t>(content.size() * 2, 8192));
    const ssize_t count = ::read(file.get(), content.data() + used, content.size() - used);
    if (count < 0) {
      if (errno == EINTR) continue;
      return fail(system_error("read " + path, errno));
    }
    used += static_cast<std::size_t>(count);
    if (used > limit_bytes) {
      return fail(Code::too_large, fmt::format("read {}: larger than {} bytes", path, limit_bytes));
    }
    if (count == 0) break;
  }
  content.resize(used);
  return content;
}

Result<> write_file(const std::string& path, std::string_view content, int mode) {
  static std::atomic<unsigned> sequence{0};
  const std::string beside = fmt::format("{}.{}.{}.tmp", path, ::getpid(), sequence.fetch_add(1));
  const Opened file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.ok()) return fail(system_error("create " + beside, errno));
  const auto give_up = [&](Error error) {
    ::unlink(beside.c_str());
    return fail(std::move(error));
  };
  if (auto written = write_all(file.get(), content, beside); !written)
    return give_up(std::move(written).error());
  // By fchmod, so that the mode is what was asked for whatever the umask is.
  if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0)
    return give_up(system_error("chmod " + beside, errno));
  if (::fsync(file.get()) != 0) return give_up(system_error("sync " + beside, errno));
  if (::rename(beside.c_str(), path.c_str()) != 0) return give_up(system_error("rename to " + path, errno));
  const Opened folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || ::fsync(folder.get()) != 0) return fail(system_error("sync " + folder_of(path), errno));
  return {};
}

Result<> make_directories(const std::string& path, int mode) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    if (part.empty() || ::mkdir(part.c_str(), static_cast<mode_t>(mode)) == 0) continue;
    const int problem = errno;
    struct stat info{};
    if (::stat(part.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) continue;
    return fail(system_error("create folder " + part, problem));
  }
  return {};
}

Result<> remove_tree(const std::string& path) {
  std::string_view trimmed = path;
  while (trimmed.size() > 1 && trimmed.ends_with('/')) trimmed.remove_suffix(1);
  const std::string whole(trimmed);
  const std::string above = folder_of(whole);
  const Opened parent(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.ok()) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return fail(system_error("open " + above, errno));
  }
  const std::size_t slash = whole.rfind('/');
  const std::string name = slash == std::string::npos ? whole : whole.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    return fail(Code::invalid,
                fmt::format("remove {}: not the path of a file or folder inside another", path));
  }
  TRY(home, describe(parent.get(), "", above));
  return remove_below(parent.get(), name, whole, home);
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  const Folder folder(::opendir(path.c_str()));
  if (!folder) return fail(system_error("open folder " + path, errno));
  return names_in(folder.get(), path);
}

}  // namespace aloft::io
