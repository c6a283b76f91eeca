#pragma once

#include "troupe/detail/answer_wait.hpp"
#include "troupe/detail/item.hpp"
#include "troupe/detail/revocable_wait.hpp"
#include "troupe/msg/failure.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace troupe {

/// How a queue stands.
class queue_state {
public:
  std::size_t size = 0;
  /// 0: unbounded.
  std::size_t max_size = 0;
  /// Items that were put, and not yet `task_done`.
  std::size_t unfinished = 0;
  /// Gets and puts that wait.
  std::size_t getters = 0;
  std::size_t putters = 0;
  bool shut_down = false;

  [[nodiscard]] bool empty() const noexcept { return size == 0; }
  [[nodiscard]] bool full() const noexcept {
    return max_size != 0 && size >= max_size;
  }
};

namespace detail {

/// Puts items. A cancel takes them out again if they are still in the queue.
class queue_put_base : public revocable_wait {
public:
  void await_resume();

protected:
  queue_put_base(actor_ref queue, std::int64_t priority, bool no_wait)
    : revocable_wait(std::move(queue)), priority_(priority), no_wait_(no_wait) {
  }
  ~queue_put_base() = default;
  queue_put_base(const queue_put_base&) = delete;
  queue_put_base& operator=(const queue_put_base&) = delete;
  queue_put_base(queue_put_base&&) = default;

  template <class Request>
  Request request() const;

private:
  bool take(content& what) override;
  void revoke() override;
  void take_revoked(content& what) override;
  [[nodiscard]] bool revokes_late() const noexcept override { return true; }

  std::int64_t priority_;
  bool no_wait_;
  bool undone_ = false;
};

class queue_put_op final : public queue_put_base {
public:
  queue_put_op(actor_ref queue, payload item, std::int64_t priority,
               bool no_wait)
    : queue_put_base(std::move(queue), priority, no_wait),
      item_(std::move(item)) {}

  void await_suspend(std::coroutine_handle<> coroutine);

private:
  payload item_;
};

class queue_put_many_op final : public queue_put_base {
public:
  queue_put_many_op(actor_ref queue, payloads items, std::int64_t priority)
    : queue_put_base(std::move(queue), priority, false),
      items_(std::move(items)) {}

  void await_suspend(std::coroutine_handle<> coroutine);

private:
  payloads items_;
};

/// Takes an item. A cancel gives it back.
class queue_get_base : public revocable_wait {
public:
  void await_suspend(std::coroutine_handle<> coroutine);

protected:
  queue_get_base(actor_ref queue, bool no_wait)
    : revocable_wait(std::move(queue)), no_wait_(no_wait) {}
  ~queue_get_base() = default;
  queue_get_base(const queue_get_base&) = delete;
  queue_get_base& operator=(const queue_get_base&) = delete;
  queue_get_base(queue_get_base&&) = default;

  payload& item();
  [[noreturn]] void refuse(const error& why);

private:
  bool take(content& what) override;
  void revoke() override;
  void give_back();

  bool no_wait_;
  std::uint64_t seq_ = 0;
  std::int64_t priority_ = 0;
  payload item_;
};

template <class T>
class queue_get_op final : public queue_get_base {
public:
  queue_get_op(actor_ref queue, bool no_wait)
    : queue_get_base(std::move(queue), no_wait) {}

  T await_resume() {
    auto result = from_payload<T>(item());
    if (!result)
      refuse(result.error());
    return std::move(*result);
  }
};

/// The same for several.
class queue_get_many_base : public revocable_wait {
public:
  void await_suspend(std::coroutine_handle<> coroutine);

protected:
  queue_get_many_base(actor_ref queue, std::size_t max)
    : revocable_wait(std::move(queue)), max_(max) {}
  ~queue_get_many_base() = default;
  queue_get_many_base(const queue_get_many_base&) = delete;
  queue_get_many_base& operator=(const queue_get_many_base&) = delete;
  queue_get_many_base(queue_get_many_base&&) = default;

  payloads& items();
  /// Gives back all, those included that were read before.
  [[noreturn]] void refuse(payloads all, const error& why);

private:
  bool take(content& what) override;
  void revoke() override;
  void give_back();

  std::size_t max_;
  std::vector<std::uint64_t> seqs_;
  std::vector<std::int64_t> priorities_;
  payloads items_;
};

template <class T>
class queue_get_many_op final : public queue_get_many_base {
public:
  queue_get_many_op(actor_ref queue, std::size_t max)
    : queue_get_many_base(std::move(queue), max) {}

  std::vector<T> await_resume() {
    auto& all = items();
    std::vector<T> result;
    result.reserve(all.size());
    for (std::size_t i = 0; i != all.size(); ++i) {
      auto one = from_payload<T>(all[i]);
      if (!one) {
        for (std::size_t k = 0; k != i; ++k)
          all[k] = to_payload(T{std::move(result[k])});
        refuse(std::move(all), one.error());
      }
      result.push_back(std::move(*one));
    }
    return result;
  }
};

/// Waits until all items are done.
class queue_join_op final : public revocable_wait {
public:
  explicit queue_join_op(actor_ref queue) : revocable_wait(std::move(queue)) {}

  void await_suspend(std::coroutine_handle<> coroutine);
  void await_resume();

private:
  bool take(content& what) override;
  void revoke() override;
};

/// Asks for what is answered at once, by the state of the queue.
class queue_ask : public answer_wait {
public:
  enum class about { state, task_done, shutdown };

  queue_ask(actor_ref queue, about what, std::uint64_t argument = 0)
    : answer_wait(std::move(queue), forever), what_(what), argument_(argument) {
  }

  void await_suspend(std::coroutine_handle<> coroutine);

protected:
  queue_state answer();

private:
  bool take(content& what) override;

  about what_;
  std::uint64_t argument_;
  queue_state state_;
};

class queue_state_op final : public queue_ask {
public:
  using queue_ask::queue_ask;
  queue_state await_resume() { return answer(); }
};

class queue_size_op final : public queue_ask {
public:
  using queue_ask::queue_ask;
  std::size_t await_resume() { return answer().size; }
};

class queue_empty_op final : public queue_ask {
public:
  using queue_ask::queue_ask;
  bool await_resume() { return answer().empty(); }
};

class queue_full_op final : public queue_ask {
public:
  using queue_ask::queue_ask;
  bool await_resume() { return answer().full(); }
};

/// Tells the queue something.
class queue_tell_op final : public queue_ask {
public:
  using queue_ask::queue_ask;
  void await_resume() { answer(); }
};

} // namespace detail

} // namespace troupe
