#include "store/audit/audit_report.h"

namespace authd::store {

std::string_view name(RowFinding::Kind kind) noexcept {
  switch (kind) {
    case RowFinding::Kind::different: return "different";
    case RowFinding::Kind::ledger_lacks: return "ledger_lacks";
    case RowFinding::Kind::state_lacks: return "state_lacks";
    case RowFinding::Kind::twice: return "twice";
    case RowFinding::Kind::unreadable: return "unreadable";
  }
  return "unknown";
}

std::string_view name(BookCheck check) noexcept {
  switch (check) {
    case BookCheck::entry_unbalanced: return "entry_unbalanced";
    case BookCheck::entry_incomplete: return "entry_incomplete";
    case BookCheck::entry_account: return "entry_account";
    case BookCheck::balance_differs: return "balance_differs";
    case BookCheck::holds_differ: return "holds_differ";
    case BookCheck::trial_balance: return "trial_balance";
    case BookCheck::beyond_mark: return "beyond_mark";
    case BookCheck::event_not_booked: return "event_not_booked";
    case BookCheck::authorization_unexplained: return "authorization_unexplained";
    case BookCheck::transfer_not_booked: return "transfer_not_booked";
    case BookCheck::credit_differs: return "credit_differs";
  }
  return "unknown";
}

}  // namespace authd::store
