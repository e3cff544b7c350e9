// What the tests of replay share: a random mix of commands, a record that a test may falsify, and
// the replay of a world.

#pragma once

#include <cstdlib>
#include <random>
#include <stdexcept>

#include "store/replay/replay.h"
#include "tests/daemon/recorded_world.h"

namespace authd::test {

using store::Record;
using store::ReplayError;
using store::ReplayOptions;
using store::ReplayReport;

inline ReplayReport replayed(RecordedWorld& world, ReplayOptions options = {}) {
  world.flush();
  options.journal = world.directory();
  const auto report = replay(options);
  EXPECT_TRUE(report.has_value());
  return report ? *report : ReplayReport{};
}

inline ReplayError refused(RecordedWorld& world, ReplayOptions options = {}) {
  world.flush();
  options.journal = world.directory();
  const auto report = replay(options);
  EXPECT_FALSE(report.has_value());
  return report ? ReplayError{} : report.error();
}

// Commands of every kind about few accounts, cards and ids, so that they meet.
class Mix {
 public:
  Mix(RecordedWorld& world, std::uint64_t seed) : world_(world), random_(seed) {}

  void furnish() {
    core::TimeZone zone;
    zone.name = *core::ZoneName::from("Africa/Cairo");
    zone.transitions = {{0, 7'200}, {(noon.unix_us / core::us_per_s) + 86'400, 10'800}};
    world_.apply(core::DefineZone{zone});
    core::Program program = a_program();
    program.zone = zone.name;
    program.partial_approval = true;
    program.extra_holds = {{{{5812, 5814}}, 2'000, 50}};
    program.hold_periods = {{{{5812, 5812}}, 1}};
    program.exposure_limits = {{usd, 900'00}};
    program.mirror_age_max_us = 1'000;
    world_.apply(core::ConfigureProgram{program});
    for (std::int64_t account = 1; account <= 3; ++account) {
      world_.apply(core::OpenAccount{an_account(account, 1'000'00)});
      world_.apply(core::IssueCard{a_card("card-" + std::to_string(account), account)});
    }
  }

  void step() {
    at_ = {at_.unix_us + pick(3) * pick(7'200) * core::us_per_s};
    const int choice = pick(100);
    if (choice < 50) return apply(random_request());
    if (choice < 74) return apply(random_event());
    if (choice < 79) return transfer();
    if (choice < 83) return mirror();
    if (choice < 85) return apply(core::ExpireNext{});
    if (choice < 88) return apply(core::Abandon{demo, message_id()});
    if (choice < 94) return apply(core::SetControl{random_owner(), random_control()});
    if (choice < 96) return apply(core::RemoveControl{random_owner(), {pick(6) + 1}});
    if (choice < 98) {
      const auto status = pick(4) == 0 ? core::AccountStatus::frozen : core::AccountStatus::active;
      return apply(core::ChangeAccount{{pick(3) + 1}, status, pick(50'00), pick(10'00)});
    }
    const auto status = pick(4) == 0 ? core::CardStatus::frozen : core::CardStatus::active;
    apply(core::ChangeCard{demo, card(), status, {}, {at_.unix_us + 90 * core::us_per_day}});
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  core::MessageId message_id() { return *core::MessageId::from("m-" + std::to_string(pick(900))); }
  core::CardToken card() { return *core::CardToken::from("card-" + std::to_string(pick(4) + 1)); }

  void apply(core::Command command) {
    core::Moment circumstances;
    if (std::holds_alternative<core::Request>(command)) {  // of others nothing is recorded
      circumstances.exposure_minor = pick(10) == 0 ? 899'00 : 0;
      circumstances.mirror_age_us = pick(20) == 0 ? 1'001 : 1'000;
      circumstances.past_deadline = pick(20) == 0;
    }
    world_.apply(std::move(command), at_, circumstances);
  }

  core::MessageId transfer_id() { return *core::MessageId::from("t-" + std::to_string(pick(60))); }
  void transfer() {
    if (pick(2) == 0) {
      return apply(core::AdvanceTransfer{demo, transfer_id(),
                                         static_cast<core::TransferStatus>(pick(3) + 2)});
    }
    core::MoveMoney move;
    move.program = demo;
    move.id = transfer_id();
    move.kind = pick(2) == 0 ? core::TransferKind::wire : core::TransferKind::transfer;
    move.from = {pick(3) + 1};
    if (move.kind == core::TransferKind::transfer) move.to = {pick(3) + 1};
    move.amount = {pick(20'00), usd};
    move.reserve = move.kind == core::TransferKind::wire;
    apply(move);
  }
  void mirror() {
    switch (pick(5)) {
      case 0: {
        core::Account account = an_account(pick(4) + 1, 1'000'00);
        account.overdraft_minor = pick(5'00);
        return apply(core::MirrorAccount{account});
      }
      case 1: {
        core::Card given = a_card("card-" + std::to_string(pick(4) + 1), pick(3) + 1);
        given.expires_at = {at_.unix_us + 60 * core::us_per_day};
        return apply(core::MirrorCard{given});
      }
      case 2: {
        core::Control control = test::control(pick(6) + 7, core::Hours{});
        control.version = static_cast<std::uint32_t>(pick(9) + 1);
        return apply(core::MirrorControl{random_owner(), control});
      }
      case 3: return apply(core::MirrorRemoval{random_owner(), {pick(6) + 7}});
      default: return apply(core::MirrorMark{1, 1, static_cast<std::uint64_t>(pick(1'000)), {}});
    }
  }

  core::Request random_request() {
    core::Request request = purchase("x", pick(80'00));
    request.message = message_id();
    if (pick(3) == 0) request.authorization = message_id();
    request.card = card();
    request.kind = pick(4) == 0 ? static_cast<core::Kind>(pick(7) + 1) : core::Kind::purchase;
    request.partial_approval = pick(2) == 0;
    request.details.merchant.mcc = static_cast<std::uint16_t>(5810 + pick(6));
    request.details.channel = static_cast<core::Channel>(pick(5) + 1);
    return request;
  }
  core::Event random_event() {
    core::Event event =
        test::event(static_cast<core::EventKind>(pick(12) + 1), "x", "", pick(80'00));
    event.notice = *core::MessageId::from("n-" + std::to_string(pick(5'000)));
    if (pick(5) != 0) event.authorization = message_id();
    if (pick(3) == 0) event.about = message_id();
    event.card = card();
    event.final = pick(4) == 0;
    event.timed_out = pick(2) == 0;
    return event;
  }
  core::Owner random_owner() {
    switch (pick(3)) {
      case 0: return program_owner();
      case 1: return account_owner(pick(3) + 1);
      default: return card_owner(card().view());
    }
  }
  core::Control random_control() {
    core::Control control = test::control(pick(6) + 1, random_check());
    if (pick(3) == 0) control.mode = core::Mode::shadow;
    if (pick(2) == 0) control.filter.mccs.values = {{5810, 5812}};
    return control;
  }
  core::Check random_check() {
    switch (pick(8)) {
      case 0: return core::Hours{};
      case 1: return core::SingleUse{};
      case 2: return core::MerchantLock{};
      default: break;
    }
    core::Limit limit = a_limit(pick(400'00), static_cast<core::Period>(pick(7) + 1));
    if (limit.window.period == core::Period::rolling) limit.window.rolling_s = 3'600;
    if (pick(4) == 0) {
      limit.measure = core::Limit::Measure::count;
      limit.max = pick(5);
    }
    return limit;
  }

  RecordedWorld& world_;
  std::mt19937_64 random_;
  core::Timestamp at_ = noon;
};

inline std::uint64_t seed() {
  const char* const given = std::getenv("AUTHD_TEST_SEED");
  return given == nullptr ? 20'261'102 : std::stoull(given);
}

// A record of a purchase of 20.00 USD as it would have to be, for tests to change.
inline Record next_purchase(RecordedWorld& world, std::string_view message) {
  const core::Command command = purchase(message, 20'00);
  core::Moment moment;
  moment.at = noon;
  moment.sequence = {world.next_sequence()};
  core::Applied applied;
  EXPECT_TRUE(core::apply(world.state, command, moment, applied).has_value());
  return {command, moment, applied.outcome, applied.explanation, applied.rows};
}

template <class RowType>
RowType& row_of(Record& record) {
  for (core::Row& row : record.rows) {
    if (auto* const found = std::get_if<RowType>(&row)) return *found;
  }
  throw std::logic_error("there is no such row");
}

}  // namespace authd::test
