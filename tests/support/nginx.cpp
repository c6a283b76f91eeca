#include "support/nginx.hpp"

#include "support/process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::test {

namespace {

std::string url_of(std::string_view scheme_and_host, std::uint16_t port,
                   std::string_view target) {
  return std::string{scheme_and_host} + ":" + std::to_string(port)
         + std::string{target};
}

std::string status_locations() {
  std::string result;
  for (int code :
       {204, 400, 401, 403, 404, 410, 416, 429, 500, 502, 503, 504}) {
    bool retry = code == 429 || code == 503;
    result += "    location = /status/" + std::to_string(code) + " {"
              + (retry ? " add_header Retry-After 1 always;" : "") + " return "
              + std::to_string(code) + "; }\n";
  }
  return result;
}

std::string redirect(std::string_view location, std::string_view base) {
  return "    location " + std::string{location} + " { rewrite ^"
         + std::string{location} + "(.*)$ " + std::string{base}
         + "/$1 redirect; }\n";
}

std::string tls_lines(const nginx_options& options, std::uint16_t port) {
  if (!options.identity)
    return {};
  return "    listen 127.0.0.1:" + std::to_string(port) + " ssl"
         + (options.offers_http2 ? " http2" : "") + ";\n"
         + "    ssl_certificate " + options.identity->cert_file.string()
         + ";\n    ssl_certificate_key " + options.identity->key_file.string()
         + ";\n    ssl_session_cache shared:tls:1m;\n";
}

std::string process_lines(const nginx_options& options) {
  auto result = std::string{"daemon off;\npid nginx.pid;\n"};
  if (::geteuid() == 0)
    result += "user root;\n";
  return result + "worker_processes " + std::to_string(options.workers) + ";\n";
}

std::string http_lines(const nginx_options& options) {
  auto result = std::string{
    R"(  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  keepalive_timeout 60s;
  log_format test '$request_method $request_uri $server_protocol $status '
                  '$body_bytes_sent "$http_range" $connection';
)"};
  result += options.logs_access ? "  access_log /dev/stdout test;\n"
                                : "  access_log off;\n";
  for (auto each : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    result += "  " + std::string{each} + "_temp_path temp;\n";
  return result;
}

std::string configuration(const nginx_options& options,
                          const std::filesystem::path& root, std::uint16_t port,
                          std::uint16_t tls_port) {
  auto files = "alias " + root.string() + "/;";
  auto result = process_lines(options);
  result += "events { worker_connections 4096; }\nhttp {\n";
  result += http_lines(options);
  result += "  server {\n    listen 127.0.0.1:" + std::to_string(port) + ";\n"
            + tls_lines(options, tls_port) + "    root " + root.string()
            + ";\n    location /slow/ { " + files + " limit_rate "
            + options.slow_rate + "; }\n    location /gzip/ { " + files
            + " gzip on; gzip_types *; gzip_min_length 1; }\n"
            + "    location = /loop { return 302 /loop; }\n"
            + redirect("/redirect/", "")
            + redirect("/to-plain/", url_of("http://127.0.0.1", port, ""))
            + redirect("/to-tls/", url_of("https://localhost", tls_port, ""))
            + status_locations() + "  }\n}\n";
  return result;
}

std::string program() {
  return ::access("/usr/sbin/nginx", X_OK) == 0 ? "/usr/sbin/nginx" : "nginx";
}

// The sockets listen before nginx runs: a client that comes early is queued,
// and refused if nginx ends without serving it.
bool answers(std::uint16_t port) {
  constexpr std::string_view request = "HEAD /status/204 HTTP/1.0\r\n\r\n";
  auto socket = connect_to_loopback(port);
  ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
  pollfd ready{socket.get(), POLLIN, 0};
  char byte = 0;
  return poll_until({&ready, 1}, deadline_after(patience))
         && ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 1;
}

} // namespace

nginx::nginx(const nginx_options& options)
  : folder_(options.in_memory ? temp_dir::place::memory
                              : temp_dir::place::disk) {
  std::filesystem::create_directory(root());
  process_options how;
  // nginx takes over listening sockets named like this; so no other program
  // can get the port first. It does so only with a master process.
  std::string sockets;
  auto hand_over = [&](const tcp_listener& listener) {
    how.inherit(listener.socket.get());
    sockets += std::to_string(listener.socket.get()) + ";";
    return listener.port;
  };
  auto plain = listen_on_loopback();
  port_ = hand_over(plain);
  tcp_listener tls{};
  if (options.identity) {
    tls = listen_on_loopback();
    tls_port_ = hand_over(tls);
  }
  folder_.write("nginx.conf", configuration(options, root(), port_, tls_port_));
  // SIGTERM, since a master that is killed leaves its workers behind.
  how.env("NGINX", sockets).on_orphaned(SIGTERM);
  process_ = std::make_unique<process>(
    std::vector<std::string>{program(), "-p", folder_.path().string(), "-c",
                             "nginx.conf", "-e", "stderr"},
    how);
  plain.socket.reset();
  tls.socket.reset();
  bool answered = false;
  try {
    answered = answers(port_);
  } catch (const std::system_error&) {
    // Refused: it has ended already.
  }
  if (!answered) {
    process_->wait(); // for all its messages
    throw std::runtime_error{"nginx does not serve: " + error_log()};
  }
}

nginx::~nginx() {
  // A master that is killed leaves its workers for init to reap.
  process_->signal(SIGTERM);
  process_->wait();
}

bool nginx::wait_for_log(std::size_t count,
                         std::chrono::milliseconds limit) const {
  return process_->wait_for_output(
    [count](std::string_view text) {
      auto lines = std::count(text.begin(), text.end(), '\n');
      return static_cast<std::size_t>(lines) >= count;
    },
    limit);
}

std::string nginx::url(std::string_view target) const {
  return url_of("http://127.0.0.1", port_, target);
}

std::string nginx::tls_url(std::string_view target) const {
  return url_of("https://localhost", tls_port_, target);
}

std::filesystem::path nginx::add_file(const std::filesystem::path& name,
                                      std::string_view bytes) const {
  return folder_.write("root" / name, bytes);
}

std::vector<std::string> nginx::log() const {
  std::vector<std::string> result;
  std::istringstream text{process_->out()};
  for (std::string line; std::getline(text, line);)
    result.push_back(line);
  return result;
}

std::string nginx::error_log() const {
  return process_->err();
}

} // namespace troupe::test
