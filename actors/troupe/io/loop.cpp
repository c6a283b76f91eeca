#include "troupe/io/loop.hpp"

namespace troupe::io {

// Without "one thread only": tasks hand over their operations from others.
loop::loop()
  : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

loop::~loop() {
  context_.stop();
  thread_.join();
}

} // namespace troupe::io
