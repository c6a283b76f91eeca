#include "cli/origin.hpp"

#include "troupe/http/digest.hpp"

#include <httplib.h>

#include <random>
#include <stdexcept>
#include <thread>

namespace troupe::cli {

namespace {

/// The bytes of a file: different in each, and never stored.
std::string content_of(std::size_t index, std::uint64_t size) {
  std::minstd_rand random{static_cast<std::uint32_t>(index + 1)};
  std::string result(size, '\0');
  for (auto& x : result)
    x = static_cast<char>(random() >> 8U);
  return result;
}

std::uint64_t size_of(std::size_t index) {
  // Many small ones and a few large ones, as files are.
  std::minstd_rand random{static_cast<std::uint32_t>(index + 1)};
  return std::uint64_t{1024} << (random() % 13U);
}

} // namespace

struct origin::impl {
  httplib::Server server;
  std::vector<file> files;
  std::vector<std::string> contents;
  int port = 0;
  std::thread thread;
};

origin::origin(std::size_t count) : impl_(std::make_unique<impl>()) {
  auto& x = *impl_;
  for (std::size_t i = 0; i < count; ++i) {
    x.contents.push_back(content_of(i, size_of(i)));
    const auto& content = x.contents.back();
    http::digest sha256{v1::CHECKSUM_ALGORITHM_SHA256};
    sha256.update(content.data(), content.size());
    x.files.push_back(
      {"file-" + std::to_string(i) + ".bin", content.size(), sha256.finish()});
  }
  // A connection that is kept alive keeps its thread: more than there will be.
  constexpr std::size_t threads = 64;
  x.server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  x.server.set_tcp_nodelay(true);
  x.server.set_keep_alive_max_count(1'000'000);
  x.server.Get(R"(/(\d+)/.*)", [&x](const httplib::Request& request,
                                    httplib::Response& response) {
    auto index = std::stoul(request.matches[1].str());
    if (index >= x.contents.size()) {
      response.status = 404;
      return;
    }
    const auto& content = x.contents[index];
    response.set_content_provider(
      content.size(), "application/octet-stream",
      [&content](std::size_t offset, std::size_t length,
                 httplib::DataSink& sink) {
        return sink.write(content.data() + offset, length);
      });
  });
  x.port = x.server.bind_to_any_port("127.0.0.1");
  if (x.port <= 0)
    throw std::runtime_error{"no free port on 127.0.0.1"};
  x.thread = std::thread([&x] { x.server.listen_after_bind(); });
}

origin::~origin() {
  impl_->server.stop();
  impl_->thread.join();
}

const std::vector<origin::file>& origin::files() const noexcept {
  return impl_->files;
}

std::string origin::url(const file& x) const {
  auto index = static_cast<std::size_t>(&x - impl_->files.data());
  return "http://127.0.0.1:" + std::to_string(impl_->port) + "/"
         + std::to_string(index) + "/" + x.name;
}

} // namespace troupe::cli
