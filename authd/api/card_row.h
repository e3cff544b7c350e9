// A row of authd.card as the API shows it.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "core/rows.h"

namespace authd::api {

struct CardRow {
  core::Card card;  // has_controls is not read
  std::int32_t version = 0;
  core::Timestamp changed_at;
};

extern const std::string card_row_columns;  // that read_card_row() takes
core::Result<CardRow, Problem> read_card_row(const store::PgResult& result, int row);

inline constexpr std::array<std::string_view, 9> card_members{
    "program",    "token",     "account", "status",    "active_from",
    "expires_at", "locked_to", "version", "changed_at"};

// The names of CardStatus, in the order of its numbers.
inline constexpr std::array<std::string_view, 4> card_status_names{"active", "inactive", "frozen",
                                                                   "closed"};

boost::json::object card_json(const CardRow& row);

// "/v1/cards/demo/card_1"
std::string card_path(const core::Card& card);

}  // namespace authd::api
