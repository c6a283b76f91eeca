#pragma once

#include "troupe/http/detail/transfer.hpp"
#include "troupe/http/session_options.hpp"

#include "troupe/v1/download.pb.h"

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::http::detail {

/// Lines of a request's head, as libcurl takes them.
class header_list {
public:
  void add(const std::string& line);
  [[nodiscard]] curl_slist* get() const noexcept { return lines_.get(); }

private:
  struct free_all {
    void operator()(curl_slist* x) const noexcept { curl_slist_free_all(x); }
  };
  std::unique_ptr<curl_slist, free_all> lines_;
};

/// The headers that all requests of a session have.
header_list common_headers(const session_options& options);

/// Sets on a new handle what all transfers of a session have in common, but
/// for callbacks.
void set_common(CURL* easy, const session_options& options);

/// Sets what is asked for, and where.
///
/// @param common What `common_headers` made.
/// @return Headers of this request alone, which have to outlive it as `common`
///         has to.
header_list set_request(CURL* easy, const transfer& what,
                        const session_options& options,
                        const header_list& common);

/// Whether a request asks for a range of bytes.
bool asks_for_part(const v1::Download& request, const session_options& options);

/// The value of a header's line if it is that header; it may be empty.
std::optional<std::string_view> value_of(std::string_view line,
                                         std::string_view name);

} // namespace troupe::http::detail
