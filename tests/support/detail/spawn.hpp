#pragma once

#include "support/process_options.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace troupe::test::detail {

/// What a child gets as its standard descriptors.
struct standard_fds {
  int in;
  int out;
  int err;
  bool terminal; ///< They are one terminal, which the child shall control.
};

/// Starts a program as the leader of a new process group.
///
/// @return Its process id; the caller reaps it.
/// Fails: throws std::system_error if the program cannot be run.
pid_t spawn(const std::vector<std::string>& command,
            const process_options& options, const standard_fds& fds);

} // namespace troupe::test::detail
