#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace troupe {

/// Which item of a queue is next.
enum class queue_order {
  /// The oldest.
  fifo,
  /// The newest.
  lifo,
  /// The one with the smallest priority; of equals the oldest.
  priority,
};

/// What a queue is like. Setters chain.
class queue_options {
public:
  queue_options() {} // NOLINT(modernize-use-equals-default): no aggregate

  /// For people who look at what waits for it; see `tree`. Default: none.
  queue_options& name(std::string x) {
    name_ = std::move(x);
    return *this;
  }
  /// Items that fit in; 0 is unbounded. Default: unbounded.
  queue_options& max_size(std::size_t x) {
    max_size_ = x;
    return *this;
  }
  /// Default: `fifo`.
  queue_options& order(queue_order x) {
    order_ = x;
    return *this;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t max_size() const { return max_size_; }
  [[nodiscard]] queue_order order() const { return order_; }

private:
  std::string name_;
  std::size_t max_size_ = 0;
  queue_order order_ = queue_order::fifo;
};

} // namespace troupe
