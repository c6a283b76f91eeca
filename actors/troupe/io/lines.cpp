#include "troupe/io/lines.hpp"

#include "troupe/io/detail/line_reader.hpp"
#include "troupe/io/loop.hpp"
#include "troupe/msg/failure.hpp"
#include "troupe/sleep.hpp"

#include <utility>

namespace troupe::io {

namespace {

task<std::optional<std::string>>
next_line(std::shared_ptr<detail::line_reader> reader) {
  detail::line_reader::turn mine{*reader};
  while (true) {
    if (auto line = reader->take_line())
      co_return line;
    if (reader->ended())
      co_return std::nullopt;
    co_await yield(); // a descriptor may always have more
    while (!reader->fill())
      co_await reader->readable();
  }
}

} // namespace

lines::lines(loop& where, int descriptor, const lines_options& options)
  : reader_(std::make_shared<detail::line_reader>(where.context(), descriptor,
                                                  options.longest())) {}

task<std::optional<std::string>> lines::next() const {
  return next_line(reader_);
}

} // namespace troupe::io
