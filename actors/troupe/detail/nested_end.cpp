#include "troupe/detail/nested_end.hpp"

#include <vector>

namespace troupe::detail {

namespace {

struct put_off {
  void* what;
  void (*end)(void*);
};

constexpr int deepest = 16;
constinit thread_local int depth = 0;
// A pointer, as what ends at the end of a thread may come here too.
constinit thread_local std::vector<put_off>* later = nullptr;

/// Whether there was memory for it.
bool remember(put_off what) noexcept {
  try {
    if (!later)
      later = new std::vector<put_off>;
    later->push_back(what);
    return true;
  } catch (...) {
    return false;
  }
}

void end_those_put_off() noexcept {
  while (later && !later->empty()) {
    auto next = later->back();
    later->pop_back();
    next.end(next.what);
  }
  delete std::exchange(later, nullptr);
}

} // namespace

bool nested_too_deep() noexcept {
  return depth == deepest;
}

void end_nested(void* what, void (*end)(void*)) noexcept {
  if (nested_too_deep()) {
    if (!remember({what, end}))
      end(what);
    return;
  }
  ++depth;
  end(what);
  if (depth == deepest)
    end_those_put_off();
  --depth;
}

} // namespace troupe::detail
