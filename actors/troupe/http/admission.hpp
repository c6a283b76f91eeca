#pragma once

#include "troupe/core/rate_rules.hpp"
#include "troupe/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::http {

/// The queue of a session: which transfer may start, under a limit for all and
/// for each host, and how often one of a host may. A pure state machine.
///
/// Order: first come, first served within a host, but those that have begun
///        elsewhere before the others; hosts take turns, so that a long list of
///        one host does not hold up the others.
class admission {
public:
  using id = std::uint64_t;

  /// @param total Most transfers at once.
  /// @param per_host Most transfers at once of one host.
  /// @param starts Most that start in a second at one host, evenly; 0 is no
  ///               limit.
  admission(std::size_t total, std::size_t per_host, std::uint64_t starts = 0);

  /// Whether a transfer begins, or goes on after it was redirected: what a
  /// redirect tells may hold for a short time only.
  enum class entry { begins, goes_on };

  /// Puts a transfer in the queue of its host.
  void submit(id transfer, const std::string& host, entry as = entry::begins);

  /// Takes a transfer out of the queue, or gives its place back if it started.
  ///
  /// @return Whether it was still waiting.
  bool leave(id transfer);

  /// A held transfer keeps its place in the queue but does not start.
  ///
  /// @return Whether it is waiting, and so will not start; false if it started
  ///         or is unknown.
  bool hold(id transfer, bool held);

  /// Who starts now.
  std::vector<id> start(time_point now);

  /// When to ask again who starts, though nothing else happened; `never` if
  /// that is in vain.
  [[nodiscard]] time_point wakeup() const noexcept;

  [[nodiscard]] std::size_t active() const noexcept { return active_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

private:
  struct host_state {
    std::list<id> queue; // those that go on, then those that begin
    std::list<id>::iterator first_new = queue.end();
    std::size_t active = 0;
    std::size_t held = 0;
    bool in_turn = false;
    bool is_early = false;   // it has begun one a moment ago, see `early_`
    time_point due;          // until then it was early
    std::uint64_t woken = 0; // the call of `start` that noticed
  };
  struct entry_state {
    host_state* host;
    const std::string* name;
    std::list<id>::iterator place;
    bool started = false;
    bool held = false;
  };

  static void take(host_state& host, std::list<id>::iterator place);
  void offer(const std::string& name, host_state& host);
  void forget_if_idle(const std::string& name, host_state& host);
  bool is_early(const std::string& name, host_state& host, time_point now);

  std::size_t total_;
  std::size_t per_host_;
  std::size_t active_ = 0;
  std::size_t waiting_ = 0;
  std::unordered_map<std::string, host_state> hosts_;
  std::unordered_map<id, entry_state> entries_;
  // Hosts with something to start and room for it.
  std::deque<std::string> turns_;
  std::optional<rate_rules> rate_;
  std::uint64_t starts_ = 0; // numbers the calls of `start`
  // Hosts at which none may start before a time.
  std::set<std::pair<time_point, std::string>> early_;
};

} // namespace troupe::http
