#include "troupe/core/detail/end_watch.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/attachable.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/system_messages.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace troupe::detail {

namespace {

/// Asks the attachables of an actor for the one that is a `bell`.
struct search {
  // CAF numbers its own from 0.
  static constexpr std::size_t token_type = 0x74726f75;

  std::shared_ptr<watched>& found;
};

} // namespace

/// All who watch an actor.
class watched {
public:
  explicit watched(caf::actor_addr who) : who_(std::move(who)) {}

  /// Those of an actor.
  static std::shared_ptr<watched> of(const caf::strong_actor_ptr& who);

  end_watch::place add(const caf::weak_actor_ptr& watcher) {
    std::unique_lock lock{mutex_};
    watchers_.push_front(watcher);
    auto result = watchers_.begin();
    auto ended = end_.has_value();
    lock.unlock();
    if (ended)
      tell(watcher, nullptr);
    return result;
  }

  void remove(end_watch::place at) {
    std::list<caf::weak_actor_ptr> removed; // destroyed after the lock
    std::lock_guard lock{mutex_};
    removed.splice(removed.end(), watchers_, at);
  }

  void ended(const caf::error& why, caf::execution_unit* host) {
    std::unique_lock lock{mutex_};
    end_ = why;
    std::vector<caf::weak_actor_ptr> all{watchers_.begin(), watchers_.end()};
    lock.unlock();
    for (const auto& watcher : all)
      tell(watcher, host);
  }

  std::size_t count() {
    std::lock_guard lock{mutex_};
    return watchers_.size();
  }

private:
  /// Not while locked: a watcher that nobody else refers to is destroyed here.
  void tell(const caf::weak_actor_ptr& watcher, caf::execution_unit* host) {
    if (auto to = watcher.lock())
      to->enqueue(nullptr, caf::make_message_id(),
                  caf::make_message(caf::down_msg{who_, *end_}), host);
  }

  const caf::actor_addr who_;
  std::mutex mutex_;
  std::list<caf::weak_actor_ptr> watchers_;
  std::optional<caf::error> end_;
};

namespace {

class bell final : public caf::attachable {
public:
  explicit bell(std::shared_ptr<watched> who) : who_(std::move(who)) {}

  void actor_exited(const caf::error& why, caf::execution_unit* host) override {
    who_->ended(why, host);
  }

  bool matches(const token& what) override {
    if (what.subtype == search::token_type)
      static_cast<const search*>(what.ptr)->found = who_;
    return false; // it stays
  }

private:
  std::shared_ptr<watched> who_;
};

} // namespace

/// Two threads that are the first at once make one each, which does no harm.
std::shared_ptr<watched> watched::of(const caf::strong_actor_ptr& who) {
  std::shared_ptr<watched> result;
  who->get()->detach(search{result});
  if (!result) {
    result = std::make_shared<watched>(caf::actor_cast<caf::actor_addr>(who));
    who->get()->attach(std::make_unique<bell>(result));
  }
  return result;
}

end_watch::end_watch(const caf::strong_actor_ptr& whom,
                     const caf::weak_actor_ptr& watcher)
  : at_(watched::of(whom)), place_(at_->add(watcher)) {}

end_watch::~end_watch() {
  if (at_)
    at_->remove(place_);
}

std::size_t end_watch::count(const caf::strong_actor_ptr& whom) {
  return watched::of(whom)->count();
}

} // namespace troupe::detail
