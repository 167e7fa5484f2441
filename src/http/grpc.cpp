// gRPC's framing and its mapping of statuses, over any Client and inside any Handler.
#include "http/grpc.h"

#include <charconv>

#include "io/timeout.h"

namespace aloft::http {
namespace {

constexpr std::size_t prefix_bytes = 5;
constexpr std::size_t answer_limit_bytes = 64 * 1024 * 1024;

struct StatusCode {
  int status;
  Code code;
};

// One row for each number of gRPC; the first row of a code is what we send for it.
constexpr StatusCode statuses[] = {
    {1, Code::cancelled},
    {13, Code::internal},
    {2, Code::internal},
    {15, Code::internal},
    {3, Code::invalid},
    {3, Code::bad_request},
    {11, Code::invalid},
    {4, Code::timeout},
    {5, Code::not_found},
    {6, Code::already_exists},
    {7, Code::forbidden},
    {8, Code::too_many_requests},
    {8, Code::too_large},
    {10, Code::conflict},
    {9, Code::conflict},
    {12, Code::method_not_allowed},
    {12, Code::unsupported_media_type},
    {12, Code::not_acceptable},
    {14, Code::unavailable},
    {16, Code::unauthorized},
    {5, Code::gone},
    {11, Code::expired},
};

RequestHead call_head(std::string method) {
  RequestHead head;
  head.method = "POST";
  head.target = std::move(method);
  head.headers.add("content-type", "application/grpc");
  head.headers.add("te", "trailers");
  return head;
}

// The status stands in the trailers, or in the head of an answer that has no body.
Result<> outcome_of(const Response& response) {
  const Headers& fields =
      response.trailers().has("grpc-status") ? response.trailers() : response.head().headers;
  const std::string_view text = fields.get("grpc-status");
  if (text.empty()) {
    const int status = response.head().status;
    if (status == 200) return fail(Code::internal, "the server ended the call without a grpc-status");
    const Code code = status == 401   ? Code::unauthorized
                      : status == 403 ? Code::forbidden
                      : status == 404 ? Code::method_not_allowed
                                      : Code::unavailable;
    return fail(code, fmt::format("the server answered HTTP {} {}", status, status_text(status)));
  }
  int number = 2;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number == 0) return {};
  return fail(code_of_grpc_status(number), percent_decode(fields.get("grpc-message")));
}

Result<> check_head(const Response& response) {
  if (response.head().status != 200 || response.head().headers.has("grpc-status"))
    return outcome_of(response);
  if (!response.head().headers.get("content-type").starts_with("application/grpc")) {
    return fail(Code::unavailable, "the server does not speak gRPC");
  }
  return {};
}

io::Task<Result<std::string>> call(Client& client, RequestHead head, std::string body) {
  TRY_CO(response, co_await client.send(std::move(head), std::move(body)));
  TRY_CO_DO(check_head(*response));
  TRY_CO(framed, co_await response->read_whole_body(answer_limit_bytes));
  TRY_CO_DO(outcome_of(*response));
  GrpcDeframer deframer(answer_limit_bytes);
  deframer.add(framed);
  TRY_CO(message, deframer.next());
  if (!message) co_return fail(Code::internal, "the server ended the call without a message");
  co_return std::move(*message);
}

class RunningStream final : public GrpcStream {
 public:
  explicit RunningStream(std::unique_ptr<Response> response) : response_(std::move(response)) {}

  io::Task<Result<std::optional<std::string>>> next() override {
    for (;;) {
      TRY_CO(message, deframer_.next());
      if (message) co_return message;
      TRY_CO(piece, co_await response_->read_body());
      if (piece.empty()) {
        TRY_CO_DO(outcome_of(*response_));
        co_return std::optional<std::string>();
      }
      deframer_.add(piece);
    }
  }

 private:
  std::unique_ptr<Response> response_;
  GrpcDeframer deframer_;
};

// Printable ASCII but '%' stands for itself.
std::string encode_message(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '%') {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

int grpc_status(Code code) {
  for (const StatusCode& row : statuses) {
    if (row.code == code) return row.status;
  }
  return 2;
}

Code code_of_grpc_status(int status) {
  for (const StatusCode& row : statuses) {
    if (row.status == status) return row.code;
  }
  return Code::internal;
}

std::string grpc_frame(std::string_view message) {
  ensure(message.size() <= 0xffff'ffff, "a gRPC message has less than 4 GiB");
  std::string out;
  out.reserve(prefix_bytes + message.size());
  out.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((message.size() >> shift) & 0xff));
  out.append(message);
  return out;
}

Result<std::optional<std::string>> GrpcDeframer::next() {
  const std::string_view left = std::string_view(buffer_).substr(start_);
  if (left.size() < prefix_bytes) return std::optional<std::string>();
  if (left[0] != '\0') return fail(Code::invalid, "a gRPC message is compressed, which was not offered");
  std::size_t size = 0;
  for (std::size_t i = 1; i < prefix_bytes; ++i) size = size << 8 | static_cast<unsigned char>(left[i]);
  if (size > limit_) {
    return fail(Code::too_large, fmt::format("a gRPC message has {} bytes, more than {}", size, limit_));
  }
  if (left.size() < prefix_bytes + size) return std::optional<std::string>();
  std::optional<std::string> message(left.substr(prefix_bytes, size));
  start_ += prefix_bytes + size;
  if (start_ == buffer_.size() || start_ > 64 * 1024) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  return message;
}

io::Task<Result<std::string>> grpc_call(Client& client, std::string method, std::string message,
                                        Duration deadline) {
  RequestHead head = call_head(method);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(deadline).count();
  // At most eight digits are allowed.
  head.headers.add("grpc-timeout", fmt::format("{}m", std::clamp<std::int64_t>(milliseconds, 1, 99'999'999)));
  auto running = call(client, std::move(head), grpc_frame(message));
  auto answer = co_await io::within(client.loop(), deadline, std::move(running));
  if (!answer)
    co_return fail(Code::timeout, fmt::format("{}: no answer within {}", method, format_duration(deadline)));
  if (!*answer) answer->error().at(method);
  co_return std::move(*answer);
}

io::Task<Result<std::unique_ptr<GrpcStream>>> grpc_stream(Client& client, std::string method,
                                                          std::string message) {
  TRY_CO(response, co_await client.send(call_head(std::move(method)), grpc_frame(message)));
  TRY_CO_DO(check_head(*response));
  std::unique_ptr<GrpcStream> out = std::make_unique<RunningStream>(std::move(response));
  co_return out;
}

io::Task<Result<std::string>> grpc_read_message(Request& request, std::size_t message_limit_bytes) {
  GrpcDeframer deframer(message_limit_bytes);
  for (;;) {
    TRY_CO(message, deframer.next());
    if (message) co_return std::move(*message);
    TRY_CO(piece, co_await request.read_body());
    if (piece.empty()) co_return fail(Code::bad_request, "the call holds no message");
    deframer.add(piece);
  }
}

io::Task<Result<>> grpc_begin(Responder& responder) {
  ResponseHead head;
  head.headers.add("content-type", "application/grpc");
  co_return co_await responder.begin(std::move(head));
}

io::Task<Result<>> grpc_send(Responder& responder, std::string_view message) {
  SharedBytes framed(grpc_frame(message));
  co_return co_await responder.write(std::move(framed));
}

io::Task<Result<>> grpc_finish(Responder& responder, Result<> outcome) {
  Headers trailers;
  trailers.add("grpc-status", std::to_string(outcome ? 0 : grpc_status(outcome.error().code())));
  if (!outcome) trailers.add("grpc-message", encode_message(outcome.error().message()));
  co_return co_await responder.finish(std::move(trailers));
}

io::Task<Result<>> grpc_answer(Responder& responder, Result<std::string> message) {
  TRY_CO_DO(co_await grpc_begin(responder));
  Result<> outcome;
  if (message) {
    TRY_CO_DO(co_await grpc_send(responder, *message));
  } else {
    outcome = fail(std::move(message).error());
  }
  co_return co_await grpc_finish(responder, std::move(outcome));
}

}  // namespace aloft::http
