// What was booked on an account, one row a journal entry, with what brought it about: a decision,
// an event, or a transfer.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"

namespace authd::api {

// The words for authd.entry_kind, whose numbers are their positions, from 1.
inline constexpr std::array<std::string_view, 21> entry_kinds{
    "opening_balance", "authorization", "hold_changed",
    "release",         "expiry",        "clearing",
    "refund",          "chargeback",    "chargeback_reversal",
    "top_up",          "withdrawal",    "fee",
    "transfer",        "wire",          "referral",
    "correction",      "reservation",   "reservation_release",
    "wire_return",     "write_off",     "settlement_correction"};

struct Merchant {
  std::string name;  // empty: not known; the others too
  std::string id;
  std::string country;
  std::int32_t mcc = 0;
};

struct EntryRow {
  core::Timestamp booked_at;
  std::int32_t shard = 0;
  std::int64_t sequence = 0;
  std::string_view kind;
  std::int64_t posted_minor = 0;  // by how much the account's balances changed
  std::int64_t held_minor = 0;
  std::string card_program;  // empty: no card
  std::string card;
  Merchant merchant;
  std::string message;        // the request or notice; empty: none
  std::string authorization;  // under which its life cycle began; empty: none
  std::string transfer;       // empty: none
  std::string reference;      // of the transfer
};

// Statements about the rows of account $1. `wanted` restricts authd.journal_entry_history `e`, by
// further parameters; `order` stands behind the entries, `found` behind what was found about them.
std::string entry_select(std::string_view wanted, std::string_view order, std::string_view found);
core::Result<EntryRow, Problem> read_entry(const store::PgResult& result, int row);

// Null when nothing is known of the merchant, or there is no card.
boost::json::value merchant_json(const Merchant& merchant);
boost::json::value card_json(std::string_view program, std::string_view token);

}  // namespace authd::api
