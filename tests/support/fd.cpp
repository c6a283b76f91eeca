#include "support/fd.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace troupe::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Rounded up, so that no wait ends early; -1 is for ever.
int poll_timeout(deadline end) {
  if (end == deadline::max())
    return -1;
  auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
  auto most = milliseconds{std::numeric_limits<int>::max()};
  return static_cast<int>(std::clamp(left, milliseconds{0}, most).count());
}

} // namespace

deadline deadline_after(milliseconds limit) {
  auto now = steady_clock::now();
  auto room = std::chrono::floor<milliseconds>(deadline::max() - now);
  return limit < room ? now + limit : deadline::max();
}

bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit) {
  auto end = deadline_after(limit);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

void unique_fd::reset(int fd) {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = fd;
}

bool poll_until(std::span<pollfd> fds, deadline end) {
  for (;;) {
    int timeout = poll_timeout(end);
    int ready = ::poll(fds.data(), fds.size(), timeout);
    if (ready > 0)
      return true;
    if (ready < 0 && errno != EINTR)
      throw_errno("poll");
    if (ready == 0 && poll_timeout(end) == 0)
      return false;
  }
}

unique_fd checked_fd(int fd, std::string_view what) {
  if (fd < 0)
    throw_errno(what);
  return unique_fd{fd};
}

void throw_errno(std::string_view what) {
  throw std::system_error{errno, std::generic_category(), std::string{what}};
}

unique_fd make_event_fd() {
  return checked_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

void raise_event(const unique_fd& event) {
  // Fails only when the counter is full, and then the event is raised.
  [[maybe_unused]] auto result = ::eventfd_write(event.get(), 1);
}

tcp_listener listen_on_loopback() {
  auto socket =
    checked_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0)
    throw_errno("bind to 127.0.0.1");
  if (::listen(socket.get(), SOMAXCONN) != 0)
    throw_errno("listen");
  if (::getsockname(socket.get(), generic, &size) != 0)
    throw_errno("getsockname");
  return {std::move(socket), ntohs(address.sin_port)};
}

unique_fd connect_to_loopback(std::uint16_t port) {
  auto socket =
    checked_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  auto address = loopback(port);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), generic, sizeof address) != 0)
    throw_errno("connect to 127.0.0.1:" + std::to_string(port));
  return socket;
}

} // namespace troupe::test
