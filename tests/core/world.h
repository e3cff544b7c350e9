// An ordinary world for the tests of the rules: one program in UTC, one account with 100.00 USD,
// one good card. A test shows only what differs.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/apply.h"
#include "core/lifecycle.h"
#include "core/memory_state.h"

namespace authd::core::test {

inline const Currency usd = *Currency::from_alpha("USD");
inline const Currency eur = *Currency::from_alpha("EUR");
inline constexpr Timestamp noon{1'793'620'800'000'000};  // 2026-11-02T12:00:00Z, a Monday
inline constexpr std::int64_t second_us = us_per_s;
inline constexpr std::int64_t minute_us = 60 * second_us;
inline constexpr std::int64_t hour_us = 60 * minute_us;
inline constexpr std::int64_t day_us = 24 * hour_us;
inline constexpr Timestamp operator+(Timestamp at, std::int64_t us) { return {at.unix_us + us}; }
inline constexpr Timestamp operator-(Timestamp at, std::int64_t us) { return {at.unix_us - us}; }

inline const ProgramId demo = *ProgramId::from("demo");
inline const CardToken card_1 = *CardToken::from("card-1");
inline const Owner demo_owner{demo};
inline const Owner account_owner{AccountId{1}};
inline const Owner card_owner{Owner::CardOwner{demo, card_1}};

inline MessageId id(std::string_view text) { return *MessageId::from(text); }
inline ZoneName zone_name(std::string_view text) { return *ZoneName::from(text); }

inline Program program() {
  Program program;
  program.id = demo;
  return program;
}

inline Account account() {
  Account account;
  account.id = {1};
  account.currency = usd;
  account.posted_minor = 100'00;
  return account;
}

inline Card card() {
  Card card;
  card.program = demo;
  card.token = card_1;
  card.account = {1};
  card.status = CardStatus::active;
  card.expires_at = noon + 4'000 * day_us;
  return card;
}

inline Details grocery() {
  Details details;
  details.merchant.mcc = 5411;
  details.merchant.id = *decltype(Merchant::id)::from("shop-1");
  details.merchant.country = *decltype(Merchant::country)::from("USA");
  details.currency = usd;
  return details;
}

inline Request purchase(std::string_view message, std::int64_t minor_units) {
  Request request;
  request.program = demo;
  request.message = id(message);
  request.card = card_1;
  request.amount = {minor_units, usd};
  request.details = grocery();
  return request;
}

// More of what the message `of` began.
inline Request increment(std::string_view message, std::string_view of, std::int64_t minor_units) {
  Request request = purchase(message, minor_units);
  request.authorization = id(of);
  return request;
}

// An event of the life cycle `of`; alone when that is empty.
inline Event event(EventKind kind, std::string_view notice, std::string_view of,
                   std::int64_t minor_units) {
  Event event;
  event.program = demo;
  event.notice = id(notice);
  if (!of.empty()) event.authorization = id(of);
  event.card = card_1;
  event.kind = kind;
  event.amount = {minor_units, usd};
  event.details = grocery();
  return event;
}

inline Event final(Event event) {
  event.final = true;
  return event;
}

inline Event about(std::string_view message, Event event) {
  event.about = id(message);
  return event;
}

inline Limit limit(Limit::Measure measure, std::int64_t max, Period period,
                   Level counts = Level::card) {
  Limit limit;
  limit.measure = measure;
  limit.max = max;
  limit.window.period = period;
  limit.counts = counts;
  return limit;
}

inline Limit rolling(std::int64_t max, std::int32_t length_s) {
  Limit result = limit(Limit::Measure::amount, max, Period::rolling);
  result.window.rolling_s = length_s;
  return result;
}

inline Control control(std::int64_t number, Check check) {
  Control control;
  control.id = {number};
  control.check = std::move(check);
  return control;
}

// A state and the sequence of its next record.
class World {
 public:
  World() {
    define(TimeZone{});
    configure(program());
    EXPECT_EQ(set_up(OpenAccount{account()}), Setup::done);
    EXPECT_EQ(set_up(IssueCard{card()}), Setup::done);
  }

  // Applies the command and makes its changes, as the sequencer does.
  Applied apply(const Command& command, Moment moment) {
    moment.sequence = {next_sequence};
    Applied applied;
    EXPECT_TRUE(core::apply(state, command, moment, applied));
    EXPECT_LE(applied.rows.size(), Applied::rows_max);
    for (const Row& row : applied.rows) state.put(row);
    if (!applied.rows.empty()) ++next_sequence;
    return applied;
  }
  Applied apply(const Command& command, Timestamp at = noon) {
    Moment moment;
    moment.at = at;
    return apply(command, moment);
  }

  Answer ask(const Request& request, Timestamp at = noon) {
    return std::get<Answer>(apply(request, at).outcome);
  }
  Reason reason(const Request& request, Timestamp at = noon) {
    return ask(request, at).decision.reason;
  }
  Booking tell(const Event& event, Timestamp at = noon) {
    return std::get<Booking>(apply(event, at).outcome);
  }
  Setup set_up(const Command& command, Timestamp at = noon) {
    return std::get<Setup>(apply(command, at).outcome);
  }
  void define(const TimeZone& zone) { EXPECT_NE(set_up(DefineZone{zone}), Setup::invalid); }
  void configure(const Program& program) {
    EXPECT_EQ(set_up(ConfigureProgram{program}), Setup::done);
  }
  void attach(const Owner& owner, const Control& control, Timestamp at = noon) {
    EXPECT_EQ(set_up(SetControl{owner, control}, at), Setup::done);
  }
  void change_account(std::int64_t overdraft_minor, std::int64_t minimum_minor,
                      AccountStatus status = AccountStatus::active) {
    EXPECT_EQ(set_up(ChangeAccount{{1}, status, overdraft_minor, minimum_minor, account_now().kyc}),
              Setup::done);
  }
  // Releases what is due; the bookings that released something.
  std::vector<Booking> expire(Timestamp at) {
    std::vector<Booking> released;
    for (;;) {
      const Applied applied = apply(ExpireNext{}, at);
      const Booking& booking = std::get<Booking>(applied.outcome);
      if (booking.authorization.value != 0) released.push_back(booking);
      if (applied.rows.empty()) return released;
    }
  }

  Account account_now(std::int64_t number = 1) const { return **state.account({number}); }
  std::int64_t available() const { return *account_now().available_minor(); }
  Authorization authorization(AuthorizationId number) const {
    return **state.authorization(number);
  }
  Standing standing_of(AuthorizationId number) const { return *standing(authorization(number)); }

  MemoryState state;
  std::uint64_t next_sequence = 1;
};

// What the first control that applies has counted, seen by an empty purchase.
inline Finding first_finding(World& world, Timestamp at = noon) {
  const std::string message = "look-" + std::to_string(world.next_sequence);
  const Explanation explanation = world.apply(purchase(message, 0), at).explanation;
  EXPECT_FALSE(explanation.findings.empty());
  return explanation.findings.empty() ? Finding{} : explanation.findings[0];
}

}  // namespace authd::core::test
