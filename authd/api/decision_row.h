// A row of authd.decision as the API shows it: a request, the answer to it, and why.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "authd/api/entry_row.h"
#include "core/explanation.h"
#include "core/rows.h"

namespace authd::api {

struct DecisionRow {
  core::Timestamp decided_at;
  std::int32_t shard = 0;
  std::int64_t sequence = 0;
  std::string program;
  std::string message;
  std::string card;
  std::int64_t account = 0;     // the card's; 0: the card is not known
  std::string account_program;  // empty then
  std::string account_currency;
  core::Kind kind = core::Kind::purchase;
  std::int64_t amount_minor = 0;
  std::int64_t cash_back_minor = 0;
  std::int64_t approved_minor = 0;
  std::string currency;
  bool partial_allowed = false;
  core::Reason reason = core::Reason::approved;
  core::Explanation explanation;
  core::Balance after;
  Merchant merchant;
  core::Message::Notice notice = core::Message::Notice::none;  // by now
  bool abandoned = false;

  // Of its authorization, by now.
  std::string authorization;  // under which it began; empty: none
  core::Closure closure = core::Closure::open;
  std::int64_t held_minor = 0;
  std::int64_t authorized_minor = 0;
  std::int64_t cleared_minor = 0;
};

// "SELECT …" and the joins behind a FROM that names authd.decision_history `d`, authd.card `c` and
// its authd.account `w`.
extern const std::string decision_columns;
extern const std::string decision_joins;
core::Result<DecisionRow, Problem> read_decision(const store::PgResult& result, int row);

inline constexpr std::array<std::string_view, 24> decision_members{
    "program",  "message",        "decided_at",    "kind",       "card",
    "account",  "merchant",       "amount",        "cash_back",  "partial_allowed",
    "outcome",  "approved",       "reason",        "meaning",    "decided_by",
    "findings", "balance_before", "balance_after", "extra_hold", "authorization",
    "notice",   "abandoned",      "shard",         "sequence"};
boost::json::object decision_json(const DecisionRow& row);

}  // namespace authd::api
