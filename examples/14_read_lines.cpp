// Lines of the standard input, a terminal, a pipe or a file, until its end or
// Ctrl-C: a task that waits for a line can be cancelled as any other.
#include <troupe/io/lines.hpp>
#include <troupe/io/loop.hpp>
#include <troupe/troupe.hpp>

#include <cstddef>
#include <cstdio>

troupe::task<void> amain() {
  troupe::io::loop loop;
  troupe::io::lines input{loop};
  std::size_t count = 0;
  try {
    while (auto line = co_await input.next()) {
      std::printf("%zu: %s\n", ++count, line->c_str());
      std::fflush(stdout);
    }
    std::printf("the end, after %zu lines\n", count);
  } catch (const troupe::cancelled&) {
    std::printf("interrupted, after %zu lines\n", count);
    throw;
  }
}

int main() {
  return troupe::run(amain());
}
