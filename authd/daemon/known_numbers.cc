#include "authd/daemon/known_numbers.h"

#include <chrono>

namespace authd {

namespace {

constexpr std::chrono::seconds wait_max{1};  // a stop of the daemon may have to wait as long

}  // namespace

std::optional<store::Numbers> KnownNumbers::wait() const {
  std::unique_lock lock(mutex_);
  if (!found_.wait_for(lock, wait_max, [this] { return is_found_; })) return std::nullopt;
  return numbers_;
}

void KnownNumbers::found(const store::Numbers& numbers) {
  const std::lock_guard lock(mutex_);
  numbers_.meet(numbers);
  is_found_ = true;
  found_.notify_all();
}

void KnownNumbers::meet(const std::vector<core::Command>& commands) {
  const std::lock_guard lock(mutex_);
  for (const core::Command& command : commands) {
    if (const auto* const mirrored = std::get_if<core::MirrorAccount>(&command)) {
      numbers_.meet(mirrored->account.id);
    } else if (const auto* const put = std::get_if<core::MirrorControl>(&command)) {
      numbers_.meet(put->control.counter);
    }
  }
}

}  // namespace authd
