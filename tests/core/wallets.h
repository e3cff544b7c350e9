// Two wallets and the transfers between them and the outside.

#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "tests/core/world.h"

namespace authd::core::test {

inline constexpr std::array all_kinds{
    TransferKind::top_up, TransferKind::withdrawal, TransferKind::fee,       TransferKind::transfer,
    TransferKind::wire,   TransferKind::referral,   TransferKind::correction};
inline constexpr std::array all_statuses{TransferStatus::reserved, TransferStatus::sent,
                                         TransferStatus::posted, TransferStatus::returned,
                                         TransferStatus::declined};

inline MoveMoney move(std::string_view name, TransferKind kind, std::int64_t from, std::int64_t to,
                      std::int64_t minor_units) {
  MoveMoney move;
  move.program = demo;
  move.id = id(name);
  move.kind = kind;
  move.from = {from};
  move.to = {to};
  move.amount = {minor_units, usd};
  return move;
}

// From the first wallet to the second.
inline MoveMoney across(std::string_view name, std::int64_t minor_units) {
  return move(name, TransferKind::transfer, 1, 2, minor_units);
}
inline MoveMoney top_up(std::string_view name, std::int64_t minor_units) {
  return move(name, TransferKind::top_up, 0, 1, minor_units);
}
inline MoveMoney reserved(std::string_view name, TransferKind kind, std::int64_t minor_units) {
  MoveMoney reserved = move(name, kind, 1, 0, minor_units);
  reserved.reserve = true;
  return reserved;
}
inline MoveMoney wire(std::string_view name, std::int64_t minor_units) {
  return reserved(name, TransferKind::wire, minor_units);
}
inline MoveMoney mirrored(MoveMoney move) {
  move.mirrored = true;
  return move;
}

// A second wallet with 50.00 USD beside the ordinary one with 100.00.
class Transfers : public testing::Test {
 protected:
  Transfers() {
    Account second = account();
    second.id = {2};
    second.posted_minor = 50'00;
    EXPECT_EQ(world.set_up(OpenAccount{second}), core::Setup::done);
  }

  Moved moved(const Command& command, Timestamp at = noon) {
    const Applied applied = world.apply(command, at);
    rows = applied.rows;
    return std::get<Moved>(applied.outcome);
  }
  Moved advanced(std::string_view name, TransferStatus to, Timestamp at = noon) {
    return moved(AdvanceTransfer{demo, id(name), to}, at);
  }
  Reason reason(const MoveMoney& move) { return moved(move).transfer.reason; }
  template <class Change>
  void change(std::int64_t number, Change change) {
    Account changed = world.account_now(number);
    change(changed);
    world.state.put(changed);
  }
  std::int64_t posted(std::int64_t number = 1) const {
    return world.account_now(number).posted_minor;
  }
  std::int64_t held(std::int64_t number = 1) const { return world.account_now(number).held_minor; }
  Transfer stored(std::string_view name) const { return **world.state.transfer(demo, id(name)); }

  World world;
  std::vector<Row> rows;  // of the last command
};

}  // namespace authd::core::test
