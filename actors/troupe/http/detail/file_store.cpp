#include "troupe/http/detail/file_store.hpp"

#include "troupe/http/file_name.hpp"

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe::http::detail {

namespace {

constexpr std::size_t most_pending_of_file = 2 << 20;
constexpr std::size_t most_pending = 64 << 20;
constexpr std::size_t most_of_check = 4 << 20; // some milliseconds

/// A file descriptor that closes itself.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  descriptor(descriptor&& x) noexcept : fd_(std::exchange(x.fd_, -1)) {}
  descriptor& operator=(descriptor&& x) noexcept {
    std::swap(fd_, x.fd_);
    return *this;
  }
  ~descriptor() { close(); }

  /// @return Whether everything reached the file, as far as closing tells.
  bool close() noexcept {
    auto fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_ = -1;
};

std::string path_of(const std::string& folder, const std::string& name) {
  return folder.empty()         ? name
         : folder.back() == '/' ? folder + name
                                : folder + '/' + name;
}

/// The names that are taken: hashes, since a session may write millions.
class taken_names {
public:
  using key = std::size_t;

  explicit taken_names(bool unique) : unique_(unique) {}

  /// A path and its .part; both or none.
  std::optional<key> take(const std::string& path) {
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

  void give_back(key name, bool done) {
    if (done && unique_)
      return;
    std::lock_guard lock{mutex_};
    taken_.erase(name);
  }

private:
  const bool unique_;
  std::hash<std::string> hash_;
  std::mutex mutex_;
  std::unordered_set<key> taken_;
  bool some_end_in_part_ = false;
};

/// A folder that files are written to.
struct target_folder {
  explicit target_folder(std::string given)
    : name(std::move(given)), key(std::filesystem::absolute(path_of(name, "x"))
                                    .lexically_normal()
                                    .parent_path()
                                    .string()),
      opened(::open(name.empty() ? "." : name.c_str(),
                    O_PATH | O_DIRECTORY | O_CLOEXEC)),
      failed(opened ? 0 : errno) {}

  std::string name;
  std::string key; // the same for all ways to name it
  descriptor opened;
  int failed; // errno
};

/// Keeps the folder that was used last, which is nearly always the next one.
class folder_cache {
public:
  std::shared_ptr<const target_folder> get(const std::string& name) {
    std::lock_guard lock{mutex_};
    if (!last_ || last_->name != name)
      last_ = std::make_shared<const target_folder>(name);
    return last_->failed == 0 ? last_ : std::exchange(last_, nullptr);
  }

  /// It may have been removed, and made anew.
  void forget() {
    std::lock_guard lock{mutex_};
    last_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::shared_ptr<const target_folder> last_;
};

/// What the files of a store share.
struct shared_names {
  explicit shared_names(bool unique) : taken(unique) {}
  taken_names taken;
  folder_cache folders;
};

} // namespace

class target_file {
public:
  target_file(std::shared_ptr<shared_names> names, taken_names::key key,
              std::shared_ptr<const target_folder> folder, std::string name,
              v1::ChecksumAlgorithm algorithm, std::size_t writer_index)
    : writer(writer_index), names_(std::move(names)), key_(key),
      folder_(std::move(folder)), name_(std::move(name)), digest_(algorithm) {}

  target_file(const target_file&) = delete;
  target_file& operator=(const target_file&) = delete;

  ~target_file() {
    if (!done_)
      remove();
    names_->taken.give_back(key_, done_);
  }

  [[nodiscard]] std::string path() const {
    return path_of(folder_->name, name_);
  }

  void begin() {
    remove();
    failed_ = {};
    broken_ = false;
    if (!open_folder(true))
      return;
    auto create = [this] {
      file_ =
        descriptor{::openat(directory(), part().c_str(),
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
      names_->folders.forget();
    }
    (void)digest_.finish();
  }

  void append(const std::string& bytes) {
    const char* next = bytes.data();
    auto left = bytes.size();
    while (left > 0 && !failed_) {
      auto written = ::write(file_.get(), next, left);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0) {
        fail("cannot write");
        break;
      }
      next += written;
      left -= static_cast<std::size_t>(written);
    }
    digest_.update(bytes.data(), bytes.size());
  }

  finished_file finish(const std::string& rest, const std::string& expected) {
    append(rest);
    finished_file result;
    result.path = path();
    result.checksum = digest_.finish();
    // Closing may tell that writing failed; the lock stays.
    if (!failed_ && !descriptor{::dup(file_.get())}.close())
      fail("cannot write");
    if (!failed_ && !expected.empty() && result.checksum != expected)
      failed_ = {errc::checksum_mismatch,
                 std::string{to_string(digest_.algorithm())} + " is "
                   + result.checksum + ", not " + expected};
    if (!failed_ && lost_name())
      fail_busy();
    if (!failed_
        && ::renameat(directory(), part().c_str(), directory(), leaf().c_str())
             != 0)
      fail("cannot rename to");
    result.why = failed_;
    done_ = !failed_;
    if (done_)
      created_ = false;
    remove();
    return result;
  }

  void remove() noexcept {
    if (std::exchange(created_, false) && has_name(file_))
      ::unlinkat(directory(), part().c_str(), 0);
    file_.close();
  }

  file_store::found check(const std::string& expected, finished_file& result) {
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

  /// Whether it cannot be written, so that going on is in vain.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  const std::size_t writer;
  std::atomic<std::size_t> pending{0};
  std::mutex room_mutex;
  std::function<void()> when_room;

private:
  [[nodiscard]] std::string leaf() const {
    return name_.substr(name_.rfind('/') + 1); // npos + 1 is 0
  }
  [[nodiscard]] std::string part() const { return leaf() + ".part"; }
  [[nodiscard]] int directory() const {
    return subfolder_ ? subfolder_.get() : folder_->opened.get();
  }

  /// Lets other processes know that the part is being written.
  ///
  /// @return False if another one writes it. Where there are no locks, none
  ///         does.
  static bool lock(const descriptor& file) noexcept {
    return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  }

  /// Whether a process that found the part before it was locked took its name
  /// away.
  [[nodiscard]] bool lost_name() const noexcept {
    struct stat info {};
    return ::fstat(file_.get(), &info) != 0 || info.st_nlink == 0;
  }

  /// Whether the part's name is this file's.
  [[nodiscard]] bool has_name(const descriptor& file) const noexcept {
    struct stat ours {};
    struct stat named {};
    return ::fstat(file.get(), &ours) == 0
           && ::fstatat(directory(), part().c_str(), &named,
                        AT_SYMLINK_NOFOLLOW)
                == 0
           && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
  }

  /// Removes what has the part's name, be it a link or a pipe: it is never
  /// written to.
  ///
  /// @return False with `errno`; EWOULDBLOCK if another process writes it.
  bool remove_old() const {
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
  bool open_folder(bool make) {
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

  bool open_existing() {
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

  void fail(const char* what) {
    failed_ = {errc::file_error, std::string{what} + " \"" + path() + "\": "
                                   + std::generic_category().message(errno)};
    broken_ = true;
  }

  void fail_busy() {
    failed_ = {errc::busy, "another process writes \"" + path() + ".part\""};
    broken_ = true;
  }

  std::shared_ptr<shared_names> names_;
  taken_names::key key_;
  std::shared_ptr<const target_folder> folder_;
  std::string name_;
  digest digest_;
  descriptor subfolder_; // if the name has folders
  descriptor file_;
  descriptor existing_; // while it is checked
  error failed_;
  std::atomic<bool> broken_{false};
  bool created_ = false;
  bool done_ = false;
};

/// One thread and what it has to do.
class file_store::writer {
public:
  using job = std::function<void()>;

  explicit writer(std::function<void()> after_batch)
    : after_batch_(std::move(after_batch)), thread_([this] { run(); }) {}

  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  ~writer() {
    {
      std::lock_guard lock{mutex_};
      stop_ = true;
    }
    more_.notify_one();
    thread_.join();
  }

  void add(job x) {
    std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(x));
  }

  void wake() {
    {
      std::lock_guard lock{mutex_};
      if (!waits_ || jobs_.empty())
        return;
      waits_ = false;
    }
    more_.notify_one();
  }

private:
  void run() {
    ::pthread_setname_np(::pthread_self(), "troupe.files");
    std::deque<job> batch;
    for (;;) {
      {
        std::unique_lock lock{mutex_};
        while (!stop_ && jobs_.empty()) {
          waits_ = true;
          more_.wait(lock);
        }
        waits_ = false;
        if (jobs_.empty())
          return;
        batch.swap(jobs_);
      }
      for (; !batch.empty(); batch.pop_front())
        batch.front()();
      after_batch_();
    }
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<job> jobs_;
  bool stop_ = false;
  bool waits_ = false; // and nobody has woken it yet
  std::function<void()> after_batch_;
  std::thread thread_;
};

struct file_store::impl {
  std::shared_ptr<shared_names> names;
  std::atomic<std::size_t> pending{0};
  std::atomic<std::size_t> next_writer{0};
  std::vector<std::unique_ptr<writer>> writers;

  void add(std::size_t index, writer::job job) {
    writers[index]->add(std::move(job));
  }

  [[nodiscard]] bool has_room(const target_file& file) const {
    auto of_file = file.pending.load();
    return of_file == 0
           || (of_file < most_pending_of_file && pending.load() < most_pending);
  }
};

file_store::file_store(std::size_t threads, bool unique,
                       const std::function<void()>& after_batch)
  : impl_(std::make_unique<impl>()) {
  impl_->names = std::make_shared<shared_names>(unique);
  for (std::size_t i = 0; i < threads; ++i)
    impl_->writers.push_back(std::make_unique<writer>(after_batch));
}

file_store::~file_store() = default;

void file_store::wake() {
  for (auto& x : impl_->writers)
    x->wake();
}

expected<std::shared_ptr<target_file>>
file_store::take(const std::string& folder, const std::string& name,
                 v1::ChecksumAlgorithm algorithm) {
  if (auto checked = check_relative_path(name); !checked)
    return checked.error();
  auto where = impl_->names->folders.get(folder);
  auto full = where->key + '/' + name;
  if (name.find("./") != std::string::npos
      || name.find("//") != std::string::npos)
    full = std::filesystem::path{full}.lexically_normal().string();
  auto key = impl_->names->taken.take(full);
  if (!key)
    return error{errc::busy,
                 "another download writes \"" + path_of(folder, name) + "\""};
  return std::make_shared<target_file>(
    impl_->names, *key, std::move(where), name, algorithm,
    impl_->next_writer++ % impl_->writers.size());
}

void file_store::begin(std::shared_ptr<target_file> file) {
  auto index = file->writer;
  impl_->add(index, [file = std::move(file)] { file->begin(); });
}

void file_store::append(std::shared_ptr<target_file> file, std::string bytes) {
  auto size = bytes.size();
  file->pending += size;
  impl_->pending += size;
  auto index = file->writer;
  impl_->add(index,
             [this, file = std::move(file), size, bytes = std::move(bytes)] {
               file->append(bytes);
               file->pending -= size;
               impl_->pending -= size;
               std::lock_guard lock{file->room_mutex};
               if (file->when_room && impl_->has_room(*file))
                 std::exchange(file->when_room, nullptr)();
             });
}

void file_store::finish(std::shared_ptr<target_file> file, std::string rest,
                        std::string expected,
                        std::function<void(finished_file)> then) {
  auto index = file->writer;
  impl_->add(index, [file = std::move(file), rest = std::move(rest),
                     expected = std::move(expected),
                     then = std::move(then)]() mutable {
    auto result = file->finish(rest, expected);
    file.reset();
    then(std::move(result));
  });
}

void file_store::discard(std::shared_ptr<target_file> file,
                         std::function<void()> then) {
  auto index = file->writer;
  impl_->add(index, [file = std::move(file), then = std::move(then)]() mutable {
    file->remove();
    file.reset();
    then();
  });
}

void file_store::check(std::shared_ptr<target_file> file, std::string expected,
                       std::function<void(finished_file, found)> then) {
  auto index = file->writer;
  impl_->add(index, [file = std::move(file), expected = std::move(expected),
                     then = std::move(then)]() mutable {
    finished_file result;
    auto what = file->check(expected, result);
    file.reset();
    then(std::move(result), what);
  });
}

bool file_store::has_room(target_file& file, std::function<void()> when_room) {
  if (impl_->has_room(file))
    return true;
  std::lock_guard lock{file.room_mutex};
  if (impl_->has_room(file))
    return true;
  file.when_room = std::move(when_room);
  return false;
}

void file_store::stop_waiting(target_file& file) {
  std::lock_guard lock{file.room_mutex};
  file.when_room = nullptr;
}

bool file_store::broken(const target_file& file) noexcept {
  return file.broken();
}

} // namespace troupe::http::detail
