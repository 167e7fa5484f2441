// TLS over any stream. OpenSSL sees memory only: what came from the transport is handed to it, what it
// produces is collected and written in as few calls as possible. An idle session holds neither buffers of
// ours nor of OpenSSL's.
#include <cstring>
#include <map>

#include "http/openssl.h"
#include "http/tls.h"
#include "io/event.h"
#include "io/snapshot.h"

namespace aloft::http {
namespace {

using namespace detail;

using SslContext = OpensslOwner<SSL_CTX, SSL_CTX_free>;
using Ssl = OpensslOwner<SSL, SSL_free>;
// Sessions by server name, for resumption.
using Sessions = std::map<std::string, std::shared_ptr<SSL_SESSION>, std::less<>>;

constexpr std::size_t record_bytes = 16 * 1024;
constexpr std::size_t read_bytes = record_bytes + 512;  // a record with its header and tag
constexpr std::size_t flush_bytes = 4 * record_bytes;
constexpr std::size_t session_limit = 256;

// ALPN's wire form: each name after its length.
Result<std::string> wire_protocols(const std::vector<std::string>& protocols) {
  std::string out;
  for (const std::string& name : protocols) {
    if (name.empty() || name.size() > 255)
      return fail(Code::invalid, "TLS: a protocol name has 1 to 255 bytes");
    out.push_back(static_cast<char>(name.size()));
    out += name;
  }
  return out;
}

class Context final : public TlsContext {
 public:
  enum class Side { server, client };
  Context(Side which, SslContext context, std::string wire, bool verify)
      : side(which), ssl(std::move(context)), protocols(std::move(wire)), verifies(verify) {}

  std::shared_ptr<SSL_SESSION> session_for(std::string_view server_name) const {
    const auto all = sessions_.read();
    const auto found = all->find(server_name);
    return found == all->end() ? nullptr : found->second;
  }
  // Two connections that store at once may lose one of the sessions; the next handshake is then a full one.
  void keep_session(std::string_view server_name, SSL_SESSION* session) const {
    Sessions next = *sessions_.read();
    if (next.size() >= session_limit) next.clear();
    next[std::string(server_name)] = std::shared_ptr<SSL_SESSION>(session, SSL_SESSION_free);
    sessions_.publish(std::make_shared<const Sessions>(std::move(next)));
  }

  Side side;
  SslContext ssl;
  std::string protocols;
  bool verifies;

 private:
  mutable io::Snapshot<Sessions> sessions_;
};

Result<> use_key_pair(SSL_CTX* context, const KeyPair& pair) {
  const Bio bio = text_bio(pair.certificate_pem);
  const Certificate leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return fail(openssl_error("TLS: certificate", Code::invalid));
  }
  for (;;) {
    X509* link = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
    if (link == nullptr) break;
    SSL_CTX_add0_chain_cert(context, link);
  }
  ERR_clear_error();
  TRY(key, read_private_key(pair.private_key_pem));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(openssl_error("TLS: private key", Code::invalid));
  }
  return {};
}

enum class Announce { no, yes };

// `announce`: whether clients are told which authorities count.
Result<> trust(SSL_CTX* context, std::string_view authorities_pem, Announce announce) {
  const Bio bio = text_bio(authorities_pem);
  int count = 0;
  for (;; ++count) {
    const Certificate authority(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!authority) break;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
    if (announce == Announce::yes) SSL_CTX_add_client_CA(context, authority.get());
  }
  ERR_clear_error();
  if (count == 0) return fail(Code::invalid, "TLS: the authorities hold no certificate");
  return {};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void* wire) {
  const auto& ours = *static_cast<const std::string*>(wire);
  unsigned char* chosen = nullptr;
  const int outcome =
      SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned int>(ours.size()), offered, offered_size);
  *out = chosen;
  // Without a common protocol the connection goes on as if ALPN had not been used.
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// The verdict stays readable in SSL_get_verify_result; a stranger's certificate counts as none instead of
// ending the handshake, so that the request can be refused with a proper answer.
int accept_any_certificate(int, X509_STORE_CTX*) { return 1; }

class TlsSession final : public TlsStream {
 public:
  TlsSession(io::Loop& loop, std::shared_ptr<const Context> context, std::unique_ptr<io::Stream> transport)
      : context_(std::move(context)), transport_(std::move(transport)), idle_(loop) {}
  ~TlsSession() override {
    farewell_ = io::Task<>();
    // Sent when the transport has room for it at once, as it nearly always has.
    if (!std::exchange(write_closed_, true)) {
      io::Task<> last = say_farewell(Ending::whole);
      last.start();
    }
  }

  Result<> prepare(const std::string& server_name, const std::string& protocols);
  io::Task<Result<>> handshake();

  const std::string& protocol() const override { return protocol_; }
  const std::optional<PeerCertificate>& peer_certificate() const override { return peer_; }

  io::Task<Result<std::size_t>> read(std::span<std::byte> into) override;
  io::Task<Result<>> wait_readable() override;
  using io::Stream::write;
  io::Task<Result<>> write(std::span<const std::byte> bytes) override;
  io::Task<Result<>> write_pieces(std::span<const std::string_view> pieces) override;
  void shutdown_write() override;

  void keep_session(SSL_SESSION* session) const { context_->keep_session(server_name_, session); }
  static int session_slot();

 private:
  friend struct BioMethods;
  // Takes more from the transport; false at its end.
  io::Task<Result<bool>> fill();
  io::Task<Result<>> flush();
  enum class Ending { whole, half };
  io::Task<> say_farewell(Ending ending);
  bool encrypt(std::string_view bytes);
  Error broken(std::string_view what, int outcome);
  void note_peer();

  std::shared_ptr<const Context> context_;
  std::unique_ptr<io::Stream> transport_;
  Ssl ssl_;
  std::string server_name_;
  std::string protocol_;
  std::optional<PeerCertificate> peer_;

  std::unique_ptr<std::byte[]> in_;  // ciphertext that OpenSSL has not taken
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  bool in_over_ = false;
  std::string out_;  // ciphertext for the transport
  bool flushing_ = false;
  bool write_failed_ = false;
  bool write_closed_ = false;
  bool established_ = false;
  io::WaitList idle_;  // who waits for the flush under way
  io::Task<> farewell_;
};

// The BIO through which OpenSSL sees a session's buffers.
struct BioMethods {
  static int read(BIO* bio, char* into, std::size_t size, std::size_t* taken) {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const std::size_t count = std::min(size, session.in_end_ - session.in_begin_);
    if (count == 0) {
      if (!session.in_over_) BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(into, session.in_.get() + session.in_begin_, count);
    session.in_begin_ += count;
    *taken = count;
    return 1;
  }
  static int write(BIO* bio, const char* from, std::size_t size, std::size_t* taken) {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    session.out_.append(from, size);
    *taken = size;
    return 1;
  }
  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return static_cast<TlsSession*>(BIO_get_data(bio))->in_over_ ? 1 : 0;
    return 0;
  }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }
  // Made once for the process, as OpenSSL's own methods are.
  static const BIO_METHOD* get() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "aloft stream");
      BIO_meth_set_read_ex(made, &BioMethods::read);
      BIO_meth_set_write_ex(made, &BioMethods::write);
      BIO_meth_set_ctrl(made, &BioMethods::control);
      BIO_meth_set_create(made, &BioMethods::create);
      return made;
    }();
    return method;
  }
};

int TlsSession::session_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* owner = static_cast<TlsSession*>(SSL_get_ex_data(ssl, TlsSession::session_slot()));
  if (owner == nullptr) return 0;
  owner->keep_session(session);
  return 1;
}

Result<> TlsSession::prepare(const std::string& server_name, const std::string& protocols) {
  ssl_.reset(SSL_new(context_->ssl.get()));
  BIO* bio = BIO_new(BioMethods::get());
  if (!ssl_ || bio == nullptr) return fail(openssl_error("TLS"));
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (context_->side == Context::Side::server) {
    SSL_set_accept_state(ssl_.get());
    return {};
  }
  SSL_set_connect_state(ssl_.get());
  SSL_set_ex_data(ssl_.get(), session_slot(), this);
  server_name_ = server_name;
  SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                      static_cast<unsigned int>(protocols.size()));
  if (const auto known = context_->session_for(server_name)) SSL_set_session(ssl_.get(), known.get());
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_.get());
  const bool is_ip = X509_VERIFY_PARAM_set1_ip_asc(rules, server_name.c_str()) == 1;
  ERR_clear_error();
  if (is_ip || server_name.empty()) return {};
  if (SSL_set_tlsext_host_name(ssl_.get(), server_name.c_str()) != 1 ||
      SSL_set1_host(ssl_.get(), server_name.c_str()) != 1) {
    return fail(openssl_error("TLS: server name", Code::invalid));
  }
  return {};
}

Error TlsSession::broken(std::string_view what, int outcome) {
  const int why = SSL_get_error(ssl_.get(), outcome);
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (why == SSL_ERROR_SSL && context_->side == Context::Side::client && verdict != X509_V_OK) {
    ERR_clear_error();
    return {Code::unavailable, fmt::format("{}: the server's certificate is not accepted: {}", what,
                                           X509_verify_cert_error_string(verdict))};
  }
  if (why == SSL_ERROR_SSL) return openssl_error(what, Code::unavailable);
  ERR_clear_error();
  return {Code::unavailable, fmt::format("{}: the peer closed the connection", what)};
}

io::Task<Result<>> TlsSession::handshake() {
  for (;;) {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(ssl_.get());
    if (outcome == 1) break;
    if (SSL_get_error(ssl_.get(), outcome) != SSL_ERROR_WANT_READ) {
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) {
        out_ =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 37\r\nConnection: "
            "close\r\n\r\n"
            "This port speaks HTTPS, not HTTP 1.1\n";
      }
      Error error = broken("TLS handshake", outcome);
      // The alert that says why is worth a try; the error is what counts.
      [[maybe_unused]] const auto told = co_await flush();
      co_return fail(std::move(error));
    }
    TRY_CO_DO(co_await flush());
    TRY_CO(more, co_await fill());
    if (!more) co_return fail(Code::unavailable, "TLS handshake: the peer closed the connection");
  }
  TRY_CO_DO(co_await flush());
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  protocol_.assign(reinterpret_cast<const char*>(chosen), size);
  note_peer();
  established_ = true;
  co_return Result<>();
}

void TlsSession::note_peer() {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK || !context_->verifies) return;
  PeerCertificate peer;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  peer.common_name = common_name_of(subject);
  peer.organizations = organizations_of(subject);
  const AlternativeNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> ignored;
  read_alternative_names(names.get(), peer.dns_names, ignored);
  peer_ = std::move(peer);
}

io::Task<Result<bool>> TlsSession::fill() {
  if (in_begin_ == in_end_) {
    in_begin_ = in_end_ = 0;
    in_.reset();
    TRY_CO_DO(co_await transport_->wait_readable());
    in_ = std::make_unique_for_overwrite<std::byte[]>(read_bytes);
  } else if (in_end_ == read_bytes) {
    std::memmove(in_.get(), in_.get() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  TRY_CO(count, co_await transport_->read(std::span(in_.get() + in_end_, read_bytes - in_end_)));
  in_end_ += count;
  if (count == 0) in_over_ = true;
  co_return count > 0;
}

io::Task<Result<>> TlsSession::flush() {
  while (flushing_) co_await idle_.wait();
  if (write_failed_) co_return fail(Code::unavailable, "TLS: the connection broke while writing");
  if (out_.empty()) co_return Result<>();
  // Dropping the writer in the middle of a record leaves a stream that cannot be continued.
  struct Turn {
    TlsSession& session;
    bool ended = false;
    ~Turn() {
      session.flushing_ = false;
      if (!ended) session.write_failed_ = true;
      session.idle_.notify_all();
    }
  };
  Turn turn{*this};
  flushing_ = true;
  while (!out_.empty()) {
    const std::string going = std::exchange(out_, {});
    TRY_CO_DO(co_await transport_->write(going));
  }
  turn.ended = true;
  co_return Result<>();
}

io::Task<Result<std::size_t>> TlsSession::read(std::span<std::byte> into) {
  for (;;) {
    std::size_t count = 0;
    ERR_clear_error();
    const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (outcome == 1) co_return count;
    const int why = SSL_get_error(ssl_.get(), outcome);
    if (why == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
    if (why != SSL_ERROR_WANT_READ) {
      // Many peers end without a farewell; whether a message is complete is known from its framing.
      if (in_over_) {
        ERR_clear_error();
        co_return std::size_t{0};
      }
      co_return fail(broken("TLS read", outcome));
    }
    if (!out_.empty() && !flushing_) TRY_CO_DO(co_await flush());
    TRY_CO_DO(co_await fill());
  }
}

io::Task<Result<>> TlsSession::wait_readable() {
  if (in_over_ || in_begin_ != in_end_ || SSL_has_pending(ssl_.get()) == 1) co_return Result<>();
  in_.reset();
  in_begin_ = in_end_ = 0;
  co_return co_await transport_->wait_readable();
}

bool TlsSession::encrypt(std::string_view bytes) {
  std::size_t count = 0;
  ERR_clear_error();
  return bytes.empty() || SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count) == 1;
}

io::Task<Result<>> TlsSession::write(std::span<const std::byte> bytes) {
  const std::string_view piece = as_text(bytes);
  co_return co_await write_pieces(std::span(&piece, 1));
}

io::Task<Result<>> TlsSession::write_pieces(std::span<const std::string_view> pieces) {
  if (write_closed_) co_return fail(Code::internal, "TLS write: the stream was shut down for writing");
  std::string small;  // pieces that go into one record together
  if (pieces.size() > 1) {
    std::size_t total = 0;
    for (const std::string_view piece : pieces) total += piece.size();
    small.reserve(std::min(total, record_bytes));
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string_view left = pieces[i];
    const bool alone = small.empty() && (left.size() >= record_bytes || i + 1 == pieces.size());
    while (!left.empty()) {
      std::string_view record = left.substr(0, record_bytes);
      if (!alone) {
        record = left.substr(0, record_bytes - small.size());
        small.append(record);
      }
      left.remove_prefix(record.size());
      const bool last = left.empty() && i + 1 == pieces.size();
      if (!alone && small.size() < record_bytes && !last) continue;
      if (!encrypt(alone ? record : std::string_view(small))) co_return fail(broken("TLS write", 0));
      small.clear();
      if (out_.size() >= flush_bytes) TRY_CO_DO(co_await flush());
    }
  }
  if (!small.empty() && !encrypt(small)) co_return fail(broken("TLS write", 0));
  co_return co_await flush();
}

io::Task<> TlsSession::say_farewell(Ending ending) {
  if (established_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    [[maybe_unused]] const auto flushed = co_await flush();
  }
  if (ending == Ending::half) transport_->shutdown_write();
}

void TlsSession::shutdown_write() {
  if (std::exchange(write_closed_, true)) return;
  farewell_ = say_farewell(Ending::half);
  farewell_.start();
}

Result<std::string> secure_defaults(SSL_CTX* context, const std::vector<std::string>& protocols) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return wire_protocols(protocols);
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const ServerSettings& settings) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(openssl_error("TLS"));
  TRY(protocols, secure_defaults(context.get(), settings.protocols));
  TRY_DO(use_key_pair(context.get(), settings.key_pair));
  SSL_CTX_set_num_tickets(context.get(), 1);
  static constexpr unsigned char name[] = "aloft";
  SSL_CTX_set_session_id_context(context.get(), name, sizeof name - 1);
  const bool asks = !settings.client_authorities_pem.empty();
  if (asks) {
    TRY_DO(trust(context.get(), settings.client_authorities_pem, Announce::yes));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &accept_any_certificate);
  }
  auto out = std::make_shared<Context>(Context::Side::server, std::move(context), std::move(protocols), asks);
  if (!out->protocols.empty()) SSL_CTX_set_alpn_select_cb(out->ssl.get(), &choose_protocol, &out->protocols);
  return out;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const ClientSettings& settings) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(openssl_error("TLS"));
  TRY(protocols, secure_defaults(context.get(), settings.protocols));
  if (settings.key_pair) TRY_DO(use_key_pair(context.get(), *settings.key_pair));
  if (!settings.authorities_pem.empty()) {
    TRY_DO(trust(context.get(), settings.authorities_pem, Announce::no));
  } else if (settings.verify) {
    SSL_CTX_set_default_verify_paths(context.get());
  }
  SSL_CTX_set_verify(context.get(), settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), &on_new_session);
  return std::make_shared<Context>(Context::Side::client, std::move(context), std::move(protocols),
                                   settings.verify);
}

io::Task<Result<std::unique_ptr<TlsStream>>> tls_accept(io::Loop& loop,
                                                        std::shared_ptr<const TlsContext> context,
                                                        std::unique_ptr<io::Stream> transport) {
  auto ours = std::static_pointer_cast<const Context>(std::move(context));
  ensure(ours->side == Context::Side::server, "a TLS server has a server's context");
  auto session = std::make_unique<TlsSession>(loop, std::move(ours), std::move(transport));
  TRY_CO_DO(session->prepare({}, {}));
  TRY_CO_DO(co_await session->handshake());
  std::unique_ptr<TlsStream> out = std::move(session);
  co_return out;
}

io::Task<Result<std::unique_ptr<TlsStream>>> tls_connect(io::Loop& loop,
                                                         std::shared_ptr<const TlsContext> context,
                                                         std::unique_ptr<io::Stream> transport,
                                                         std::string server_name,
                                                         std::vector<std::string> protocols) {
  auto ours = std::static_pointer_cast<const Context>(std::move(context));
  ensure(ours->side == Context::Side::client, "a TLS client has a client's context");
  std::string offered = ours->protocols;
  if (!protocols.empty()) {
    TRY_CO(wire, wire_protocols(protocols));
    offered = std::move(wire);
  }
  auto session = std::make_unique<TlsSession>(loop, std::move(ours), std::move(transport));
  TRY_CO_DO(session->prepare(server_name, offered));
  TRY_CO_DO(co_await session->handshake());
  std::unique_ptr<TlsStream> out = std::move(session);
  co_return out;
}

}  // namespace aloft::http
