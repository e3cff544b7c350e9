#include "authd/explain/words.h"

#include <fmt/format.h>

#include "store/postgres/utf8.h"

namespace authd::explain {

std::string utc(core::Timestamp at) {
  if (at == core::end_of_time) return "never";
  const std::int64_t days = core::floor_div(at.unix_us, core::us_per_day);
  const core::CivilDate date = core::civil_of({static_cast<std::int32_t>(days)});
  const std::int64_t us_of_day = at.unix_us - days * core::us_per_day;
  const std::int64_t second = us_of_day / core::us_per_s;
  const std::int64_t us = us_of_day % core::us_per_s;
  const std::string fraction = us == 0 ? "" : fmt::format(".{:06}", us);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day,
                     second / 3'600, second / 60 % 60, second % 60, fraction);
}

std::string money(std::int64_t minor_units, core::Currency currency) {
  if (currency == core::Currency{}) return fmt::format("{} minor units", minor_units);
  return core::to_major_units({minor_units, currency}) + ' ' + std::string(currency.alpha());
}

std::string change(std::int64_t minor_units, core::Currency currency) {
  return (minor_units > 0 ? "+" : "") + money(minor_units, currency);
}

std::string clean(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string scratch;
  const std::string_view utf8 = store::clean_utf8(text, scratch);
  std::string result;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    const bool is_c0 = byte < 0x20 || byte == 0x7F;
    const bool is_c1 = byte == 0xC2 && i + 1 < utf8.size() &&
                       static_cast<unsigned char>(utf8[i + 1]) < 0xA0;  // U+0080 to U+009F
    if (is_c0 || is_c1) {
      result += replacement;
      if (is_c1) ++i;
    } else {
      result += utf8[i];
    }
  }
  return result;
}

std::string_view meaning(core::Reason reason) noexcept {
  using core::Reason;
  switch (reason) {
    case Reason::approved: return "Everything that was checked allowed it.";
    case Reason::message_conflict: return "This message id was used before for other money.";
    case Reason::too_late: return "Our answer was not ready in time; the processor was told no.";
    case Reason::program_unknown: return "The program is not known here.";
    case Reason::card_unknown: return "The card is not known here.";
    case Reason::card_closed: return "The card is closed.";
    case Reason::card_frozen: return "The card is frozen.";
    case Reason::card_inactive: return "The card has not been activated.";
    case Reason::card_not_yet_active: return "The card's validity had not begun.";
    case Reason::card_expired: return "The card has expired.";
    case Reason::account_unknown: return "The card's account is not known here.";
    case Reason::account_closed: return "The account is closed.";
    case Reason::account_frozen: return "The account is frozen.";
    case Reason::holder_not_verified:
      return "What is known about the account's holder is not what the program asks for.";
    case Reason::currency_mismatch: return "The account is kept in another currency.";
    case Reason::kind_not_supported: return "This kind of request is not supported.";
    case Reason::authorization_closed:
      return "The authorization it belongs to was reversed, declined, expired or completed before.";
    case Reason::denied: return "A spend control does not allow such a transaction.";
    case Reason::outside_hours: return "A spend control does not allow it at this time.";
    case Reason::verification_required:
      return "A spend control requires a verification that was missing or failed.";
    case Reason::card_used: return "The card is for one use, and it was used before.";
    case Reason::merchant_locked: return "The card is locked to another merchant.";
    case Reason::amount_limit: return "It would exceed the amount that a spend control allows.";
    case Reason::count_limit: return "It would exceed the number that a spend control allows.";
    case Reason::insufficient_funds: return "The available balance does not cover it.";
    case Reason::sum_out_of_range: return "A balance or counter would become too large.";
    case Reason::exposure_limit: return "Too much approved money was not in the ledger yet.";
    case Reason::stale_state: return "The ledger had not been heard of for too long.";
    case Reason::overloaded: return "Too many requests were waiting.";
    case Reason::storage: return "There was no room to record it.";
  }
  return "";
}

std::string_view meaning(core::CheckKind kind) noexcept {
  using core::CheckKind;
  switch (kind) {
    case CheckKind::limit: return "limits how much, or how often";
    case CheckKind::deny: return "refuses what its filter matches";
    case CheckKind::allow: return "allows only what is on its list";
    case CheckKind::hours: return "allows certain days and hours only";
    case CheckKind::require: return "requires results of verifications";
    case CheckKind::single_use: return "allows one authorization in the life of the card";
    case CheckKind::merchant_lock:
      return "allows only the merchant that the card was first used at";
  }
  return "";
}

std::string_view name(core::Mode mode) noexcept {
  switch (mode) {
    case core::Mode::enforce: return "enforce";
    case core::Mode::shadow: return "shadow";
  }
  return "unknown";
}

std::string_view name(core::AccountStatus status) noexcept {
  switch (status) {
    case core::AccountStatus::active: return "active";
    case core::AccountStatus::frozen: return "frozen";
    case core::AccountStatus::closed: return "closed";
  }
  return "unknown";
}

std::string_view name(core::CardStatus status) noexcept {
  switch (status) {
    case core::CardStatus::active: return "active";
    case core::CardStatus::inactive: return "inactive";
    case core::CardStatus::frozen: return "frozen";
    case core::CardStatus::closed: return "closed";
  }
  return "unknown";
}

std::string_view name(core::Limit::Measure measure) noexcept {
  switch (measure) {
    case core::Limit::Measure::amount: return "amount";
    case core::Limit::Measure::count: return "count";
  }
  return "unknown";
}

std::string_view name(core::Booking::Origin origin) noexcept {
  switch (origin) {
    case core::Booking::Origin::booked: return "booked";
    case core::Booking::Origin::repeated: return "repeated";
    case core::Booking::Origin::refused: return "refused";
    case core::Booking::Origin::nothing: return "nothing";
  }
  return "unknown";
}

std::string_view name(core::Booking::Fault fault) noexcept {
  switch (fault) {
    case core::Booking::Fault::none: return "none";
    case core::Booking::Fault::conflict: return "conflict";
    case core::Booking::Fault::program_unknown: return "program_unknown";
    case core::Booking::Fault::currency_mismatch: return "currency_mismatch";
    case core::Booking::Fault::out_of_range: return "out_of_range";
  }
  return "unknown";
}

std::string_view name(core::Moved::Origin origin) noexcept {
  switch (origin) {
    case core::Moved::Origin::done: return "done";
    case core::Moved::Origin::repeated: return "repeated";
    case core::Moved::Origin::refused: return "refused";
  }
  return "unknown";
}

std::string_view name(core::Moved::Fault fault) noexcept {
  switch (fault) {
    case core::Moved::Fault::none: return "none";
    case core::Moved::Fault::conflict: return "conflict";
    case core::Moved::Fault::unknown: return "unknown";
    case core::Moved::Fault::wrong_state: return "wrong_state";
    case core::Moved::Fault::invalid: return "invalid";
    case core::Moved::Fault::out_of_range: return "out_of_range";
  }
  return "unknown";
}

std::string owner_name(const core::Owner& owner) {
  struct OwnerName {
    std::string operator()(const core::ProgramId& program) const {
      return fmt::format("program {}", program.view());
    }
    std::string operator()(core::AccountId account) const {
      return fmt::format("account {}", account.value);
    }
    std::string operator()(const core::Owner::CardOwner& card) const {
      return fmt::format("card {} {}", card.program.view(), card.card.view());
    }
  };
  return std::visit(OwnerName{}, owner.of);
}

}  // namespace authd::explain
