#pragma once

#include "troupe/msg/answer.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::detail {

/// The requests that an actor has not answered, by the numbers that it gave
/// them: the smallest free ones, so that they cost an index.
///
/// @tparam Answer The kinds of answers that there are.
template <class... Answer>
class open_answers {
public:
  template <class A>
  std::uint64_t add(A answer) {
    if (free_.empty()) {
      all_.emplace_back(std::move(answer));
      return all_.size() - 1;
    }
    auto id = free_.back();
    free_.pop_back();
    all_[id] = std::move(answer);
    return id;
  }

  [[nodiscard]] bool is_open(std::uint64_t id) const noexcept {
    return id < all_.size() && all_[id].index() != 0;
  }

  /// Who waits for the answer.
  ///
  /// @pre `is_open(id)`.
  [[nodiscard]] const caf::strong_actor_ptr& asker(std::uint64_t id) const {
    return std::visit(
      [](const auto& x) -> const caf::strong_actor_ptr& {
        if constexpr (requires { x.asker(); }) {
          return x.asker();
        } else {
          static const caf::strong_actor_ptr nobody;
          return nobody;
        }
      },
      all_[id]);
  }

  /// Answers a request, whose number is free then.
  template <class A, class... Reply>
  void deliver(std::uint64_t id, Reply&&... reply) {
    std::get<A>(take(id)).deliver(std::forward<Reply>(reply)...);
  }

  /// Has `with` answer a request, whose number is free then.
  template <class F>
  void settle(std::uint64_t id, F with) {
    auto request = take(id);
    std::visit(
      [&with]<class X>(X& x) {
        if constexpr (!std::is_same_v<X, std::monostate>)
          with(x);
      },
      request);
  }

  void fail(std::uint64_t id, const error& why) {
    settle(id, [&why](auto& x) {
      if constexpr (requires { x.fail(why); })
        x.fail(why);
    });
  }

  void fail_all(const error& why) {
    for (std::size_t id = 0; id != all_.size(); ++id)
      if (is_open(id))
        fail(id, why);
  }

private:
  using one = std::variant<std::monostate, Answer...>;

  one take(std::uint64_t id) {
    free_.push_back(id);
    return std::exchange(all_[id], std::monostate{});
  }

  std::vector<one> all_;
  std::vector<std::uint64_t> free_;
};

} // namespace troupe::detail
