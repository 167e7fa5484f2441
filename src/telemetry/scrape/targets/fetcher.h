// Fetching pages from targets and lists of targets over HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/task.h"
#include "telemetry/scrape/config/config.h"

namespace aloft::telemetry::scrape {

struct FetchRequest {
  std::string scheme;
  std::string address;  // host, host:port or [v6]:port
  std::string path;     // encoded, with the query
  std::string method = "GET";
  http::Headers headers;
  std::string body;
  std::size_t body_limit_bytes = 256 * 1024 * 1024;  // of the answer, as it comes
};
struct FetchedPage {
  int status = 0;
  http::Headers headers;
  std::string body;  // Content-Encoding still in place
};

// One set of HTTP settings and its connections. Lives on one loop. No time limit of its own: use io::within.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // Error: what failed and where; too_large beyond the limit.
  virtual io::Task<Result<FetchedPage>> fetch(FetchRequest request) = 0;
};
// Makes the fetcher of a job. Error: a certificate that cannot be used.
using FetcherFactory = std::function<Result<std::unique_ptr<Fetcher>>(const HttpClientConfig&)>;

// Over real connections, which are kept; names are resolved on the pool, files with secrets are read there at
// each request. TLS material is read here, once. Blocks.
Result<std::unique_ptr<Fetcher>> make_http_fetcher(io::EpollLoop& loop, io::Pool& pool,
                                                   const HttpClientConfig& config);

// "http://host:port/path?query" taken apart; credentials in it go into `config`. Error: invalid.
struct Url {
  std::string scheme, address, path;
};
Result<Url> parse_url(std::string_view text, HttpClientConfig& config);

}  // namespace aloft::telemetry::scrape
