// Archives come back as they went in, equal entries give equal bytes, and broken archives are refused.
#include "node/tar.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::node {
namespace {

TarEntry file_entry(std::string path, std::string content, int mode = 0644) {
  TarEntry entry;
  entry.path = std::move(path);
  entry.content = std::move(content);
  entry.mode = mode;
  return entry;
}

TEST(Tar, files_folders_and_links_come_back) {
  TarEntry folder;
  folder.type = TarEntry::Type::folder;
  folder.path = "bin";
  folder.mode = 0755;
  TarEntry link;
  link.type = TarEntry::Type::symlink;
  link.path = "bin/sh";
  link.content = "busybox";
  const std::string archive =
      write_tar({folder, file_entry("bin/busybox", std::string(1000, 'x'), 0755), link});
  EXPECT_EQ(archive.size() % 512, 0U);
  const auto entries = read_tar(archive);
  ASSERT_TRUE(entries) << entries.error().message();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].path, "bin");
  EXPECT_EQ((*entries)[0].type, TarEntry::Type::folder);
  EXPECT_EQ((*entries)[1].content, std::string(1000, 'x'));
  EXPECT_EQ((*entries)[1].mode, 0755);
  EXPECT_EQ((*entries)[2].content, "busybox");
}

TEST(Tar, any_paths_and_contents_come_back) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& contents) {
    std::vector<TarEntry> entries;
    for (std::size_t i = 0; i < contents.size(); ++i) {
      entries.push_back(file_entry(std::string(1 + i * 37, 'p') + "/" + std::to_string(i), contents[i]));
    }
    const std::string archive = write_tar(entries);
    const auto back = read_tar(archive);
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->size() == entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      RC_ASSERT((*back)[i].path == entries[i].path);
      RC_ASSERT((*back)[i].content == entries[i].content);
    }
  }));
}

TEST(Tar, any_bytes_are_read_or_refused) {
  EXPECT_TRUE(rc::check([](std::string bytes) {
    std::string archive = write_tar({file_entry("a", "content")});
    for (std::size_t i = 0; i < bytes.size() && i < archive.size(); ++i) {
      archive[(i * 131) % archive.size()] = bytes[i];
    }
    (void)read_tar(archive);
  }));
}

TEST(Tar, an_archive_that_ends_inside_a_file_is_refused) {
  const std::string archive = write_tar({file_entry("a", std::string(2000, 'x'))});
  const auto entries = read_tar(std::string_view(archive).substr(0, 1024));
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().message(), "tar: offset 0: the archive ends inside an entry");
}

}  // namespace
}  // namespace aloft::node
