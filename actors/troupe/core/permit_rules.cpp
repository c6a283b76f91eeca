#include "troupe/core/permit_rules.hpp"

#include <algorithm>

namespace troupe {

std::span<const line::output> permit_rules::acquire(const claim& what,
                                                    time_point now) {
  out_.clear();
  auto held = options_.on_again() == permit_options::again::waits ? holds_.end()
                                                                  : find(what);
  if (held != holds_.end()) {
    if (options_.on_again() == permit_options::again::nests) {
      held->second.tickets.push_back(what.place.ticket);
      out_.push_back(line::granted{what.place.request, held->first});
    } else {
      refuse(what, errc::already_held);
    }
  } else if (line_.empty() && free_for(what, now)) {
    grant(what);
  } else if (what.place.until <= now) {
    refuse(what, errc::busy);
  } else if (!what.always && line_.size() >= options_.max_waiting()) {
    refuse(what, errc::overloaded);
  } else {
    line_.push_back(what);
  }
  return out_;
}

std::span<const line::output> permit_rules::release(std::uint64_t token,
                                                    time_point now,
                                                    std::uint64_t count) {
  out_.clear();
  auto at = holds_.find(token);
  auto& [of, tickets, left] = at->second;
  if (tickets.size() > 1) {
    tickets.pop_back();
    out_.push_back(line::ended{of.place.client});
  } else if (count < left) {
    left -= count;
    give_back(count);
  } else {
    end(at);
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::add(std::uint64_t count,
                                                time_point now) {
  out_.clear();
  kept_ -= std::min(kept_, count);
  available_ += count;
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::keep(std::uint64_t token) {
  out_.clear();
  auto at = holds_.find(token);
  kept_ += at->second.left;
  taken_ -= at->second.left;
  out_.push_back(line::ended{at->second.of.place.client});
  holds_.erase(at);
  return out_;
}

std::span<const line::output> permit_rules::resize(std::uint64_t permits,
                                                   time_point now) {
  out_.clear();
  auto taken = taken_ + kept_;
  available_ = permits > taken ? permits - taken : 0;
  debt_ = taken > permits ? taken - permits : 0;
  if (options_.bound() != permit_options::unlimited)
    options_.bound(permits);
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::withdraw(line::client_id client,
                                                     std::uint64_t ticket,
                                                     time_point now) {
  out_.clear();
  auto is_it = [&](const claim& x) {
    return x.place.client == client && x.place.ticket == ticket;
  };
  if (auto waiting = std::find_if(line_.begin(), line_.end(), is_it);
      waiting != line_.end()) {
    refuse(*waiting, errc::cancelled);
    line_.erase(waiting);
  } else {
    for (auto at = holds_.begin(); at != holds_.end(); ++at) {
      auto& [of, tickets, left] = at->second;
      if (of.place.client != client || std::erase(tickets, ticket) == 0)
        continue;
      if (tickets.empty())
        end(at);
      else
        out_.push_back(line::ended{client});
      break;
    }
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::gone(line::client_id client,
                                                 time_point now) {
  out_.clear();
  std::erase_if(line_, [&](const claim& x) {
    if (x.place.client != client)
      return false;
    refuse(x, errc::lost);
    return true;
  });
  for (auto at = holds_.begin(); at != holds_.end();) {
    if (at->second.of.place.client != client) {
      ++at;
      continue;
    }
    at = end(at);
    cool_until_ = after(now, options_.cooldown());
  }
  serve(now);
  return out_;
}

std::span<const line::output> permit_rules::tick(time_point now) {
  out_.clear();
  std::erase_if(line_, [&](const claim& x) {
    if (x.place.until > now)
      return false;
    refuse(x, errc::timed_out);
    return true;
  });
  serve(now);
  return out_;
}

time_point permit_rules::wakeup() const noexcept {
  auto result = never;
  for (const auto& waiting : line_)
    result = std::min(result, waiting.place.until);
  // Somebody waits for the end of the cooldown, or may.
  if (!line_.empty() && cool_until_ != time_point::min()
      && line_.front().count <= available_)
    result = std::min(result, cool_until_);
  return result;
}

void permit_rules::grant(const claim& what) {
  available_ -= what.count;
  taken_ += what.count;
  holds_.emplace(++last_token_, hold{what, {what.place.ticket}, what.count});
  out_.push_back(line::granted{what.place.request, last_token_});
}

void permit_rules::refuse(const claim& what, errc why) {
  out_.push_back(line::refused{what.place.request, what.place.client, why});
}

/// Whoever is first gets what it waits for, or nobody does.
void permit_rules::serve(time_point now) {
  while (!line_.empty() && free_for(line_.front(), now)) {
    grant(line_.front());
    line_.pop_front();
  }
}

void permit_rules::give_back(std::uint64_t count) {
  taken_ -= count;
  auto paid = std::min(debt_, count);
  debt_ -= paid;
  available_ += count - paid;
}

permit_rules::holds_map::iterator permit_rules::end(holds_map::iterator at) {
  give_back(at->second.left);
  auto granted = std::max<std::size_t>(at->second.tickets.size(), 1);
  for (std::size_t i = 0; i < granted; ++i)
    out_.push_back(line::ended{at->second.of.place.client});
  return holds_.erase(at);
}

permit_rules::holds_map::iterator permit_rules::find(const claim& what) {
  return std::find_if(holds_.begin(), holds_.end(), [&](const auto& x) {
    const auto& of = x.second.of;
    return of.place.client == what.place.client && of.task == what.task;
  });
}

bool permit_rules::free_for(const claim& what, time_point now) const noexcept {
  return what.count <= available_ && now >= cool_until_;
}

} // namespace troupe
