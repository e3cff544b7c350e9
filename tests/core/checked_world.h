// CheckedWorld: core and the model side by side. Every command goes to both; what comes out and
// what is left must agree, and the promises that need no model must hold.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/lifecycle.h"
#include "core/memory_state.h"
#include "tests/core/model.h"

namespace authd::core::test {

class CheckedWorld {
 public:
  // Empty when all is well, otherwise what is wrong.
  std::string apply(const Command& command, Moment moment);

  // The promises that take longer to check: everything added up again from the rows, the recorded
  // rows and the recorded commands each replayed.
  std::string audit() const;

  const Applied& applied() const { return applied_; }

 private:
  struct Recorded {
    Command command;
    Moment moment;
    std::vector<Row> rows;
  };

  std::string compare(const Command& command, const Moment& moment);
  std::string compare_expiry(const Moment& moment);
  std::string check_authorization(const Authorization& row);
  std::string check_transfer(const Command& command);
  std::string check_accounts(const Command& command);
  std::string check_repetition(const Command& command, const Moment& moment);

  Model model_;
  MemoryState state_;
  Applied applied_;
  Applied again_;
  std::uint64_t next_sequence_ = 1;
  int idle_expiries_ = 0;
  std::map<AuthorizationId, std::int64_t> held_;  // by the rows seen so far
  std::map<AccountId, std::int64_t> held_sums_;
  std::map<AuthorizationId, AccountId> owners_;
  std::map<std::pair<ProgramId, MessageId>, std::int64_t> reserved_;  // by the rows of transfers
  std::vector<Recorded> journal_;
};

}  // namespace authd::core::test
