// DurableMark: how far the journal is on disk, told by its writer to everyone who follows.
//
// Threads: publish on the writer's; everything else anywhere. Publishing costs two stores and a
// load while nobody waits.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "core/identifiers.h"
#include "store/journal/layout.h"

namespace authd::store {

class DurableMark {
 public:
  // The last record that is durable; 0 before the first.
  core::Sequence sequence() const noexcept { return {sequence_.load(std::memory_order_acquire)}; }

  // Everything before it is durable and does not change any more. At least as far as a sequence()
  // that was read before.
  Position position() const noexcept;

  // Sleeps until sequence() > known, at most `timeout`. Whether it is.
  bool wait_beyond(core::Sequence known, std::chrono::milliseconds timeout) const;

  void publish(Position position, core::Sequence sequence);

 private:
  std::atomic<std::uint64_t> position_{0};  // segment << 32 | offset
  std::atomic<std::uint64_t> sequence_{0};
  mutable std::atomic<std::uint32_t> waiting_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
};

}  // namespace authd::store
