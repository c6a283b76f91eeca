#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe::cli {

/// A web server on loopback with generated files, for the demonstration.
class origin {
public:
  struct file {
    std::string name;
    std::uint64_t size;
    std::string sha256;
  };

  /// @param count How many files, of sizes from 1 KiB to 4 MiB.
  explicit origin(std::size_t count);
  ~origin();
  origin(const origin&) = delete;
  origin& operator=(const origin&) = delete;

  [[nodiscard]] const std::vector<file>& files() const noexcept;
  [[nodiscard]] std::string url(const file& x) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::cli
