// Certificates, keys and TLS settings, as PEM text. OpenSSL stays behind tls*.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"
#include "io/epoll_loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

struct KeyPair {
  std::string certificate_pem;  // the leaf first, then the chain
  std::string private_key_pem;  // secret: never logged
};

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  bool server = false;  // extended key usage
  bool client = false;
  Duration valid_for = 24h * 365;
};

// A self-signed authority: P-256, subject CN. Blocks for the key generation (well under a millisecond for
// P-256).
Result<KeyPair> make_authority(std::string_view common_name, WallTime now, Duration valid_for);
// A leaf signed by the authority; its validity starts a minute before `now` for clocks that differ.
Result<KeyPair> issue_certificate(const KeyPair& authority, const CertificateRequest& request, WallTime now);
// A PKCS#10 request for a key pair that stays with its maker.
Result<std::string> make_certificate_request(std::string_view private_key_pem,
                                             const CertificateRequest& request);
// Signs a PKCS#10 request that somebody else's key made; what it may be used for and for how long comes from
// `usage`, names come from the request. Gives the certificate as PEM.
Result<std::string> sign_certificate_request(const KeyPair& authority, std::string_view request_pem,
                                             const CertificateRequest& usage, WallTime now);
// The names that a PKCS#10 request asks for; its signature was checked.
Result<CertificateRequest> read_certificate_request(std::string_view request_pem);

// What a certificate says.
struct CertificateFacts {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  WallTime not_before;
  WallTime not_after;
};
Result<CertificateFacts> read_certificate(std::string_view pem);

// ECDSA P-256 signatures for JSON Web Tokens (ES256): raw r||s form.
Result<std::string> make_private_key();                               // P-256, PEM
Result<std::string> public_key_of(std::string_view private_key_pem);  // PEM
// The point of a P-256 public key as x||y, 64 bytes, for JSON Web Keys.
Result<std::string> public_point_of(std::string_view public_key_pem);
Result<std::string> sign_es256(std::string_view private_key_pem, std::string_view bytes);
bool verify_es256(std::string_view public_key_pem, std::string_view bytes, std::string_view signature);
std::string sha256(std::string_view bytes);  // raw 32 bytes
std::string sha512(std::string_view bytes);  // raw 64 bytes
bool equal_in_constant_time(std::string_view a, std::string_view b);

// Server or client settings, checked once and shared by connections. Thread safe.
class TlsContext {
 public:
  struct ServerSettings {
    KeyPair key_pair;
    std::string
        client_authorities_pem;  // empty: clients are not asked for certificates; else asked, not required
    std::vector<std::string> protocols = {"h2", "http/1.1"};  // ALPN, by preference
  };
  struct ClientSettings {
    std::string authorities_pem;  // empty: the system's
    std::optional<KeyPair> key_pair;
    bool verify = true;
    std::vector<std::string> protocols = {"h2", "http/1.1"};
  };
  static Result<std::shared_ptr<const TlsContext>> server(const ServerSettings& settings);
  static Result<std::shared_ptr<const TlsContext>> client(const ClientSettings& settings);
  virtual ~TlsContext() = default;
};

// A TLS session over any stream.
class TlsStream : public io::Stream {
 public:
  virtual const std::string& protocol() const = 0;  // negotiated by ALPN; empty when none
  virtual const std::optional<PeerCertificate>& peer_certificate() const = 0;  // verified
};
// Performs the handshake; errors name what failed. `server_name` is for SNI and verification; `protocols`,
// when given, are offered instead of the context's (an upgrade needs HTTP/1.1 whatever the context prefers).
// A clear-text HTTP request on a TLS port is answered with a sentence that says so.
io::Task<Result<std::unique_ptr<TlsStream>>> tls_accept(io::Loop& loop,
                                                        std::shared_ptr<const TlsContext> context,
                                                        std::unique_ptr<io::Stream> transport);
io::Task<Result<std::unique_ptr<TlsStream>>> tls_connect(io::Loop& loop,
                                                         std::shared_ptr<const TlsContext> context,
                                                         std::unique_ptr<io::Stream> transport,
                                                         std::string server_name,
                                                         std::vector<std::string> protocols = {});

}  // namespace aloft::http
