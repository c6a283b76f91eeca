#pragma once

#include "troupe/core/supervisor_options.hpp"
#include "troupe/detail/coroutine_block.hpp"
#include "troupe/detail/group_state.hpp"
#include "troupe/detail/outcome.hpp"
#include "troupe/detail/run_children.hpp"
#include "troupe/gather.hpp"
#include "troupe/msg/expected.hpp"
#include "troupe/task.hpp"

#include <cstddef>
#include <deque>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe {

/// How `map` treats its tasks: as `gather`.
using map_options = gather_options;

namespace detail {

template <class Range, class Make>
using mapped_value =
  typename std::invoke_result_t<Make&,
                                std::ranges::range_value_t<Range>>::value_type;

template <class T>
using values_of = std::conditional_t<std::is_void_v<T>, void, std::vector<T>>;

/// Makes a task for each item of a range, which it reads as far as tasks start.
///
/// @tparam Kept What is kept of each, by its place.
template <class Range, class Make, class Kept>
class mapped : public made_tasks {
public:
  using item = std::ranges::range_value_t<Range>;
  using value = mapped_value<Range, Make>;

  mapped(Range range, Make make)
    : items(std::move(range)), make_(std::move(make)) {}

protected:
  bool read() final {
    if (at_)
      ++*at_;
    else
      at_.emplace(std::ranges::begin(items));
    if (*at_ == std::ranges::end(items))
      return false;
    item_.emplace(take());
    return true;
  }

  std::shared_ptr<task_block> make() final {
    auto one = std::move(*item_);
    item_.reset();
    return make_block(make_(std::move(one)), name_or_number({}));
  }

  /// The place of one; those in between are made.
  std::optional<Kept>& at(std::size_t index) {
    if (kept.size() <= index)
      kept.resize(index + 1);
    return kept[index];
  }

  Range items;
  std::deque<std::optional<Kept>> kept;

private:
  /// Items are copied, as a view's are somebody else's; those of a container
  /// that can only be moved are.
  item take() {
    using reference = std::ranges::range_reference_t<Range>;
    if constexpr (std::is_constructible_v<item, reference>) {
      return item(**at_);
    } else {
      static_assert(!std::ranges::view<Range>,
                    "items that can only be moved: pass what owns them");
      return item(std::ranges::iter_move(*at_));
    }
  }

  Make make_;
  std::optional<std::ranges::iterator_t<Range>> at_;
  std::optional<item> item_; // that was read, and has no task yet
};

template <class Range, class Make>
class mapped_values final
  : public mapped<Range, Make, value_or_unit<mapped_value<Range, Make>>> {
  using value = mapped_value<Range, Make>;

public:
  using mapped<Range, Make, value_or_unit<value>>::mapped;

  /// @pre All have succeeded.
  values_of<value> take() {
    if constexpr (!std::is_void_v<value>) {
      std::vector<value> result;
      result.reserve(this->kept.size());
      for (auto& one : std::exchange(this->kept, {}))
        result.push_back(std::move(*one));
      return result;
    }
  }

private:
  using made_tasks::keep;

  void keep(std::size_t index, task_block& task) override {
    if constexpr (!std::is_void_v<value>)
      this->at(index).emplace(static_cast<result_block<value>&>(task).steal());
  }
};

template <class Range, class Make>
class mapped_outcomes final
  : public mapped<Range, Make, expected<mapped_value<Range, Make>>> {
  using value = mapped_value<Range, Make>;

public:
  using mapped<Range, Make, expected<value>>::mapped;

  /// @param missing Stands for those that did not start.
  std::vector<expected<value>> take(const error& missing) {
    if constexpr (std::ranges::sized_range<Range>)
      this->kept.resize(std::ranges::size(this->items));
    std::vector<expected<value>> result;
    result.reserve(this->kept.size());
    for (auto& one : std::exchange(this->kept, {}))
      result.push_back(one ? std::move(*one) : expected<value>{missing});
    return result;
  }

private:
  void keep(std::size_t index, task_block& task) override {
    if constexpr (std::is_void_v<value>)
      this->at(index).emplace();
    else
      this->at(index).emplace(static_cast<result_block<value>&>(task).steal());
  }
  void keep(std::size_t index, const std::exception_ptr& thrown) override {
    this->at(index).emplace(error_of(thrown));
  }
};

} // namespace detail

/// Runs `make(item)`, a task, for each item of a range, in actors of their own,
/// and gives their values in the order of the items.
///
///     auto pages = co_await map(urls, fetch, map_options{}.limit(64));
///
/// An item is read, and its task made, when the task can start: so
/// `map_options{}.limit(64)` also limits how far the range is read and how many
/// tasks exist, and the range may be endless, or read only once. Without a
/// limit that is up to 256 ahead of those that have begun. Only values are
/// kept.
///
/// The range is read and `make` called in another actor, one call at a time:
/// they capture values only. Items are copied; those of a container that can
/// only be moved are, from a container that was moved to here.
///
/// Fails:  as `gather`; also throws what the range or `make` threw.
/// Cancel: as `gather`; nothing more is read.
template <std::ranges::input_range Range, class Make>
auto map(Range items, Make make, map_options options = map_options{})
  -> task<detail::values_of<detail::mapped_value<Range, Make>>> {
  auto all = std::make_shared<detail::mapped_values<Range, Make>>(
    std::move(items), std::move(make));
  auto end = co_await detail::run_made(all, options.rules());
  all->check(end);
  co_return all->take();
}

/// The same, where failures and cancels of tasks are outcomes. An item whose
/// task was not started, as enough others succeeded or the deadline passed, has
/// the error `cancelled`, or `timed_out`; where the range does not know its
/// size, the result ends with the last item that was read.
///
/// Fails:  throws what the range threw.
/// Cancel: as `map`.
template <std::ranges::input_range Range, class Make>
auto map_outcomes(Range items, Make make,
                  outcomes_options options = outcomes_options{})
  -> task<std::vector<expected<detail::mapped_value<Range, Make>>>> {
  auto all = std::make_shared<detail::mapped_outcomes<Range, Make>>(
    std::move(items), std::move(make));
  auto rules = options.rules();
  auto end = co_await detail::run_made(all, rules.on_error(on_error::collect));
  all->check_read();
  co_return all->take(detail::not_started(end));
}

} // namespace troupe
