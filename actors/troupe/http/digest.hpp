#pragma once

#include "troupe/msg/expected.hpp"

#include "troupe/v1/download.pb.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

extern "C" {
struct evp_md_ctx_st;
}

namespace troupe::http {

/// A checksum over bytes that come piece by piece. The work is OpenSSL's.
class digest {
public:
  /// Nothing to compute; `finish` is empty.
  digest() = default;
  explicit digest(v1::ChecksumAlgorithm algorithm);

  void update(const char* data, std::size_t size);

  /// The checksum in lower-case hexadecimal digits. The next `update` starts
  /// anew.
  [[nodiscard]] std::string finish();

  [[nodiscard]] v1::ChecksumAlgorithm algorithm() const { return algorithm_; }

private:
  struct deleter {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };

  v1::ChecksumAlgorithm algorithm_ = v1::CHECKSUM_ALGORITHM_UNSPECIFIED;
  std::unique_ptr<evp_md_ctx_st, deleter> context_;
};

/// "sha256", "sha512" or "md5".
[[nodiscard]] std::string_view to_string(v1::ChecksumAlgorithm algorithm);

/// Reads "sha256:9f86…".
///
/// Fails: `invalid_argument` when the algorithm is unknown or the digits are
///        not as many as it has, or none.
[[nodiscard]] expected<v1::Checksum> parse_checksum(std::string_view text);

} // namespace troupe::http
