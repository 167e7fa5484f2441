// Which names of images are names, and what is said of those that are not.
#include "node/image_name.h"

#include <string>

#include <gtest/gtest.h>

namespace aloft::node {
namespace {

TEST(ImageName, may_have_a_host_a_tag_and_a_digest) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const std::string name :
       {"web", "web:1", "me/web", "localhost/web:1", "host:5000/web", "a.b/c/d-e__f.g:v1.2_x",
        "REG.example/x", "127.0.0.1:5000/x", "[::1]:5000/x", "web:latest"}) {
    EXPECT_TRUE(check_image_name(name)) << name;
    EXPECT_TRUE(check_image_name(name + digest)) << name;
  }
}

TEST(ImageName, anything_else_is_refused_with_the_usual_words) {
  EXPECT_EQ(check_image_name("Bad_NAME::x").error().message(),
            "invalid reference format: repository name (library/Bad_NAME) must be lowercase");
  EXPECT_EQ(check_image_name("a.b/Me/x").error().message(),
            "invalid reference format: repository name (Me/x) must be lowercase");
  for (const char* name : {"", ":", "web:", "web::1", "a//b", "/a", "a/", "-a", "a...b", "a___b", "a b",
                           "web@x", "web@sha256:12", "a_.b/c", "host:port/x", "web:-1", "a.b:1/x:y:z"}) {
    const auto checked = check_image_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().message(), "invalid reference format") << name;
  }
}

}  // namespace
}  // namespace aloft::node
