#pragma once

#include "troupe/task.hpp"

#include <cstdint>
#include <utility>

namespace troupe::detail {

/// What an actor granted; given back when this goes, without waiting for it.
///
/// It belongs to the task that acquired it, and ends with that, though it be
/// moved elsewhere.
///
/// @tparam Kind Knows the messages, and by which `reference` the actor is
///         known.
/// Threads: one at a time.
template <class Kind>
class hold {
public:
  using reference = typename Kind::reference;

  hold(reference from, std::uint64_t token) noexcept
    : from_(std::move(from)), token_(token) {}
  hold(const hold&) = delete;
  hold& operator=(const hold&) = delete;
  hold(hold&&) noexcept = default;
  hold& operator=(hold&& other) noexcept {
    std::swap(from_, other.from_);
    std::swap(token_, other.token_);
    return *this;
  }
  ~hold() {
    if (from_)
      Kind::give_back(from_, token_);
  }

  /// Whether it was neither released nor moved.
  explicit operator bool() const noexcept { return static_cast<bool>(from_); }

  /// A fencing token, larger than that of every grant before; see `fence`.
  [[nodiscard]] std::uint64_t token() const noexcept { return token_; }

  /// Gives it back, and waits until it is. This is empty from now on.
  ///
  /// Fails:  throws `failure` (`stale_token`) if it is not held any more.
  /// Cancel: it is given back all the same.
  [[nodiscard]] task<void> release() { return Kind::release(std::move(*this)); }

private:
  friend Kind;

  reference from_;
  std::uint64_t token_;
};

} // namespace troupe::detail
