#include "store/journal/preparer.h"

#include <utility>

#include "core/assert.h"

namespace authd::store {
namespace {

constexpr std::chrono::seconds retry_after{1};

}  // namespace

SegmentPreparer::SegmentPreparer(JournalDirectory directory, std::uint64_t segment_bytes,
                                 std::chrono::milliseconds pause)
    : directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      pause_(pause),
      thread_([this] { run(); }) {}

SegmentPreparer::~SegmentPreparer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SegmentPreparer::request(std::uint32_t index) {
  {
    const std::lock_guard lock(mutex_);
    requested_ = index;
  }
  changed_.notify_all();
}

void SegmentPreparer::provide(std::unique_ptr<File> blank) {
  const std::lock_guard lock(mutex_);
  ready_ = std::move(blank);
}

core::Result<SegmentPreparer::Taken, JournalError> SegmentPreparer::take() {
  std::unique_lock lock(mutex_);
  AUTHD_ASSERT(ready_ || requested_ != 0);
  const bool waits = !ready_;
  if (waits) {
    is_awaited_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return ready_ || answer_; });
    is_awaited_ = false;
  }
  if (!ready_) return core::Unexpected{*std::exchange(answer_, std::nullopt)};
  return Taken{.file = std::move(ready_), .waited = waits};
}

bool SegmentPreparer::is_ready() const {
  const std::lock_guard lock(mutex_);
  return ready_ != nullptr;
}

std::optional<JournalError> SegmentPreparer::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void SegmentPreparer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || requested_ != 0; });
    if (is_stopping_) return;
    const std::uint32_t index = requested_;
    const bool was_awaited = is_awaited_;
    lock.unlock();
    auto created = create_segment(directory_, index, segment_bytes_, [this] { return go_on(); });
    lock.lock();
    if (created) {
      ready_ = std::move(*created);
      requested_ = 0;
      error_.reset();
      changed_.notify_all();
      continue;
    }
    error_ = created.error();
    if (was_awaited) {
      answer_ = error_;
      changed_.notify_all();
    }
    // Who began to wait during this attempt gets one of its own, at once: space may have come back.
    changed_.wait_for(lock, retry_after,
                      [this] { return is_stopping_ || (is_awaited_ && !answer_); });
  }
}

bool SegmentPreparer::go_on() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause_, [this] { return is_stopping_ || is_awaited_; });
  return !is_stopping_;
}

}  // namespace authd::store
