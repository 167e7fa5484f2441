// Reads what a kubeconfig's current context says about the server and about us.
#include <netdb.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "client/http_client.h"
#include "http/tls.h"
#include "io/file.h"
#include "model/yaml.h"

namespace aloft::client {
namespace {

using model::Value;

// One kubeconfig while it is read; errors name the file.
class Kubeconfig {
 public:
  Kubeconfig(std::string path, Value document) : path_(std::move(path)), document_(std::move(document)) {}

  Result<HttpClientOptions> options() const {
    const std::string_view current = document_.text_at("current-context");
    if (current.empty()) return wrong("current-context", "is missing");
    TRY(context, find("contexts", "context", current));
    TRY(cluster, find("clusters", "cluster", context->text_at("cluster")));
    HttpClientOptions options;
    http::TlsContext::ClientSettings tls;
    TRY(address, server(cluster->text_at("server")));
    options.connection.address = address.address;
    options.connection.authority = address.authority;
    options.connection.server_name = address.host;
    if (const auto name = cluster->text_at("tls-server-name"); !name.empty())
      options.connection.server_name = name;
    TRY(authorities, text(*cluster, "certificate-authority"));
    tls.authorities_pem = std::move(authorities);
    const Value* insecure = cluster->at("insecure-skip-tls-verify");
    tls.verify = insecure == nullptr || !insecure->is_bool() || !insecure->as_bool();
    if (const std::string_view user_name = context->text_at("user"); !user_name.empty()) {
      TRY(user, find("users", "user", user_name));
      TRY_DO(identity(*user, options, tls));
    }
    if (address.secure) {
      TRY(made, http::TlsContext::client(tls));
      options.connection.tls = std::move(made);
    }
    return options;
  }

 private:
  struct Server {
    io::Address address;
    std::string authority;
    std::string host;
    bool secure = true;
  };

  std::unexpected<Error> wrong(std::string_view field, std::string_view what) const {
    return fail(Code::invalid, fmt::format("{}: {}: {}", path_, field, what));
  }

  // The named entry of a list of {name, <what>}.
  Result<const Value*> find(std::string_view list, std::string_view what, std::string_view name) const {
    const Value* entries = document_.at(list);
    if (entries != nullptr && entries->is_array()) {
      for (const Value& entry : entries->as_array()) {
        if (entry.text_at("name") != name) continue;
        const Value* found = entry.at(what);
        if (found == nullptr || !found->is_object())
          return wrong(list, fmt::format("\"{}\" has no {}", name, what));
        return found;
      }
    }
    return wrong(list, fmt::format("there is no \"{}\"", name));
  }

  // The content of `field`, inline in base64 as <field>-data or in a file beside; empty when neither is
  // given.
  Result<std::string> text(const Value& of, const std::string& field) const {
    if (const std::string_view data = of.text_at(field + "-data"); !data.empty()) {
      std::string decoded;
      if (!base64_decode(data, decoded)) return wrong(field + "-data", "is not base64");
      return decoded;
    }
    const std::string_view file = of.text_at(field);
    if (file.empty()) return std::string();
    return file_beside(field, file);
  }

  Result<std::string> file_beside(std::string_view field, std::string_view file) const {
    std::string whole(file);
    const std::size_t slash = path_.rfind('/');
    if (!file.starts_with('/') && slash != std::string::npos) whole = path_.substr(0, slash + 1) + whole;
    auto content = io::read_file(whole);
    if (!content) return wrong(field, content.error().message());
    return content;
  }

  Result<> identity(const Value& user, HttpClientOptions& options,
                    http::TlsContext::ClientSettings& tls) const {
    TRY(certificate, text(user, "client-certificate"));
    TRY(key, text(user, "client-key"));
    if (certificate.empty() != key.empty())
      return wrong("users", "client-certificate and client-key go together");
    if (!certificate.empty()) {
      http::KeyPair pair;
      pair.certificate_pem = std::move(certificate);
      pair.private_key_pem = std::move(key);
      tls.key_pair = std::move(pair);
    }
    options.bearer_token = user.text_at("token");
    if (const std::string_view file = user.text_at("tokenFile");
        !file.empty() && options.bearer_token.empty()) {
      TRY(token, file_beside("tokenFile", file));
      while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' '))
        token.pop_back();
      options.bearer_token = std::move(token);
    }
    return {};
  }

  Result<Server> server(std::string_view url) const {
    Server server;
    std::string_view rest = url;
    server.secure = rest.starts_with("https://");
    if (!server.secure && !rest.starts_with("http://")) return wrong("server", "is no http or https URL");
    rest.remove_prefix(server.secure ? 8 : 7);
    while (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.empty() || rest.find('/') != std::string_view::npos) {
      return wrong("server", "has to be a host and a port without a path");
    }
    server.authority = rest;
    const std::size_t bracket = rest.find(']');
    const std::size_t colon = rest.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    std::string port(has_port ? rest.substr(colon + 1) : server.secure ? "443" : "80");
    std::string_view host = has_port ? rest.substr(0, colon) : rest;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    server.host = host;
    TRY(address, look_up(server.host, port));
    server.address = std::move(address);
    return server;
  }

  Result<io::Address> look_up(const std::string& host, const std::string& port) const {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    if (code != 0) return wrong("server", fmt::format("{}: {}", host, gai_strerror(code)));
    char name[NI_MAXHOST];
    char service[NI_MAXSERV];
    const int named = getnameinfo(found->ai_addr, found->ai_addrlen, name, sizeof name, service,
                                  sizeof service, NI_NUMERICHOST | NI_NUMERICSERV);
    freeaddrinfo(found);
    if (named != 0) return wrong("server", gai_strerror(named));
    io::Address address;
    address.host = name;
    address.port = std::stoi(service);
    return address;
  }

  std::string path_;
  Value document_;
};

}  // namespace

Result<HttpClientOptions> read_kubeconfig(const std::string& path) {
  TRY(content, io::read_file(path));
  auto document = model::parse_yaml(content);
  if (!document) return fail(std::move(document.error().at(path)));
  return Kubeconfig(path, std::move(*document)).options();
}

}  // namespace aloft::client
