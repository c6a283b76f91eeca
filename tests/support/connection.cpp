#include "support/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

namespace troupe::test {

namespace {

constexpr std::size_t max_head = 1 << 20;

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size()
         && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Cuts `text` at the first separator and returns what came before.
std::string take(std::string_view& text, std::string_view separator) {
  auto end = text.find(separator);
  auto result = std::string{text.substr(0, end)};
  auto used = end == text.npos ? text.size() : end + separator.size();
  text.remove_prefix(used);
  return result;
}

http_request parse_head(std::string_view head) {
  http_request result;
  auto line = take(head, "\r\n");
  auto rest = std::string_view{line};
  result.method = take(rest, " ");
  result.target = take(rest, " ");
  result.version = rest;
  while (!head.empty()) {
    auto field = take(head, "\r\n");
    auto value = std::string_view{field};
    auto name = take(value, ":");
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    result.headers.emplace_back(std::move(name), value);
  }
  return result;
}

std::size_t body_size(const http_request& request) {
  auto text = request.header("Content-Length");
  std::size_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

} // namespace

std::string http_request::path() const {
  return target.substr(0, target.find('?'));
}

std::string http_request::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name))
      return value;
  return {};
}

bool http_request::has_header(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& field) {
    return same_name(field.first, name);
  });
}

bool http_request::keeps_alive() const {
  auto wish = header("Connection");
  if (version == "HTTP/1.0")
    return same_name(wish, "keep-alive");
  return !same_name(wish, "close");
}

connection::connection(unique_fd socket, int stop_fd, std::size_t number)
  : socket_(std::move(socket)), stop_fd_(stop_fd), number_(number) {
  int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    auto count = ::send(socket_.get(), bytes.data(), bytes.size(), flags);
    if (count >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
    else if (errno == EAGAIN)
      wait_for(POLLOUT, -1, deadline::max());
    else if (errno != EINTR)
      throw ended{};
  }
}

void connection::drip(std::string_view bytes,
                      std::chrono::milliseconds interval) {
  for (char byte : bytes) {
    send({&byte, 1});
    pause(interval);
  }
}

void connection::pause(std::chrono::milliseconds time) {
  if (wait_for(POLLRDHUP, -1, deadline_after(time)))
    throw ended{};
}

void connection::wait(const gate& opened) {
  if (wait_for(POLLRDHUP, opened.fd(), deadline::max()) && !opened.is_open())
    throw ended{};
}

bool connection::wait_closed(std::chrono::milliseconds limit) {
  auto end = deadline_after(limit);
  while (is_open()) {
    if (!wait_for(POLLIN, -1, end))
      return false;
    if (!read_some())
      return true;
  }
  return true;
}

void connection::hold() {
  wait_closed(std::chrono::milliseconds::max());
}

void connection::half_close() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void connection::close() {
  // Unread bytes would turn the close into a reset.
  half_close();
  std::array<char, 4096> unread;
  while (::recv(socket_.get(), unread.data(), unread.size(), MSG_DONTWAIT) > 0)
    ;
  socket_.reset();
}

void connection::reset() {
  linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.reset();
}

void connection::read_request() {
  constexpr std::string_view blank_line = "\r\n\r\n";
  auto more = [this] {
    wait_for(POLLIN, -1, deadline::max());
    if (!read_some())
      throw ended{};
  };
  std::size_t head_size = 0;
  while ((head_size = received_.find(blank_line)) == received_.npos) {
    if (received_.size() > max_head)
      throw ended{};
    more();
  }
  request_ = parse_head(std::string_view{received_}.substr(0, head_size));
  request_.connection = number_;
  if (!request_.version.starts_with("HTTP/"))
    throw ended{};
  received_.erase(0, head_size + blank_line.size());
  auto size = body_size(request_);
  while (received_.size() < size)
    more();
  request_.body = received_.substr(0, size);
  received_.erase(0, size);
}

// Returns false once `end` has passed; throws when the server stops.
bool connection::wait_for(short events, int other_fd, deadline end) {
  std::array<pollfd, 3> fds{
    {{stop_fd_, POLLIN, 0}, {socket_.get(), events, 0}, {other_fd, POLLIN, 0}}};
  if (!poll_until(fds, end))
    return false;
  if (fds[0].revents != 0)
    throw ended{};
  return true;
}

// Returns false when the client has closed its end.
bool connection::read_some() {
  std::array<char, 16384> buffer;
  auto count =
    ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count > 0)
    received_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

} // namespace troupe::test
