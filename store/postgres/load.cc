#include "store/postgres/load.h"

namespace authd::store {

namespace {

using core::Unexpected;

LoadError failed(const PgError& error) { return {LoadError::Code::postgres, error}; }

void count(LoadCounts& counts, std::int64_t created, std::size_t given) {
  counts.created += created;
  counts.existing += static_cast<std::int64_t>(given) - created;
}

}  // namespace

core::Result<void, LoadError> Loader::add(const core::OpenAccount& open) {
  accounts_.push_back({open.account, {}, options_.now});
  return write_when_full();
}

core::Result<void, LoadError> Loader::add(const core::IssueCard& issue) {
  cards_.push_back(issue.card);
  return write_when_full();
}

core::Result<void, LoadError> Loader::write_when_full() {
  if (accounts_.size() + cards_.size() < options_.batch_rows) return {};
  return write();
}

core::Result<LoadReport, LoadError> Loader::finish() {
  AUTHD_TRY_VOID(write());
  return report_;
}

core::Result<void, LoadError> Loader::write() {
  auto transaction = Transaction::begin(connection_);
  if (!transaction) return Unexpected{failed(transaction.error())};
  const auto accounts = insert_accounts(connection_, postgres_shard, accounts_);
  if (!accounts) return Unexpected{failed(accounts.error())};
  const auto orphan = card_without_account();
  if (!orphan) return Unexpected{failed(orphan.error())};
  if (*orphan) return Unexpected{LoadError{LoadError::Code::account_missing, {}, **orphan}};
  const auto cards = insert_cards(connection_, cards_);
  if (!cards) return Unexpected{failed(cards.error())};
  if (const auto done = transaction->commit(); !done) return Unexpected{failed(done.error())};

  count(report_.accounts, *accounts, accounts_.size());
  count(report_.cards, *cards, cards_.size());
  accounts_.clear();
  cards_.clear();
  return {};
}

core::Result<std::optional<core::Card>, PgError> Loader::card_without_account() {
  PgArray accounts(PgType::int64);
  for (const core::Card& card : cards_) accounts.number(card.account.value);
  AUTHD_TRY(found,
            connection_.exec(
                "SELECT position FROM unnest($1::int8[]) WITH ORDINALITY AS given(id, position)"
                " WHERE NOT EXISTS (SELECT FROM authd.account WHERE account.id = given.id)"
                " ORDER BY position LIMIT 1",
                PgParams().bytes(accounts.bytes(cards_.size()))));
  if (found.rows() == 0) return std::optional<core::Card>{};
  return std::optional{cards_[static_cast<std::size_t>(found.number<std::int64_t>(0, 0) - 1)]};
}

}  // namespace authd::store
