// Kubeconfigs as kubectl writes them, and errors that say which file and field are wrong.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/ensure.h"
#include "client/http_client.h"

namespace aloft::client {
namespace {

class KubeconfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "aloft-kubeconfig-XXXXXX").string();
    ensure(mkdtemp(name.data()) != nullptr, "a test can make a folder");
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }
  std::string config(const std::string& cluster, const std::string& user) const {
    return write("config", fmt::format(R"(apiVersion: v1
kind: Config
current-context: here
contexts:
- name: elsewhere
  context: {{cluster: other, user: nobody}}
- name: here
  context: {{cluster: mine, user: me}}
clusters:
- name: mine
  cluster: {}
users:
- name: me
  user: {}
)",
                                       cluster, user));
  }
  std::string error_of(const std::string& path) const {
    const auto options = read_kubeconfig(path);
    return options ? "no error" : options.error().message();
  }

  std::string folder_;
};

TEST_F(KubeconfigTest, a_token_and_a_clear_text_server) {
  const auto options = read_kubeconfig(config("{server: 'http://127.0.0.1:8080'}", "{token: t0ken}"));
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_EQ(options->connection.address.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(options->connection.tls, nullptr);
  EXPECT_EQ(options->bearer_token, "t0ken");
}

TEST_F(KubeconfigTest, https_certificates_inline_and_by_file) {
  const auto authority = http::make_authority("ca", WallTime{1'700'000'000s}, 24h);
  ASSERT_TRUE(authority);
  http::CertificateRequest request;
  request.common_name = "admin";
  request.client = true;
  const auto pair = http::issue_certificate(*authority, request, WallTime{1'700'000'000s});
  ASSERT_TRUE(pair);
  write("me.crt", pair->certificate_pem);
  write("me.key", pair->private_key_pem);
  const auto options =
      read_kubeconfig(config(fmt::format("{{server: 'https://localhost', certificate-authority-data: {}}}",
                                         base64_encode(authority->certificate_pem)),
                             "{client-certificate: me.crt, client-key: me.key}"));
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_NE(options->connection.tls, nullptr);
  EXPECT_EQ(options->connection.address.port, 443);
  EXPECT_EQ(options->connection.server_name, "localhost");
}

TEST_F(KubeconfigTest, a_token_file_is_read_without_its_line_end) {
  write("token", "t0ken\n");
  const auto options = read_kubeconfig(config("{server: 'http://[::1]:1'}", "{tokenFile: token}"));
  ASSERT_TRUE(options) << options.error().to_string();
  EXPECT_EQ(options->bearer_token, "t0ken");
  EXPECT_EQ(options->connection.address.to_string(), "[::1]:1");
}

TEST_F(KubeconfigTest, errors_name_file_and_field) {
  EXPECT_EQ(error_of(write("none", "kind: Config")), folder_ + "/none: current-context: is missing");
  EXPECT_EQ(error_of(write("lost", "current-context: x")), folder_ + "/lost: contexts: there is no \"x\"");
  EXPECT_EQ(error_of(config("{server: 'ftp://x'}", "{}")),
            folder_ + "/config: server: is no http or https URL");
  EXPECT_EQ(error_of(config("{server: 'https://127.0.0.1/prefix'}", "{}")),
            folder_ + "/config: server: has to be a host and a port without a path");
  EXPECT_EQ(error_of(config("{server: 'https://127.0.0.1', certificate-authority-data: '***'}", "{}")),
            folder_ + "/config: certificate-authority-data: is not base64");
  EXPECT_EQ(error_of(config("{server: 'https://127.0.0.1'}", "{client-certificate-data: eA==}")),
            folder_ + "/config: users: client-certificate and client-key go together");
  EXPECT_NE(error_of(folder_ + "/missing").find("missing"), std::string::npos);
}

}  // namespace
}  // namespace aloft::client
