// Certificates: making an authority, issuing and signing leaves, reading what a certificate says.
#include <array>
#include <ctime>

#include <arpa/inet.h>

#include "http/openssl.h"
#include "http/tls.h"

namespace aloft::http {
namespace detail {

Error openssl_error(std::string_view what, Code code) {
  const unsigned long number = ERR_get_error();
  ERR_clear_error();
  if (number == 0) return {code, fmt::format("{}: failed", what)};
  const char* reason = ERR_reason_error_string(number);
  if (reason != nullptr) return {code, fmt::format("{}: {}", what, reason)};
  char text[160];
  ERR_error_string_n(number, text, sizeof text);
  return {code, fmt::format("{}: {}", what, text)};
}

Bio text_bio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string take_text(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<Key> read_private_key(std::string_view pem) {
  const Bio bio = text_bio(pem);
  // Never asks a terminal for a password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(openssl_error("private key", Code::invalid));
  return key;
}

Result<Certificate> read_leaf(std::string_view pem) {
  const Bio bio = text_bio(pem);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(openssl_error("certificate", Code::invalid));
  return certificate;
}

namespace {

std::string entry_text(const X509_NAME* name, int index) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

}  // namespace

std::string common_name_of(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  return index < 0 ? std::string() : entry_text(name, index);
}

std::vector<std::string> organizations_of(const X509_NAME* name) {
  std::vector<std::string> out;
  for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_organizationName, i)) >= 0;) {
    out.push_back(entry_text(name, i));
  }
  return out;
}

void read_alternative_names(const GENERAL_NAMES* names, std::vector<std::string>& dns,
                            std::vector<std::string>& ips) {
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* text = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const unsigned char* data = ASN1_STRING_get0_data(text);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
    if (name->type == GEN_DNS) {
      dns.emplace_back(reinterpret_cast<const char*>(data), size);
    } else if (size == 4 || size == 16) {
      char printed[INET6_ADDRSTRLEN];
      inet_ntop(size == 4 ? AF_INET : AF_INET6, data, printed, sizeof printed);
      ips.emplace_back(printed);
    }
  }
}

}  // namespace detail

namespace {

using namespace detail;

std::time_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.since_epoch).count();
}

Result<WallTime> from_asn1(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return fail(openssl_error("certificate: validity", Code::invalid));
  const std::time_t seconds = ::timegm(&parts);
  // Nanoseconds reach to 2262; a certificate "without end" is clamped to that.
  constexpr std::time_t last = 9'223'372'036;
  return WallTime{std::chrono::seconds(std::min(seconds, last))};
}

Result<std::string> key_to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(openssl_error("write private key"));
  }
  return take_text(bio.get());
}

Result<std::string> certificate_to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate) != 1) return fail(openssl_error("write certificate"));
  return take_text(bio.get());
}

Result<Key> new_key() {
  Key key(EVP_EC_gen("P-256"));
  if (!key) return fail(openssl_error("make key"));
  return key;
}

bool add_name_entry(X509_NAME* name, int kind, const std::string& text) {
  return X509_NAME_add_entry_by_NID(name, kind, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

Result<> set_subject(X509_NAME* name, const CertificateRequest& request) {
  for (const std::string& organization : request.organizations) {
    if (!add_name_entry(name, NID_organizationName, organization))
      return fail(openssl_error("subject", Code::invalid));
  }
  if (!request.common_name.empty() && !add_name_entry(name, NID_commonName, request.common_name)) {
    return fail(openssl_error("subject", Code::invalid));
  }
  return {};
}

Result<> add_extension(X509* certificate, X509* issuer, int kind, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, text.c_str()));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return fail(openssl_error("certificate extension", Code::invalid));
  }
  return {};
}

// Built from values, not from OpenSSL's configuration language, in which a comma in a name would start
// another field.
Result<AlternativeNames> alternative_names(const CertificateRequest& request) {
  AlternativeNames names(GENERAL_NAMES_new());
  const auto add = [&](int kind, const char* data, std::size_t size) {
    ASN1_STRING* text = kind == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
    ASN1_STRING_set(text, data, static_cast<int>(size));
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, kind, text);
    sk_GENERAL_NAME_push(names.get(), name);
  };
  for (const std::string& dns : request.dns_names) add(GEN_DNS, dns.data(), dns.size());
  for (const std::string& ip : request.ip_addresses) {
    std::array<char, 16> raw{};
    if (inet_pton(AF_INET, ip.c_str(), raw.data()) == 1) {
      add(GEN_IPADD, raw.data(), 4);
    } else if (inet_pton(AF_INET6, ip.c_str(), raw.data()) == 1) {
      add(GEN_IPADD, raw.data(), 16);
    } else {
      return fail(Code::invalid, fmt::format("certificate: \"{}\" is not an IP address", ip));
    }
  }
  return names;
}

Result<Certificate> new_certificate(WallTime from, WallTime to) {
  Certificate certificate(X509_new());
  BIGNUM* number = BN_new();
  const bool ok = certificate && number != nullptr &&
                  BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) != nullptr &&
                  X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds_of(from)) != nullptr &&
                  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds_of(to)) != nullptr;
  BN_free(number);
  if (!ok) return fail(openssl_error("make certificate"));
  return certificate;
}

// A leaf for a public key that somebody holds the private half of.
Result<std::string> sign_leaf(const KeyPair& authority, EVP_PKEY* subject_key,
                              const CertificateRequest& request, WallTime now) {
  TRY(issuer, read_leaf(authority.certificate_pem));
  TRY(issuer_key, read_private_key(authority.private_key_pem));
  // The clocks of two machines differ a little.
  TRY(leaf, new_certificate(now - 60s, now + request.valid_for));
  TRY_DO(set_subject(X509_get_subject_name(leaf.get()), request));
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer.get()));
  X509_set_pubkey(leaf.get(), subject_key);
  TRY_DO(add_extension(leaf.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE"));
  TRY_DO(add_extension(leaf.get(), issuer.get(), NID_key_usage, "critical,digitalSignature,keyEncipherment"));
  std::string usage;
  if (request.server) usage += "serverAuth";
  if (request.client) usage += usage.empty() ? "clientAuth" : ",clientAuth";
  if (!usage.empty()) TRY_DO(add_extension(leaf.get(), issuer.get(), NID_ext_key_usage, usage));
  TRY_DO(add_extension(leaf.get(), issuer.get(), NID_authority_key_identifier, "keyid"));
  if (!request.dns_names.empty() || !request.ip_addresses.empty()) {
    TRY(names, alternative_names(request));
    if (X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, names.get(), 0, 0) != 1) {
      return fail(openssl_error("certificate: names", Code::invalid));
    }
  }
  if (X509_sign(leaf.get(), issuer_key.get(), EVP_sha256()) == 0)
    return fail(openssl_error("sign certificate"));
  return certificate_to_pem(leaf.get());
}

Result<SigningRequest> read_request(std::string_view pem) {
  const Bio bio = text_bio(pem);
  SigningRequest request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (!request) return fail(openssl_error("certificate request", Code::invalid));
  if (X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
    return fail(openssl_error("certificate request: signature", Code::invalid));
  }
  return request;
}

}  // namespace

Result<KeyPair> make_authority(std::string_view common_name, WallTime now, Duration valid_for) {
  TRY(key, new_key());
  TRY(certificate, new_certificate(now - 60s, now + valid_for));
  CertificateRequest subject;
  subject.common_name = common_name;
  TRY_DO(set_subject(X509_get_subject_name(certificate.get()), subject));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  X509_set_pubkey(certificate.get(), key.get());
  TRY_DO(add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE"));
  TRY_DO(add_extension(certificate.get(), certificate.get(), NID_key_usage,
                       "critical,digitalSignature,keyEncipherment,keyCertSign,cRLSign"));
  TRY_DO(add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash"));
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
    return fail(openssl_error("sign certificate"));
  TRY(certificate_pem, certificate_to_pem(certificate.get()));
  TRY(key_pem, key_to_pem(key.get()));
  return KeyPair{std::move(certificate_pem), std::move(key_pem)};
}

Result<KeyPair> issue_certificate(const KeyPair& authority, const CertificateRequest& request, WallTime now) {
  TRY(key, new_key());
  TRY(certificate_pem, sign_leaf(authority, key.get(), request, now));
  TRY(key_pem, key_to_pem(key.get()));
  return KeyPair{std::move(certificate_pem), std::move(key_pem)};
}

Result<std::string> make_certificate_request(std::string_view private_key_pem,
                                             const CertificateRequest& request) {
  TRY(key, read_private_key(private_key_pem));
  const SigningRequest out(X509_REQ_new());
  X509_REQ_set_version(out.get(), X509_REQ_VERSION_1);
  TRY_DO(set_subject(X509_REQ_get_subject_name(out.get()), request));
  X509_REQ_set_pubkey(out.get(), key.get());
  if (!request.dns_names.empty() || !request.ip_addresses.empty()) {
    TRY(names, alternative_names(request));
    const Extension extension(X509V3_EXT_i2d(NID_subject_alt_name, 0, names.get()));
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(extensions, extension.get());
    X509_REQ_add_extensions(out.get(), extensions);
    sk_X509_EXTENSION_free(extensions);
  }
  if (X509_REQ_sign(out.get(), key.get(), EVP_sha256()) == 0)
    return fail(openssl_error("sign certificate request"));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509_REQ(bio.get(), out.get()) != 1)
    return fail(openssl_error("write certificate request"));
  return take_text(bio.get());
}

Result<CertificateRequest> read_certificate_request(std::string_view request_pem) {
  TRY(request, read_request(request_pem));
  CertificateRequest out;
  const X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  out.common_name = common_name_of(subject);
  out.organizations = organizations_of(subject);
  STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request.get());
  const AlternativeNames names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  read_alternative_names(names.get(), out.dns_names, out.ip_addresses);
  return out;
}

Result<std::string> sign_certificate_request(const KeyPair& authority, std::string_view request_pem,
                                             const CertificateRequest& usage, WallTime now) {
  TRY(request, read_request(request_pem));
  TRY(asked, read_certificate_request(request_pem));
  asked.server = usage.server;
  asked.client = usage.client;
  asked.valid_for = usage.valid_for;
  return sign_leaf(authority, X509_REQ_get0_pubkey(request.get()), asked, now);
}

Result<CertificateFacts> read_certificate(std::string_view pem) {
  TRY(certificate, read_leaf(pem));
  CertificateFacts facts;
  const X509_NAME* subject = X509_get_subject_name(certificate.get());
  facts.common_name = common_name_of(subject);
  facts.organizations = organizations_of(subject);
  const AlternativeNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  read_alternative_names(names.get(), facts.dns_names, facts.ip_addresses);
  TRY(not_before, from_asn1(X509_get0_notBefore(certificate.get())));
  TRY(not_after, from_asn1(X509_get0_notAfter(certificate.get())));
  facts.not_before = not_before;
  facts.not_after = not_after;
  return facts;
}

Result<std::string> make_private_key() {
  TRY(key, new_key());
  return key_to_pem(key.get());
}

}  // namespace aloft::http
