// See real_node.h.
#include "node/testing/real_node.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/ensure.h"
#include "io/file.h"
#include "node/cni.h"
#include "node/cri.h"

namespace aloft::node {

namespace {

std::string scratch_folder() {
  char name[] = "/tmp/aloft-node-XXXXXX";
  ensure(::mkdtemp(name) != nullptr, "a scratch folder can be made");
  return name;
}

// The images stand beside the test binary.
std::string images_folder() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
  return path.substr(0, path.rfind('/')) + "/images";
}

bool in_path(const std::string& program) {
  for (const char* folder :
       {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    if (::access((folder + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

std::string why_no_containers() {
  if (::geteuid() != 0) return "real containers need root";
  for (const char* program : {"containerd", "ctr", "runc", "ip", "iptables"}) {
    if (!in_path(program)) return std::string("real containers need ") + program;
  }
  if (::access("/usr/lib/cni/bridge", X_OK) != 0)
    return "real containers need the CNI plugins in /usr/lib/cni";
  if (::access((images_folder() + "/pause/pause").c_str(), X_OK) != 0) return "the images are not built";
  return {};
}

RealNode::RealNode(io::EpollLoop& loop) : loop_(loop), paths_(scratch_folder()) {
  containerd_ = std::make_unique<Containerd>(loop, paths_);
  PodNetwork network;
  // Test runs beside each other have networks of their own.
  network.cidr = fmt::format("10.211.{}.0/24", stable_hash(paths_.data) % 256);
  ensure(write_cni_configuration(paths_, network).has_value(), "the network configuration can be written");
  const auto started = loop.run_until_done(containerd_->start());
  ensure(started.has_value(), started ? "" : started.error().message());
  images_ = std::make_unique<Images>(loop, pool_, paths_);
  const auto built = loop.run_until_done(images_->build_all(images_folder()));
  ensure(built.has_value(), built ? "" : built.error().message());
  runtime_ = make_cri_runtime(loop, paths_.socket);
}

RealNode::~RealNode() {
  runtime_.reset();
  images_.reset();
  containerd_.reset();
  const auto removed = loop_.run_until_done(remove_node(loop_, paths_));
  ensure(removed.has_value(), removed ? "" : removed.error().message());
  (void)io::remove_tree(paths_.data);
}

}  // namespace aloft::node
