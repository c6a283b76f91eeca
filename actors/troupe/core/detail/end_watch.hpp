#pragma once

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace troupe::detail {

class watched;

/// Brings an actor a `caf::down_msg` when another one ends, as a monitor does.
/// CAF searches all monitors of an actor for those that are taken back; this is
/// taken back in constant time, however many watch the same actor.
///
/// Threads: any.
class end_watch {
public:
  /// @param watcher Who gets the message: at once if `whom` has ended.
  end_watch(const caf::strong_actor_ptr& whom,
            const caf::weak_actor_ptr& watcher);
  end_watch(const end_watch&) = delete;
  end_watch(end_watch&&) noexcept = default;
  end_watch& operator=(const end_watch&) = delete;
  end_watch& operator=(end_watch&&) = delete;
  /// The message does not come any more, but it may be there already.
  ~end_watch();

  /// How many of them an actor has.
  [[nodiscard]] static std::size_t count(const caf::strong_actor_ptr& whom);

private:
  friend class watched;
  using place = std::list<caf::weak_actor_ptr>::iterator;

  std::shared_ptr<watched> at_;
  place place_;
};

} // namespace troupe::detail
