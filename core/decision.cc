#include "core/decision.h"

#include <algorithm>
#include <array>

namespace authd::core {

namespace {

constexpr std::array reasons{
    Reason::approved,           Reason::message_conflict,
    Reason::program_unknown,    Reason::card_unknown,
    Reason::card_closed,        Reason::card_frozen,
    Reason::card_inactive,      Reason::card_expired,
    Reason::account_unknown,    Reason::account_closed,
    Reason::account_frozen,     Reason::currency_mismatch,
    Reason::kind_not_supported, Reason::transaction_limit,
    Reason::card_daily_limit,   Reason::account_daily_limit,
    Reason::insufficient_funds, Reason::sum_out_of_range,
    Reason::overloaded,         Reason::storage,
};

}  // namespace

std::string_view name(Reason reason) noexcept {
  switch (reason) {
    case Reason::approved: return "approved";
    case Reason::message_conflict: return "message_conflict";
    case Reason::program_unknown: return "program_unknown";
    case Reason::card_unknown: return "card_unknown";
    case Reason::card_closed: return "card_closed";
    case Reason::card_frozen: return "card_frozen";
    case Reason::card_inactive: return "card_inactive";
    case Reason::card_expired: return "card_expired";
    case Reason::account_unknown: return "account_unknown";
    case Reason::account_closed: return "account_closed";
    case Reason::account_frozen: return "account_frozen";
    case Reason::currency_mismatch: return "currency_mismatch";
    case Reason::kind_not_supported: return "kind_not_supported";
    case Reason::transaction_limit: return "transaction_limit";
    case Reason::card_daily_limit: return "card_daily_limit";
    case Reason::account_daily_limit: return "account_daily_limit";
    case Reason::insufficient_funds: return "insufficient_funds";
    case Reason::sum_out_of_range: return "sum_out_of_range";
    case Reason::overloaded: return "overloaded";
    case Reason::storage: return "storage";
  }
  return "unknown";
}

std::span<const Reason> all_reasons() noexcept { return reasons; }

bool is_reason(std::uint16_t number) noexcept {
  return std::find(reasons.begin(), reasons.end(), static_cast<Reason>(number)) != reasons.end();
}

}  // namespace authd::core
