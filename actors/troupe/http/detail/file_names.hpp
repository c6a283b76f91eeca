#pragma once

#include "troupe/http/detail/descriptor.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

namespace troupe::http::detail {

/// @param folder May be empty, for the current one.
std::string path_of(const std::string& folder, const std::string& name);

/// A folder that files are written to.
struct target_folder {
  explicit target_folder(std::string given);

  std::string name; // as it was given
  std::string path; // the same for all ways to write it
  descriptor opened;
  int failed; // errno, or 0
};

/// The names that are taken, and the folders they are in.
///
/// Threads: any.
class file_names {
public:
  /// A name, as a hash of it: a session may write millions.
  using key = std::size_t;

  /// @param unique Whether the name of a file that is done stays taken.
  explicit file_names(bool unique) : unique_(unique) {}

  /// Takes a path and its .part; both or none.
  ///
  /// @param path Always written the same way.
  std::optional<key> take(const std::string& path);
  /// @param done Whether the file is whole.
  void give_back(key name, bool done);

  /// Opens a folder. The last one stays open: it is nearly always the next one
  /// too.
  std::shared_ptr<const target_folder> folder(const std::string& name);
  /// Opens the folder anew next time: it may have been removed and made again.
  void forget_folder();

private:
  const bool unique_;
  std::hash<std::string> hash_;
  std::mutex mutex_;
  std::unordered_set<key> taken_;
  bool some_end_in_part_ = false; // else nobody can have taken a .part
  std::shared_ptr<const target_folder> last_;
};

} // namespace troupe::http::detail
