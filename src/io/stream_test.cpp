// Streams: in memory, over sockets and over pipes.
#include "io/stream.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/net.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::io {
namespace {

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i * 7 % 26);
  return out;
}

TEST(StreamPair, what_one_side_writes_the_other_reads_up_to_the_end) {
  SimLoop loop;
  auto [near_end, far_end] = make_stream_pair(loop, 10);
  const std::string text = pattern(1000);
  const auto send = [&]() -> Task<> {
    EXPECT_TRUE(co_await near_end->write(text));
    near_end->shutdown_write();
  };
  Scope scope(loop);
  scope.spawn(send());
  EXPECT_EQ(loop.run_until_done(read_all(*far_end, 10'000)), text);
}

TEST(StreamPair, a_writer_waits_while_the_buffer_is_full) {
  SimLoop loop;
  auto [near_end, far_end] = make_stream_pair(loop, 4);
  Task<Result<>> writing = near_end->write(std::string_view("sixsix"));
  writing.start();
  EXPECT_FALSE(writing.done());
  std::array<std::byte, 2> two;
  EXPECT_EQ(loop.run_until_done(far_end->read(two)), 2u);
  loop.settle();
  ASSERT_TRUE(writing.done());
  EXPECT_TRUE(writing.result());
}

TEST(StreamPair, a_writer_learns_that_the_reader_has_gone) {
  SimLoop loop;
  auto [near_end, far_end] = make_stream_pair(loop, 4);
  Task<Result<>> writing = near_end->write(std::string_view("sixsix"));
  writing.start();
  far_end.reset();
  loop.settle();
  ASSERT_TRUE(writing.done());
  EXPECT_EQ(writing.result().error().code(), Code::unavailable);
}

TEST(StreamPair, waits_until_it_is_readable_without_a_buffer) {
  SimLoop loop;
  auto [near_end, far_end] = make_stream_pair(loop);
  Task<Result<>> waiting = far_end->wait_readable();
  waiting.start();
  loop.settle();
  EXPECT_FALSE(waiting.done());
  ASSERT_TRUE(loop.run_until_done(near_end->write(std::string_view("x"))));
  loop.settle();
  EXPECT_TRUE(waiting.done());
}

TEST(ReadAll, refuses_more_than_its_limit) {
  SimLoop loop;
  auto [near_end, far_end] = make_stream_pair(loop);
  ASSERT_TRUE(loop.run_until_done(near_end->write(pattern(101))));
  near_end->shutdown_write();
  EXPECT_EQ(loop.run_until_done(read_all(*far_end, 100)).error().code(), Code::too_large);
}

TEST(Copy, passes_everything_on_and_then_the_end) {
  SimLoop loop;
  auto [source, middle_in] = make_stream_pair(loop);
  auto [middle_out, sink] = make_stream_pair(loop);
  ASSERT_TRUE(loop.run_until_done(source->write(pattern(50'000))));
  source->shutdown_write();
  const auto run = [](Stream& from, Stream& to) -> Task<> { EXPECT_TRUE(co_await copy(from, to)); };
  Scope scope(loop);
  scope.spawn(run(*middle_in, *middle_out));
  EXPECT_EQ(loop.run_until_done(read_all(*sink, 100'000)), pattern(50'000));
}

TEST(Address, is_read_as_it_is_written) {
  for (const std::string_view text : {"127.0.0.1:80", "[::1]:443", "unix:/run/x.sock", "localhost:0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const std::string_view text :
       {"", "80", ":80", "::1:80", "[::1]", "[x]:1", "a:", "a:65536", "a:-1", "a:1x", "unix:"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

// A connected pair over real sockets.
struct Connection {
  std::unique_ptr<Stream> client, server;
  Address peer;
};
Connection connect_to(EpollLoop& loop, Listener& listener) {
  const auto both = [&]() -> Task<Connection> {
    Connection out;
    auto connected = co_await connect(loop, listener.address());
    EXPECT_TRUE(connected) << connected.error().to_string();
    auto accepted = co_await listener.accept();
    EXPECT_TRUE(accepted);
    out.client = std::move(*connected);
    out.server = std::move(accepted->stream);
    out.peer = accepted->peer;
    co_return out;
  };
  return loop.run_until_done(both());
}

class Sockets : public ::testing::TestWithParam<std::string> {
 protected:
  Result<std::unique_ptr<Listener>> listen() {
    if (GetParam() == "unix") {
      path_ = std::filesystem::temp_directory_path() / fmt::format("aloft-stream-test-{}.sock", ::getpid());
      return Listener::listen(loop, Address::unix_socket(path_));
    }
    return Listener::listen(loop, Address{GetParam(), 0});
  }
  EpollLoop loop;
  std::string path_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, Sockets, ::testing::Values("127.0.0.1", "::1", "unix"),
                         [](const auto& parameter) {
                           return parameter.param == "::1"    ? "ipv6"
                                  : parameter.param == "unix" ? "local"
                                                              : "ipv4";
                         });

TEST_P(Sockets, carry_megabytes_both_ways_at_once) {
  auto listener = listen();
  if (!listener && GetParam() == "::1") GTEST_SKIP() << "this machine has no IPv6";
  ASSERT_TRUE(listener) << listener.error().to_string();
  if (GetParam() != "unix") {
    EXPECT_GT((*listener)->address().port, 0);
  }
  Connection pair = connect_to(loop, **listener);
  if (GetParam() != "unix") {
    EXPECT_EQ(pair.peer.host, GetParam());
  }
  const std::string text = pattern(3'000'000);
  const auto send = [&](Stream& stream) -> Task<> {
    const std::string_view pieces[] = {std::string_view(text).substr(0, 10), "",
                                       std::string_view(text).substr(10)};
    EXPECT_TRUE(co_await stream.write_pieces(pieces));
    stream.shutdown_write();
  };
  std::string received;
  const auto receive = [&](Stream& stream) -> Task<> {
    auto all = co_await read_all(stream, 10'000'000);
    if (all) received = std::move(*all);
  };
  Scope scope(loop);
  scope.spawn(send(*pair.client));
  scope.spawn(send(*pair.server));
  scope.spawn(receive(*pair.server));
  EXPECT_EQ(loop.run_until_done(read_all(*pair.client, 10'000'000)), text);
  loop.run_until_done(scope.finish());
  EXPECT_TRUE(received == text);
}

TEST_P(Sockets, the_end_is_seen_though_it_comes_with_the_last_bytes) {
  auto listener = listen();
  if (!listener && GetParam() == "::1") GTEST_SKIP() << "this machine has no IPv6";
  ASSERT_TRUE(listener);
  Connection pair = connect_to(loop, **listener);
  ASSERT_TRUE(loop.run_until_done(pair.client->write(std::string_view("last words"))));
  pair.client.reset();
  EXPECT_EQ(loop.run_until_done(read_all(*pair.server, 100)), "last words");
}

TEST(Connect, to_nobody_is_refused) {
  EpollLoop loop;
  Address address;
  {
    auto listener = Listener::listen(loop, Address{"127.0.0.1", 0});
    ASSERT_TRUE(listener);
    address = (*listener)->address();
  }
  EXPECT_EQ(loop.run_until_done(connect(loop, address)).error().code(), Code::unavailable);
  EXPECT_EQ(loop.run_until_done(connect(loop, Address{"example.org", 80})).error().code(), Code::invalid);
}

TEST(Listener, takes_over_the_socket_file_of_a_process_that_died) {
  EpollLoop loop;
  const std::string path =
      std::filesystem::temp_directory_path() / fmt::format("aloft-stale-{}.sock", ::getpid());
  {
    // Bound and closed without removing the file, as by a crash.
    auto first = Listener::listen(loop, Address::unix_socket(path));
    ASSERT_TRUE(first);
    EXPECT_FALSE(Listener::listen(loop, Address::unix_socket(path))) << "a live socket is not taken over";
    std::filesystem::rename(path, path + ".kept");
  }
  std::filesystem::rename(path + ".kept", path);
  auto second = Listener::listen(loop, Address::unix_socket(path));
  EXPECT_TRUE(second) << second.error().to_string();
  second->reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(DescriptorStream, over_a_pipe_ends_when_it_is_shut_down_and_fails_when_nobody_reads) {
  EpollLoop loop;
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  const auto out = make_descriptor_stream(loop, fds[0]);
  const auto in = make_descriptor_stream(loop, fds[1]);
  ASSERT_TRUE(loop.run_until_done(in->write(std::string_view("through"))));
  in->shutdown_write();
  EXPECT_EQ(loop.run_until_done(read_all(*out, 100)), "through");
  ASSERT_EQ(::pipe(fds), 0);
  ::close(fds[0]);
  const auto broken = make_descriptor_stream(loop, fds[1]);
  EXPECT_EQ(loop.run_until_done(broken->write(std::string_view("x"))).error().code(), Code::unavailable);
}

TEST(DescriptorStream, a_reader_may_be_dropped_where_it_waits) {
  EpollLoop loop;
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const auto left = make_descriptor_stream(loop, fds[0]);
  const auto right = make_descriptor_stream(loop, fds[1]);
  std::array<std::byte, 10> buffer;
  {
    auto reading = left->read(buffer);
    reading.start();
    EXPECT_FALSE(reading.done());
  }
  ASSERT_TRUE(loop.run_until_done(right->write(std::string_view("still here"))));
  EXPECT_EQ(loop.run_until_done(left->read(buffer)), 10u);
}

}  // namespace
}  // namespace aloft::io
