#include "troupe/msg/errc_of.hpp"

#include <cerrno>
#include <string_view>

namespace troupe {

namespace {

errc errc_of_errno(int number) noexcept {
  switch (number) {
  case ECONNREFUSED:
  case ECONNRESET:
  case ECONNABORTED:
  case EPIPE:
  case ENOTCONN:
  case EHOSTUNREACH:
  case EHOSTDOWN:
  case ENETDOWN:
  case ENETRESET:
  case ENETUNREACH:
  case EADDRNOTAVAIL:
    return errc::unavailable;
  case ETIMEDOUT:
    return errc::timed_out;
  case ECANCELED:
    return errc::aborted;
  case EBADF:
  case ESHUTDOWN:
    return errc::closed;
  case EACCES:
  case EPERM:
    return errc::permission_denied;
  case EADDRINUSE:
  case EBUSY:
    return errc::busy;
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM:
    return errc::overloaded;
  case EMSGSIZE:
    return errc::too_large;
  case EINVAL:
  case EAFNOSUPPORT:
  case EPROTONOSUPPORT:
  case ESOCKTNOSUPPORT:
  case ENOPROTOOPT:
  case EOPNOTSUPP:
  case ENOTSOCK:
  case EISCONN:
  case EALREADY:
  case ENAMETOOLONG:
  case EDESTADDRREQ:
    return errc::invalid_argument;
  case ENOENT:
  case EEXIST:
  case EISDIR:
  case ENOTDIR:
  case ENOTEMPTY:
  case ENOSPC:
  case EROFS:
  case EIO:
    return errc::file_error;
  default:
    return errc::internal;
  }
}

/// Asio's own errors: this layer knows their names and numbers only.
errc errc_of_asio(std::string_view category, int number) noexcept {
  if (category == "asio.misc")
    switch (number) {
    case 1: // already_open
      return errc::invalid_argument;
    case 2: // eof
      return errc::end_of_stream;
    case 3: // not_found: the buffer is full, and what ends a read is not there
      return errc::too_large;
    default:
      return errc::internal;
    }
  if (category == "asio.netdb") // the name, or who knows it, is not found
    return errc::unavailable;
  if (category == "asio.addrinfo") // no such service or type of socket
    return errc::invalid_argument;
  if (category.starts_with("asio.ssl"))
    return errc::tls_error;
  return errc::internal;
}

} // namespace

errc errc_of(const std::error_code& code) noexcept {
  if (!code)
    return errc::ok;
  std::string_view category = code.category().name();
  if (category == "asio.system")
    return errc_of_errno(code.value());
  auto general = code.default_error_condition();
  if (general.category() == std::generic_category())
    return errc_of_errno(general.value());
  return errc_of_asio(category, code.value());
}

} // namespace troupe
