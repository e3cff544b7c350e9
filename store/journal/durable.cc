#include "store/journal/durable.h"

namespace authd::store {

Position DurableMark::position() const noexcept {
  const std::uint64_t packed = position_.load(std::memory_order_acquire);
  return {.segment = static_cast<std::uint32_t>(packed >> 32U),
          .offset = static_cast<std::uint32_t>(packed)};
}

bool DurableMark::wait_beyond(core::Sequence known, std::chrono::milliseconds timeout) const {
  if (sequence() > known) return true;
  std::unique_lock lock(mutex_);
  // Announced before the sequence is looked at again, as publish() stores before it looks for
  // waiters: with both sequentially consistent, one of the two sees the other.
  waiting_.fetch_add(1, std::memory_order_seq_cst);
  const bool beyond = changed_.wait_for(
      lock, timeout, [&] { return sequence_.load(std::memory_order_seq_cst) > known.value; });
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return beyond;
}

void DurableMark::publish(Position position, core::Sequence sequence) {
  position_.store(std::uint64_t{position.segment} << 32U | position.offset,
                  std::memory_order_release);
  sequence_.store(sequence.value, std::memory_order_seq_cst);
  if (waiting_.load(std::memory_order_seq_cst) == 0) return;
  // The lock orders this after a waiter's last look: it sleeps by now, or sees the new sequence.
  { const std::lock_guard lock(mutex_); }
  changed_.notify_all();
}

}  // namespace authd::store
