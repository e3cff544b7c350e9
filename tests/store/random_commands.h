// RandomCommands: commands of every kind, most of them about the same few accounts, cards and
// messages, so that they meet.

#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "core/commands.h"
#include "tests/store/samples.h"

namespace authd::store::test {

class RandomCommands {
 public:
  explicit RandomCommands(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  core::Command next() {
    switch (below(24)) {
      case 0: return set_control();
      case 1: return core::RemoveControl{owner(), {number(1, 5)}};
      case 2:
        return core::ChangeAccount{{number(1, 4)}, core::AccountStatus::active, number(0, 50), 0};
      case 3: return change_card();
      case 4: return core::Abandon{program_id(), message()};
      case 5:
      case 6: return core::ExpireNext{};
      case 7:
      case 8:
      case 9:
      case 10:
      case 11: return event();
      case 12:
      case 13: return transfer();
      case 14: return core::AdvanceTransfer{program_id(), id_of(below(200)), status()};
      case 15: return mirrored();
      default: return request();
    }
  }

 private:
  std::int64_t number(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first + 1)));
  }
  std::uint64_t number_of_message() { return below(2'000); }
  static core::MessageId id_of(std::uint64_t number) {
    return message_id("m" + std::to_string(number));
  }
  static core::Kind kind_of(std::uint64_t number) {
    return static_cast<core::Kind>(1 + number % 7);
  }
  core::MessageId message() { return id_of(number_of_message()); }
  core::CardToken card() { return card_token("card-" + std::to_string(number(1, 5))); }
  core::Owner owner() {
    switch (below(3)) {
      case 0: return program_owner();
      case 1: return account_owner(number(1, 4));
      default: return {core::Owner::CardOwner{program_id(), card()}};
    }
  }
  core::Command set_control() {
    const auto period = static_cast<core::Period>(number(1, 7));
    core::Control control = a_limit(number(1, 5), period);
    auto& limit = std::get<core::Limit>(control.check);
    limit.max = number(1'000, 50'000);
    if (period == core::Period::rolling) limit.window.rolling_s = 3'600;
    if (below(4) == 0) control.check = core::MerchantLock{};
    if (below(4) == 0) control.filter.mccs.values = {{5'000, 5'800}};
    if (below(4) == 0) control.mode = core::Mode::shadow;
    return core::SetControl{owner(), control};
  }
  core::Command change_card() {
    core::ChangeCard change{
        program_id(), card(), core::CardStatus::active, {}, a_card().expires_at};
    if (below(10) == 0) change.status = core::CardStatus::frozen;
    return change;
  }
  core::TransferStatus status() { return static_cast<core::TransferStatus>(number(1, 5)); }
  core::Command transfer() {
    core::MoveMoney move;
    move.program = program_id();
    move.id = id_of(below(200));
    move.kind = static_cast<core::TransferKind>(number(1, 7));
    move.amount = {number(1, 3'000), usd};
    if (move.kind != core::TransferKind::top_up) move.from = {number(1, 4)};
    if (move.kind == core::TransferKind::top_up || move.kind == core::TransferKind::transfer) {
      move.to = {number(1, 4)};
    }
    move.reserve = move.kind == core::TransferKind::wire;
    return move;
  }
  core::Command mirrored() {
    switch (below(5)) {
      case 0: {
        core::Account account = an_account(number(1, 4));
        account.overdraft_minor = number(0, 50);
        account.kyc = static_cast<core::Kyc>(number(1, 4));
        return core::MirrorAccount{account};
      }
      case 1: {
        core::Card issued = a_card();
        issued.token = card_token("card-" + std::to_string(number(1, 4)));
        issued.account = {1 + (issued.token.view().back() - '0') % 3};
        issued.active_from = {number(0, 9)};
        return core::MirrorCard{issued};
      }
      case 2: return core::MirrorControl{card_owner(), a_limit(number(1, 3), core::Period::week)};
      case 3: return core::MirrorRemoval{card_owner(), {number(1, 3)}};
      default: return core::MirrorMark{1, 2, below(1'000), {}};
    }
  }
  core::Command request() {
    const std::uint64_t message_number = number_of_message();
    core::Request request = a_request(id_of(message_number).view(), number(0, 300));
    request.card = card();
    request.kind = kind_of(message_number);
    if (below(4) == 0) request.authorization = message();
    return request;
  }
  core::Command event() {
    const auto kind = static_cast<core::EventKind>(number(1, 12));
    core::Event event = an_event(kind, "n" + std::to_string(below(5'000)), number(0, 300));
    event.card = card();
    event.authorization = message();
    if (below(3) == 0) {
      const std::uint64_t about = number_of_message();
      event.about = id_of(about);
      event.transaction = kind_of(about);
    }
    event.final = below(4) == 0;
    return event;
  }

  std::mt19937 random_;
};

}  // namespace authd::store::test
