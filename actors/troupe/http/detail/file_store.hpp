#pragma once

#include "troupe/http/digest.hpp"
#include "troupe/msg/expected.hpp"

#include "troupe/v1/download.pb.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace troupe::http::detail {

/// A file that is being downloaded: `name.part` until it is whole, then `name`.
/// One that comes in a single piece has no part. Its name is taken for as long
/// as the object lives.
class target_file;

/// How a file was finished.
struct finished_file {
  error why;
  std::string path;
  std::string checksum; // hexadecimal
};

/// Threads that write files, so that no transfer waits for a disk, and the
/// names that are taken.
///
/// Operations on one file happen in the order in which they were asked for,
/// some time after the next `wake`; callbacks come from the threads that write,
/// which no longer hold the file then.
///
/// Threads: any.
class file_store {
public:
  /// @param unique Whether a finished file's name stays taken.
  /// @param after_batch Called by a thread that has done all it was asked for
  ///                    when it began, so that callbacks may collect.
  file_store(
    std::size_t threads, bool unique,
    const std::function<void()>& after_batch = [] {});
  /// Finishes what it was asked for.
  ~file_store();
  file_store(const file_store&) = delete;
  file_store& operator=(const file_store&) = delete;

  /// Lets the threads do what they were asked for.
  void wake();

  /// Takes the name of a file in a folder; creates nothing.
  ///
  /// Fails: `invalid_argument` when the name leaves the folder; `busy` when it
  ///        is taken.
  expected<std::shared_ptr<target_file>> take(const std::string& folder,
                                              const std::string& name,
                                              v1::ChecksumAlgorithm algorithm);

  /// Opens the file if it is the first piece of this try.
  void append(std::shared_ptr<target_file> file, std::string bytes);

  /// Writes the rest, checks the checksum, and gives the file its name; on
  /// failure nothing remains.
  ///
  /// @param expected Hexadecimal; empty expects nothing.
  void finish(std::shared_ptr<target_file> file, std::string rest,
              std::string expected, std::function<void(finished_file)> then);

  /// Removes what was written.
  void discard(std::shared_ptr<target_file> file, std::function<void()> then);

  enum class found { more, same, other };
  /// Tells whether a whole file with this checksum is already there. A large
  /// one takes several calls, all with the same checksum, until it is not
  /// `more`.
  void check(std::shared_ptr<target_file> file, std::string expected,
             std::function<void(finished_file, found)> then);

  /// Whether a transfer may append now. If not, `when_room` is called once, as
  /// soon as it may.
  bool has_room(target_file& file, std::function<void()> when_room);

  /// When this returns, no `when_room` of the file is called any more.
  static void stop_waiting(target_file& file);

  /// Whether writing failed, so that `finish` will tell of an error.
  static bool broken(const target_file& file) noexcept;

private:
  class writer;
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::http::detail
