// Which pods are evicted for what they wrote to the disk.
#include "node/storage_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file.h"
#include "model/codec.h"

namespace aloft::node {
namespace {

constexpr std::int64_t mebi = std::int64_t{1} << 20U;

core::v1::Pod writing_pod(std::string_view spec) {
  core::v1::Pod pod;
  pod.spec = model::from_json<core::v1::PodSpec>(spec).value();
  return pod;
}

std::string storage_verdict(const core::v1::Pod& pod, const StorageUse& use) {
  const auto failure = storage_failure(pod, use);
  return failure ? failure->reason + ": " + failure->message : "none";
}

TEST(StorageLimits, an_empty_folder_may_have_a_size) {
  const core::v1::Pod pod = writing_pod(R"({"volumes":[{"name":"v","emptyDir":{"sizeLimit":"5Mi"}},
      {"name":"free","emptyDir":{}},{"name":"m","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}}]})");
  EXPECT_TRUE(limits_storage(pod));
  EXPECT_THAT(disk_volumes_of(pod), testing::ElementsAre("v", "free"));
  EXPECT_EQ(storage_verdict(pod, {{{"v", 5 * mebi}, {"free", 50 * mebi}}, {}}), "none");
  EXPECT_EQ(storage_verdict(pod, {{{"v", 5 * mebi + 1}}, {}}),
            "Evicted: Usage of EmptyDir volume \"v\" exceeds the limit \"5Mi\". ");
}

TEST(StorageLimits, containers_have_their_own_and_one_together) {
  const core::v1::Pod pod = writing_pod(R"({"volumes":[{"name":"v","emptyDir":{}}],"containers":[
      {"name":"a","resources":{"limits":{"ephemeral-storage":"10Mi"}}},
      {"name":"b","resources":{"limits":{"ephemeral-storage":"20Mi"}}}]})");
  EXPECT_TRUE(limits_storage(pod));
  EXPECT_EQ(storage_verdict(pod, {{}, {{"a", 10 * mebi}, {"b", 20 * mebi}}}), "none");
  EXPECT_EQ(storage_verdict(pod, {{}, {{"a", 11 * mebi}}}),
            "Evicted: Container a exceeded its local ephemeral storage limit \"10Mi\". ");
  EXPECT_EQ(storage_verdict(pod, {{{"v", 25 * mebi}}, {{"a", 6 * mebi}}}),
            "Evicted: Pod ephemeral local storage usage exceeds the total limit of containers 30Mi. ");
  EXPECT_FALSE(limits_storage(writing_pod(R"({"volumes":[{"name":"v","emptyDir":{}}]})")));
}

TEST(StorageLimits, everything_below_a_folder_counts) {
  char pattern[] = "/tmp/aloft-storage-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern), nullptr);
  const std::string folder = pattern;
  ASSERT_TRUE(io::make_directories(folder + "/a/b", 0755));
  const std::int64_t before = bytes_below(folder);
  ASSERT_TRUE(io::write_file(folder + "/a/b/file", std::string(3 * mebi, 'x'), 0644));
  EXPECT_GE(bytes_below(folder) - before, 3 * mebi);
  ASSERT_TRUE(io::remove_tree(folder));
  EXPECT_EQ(bytes_below(folder), 0);
}

}  // namespace
}  // namespace aloft::node
