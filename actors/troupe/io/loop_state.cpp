#include "troupe/io/detail/loop_state.hpp"

#include "troupe/detail/fiber.hpp"
#include "troupe/detail/runtime.hpp"
#include "troupe/io/detail/operation_core.hpp"
#include "troupe/log.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace troupe::io::detail {

namespace {

/// Tells which loop a context is of.
class loop_service final : public asio::execution_context::service {
public:
  using key_type = loop_service;
  static inline asio::execution_context::id id;

  explicit loop_service(asio::execution_context& context) : service(context) {}

  loop_state* owner = nullptr;

private:
  void shutdown() noexcept override {}
};

void report(const std::string& what) {
  log(log_level::error, {},
      "an exception left a handler of an io::loop, which goes on: " + what);
}

} // namespace

// Without "one thread only": tasks hand over their operations from others.
loop_state::loop_state() {
  asio::use_service<loop_service>(context_).owner = this;
}

loop_state::~loop_state() = default;

std::shared_ptr<loop_state> loop_state::of(asio::execution_context& context) {
  if (!asio::has_service<loop_service>(context))
    return nullptr;
  return asio::use_service<loop_service>(context).owner->shared_from_this();
}

void loop_state::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& what) {
      report(what.what());
    } catch (...) {
      report("it is of an unknown type");
    }
  }
}

bool loop_state::add(operation_core& one,
                     const std::shared_ptr<troupe::detail::runtime>& user) {
  std::lock_guard lock{mutex_};
  if (closed_)
    return false;
  note(user);
  one.next = std::exchange(first_, &one);
  if (one.next)
    one.next->previous = &one;
  return true;
}

void loop_state::remove(operation_core& one) noexcept {
  std::lock_guard lock{mutex_};
  (one.previous ? one.previous->next : first_) = one.next;
  if (one.next)
    one.next->previous = one.previous;
}

void loop_state::close() {
  std::vector<std::shared_ptr<operation_core>> left;
  std::vector<std::weak_ptr<troupe::detail::runtime>> users;
  {
    std::lock_guard lock{mutex_};
    closed_ = true;
    for (auto* one = first_; one; one = one->next)
      if (auto alive = one->weak_from_this().lock())
        left.push_back(std::move(alive));
    // A task that never awaited anything here may have a socket all the same.
    if (auto* here = troupe::detail::fiber::current())
      note(here->system());
    users = users_;
  }
  for (const auto& one : users)
    if (auto alive = one.lock())
      alive->keep(shared_from_this());
  for (const auto& one : left)
    one->abandon("the io::loop was destroyed");
}

void loop_state::note(const std::shared_ptr<troupe::detail::runtime>& user) {
  auto same = [&user](const auto& x) {
    return !x.owner_before(user) && !user.owner_before(x);
  };
  if (std::any_of(users_.begin(), users_.end(), same))
    return;
  std::erase_if(users_, [](const auto& x) { return x.expired(); });
  users_.push_back(user);
}

} // namespace troupe::io::detail
