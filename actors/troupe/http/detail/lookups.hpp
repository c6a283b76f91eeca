#pragma once

#include "troupe/http/detail/transfer.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::http::detail {

/// Has the name of a host looked up once: the first transfer to a new name
/// looks it up, and the others wait until that has come to something.
///
/// Order:   those that wait for a name leave in the order in which they came.
/// Threads: one.
class lookups {
public:
  /// A transfer that may start.
  struct start {
    transfer what;
    bool looks_up; // what that comes to has to be told, see below
  };

  /// @return Nothing if it has to wait.
  std::optional<start> add(transfer what);

  /// The name is known.
  ///
  /// @return Who waited for that.
  std::deque<transfer> found(const std::string& host);

  /// The name cannot be looked up.
  ///
  /// @return Who waited in vain.
  std::deque<transfer> failed(const std::string& host);

  /// Who looked it up has come to another end.
  ///
  /// @return Who looks up now, if anybody waits.
  std::optional<transfer> next(const std::string& host);

  /// Takes one that waits out of its line.
  std::optional<transfer> take(transfer_id id);
  std::vector<transfer> take_all();

private:
  void remember(const std::string& host);

  std::unordered_map<std::string, std::deque<transfer>> waiting_;
  std::unordered_set<std::string> known_;
};

} // namespace troupe::http::detail
