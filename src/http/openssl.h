// Owners for OpenSSL's objects and its error queue as text. Included by tls*.cpp only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/result.h"
#include "http/message.h"

namespace aloft::http::detail {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using OpensslOwner = std::unique_ptr<T, OpensslFree<Free>>;

using Bio = OpensslOwner<BIO, BIO_free_all>;
using Key = OpensslOwner<EVP_PKEY, EVP_PKEY_free>;
using Certificate = OpensslOwner<X509, X509_free>;
using SigningRequest = OpensslOwner<X509_REQ, X509_REQ_free>;
using Extension = OpensslOwner<X509_EXTENSION, X509_EXTENSION_free>;
using Digest = OpensslOwner<EVP_MD_CTX, EVP_MD_CTX_free>;
using AlternativeNames = OpensslOwner<GENERAL_NAMES, GENERAL_NAMES_free>;

// The oldest error in OpenSSL's queue for this thread, which is emptied.
Error openssl_error(std::string_view what, Code code = Code::internal);

Result<Key> read_private_key(std::string_view pem);
Result<Certificate> read_leaf(std::string_view pem);
std::string take_text(BIO* memory);
Bio text_bio(std::string_view text);

std::string common_name_of(const X509_NAME* name);
std::vector<std::string> organizations_of(const X509_NAME* name);
// Appends the DNS names and the IP addresses, the latter as text.
void read_alternative_names(const GENERAL_NAMES* names, std::vector<std::string>& dns,
                            std::vector<std::string>& ips);

}  // namespace aloft::http::detail
