#include "troupe/http/download_rules.hpp"

#include <utility>

namespace troupe::http {

download_rules::download_rules(const session_options& options,
                               std::uint32_t retries)
  : options_(options), retries_(retries) {}

std::span<const download_rules::output> download_rules::step(const input& in,
                                                             time_point now) {
  now_ = now;
  out_.clear();
  if (state_ != state::done)
    std::visit([this](const auto& x) { on(x); }, in);
  return out_;
}

void download_rules::on(const check&) {
  if (state_ == state::created)
    check_on();
}

void download_rules::on(const checked_part&) {
  if (state_ == state::checking)
    check_on();
}

void download_rules::on(const start&) {
  if (state_ != state::created && state_ != state::checking)
    return;
  if (held_) { // begins when it is resumed
    state_ = state::waiting;
    retry_at_ = now_;
    park();
  } else {
    try_now();
  }
}

void download_rules::on(const redirected&) {
  if (cancelled_) {
    end({errc::cancelled, cancel_text_});
    return;
  }
  goes_on_ = true;
  if (held_) { // goes on when it is resumed
    state_ = state::waiting;
    retry_at_ = now_;
    park();
  } else {
    try_now();
  }
}

void download_rules::on(const succeeded&) {
  end({});
}

void download_rules::on(const failed& x) {
  if (cancelled_) {
    end({errc::cancelled, cancel_text_});
    return;
  }
  auto wait = next_try(options_, tries_, retries_, x.how, x.random);
  if (!wait) {
    end(x.how.why);
    return;
  }
  state_ = state::waiting;
  retry_at_ = after(now_, *wait);
  park();
}

void download_rules::on(const stopped& x) {
  if (x.pause == pause_) // not one that was undone since
    park();
}

void download_rules::on(const pause& x) {
  if (held_ && x.number == pause_)
    return;
  held_ = true;
  parked_ = false;
  pause_ = x.number;
  if (state_ == state::trying)
    out_.emplace_back(hold_try{pause_});
  else if (state_ != state::checking) // until that part is over
    park();
}

void download_rules::on(const resume&) {
  if (!std::exchange(held_, false))
    return;
  parked_ = false;
  if (state_ == state::trying)
    out_.emplace_back(release_try{});
  else if (state_ == state::between)
    check_on();
  else
    on(tick{});
}

void download_rules::on(const cancel& x) {
  if (std::exchange(cancelled_, true))
    return;
  cancel_text_ = x.text.empty() ? "the download was cancelled" : x.text;
  if (state_ == state::trying)
    out_.emplace_back(cancel_try{});
  else
    end({errc::cancelled, cancel_text_});
}

void download_rules::on(const tick&) {
  if (state_ == state::waiting && !held_ && now_ >= retry_at_)
    try_now();
}

void download_rules::check_on() {
  if (held_) {
    state_ = state::between;
    park();
  } else {
    state_ = state::checking;
    out_.emplace_back(check_part{});
  }
}

void download_rules::try_now() {
  state_ = state::trying;
  retry_at_ = never;
  auto goes_on = std::exchange(goes_on_, false);
  tries_ += goes_on ? 0 : 1;
  out_.emplace_back(submit{goes_on});
}

void download_rules::park() {
  if (held_ && !std::exchange(parked_, true))
    out_.emplace_back(parked{pause_});
}

void download_rules::end(error why) {
  state_ = state::done;
  out_.emplace_back(finish{std::move(why)});
}

time_point download_rules::wakeup() const noexcept {
  return state_ == state::waiting && !held_ ? retry_at_ : never;
}

} // namespace troupe::http
