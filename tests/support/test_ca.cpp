#include "support/test_ca.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace troupe::test {

namespace {

// Turns OpenSSL's free functions into deleters.
template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<&X509_free>>;
using extension_ptr =
  std::unique_ptr<X509_EXTENSION, freed_by<&X509_EXTENSION_free>>;
using file_ptr = std::unique_ptr<std::FILE, freed_by<&std::fclose>>;

void check(bool good, std::string_view what) {
  if (good)
    return;
  std::array<char, 256> reason{};
  ::ERR_error_string_n(::ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error{std::string{what} + ": " + reason.data()};
}

key_ptr make_key() {
  key_ptr result{EVP_EC_gen("P-256")};
  check(result != nullptr, "generate a key");
  return result;
}

void set_serial(X509* cert) {
  // Random, as two authorities' certificates must differ in it for a client
  // that sees both.
  std::array<unsigned char, 16> bytes{};
  check(::RAND_bytes(bytes.data(), bytes.size()) == 1, "random serial");
  bytes[0] &= 0x7f;
  std::unique_ptr<BIGNUM, freed_by<&BN_free>> number{
    ::BN_bin2bn(bytes.data(), bytes.size(), nullptr)};
  check(::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(cert)),
        "set the serial");
}

void set_subject(X509* cert, const std::string& name) {
  auto* bytes = reinterpret_cast<const unsigned char*>(name.c_str());
  check(::X509_NAME_add_entry_by_txt(::X509_get_subject_name(cert), "CN",
                                     MBSTRING_UTF8, bytes, -1, -1, 0),
        "set the subject");
}

void add_extension(X509* cert, X509* issuer, int kind,
                   const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  extension_ptr extension{
    ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  check(extension && ::X509_add_ext(cert, extension.get(), -1),
        "add the extension " + value);
}

x509_ptr make_certificate(const std::string& name, EVP_PKEY* key,
                          std::chrono::seconds valid_from,
                          std::chrono::seconds valid_to) {
  x509_ptr result{::X509_new()};
  check(result != nullptr, "create a certificate");
  auto* cert = result.get();
  ::X509_set_version(cert, X509_VERSION_3);
  set_serial(cert);
  set_subject(cert, name);
  ::X509_gmtime_adj(::X509_getm_notBefore(cert), valid_from.count());
  ::X509_gmtime_adj(::X509_getm_notAfter(cert), valid_to.count());
  check(::X509_set_pubkey(cert, key), "set the public key");
  return result;
}

void sign(X509* cert, X509* issuer, EVP_PKEY* key) {
  check(::X509_set_issuer_name(cert, ::X509_get_subject_name(issuer)),
        "set the issuer");
  check(::X509_sign(cert, key, ::EVP_sha256()) > 0, "sign");
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string result;
  for (const auto& host : hosts) {
    bool address = host.find_first_not_of("0123456789.") == host.npos;
    result += (result.empty() ? "" : ",");
    result += (address ? "IP:" : "DNS:") + host;
  }
  return result;
}

file_ptr open_for_writing(const std::filesystem::path& file) {
  file_ptr result{std::fopen(file.c_str(), "we")};
  if (!result)
    throw std::runtime_error{"cannot write " + file.string()};
  return result;
}

void write_certificate(const std::filesystem::path& file, X509* cert) {
  check(::PEM_write_X509(open_for_writing(file).get(), cert), "write PEM");
}

void write_key(const std::filesystem::path& file, EVP_PKEY* key) {
  auto out = open_for_writing(file);
  check(::PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr,
                               nullptr),
        "write PEM");
}

} // namespace

struct test_ca::authority {
  key_ptr key = make_key();
  x509_ptr cert =
    make_certificate("troupe test CA", key.get(), -std::chrono::hours{1},
                     std::chrono::hours{24});
};

test_ca::test_ca(std::filesystem::path folder)
  : folder_(std::move(folder)), ca_file_(folder_ / "ca.pem"),
    authority_(std::make_unique<authority>()) {
  auto* cert = authority_->cert.get();
  add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(cert, cert, NID_subject_key_identifier, "hash");
  sign(cert, cert, authority_->key.get());
  write_certificate(ca_file_, cert);
  server_ = issue("server", {});
}

test_ca::~test_ca() = default;

certificate test_ca::issue(const std::string& name,
                           const certificate_options& options) const {
  auto key = make_key();
  auto made =
    make_certificate(name, key.get(), options.valid_from, options.valid_to);
  auto* cert = made.get();
  auto* issuer = options.self_signed ? cert : authority_->cert.get();
  add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(cert, issuer, NID_subject_alt_name,
                alternative_names(options.hosts));
  sign(cert, issuer, options.self_signed ? key.get() : authority_->key.get());
  certificate result{folder_ / (name + ".pem"), folder_ / (name + ".key")};
  write_certificate(result.cert_file, cert);
  write_key(result.key_file, key.get());
  return result;
}

certificate test_ca::expired() const {
  certificate_options options;
  options.valid_from = -std::chrono::hours{24};
  options.valid_to = -std::chrono::hours{1};
  return issue("expired", options);
}

certificate test_ca::not_yet_valid() const {
  certificate_options options;
  options.valid_from = std::chrono::hours{1};
  return issue("not_yet_valid", options);
}

certificate test_ca::wrong_host() const {
  certificate_options options;
  options.hosts = {"wrong.example"};
  return issue("wrong_host", options);
}

certificate test_ca::self_signed() const {
  certificate_options options;
  options.self_signed = true;
  return issue("self_signed", options);
}

} // namespace troupe::test
