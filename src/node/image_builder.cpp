// See image_builder.h. Media types and JSON members are those of the OCI image specification 1.0.
#include "node/image_builder.h"

#include <map>

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "http/tls.h"
#include "io/file.h"
#include "model/json.h"
#include "node/tar.h"

namespace aloft::node {

namespace {

using model::Array;
using model::Object;
using model::Value;

constexpr std::string_view manifest_type = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view image_config_type = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view layer_type = "application/vnd.oci.image.layer.v1.tar";
constexpr std::size_t file_limit = std::size_t{4} << 30U;

std::string digest_of(std::string_view bytes) { return "sha256:" + hex_encode(http::sha256(bytes)); }

Object descriptor(std::string_view type, std::string_view bytes) {
  return Object{
      {"mediaType", type}, {"digest", digest_of(bytes)}, {"size", static_cast<std::int64_t>(bytes.size())}};
}

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

// The files of the layer by path, so that a later copy replaces an earlier one and the order is always the
// same.
class Layer {
 public:
  explicit Layer(const std::string& directory) : directory_(directory) {}

  Result<> copy(const CopyStep& step) {
    for (const std::string& pattern : step.sources) {
      TRY(sources, matches(pattern));
      for (const std::string& source : sources) TRY_DO(copy_one(source, step));
    }
    return {};
  }

  void add_folder(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.empty() || entries_.contains(std::string(path))) return;
    if (const std::size_t slash = path.rfind('/'); slash != std::string_view::npos)
      add_folder(path.substr(0, slash));
    TarEntry entry;
    entry.type = TarEntry::Type::folder;
    entry.path = path;
    entry.mode = 0755;
    entries_[entry.path] = entry;
  }

  std::string to_tar() const {
    std::vector<TarEntry> entries;
    for (const auto& [path, entry] : entries_) entries.push_back(entry);
    return write_tar(entries);
  }
  bool empty() const { return entries_.empty(); }

 private:
  Result<std::vector<std::string>> matches(const std::string& pattern) const {
    std::string path = pattern;
    while (path.starts_with('/') || path.starts_with("./")) path.erase(0, path.starts_with('/') ? 1 : 2);
    if (("/" + path + "/").find("/../") != std::string::npos) {
      return fail(Code::invalid, pattern + ": outside of the folder that is built");
    }
    if (path.find_first_of("*?[") == std::string::npos) return std::vector<std::string>{path};
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    TRY(candidates, io::list_directory(directory_ + "/" + folder));
    std::vector<std::string> found;
    for (const std::string& candidate : candidates) {
      if (::fnmatch(name.c_str(), candidate.c_str(), FNM_PERIOD) == 0) found.push_back(folder + candidate);
    }
    if (found.empty()) return fail(Code::not_found, pattern + ": no file matches");
    return found;
  }

  Result<> copy_one(const std::string& source, const CopyStep& step) {
    const std::string from = directory_ + "/" + source;
    struct stat status{};
    if (::lstat(from.c_str(), &status) != 0) return fail(system_error(source, errno));
    std::string target = step.target.substr(step.target.find_first_not_of('/') == std::string::npos
                                                ? step.target.size()
                                                : step.target.find_first_not_of('/'));
    if (S_ISDIR(status.st_mode)) {
      add_folder(target);
      return copy_folder(from, target, step);
    }
    const auto known = entries_.find(target);
    const bool into = target.empty() || target.ends_with('/') ||
                      (known != entries_.end() && known->second.type == TarEntry::Type::folder);
    if (into) {
      while (target.ends_with('/')) target.pop_back();
      target += (target.empty() ? "" : "/") + base_name(source);
    }
    return add(from, target, step);
  }

  Result<> copy_folder(const std::string& from, std::string target, const CopyStep& step) {
    while (target.ends_with('/')) target.pop_back();
    TRY(names, io::list_directory(from));
    for (const std::string& name : names) {
      TRY_DO(add(from + "/" + name, target.empty() ? name : target + "/" + name, step));
    }
    return {};
  }

  Result<> add(const std::string& from, const std::string& target, const CopyStep& step) {
    struct stat status{};
    if (::lstat(from.c_str(), &status) != 0) return fail(system_error(from, errno));
    if (const std::size_t slash = target.rfind('/'); slash != std::string::npos)
      add_folder(target.substr(0, slash));
    TarEntry entry;
    entry.path = target;
    entry.uid = step.uid;
    entry.gid = step.gid;
    entry.mode = step.mode.value_or(static_cast<int>(status.st_mode & 07777U));
    if (S_ISDIR(status.st_mode)) {
      entry.type = TarEntry::Type::folder;
      entries_[target] = entry;
      return copy_folder(from, target, step);
    }
    if (S_ISLNK(status.st_mode)) {
      std::string link(4096, '\0');
      const ssize_t length = ::readlink(from.c_str(), link.data(), link.size());
      if (length < 0) return fail(system_error(from, errno));
      link.resize(static_cast<std::size_t>(length));
      entry.type = TarEntry::Type::symlink;
      entry.mode = 0777;
      entry.content = link;
    } else if (S_ISREG(status.st_mode)) {
      TRY(content, io::read_file(from, file_limit));
      entry.content = std::move(content);
    } else {
      return fail(Code::invalid, from + ": neither a file, a folder nor a symbolic link");
    }
    entries_[target] = std::move(entry);
    return {};
  }

  const std::string& directory_;
  std::map<std::string, TarEntry> entries_;
};

// What an image is built upon.
struct Base {
  Value config = Value(Object());
  Array layers;                                            // descriptors
  std::vector<std::pair<std::string, std::string>> blobs;  // digest and bytes of each layer
};

class ArchiveReader {
 public:
  static Result<Base> read(std::string_view archive) {
    ArchiveReader reader;
    TRY(entries, read_tar(archive));
    for (const TarView& entry : entries) reader.files_[entry.path] = entry.content;
    return reader.take();
  }

 private:
  Result<Value> document(const std::string& path) const {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(Code::invalid, "image archive: " + path + " is missing");
    return model::parse_json(found->second);
  }
  static std::string blob_path(std::string_view digest) {
    const std::size_t colon = digest.find(':');
    return fmt::format("blobs/{}/{}", digest.substr(0, colon),
                       digest.substr(std::min(colon + 1, digest.size())));
  }

  // Follows an index to the manifest for this kind of machine.
  Result<Value> manifest_of(const Value& index, int depth) const {
    const Value* manifests = index.at("manifests");
    if (manifests == nullptr || !manifests->is_array() || depth > 3) {
      return fail(Code::invalid, "image archive: no manifest");
    }
    for (const Value& entry : manifests->as_array()) {
      const std::string_view architecture = entry.text_at("platform", "architecture");
      if (!architecture.empty() && architecture != "amd64") continue;
      TRY(found, document(blob_path(entry.text_at("digest"))));
      if (found.at("manifests") != nullptr) return manifest_of(found, depth + 1);
      return found;
    }
    return fail(Code::invalid, "image archive: no manifest for amd64");
  }

  Result<Base> take() const {
    TRY(index, document("index.json"));
    TRY(manifest, manifest_of(index, 0));
    Base base;
    TRY(config, document(blob_path(manifest.text_at("config", "digest"))));
    base.config = std::move(config);
    const Value* layers = manifest.at("layers");
    if (layers == nullptr || !layers->is_array()) return fail(Code::invalid, "image archive: no layers");
    base.layers = layers->as_array();
    for (const Value& layer : base.layers) {
      const std::string digest(layer.text_at("digest"));
      const auto found = files_.find(blob_path(digest));
      if (found == files_.end()) return fail(Code::invalid, "image archive: layer " + digest + " is missing");
      base.blobs.emplace_back(digest, std::string(found->second));
    }
    return base;
  }

  std::map<std::string, std::string_view> files_;
};

Value string_array(const std::vector<std::string>& strings) {
  Array out;
  for (const std::string& text : strings) out.emplace_back(text);
  return Value(std::move(out));
}

Object& member_object(Object& config, std::string_view name) {
  Value& member = config[name];
  if (!member.is_object()) member = Value(Object());
  return *member.if_object();
}

void add_keys(Object& config, std::string_view name, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) member_object(config, name).set(key, Object());
}

// Writes what the Dockerfile says over the settings of the base image.
void set_config(Object& config, const Dockerfile& file) {
  Array environment;
  if (const Value* inherited = config.find("Env"); inherited != nullptr && inherited->is_array()) {
    environment = inherited->as_array();
  }
  for (const auto& [name, value] : file.environment) {
    std::erase_if(environment, [&](const Value& old) {
      return old.is_string() && old.as_string().starts_with(name + "=");
    });
    environment.emplace_back(name + "=" + value);
  }
  if (!environment.empty()) config.set("Env", std::move(environment));
  add_keys(config, "ExposedPorts", file.ports);
  add_keys(config, "Volumes", file.volumes);
  for (const auto& [name, value] : file.labels) member_object(config, "Labels").set(name, value);
  if (file.entrypoint) {
    config.set("Entrypoint", string_array(*file.entrypoint));
    config.erase("Cmd");
  }
  if (file.command) config.set("Cmd", string_array(*file.command));
  if (!file.working_directory.empty()) config.set("WorkingDir", file.working_directory);
  if (!file.user.empty()) config.set("User", file.user);
  if (!file.stop_signal.empty()) config.set("StopSignal", file.stop_signal);
}

void add_blob(std::vector<TarEntry>& entries, std::string_view digest, std::string bytes) {
  TarEntry entry;
  entry.path = "blobs/sha256/" + std::string(digest.substr(digest.find(':') + 1));
  entry.content = std::move(bytes);
  for (const TarEntry& known : entries) {
    if (known.path == entry.path) return;
  }
  entries.push_back(std::move(entry));
}

}  // namespace

Result<BuiltImage> build_image(const Dockerfile& file, const std::string& directory, std::string_view name,
                               std::string_view base_archive) {
  Base base;
  if (!base_archive.empty()) {
    TRY(read, ArchiveReader::read(base_archive));
    base = std::move(read);
  }
  Layer layer(directory);
  for (const CopyStep& step : file.copies) TRY_DO(layer.copy(step));
  if (!file.working_directory.empty()) layer.add_folder(file.working_directory);

  Object& config = *base.config.if_object();
  if (!config.contains("architecture")) config.set("architecture", "amd64");
  if (!config.contains("os")) config.set("os", "linux");
  set_config(member_object(config, "config"), file);
  Object& root = member_object(config, "rootfs");
  root.set("type", "layers");
  if (root.find("diff_ids") == nullptr) root.set("diff_ids", Array());
  if (!layer.empty() || base.layers.empty()) {
    std::string bytes = layer.to_tar();
    const std::string digest = digest_of(bytes);
    root.find("diff_ids")->as_array().emplace_back(digest);
    base.layers.emplace_back(descriptor(layer_type, bytes));
    base.blobs.emplace_back(digest, std::move(bytes));
  }

  const std::string config_text = model::to_json(base.config);
  const Object manifest{{"schemaVersion", 2},
                        {"mediaType", manifest_type},
                        {"config", descriptor(image_config_type, config_text)},
                        {"layers", base.layers}};
  const std::string manifest_text = model::to_json(Value(manifest));
  BuiltImage built;
  built.name = full_image_name(name);
  built.id = digest_of(config_text);
  Object entry = descriptor(manifest_type, manifest_text);
  entry.set("annotations", Object{{"io.containerd.image.name", built.name}});
  entry.set("platform", Object{{"architecture", "amd64"}, {"os", "linux"}});
  const Object index{{"schemaVersion", 2}, {"manifests", Array{Value(entry)}}};

  std::vector<TarEntry> entries(2);
  entries[0].path = "oci-layout";
  entries[0].content = R"({"imageLayoutVersion":"1.0.0"})";
  entries[1].path = "index.json";
  entries[1].content = model::to_json(Value(index));
  for (auto& [digest, bytes] : base.blobs) add_blob(entries, digest, std::move(bytes));
  add_blob(entries, built.id, config_text);
  add_blob(entries, digest_of(manifest_text), manifest_text);
  built.archive = write_tar(entries);
  return built;
}

std::string full_image_name(std::string_view name) {
  std::string full(name);
  const std::size_t slash = full.find('/');
  const std::string first = full.substr(0, slash);
  const bool has_host =
      slash != std::string::npos && (first.find_first_of(".:") != std::string::npos || first == "localhost");
  if (!has_host) full = (slash == std::string::npos ? "docker.io/library/" : "docker.io/") + full;
  if (full.find('@') != std::string::npos) return full;
  const std::size_t colon = full.rfind(':');
  if (colon == std::string::npos || colon < full.rfind('/')) full += ":latest";
  return full;
}

}  // namespace aloft::node
