#include "core/decision.h"

#include <algorithm>
#include <array>

namespace authd::core {

namespace {

constexpr std::array reasons{
    Reason::approved,
    Reason::message_conflict,
    Reason::too_late,
    Reason::program_unknown,
    Reason::card_unknown,
    Reason::card_closed,
    Reason::card_frozen,
    Reason::card_inactive,
    Reason::card_not_yet_active,
    Reason::card_expired,
    Reason::account_unknown,
    Reason::account_closed,
    Reason::account_frozen,
    Reason::holder_not_verified,
    Reason::currency_mismatch,
    Reason::kind_not_supported,
    Reason::authorization_closed,
    Reason::denied,
    Reason::outside_hours,
    Reason::verification_required,
    Reason::card_used,
    Reason::merchant_locked,
    Reason::amount_limit,
    Reason::count_limit,
    Reason::insufficient_funds,
    Reason::sum_out_of_range,
    Reason::exposure_limit,
    Reason::stale_state,
    Reason::overloaded,
    Reason::storage,
};

}  // namespace

std::string_view name(Reason reason) noexcept {
  switch (reason) {
    case Reason::approved: return "approved";
    case Reason::message_conflict: return "message_conflict";
    case Reason::too_late: return "too_late";
    case Reason::program_unknown: return "program_unknown";
    case Reason::card_unknown: return "card_unknown";
    case Reason::card_closed: return "card_closed";
    case Reason::card_frozen: return "card_frozen";
    case Reason::card_inactive: return "card_inactive";
    case Reason::card_not_yet_active: return "card_not_yet_active";
    case Reason::card_expired: return "card_expired";
    case Reason::account_unknown: return "account_unknown";
    case Reason::account_closed: return "account_closed";
    case Reason::account_frozen: return "account_frozen";
    case Reason::holder_not_verified: return "holder_not_verified";
    case Reason::currency_mismatch: return "currency_mismatch";
    case Reason::kind_not_supported: return "kind_not_supported";
    case Reason::authorization_closed: return "authorization_closed";
    case Reason::denied: return "denied";
    case Reason::outside_hours: return "outside_hours";
    case Reason::verification_required: return "verification_required";
    case Reason::card_used: return "card_used";
    case Reason::merchant_locked: return "merchant_locked";
    case Reason::amount_limit: return "amount_limit";
    case Reason::count_limit: return "count_limit";
    case Reason::insufficient_funds: return "insufficient_funds";
    case Reason::sum_out_of_range: return "sum_out_of_range";
    case Reason::exposure_limit: return "exposure_limit";
    case Reason::stale_state: return "stale_state";
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
