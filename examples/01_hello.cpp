// Downloads pages side by side, and prints them in order: the first program,
// beside asyncio's in the README.
#include <troupe/troupe.hpp>

#include <cstdio>
#include <string>
#include <vector>

troupe::task<std::string> fetch(troupe::http::session http, std::string url) {
  // An actor downloads; this coroutine waits.
  auto page = co_await http.get(url);
  co_return page.text();
}

troupe::task<void> amain(std::vector<std::string> urls) {
  troupe::http::session http;
  std::vector<troupe::task<std::string>> jobs;
  jobs.reserve(urls.size());
  for (auto& url : urls)
    jobs.push_back(fetch(http, url));
  // A supervisor actor runs them, side by side.
  for (auto& text : co_await troupe::gather(std::move(jobs)))
    std::puts(text.c_str());
}

int main(int argc, char** argv) {
  return troupe::run(amain({argv + 1, argv + argc}));
}
