// Files by plain system calls. Interrupted calls go on where they were.
#include "telemetry/core/disk_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aloft::telemetry {
namespace {

Error write_error(std::string_view what, const std::string& path) {
  return {Code::unavailable, system_error(fmt::format("{} {}", what, path), errno).message()};
}

}  // namespace

Result<std::shared_ptr<DiskFile>> DiskFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(system_error("open " + path, errno));
  struct Access : DiskFile {
    Access(int f, std::string p) : DiskFile(f, std::move(p)) {}
  };
  return std::make_shared<Access>(fd, path);
}

Result<std::shared_ptr<DiskFile>> DiskFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return fail(write_error("create", path));
  struct Access : DiskFile {
    Access(int f, std::string p) : DiskFile(f, std::move(p)) {}
  };
  return std::make_shared<Access>(fd, path);
}

DiskFile::~DiskFile() { ::close(fd_); }

Result<std::uint64_t> DiskFile::size() const {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) return fail(system_error("stat " + path_, errno));
  return static_cast<std::uint64_t>(info.st_size);
}

Result<> DiskFile::read(std::uint64_t offset, std::size_t count, std::string& out) const {
  out.resize(count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(fd_, out.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(system_error("read " + path_, errno));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return {};
}

Result<> DiskFile::read_exactly(std::uint64_t offset, std::size_t count, std::string& out) const {
  TRY_DO(read(offset, count, out));
  if (out.size() == count) return {};
  return fail(Code::internal, fmt::format("{}: ends at {}, {} bytes were expected at {}", path_,
                                          offset + out.size(), count, offset));
}

Result<> DiskFile::write(std::uint64_t offset, std::initializer_list<std::string_view> parts) {
  for (std::string_view part : parts) {
    while (!part.empty()) {
      const ssize_t count = ::pwrite(fd_, part.data(), part.size(), static_cast<off_t>(offset));
      if (count < 0) {
        if (errno == EINTR) continue;
        return fail(write_error("write", path_));
      }
      offset += static_cast<std::uint64_t>(count);
      part.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  return {};
}

Result<> DiskFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return fail(write_error("truncate", path_));
  return {};
}

Result<> DiskFile::sync() {
  if (::fdatasync(fd_) != 0) return fail(write_error("sync", path_));
  return {};
}

Result<> sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(write_error("open", path));
  const int done = ::fsync(fd);
  const Error error = write_error("sync", path);
  ::close(fd);
  if (done != 0) return fail(error);
  return {};
}

}  // namespace aloft::telemetry
