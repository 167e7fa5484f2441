// The API over real connections that are spread over several loops: whoever asks where sees one state.
#include "app/control_plane.h"

#include <set>

#include <gtest/gtest.h>

#include "client/http_client.h"
#include "client/typed.h"
#include "io/scope.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/namespace.h"
#include "store/testing/store_testing.h"

namespace aloft::app {
namespace {

using core::v1::ConfigMap;
using core::v1::Namespace;

class SpreadApi : public ::testing::Test {
 protected:
  void SetUp() override {
    const DataDirectory directory(folder_.file("cloud"));
    ASSERT_TRUE(directory.make());
    auto keys = prepare_keys(directory, {"127.0.0.1", "localhost"}, "node", clock_.wall());
    ASSERT_TRUE(keys) << keys.error().to_string();
    keys_ = std::move(*keys);
    ControlPlaneSettings settings;
    settings.listen = io::Address("127.0.0.1", 0);
    settings.store = "memory";
    settings.service_range = "10.96.0.0/16";
    settings.loops = 4;
    auto plane = ControlPlane::start(loop_, clock_, random_, metrics_, directory, keys_, std::move(settings));
    ASSERT_TRUE(plane) << plane.error().to_string();
    plane_ = std::move(*plane);
    Namespace own;
    own.metadata.name = "default";
    const auto client = connect();
    ASSERT_TRUE(loop_.run_until_done(client::create(*client, own, client::WriteOptions())));
  }
  void TearDown() override {
    if (plane_) loop_.run_until_done(plane_->stop());
  }

  // Each client has connections of its own.
  std::unique_ptr<client::Client> connect() {
    client::HttpClientOptions options;
    options.connection.address = plane_->address();
    options.connection.server_name = "127.0.0.1";
    http::TlsContext::ClientSettings tls;
    tls.authorities_pem = keys_.authority.certificate_pem;
    tls.key_pair = keys_.administrator;
    options.connection.tls = *http::TlsContext::client(tls);
    return client::make_http_client(loop_, std::move(options));
  }

  static io::Task<> make_some(client::Client& client, std::string prefix, int count) {
    for (int i = 0; i < count; ++i) {
      ConfigMap object;
      object.metadata.namespace_ = "default";
      object.metadata.name = fmt::format("{}-{}", prefix, i);
      object.metadata.labels["maker"] = prefix;
      client::WriteOptions options;
      const auto made = co_await client::create(client, object, std::move(options));
      EXPECT_TRUE(made) << made.error().to_string();
      // What was answered is seen by the next reader, on whatever loop it is.
      client::ObjectKey key("default", object.metadata.name);
      const auto read = co_await client::get<ConfigMap>(client, std::move(key));
      EXPECT_TRUE(read) << read.error().to_string();
    }
  }

  // Takes events until `count` objects have been seen to come and to go.
  static io::Task<> follow(client::Client& client, std::string selector, std::size_t count) {
    client::WatchOptions options;
    options.ns = "default";
    options.label_selector = std::move(selector);
    options.resource_version = "1";
    auto stream = co_await client.watch(client::resource_of<ConfigMap>(), std::move(options));
    EXPECT_TRUE(stream) << stream.error().to_string();
    std::set<std::string> come;
    std::set<std::string> gone;
    while (stream && gone.size() < count) {
      auto event = co_await (*stream)->next();
      if (!event || !event->has_value()) {
        ADD_FAILURE() << "the watch ended";
        co_return;
      }
      const auto object = model::from_json<ConfigMap>((**event).object.view());
      if ((**event).type == client::WatchEvent::Type::added) come.insert(object->metadata.name);
      if ((**event).type == client::WatchEvent::Type::removed) gone.insert(object->metadata.name);
    }
    EXPECT_EQ(come, gone);
  }

  static io::Task<> make_and_remove(client::Client& client, std::string prefix, int count) {
    co_await make_some(client, prefix, count);
    for (int i = 0; i < count; ++i) {
      client::ObjectKey key("default", fmt::format("{}-{}", prefix, i));
      client::DeleteOptions options;
      const auto removed =
          co_await client.remove(client::resource_of<ConfigMap>(), std::move(key), std::move(options));
      EXPECT_TRUE(removed) << removed.error().to_string();
    }
  }

  store::TemporaryFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  ClusterKeys keys_;
  io::EpollLoop loop_;
  std::unique_ptr<ControlPlane> plane_;
};

TEST_F(SpreadApi, writers_and_watchers_on_all_loops_agree) {
  constexpr int writers = 6;
  constexpr int objects = 20;
  std::vector<std::unique_ptr<client::Client>> clients;
  io::Scope scope(loop_);
  for (int i = 0; i < 8; ++i) {
    clients.push_back(connect());
    const bool all = i % 2 == 0;
    scope.spawn(follow(*clients.back(), all ? "" : fmt::format("maker=w{}", i % writers),
                       std::size_t{objects} * (all ? writers : 1)));
  }
  for (int i = 0; i < writers; ++i) {
    clients.push_back(connect());
    scope.spawn(make_and_remove(*clients.back(), fmt::format("w{}", i), objects));
  }
  loop_.run_until_done(scope.finish());
}

TEST_F(SpreadApi, stops_while_watches_are_open) {
  std::vector<std::unique_ptr<client::Client>> clients;
  std::vector<std::unique_ptr<client::EventStream>> streams;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(connect());
    client::WatchOptions options;
    options.resource_version = "1";
    auto stream =
        loop_.run_until_done(clients.back()->watch(client::resource_of<ConfigMap>(), std::move(options)));
    ASSERT_TRUE(stream) << stream.error().to_string();
    streams.push_back(std::move(*stream));
  }
  loop_.run_until_done(plane_->stop());
  plane_.reset();
}

TEST_F(SpreadApi, documents_are_the_same_everywhere) {
  std::set<std::string> hashes;
  for (int i = 0; i < 8; ++i) {
    http::ClientSettings settings;
    settings.address = plane_->address();
    settings.server_name = "127.0.0.1";
    http::TlsContext::ClientSettings tls;
    tls.authorities_pem = keys_.authority.certificate_pem;
    tls.key_pair = keys_.administrator;
    settings.tls = *http::TlsContext::client(tls);
    const auto client = http::Client::make(loop_, std::move(settings));
    http::RequestHead head;
    head.method = "GET";
    head.target = "/openapi/v3/api/v1";
    const auto response = loop_.run_until_done(client->send(std::move(head)));
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_EQ((*response)->head().status, 200);
    hashes.emplace((*response)->head().headers.get("Etag"));
  }
  EXPECT_EQ(hashes.size(), 1u);
}

}  // namespace
}  // namespace aloft::app
