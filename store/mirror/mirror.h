// Mirror: carries the rows that PostgreSQL owns (accounts, cards, spend controls, credits) into the
// state, by logical replication.
//
// A session connects, finds out whether the state's mark and the server still belong together,
// compares everything with everything where they do not, and then follows the stream of changes.
// After any failure: connect again after a pause that grows. What cannot be understood is not
// applied, and nothing after it either, until it has been put right in PostgreSQL; then everything
// is compared.
//
// Threads: one of its own; everything public anywhere, start and stop by the owner.

#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/mirror/handover.h"

namespace authd::store {

class Mirror {
 public:
  explicit Mirror(MirrorOptions options);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  void start();
  void stop();  // returns within a second, unless `apply` or `known` blocks

  MirrorStatus status() const { return board_.read(); }

 private:
  void run(const std::stop_token& stop);
  MirrorTry<void> session(const std::stop_token& stop);
  MirrorTry<Connection> connect_sql(const std::stop_token& stop);
  MirrorTry<void> check_fault(Connection& sql);
  MirrorTry<CompareReason> reason_to_compare(Connection& sql, const Server& server);
  MirrorTry<void> pass(Connection& sql, const Numbers& known);
  MirrorTry<void> compare_all(Connection& sql, Connection& replication, CompareReason reason);
  MirrorTry<core::MirrorMark> renew(Connection& sql, const core::MirrorMark& mark);
  void report(const MirrorFailure& failure);
  void sleep(std::chrono::milliseconds duration, const std::stop_token& stop);

  const MirrorOptions options_;
  MirrorBoard board_;
  Handover handover_;
  core::MirrorMark mark_;
  CompareReason due_ = CompareReason::none;  // whatever the server and the mark say
  std::optional<RowFault> fault_;            // what could not be understood
  std::chrono::steady_clock::time_point comparable_from_;

  std::mutex mutex_;
  std::condition_variable_any wake_;  // by a stop

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::store
