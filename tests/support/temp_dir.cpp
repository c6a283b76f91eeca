#include "support/temp_dir.hpp"

#include "support/fd.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace troupe::test {

namespace fs = std::filesystem;

namespace {

fs::path parent_folder(temp_dir::place where) {
  if (where == temp_dir::place::memory && ::access("/dev/shm", W_OK) == 0)
    return "/dev/shm";
  return fs::temp_directory_path();
}

} // namespace

temp_dir::temp_dir(place where) {
  auto name = (parent_folder(where) / "troupe-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw_errno("mkdtemp " + name);
  path_ = name;
}

temp_dir::~temp_dir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path temp_dir::write(const fs::path& name, std::string_view bytes) const {
  auto file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream stream{file, std::ios::binary | std::ios::trunc};
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
    throw std::runtime_error{"cannot write " + file.string()};
  return file;
}

std::string temp_dir::read(const fs::path& name) const {
  auto file = path_ / name;
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    throw std::runtime_error{"cannot read " + file.string()};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

std::vector<std::string> temp_dir::files() const {
  std::vector<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator{path_})
    if (entry.is_symlink() || !entry.is_directory())
      result.push_back(entry.path().lexically_relative(path_).string());
  std::sort(result.begin(), result.end());
  return result;
}

bool temp_dir::contains(const fs::path& name) const {
  return fs::exists(fs::symlink_status(path_ / name));
}

} // namespace troupe::test
