#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::test {

/// A folder of its own, removed with all it holds by the destructor.
class temp_dir {
public:
  enum class place {
    disk,  ///< The system's temporary folder.
    memory ///< /dev/shm where it is writable, else as `disk`.
  };

  explicit temp_dir(place where = place::disk);
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  temp_dir(temp_dir&&) = delete;
  temp_dir& operator=(temp_dir&&) = delete;
  ~temp_dir();

  /// Writes a file anew, with the folders that lead to it.
  ///
  /// @param name Relative to the folder.
  /// @return The file's absolute path.
  std::filesystem::path write(const std::filesystem::path& name,
                              std::string_view bytes) const;

  /// Returns the bytes of a file.
  ///
  /// Fails: throws std::runtime_error for a file that cannot be read.
  std::string read(const std::filesystem::path& name) const;

  /// Returns the names of all that is not a folder, at any depth, sorted.
  std::vector<std::string> files() const;

  bool contains(const std::filesystem::path& name) const;

  const std::filesystem::path& path() const { return path_; }

  /// Returns the absolute path of a name in the folder.
  std::filesystem::path operator/(const std::filesystem::path& name) const {
    return path_ / name;
  }

private:
  std::filesystem::path path_;
};

} // namespace troupe::test
