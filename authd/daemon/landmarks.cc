#include "authd/daemon/landmarks.h"

#include <algorithm>

namespace authd {

net::Awaitable<bool> Landmarks::drained(core::Sequence record, net::Mailbox& mailbox,
                                        net::Clock::time_point deadline) {
  Waiter waiter(mailbox);
  waiter.landmark = record.value;
  {
    const std::lock_guard lock(mutex_);
    if (record <= drained_) co_return true;
    for_records_.push_back(&waiter);
  }
  co_return co_await wait(waiter, for_records_, deadline);
}

net::Awaitable<bool> Landmarks::mirrored(std::uint32_t transaction, net::Mailbox& mailbox,
                                         net::Clock::time_point deadline) {
  Waiter waiter(mailbox);
  waiter.landmark = transaction;
  {
    const std::lock_guard lock(mutex_);
    if (transactions_.count(transaction) != 0) co_return true;
    for_transactions_.push_back(&waiter);
  }
  co_return co_await wait(waiter, for_transactions_, deadline);
}

net::Awaitable<bool> Landmarks::reached(std::uint64_t position, net::Mailbox& mailbox,
                                        net::Clock::time_point deadline) {
  Waiter waiter(mailbox);
  waiter.landmark = position;
  {
    const std::lock_guard lock(mutex_);
    if (position <= position_) co_return true;
    for_positions_.push_back(&waiter);
  }
  co_return co_await wait(waiter, for_positions_, deadline);
}

net::Awaitable<bool> Landmarks::wait(Waiter& waiter, Waiters& among,
                                     net::Clock::time_point deadline) {
  if (co_await waiter.done.wait(deadline)) co_return true;
  {
    const std::lock_guard lock(mutex_);
    if (!waiter.posted) {
      among.erase(std::find(among.begin(), among.end(), &waiter));
      co_return false;
    }
  }
  co_await waiter.done.wait();  // at the last moment: it is on its way
  co_return true;
}

void Landmarks::passed_record(core::Sequence drained) {
  net::Wakeups wakeups;
  {
    const std::lock_guard lock(mutex_);
    drained_ = drained;  // after a failover it may be fewer than before
    wake(
        for_records_, [&](std::uint64_t record) { return record <= drained.value; }, wakeups);
  }
  wakeups.flush();
}

void Landmarks::passed_transaction(std::uint32_t transaction) {
  net::Wakeups wakeups;
  {
    const std::lock_guard lock(mutex_);
    if (transactions_.insert(transaction).second) in_order_.push_back(transaction);
    if (in_order_.size() > remembered_max) {
      transactions_.erase(in_order_.front());
      in_order_.pop_front();
    }
    wake(
        for_transactions_, [&](std::uint64_t wanted) { return wanted == transaction; }, wakeups);
  }
  wakeups.flush();
}

void Landmarks::passed_position(std::uint64_t position) {
  net::Wakeups wakeups;
  {
    const std::lock_guard lock(mutex_);
    position_ = position;  // after a failover it may be an earlier one
    wake(
        for_positions_, [&](std::uint64_t wanted) { return wanted <= position; }, wakeups);
  }
  wakeups.flush();
}

// Takes those who wait for what has passed out of the list.
template <class Passed>
void Landmarks::wake(Waiters& waiters, Passed passed, net::Wakeups& wakeups) {
  const auto reached = std::partition(waiters.begin(), waiters.end(), [&](const Waiter* waiter) {
    return !passed(waiter->landmark);
  });
  for (auto waiter = reached; waiter != waiters.end(); ++waiter) {
    (*waiter)->posted = true;
    wakeups.add((*waiter)->done);
  }
  waiters.erase(reached, waiters.end());
}

}  // namespace authd
