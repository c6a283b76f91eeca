#include "troupe/msg/setup.hpp"

#include "troupe/msg/failure.hpp"

#include <caf/message_view.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/type_erased_tuple.hpp>

namespace troupe {

void configure(caf::actor_system_config& config) {
  add_messages<caf::id_block::troupe_messages>(config);
  add_messages<caf::id_block::troupe_more_messages>(config);
  config.add_error_category(
    caf::atom("troupe"),
    [](std::uint8_t code, caf::atom_value, const caf::message& context) {
      return to_string(from_caf({code, caf::atom("troupe"), context}));
    });
}

namespace detail {

void answer_clearly(caf::scheduled_actor& self) {
  self.set_default_handler(
    [](caf::scheduled_actor*,
       caf::message_view& x) -> caf::result<caf::message> {
      const auto& content = x.content();
      if (content.empty())
        return to_caf(
          {errc::decode_error, "the bytes of a message could not be read"});
      return to_caf({errc::invalid_argument,
                     "the actor does not take " + content.stringify()});
    });
  self.set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self.set_exception_handler(
    [](caf::scheduled_actor*, std::exception_ptr& thrown) -> caf::error {
      try {
        std::rethrow_exception(thrown);
      } catch (const failure& what) {
        return to_caf(what.error());
      } catch (const std::exception& what) {
        return to_caf({errc::internal, what.what()});
      } catch (...) {
        return to_caf({errc::internal, "an exception of unknown type"});
      }
    });
}

} // namespace detail

} // namespace troupe
