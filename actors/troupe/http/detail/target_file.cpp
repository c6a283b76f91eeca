#include "troupe/http/detail/target_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troupe::http::detail {

namespace {

constexpr std::size_t most_of_check = 4 << 20; // some milliseconds

/// Lets other processes know that the part is being written.
///
/// @return False if another one writes it. Where there are no locks, none does.
bool lock(const descriptor& file) noexcept {
  return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/// @return False, with `errno`, if not all bytes were written.
bool write_all(const descriptor& file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      return false;
  }
  return true;
}

} // namespace

target_file::target_file(std::shared_ptr<file_names> names, file_names::key key,
                         std::shared_ptr<const target_folder> folder,
                         std::string name, v1::ChecksumAlgorithm algorithm,
                         std::size_t writer_index)
  : writer(writer_index), names_(std::move(names)), key_(key),
    folder_(std::move(folder)), name_(std::move(name)), digest_(algorithm) {}

target_file::~target_file() {
  if (!done_)
    remove();
  names_->give_back(key_, done_);
}

void target_file::begin() {
  begun_ = true;
  if (!open_folder(true))
    return;
  auto create = [this] {
    file_ = descriptor{::openat(directory(), part().c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    created_ = file_ && lock(file_);
  };
  create();
  if (!created_ && errno == EEXIST && remove_old())
    create();
  if (!created_ && (errno == EWOULDBLOCK || errno == EEXIST)) {
    fail_busy();
  } else if (!created_) {
    fail("cannot create");
    names_->forget_folder();
  }
}

void target_file::write(const std::string& bytes) {
  if (!begun_)
    begin();
  if (!failed_ && !write_all(file_, bytes))
    fail("cannot write");
}

void target_file::append(const std::string& bytes) {
  write(bytes);
  digest_.update(bytes.data(), bytes.size());
}

finished_file target_file::finish(const std::string& rest,
                                  const std::string& expected) {
  finished_file result;
  result.path = path();
  digest_.update(rest.data(), rest.size());
  result.checksum = digest_.finish();
  if (!failed_ && !expected.empty() && result.checksum != expected)
    failed_ = {errc::checksum_mismatch,
               std::string{to_string(digest_.algorithm())} + " is "
                 + result.checksum + ", not " + expected};
  if (!failed_ && (begun_ || !create_whole(rest))) {
    write(rest);
    rename();
  }
  done_ = !failed_;
  if (done_)
    created_ = false;
  result.why = failed_;
  start_over();
  return result;
}

/// Makes the file with all that it holds: for less than a part and a new name
/// cost, and nothing is left behind if the process is killed.
///
/// @return False if that does not work here, or if there is such a file.
bool target_file::create_whole(const std::string& bytes) {
  if (!open_folder(true))
    return false;
  descriptor file{
    ::openat(directory(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666)};
  if (!file || !write_all(file, bytes))
    return false;
  auto name = leaf();
  if (::linkat(file.get(), "", directory(), name.c_str(), AT_EMPTY_PATH) == 0)
    return true;
  if (errno != ENOENT)
    return false;
  // Before Linux 6.10 only root may do that.
  auto opened = "/proc/self/fd/" + std::to_string(file.get());
  return ::linkat(AT_FDCWD, opened.c_str(), directory(), name.c_str(),
                  AT_SYMLINK_FOLLOW)
         == 0;
}

/// Gives the part, which is whole, its final name.
void target_file::rename() {
  // Closing may tell that writing failed; the lock stays.
  if (!failed_ && !descriptor{::dup(file_.get())}.close())
    fail("cannot write");
  if (!failed_ && lost_name())
    fail_busy();
  if (!failed_
      && ::renameat(directory(), part().c_str(), directory(), leaf().c_str())
           != 0)
    fail("cannot rename to");
}

void target_file::start_over() {
  remove();
  begun_ = false;
  failed_ = {};
  broken_ = false;
  (void)digest_.finish();
}

void target_file::remove() noexcept {
  if (std::exchange(created_, false) && has_name(file_))
    ::unlinkat(directory(), part().c_str(), 0);
  file_.close();
}

file_store::found target_file::check(const std::string& expected,
                                     finished_file& result) {
  using enum file_store::found;
  if (!existing_ && !open_existing())
    return other;
  std::vector<char> buffer(std::size_t{256} << 10);
  for (std::size_t read = 0; read < most_of_check;) {
    auto count = ::read(existing_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0) {
      existing_.close();
      result.path = path();
      result.checksum = digest_.finish();
      done_ = result.checksum == expected;
      return done_ ? same : other;
    }
    digest_.update(buffer.data(), static_cast<std::size_t>(count));
    read += static_cast<std::size_t>(count);
  }
  return more;
}

std::string target_file::path() const {
  return path_of(folder_->name, name_);
}

std::string target_file::leaf() const {
  return name_.substr(name_.rfind('/') + 1); // npos + 1 is 0
}

std::string target_file::part() const {
  return leaf() + ".part";
}

int target_file::directory() const {
  return subfolder_ ? subfolder_.get() : folder_->opened.get();
}

/// Whether a process that found the part before it was locked took its name
/// away.
bool target_file::lost_name() const noexcept {
  struct stat info {};
  return ::fstat(file_.get(), &info) != 0 || info.st_nlink == 0;
}

/// Whether the part's name is this file's.
bool target_file::has_name(const descriptor& file) const noexcept {
  struct stat ours {};
  struct stat named {};
  return ::fstat(file.get(), &ours) == 0
         && ::fstatat(directory(), part().c_str(), &named, AT_SYMLINK_NOFOLLOW)
              == 0
         && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/// Removes what has the part's name, be it a link or a pipe: it is never
/// written to.
///
/// @return False with `errno`; EWOULDBLOCK if another process writes it.
bool target_file::remove_old() const {
  descriptor old{::openat(directory(), part().c_str(),
                          O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!old && errno != ELOOP) // a link
    return errno == ENOENT;
  if (old && (!lock(old) || !has_name(old))) {
    errno = EWOULDBLOCK;
    return false;
  }
  return ::unlinkat(directory(), part().c_str(), 0) == 0;
}

/// Opens the folder that the file is in, making folders on the way if wanted.
/// Links below the target folder are not followed: they might lead out of it.
bool target_file::open_folder(bool make) {
  subfolder_.close();
  if (!folder_->opened) {
    errno = folder_->failed;
    fail("cannot open the folder of");
    return false;
  }
  for (std::size_t from = 0, to = 0;
       (to = name_.find('/', from)) != std::string::npos; from = to + 1) {
    auto part_name = name_.substr(from, to - from);
    if (part_name.empty() || part_name == ".")
      continue;
    if (make && ::mkdirat(directory(), part_name.c_str(), 0777) != 0
        && errno != EEXIST) {
      fail("cannot create the folder of");
      return false;
    }
    descriptor next{::openat(directory(), part_name.c_str(),
                             O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
    if (!next) {
      fail("cannot open the folder of");
      return false;
    }
    subfolder_ = std::move(next);
  }
  return true;
}

bool target_file::open_existing() {
  if (!open_folder(false)) {
    failed_ = {}; // `begin` makes the folder
    broken_ = false;
    return false;
  }
  existing_ =
    descriptor{::openat(directory(), leaf().c_str(),
                        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat info {};
  if (existing_ && ::fstat(existing_.get(), &info) == 0
      && S_ISREG(info.st_mode))
    return true;
  existing_.close();
  return false;
}

void target_file::fail(const char* what) {
  failed_ = {errc::file_error, std::string{what} + " \"" + path() + "\": "
                                 + std::generic_category().message(errno)};
  broken_ = true;
}

void target_file::fail_busy() {
  failed_ = {errc::busy, "another process writes \"" + path() + ".part\""};
  broken_ = true;
}

} // namespace troupe::http::detail
