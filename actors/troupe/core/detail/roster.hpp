#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <vector>

namespace troupe::detail {

/// What one of troupe's actors does when nobody sends it a message.
enum class activity : std::uint8_t {
  /// Nothing: it keeps a program from ending only if somebody forgot it.
  waits,
  /// It may have something to bring to an end, as a download has.
  works,
  /// It is there for others, and ends with the system.
  serves,
};

/// A place in the list of troupe's actors that have not ended: a system that
/// ends has to find those that are still referred to. Tasks are not listed: a
/// system's `runtime` knows them.
///
/// Threads: any.
class roster_place {
public:
  roster_place(caf::local_actor& who, activity what);
  roster_place(const roster_place&) = delete;
  roster_place& operator=(const roster_place&) = delete;
  ~roster_place();

  /// The actor has ended.
  void leave() noexcept;

private:
  friend struct roster;

  caf::local_actor& who_;
  activity what_;
  bool listed_ = true;
  roster_place* previous_ = nullptr;
  roster_place* next_ = nullptr;
};

/// That list.
struct roster {
  struct entry {
    caf::strong_actor_ptr who;
    activity what;
  };

  /// The actors of a system.
  [[nodiscard]] static std::vector<entry> of(const caf::actor_system& system);
};

} // namespace troupe::detail
