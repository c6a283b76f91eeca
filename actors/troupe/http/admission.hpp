#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::http {

/// The queue of a session: which transfer may start, under a limit for all and
/// a limit for each host. A pure state machine.
///
/// Order: first come, first served within a host; hosts take turns, so that a
/// long list of one host does not hold up the others.
class admission {
public:
  using id = std::uint64_t;

  /// @param total Most transfers at once.
  /// @param per_host Most transfers at once of one host.
  admission(std::size_t total, std::size_t per_host);

  /// Puts a transfer in the queue of its host.
  void submit(id transfer, const std::string& host);

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
  std::vector<id> start();

  [[nodiscard]] std::size_t active() const noexcept { return active_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

private:
  struct host_state {
    std::list<id> queue;
    std::size_t active = 0;
    std::size_t held = 0;
    bool in_turn = false;
  };
  struct entry_state {
    host_state* host;
    const std::string* name;
    std::list<id>::iterator place;
    bool started = false;
    bool held = false;
  };

  void offer(const std::string& name, host_state& host);
  void forget_if_idle(const std::string& name, host_state& host);

  std::size_t total_;
  std::size_t per_host_;
  std::size_t active_ = 0;
  std::size_t waiting_ = 0;
  std::unordered_map<std::string, host_state> hosts_;
  std::unordered_map<id, entry_state> entries_;
  // Hosts with something to start and room for it.
  std::deque<std::string> turns_;
};

} // namespace troupe::http
