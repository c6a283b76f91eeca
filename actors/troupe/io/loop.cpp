#include "troupe/io/loop.hpp"

#include "troupe/io/detail/loop_state.hpp"

#include <pthread.h>

namespace troupe::io {

loop::loop()
  : state_(std::make_shared<detail::loop_state>()), context_(state_->context()),
    work_(context_.get_executor()), thread_([state = state_] {
      ::pthread_setname_np(::pthread_self(), "troupe.io");
      state->run();
    }) {}

loop::~loop() {
  context_.stop();
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach(); // a handler destroyed it; it is the last one
  else
    thread_.join();
  state_->close();
}

} // namespace troupe::io
