// One HTTP/2 connection of a client, shared by all its requests.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "http/client.h"

namespace aloft::http::detail {

// Lives on one loop, as long as the pool or an answer needs it.
class Http2Client {
 public:
  static std::shared_ptr<Http2Client> make(io::Loop& loop, std::unique_ptr<io::Stream> transport,
                                           std::string scheme, std::string authority);
  virtual ~Http2Client() = default;

  // Takes new requests. False after GOAWAY or when the connection has ended.
  virtual bool usable() const = 0;
  // No request is under way, and since when.
  virtual bool idle() const = 0;
  virtual Time idle_since() const = 0;

  // `unprocessed` tells whether the server surely did nothing with a failed request.
  virtual io::Task<Result<std::unique_ptr<Response>>> send(const RequestHead& head, SharedBytes body,
                                                           bool& unprocessed) = 0;
  virtual Client::Exchange open(const RequestHead& head) = 0;
};

}  // namespace aloft::http::detail
