// Setups: accounts, cards and controls that were set up or changed, on their way into the ledger.
// Of what changes the last.

#pragma once

#include <map>
#include <utility>
#include <vector>

#include "store/postgres/accounts.h"
#include "store/postgres/controls.h"

namespace authd::store {

class Setups {
 public:
  // Shard 0: they come from no journal.
  Setups(std::int32_t shard, ControlDefinition definition)
      : shard_(shard), definition_(std::move(definition)) {}

  // What the command set up, as the record `moment` names. `rows`: what it changed. False when they
  // do not hold what it set.
  [[nodiscard]] bool add(const core::OpenAccount& open, const core::Moment& moment,
                         const std::vector<core::Row>& rows);
  [[nodiscard]] bool add(const core::IssueCard& issue, const core::Moment& moment,
                         const std::vector<core::Row>& rows);
  [[nodiscard]] bool add(const core::ChangeAccount& change, const core::Moment& moment,
                         const std::vector<core::Row>& rows);
  [[nodiscard]] bool add(const core::ChangeCard& change, const core::Moment& moment,
                         const std::vector<core::Row>& rows);
  [[nodiscard]] bool add(const core::SetControl& set, const core::Moment& moment,
                         const std::vector<core::Row>& rows);
  [[nodiscard]] bool add(const core::RemoveControl& remove, const core::Moment& moment,
                         const std::vector<core::Row>& rows);

  // Accounts and cards that the ledger has already are left as they are.
  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;

 private:
  using CardKey = std::pair<core::ProgramId, core::CardToken>;

  ControlSource source(const core::Moment& moment) const {
    return {shard_, shard_ == postgres_shard ? core::Sequence{} : moment.sequence, moment.at};
  }

  const std::int32_t shard_;
  const ControlDefinition definition_;
  std::vector<OpenedAccount> opened_;
  std::vector<core::Card> cards_;
  std::map<core::AccountId, core::ChangeAccount> account_changes_;
  std::map<CardKey, core::ChangeCard> card_changes_;
  Controls controls_;
};

}  // namespace authd::store
