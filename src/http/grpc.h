// gRPC over HTTP/2 without grpc++: length-prefixed messages, grpc-status trailers. Messages are bytes here;
// the caller encodes and decodes them with its own tables.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "http/handler.h"
#include "io/task.h"

namespace aloft::http {

// One unary call: `method` is "/runtime.v1.RuntimeService/Version". The error carries the server's message;
// grpc codes map to ours (5 not_found, 6 already_exists, 3 invalid, 4 timeout, 14 unavailable, 16
// unauthorized, 7 forbidden, ...).
io::Task<Result<std::string>> grpc_call(Client& client, std::string method, std::string message,
                                        Duration deadline);

// A server stream: one request, many answers.
class GrpcStream {
 public:
  virtual ~GrpcStream() = default;
  // The next message; nullopt when the server ended the stream with OK.
  virtual io::Task<Result<std::optional<std::string>>> next() = 0;
};
io::Task<Result<std::unique_ptr<GrpcStream>>> grpc_stream(Client& client, std::string method,
                                                          std::string message);

// Splits a body into messages and joins a message into a body: 1 byte compressed flag, 4 bytes length.
std::string grpc_frame(std::string_view message);
class GrpcDeframer {
 public:
  explicit GrpcDeframer(std::size_t message_limit_bytes = 16 * 1024 * 1024) : limit_(message_limit_bytes) {}
  void add(std::string_view bytes) { buffer_.append(bytes); }
  // The next complete message, nullopt when more bytes are needed; Error: too_large, or compressed (invalid).
  Result<std::optional<std::string>> next();

 private:
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t limit_;
};

// The server's side, inside a Handler. Reads the one message of a unary call or of a server stream. Error:
// bad_request, too_large, or the peer's.
io::Task<Result<std::string>> grpc_read_message(Request& request,
                                                std::size_t message_limit_bytes = 16 * 1024 * 1024);
// Answers a unary call with a message or with the status that the error stands for.
io::Task<Result<>> grpc_answer(Responder& responder, Result<std::string> message);
// A streamed answer: begin, send ..., finish.
io::Task<Result<>> grpc_begin(Responder& responder);
io::Task<Result<>> grpc_send(Responder& responder, std::string_view message);
io::Task<Result<>> grpc_finish(Responder& responder, Result<> outcome);

// The number of a code on the wire and back.
int grpc_status(Code code);
Code code_of_grpc_status(int status);

}  // namespace aloft::http
