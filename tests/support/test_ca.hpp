#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace troupe::test {

/// The PEM files of a certificate and its private key.
struct certificate {
  std::filesystem::path cert_file;
  std::filesystem::path key_file;
};

/// What a certificate says.
struct certificate_options {
  /// DNS names and IPv4 addresses; by default this machine's own.
  std::vector<std::string> hosts{"localhost", "127.0.0.1"};

  /// The start and end of its validity, counted from now.
  std::chrono::seconds valid_from = -std::chrono::hours{1};
  std::chrono::seconds valid_to = std::chrono::hours{24};

  /// Whether it is signed by its own key and not by the CA.
  bool self_signed = false;
};

/// A certificate authority for one test, with its files in a folder.
///
/// Keys are EC P-256. Threads: from one at a time.
class test_ca {
public:
  /// Creates the authority and a server's certificate in an existing folder.
  explicit test_ca(std::filesystem::path folder);
  test_ca(const test_ca&) = delete;
  test_ca& operator=(const test_ca&) = delete;
  test_ca(test_ca&&) = delete;
  test_ca& operator=(test_ca&&) = delete;
  ~test_ca();

  /// Creates `name`.pem and `name`.key in the folder.
  certificate issue(const std::string& name,
                    const certificate_options& options) const;

  /// Issues a certificate that ended an hour ago.
  certificate expired() const;

  /// Issues a certificate that begins in an hour.
  certificate not_yet_valid() const;

  /// Issues a certificate for wrong.example only.
  certificate wrong_host() const;

  /// Creates a certificate that the authority has not signed.
  certificate self_signed() const;

  /// The valid certificate for localhost and 127.0.0.1.
  const certificate& server() const { return server_; }

  /// What clients have to trust.
  const std::filesystem::path& ca_file() const { return ca_file_; }
  const std::filesystem::path& cert_file() const { return server_.cert_file; }
  const std::filesystem::path& key_file() const { return server_.key_file; }

private:
  struct authority;

  std::filesystem::path folder_;
  std::filesystem::path ca_file_;
  std::unique_ptr<authority> authority_;
  certificate server_;
};

} // namespace troupe::test
