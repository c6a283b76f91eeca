#pragma once

#include "troupe/core/time.hpp"
#include "troupe/msg/errc.hpp"

#include <cstdint>
#include <variant>

/// What the rules of all that clients wait for have in common: lock, semaphore,
/// event, barrier, rate limiter.
namespace troupe::line {

/// Numbers the requests that may have to wait.
using request_id = std::uint64_t;

/// Numbers the clients: the actors that ask.
using client_id = std::uint64_t;

/// A place in line.
struct place {
  request_id request = 0;
  client_id client = 0;
  /// The client's own number of the request, with which it may be given up.
  std::uint64_t ticket = 0;
  /// Until when it waits; a time that has come asks for no wait.
  time_point until = never;
};

/// Who holds something: a client, and which of its tasks.
struct holder {
  client_id client = 0;
  std::uint64_t task = 0;
};

/// The request is granted. What the client has then it still has.
struct granted {
  request_id request;
  /// The token, the generation or the index.
  std::uint64_t value;
};

/// The request is not granted, and the client no longer waits.
struct refused {
  request_id request;
  client_id client;
  errc why;
};

/// What the client had it has no longer: once for each request that was
/// granted.
struct ended {
  client_id client;
};

using output = std::variant<granted, refused, ended>;

} // namespace troupe::line
