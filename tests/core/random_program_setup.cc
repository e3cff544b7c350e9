// What the invented issuer sets up, and what its PostgreSQL says.

#include "tests/core/random_program.h"
#include "tests/core/world.h"

namespace authd::core::test {

Command RandomProgram::set_control() {
  const Owner owner = this->owner();
  Control control;
  control.id = {between(1, sparse_ ? 2 : 5) + 10 * static_cast<std::int64_t>(owner.level())};
  if (one_in(5)) return RemoveControl{owner, control.id};
  control.mode = one_in(3) ? Mode::shadow : Mode::enforce;
  control.filter = filter();
  control.check = check(owner.level());
  return SetControl{owner, control};
}

Program RandomProgram::configured(std::size_t index) {
  Program program;
  program.id = *ProgramId::from(index == 0 ? "north" : "south");
  program.zone = any(zones_).name;
  program.partial_approval = one_in(2);
  if (one_in(3)) program.kyc = any_of(kyc_policy_last);
  program.hold_days = static_cast<std::int32_t>(between(1, 5));
  if (one_in(2)) program.hold_periods = {{{{5542, 5542}}, 1}, {{{5000, 6000}}, 9}};
  if (one_in(2)) program.extra_holds = {{{{5812, 5812}}, 2'000, 0}, {{{5500, 5599}}, 1, 150}};
  if (one_in(2)) program.exposure_limits = {{usd, 15'000}};
  if (one_in(2)) program.mirror_age_max_us = 10 * second_us;
  return program;
}

Account RandomProgram::any_account() {
  Account account;
  account.id = {one_in(40) ? 0 : between(1, 4)};
  account.currency = account.id.value == 3 || one_in(20) ? eur : usd;
  account.status = one_in(8) ? any_of(AccountStatus::closed) : AccountStatus::active;
  account.posted_minor = minor();
  account.overdraft_minor = one_in(3) ? minor() : 0;
  account.minimum_minor = one_in(3) ? minor() : 0;
  if (one_in(30)) account.overdraft_minor = one_in(2) ? -1 : INT64_MAX;
  account.kyc = one_in(6) ? any_of(kyc_last) : Kyc::verified;
  account.has_controls = one_in(40);
  return account;
}

Card RandomProgram::any_card() {
  const std::size_t i = static_cast<std::size_t>(between(0, 7));
  Card card;
  card.program = programs_[i % 2].id;
  card.token = one_in(10) ? cards_.back() : cards_[i / 2];
  card.account = {one_in(10) ? between(1, 4) : 1 + static_cast<std::int64_t>(i % 3)};
  card.status = one_in(8) ? any_of(CardStatus::closed) : CardStatus::active;
  card.expires_at = {now_us_ + between(0, 90) * day_us};
  card.has_controls = one_in(40);
  return card;
}

// An earlier one again, or one with a counter of its own.
Command RandomProgram::mirrored_control() {
  if (!mirrored_.empty() && one_in(3)) return any(mirrored_);
  MirrorControl mirror;
  mirror.owner = owner();
  mirror.control.id = {between(1, sparse_ ? 2 : 5) +
                       10 * (1 + static_cast<std::int64_t>(mirror.owner.of.index()))};
  if (one_in(5)) return MirrorRemoval{mirror.owner, mirror.control.id};
  mirror.control.version = static_cast<std::uint32_t>(between(1, 9));
  mirror.control.mode = one_in(3) ? Mode::shadow : Mode::enforce;
  mirror.control.filter = filter();
  mirror.control.check = check(mirror.owner.level());
  const auto* const counting = std::get_if<Limit>(&mirror.control.check);
  const bool counts = counting != nullptr ? counting->window.period != Period::transaction
                                          : std::holds_alternative<SingleUse>(mirror.control.check);
  if (counts != one_in(20)) mirror.control.counter = {(std::uint64_t{1} << 62U) + ++ids_};
  mirrored_.push_back(mirror);
  if (mirrored_.size() > 10) mirrored_.erase(mirrored_.begin());
  return mirror;
}

Command RandomProgram::mirrored() {
  const std::int64_t dice = between(1, 10);
  if (dice <= 4) return mirrored_control();
  if (dice <= 7) return MirrorAccount{any_account()};
  if (dice <= 9) return MirrorCard{any_card()};
  return MirrorMark{1, 1, static_cast<std::uint64_t>(between(1, 3)), {}};
}

Command RandomProgram::set_up() {
  const std::int64_t dice = between(1, 20);
  const ProgramId program = any(programs_).id;
  if (dice <= 12) return set_control();
  if (dice <= 15) {
    const AccountStatus status = one_in(8) ? any_of(AccountStatus::closed) : AccountStatus::active;
    return ChangeAccount{{between(1, 3)},
                         status,
                         one_in(3) ? minor() : 0,
                         one_in(3) ? minor() : 0,
                         one_in(6) ? any_of(kyc_last) : Kyc::verified};
  }
  if (dice <= 18) {
    const CardStatus status = one_in(8) ? any_of(CardStatus::closed) : CardStatus::active;
    return ChangeCard{program, any(cards_), status, {0}, {now_us_ + between(0, 90) * day_us}};
  }
  if (dice == 19) {
    Card card;
    card.program = program;
    card.token = cards_.back();
    card.account = {between(1, 3)};
    card.status = CardStatus::active;
    card.expires_at = {now_us_ + 60 * day_us};
    return IssueCard{card};
  }
  Program changed = configured(program == programs_[0].id ? 0 : 1);
  for (Program& known : programs_) {
    if (known.id != changed.id) continue;
    changed.zone = known.zone;  // what a new zone does to old tallies is another test's subject
    known = changed;
  }
  return ConfigureProgram{changed};
}

}  // namespace authd::core::test
