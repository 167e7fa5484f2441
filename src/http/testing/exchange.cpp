// The fakes of exchange.h.
#include "http/testing/exchange.h"

#include "base/time.h"

namespace aloft::http::testing {
namespace {

io::Task<> echo(Request& request, Responder& responder) {
  auto body = co_await request.read_whole_body(64 * 1024 * 1024);
  if (!body) co_return;
  ResponseHead head;
  head.headers.add("Served-By", std::to_string(request.http_major()));
  std::string text = fmt::format("{} {} {}", request.head().method, request.head().target, *body);
  [[maybe_unused]] const auto sent = co_await responder.send(std::move(head), std::move(text));
}

}  // namespace

FunctionHandler make_echo() { return FunctionHandler(&echo); }

ResponseHead head_with_status(int status) {
  ResponseHead head;
  head.status = status;
  return head;
}

RequestHead get(std::string target) { return request("GET", std::move(target)); }

RequestHead request(std::string method, std::string target) {
  RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  return head;
}

RawConnection::RawConnection(io::SimLoop& loop, Handler& handler, ServerSettings settings,
                             std::size_t buffer_bytes)
    : loop_(loop), scope_(loop), reader_(loop) {
  auto [near_end, far_end] = io::make_stream_pair(loop, buffer_bytes);
  wire_ = std::move(near_end);
  scope_.spawn(serve(std::move(far_end), handler, std::move(settings)));
  loop_.settle();
}

io::Task<> RawConnection::serve(std::unique_ptr<io::Stream> stream, Handler& handler,
                                ServerSettings settings) {
  co_await serve_connection(loop_, std::move(stream), handler, std::move(settings));
  ended_ = true;
}

void RawConnection::send(std::string_view bytes) {
  io::Task<Result<>> writing = wire_->write(bytes);
  writing.start();
  loop_.settle();
}

io::Task<> RawConnection::collect() {
  std::vector<std::byte> buffer(64 * 1024);
  for (;;) {
    const auto got = co_await wire_->read(buffer);
    if (!got || *got == 0) co_return;
    received_.append(as_text(std::span(buffer).first(*got)));
  }
}

std::string RawConnection::receive() {
  if (!std::exchange(reading_, true)) reader_.spawn(collect());
  loop_.settle();
  return std::exchange(received_, {});
}

InMemoryServer::InMemoryServer(io::Loop& loop, Handler& handler, ServerSettings settings,
                               std::size_t buffer_bytes)
    : loop_(loop),
      handler_(handler),
      settings_(std::move(settings)),
      buffer_bytes_(buffer_bytes),
      scope_(loop) {}

std::unique_ptr<Client> InMemoryServer::client(ClientSettings settings) {
  if (settings.authority.empty()) settings.authority = "localhost";
  return Client::make(loop_, [this] { return connect(); }, std::move(settings));
}

io::Task<Result<std::unique_ptr<io::Stream>>> InMemoryServer::connect() {
  auto [near_end, far_end] = io::make_stream_pair(loop_, buffer_bytes_);
  ++made_;
  scope_.spawn(serve_connection(loop_, std::move(far_end), handler_, settings_));
  std::unique_ptr<io::Stream> out = std::move(near_end);
  co_return out;
}

TestCertificates::TestCertificates() {
  const SystemClock clock;
  authority = *make_authority("test authority", clock.wall(), 24h);
  CertificateRequest wanted;
  wanted.common_name = "server";
  wanted.dns_names = {"localhost"};
  wanted.ip_addresses = {"127.0.0.1"};
  wanted.server = true;
  server = *issue_certificate(authority, wanted, clock.wall());
  CertificateRequest person;
  person.common_name = "alice";
  person.organizations = {"engineers"};
  person.client = true;
  client = *issue_certificate(authority, person, clock.wall());
}

std::shared_ptr<const TlsContext> TestCertificates::server_context(std::vector<std::string> protocols) const {
  TlsContext::ServerSettings settings;
  settings.key_pair = server;
  settings.client_authorities_pem = authority.certificate_pem;
  settings.protocols = std::move(protocols);
  return *TlsContext::server(settings);
}

std::shared_ptr<const TlsContext> TestCertificates::client_context(std::vector<std::string> protocols,
                                                                   bool with_certificate) const {
  TlsContext::ClientSettings settings;
  settings.authorities_pem = authority.certificate_pem;
  settings.protocols = std::move(protocols);
  if (with_certificate) settings.key_pair = client;
  return *TlsContext::client(settings);
}

}  // namespace aloft::http::testing
