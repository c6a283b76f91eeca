// A program that links all of troupe; it exits with 0 if that works.
#include "troupe/msg/errc.hpp"
#include "troupe/msg/expected.hpp"

int main() {
  const troupe::expected<int> answer = 42;
  const bool named = troupe::to_string(troupe::errc::timed_out) == "timed_out";
  return named && answer && *answer == 42 ? 0 : 1;
}
