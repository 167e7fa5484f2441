// Files in volumes: all at once, following their objects, and never outside of their folder.
#include "node/volumes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "model/codec.h"

namespace aloft::node {
namespace {

class VolumesTest : public testing::Test {
 protected:
  VolumesTest() {
    char name[] = "/tmp/aloft-volumes-XXXXXX";
    folder = ::mkdtemp(name);
    core::v1::ConfigMap map;
    map.data = {{"a.conf", "one"}, {"b.conf", "two"}};
    sources.config_maps["settings"] = std::make_shared<core::v1::ConfigMap>(map);
  }
  ~VolumesTest() override { (void)remove_pod_folder(folder); }

  static core::v1::Pod pod_with(std::string_view volume) {
    core::v1::Pod pod;
    pod.metadata.name = "web";
    pod.metadata.namespace_ = "default";
    pod.metadata.labels["app"] = "web";
    pod.spec.volumes.push_back(model::from_json<core::v1::Volume>(volume).value());
    return pod;
  }
  Result<> make(std::string_view volume, std::string_view version = "2026-01-02T03:04:05.1Z") {
    auto plans = plan_volumes(pod_with(volume), folder, sources, tokens, {});
    if (!plans) return fail(plans.error());
    return make_volumes(*plans, std::string(version));
  }
  std::string read(const std::string& path) const {
    return io::read_file(folder + "/volumes/v/" + path).value_or("missing");
  }
  static int mode_of(const std::string& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return static_cast<int>(status.st_mode & 07777U);
  }

  std::string folder;
  ConfigSources sources;
  Tokens tokens;
};

TEST_F(VolumesTest, secrets_and_tokens_stand_in_memory_and_config_maps_on_disk) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const auto on_own_device = [this] {
    struct stat volume{};
    struct stat around{};
    EXPECT_EQ(::stat((folder + "/volumes/v").c_str(), &volume), 0);
    EXPECT_EQ(::stat(folder.c_str(), &around), 0);
    return volume.st_dev != around.st_dev;
  };
  core::v1::Secret secret;
  secret.data["key"] = {std::byte{'s'}};
  sources.secrets["hidden"] = std::make_shared<core::v1::Secret>(secret);
  const std::string volume = R"({"name":"v","secret":{"secretName":"hidden"}})";
  ASSERT_TRUE(make(volume));
  EXPECT_TRUE(on_own_device());
  EXPECT_EQ(read("key"), "s");
  ASSERT_TRUE(make(volume)) << "again without a second mount";
  ASSERT_TRUE(remove_pod_folder(folder));
  EXPECT_NE(::access(folder.c_str(), F_OK), 0);
  ASSERT_TRUE(make(R"({"name":"v","configMap":{"name":"settings"}})"));
  EXPECT_FALSE(on_own_device());
}

TEST_F(VolumesTest, a_config_map_becomes_files_that_follow_it) {
  const std::string volume = R"({"name":"v","configMap":{"name":"settings","defaultMode":256}})";
  ASSERT_TRUE(make(volume));
  EXPECT_EQ(read("a.conf"), "one");
  EXPECT_EQ(read("..data/b.conf"), "two");
  EXPECT_EQ(mode_of(folder + "/volumes/v/a.conf"), 0400);
  core::v1::ConfigMap changed;
  changed.data = {{"a.conf", "changed"}, {"c.conf", "three"}};
  sources.config_maps["settings"] = std::make_shared<core::v1::ConfigMap>(changed);
  ASSERT_TRUE(make(volume, "2026-01-02T03:05:05.1Z"));
  EXPECT_EQ(read("a.conf"), "changed");
  EXPECT_EQ(read("b.conf"), "missing");
  EXPECT_EQ(read("c.conf"), "three");
  const auto names = io::list_directory(folder + "/volumes/v").value();
  EXPECT_EQ(names.size(), 4U) << "..data, one set, and a link for each file";
}

TEST_F(VolumesTest, nothing_is_touched_when_nothing_changed) {
  const std::string volume = R"({"name":"v","configMap":{"name":"settings"}})";
  ASSERT_TRUE(make(volume, "2026-01-02T03:04:05.1Z"));
  const auto before = io::list_directory(folder + "/volumes/v").value();
  ASSERT_TRUE(make(volume, "2026-01-02T03:09:05.1Z"));
  EXPECT_EQ(io::list_directory(folder + "/volumes/v").value(), before);
}

TEST_F(VolumesTest, keys_are_placed_where_items_say) {
  ASSERT_TRUE(make(
      R"({"name":"v","configMap":{"name":"settings",
          "items":[{"key":"a.conf","path":"deep/er/x","mode":384}]}})"));
  EXPECT_EQ(read("deep/er/x"), "one");
  EXPECT_EQ(read("b.conf"), "missing");
  EXPECT_EQ(mode_of(folder + "/volumes/v/deep/er/x"), 0600);
}

TEST_F(VolumesTest, sources_are_projected_together) {
  TokenWish wish;
  wish.seconds = 3607;
  tokens[wish] = "a.b.c";
  ASSERT_TRUE(make(R"({"name":"v","projected":{"sources":[
      {"serviceAccountToken":{"path":"token","expirationSeconds":3607}},
      {"configMap":{"name":"settings","items":[{"key":"a.conf","path":"ca.crt"}]}},
      {"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"fieldPath":"metadata.namespace"}}]}}]}})"));
  EXPECT_EQ(read("token"), "a.b.c");
  EXPECT_EQ(read("ca.crt"), "one");
  EXPECT_EQ(read("namespace"), "default");
}

TEST_F(VolumesTest, what_is_missing_is_named_with_its_volume) {
  EXPECT_EQ(make(R"({"name":"v","secret":{"secretName":"keys"}})").error().message(),
            "MountVolume.SetUp failed for volume \"v\" : secret \"keys\" not found");
  EXPECT_EQ(make(R"({"name":"v","configMap":{"name":"settings","items":[{"key":"x","path":"x"}]}})")
                .error()
                .message(),
            "MountVolume.SetUp failed for volume \"v\" : configmap references non-existent config key: x");
  EXPECT_TRUE(make(R"({"name":"v","secret":{"secretName":"keys","optional":true}})"));
  EXPECT_EQ(
      make(R"({"name":"v","hostPath":{"path":"/etc","type":"Socket"}})").error().message(),
      "MountVolume.SetUp failed for volume \"v\" : hostPath type check failed: /etc is not a socket file");
  EXPECT_EQ(
      make(R"({"name":"v","hostPath":{"path":"/nowhere/at/all","type":"Directory"}})").error().message(),
      "MountVolume.SetUp failed for volume \"v\" : hostPath type check failed: /nowhere/at/all is not a "
      "directory");
}

TEST_F(VolumesTest, paths_that_leave_a_volume_are_refused) {
  EXPECT_FALSE(
      make(R"({"name":"v","configMap":{"name":"settings","items":[{"key":"a.conf","path":"../x"}]}})"));
  ASSERT_TRUE(make(R"({"name":"v","emptyDir":{}})"));
  const std::string volume = folder + "/volumes/v";
  EXPECT_EQ(resolve_sub_path(volume, "made/here").value(), volume + "/made/here");
  // As open as the volume, from the first folder on.
  EXPECT_EQ(mode_of(volume + "/made"), mode_of(volume));
  EXPECT_EQ(mode_of(volume + "/made/here"), mode_of(volume));
  EXPECT_FALSE(resolve_sub_path(volume, "../other"));
  EXPECT_FALSE(resolve_sub_path(volume, "/etc"));
  ASSERT_EQ(::symlink("/etc", (volume + "/trap").c_str()), 0);
  EXPECT_FALSE(resolve_sub_path(volume, "trap/ssl"));
  EXPECT_FALSE(resolve_sub_path(volume, "trap/made/behind/a/link"));
  EXPECT_NE(::access("/etc/made", F_OK), 0);
}

TEST_F(VolumesTest, an_empty_folder_is_open_to_all_and_goes_with_its_pod) {
  ASSERT_TRUE(make(R"({"name":"v","emptyDir":{}})"));
  EXPECT_EQ(mode_of(folder + "/volumes/v"), 0777);
  ASSERT_TRUE(remove_pod_folder(folder));
  EXPECT_NE(::access(folder.c_str(), F_OK), 0);
}

TEST_F(VolumesTest, a_memory_volume_is_mounted_and_unmounted) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  ASSERT_TRUE(make(R"({"name":"v","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}})"));
  EXPECT_NE(io::read_file("/proc/self/mountinfo").value().find(folder), std::string::npos);
  ASSERT_TRUE(remove_pod_folder(folder));
  EXPECT_EQ(io::read_file("/proc/self/mountinfo").value().find(folder), std::string::npos);
}

}  // namespace
}  // namespace aloft::node
