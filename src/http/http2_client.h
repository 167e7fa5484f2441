// One HTTP/2 connection of a client, shared by all its requests.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "http/http2_connection.h"
#include "io/scope.h"

namespace aloft::http::detail {

// Lives on one loop, as long as the pool or an answer needs it.
class Http2Client final : public Http2Connection, public std::enable_shared_from_this<Http2Client> {
 public:
  Http2Client(io::Loop& loop, std::unique_ptr<io::Stream> transport, std::string scheme, std::string authority);

  // Takes new requests. False after GOAWAY or when the connection has ended.
  bool usable() const { return !going_away_ && !lost_; }
  bool idle() const { return streams_.empty(); }
  Time idle_since() const { return idle_since_; }

  // `unprocessed` tells whether the server surely did nothing with a failed request.
  io::Task<Result<std::unique_ptr<Response>>> send(const RequestHead& head, SharedBytes body, bool& unprocessed);
  Client::Exchange open(const RequestHead& head);

 private:
  std::shared_ptr<Http2Stream> make_stream() override { return std::make_shared<Http2Stream>(loop_); }
  void on_head(const std::shared_ptr<Http2Stream>&) override {}
  void on_close(const std::shared_ptr<Http2Stream>&) override {
    if (streams_.empty()) idle_since_ = loop_.now();
  }
  void on_goaway() override { going_away_ = true; }
  bool finished() const override { return going_away_ && streams_.empty(); }

  enum class Body { none, follows };
  std::shared_ptr<Http2Stream> submit(const RequestHead& head, Body body, std::optional<std::size_t> size);
  static io::Task<Result<std::unique_ptr<Response>>> await_head(std::shared_ptr<Http2Client> self,
                                                                std::shared_ptr<Http2Stream> stream);

  std::string scheme_;
  std::string authority_;
  bool going_away_ = false;
  Time idle_since_;
  io::Scope scope_;
};

}  // namespace aloft::http::detail
