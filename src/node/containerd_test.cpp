// Real containers in a private containerd: a pod starts and answers, containerd survives its starter, and
// nothing is left when a node is removed. Skipped where containers cannot be run.
#include "node/containerd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io/file.h"
#include "io/net.h"
#include "node/cri.h"
#include "node/testing/real_node.h"

namespace aloft::node {
namespace {

using testing::HasSubstr;

SandboxConfig sandbox_of(const NodePaths& paths, const std::string& uid) {
  SandboxConfig config;
  config.pod_uid = uid;
  config.pod_name = "hello";
  config.ns = "default";
  config.hostname = "hello";
  config.log_directory = paths.logs + "/" + uid;
  config.cgroup_parent = paths.cgroup + "/pod-" + uid;
  config.dns.servers = {"10.96.0.10"};
  config.labels[std::string(label_pod_uid)] = uid;
  return config;
}

ContainerConfig hello_of(const std::string& uid) {
  ContainerConfig config;
  config.name = "hello";
  config.image = "hello:1";
  config.labels[std::string(label_pod_uid)] = uid;
  config.environment = {{"GREETING", "Good morning"}};
  config.log_path = "hello/0.log";
  config.limits.memory_bytes = 64 << 20;
  config.limits.cpu_shares = 128;
  return config;
}

io::Task<std::string> fetch(io::EpollLoop& loop, std::string ip) {
  for (int attempt = 0; attempt < 200; ++attempt) {
    io::Address address;
    address.host = ip;
    address.port = 8080;
    auto stream = co_await io::connect(loop, std::move(address));
    if (stream) {
      (void)co_await (*stream)->write("GET / HTTP/1.1\r\nHost: hello\r\n\r\n");
      auto answer = co_await io::read_all(**stream, 10'000);
      co_return answer ? *answer : answer.error().message();
    }
    co_await loop.sleep(10ms);
  }
  co_return "no answer";
}

class ContainerdTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_containers(); !why.empty()) GTEST_SKIP() << why;
    node = std::make_unique<RealNode>(loop);
  }
  template <class T>
  T run(io::Task<Result<T>> task) {
    auto result = loop.run_until_done(std::move(task));
    EXPECT_TRUE(result) << result.error().message();
    return result ? *result : T();
  }
  void run(io::Task<Result<>> task) {
    const auto result = loop.run_until_done(std::move(task));
    EXPECT_TRUE(result) << result.error().message();
  }

  io::EpollLoop loop;
  std::unique_ptr<RealNode> node;
};

TEST_F(ContainerdTest, a_pod_starts_answers_and_ends) {
  Runtime& runtime = node->runtime();
  EXPECT_EQ(run(runtime.version()).name, "containerd");
  run(runtime.check_ready());
  std::vector<std::string> changes;
  runtime.on_change([&changes](const std::string& id) { changes.push_back(id); });

  const SandboxConfig sandbox = sandbox_of(node->paths(), "uid-1");
  ASSERT_TRUE(io::make_directories(sandbox.log_directory + "/hello"));
  const std::string sandbox_id = run(runtime.run_sandbox(sandbox));
  const std::string id = run(runtime.create_container(sandbox_id, hello_of("uid-1"), sandbox));
  run(runtime.start_container(id));

  RuntimePod pod = run(runtime.inspect_pod("uid-1"));
  ASSERT_EQ(pod.sandboxes.size(), 1U);
  ASSERT_EQ(pod.sandboxes[0].ips.size(), 1U);
  ASSERT_EQ(pod.containers.size(), 1U);
  EXPECT_EQ(pod.containers[0].state, Container::State::running);
  EXPECT_EQ(pod.containers[0].sandbox_id, sandbox_id);
  EXPECT_THAT(loop.run_until_done(fetch(loop, pod.sandboxes[0].ips[0])),
              HasSubstr("Good morning from hello (version 1)"));

  const ExecResult shell = run(runtime.exec(id, {"sh", "-c", "cat /etc/resolv.conf; exit 3"}, 5s));
  EXPECT_EQ(shell.code, 3);
  EXPECT_THAT(shell.output, HasSubstr("nameserver 10.96.0.10"));
  Runtime::StreamOptions options;
  options.command = {"sh"};
  options.output = true;
  EXPECT_THAT(run(runtime.exec_url(id, options)), HasSubstr("http://127.0.0.1:"));
  const auto usage = run(runtime.usage());
  ASSERT_EQ(usage.size(), 1U);
  EXPECT_GT(usage[0].memory_bytes, 0U);

  run(runtime.stop_container(id, 5s));
  pod = run(runtime.inspect_pod("uid-1"));
  EXPECT_EQ(pod.containers[0].state, Container::State::exited);
  EXPECT_EQ(pod.containers[0].exit_code, 0);
  EXPECT_EQ(pod.containers[0].reason, "Completed");
  EXPECT_THAT(changes, testing::Contains(id));
  EXPECT_THAT(io::read_file(sandbox.log_directory + "/hello/0.log").value(),
              HasSubstr("stdout F hello: listening"));
  run(runtime.stop_sandbox(sandbox_id));
  run(runtime.remove_sandbox(sandbox_id));
  EXPECT_TRUE(run(runtime.list_pods()).empty());
}

TEST_F(ContainerdTest, it_survives_its_starter_and_is_found_again) {
  const pid_t first = node->containerd().pid();
  const SandboxConfig sandbox = sandbox_of(node->paths(), "uid-2");
  run(node->runtime().run_sandbox(sandbox));
  {
    Containerd again(loop, node->paths());
    run(again.start());
    EXPECT_EQ(again.pid(), first);
  }
  EXPECT_EQ(run(node->runtime().list_pods()).size(), 1U);
}

TEST_F(ContainerdTest, it_is_started_again_when_it_dies_and_its_pods_go_on) {
  const pid_t first = node->containerd().pid();
  run(node->runtime().run_sandbox(sandbox_of(node->paths(), "uid-3")));
  ::kill(first, SIGKILL);
  const auto pods = loop.run_until_done(
      [](Runtime& runtime, io::Loop& on, Containerd& containerd, pid_t killed) -> io::Task<std::size_t> {
        for (;;) {
          if (containerd.pid() != killed) {
            auto found = co_await runtime.list_pods();
            if (found) co_return found->size();
          }
          co_await on.sleep(20ms);
        }
      }(node->runtime(), loop, node->containerd(), first));
  EXPECT_EQ(pods, 1U);
}

TEST_F(ContainerdTest, removing_the_node_leaves_nothing_behind) {
  const NodePaths paths = node->paths();
  const SandboxConfig sandbox = sandbox_of(paths, "uid-4");
  const std::string sandbox_id = run(node->runtime().run_sandbox(sandbox));
  const std::string id = run(node->runtime().create_container(sandbox_id, hello_of("uid-4"), sandbox));
  run(node->runtime().start_container(id));
  const pid_t pid = node->containerd().pid();
  node.reset();
  EXPECT_EQ(io::read_file("/proc/" + std::to_string(pid) + "/cmdline").value_or(""), "");
  EXPECT_EQ(io::read_file("/proc/self/mountinfo").value().find(paths.data), std::string::npos);
  EXPECT_NE(::access(("/sys/class/net/" + paths.bridge).c_str(), F_OK), 0);
  EXPECT_NE(::access(("/sys/fs/cgroup/memory" + paths.cgroup).c_str(), F_OK), 0);
  EXPECT_NE(::access(paths.data.c_str(), F_OK), 0);
}

TEST_F(ContainerdTest, images_are_built_listed_and_stand_on_others) {
  const auto images = run(node->images().list());
  std::vector<std::string> names;
  for (const ImageInfo& image : images) names.insert(names.end(), image.tags.begin(), image.tags.end());
  EXPECT_THAT(names, testing::IsSupersetOf({"docker.io/library/hello:1", "aloft.local/pause:1"}));
  const std::string folder = node->paths().data + "/derived";
  ASSERT_TRUE(io::make_directories(folder));
  ASSERT_TRUE(io::write_file(folder + "/Dockerfile", "FROM hello:1\nENV VERSION=2\nCOPY Dockerfile /etc/\n"));
  const auto built = loop.run_until_done(node->images().build(folder, "hello:2"));
  ASSERT_TRUE(built) << built.error().message();
  EXPECT_EQ(built->name, "docker.io/library/hello:2");
  EXPECT_TRUE(run(node->runtime().find_image("hello:2")).has_value());
  EXPECT_FALSE(run(node->runtime().find_image("hello:3")).has_value());
}

}  // namespace
}  // namespace aloft::node
