#pragma once

#include "troupe/http/detail/descriptor.hpp"
#include "troupe/http/detail/file_names.hpp"
#include "troupe/http/detail/file_store.hpp"
#include "troupe/http/digest.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace troupe::http::detail {

/// See `file_store.hpp`.
///
/// Threads: that of its writer, but for what says otherwise.
class target_file {
public:
  target_file(std::shared_ptr<file_names> names, file_names::key key,
              std::shared_ptr<const target_folder> folder, std::string name,
              v1::ChecksumAlgorithm algorithm, std::size_t writer_index);
  target_file(const target_file&) = delete;
  target_file& operator=(const target_file&) = delete;
  ~target_file();

  void append(const std::string& bytes);
  finished_file finish(const std::string& rest, const std::string& expected);
  /// Removes what was written, for another try.
  void start_over();
  file_store::found check(const std::string& expected, finished_file& result);

  /// Whether it cannot be written, so that going on is in vain. From any
  /// thread.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  // For the store, from any thread.
  const std::size_t writer;
  std::atomic<std::size_t> pending{0}; // bytes
  std::mutex room_mutex;
  std::function<void()> when_room;

private:
  [[nodiscard]] std::string path() const;
  [[nodiscard]] std::string leaf() const;
  [[nodiscard]] std::string part() const;
  [[nodiscard]] int directory() const;
  [[nodiscard]] bool lost_name() const noexcept;
  [[nodiscard]] bool has_name(const descriptor& file) const noexcept;
  [[nodiscard]] bool remove_old() const;
  void begin();
  void write(const std::string& bytes);
  bool create_whole(const std::string& bytes);
  void rename();
  void remove() noexcept;
  bool open_folder(bool make);
  bool open_existing();
  void fail(const char* what);
  void fail_busy();

  std::shared_ptr<file_names> names_;
  file_names::key key_;
  std::shared_ptr<const target_folder> folder_;
  std::string name_;
  digest digest_;
  descriptor subfolder_; // if the name has folders
  descriptor file_;
  descriptor existing_; // while it is checked
  error failed_;
  std::atomic<bool> broken_{false};
  bool begun_ = false; // or nothing was written yet
  bool created_ = false;
  bool done_ = false;
};

} // namespace troupe::http::detail
