#pragma once

#include "conformance/group_fixture.hpp"
#include "conformance/plain_client.hpp"
#include "troupe/msg/type_ids.hpp"
#include "troupe/promise.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

/// Whether `co_await` takes one.
template <class T>
concept can_be_awaited = requires(T x) {
  x.await_ready();
}
|| requires(T x) {
  std::move(x).operator co_await();
}
|| requires(T x) {
  operator co_await(std::move(x));
};

/// Who uses what is tested. Nothing that one is told happens before actors run.
class user {
public:
  user() = default;
  user(const user&) = delete;
  user& operator=(const user&) = delete;
  virtual ~user() = default;

  /// Of what it was told last: "waits", what came of it, or how it failed.
  std::string state = "idle";
};

/// A task that does one thing after the other.
///
/// @tparam Hold What it can have; goes when the task ends.
template <class Hold>
class task_user : public user {
public:
  static constexpr auto form = "Task";

  explicit task_user(caf::actor_system& system) : system_(system) {}

  /// Of what it does; if that is nothing, it gives up what it has.
  void cancel() { work_.cancel(); }

  void end() {
    ends_ = true;
    if (work_)
      work_.cancel();
  }

protected:
  using chore = std::function<task<void>(Hold&)>;

  /// Has the task do that next, and tell the state itself.
  void tell(chore what) {
    chores_.push_back(std::move(what));
    if (!work_)
      work_ = spawn(system_, job([this] { return serve(); }));
    else if (told_)
      told_->set_value();
  }

private:
  task<void> serve() {
    auto mine = nothing();
    while (!ends_) {
      auto idle = chores_.empty();
      try {
        if (idle) {
          told_.emplace();
          co_await told_->get_handle();
        } else {
          auto next = std::move(chores_.front());
          chores_.pop_front();
          state = "waits";
          co_await next(mine);
        }
      } catch (const cancelled&) {
        state = "cancelled";
        if (idle)
          mine = nothing();
      } catch (const failure& why) {
        state = to_string(why.code());
      }
    }
  }

  static Hold nothing() {
    if constexpr (std::is_default_constructible_v<Hold>)
      return Hold{};
    else
      return Hold{{}, 0};
  }

  caf::actor_system& system_;
  std::deque<chore> chores_;
  std::optional<promise<>> told_;
  bool ends_ = false;
  handle<void> work_;
};

/// An actor of plain CAF. What it is told later does not wait for the answer to
/// what it was told before.
class actor_user : public user {
public:
  static constexpr auto form = "Actor";

  explicit actor_user(caf::actor_system& system) : client(system) {}

  void end() { client.end(); }

protected:
  /// Sends a request; `then` takes the answer, and gives the new state. Neither
  /// happens if it was told something else since.
  template <class Reply, class Handle, class Message, class Then>
  void ask(const Handle& whom, Message what, Then then) {
    auto now = begin();
    client.ask<Reply>(
      whom, std::move(what),
      [=, this](const Reply& x) {
        if (now != last_)
          return;
        auto result = then(x); // may be another request
        if (now == last_)
          state = result;
      },
      [=, this](const std::string& why) {
        if (now == last_)
          state = why == "busy" ? "timed_out" : why; // as tasks call it
      });
  }

  /// Takes back the request with the newest ticket.
  template <class Handle>
  void withdraw(const Handle& from) {
    v1::Withdraw what;
    what.set_ticket(ticket_);
    client.tell(from, what);
  }

  /// The same, and knows nothing of an answer that comes all the same.
  template <class Handle>
  void cancel_at(const Handle& whom) {
    begin();
    withdraw(whom);
    state = "cancelled";
  }

  std::uint64_t new_ticket() { return ++ticket_; }

  plain_client client;

private:
  std::size_t begin() {
    state = "waits";
    return ++last_;
  }

  std::uint64_t ticket_ = 0;
  std::size_t last_ = 0;
};

/// Four users of the same.
///
/// @tparam User Tells what it uses: `subject`, which it can `make`.
template <class User>
class users_fixture : public group_fixture {
protected:
  using subject = typename User::subject;

  void TearDown() override {
    for (auto& one : users_)
      one.end();
    system.run_ready();
  }

  User& new_user(const subject& of) {
    return users_.emplace_back(system.get(), of);
  }

  void settle() { system.run_ready(); }

  /// Lets no more actors run than it takes for one of them to come so far.
  /// Those run first that heard of something last: what the others were granted
  /// is on its way.
  void run_until(const User& user, const std::string& state) {
    while (user.state != state && system.ready() != 0) {
      testing::choices newest{std::vector{system.ready() - 1}};
      system.run_one(newest);
    }
    EXPECT_EQ(user.state, state);
  }

  std::vector<std::string> states() {
    return {a.state, b.state, c.state, d.state};
  }

  const subject used = User::make(system.get());

private:
  std::deque<User> users_; // where they are for good

protected:
  User& a = new_user(used);
  User& b = new_user(used);
  User& c = new_user(used);
  User& d = new_user(used);
};

/// Names the two forms of a test.
struct form_names {
  template <class User>
  // NOLINTNEXTLINE(readability-identifier-naming): googletest calls it
  static std::string GetName(int) {
    return User::form;
  }
};

} // namespace troupe
