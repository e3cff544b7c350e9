// What the numbers in the tables of referral stand for. Stored: numbers are never reused.
//
// The arrays have the words in the order of the numbers, from 1.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace authd::referral {

inline constexpr int level_max = 3;

// What members above can earn from.
enum class SourceKind : std::uint8_t {
  purchase = 1,    // clearings
  cash = 2,        // likewise
  quasi_cash = 3,  // likewise
  top_up = 4,
  fee = 5,
};
inline constexpr std::array<std::string_view, 5> source_kind_names{"purchase", "cash", "quasi_cash",
                                                                   "top_up", "fee"};

enum class EarningKind : std::uint8_t {
  earned = 1,
  reversed = 2,  // the source was given back, in part or whole
  restored = 3,  // and taken again
  adjusted = 4,  // by people
  voided = 5,    // with its case
};
inline constexpr std::array<std::string_view, 5> earning_kind_names{
    "earned", "reversed", "restored", "adjusted", "voided"};

enum class MemberStatus : std::uint8_t { active = 1, suspended = 2 };
inline constexpr std::array<std::string_view, 2> member_status_names{"active", "suspended"};

enum class CaseKind : std::uint8_t { velocity = 1, device = 2, address = 3, earnings = 4 };
inline constexpr std::array<std::string_view, 4> case_kind_names{"velocity", "device", "address",
                                                                 "earnings"};

enum class CaseState : std::uint8_t { open = 1, cleared = 2, confirmed = 3 };
inline constexpr std::array<std::string_view, 3> case_state_names{"open", "cleared", "confirmed"};

// Of authd.referral_pay(), and with 10 less of authd.referral_payout_failure.
enum class PayOutcome : std::uint8_t {
  paid = 1,
  paid_before = 2,         // this day
  below_minimum = 3,       // or less than nothing
  no_account = 11,         // none in the program's currency that is not closed
  not_verified = 12,       // and the program requires it
  suspended = 13,          // the member is
  refused_by_ledger = 14,  // PostgreSQL has: the failure's detail says why
};
inline constexpr std::array<std::string_view, 4> payout_failure_names{
    "no_account", "not_verified", "suspended", "refused_by_ledger"};
constexpr std::string_view name(PayOutcome outcome) noexcept {
  switch (outcome) {
    case PayOutcome::paid: return "paid";
    case PayOutcome::paid_before: return "paid_before";
    case PayOutcome::below_minimum: return "below_minimum";
    case PayOutcome::no_account:
    case PayOutcome::not_verified:
    case PayOutcome::suspended:
    case PayOutcome::refused_by_ledger: break;
  }
  return payout_failure_names.at(static_cast<std::size_t>(outcome) - 11);
}

enum class InvitationState : std::uint8_t {
  queued = 1,
  sending = 2,
  sent = 3,  // the gateway has it
  delivered = 4,
  failed = 5,  // for good
  cancelled = 6,
  opted_out = 7,
};
inline constexpr std::array<std::string_view, 7> invitation_state_names{
    "queued", "sending", "sent", "delivered", "failed", "cancelled", "opted_out"};

}  // namespace authd::referral
