#pragma once

#include "model/exploration.hpp"
#include "model/line_world.hpp"
#include "troupe/msg/error.hpp"
#include "troupe/testing/virtual_system.hpp"

#include "troupe/v1/common.pb.h"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace troupe::testing {

class scene;

/// A plain actor that does its acts in order: the next one in the turn in which
/// it was answered, or after a `pass` in a turn of its own. A cancel, or its
/// death, does not wait for the answer, but for another turn.
class scene_client : public caf::event_based_actor {
public:
  scene_client(caf::actor_config& config, scene& where, std::size_t number,
               script acts)
    : caf::event_based_actor(config), index(number), where_(where),
      acts_(std::move(acts)) {
    set_default_handler(caf::drop); // answers that nobody wants
  }

  /// Does the next act.
  void go_on();

  /// Sends a request, whose answer `then` takes.
  template <class... Reply, class Handle, class Then, class Message,
            class... Rest>
  void ask(const Handle& whom, Then then, Message what, Rest... rest) {
    what.set_ticket(++ticket);
    place = next_place();
    answered = given_up = false;
    hurries =
      next_ != acts_.size()
      && (acts_[next_].what == verb::cancel || acts_[next_].what == verb::die);
    request(whom, caf::infinite, std::move(what), std::move(rest)...)
      .then(
        [this, then](const Reply&... reply) {
          answered = true;
          then(reply...);
          if (!hurries)
            go_on();
        },
        [this](const caf::error& why) { hear(why); });
    if (hurries)
      send(this, caf::ok_atom_v);
  }

  /// Whether it waits, and no answer is on its way. Not of one that is about to
  /// give up, whose own next turn looks the same.
  [[nodiscard]] bool waits() {
    return place != 0 && !answered && !given_up && !hurries
           && mailbox().blocked();
  }

  void on_exit() override;

  const std::size_t index;
  std::uint64_t ticket = 0; // of its last request
  std::uint64_t place = 0;  // of that among those of all clients
  std::uint64_t line = 0;   // in which it waits, where there are several
  bool answered = false;
  bool given_up = false;
  bool hurries = false; // it does not wait for the answer
  std::uint64_t token = 0;
  std::uint64_t count = 0; // that it holds

private:
  caf::behavior make_behavior() override;
  std::uint64_t next_place();
  void hear(const caf::error& why);

  scene& where_;
  script acts_;
  std::size_t next_ = 0;
};

/// An actor and its clients, which take turns in any order. Here everything is
/// real: mailboxes, monitors, requests.
class scene {
public:
  scene() = default;
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;
  virtual ~scene() = default;

  virtual void perform(scene_client& who, const act& what) = 0;
  virtual void check_end() = 0;
  /// Nobody needs the actor any more.
  virtual void let_go() = 0;

  /// The client ends.
  virtual void leave(scene_client& who) = 0;
  /// The client is asked to give up what it waits for.
  virtual void revoke(scene_client&) {}
  /// What the client asked for it does not get.
  ///
  /// @return Whether it goes on.
  virtual bool refuse(scene_client&, errc) { return false; }

  /// Plays one after the other those that come first, and then all others in
  /// any order. Timers go off at any point between them.
  void play(const scripts& first, const scripts& others, choices& way) {
    for (const auto& acts : first) {
      caf::anon_send(spawn_client(acts), caf::ok_atom_v);
      system.run_ready();
    }
    for (const auto& acts : others)
      spawn_client(acts);
    system.run_ready();
    for (auto i = first.size(); i != clients_.size(); ++i)
      caf::anon_send(clients_[i], caf::ok_atom_v);
    auto unlimited = std::numeric_limits<std::size_t>::max();
    while (system.step(way, unlimited)) {
    }
    check_end();
    let_go();
    clients_.clear();
    system.run_ready();
  }

  const caf::actor& client(std::size_t index) const { return clients_[index]; }

  std::vector<bool> ended; // whether each has done all its acts, or died
  std::uint64_t asked = 0; // how many requests were made

protected:
  /// The answer to a question.
  template <class Reply, class Handle, class Message>
  Reply query(const Handle& whom, Message what) {
    Reply result;
    system.get().spawn([&](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, std::move(what))
        .then([&](const Reply& x) { result = x; });
    });
    system.run_ready();
    return result;
  }

  /// All that stand in a line and came before that place have their answers, or
  /// those are on their way. Messages of one thread arrive in their order.
  void expect_served(std::uint64_t line, std::uint64_t before) const {
    for (const auto& handle : clients_) {
      auto& who = static_cast<scene_client&>(
        *caf::actor_cast<caf::abstract_actor*>(handle));
      EXPECT_FALSE(who.line == line && who.place < before && who.waits())
        << "LK3: " << who.index << " came first and still waits";
    }
  }
  /// It was served in its turn.
  void expect_turn(const scene_client& who) const {
    expect_served(who.line, who.place);
  }

  virtual_system system;

private:
  const caf::actor& spawn_client(const script& acts) {
    ended.push_back(false);
    clients_.push_back(
      system.get().spawn<scene_client>(*this, clients_.size(), acts));
    return clients_.back();
  }

  std::vector<caf::actor> clients_;
};

using revoke_atom = caf::atom_constant<caf::atom("revoke")>;

inline void scene_client::go_on() {
  if (next_ == acts_.size()) {
    where_.ended[index] = true;
    return;
  }
  const auto& what = acts_[next_++];
  switch (what.what) {
  case verb::pass:
    return send(this, caf::ok_atom_v);
  case verb::die:
    return quit();
  case verb::kill:
    send_exit(where_.client(what.count), caf::exit_reason::kill);
    return go_on();
  case verb::revoke:
    send(where_.client(what.count), revoke_atom::value);
    return go_on();
  default:
    where_.perform(*this, what);
  }
}

inline std::uint64_t scene_client::next_place() {
  return ++where_.asked;
}

inline void scene_client::hear(const caf::error& why) {
  if (given_up)
    return;
  answered = true;
  if (where_.refuse(*this, from_caf(why).code()) && !hurries)
    go_on();
}

inline caf::behavior scene_client::make_behavior() {
  return {[this](caf::ok_atom) { go_on(); },
          [this](revoke_atom) { where_.revoke(*this); }};
}

inline void scene_client::on_exit() {
  where_.ended[index] = true;
  where_.leave(*this);
}

template <class Message>
Message with_token(const scene_client& who) {
  Message result;
  result.set_token(who.token);
  return result;
}

inline v1::Withdraw withdrawal(const scene_client& who) {
  v1::Withdraw result;
  result.set_ticket(who.ticket);
  return result;
}

/// Plays the scene in every order there is.
template <class Scene>
void every_order(const scripts& first, const scripts& others) {
  explore_all([&](choices& way) { Scene{}.play(first, others, way); });
}

} // namespace troupe::testing
