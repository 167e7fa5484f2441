// Images are made of the folder's files, are equal when their inputs are, and stand on other images.
#include "node/image_builder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/file.h"
#include "model/json.h"
#include "node/tar.h"

namespace aloft::node {
namespace {

class ImageBuilder : public testing::Test {
 protected:
  ImageBuilder() {
    char name[] = "/tmp/aloft-images-XXXXXX";
    folder_ = ::mkdtemp(name);
    write("hello", "program", 0755);
    write("rootfs/bin/busybox", "tools", 0755);
    EXPECT_EQ(::symlink("busybox", (folder_ + "/rootfs/bin/sh").c_str()), 0);
  }
  ~ImageBuilder() override { (void)io::remove_tree(folder_); }

  void write(const std::string& path, std::string_view content, int mode = 0644) {
    const std::string whole = folder_ + "/" + path;
    ASSERT_TRUE(io::make_directories(whole.substr(0, whole.rfind('/'))));
    ASSERT_TRUE(io::write_file(whole, content, mode));
  }
  Result<BuiltImage> build(std::string_view text, std::string_view base = {}) {
    auto file = parse_dockerfile(text);
    if (!file) return fail(file.error());
    return build_image(*file, folder_, "hello:1", base);
  }
  static std::string blob(const BuiltImage& image, std::string_view digest) {
    const auto entries = read_tar(image.archive);
    for (const TarView& entry : *entries) {
      if (entry.path == "blobs/sha256/" + std::string(digest.substr(7))) return std::string(entry.content);
    }
    return {};
  }

  std::string folder_;
};

TEST_F(ImageBuilder, copies_files_and_links_below_their_target) {
  const auto image =
      build("FROM scratch\nCOPY rootfs /\nCOPY hello /app/\nENV A=b\nENTRYPOINT [\"/app/hello\"]\n");
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(image->name, "docker.io/library/hello:1");
  const auto config = model::parse_json(blob(*image, image->id));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->at("config", "Entrypoint")->as_array()[0].as_string(), "/app/hello");
  EXPECT_EQ(config->at("config", "Env")->as_array()[0].as_string(), "A=b");
  const std::string layer = blob(*image, config->at("rootfs", "diff_ids")->as_array()[0].as_string());
  const auto files = read_tar(layer);
  ASSERT_TRUE(files);
  std::vector<std::string> paths;
  for (const TarView& entry : *files) paths.push_back(entry.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"app", "app/hello", "bin", "bin/busybox", "bin/sh"}));
  EXPECT_EQ((*files)[1].mode, 0755);
  EXPECT_EQ((*files)[4].content, "busybox");
}

TEST_F(ImageBuilder, the_same_inputs_give_the_same_image) {
  const std::string text = "FROM scratch\nCOPY . /\nLABEL a=b\n";
  const auto first = build(text);
  const auto second = build(text);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->archive, second->archive);
  write("hello", "other program", 0755);
  EXPECT_NE(build(text)->id, first->id);
}

TEST_F(ImageBuilder, an_image_stands_on_another) {
  const auto base = build("FROM scratch\nCOPY rootfs /\nENV A=1 B=2\nCMD [\"sh\"]\n");
  ASSERT_TRUE(base);
  const auto image = build("FROM base\nCOPY hello /hello\nENV B=3\n", base->archive);
  ASSERT_TRUE(image) << image.error().message();
  const auto config = model::parse_json(blob(*image, image->id));
  EXPECT_EQ(config->at("rootfs", "diff_ids")->as_array().size(), 2U);
  EXPECT_EQ(model::to_json(*config->at("config", "Env")), R"(["A=1","B=3"])");
  EXPECT_EQ(model::to_json(*config->at("config", "Cmd")), R"(["sh"])");
}

TEST_F(ImageBuilder, files_outside_of_the_folder_are_refused) {
  EXPECT_EQ(build("FROM scratch\nCOPY ../secret /\n").error().message(),
            "../secret: outside of the folder that is built");
  EXPECT_EQ(build("FROM scratch\nCOPY missing /\n").error().code(), Code::not_found);
  EXPECT_EQ(build("FROM scratch\nCOPY *.txt /x/\n").error().message(), "*.txt: no file matches");
}

TEST(ImageName, is_completed_as_runtimes_do) {
  EXPECT_EQ(full_image_name("hello"), "docker.io/library/hello:latest");
  EXPECT_EQ(full_image_name("hello:1"), "docker.io/library/hello:1");
  EXPECT_EQ(full_image_name("me/hello"), "docker.io/me/hello:latest");
  EXPECT_EQ(full_image_name("localhost/hello:1"), "localhost/hello:1");
  EXPECT_EQ(full_image_name("host:5000/hello"), "host:5000/hello:latest");
  EXPECT_EQ(full_image_name("a.b/c@sha256:00"), "a.b/c@sha256:00");
}

}  // namespace
}  // namespace aloft::node
