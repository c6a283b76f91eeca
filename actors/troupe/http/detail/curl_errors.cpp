#include "troupe/http/detail/curl_errors.hpp"

#include <curl/curl.h>

namespace troupe::http::detail {

curl_meaning meaning_of(int result) noexcept {
  switch (result) {
  case CURLE_OK:
    return {errc::ok, false};
  case CURLE_URL_MALFORMAT:
  case CURLE_BAD_FUNCTION_ARGUMENT:
    return {errc::invalid_argument, false};
  case CURLE_OPERATION_TIMEDOUT:
    return {errc::timed_out, true};
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_PROXY:
  case CURLE_SSL_CONNECT_ERROR:
    return {errc::unavailable, true};
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return {errc::protocol_error, true};
  case CURLE_UNSUPPORTED_PROTOCOL: // of a redirect, or HTTP/0.9
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_TOO_MANY_REDIRECTS:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_RANGE_ERROR:
    return {errc::protocol_error, false};
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_USE_SSL_FAILED:
    return {errc::tls_error, false};
  case CURLE_FILESIZE_EXCEEDED:
    return {errc::too_large, false};
  default:
    return {errc::internal, false};
  }
}

} // namespace troupe::http::detail
