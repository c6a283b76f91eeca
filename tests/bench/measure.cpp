// measure FD COMMAND [ARGUMENT...]
//
// Runs the command and writes what it took to the descriptor FD, as JSON.
//
// It exists because the peak RSS that Linux reports for a process counts what
// the process was before exec: a command started from Python is charged with
// the interpreter's memory. This program is small enough not to matter.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>

namespace {

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: measure FD COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const int report = std::atoi(argv[1]);
  fcntl(report, F_SETFD, FD_CLOEXEC);

  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  pid_t child = 0;
  if (const int error =
        posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ)) {
    std::fprintf(stderr, "measure: %s: %s\n", argv[2],
                 std::generic_category().message(error).c_str());
    return 2;
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child) {
    std::perror("measure: wait4");
    return 2;
  }
  const std::chrono::duration<double> wall = clock::now() - start;

  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  dprintf(report, R"({"wall": %.6f, "cpu": %.6f, "rss_kib": %ld, "code": %d})",
          wall.count(), seconds(used.ru_utime) + seconds(used.ru_stime),
          used.ru_maxrss, code);
  return 0;
}
