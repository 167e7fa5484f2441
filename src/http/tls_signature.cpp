// Signatures for tokens, digests and comparisons that do not tell where two secrets differ.
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/sha.h>

#include "http/openssl.h"
#include "http/tls.h"

namespace aloft::http {
namespace {

using namespace detail;

constexpr int half = 32;  // bytes of r and of s for P-256

using Signature = OpensslOwner<ECDSA_SIG, ECDSA_SIG_free>;

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Result<std::string> public_key_of(std::string_view private_key_pem) {
  TRY(key, read_private_key(private_key_pem));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) return fail(openssl_error("write public key"));
  return take_text(bio.get());
}

Result<std::string> public_point_of(std::string_view public_key_pem) {
  const Bio bio(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || !is_p256(key.get()))
    return fail(Code::invalid, "public key: not a key on the curve P-256");
  unsigned char* encoded = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &encoded);
  // Uncompressed form: one byte that says so, then both coordinates.
  std::string point(reinterpret_cast<const char*>(encoded), size);
  OPENSSL_free(encoded);
  if (point.size() != 65) return fail(Code::invalid, "public key: not an uncompressed point");
  return point.substr(1);
}

Result<std::string> sign_es256(std::string_view private_key_pem, std::string_view bytes) {
  TRY(key, read_private_key(private_key_pem));
  if (!is_p256(key.get())) return fail(Code::invalid, "sign: the key is not on the curve P-256");
  const Digest digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, raw(bytes), bytes.size()) != 1) {
    return fail(openssl_error("sign"));
  }
  std::string encoded(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(encoded.data()), &size, raw(bytes),
                     bytes.size()) != 1) {
    return fail(openssl_error("sign"));
  }
  const unsigned char* cursor = raw(encoded);
  const Signature signature(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(size)));
  if (!signature) return fail(openssl_error("sign"));
  std::string out(2 * half, '\0');
  auto* target = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), target, half);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), target + half, half);
  return out;
}

bool verify_es256(std::string_view public_key_pem, std::string_view bytes, std::string_view signature) {
  if (signature.size() != 2 * half) return false;
  const Bio bio = text_bio(public_key_pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  bool good = false;
  if (key && is_p256(key.get())) {
    const Signature parts(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(raw(signature), half, nullptr);
    BIGNUM* s = BN_bin2bn(raw(signature) + half, half, nullptr);
    ECDSA_SIG_set0(parts.get(), r, s);
    unsigned char* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &encoded);
    const Digest digest(EVP_MD_CTX_new());
    good = size > 0 && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(digest.get(), encoded, static_cast<std::size_t>(size), raw(bytes),
                            bytes.size()) == 1;
    OPENSSL_free(encoded);
  }
  ERR_clear_error();
  return good;
}

std::string sha256(std::string_view bytes) {
  std::string out(SHA256_DIGEST_LENGTH, '\0');
  SHA256(raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

std::string sha512(std::string_view bytes) {
  std::string out(SHA512_DIGEST_LENGTH, '\0');
  SHA512(raw(bytes), bytes.size(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aloft::http
