// Which images go when the disk fills up.
#include "node/image_collection.h"

#include <gtest/gtest.h>

namespace aloft::node {
namespace {

using Ids = std::vector<std::string>;

ImageInfo image_of(std::string id, std::uint64_t bytes, bool from_registry = true) {
  ImageInfo image;
  image.tags = {"r.example/" + id + ":1"};
  if (from_registry) image.digests = {"r.example/" + id + "@sha256:" + id};
  image.id = std::move(id);
  image.size_bytes = bytes;
  return image;
}

constexpr WallTime start{std::chrono::hours(1000)};

TEST(ImageCollection, begins_at_85_percent_and_ends_at_80) {
  MachineFacts machine;
  machine.disk_bytes = 1000;
  machine.disk_available_bytes = 151;
  EXPECT_EQ(bytes_to_free(machine), 0u);
  machine.disk_available_bytes = 150;
  EXPECT_EQ(bytes_to_free(machine), 50u);
  machine.disk_available_bytes = 0;
  EXPECT_EQ(bytes_to_free(machine), 200u);
  EXPECT_EQ(bytes_to_free(MachineFacts()), 0u);
}

TEST(ImageCollection, takes_what_was_used_longest_ago_and_no_more_than_needed) {
  ImageCollection collection;
  const std::vector<ImageInfo> images = {image_of("a", 10), image_of("b", 10), image_of("c", 10)};
  collection.look(images, {"a", "r.example/b:1"}, start);
  collection.look(images, {"r.example/b@sha256:b"}, start + 10min);
  collection.look(images, {}, start + 20min);
  EXPECT_EQ(collection.choose(1, start + 20min), Ids{"a"});
  EXPECT_EQ(collection.choose(11, start + 20min), (Ids{"a", "c"}));
  EXPECT_EQ(collection.choose(1000, start + 20min), (Ids{"a", "c", "b"}));
  EXPECT_EQ(collection.choose(0, start + 20min), Ids{});
}

TEST(ImageCollection, spares_what_is_used_what_is_young_and_what_cannot_be_had_again) {
  ImageCollection collection;
  collection.look({image_of("used", 10), image_of("built", 10, false)}, {"used"}, start);
  const std::vector<ImageInfo> images = {image_of("used", 10), image_of("built", 10, false),
                                         image_of("young", 10)};
  collection.look(images, {"used"}, start + 10min);
  EXPECT_EQ(collection.choose(1000, start + 10min), Ids{});
  EXPECT_EQ(collection.choose(1000, start + 12min), Ids{"young"});
}

}  // namespace
}  // namespace aloft::node
