#pragma once

#include <caf/resumable.hpp>

#include <cstddef>
#include <functional>
#include <utility>

namespace troupe::test {

/// What a scheduler runs, without an actor around it. Runs once and is gone.
class job : public caf::resumable {
public:
  using function = std::function<void(caf::execution_unit*)>;

  explicit job(function run) : run_(std::move(run)) {}

  resume_result resume(caf::execution_unit* worker, std::size_t) override {
    run_(worker);
    return done;
  }

  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override { delete this; }

private:
  function run_;
};

} // namespace troupe::test
