#include "troupe/detail/run_child.hpp"

#include "troupe/detail/group_state.hpp"
#include "troupe/detail/open_group.hpp"
#include "troupe/msg/failure.hpp"

#include <caf/type_erased_tuple.hpp>

#include <utility>

namespace troupe::detail {

namespace {

class value_join final : public group_join {
public:
  using group_join::group_join;
  payload value;

private:
  void take_values(content& what) override {
    if (what.size() != 2 || !what.matches(1, caf::make_rtti_pair<payloads>()))
      return;
    const auto& values = what.get_as<payloads>(1);
    if (!values.empty())
      value = values.front();
  }
};

} // namespace

task<payload> run_child(child_factory child) {
  auto group =
    group_state::make(supervisor_options{}.on_error(on_error::collect), true);
  open_group open{fiber::require(), group->supervisor()};
  add_children children;
  children.factories.push_back(std::move(child));
  group->add(std::move(children));
  group->close();
  value_join join{group};
  auto end = co_await join;
  if (join.cancelled_by())
    throw cancelled{*join.cancelled_by()};
  if (end.failed && join.value.empty())
    throw failure{end.why};
  co_return std::move(join.value);
}

} // namespace troupe::detail
