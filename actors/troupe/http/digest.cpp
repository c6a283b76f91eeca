#include "troupe/http/digest.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace troupe::http {

namespace {

struct known {
  v1::ChecksumAlgorithm algorithm;
  std::string_view name;
  const EVP_MD* (*type)();
};

constexpr std::array algorithms{
  known{v1::CHECKSUM_ALGORITHM_SHA256, "sha256", EVP_sha256},
  known{v1::CHECKSUM_ALGORITHM_SHA512, "sha512", EVP_sha512},
  known{v1::CHECKSUM_ALGORITHM_MD5, "md5", EVP_md5},
};

const known* find(v1::ChecksumAlgorithm algorithm) {
  for (const auto& x : algorithms)
    if (x.algorithm == algorithm)
      return &x;
  return nullptr;
}

} // namespace

void digest::deleter::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

digest::digest(v1::ChecksumAlgorithm algorithm) {
  if (const auto* type = find(algorithm)) {
    algorithm_ = algorithm;
    context_.reset(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context_.get(), type->type(), nullptr);
  }
}

void digest::update(const char* data, std::size_t size) {
  if (context_)
    EVP_DigestUpdate(context_.get(), data, size);
}

std::string digest::finish() {
  std::string result;
  if (!context_)
    return result;
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
  EVP_DigestInit_ex(context_.get(), find(algorithm_)->type(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned i = 0; i < size; ++i) {
    result += digits[bytes[i] >> 4U];
    result += digits[bytes[i] & 15U];
  }
  return result;
}

std::string_view to_string(v1::ChecksumAlgorithm algorithm) {
  const auto* x = find(algorithm);
  return x ? x->name : std::string_view{};
}

expected<v1::Checksum> parse_checksum(std::string_view text) {
  auto bad = [&](const std::string& why) {
    return error{errc::invalid_argument,
                 "the checksum \"" + std::string{text} + "\" " + why};
  };
  auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return bad("is not ALGORITHM:HEX");
  for (const auto& x : algorithms) {
    if (x.name != text.substr(0, colon))
      continue;
    auto hex = std::string{text.substr(colon + 1)};
    auto length = static_cast<std::size_t>(EVP_MD_get_size(x.type())) * 2;
    if (hex.size() != length
        || !std::all_of(hex.begin(), hex.end(),
                        [](unsigned char c) { return std::isxdigit(c) != 0; }))
      return bad("needs " + std::to_string(length) + " hexadecimal digits");
    std::transform(hex.begin(), hex.end(), hex.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    v1::Checksum result;
    result.set_algorithm(x.algorithm);
    result.set_hex(std::move(hex));
    return result;
  }
  return bad("has an unknown algorithm (known: sha256, sha512, md5)");
}

} // namespace troupe::http
