// A row of authd.transfer as the API shows it: as a transfer, or in the words of wires.
//
//   transfer   reserved    sent   posted    returned   declined
//   wire       requested   sent   settled   returned   declined

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "authd/api/json_values.h"
#include "core/transfer.h"

namespace authd::api {

struct TransferRow {
  core::Transfer transfer;
  std::optional<core::Timestamp> sent_at;
  std::optional<core::Timestamp> posted_at;
  std::optional<core::Timestamp> returned_at;
  std::string reference;     // empty: none
  std::string counterparty;  // of a wire, JSON; empty: none
  std::string from_program;  // of the accounts; empty: the outside
  std::string to_program;
  std::int32_t shard = 0;

  // Whoever owns it, or one of its accounts.
  bool is_visible_to(const Caller& caller) const noexcept;
};

// SELECT … FROM … with the columns that read_transfer() takes; authd.transfer, or the rows of it
// that are wanted, are `t`.
std::string transfer_select(std::string_view transfers = "authd.transfer");
core::Result<TransferRow, Problem> read_transfer(const store::PgResult& result, int row);

// As it stood when it had been begun: what its repetition is answered with, whatever has become of
// it since.
TransferRow as_begun(const core::Transfer& transfer);

inline constexpr std::array<std::string_view, 14> transfer_members{
    "id",     "program",   "kind",         "status",  "reason",    "from",        "to",
    "amount", "reference", "requested_at", "sent_at", "posted_at", "returned_at", "changed_at"};
// An account of another program is named to the owner of the transfer alone.
boost::json::object transfer_json(const TransferRow& row, const Caller& caller);

inline constexpr std::array<std::string_view, 12> wire_members{
    "id",           "program",   "status",       "reason",  "account",    "amount",
    "counterparty", "reference", "requested_at", "sent_at", "settled_at", "returned_at"};
boost::json::object wire_json(const TransferRow& row);

}  // namespace authd::api
