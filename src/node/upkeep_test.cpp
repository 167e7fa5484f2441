// What is cleared away after a containerd that lives long or dies young.
#include "node/upkeep.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "io/file.h"

namespace aloft::node {
namespace {

Shim shim_of(int pid, std::string id, bool empty = true) {
  Shim shim;
  shim.pid = pid;
  shim.container_id = std::move(id);
  shim.empty = empty;
  return shim;
}

TEST(StrayShims, are_those_that_nobody_knows_twice) {
  StrayShims strays;
  const std::vector<Shim> shims{shim_of(1, "known"), shim_of(2, "lost"), shim_of(3, "busy", false)};
  EXPECT_THAT(strays.look(shims, {"known"}), testing::IsEmpty());
  EXPECT_THAT(strays.look(shims, {"known"}), testing::ElementsAre(shim_of(2, "lost")));
  EXPECT_THAT(strays.look({shim_of(2, "other")}, {}), testing::IsEmpty());
}

TEST(BoundLog, keeps_the_last_part_beside_what_goes_on) {
  char pattern[] = "/tmp/aloft-log-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern), nullptr);
  const std::string path = std::string(pattern) + "/log";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
  ASSERT_EQ(::write(file, "12345", 5), 5);
  bound_log(path, 6);
  EXPECT_EQ(io::read_file(path).value(), "12345");
  ASSERT_EQ(::write(file, "6", 1), 1);
  bound_log(path, 6);
  ASSERT_EQ(::write(file, "7", 1), 1);
  ::close(file);
  EXPECT_EQ(io::read_file(path).value(), "7");
  EXPECT_EQ(io::read_file(path + ".1").value(), "123456");
  ASSERT_TRUE(io::remove_tree(pattern));
}

}  // namespace
}  // namespace aloft::node
