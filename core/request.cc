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

}  // namespace authd::core
