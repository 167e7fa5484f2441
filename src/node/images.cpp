// See images.h. Archives go in and out through containerd's own client, ctr.
#include "node/images.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "io/file.h"
#include "node/cri.h"

namespace aloft::node {

namespace {

constexpr std::size_t archive_limit = std::size_t{8} << 30U;

// ctr prints "unpacking NAME (sha256:...)...done" for each image.
std::vector<std::string> imported_names(std::string_view output) {
  constexpr std::string_view mark = "unpacking ";
  std::vector<std::string> names;
  for (std::size_t at = output.find(mark); at != std::string_view::npos; at = output.find(mark, at)) {
    at += mark.size();
    names.emplace_back(output.substr(at, output.find_first_of(" \n", at) - at));
  }
  return names;
}

struct Prepared {
  Dockerfile file;
  std::string name;
};

Result<Prepared> prepare(const std::string& directory, std::string tag) {
  TRY(text, io::read_file(directory + "/Dockerfile"));
  TRY(file, parse_dockerfile(text));
  Prepared prepared;
  prepared.file = std::move(file);
  if (tag.empty()) {
    const auto label = prepared.file.labels.find("org.opencontainers.image.ref.name");
    if (label != prepared.file.labels.end()) tag = label->second;
  }
  if (tag.empty()) {
    std::string_view folder = directory;
    while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
    tag = folder.substr(folder.rfind('/') + 1);
  }
  prepared.name = full_image_name(tag);
  return prepared;
}

}  // namespace

Images::Images(io::EpollLoop& loop, io::Pool& pool, NodePaths paths)
    : loop_(loop), pool_(pool), paths_(std::move(paths)), runtime_(make_cri_runtime(loop, paths_.socket)) {}
Images::~Images() = default;

io::Task<Result<std::string>> Images::run_ctr(std::vector<std::string> arguments) {
  io::Command command;
  command.arguments = {"ctr", "--address", paths_.socket, "--namespace", "k8s.io"};
  const std::string what = "ctr " + fmt::format("{}", fmt::join(arguments, " "));
  for (std::string& argument : arguments) command.arguments.push_back(std::move(argument));
  TRY_CO(result, co_await io::run_command(loop_, std::move(command)));
  if (result.status.code != 0)
    co_return fail(Code::internal, what + ": " + std::string(trim(result.output, " \t\r\n")));
  co_return std::move(result.output);
}

io::Task<Result<std::vector<std::string>>> Images::import(std::string archive_path) {
  if (::access(archive_path.c_str(), R_OK) != 0) co_return fail(system_error(archive_path, errno));
  std::vector<std::string> arguments{"images", "import", "--all-platforms", archive_path};
  TRY_CO(output, co_await run_ctr(std::move(arguments)));
  std::vector<std::string> names = imported_names(output);
  if (names.empty()) co_return fail(Code::invalid, archive_path + ": holds no image");
  for (const std::string& name : names) TRY_CO_DO(co_await await_image(name));
  co_return names;
}

// The runtime learns of an image by an event a moment after ctr has stored it.
io::Task<Result<>> Images::await_image(std::string name) {
  const Time limit = loop_.now() + 10s;
  for (;;) {
    auto found = co_await runtime_->find_image(name);
    if (!found) co_return fail(std::move(found.error()));
    if (*found) co_return Result<>();
    if (loop_.now() > limit)
      co_return fail(Code::timeout, name + ": imported, but the runtime does not show it");
    co_await loop_.sleep(5ms);
  }
}

io::Task<Result<std::string>> Images::export_image(std::string name) {
  TRY_CO_DO(io::make_directories(paths_.images, 0700));
  const std::string file = fmt::format("{}/base-{:016x}.tar", paths_.images, stable_hash(name));
  std::vector<std::string> arguments{"images", "export", file, name};
  auto exported = co_await run_ctr(std::move(arguments));
  if (!exported) co_return fail(std::move(exported.error()));
  auto read = [file] { return io::read_file(file, archive_limit); };
  auto bytes = co_await pool_.run(loop_, std::move(read));
  ::unlink(file.c_str());
  co_return bytes;
}

io::Task<Result<Images::Built>> Images::build(std::string directory, std::string tag) {
  TRY_CO(prepared, prepare(directory, std::move(tag)));
  std::string base;
  if (!prepared.file.base.empty()) {
    auto exported = co_await export_image(full_image_name(prepared.file.base));
    if (!exported) co_return fail(exported.error().at("FROM " + prepared.file.base));
    base = std::move(*exported);
  }
  auto work = [file = prepared.file, directory, name = prepared.name, base = std::move(base)] {
    return build_image(file, directory, name, base);
  };
  TRY_CO(built, co_await pool_.run(loop_, std::move(work)));
  auto present = co_await runtime_->find_image(built.name);
  if (present && *present && (*present)->id == built.id) co_return Built(built.name, built.id);
  TRY_CO_DO(io::make_directories(paths_.images, 0700));
  const std::string file = fmt::format("{}/built-{:016x}.tar", paths_.images, stable_hash(built.name));
  auto write = [file, archive = std::move(built.archive)] { return io::write_file(file, archive); };
  TRY_CO_DO(co_await pool_.run(loop_, std::move(write)));
  auto imported = co_await import(file);
  ::unlink(file.c_str());
  if (!imported) co_return fail(std::move(imported.error()));
  co_return Built(built.name, built.id);
}

io::Task<Result<>> Images::build_all(std::string directory) {
  TRY_CO(names, io::list_directory(directory));
  for (const std::string& name : names) {
    const std::string folder = directory + "/" + name;
    if (::access((folder + "/Dockerfile").c_str(), R_OK) != 0) continue;
    auto built = co_await build(folder);
    if (!built) co_return fail(built.error().at(folder));
  }
  co_return Result<>();
}

io::Task<Result<std::vector<ImageInfo>>> Images::list() { return runtime_->list_images(); }

}  // namespace aloft::node
