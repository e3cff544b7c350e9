// Words: values of the core as people read them.
//
// What a peer sent (merchant names) may hold anything; clean() makes it fit for a terminal and for
// JSON. Names of enumerators are the words of configuration, journal dump and metrics.

#pragma once

#include <string>
#include <string_view>

#include "core/apply.h"

namespace authd::explain {

// "2026-11-02T12:00:00Z"; with microseconds when there are any; "never" for the end of time.
std::string utc(core::Timestamp at);

// "12.34 USD"; "1234 minor units" without a currency.
std::string money(std::int64_t minor_units, core::Currency currency);
inline std::string money(const core::Money& money) {
  return explain::money(money.minor_units, money.currency);
}

// "+12.34 USD": a change, with its sign.
std::string change(std::int64_t minor_units, core::Currency currency);

// UTF-8 without control characters: every byte that is not part of it becomes U+FFFD.
std::string clean(std::string_view text);

// What a reason means, as a sentence for people who do not know the rules.
std::string_view meaning(core::Reason reason) noexcept;

// What a kind of control does, as the end of "this control …".
std::string_view meaning(core::CheckKind kind) noexcept;

std::string_view name(core::Mode mode) noexcept;
std::string_view name(core::AccountStatus status) noexcept;
std::string_view name(core::CardStatus status) noexcept;
std::string_view name(core::Limit::Measure measure) noexcept;
std::string_view name(core::Booking::Origin origin) noexcept;
std::string_view name(core::Booking::Fault fault) noexcept;
std::string_view name(core::Moved::Origin origin) noexcept;
std::string_view name(core::Moved::Fault fault) noexcept;

std::string owner_name(const core::Owner& owner);  // "card demo card_1"

}  // namespace authd::explain
