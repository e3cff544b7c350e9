#include "core/request.h"

namespace authd::core {

std::string_view name(Kind kind) noexcept {
  switch (kind) {
    case Kind::purchase: return "purchase";
    case Kind::cash: return "cash";
    case Kind::quasi_cash: return "quasi_cash";
    case Kind::credit: return "credit";
    case Kind::account_verification: return "account_verification";
    case Kind::balance_inquiry: return "balance_inquiry";
    case Kind::unsupported: return "unsupported";
  }
  return "unknown";
}

std::string_view name(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::approved: return "approved";
    case EventKind::incremented: return "incremented";
    case EventKind::advised: return "advised";
    case EventKind::declined: return "declined";
    case EventKind::reversed: return "reversed";
    case EventKind::closed: return "closed";
    case EventKind::expired: return "expired";
    case EventKind::cleared: return "cleared";
    case EventKind::refunded: return "refunded";
    case EventKind::credit_approved: return "credit_approved";
    case EventKind::charged_back: return "charged_back";
    case EventKind::chargeback_reversed: return "chargeback_reversed";
  }
  return "unknown";
}

}  // namespace authd::core
