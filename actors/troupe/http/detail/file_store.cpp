#include "troupe/http/detail/file_store.hpp"

#include "troupe/http/detail/file_names.hpp"
#include "troupe/http/detail/target_file.hpp"
#include "troupe/http/file_name.hpp"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::http::detail {

namespace {

constexpr std::size_t most_pending_of_file = 2 << 20;
constexpr std::size_t most_pending = 64 << 20;

} // namespace

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
  std::shared_ptr<file_names> names;
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
  impl_->names = std::make_shared<file_names>(unique);
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
  auto where = impl_->names->folder(folder);
  auto full = path_of(where->path, name);
  if (name.find("./") != std::string::npos
      || name.find("//") != std::string::npos)
    full = std::filesystem::path{full}.lexically_normal().string();
  auto key = impl_->names->take(full);
  if (!key)
    return error{errc::busy,
                 "another download writes \"" + path_of(folder, name) + "\""};
  return std::make_shared<target_file>(
    impl_->names, *key, std::move(where), name, algorithm,
    impl_->next_writer++ % impl_->writers.size());
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
    file->start_over();
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
