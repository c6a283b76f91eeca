#include "troupe/http/detail/file_names.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <utility>

namespace troupe::http::detail {

std::string path_of(const std::string& folder, const std::string& name) {
  return folder.empty()         ? name
         : folder.back() == '/' ? folder + name
                                : folder + '/' + name;
}

target_folder::target_folder(std::string given)
  : name(std::move(given)), path(std::filesystem::absolute(path_of(name, "x"))
                                   .lexically_normal()
                                   .parent_path()
                                   .string()),
    opened(::open(name.empty() ? "." : name.c_str(),
                  O_PATH | O_DIRECTORY | O_CLOEXEC)),
    failed(opened ? 0 : errno) {}

std::optional<file_names::key> file_names::take(const std::string& path) {
  constexpr std::string_view suffix = ".part";
  auto result = hash_(path);
  std::lock_guard lock{mutex_};
  if (path.ends_with(suffix)) {
    some_end_in_part_ = true;
    if (taken_.contains(hash_(path.substr(0, path.size() - suffix.size()))))
      return std::nullopt;
  }
  if (some_end_in_part_ && taken_.contains(hash_(path + std::string{suffix})))
    return std::nullopt;
  return taken_.insert(result).second ? std::optional{result} : std::nullopt;
}

void file_names::give_back(key name, bool done) {
  if (done && unique_)
    return;
  std::lock_guard lock{mutex_};
  taken_.erase(name);
}

std::shared_ptr<const target_folder>
file_names::folder(const std::string& name) {
  std::lock_guard lock{mutex_};
  if (!last_ || last_->name != name)
    last_ = std::make_shared<const target_folder>(name);
  return last_->failed == 0 ? last_ : std::exchange(last_, nullptr);
}

void file_names::forget_folder() {
  std::lock_guard lock{mutex_};
  last_ = nullptr;
}

} // namespace troupe::http::detail
