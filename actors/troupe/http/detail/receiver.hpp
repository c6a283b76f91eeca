#pragma once

#include "troupe/http/detail/outbox.hpp"
#include "troupe/http/detail/transfer.hpp"
#include "troupe/http/digest.hpp"
#include "troupe/http/session_options.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::http::detail {

/// What comes back for one transfer: the heads of the answers, the body on its
/// way to a file or into memory, and what all that came to.
///
/// Threads: the one that transfers.
class receiver {
public:
  /// @param easy The handle that transfers it.
  receiver(transfer what, CURL* easy, const session_options& options,
           file_store& files, outbox& out);
  ~receiver();
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  [[nodiscard]] const transfer& what() const noexcept { return what_; }
  [[nodiscard]] CURL* easy() const noexcept { return easy_; }
  /// Of the body, so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Of the body; 0 if the server did not say.
  [[nodiscard]] std::uint64_t total_bytes() const;

  /// Says why it fails, of which libcurl only knows that it does.
  void fail(error why) { failure_ = std::move(why); }

  /// Takes a line of an answer's head, or all that came during a pause.
  ///
  /// @return Whether it goes on.
  bool take_header(std::string_view lines);

  /// Decides what becomes of the body, once the head is known; once.
  ///
  /// @return Whether there is a place for it.
  bool begin_body();

  enum class taken { yes, no_room, refused };
  /// Takes a piece of the body, all or nothing.
  ///
  /// @param when_room Called, from any thread, when there is room again.
  taken take_body(std::string_view piece,
                  const std::function<void()>& when_room);

  /// The transfer has ended.
  ///
  /// @return What that came to, as far as it depends on the server.
  std::shared_ptr<transfer_report> end(CURLcode code);

  /// Tells the client, after the file got its name or was removed.
  void deliver(std::shared_ptr<transfer_report> report);

private:
  [[nodiscard]] const v1::Download& request() const noexcept {
    return *what_.what;
  }
  [[nodiscard]] v1::ChecksumAlgorithm algorithm() const;
  void take_line(std::string_view line);
  bool begin_file();
  void set_failure(failed_try& failed, CURLcode code, long status);
  void follow(transfer_report& report);
  void check(transfer_report& report);
  [[nodiscard]] bool is_refused(long status) const;
  [[nodiscard]] bool is_followed(long status) const;

  transfer what_;
  CURL* easy_;
  const session_options* options_;
  file_store* files_;
  outbox* out_;
  std::array<char, CURL_ERROR_SIZE> text_{}; // libcurl says here why it failed

  // Of the newest answer.
  std::string disposition_;
  std::string location_;
  std::vector<v1::HttpHeader> headers_;
  bool chunked_ = false;

  std::size_t header_bytes_ = 0; // of all answers
  bool head_is_whole_ = false;
  bool wants_body_ = false;
  bool body_began_ = false;
  std::size_t unwanted_bytes_ = 0;
  error failure_;
  std::string piece_; // the whole body, when it is kept in memory
  std::size_t piece_size_ = 64 << 10; // that is written at once
  std::uint64_t bytes_ = 0;
  digest checksum_; // of a body that no file is made of
};

/// What libcurl tells of a handle.
template <class T>
T info(CURL* easy, CURLINFO what) {
  T result{};
  curl_easy_getinfo(easy, what, &result);
  return result;
}

} // namespace troupe::http::detail
