// A Client over HTTP(S), from a kubeconfig or from parts.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "client/client.h"
#include "http/client.h"

namespace aloft::client {

struct HttpClientOptions {
  http::ClientSettings connection;
  std::string bearer_token;  // secret
  std::string user_agent = "aloft";
  Duration request_timeout = 60s;  // of everything but watches
};
// Lives on `loop`, which outlives it.
std::unique_ptr<Client> make_http_client(io::EpollLoop& loop, HttpClientOptions options);

// Reads the current context of a kubeconfig file (server, CA, client certificate or token, inline or by file)
// and looks the server's name up, so it blocks: for start-up. Error: names file and field.
Result<HttpClientOptions> read_kubeconfig(const std::string& path);

}  // namespace aloft::client
