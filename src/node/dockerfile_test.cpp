// What a Dockerfile may say here, and how it is refused when it says more.
#include "node/dockerfile.h"

#include <gtest/gtest.h>

namespace aloft::node {
namespace {

TEST(Dockerfile, says_what_the_image_is_made_of) {
  const auto file = parse_dockerfile(R"(# a comment
FROM scratch
ENV PATH=/bin \
    # inside
    NAME="two words"
ENV OTHER=$NAME!
WORKDIR /app
COPY --chmod=755 --chown=1:2 server conf/*.yaml ./
EXPOSE 8080 53/udp
LABEL a=b "c d"='e f'
USER 1000
ENTRYPOINT ["/server", "--port"]
CMD run it
)");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->base, "");
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(file->environment, (Pairs{{"PATH", "/bin"}, {"NAME", "two words"}, {"OTHER", "two words!"}}));
  ASSERT_EQ(file->copies.size(), 1U);
  EXPECT_EQ(file->copies[0].sources, (std::vector<std::string>{"server", "conf/*.yaml"}));
  EXPECT_EQ(file->copies[0].target, "/app/");
  EXPECT_EQ(file->copies[0].mode, 0755);
  EXPECT_EQ(file->copies[0].uid, 1);
  EXPECT_EQ(file->copies[0].gid, 2);
  EXPECT_EQ(file->ports, (std::vector<std::string>{"8080/tcp", "53/udp"}));
  EXPECT_EQ(file->labels, (std::map<std::string, std::string>{{"a", "b"}, {"c d", "e f"}}));
  EXPECT_EQ(file->user, "1000");
  EXPECT_EQ(file->entrypoint, (std::vector<std::string>{"/server", "--port"}));
  EXPECT_EQ(file->command, (std::vector<std::string>{"/bin/sh", "-c", "run it"}));
}

TEST(Dockerfile, refuses_what_it_cannot_do_and_says_where) {
  const struct {
    std::string text, message;
  } cases[] = {
      {"FROM scratch\n\nRUN make\n",
       "Dockerfile:3: RUN: nothing is run while an image is built; copy finished files instead"},
      {"COPY a /b\n", "Dockerfile:1: COPY: the first instruction must be FROM"},
      {"", "Dockerfile: the first instruction must be FROM"},
      {"FROM scratch\nCOPY a\n", "Dockerfile:2: COPY: sources and a target are expected"},
      {"FROM scratch\nADD https://example.com/x /x\n",
       "Dockerfile:2: ADD: https://example.com/x: only local files can be copied"},
      {"FROM scratch\nENTRYPOINT [1]\n", "Dockerfile:2: ENTRYPOINT: a JSON list of strings is expected"},
      {"FROM scratch\nENV \"a\n", "Dockerfile:2: ENV: a quote is not closed"},
      {"FROM a\nFROM b\n", "Dockerfile:2: FROM: only one stage is supported"},
  };
  for (const auto& test : cases) {
    const auto file = parse_dockerfile(test.text);
    ASSERT_FALSE(file) << test.text;
    EXPECT_EQ(file.error().message(), test.message);
  }
}

}  // namespace
}  // namespace aloft::node
