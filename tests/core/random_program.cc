#include "tests/core/random_program.h"

#include <array>
#include <string>

#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

constexpr int courses_kept = 12;

template <std::size_t Max>
InlineText<Max> text(std::string_view value) {
  return *InlineText<Max>::from(value);
}

// Moments at which something happens on a calendar, in days since 1970 (UTC).
constexpr std::array<std::int64_t, 8> interesting_days{
    20'757,  // 2026-10-31, the day before clocks go back in the north
    20'525,  // 2026-03-13
    20'547,  // 2026-04-04, the day before clocks go back in the south
    20'729,  // 2026-10-03
    20'815,  // 2026-12-28, before the skipped day and the year's end
    21'241,  // 2028-02-27
    20'790,  // 2026-12-03
    20'542,  // 2026-03-30
};

}  // namespace

RandomProgram::RandomProgram(std::uint64_t seed) : random_(seed), zones_(zones()) {
  now_us_ = interesting_days[static_cast<std::size_t>(between(0, 7))] * us_per_day +
            between(0, us_per_day);
  huge_ = one_in(12);
  sparse_ = one_in(3);
  for (std::size_t i = 0; i < 2; ++i) programs_.push_back(configured(i));
  for (const char* name : {"c-1", "c-2", "c-3", "c-4", "late"}) {
    cards_.push_back(*CardToken::from(name));
  }
}

std::vector<Command> RandomProgram::beginning() const {
  std::vector<Command> commands;
  for (const TimeZone& zone : zones_) commands.push_back(DefineZone{zone});
  for (const Program& program : programs_) commands.push_back(ConfigureProgram{program});
  for (std::int64_t i = 1; i <= 3; ++i) {
    Account account;
    account.id = {i};
    account.currency = i == 3 ? eur : usd;
    account.kyc = Kyc::verified;
    account.posted_minor = huge_ ? 4'000'000'000'000'000'000 : 30'000;
    commands.push_back(OpenAccount{account});
  }
  for (std::size_t i = 0; i < 8; ++i) {
    Card card;
    card.program = programs_[i % 2].id;
    card.token = cards_[i / 2];
    card.account = {1 + static_cast<std::int64_t>(i % 3)};
    card.status = CardStatus::active;
    card.active_from = {now_us_};
    card.expires_at = {now_us_ + 60 * day_us};
    commands.push_back(IssueCard{card});
  }
  return commands;
}

RandomProgram::Step RandomProgram::next() {
  pass_time();
  Step step{ExpireNext{}, {}};
  step.moment.at = {now_us_};
  if (one_in(40)) step.moment.exposure_minor = between(0, 20'000);
  if (one_in(40)) step.moment.mirror_age_us = between(0, 20 * second_us);
  step.moment.past_deadline = one_in(60);
  const std::int64_t dice = between(1, 100);
  if (dice <= 15 && !said_.empty()) {
    step.command = any(said_);
  } else if (dice <= 52) {
    step.command = one_in(3) ? follow_up() : request();
    said_.push_back(step.command);
  } else if (dice <= 58) {
    step.command = transfer();
    said_.push_back(step.command);
  } else if (dice <= 82) {
    step.command = event();
    said_.push_back(step.command);
  } else if (dice <= 88) {
    step.command = set_up();
  } else if (dice <= 91) {
    step.command = mirrored();
  } else if (dice <= 93) {
    const Course& course = known_course();
    step.command = Abandon{course.program, any(course.messages)};
  }
  if (said_.size() > 40) said_.erase(said_.begin());
  return step;
}

std::int64_t RandomProgram::between(std::int64_t low, std::int64_t high) {
  const std::uint64_t range = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(random_() % range);
}

MessageId RandomProgram::fresh_id() { return id("m" + std::to_string(++ids_)); }

// Few values, so that what is cleared often is what was authorized.
std::int64_t RandomProgram::minor() {
  if (huge_ && one_in(2)) return between(1, 9) * 111'111'111'111'111'111;
  switch (between(1, 6)) {
    case 1: return between(0, 2);
    case 2: return between(1, 20'000);
    default: return between(1, 8) * 500;
  }
}

void RandomProgram::pass_time() {
  const std::int64_t dice = between(1, 100);
  if (dice > 60) now_us_ += between(1, 3 * second_us);
  if (dice > 75) now_us_ += between(0, 20 * minute_us);
  if (dice > 90) now_us_ += between(0, 12 * hour_us);
  if (dice > 98) now_us_ += between(0, 3 * day_us);
  if (dice == 100 && one_in(10)) now_us_ += between(0, 40 * day_us);
}

Details RandomProgram::details() {
  Details details;
  constexpr std::array<std::uint16_t, 5> mccs{0, 5411, 5812, 5542, 6011};
  constexpr std::array<const char*, 3> countries{"", "USA", "ZAF"};
  constexpr std::array<const char*, 4> merchants{"", "shop-1", "shop-2", "shop-3"};
  details.merchant.mcc = mccs[static_cast<std::size_t>(between(0, 4))];
  details.merchant.country = text<3>(countries[static_cast<std::size_t>(between(0, 2))]);
  details.merchant.id = text<32>(merchants[static_cast<std::size_t>(between(0, 3))]);
  if (!one_in(4)) details.currency = one_in(3) ? eur : usd;
  details.entry_mode = any_of(entry_mode_last);
  details.card_presence = any_of(card_presence_last);
  details.channel = any_of(channel_last);
  details.wallet = any_of(wallet_last);
  details.recurrence = any_of(recurrence_last);
  details.address = any_of(verification_last);
  details.security_code = any_of(verification_last);
  details.cardholder = any_of(verification_last);
  return details;
}

Filter RandomProgram::filter() {
  Filter filter;
  if (one_in(4)) {
    filter.mccs = {{{5400, 5600}}, one_in(2)};
    if (one_in(2)) filter.mccs.values.push_back({6011, 6011});
  }
  if (one_in(6)) filter.merchants = {{text<32>("shop-1"), text<32>("shop-2")}, one_in(2)};
  if (one_in(6)) filter.countries = {{text<3>("USA")}, one_in(2)};
  if (one_in(8)) filter.currencies = {{usd}, one_in(2)};
  const auto bits = [&](auto& set, auto last) {
    if (!one_in(12)) return;
    for (int i = 0; i < 3; ++i) set.add(any_of(last));
  };
  bits(filter.entry_modes, entry_mode_last);
  bits(filter.card_presences, card_presence_last);
  bits(filter.channels, channel_last);
  bits(filter.wallets, wallet_last);
  bits(filter.recurrences, recurrence_last);
  bits(filter.kinds, kind_last);
  return filter;
}

Window RandomProgram::window(Level owner) {
  Window window;
  window.period = any_of(period_last);
  if (window.period == Period::rolling) {
    constexpr std::array<std::int32_t, 5> lengths{10, 3'600, 86'400, 86'399, Window::rolling_s_max};
    window.rolling_s = lengths[static_cast<std::size_t>(between(0, 4))];
  } else if (window.period != Period::lifetime && window.period != Period::transaction) {
    // An account's days are nobody's in particular when its cards are in two programs.
    const bool shared = owner == Level::account;
    if (shared ? !one_in(20) : one_in(3)) window.zone = any(zones_).name;
  }
  return window;
}

Check RandomProgram::check(Level owner) {
  const std::int64_t dice = between(1, 20);
  if (dice == 1) return Deny{};
  if (dice == 2) return Allow{filter()};
  if (dice == 3) {
    Hours open;
    open.weekdays = static_cast<std::uint8_t>(between(1, 127));
    open.from_minute = static_cast<std::uint16_t>(between(0, 1'439));
    open.until_minute = static_cast<std::uint16_t>(between(1, 1'440));
    return open;
  }
  if (dice == 4) {
    Require require;
    require.address.add(Verification::match);
    require.address.add(any_of(verification_last));
    if (one_in(2)) require.cardholder.add(any_of(verification_last));
    return require;
  }
  if (dice == 5) return SingleUse{};
  if (dice == 6) return MerchantLock{};
  Limit limit;
  limit.measure = one_in(3) ? Limit::Measure::count : Limit::Measure::amount;
  limit.window = window(owner);
  limit.counts = static_cast<Level>(between(static_cast<std::int64_t>(owner), 3));
  const std::int64_t wide = limit.counts == Level::card ? 1 : 3;
  limit.max =
      limit.measure == Limit::Measure::count ? between(0, 8 * wide) : between(1, 40) * 500 * wide;
  if (huge_ && one_in(2)) limit.max = INT64_MAX - between(0, 1'000);
  return limit;
}

Owner RandomProgram::owner() {
  const ProgramId program = any(programs_).id;
  if (one_in(4)) return {program};
  if (one_in(2)) return {AccountId{between(1, 3)}};
  return {Owner::CardOwner{program, any(cards_)}};
}

RandomProgram::Course& RandomProgram::begin_course() {
  if (courses_.size() >= courses_kept) courses_.erase(courses_.begin());
  Course course;
  course.program = any(programs_).id;
  course.card = one_in(15) ? cards_.back() : cards_[static_cast<std::size_t>(between(0, 3))];
  course.messages = {fresh_id()};
  course.kind = one_in(8) ? Kind::credit : one_in(10) ? any_of(kind_last) : Kind::purchase;
  if (course.kind == Kind::purchase && one_in(4)) course.kind = Kind::cash;
  course.minor = minor();
  courses_.push_back(course);
  return courses_.back();
}

RandomProgram::Course& RandomProgram::known_course() {
  if (courses_.empty() || one_in(10)) return begin_course();
  return courses_[static_cast<std::size_t>(
      between(0, static_cast<std::int64_t>(courses_.size()) - 1))];
}

// The account's, as beginning() gives the cards out, and now and then another.
Currency RandomProgram::currency_of(const Course& course) {
  for (std::size_t i = 0; i < 8; ++i) {
    if (programs_[i % 2].id == course.program && cards_[i / 2] == course.card && i % 3 == 2) {
      return one_in(30) ? usd : eur;
    }
  }
  return one_in(30) ? eur : usd;
}

Command RandomProgram::request() {
  Course& course = one_in(6) ? known_course() : begin_course();
  Request request;
  request.program = course.program;
  request.message = course.messages.front();
  if (one_in(8)) request.authorization = id("key-of-" + std::string(request.message.view()));
  request.card = course.card;
  request.kind = course.kind;
  request.amount = {course.minor, currency_of(course)};
  request.partial_approval = one_in(2);
  if (one_in(4)) request.cash_back_minor = course.minor / 2;
  request.details = details();
  return request;
}

// An increment, or another message of the same life cycle.
Command RandomProgram::follow_up() {
  Request request = std::get<Request>(this->request());
  Course& course = known_course();
  request.program = course.program;
  request.card = one_in(12) ? any(cards_) : course.card;
  request.kind = course.kind;
  request.message = one_in(4) ? any(course.messages) : fresh_id();
  request.authorization = any(course.messages);
  request.amount.minor_units = one_in(3) ? course.minor : minor();
  if (request.cash_back_minor > request.amount.minor_units) request.cash_back_minor = 0;
  course.messages.push_back(request.message);
  return request;
}

Command RandomProgram::event() {
  Course& course = known_course();
  Event event;
  event.program = course.program;
  event.notice = fresh_id();
  event.card = one_in(20) ? any(cards_) : course.card;
  event.kind = any_of(event_kind_last);
  if (one_in(3)) event.kind = EventKind::cleared;
  if (one_in(4)) event.kind = EventKind::approved;
  event.transaction = course.kind;
  if (!is_debit(course.kind) && course.kind != Kind::credit) event.transaction = Kind::purchase;
  if (one_in(30)) event.transaction = any_of(kind_last);
  event.amount = {one_in(2) ? course.minor : minor(), currency_of(course)};
  event.final = one_in(5);
  event.timed_out = one_in(3);
  event.details = details();
  if (!one_in(10)) event.authorization = any(course.messages);
  const bool tells = event.kind == EventKind::approved || event.kind == EventKind::declined;
  if ((tells && !one_in(3)) || one_in(12)) event.about = any(course.messages);
  if (one_in(10)) {
    event.about = fresh_id();
    course.messages.push_back(event.about);
  }
  if (event.transaction == Kind::credit && event.kind == EventKind::approved) {
    if (event.about.empty()) event.about = any(course.messages);
  }
  if (event.transaction == Kind::credit && event.kind == EventKind::cleared) {
    event.kind = EventKind::refunded;
  }
  return event;
}

// Between the three wallets, a fourth that is not always there, and the outside.
Command RandomProgram::transfer() {
  if (!moves_.empty() && one_in(2)) {
    const MoveMoney& known = any(moves_);
    return AdvanceTransfer{known.program, known.id, any_of(transfer_status_last)};
  }
  MoveMoney move;
  move.program = any(programs_).id;
  move.id = one_in(12) && !moves_.empty() ? any(moves_).id : fresh_id();
  move.kind = one_in(3) ? TransferKind::wire : any_of(transfer_kind_last);
  const bool pays_in = move.kind == TransferKind::top_up || move.kind == TransferKind::referral ||
                       (move.kind == TransferKind::correction && one_in(2));
  if (!pays_in) move.from = {between(1, 4)};
  if (pays_in || move.kind == TransferKind::transfer) move.to = {between(1, 4)};
  if (one_in(25)) move.to = {between(-1, 3)};
  move.amount = {minor(), (pays_in ? move.to : move.from).value == 3 ? eur : usd};
  if (one_in(25)) move.amount.currency = one_in(5) ? Currency{} : eur;
  move.reserve = one_in(3) || (move.kind == TransferKind::wire && !one_in(4));
  if (move.kind != TransferKind::wire && !one_in(4)) move.reserve = false;
  move.mirrored = pays_in ? one_in(3) : one_in(40);
  moves_.push_back(move);
  if (moves_.size() > 15) moves_.erase(moves_.begin());
  return move;
}

}  // namespace authd::core::test
