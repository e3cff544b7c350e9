// SegmentPreparer: keeps the next segment ready, so that the writer rolls over without waiting.
//
// Writing 256 MiB of zeros competes with the flushes for the disk, so it is spread out: a pause
// after every MiB, until the writer is waiting. A failure (a full disk) is tried again after a
// second, and at once when the writer asks.
//
// Threads: a thread of its own; request and take on the writer's.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/result.h"
#include "store/journal/segment.h"

namespace authd::store {

class SegmentPreparer {
 public:
  SegmentPreparer(JournalDirectory directory, std::uint64_t segment_bytes,
                  std::chrono::milliseconds pause);
  ~SegmentPreparer();  // gives up a segment under way
  SegmentPreparer(const SegmentPreparer&) = delete;
  SegmentPreparer& operator=(const SegmentPreparer&) = delete;

  // The next segment: to be prepared from now on, or there already. One of the two before every
  // take().
  void request(std::uint32_t index);
  void provide(std::unique_ptr<File> blank);

  struct Taken {
    std::unique_ptr<File> file;
    bool waited = false;
  };
  // The next segment. Waits for it; fails only when an attempt begun meanwhile does.
  core::Result<Taken, JournalError> take();

  bool is_ready() const;
  // Why there is none yet, when the last attempt failed.
  std::optional<JournalError> error() const;

 private:
  void run();
  bool go_on();  // after every MiB

  const JournalDirectory directory_;
  const std::uint64_t segment_bytes_;
  const std::chrono::milliseconds pause_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint32_t requested_ = 0;  // 0: none, or it is ready
  std::unique_ptr<File> ready_;
  std::optional<JournalError> error_;   // of the last attempt
  std::optional<JournalError> answer_;  // to the one who waits
  bool is_awaited_ = false;
  bool is_stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace authd::store
