#include "troupe/http/retry.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::http {

bool is_transient(std::uint32_t http_status) noexcept {
  return http_status == 408 || http_status == 429
         || (http_status >= 500 && http_status < 600);
}

std::optional<duration> next_try(const session_options& options,
                                 std::uint32_t tries, std::uint32_t retries,
                                 const failed_try& last, double random) {
  if (tries > retries || !(last.transient || is_transient(last.http_status))
      || last.retry_after > options.retry_after_limit())
    return std::nullopt;
  auto limit = std::chrono::duration<double>(options.backoff_limit()).count();
  auto bound = std::chrono::duration<double>(options.backoff()).count()
               * std::exp2(std::min(tries - 1, 62U));
  auto wait = std::chrono::duration<double>(random * std::min(bound, limit));
  if (wait >= std::chrono::duration<double>(forever))
    return forever;
  return std::max(std::chrono::duration_cast<duration>(wait), last.retry_after);
}

} // namespace troupe::http
