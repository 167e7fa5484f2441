// Five bytes stand in front: whether it is compressed, and its length.
#include "telemetry/core/grpc_message.h"

namespace aloft::telemetry {
namespace {

constexpr std::size_t prefix_bytes = 5;

}  // namespace

io::Task<Result<GrpcMessage>> read_grpc_message(http::Request& request, std::size_t limit_bytes) {
  auto read = co_await request.read_whole_body(limit_bytes + prefix_bytes);
  if (!read) co_return std::unexpected<Error>(read.error());
  std::string body = std::move(*read);
  if (body.size() < prefix_bytes) co_return fail(Code::bad_request, "the call holds no message");
  std::size_t size = 0;
  for (std::size_t i = 1; i < prefix_bytes; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  if (body.size() - prefix_bytes != size) {
    co_return fail(Code::bad_request, fmt::format("the message has {} bytes, and its prefix says {}",
                                                  body.size() - prefix_bytes, size));
  }
  GrpcMessage message;
  if (body[0] != 0) {
    message.encoding = request.head().headers.get("grpc-encoding");
    if (message.encoding.empty())
      co_return fail(Code::bad_request, "the message is compressed and no grpc-encoding says how");
  }
  body.erase(0, prefix_bytes);
  message.bytes = std::move(body);
  co_return message;
}

}  // namespace aloft::telemetry
