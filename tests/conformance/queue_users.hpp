#pragma once

#include "conformance/fixture.hpp"
#include "troupe/core/queue_actor.hpp"
#include "troupe/msg/queue.hpp"
#include "troupe/queue.hpp"
#include "troupe/timeout.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// Something that somebody asked a queue for: "" while it waits, then "ok", the
/// items, "cancelled" or the name of a code.
class call {
public:
  [[nodiscard]] const std::string& result() const { return state_->result; }
  [[nodiscard]] bool waits() const { return state_->result.empty(); }
  void cancel() const { state_->cancel(); }

  void end(std::string result) const { state_->result = std::move(result); }
  void cancel_by(std::function<void()> how) const {
    state_->cancel = std::move(how);
  }

private:
  struct state {
    std::string result;
    std::function<void()> cancel;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// Uses a queue of numbers, each call from a task or an actor of its own.
class queue_user {
public:
  queue_user() = default;
  queue_user(const queue_user&) = delete;
  queue_user& operator=(const queue_user&) = delete;
  virtual ~queue_user() = default;

  virtual call put(int value, int priority, bool no_wait) = 0;
  virtual call put_within(duration limit, int value) = 0;
  virtual call put_many(std::vector<int> values) = 0;
  virtual call get(bool no_wait) = 0;
  virtual call get_within(duration limit) = 0;
  virtual call get_many(std::size_t max) = 0;
  virtual call task_done() = 0;
  virtual call join() = 0;
  virtual call shutdown(bool immediate) = 0;
  virtual call look(queue_state& state) = 0;
};

// -- by tasks -----------------------------------------------------------------

inline std::string text_of(int value) {
  return std::to_string(value);
}

inline std::string text_of(const std::vector<int>& values) {
  std::string result;
  for (auto x : values)
    result.append(result.empty() ? "" : " ").append(std::to_string(x));
  return result;
}

template <class T>
task<void> make_call(task<T> work, call record) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(work);
      record.end("ok");
    } else {
      record.end(text_of(co_await std::move(work)));
    }
  } catch (const cancelled&) {
    record.end("cancelled");
    throw;
  } catch (const failure& what) {
    record.end(std::string{to_string(what.code())});
  }
}

template <class Queue>
class queue_task_user final : public queue_user {
public:
  queue_task_user(caf::actor_system& system, const queue_options& options)
    : system_(system), queue_(system, options) {}

  call put(int value, int priority, bool no_wait) override {
    if constexpr (by_priority)
      return start(no_wait ? queue_.put_nowait(value, priority)
                           : queue_.put(value, priority));
    else
      return start(no_wait ? queue_.put_nowait(value) : queue_.put(value));
  }
  call put_within(duration limit, int value) override {
    if constexpr (by_priority)
      return start(wait_for(queue_.put(value, 0), limit));
    else
      return start(wait_for(queue_.put(value), limit));
  }
  call put_many(std::vector<int> values) override {
    if constexpr (by_priority)
      return start(queue_.put_many(std::move(values), 0));
    else
      return start(queue_.put_many(std::move(values)));
  }
  call get(bool no_wait) override {
    return start(no_wait ? queue_.get_nowait() : queue_.get());
  }
  call get_within(duration limit) override {
    return start(wait_for(queue_.get(), limit));
  }
  call get_many(std::size_t max) override {
    return start(queue_.get_many(max));
  }
  call task_done() override { return start(queue_.task_done()); }
  call join() override { return start(queue_.join()); }
  call shutdown(bool immediate) override {
    return start(queue_.shutdown(immediate));
  }
  call look(queue_state& state) override {
    return start(look_at(queue_, &state));
  }

private:
  /// The queries by themselves say the same.
  static task<void> look_at(Queue queue, queue_state* state) {
    *state = co_await queue.state();
    EXPECT_EQ(co_await queue.size(), state->size);
    EXPECT_EQ(co_await queue.empty(), state->empty());
    EXPECT_EQ(co_await queue.full(), state->full());
  }

  static constexpr bool by_priority =
    std::is_same_v<Queue, priority_queue<int>>;

  template <class T>
  call start(task<T> what) {
    call record;
    auto work = spawn(system_, make_call(std::move(what), record));
    record.cancel_by([work]() mutable { work.cancel(); });
    return record;
  }

  caf::actor_system& system_;
  Queue queue_;
};

// -- by plain actors ----------------------------------------------------------

/// An actor that makes one call, and takes it back when it gets an `ok_atom`.
class plain_caller : public caf::event_based_actor {
public:
  using job = std::function<void(plain_caller&)>;

  static constexpr std::uint64_t ticket = 1;

  plain_caller(caf::actor_config& config, queue_actor queue, call record,
               job work)
    : caf::event_based_actor(config), queue_(std::move(queue)),
      record_(std::move(record)), work_(std::move(work)) {}

  caf::behavior make_behavior() override {
    work_(*this);
    return {[this](caf::ok_atom) { cancel(); }};
  }

  template <class... Reply, class... Request>
  void ask(Request... what) {
    request(queue_, caf::infinite, std::move(what)...)
      .then([this](const Reply&... reply) { take(reply...); },
            [this](const caf::error& why) {
              answered(std::string{to_string(from_caf(why).code())});
            });
  }

  queue_state* state = nullptr; ///< where a caller wants it

private:
  void take(const v1::QueueAccepted&) { answered("ok"); }
  void take(const v1::QueueJoined&) { answered("ok"); }
  void take(const v1::QueueState& x) {
    if (state != nullptr) {
      state->size = x.size();
      state->max_size = x.max_size();
      state->unfinished = x.unfinished();
      state->getters = x.getters();
      state->putters = x.putters();
      state->shut_down = x.shut_down();
    }
    answered("ok");
  }
  void take(const v1::QueueItem& place, const payload& value) {
    v1::QueueItems places;
    places.add_seq(place.seq());
    places.add_priority(place.priority());
    take(places, payloads{value});
  }
  void take(const v1::QueueItems& places, const payloads& values) {
    if (cancelled_) {
      v1::QueueGiveBack what;
      *what.mutable_items() = places;
      send(queue_, std::move(what), values);
      return answered("cancelled");
    }
    std::vector<int> numbers;
    for (const auto& x : values)
      numbers.push_back(static_cast<int>(x.as<std::int64_t>().value()));
    answered(text_of(numbers));
  }

  void answered(std::string result) {
    result_ = std::move(result);
    if (!cancelled_)
      end(result_);
  }

  void cancel() {
    if (!queue_)
      return;
    cancelled_ = true;
    v1::QueueCancel what;
    what.set_ticket(ticket);
    request(queue_, caf::infinite, std::move(what))
      .then([this](const v1::QueueCancelled& x) {
        end(x.ended() ? "cancelled" : result_);
      });
  }

  void end(const std::string& result) {
    record_.end(result);
    queue_ = nullptr;
    quit();
  }

  queue_actor queue_;
  call record_;
  job work_;
  bool cancelled_ = false;
  std::string result_;
};

class queue_actor_user final : public queue_user {
public:
  queue_actor_user(caf::actor_system& system, const queue_options& options)
    : system_(system), queue_(spawn_queue(system, options)) {}

  call put(int value, int priority, bool no_wait) override {
    auto what = request<v1::QueuePut>(no_wait);
    what.set_priority(priority);
    return start([=](plain_caller& self) {
      self.ask<v1::QueueAccepted>(what, payload{value});
    });
  }
  call put_within(duration limit, int value) override {
    auto what = request<v1::QueuePut>(false);
    what.set_limit_ms(milliseconds_of(limit));
    return start([=](plain_caller& self) {
      self.ask<v1::QueueAccepted>(what, payload{value});
    });
  }
  call put_many(std::vector<int> values) override {
    return start([=](plain_caller& self) {
      payloads all;
      for (auto x : values)
        all.emplace_back(x);
      self.ask<v1::QueueAccepted>(request<v1::QueuePutMany>(false), all);
    });
  }
  call get(bool no_wait) override {
    return start([=](plain_caller& self) {
      self.ask<v1::QueueItem, payload>(request<v1::QueueGet>(no_wait));
    });
  }
  call get_within(duration limit) override {
    auto what = request<v1::QueueGet>(false);
    what.set_limit_ms(milliseconds_of(limit));
    return start(
      [=](plain_caller& self) { self.ask<v1::QueueItem, payload>(what); });
  }
  call get_many(std::size_t max) override {
    auto what = request<v1::QueueGetMany>(false);
    what.set_max_items(max);
    return start(
      [=](plain_caller& self) { self.ask<v1::QueueItems, payloads>(what); });
  }
  call task_done() override {
    return start([](plain_caller& self) {
      self.ask<v1::QueueState>(v1::QueueTaskDone{});
    });
  }
  call join() override {
    v1::QueueJoin what;
    what.set_ticket(plain_caller::ticket);
    return start([=](plain_caller& self) { self.ask<v1::QueueJoined>(what); });
  }
  call shutdown(bool immediate) override {
    v1::QueueShutdown what;
    what.set_immediate(immediate);
    return start([=](plain_caller& self) { self.ask<v1::QueueState>(what); });
  }
  call look(queue_state& state) override {
    return start([&state](plain_caller& self) {
      self.state = &state;
      self.ask<v1::QueueState>(v1::QueueQuery{});
    });
  }

private:
  static std::uint64_t milliseconds_of(duration x) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
  }

  template <class Request>
  static Request request(bool no_wait) {
    Request result;
    result.set_ticket(plain_caller::ticket);
    result.set_no_wait(no_wait);
    return result;
  }

  call start(plain_caller::job work) {
    call record;
    auto caller = system_.spawn<plain_caller>(queue_, record, std::move(work));
    // Weak: somebody who waits for ever is not kept.
    record.cancel_by([to = caller.address()] {
      if (auto alive = caf::actor_cast<caf::strong_actor_ptr>(to))
        caf::anon_send(caf::actor_cast<caf::actor>(alive), caf::ok_atom_v);
    });
    return record;
  }

  caf::actor_system& system_;
  queue_actor queue_;
};

} // namespace troupe
